#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The openssl command, with the provider and without: what it writes, what it accepts and how it fails is the same.

Each comparison runs without the provider, with it and no card, and with the driver's double for a card; a few with a
simulated card. What is deterministic must be equal octet for octet; what is not is made by one and accepted by the
other, both ways. Failures must have the same exit status and the same errors.
"""

import re
import sys

from command_line import BUILD, CommandLine, DOUBLE, SHIPPED

MODES = {"nocard": (SHIPPED, "vfio-user:/nonexistent"), "double": (DOUBLE, "auto"), "sim": (SHIPPED, "sim")}
EVERY = ("nocard", "double")

EC_KEYS = ("p256", "p384", "p521", "k256", "brainpool", "binary")
CURVES = {"p256": "P-256", "p384": "P-384", "p521": "P-521", "k256": "secp256k1", "brainpool": "brainpoolP256r1",
          "binary": "sect233r1"}
RSA_KEYS = ("rsa2048", "rsa3072", "rsa1024", "rsa2047", "rsaprimes", "rsae3")
DIGESTS = {"md5": 16, "sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64, "sha512-256": 32,
           "sha3-256": 32, "sha3-512": 64}


class Suite:
    def __init__(self):
        self.line = CommandLine(MODES)
        self.count = self.failed = 0
        self.names = set()

    def report(self, name, problem):
        assert name not in self.names, name
        self.names.add(name)
        self.count += 1
        self.failed += problem is not None
        print(f"{'ok' if problem is None else 'not ok'} {self.count} - {name}")
        if problem is not None:
            print("".join(f"#   {row}\n" for row in str(problem).splitlines()), end="", flush=True)

    def plain(self, words, **options):
        """A step without the provider that must succeed."""
        outcome = self.line.run("plain", words, **options)
        if outcome.status != 0:
            raise AssertionError(f"openssl {words}: {outcome.stderr}")
        return outcome

    def same(self, words, modes=EVERY, fails=False, expect=None, **options):
        """Equal octets and errors; fails says which of success and failure is expected, None that it depends on the version."""
        plain = self.line.run("plain", words, **options)
        for mode in modes:
            outcome = self.line.run(mode, words, **options)
            problem = outcome.difference(plain)
            if problem is None and fails is not None and (plain.status != 0) != fails:
                problem = f"exit status {plain.status}: {plain.stderr} {plain.errors}"
            if problem is None and expect is not None and plain.files.get("opened", plain.stdout) != expect:
                problem = f"{plain.files} {plain.stdout!r} is not {expect!r}"
            self.report(f"{words} ({mode})", problem)

    def error(self, words, **options):
        self.same(words, fails=True, **options)

    def cross(self, make, accept, modes=EVERY, expect=None):
        """Made by one, accepted by the other, both ways."""
        for mode in modes:
            for maker, acceptor in ((mode, "plain"), ("plain", mode)):
                made = self.line.run(maker, make)
                taken = self.line.run(acceptor, accept)
                problem = None
                if made.status != 0 or taken.status != 0:
                    problem = f"{made.status} {made.stderr} {made.errors}; {taken.status} {taken.stderr} {taken.errors}"
                elif expect is not None and taken.files["opened"] != expect:
                    problem = f"{taken.files['opened']!r} is not {expect!r}"
                self.report(f"{make} [{maker}], {accept} [{acceptor}]", problem)


def make_seeds(suite):
    """Keys, certificates and messages, all made without the provider."""
    plain, file = suite.plain, suite.line.file
    file("message", "a message to sign\n")
    file("long", bytes(range(256)) * 40)
    for name, length in [("hash", 32), ("octets", 100)] + [(f"hash-{digest}", size) for digest, size in DIGESTS.items()]:
        file(name, bytes(range(1, 1 + length)))
    for bits in (2048, 3072, 1024, 2047):
        plain(f"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out rsa{bits}.key")
    plain("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out rsaprimes.key")
    plain("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out rsae3.key")
    plain("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key")
    plain("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha384 "
          "-pkeyopt rsa_pss_keygen_mgf1_md:sha384 -pkeyopt rsa_pss_keygen_saltlen:40 -out restricted.key")
    for name, curve in CURVES.items():
        plain(f"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out {name}.key")
    plain("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -out explicit.key")
    plain("ec -in p256.key -conv_form compressed -out compressed.key")
    for algorithm in ("X25519", "X448", "ED25519", "ED448"):
        plain(f"genpkey -algorithm {algorithm} -out {algorithm.lower()}.key")
    for name in keys(suite):
        plain(f"pkey -in {name}.key -pubout -out {name}.pub")
    for name in ("rsa2048", "pss", "p256", "p384", "p521", "ed25519", "explicit", "rsa1024", "k256"):
        plain(f"req -x509 -new -key {name}.key -subj /CN={name} -days 30 -set_serial 7 -out {name}.pem")
    plain("req -x509 -new -key rsa2048.key -subj /CN=stamper -days 30 -extensions stamping -out stamper.pem")


def keys(suite):
    return sorted(path.stem for path in suite.line.work.glob("*.key"))


def compare_keys(suite):
    """Reading, printing, converting and checking keys of every kind."""
    same = suite.same
    for name in keys(suite):
        same(f"pkey -in {name}.key -text -noout")
        same(f"pkey -in {name}.key -pubout -outform DER -out out")
        same(f"pkey -in {name}.key -outform DER -out out")
        same(f"pkey -in {name}.key -check -pubcheck -noout")
        same(f"pkey -pubin -in {name}.pub -text -noout")
        same(f"pkcs8 -topk8 -nocrypt -in {name}.key -outform DER -out out")
    for name in RSA_KEYS + ("pss", "restricted"):
        same(f"rsa -in {name}.key -text -noout")
        same(f"rsa -in {name}.key -check -noout")
    for name in RSA_KEYS:
        same(f"rsa -in {name}.key -traditional -out out")
        same(f"rsa -in {name}.key -RSAPublicKey_out -out out")
        same(f"rsa -in {name}.key -modulus -noout")
    for name in EC_KEYS + ("explicit", "compressed"):
        same(f"ec -in {name}.key -text -noout")
        same(f"ec -in {name}.key -conv_form compressed -out out")
        same(f"ec -in {name}.key -param_enc explicit -outform DER -out out")
        same(f"pkey -in {name}.key -ec_conv_form hybrid -pubout -out out")
        same(f"ec -in {name}.key -no_public -out out")
    for curve in list(CURVES.values())[:4]:
        same(f"ecparam -name {curve} -out out")
        same(f"ecparam -name {curve} -param_enc explicit -text -check")
    same("ecparam -list_curves")
    suite.plain("ecparam -name prime256v1 -param_enc explicit -out parameters.pem")
    same("pkeyparam -in parameters.pem -text -check")
    suite.cross("genpkey -paramfile parameters.pem -out made", "pkey -in made -check -noout")
    suite.plain("pkcs8 -topk8 -in rsa2048.key -passout pass:secret -out encrypted.p8")
    same("pkcs8 -in encrypted.p8 -passin pass:secret -out out")
    suite.cross("pkcs8 -topk8 -in p256.key -passout pass:secret -v2 aes-128-cbc -out made",
                "pkey -in made -passin pass:secret -out opened", expect=suite.line.file("p256.key").read_bytes())
    suite.cross("rsa -in rsa2048.key -aes128 -passout pass:secret -out made",
                "pkey -in made -passin pass:secret -out opened", expect=suite.line.file("rsa2048.key").read_bytes())
    same("rsa -in rsa2048.key -outform PVK -pvk-none -out out")
    same("rsa -in rsa2048.key -outform MSBLOB -out out")
    for command in ("RSA -pkeyopt rsa_keygen_bits:2048", "RSA -pkeyopt rsa_keygen_bits:1100", "X25519", "ED25519", "X448",
                    "RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256",
                    *(f"EC -pkeyopt ec_paramgen_curve:{curve}" for curve in CURVES.values()),
                    "EC -pkeyopt ec_paramgen_curve:P-384 -pkeyopt ec_param_enc:explicit"):
        suite.cross(f"genpkey -algorithm {command} -out made", "pkey -in made -check -noout")
    suite.cross("genrsa -out made 2048", "rsa -in made -check -noout")


def compare_signatures(suite):
    """dgst, pkeyutl and rsautl: every padding and digest."""
    same, cross = suite.same, suite.cross
    for digest in DIGESTS:
        same(f"dgst -{digest} -sign rsa2048.key -out out message")
        same(f"pkeyutl -sign -inkey rsa2048.key -in hash-{digest} -pkeyopt digest:{digest} -out out")
    for name in RSA_KEYS:
        same(f"dgst -sha256 -sign {name}.key -out out long")
        same(f"pkeyutl -sign -inkey {name}.key -in hash -out out")
    for digest in ("sha1", "sha256", "sha512"):
        for salt in ("digest", "max", "auto", "0", "17"):
            cross(f"dgst -{digest} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt} -sign rsa2048.key -out made "
                  "message", f"dgst -{digest} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:auto -verify rsa2048.pub "
                  "-signature made message")
    cross("dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha512 -sign rsa3072.key -out made message",
          "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha512 -verify rsa3072.pub -signature made message")
    cross("dgst -sha384 -sign restricted.key -out made message", "dgst -sha384 -verify restricted.pub -signature made message")
    cross("dgst -sha256 -sign pss.key -out made message", "dgst -sha256 -verify pss.pub -signature made message")
    cross("dgst -sha256 -sigopt rsa_padding_mode:pss -sign rsae3.key -out made message",
          "dgst -sha256 -sigopt rsa_padding_mode:pss -verify rsae3.pub -signature made message")
    same("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:x931 -out out")
    same("dgst -sha256 -sigopt rsa_padding_mode:x931 -sign rsa2048.key -out out message")
    suite.plain("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:x931 -out x931")
    same("pkeyutl -verify -pubin -inkey rsa2048.pub -in hash -sigfile x931 -pkeyopt digest:sha256 "
         "-pkeyopt rsa_padding_mode:x931")
    same("pkeyutl -verifyrecover -pubin -inkey rsa2048.pub -in x931 -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:x931 "
         "-out out")
    suite.line.file("block", b"\0" + bytes(range(255)))
    suite.plain("rsautl -sign -raw -inkey rsa2048.key -in block -out signed-none")
    same("pkeyutl -verifyrecover -pubin -inkey rsa2048.pub -in signed-none -pkeyopt rsa_padding_mode:none -out out")
    suite.line.file("more", bytes(range(64)))  # pkeyutl takes no more than the longest digest
    same("pkeyutl -sign -inkey rsa2048.key -in more -out out")
    suite.plain("pkeyutl -sign -inkey rsa2048.key -in more -out signed-octets")
    same("pkeyutl -verifyrecover -pubin -inkey rsa2048.pub -in signed-octets -out out")
    same("pkeyutl -verifyrecover -inkey rsa2048.key -in signed-octets -hexdump")
    same("pkeyutl -verify -pubin -inkey rsa2048.pub -in more -sigfile signed-octets")
    suite.plain("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt digest:sha256 -out signed-hash")
    same("pkeyutl -verifyrecover -pubin -inkey rsa2048.pub -in signed-hash -pkeyopt digest:sha256 -out out")
    same("pkeyutl -verifyrecover -pubin -inkey rsa2048.pub -in signed-hash -asn1parse")
    same("rsautl -sign -inkey rsa2048.key -in octets -out out")
    same("rsautl -verify -pubin -inkey rsa2048.pub -in signed-octets -out out")
    same("rsautl -sign -raw -inkey rsa2048.key -in block -out out")
    cross("rsautl -encrypt -pubin -inkey rsa2048.pub -in octets -out made", "rsautl -decrypt -inkey rsa2048.key -in made -out "
          "opened", expect=suite.line.file("octets").read_bytes())
    cross("rsautl -encrypt -oaep -pubin -inkey rsa2048.pub -in octets -out made", "rsautl -decrypt -oaep -inkey rsa2048.key "
          "-in made -out opened", expect=suite.line.file("octets").read_bytes())
    for name in EC_KEYS + ("explicit", "compressed"):
        for digest in ("sha256", "sha512"):
            cross(f"dgst -{digest} -sign {name}.key -out made message", f"dgst -{digest} -verify {name}.pub -signature made "
                  "message")
        cross(f"pkeyutl -sign -inkey {name}.key -in hash -out made", f"pkeyutl -verify -pubin -inkey {name}.pub -in hash "
              "-sigfile made")
        cross(f"pkeyutl -sign -rawin -digest sha384 -inkey {name}.key -in message -out made", f"pkeyutl -verify -rawin "
              f"-digest sha384 -pubin -inkey {name}.pub -in message -sigfile made")
    for name in ("ed25519", "ed448"):
        same(f"pkeyutl -sign -rawin -inkey {name}.key -in message -out out")
        suite.plain(f"pkeyutl -sign -rawin -inkey {name}.key -in message -out signed-{name}")
        same(f"pkeyutl -verify -rawin -pubin -inkey {name}.pub -in message -sigfile signed-{name}")
    same("dgst -sha256 -hmac key message")
    same("dgst -sha256 -r message long")


def compare_encryption(suite):
    """pkeyutl: encryption with every padding, and key agreement."""
    same, cross, file = suite.same, suite.cross, suite.line.file
    octets = file("octets").read_bytes()
    paddings = ["rsa_padding_mode:pkcs1"] + [
        f"rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{digest} {more}" for digest, more in (
            ("sha1", ""), ("sha256", ""), ("sha256", "-pkeyopt rsa_mgf1_md:sha1"), ("sha384", "-pkeyopt rsa_mgf1_md:sha384"),
            ("sha256", "-pkeyopt rsa_oaep_label:0a0b0c"), ("sha1", "-pkeyopt rsa_oaep_label:00"))]
    for padding in paddings:
        for name in ("rsa2048", "rsa3072") if "label" not in padding else ("rsa2048",):
            cross(f"pkeyutl -encrypt -pubin -inkey {name}.pub -in octets -pkeyopt {padding} -out made",
                  f"pkeyutl -decrypt -inkey {name}.key -in made -pkeyopt {padding} -out opened", expect=octets)
    for name in RSA_KEYS[2:]:
        cross(f"pkeyutl -encrypt -pubin -inkey {name}.pub -in octets -out made",
              f"pkeyutl -decrypt -inkey {name}.key -in made -out opened", expect=octets)
    same("pkeyutl -encrypt -pubin -inkey rsa2048.pub -in block -pkeyopt rsa_padding_mode:none -out out")
    suite.plain("pkeyutl -encrypt -pubin -inkey rsa2048.pub -in block -pkeyopt rsa_padding_mode:none -out encrypted-none")
    same("pkeyutl -decrypt -inkey rsa2048.key -in encrypted-none -pkeyopt rsa_padding_mode:none -out out")
    for name in EC_KEYS + ("x25519", "x448"):
        if name.startswith("x"):
            suite.plain(f"genpkey -algorithm {name.upper()} -out peer.key")
        else:
            suite.plain(f"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{CURVES[name]} -out peer.key")
        suite.plain(f"pkey -in peer.key -pubout -out peer-{name}.pub")
        same(f"pkeyutl -derive -inkey {name}.key -peerkey peer-{name}.pub -out out")
    same("pkeyutl -derive -inkey p256.key -peerkey peer-p256.pub -pkeyopt ecdh_cofactor_mode:1 -out out")
    same("pkeyutl -derive -inkey p256.key -peerkey compressed.pub -out out")
    same("pkeyutl -derive -inkey explicit.key -peerkey peer-p256.pub -out out")


def compare_certificates(suite):
    """req, x509, ca, crl, verify, pkcs12, ts."""
    same, cross, plain = suite.same, suite.cross, suite.plain
    for name in ("rsa2048", "p256", "p384", "p521", "ed25519", "explicit", "pss", "rsa1024"):
        same(f"x509 -in {name}.pem -text -noout")
        same(f"x509 -in {name}.pem -pubkey -noout -fingerprint")
        same(f"verify -CAfile {name}.pem {name}.pem")
        cross(f"req -x509 -new -key {name}.key -subj /CN=x -days 2 -out made", "x509 -in made -noout -text")
        cross(f"req -new -key {name}.key -subj /CN=x -addext subjectAltName=DNS:x -out made", "req -in made -verify -noout")
    same("req -new -key rsa2048.key -subj /CN=x -out out")  # PKCS #1 v1.5 draws nothing
    same("req -new -sha1 -key rsa2048.key -subj /CN=x -outform DER -out out")
    cross("req -new -key rsa2048.key -subj /CN=x -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -out made",
          "req -in made -verify -text -noout")
    cross("req -new -newkey rsa:2048 -nodes -keyout made.key -subj /CN=x -out made", "req -in made -verify -noout")
    cross("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout made.key -subj /CN=x -out made",
          "req -in made -verify -noout")
    plain("req -new -key p256.key -subj /CN=leaf -out leaf.csr")
    same("req -in leaf.csr -text -verify -noout")
    same("req -in leaf.csr -pubkey -noout")
    for name in ("rsa2048", "pss", "p384", "ed25519", "p521"):
        cross(f"x509 -req -in leaf.csr -CA {name}.pem -CAkey {name}.key -days 2 -set_serial 1 -extfile plain.cnf "
              "-extensions leaf -out made", f"verify -CAfile {name}.pem made")
    suite.line.file("serial", "1000\n")
    suite.line.file("index.txt", "")
    for name in ("rsa2048", "p256"):
        cross(f"ca -batch -notext -in leaf.csr -cert {name}.pem -keyfile {name}.key -out made", f"verify -CAfile {name}.pem made")
        cross(f"ca -gencrl -crldays 5 -cert {name}.pem -keyfile {name}.key -out made", f"crl -in made -CAfile {name}.pem -text "
              "-noout")
        plain(f"ca -gencrl -crldays 5 -cert {name}.pem -keyfile {name}.key -out {name}.crl")
        same(f"crl -in {name}.crl -CAfile {name}.pem -verify -noout")
        same(f"crl -in {name}.crl -text -noout")
        same(f"verify -crl_check -CAfile {name}.pem -CRLfile {name}.crl {name}.pem")
    for name in ("rsa2048", "p256", "ed25519", "pss", "k256"):
        cross(f"pkcs12 -export -inkey {name}.key -in {name}.pem -passout pass:secret -out made",
              "pkcs12 -in made -passin pass:secret -nodes -nocerts -out opened")
        plain(f"pkcs12 -export -inkey {name}.key -in {name}.pem -passout pass:secret -out {name}.p12")
        same(f"pkcs12 -in {name}.p12 -passin pass:secret -nodes")
    plain("ts -query -data message -sha256 -no_nonce -out stamp.tsq")
    cross("ts -reply -queryfile stamp.tsq -inkey rsa2048.key -signer stamper.pem -config plain.cnf -section this_tsa -out made",
          "ts -verify -queryfile stamp.tsq -in made -CAfile stamper.pem -untrusted stamper.pem")
    same("spkac -key rsa2048.key -challenge hello")
    same("x509 -in rsa2048.pem -x509toreq -signkey rsa2048.key -out out")


def compare_messages(suite):
    """cms and smime, signed and enveloped."""
    cross, message = suite.cross, suite.line.file("message").read_bytes()
    for name in ("rsa2048", "p256", "p384", "p521", "k256"):
        cross(f"cms -sign -binary -nodetach -in message -signer {name}.pem -inkey {name}.key -outform DER -out made",
              f"cms -verify -binary -inform DER -in made -CAfile {name}.pem -purpose any -out opened", expect=message)
    suite.same("cms -sign -binary -noattr -in message -signer rsa2048.pem -inkey rsa2048.key -outform DER -out out")
    cross("cms -sign -binary -nodetach -in message -signer rsa2048.pem -inkey rsa2048.key -keyopt rsa_padding_mode:pss -keyopt "
          "rsa_pss_saltlen:20 -outform DER -out made",
          "cms -verify -binary -inform DER -in made -CAfile rsa2048.pem -purpose any -out opened", expect=message)
    for name in ("rsa2048", "rsa1024", "p256", "p384", "p521", "k256"):
        cross(f"cms -encrypt -binary -aes128 -in message -outform DER -out made {name}.pem",
              f"cms -decrypt -binary -inform DER -in made -inkey {name}.key -recip {name}.pem -out opened", expect=message)
    cross("cms -encrypt -binary -aes-256-gcm -in message -outform DER -out made -recip rsa2048.pem -keyopt "
          "rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256",
          "cms -decrypt -binary -inform DER -in made -inkey rsa2048.key -recip rsa2048.pem -out opened", expect=message)
    cross("cms -encrypt -binary -in message -outform DER -out made -recip p256.pem -keyopt ecdh_kdf_md:sha384",
          "cms -decrypt -binary -inform DER -in made -inkey p256.key -recip p256.pem -out opened", expect=message)
    cross("smime -sign -binary -nodetach -in message -signer rsa2048.pem -inkey rsa2048.key -outform DER -out made",
          "smime -verify -binary -inform DER -in made -CAfile rsa2048.pem -purpose any -out opened", expect=message)
    cross("smime -sign -binary -nodetach -in message -signer p256.pem -inkey p256.key -outform DER -out made",
          "smime -verify -binary -inform DER -in made -CAfile p256.pem -purpose any -out opened", expect=message)
    cross("smime -encrypt -binary -aes128 -in message -outform DER -out made rsa2048.pem",
          "smime -decrypt -binary -inform DER -in made -inkey rsa2048.key -recip rsa2048.pem -out opened", expect=message)


def compare_failures(suite):
    """What cannot work fails in the same way."""
    error, file, plain = suite.error, suite.line.file, suite.plain
    file("short", b"1234")
    file("garbage", b"\x17" * 256)
    file("over", b"\xff" * 256)
    file("empty", b"")
    for name in ("short", "garbage", "over", "empty"):
        for padding in ("pkcs1", "oaep", "none"):
            # newer versions give a random-looking message for a bad padding of PKCS#1, and refuse no octets at all
            fails = None if padding == "pkcs1" or name == "empty" else padding != "none" or name == "over"
            suite.same(f"pkeyutl -decrypt -inkey rsa2048.key -in {name} -pkeyopt rsa_padding_mode:{padding} -out out",
                       fails=fails)
        error(f"pkeyutl -verify -pubin -inkey rsa2048.pub -in hash -sigfile {name}")
        error(f"pkeyutl -verify -pubin -inkey p256.pub -in hash -sigfile {name}")
        error(f"pkeyutl -verify -pubin -inkey p521.pub -in hash -sigfile {name}")
        error(f"pkeyutl -verifyrecover -pubin -inkey rsa2048.pub -in {name}")
        error(f"dgst -sha256 -sigopt rsa_padding_mode:pss -verify rsa2048.pub -signature {name} message")
    plain("pkeyutl -encrypt -pubin -inkey rsa2048.pub -in octets -pkeyopt rsa_padding_mode:oaep -out encrypted-oaep")
    error("pkeyutl -decrypt -inkey rsa2048.key -in encrypted-oaep -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 "
          "-out out")
    error("pkeyutl -decrypt -inkey rsa3072.key -in encrypted-oaep -pkeyopt rsa_padding_mode:oaep -out out")
    error("pkeyutl -decrypt -pubin -inkey rsa2048.pub -in encrypted-oaep -out out")
    error("pkeyutl -sign -pubin -inkey rsa2048.pub -in hash -out out")
    error("pkeyutl -sign -pubin -inkey p256.pub -in hash -out out")
    error("pkeyutl -encrypt -pubin -inkey rsa2048.pub -in block -out out")
    error("pkeyutl -encrypt -pubin -inkey rsa2048.pub -in over -pkeyopt rsa_padding_mode:none -out out")
    error("pkeyutl -encrypt -pubin -inkey rsa2048.pub -in octets -pkeyopt rsa_padding_mode:none -out out")
    error("pkeyutl -encrypt -pubin -inkey p256.pub -in octets -out out")
    error("pkeyutl -encrypt -pubin -inkey pss.pub -in octets -out out")
    error("pkeyutl -derive -inkey rsa2048.key -peerkey rsa3072.pub -out out")
    error("pkeyutl -derive -inkey p256.key -peerkey p384.pub -out out")
    error("pkeyutl -derive -inkey p256.key -peerkey x25519.pub -out out")
    error("pkeyutl -derive -inkey x25519.key -peerkey x448.pub -out out")
    error("pkeyutl -derive -inkey ed25519.key -peerkey ed448.pub -out out")
    error("pkeyutl -sign -inkey x25519.key -in hash -out out")
    error("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt digest:sha512 -out out")
    error("pkeyutl -sign -inkey rsa2048.key -in octets -pkeyopt rsa_padding_mode:none -out out")
    error("pkeyutl -sign -inkey rsa2048.key -in over -pkeyopt rsa_padding_mode:none -out out")
    error("pkeyutl -sign -inkey rsa2048.key -in block -out out")
    suite.same("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt rsa_padding_mode:oaep -out out")
    suite.same("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt rsa_padding_mode:nonsense -out out")
    error("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt no_such:thing -out out")
    error("pkeyutl -sign -inkey p256.key -in hash -pkeyopt no_such:thing -out out")
    for name in ("p256", "p521", "rsa2048", "pss"):
        error(f"pkeyutl -sign -inkey {name}.key -in hash -pkeyopt digest:nonsense -out out")
        error(f"pkeyutl -verify -pubin -inkey {name}.pub -in hash -sigfile garbage -pkeyopt digest:nonsense")
        error(f"pkeyutl -sign -rawin -digest nonsense -inkey {name}.key -in message -out out")
    error("pkeyutl -sign -inkey rsa2048.key -in hash -pkeyopt rsa_padding_mode:pss -pkeyopt digest:sha256 -pkeyopt "
          "rsa_pss_saltlen:300 -out out")
    error("pkeyutl -sign -inkey pss.key -in hash -pkeyopt rsa_padding_mode:pkcs1 -out out")
    error("pkeyutl -decrypt -inkey pss.key -in garbage -out out")
    error("dgst -sha256 -sign restricted.key -out out message")
    error("dgst -sha384 -sigopt rsa_pss_saltlen:20 -sign restricted.key -out out message")
    error("dgst -sha384 -sigopt rsa_mgf1_md:sha256 -sign restricted.key -out out message")
    error("dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:512 -sign rsa2048.key -out out message")
    error("dgst -shake128 -sign rsa2048.key -out out message")
    error("dgst -sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 -sign rsa1024.key -out out message")
    error("dgst -sha256 -sign missing.key -out out message")
    error("dgst -sha256 -sign message -out out message")
    error("dgst -sha256 -sign ed25519.key -out out message")
    error("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:100 -out out")
    error("genpkey -algorithm RSA -pkeyopt rsa_keygen_pubexp:2 -out out")
    error("genpkey -algorithm RSA -pkeyopt rsa_keygen_primes:9 -out out")
    error("genpkey -algorithm EC -out out")
    error("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:nonsense -out out")
    error("genpkey -algorithm EC -pkeyopt ec_param_enc:nonsense -out out")
    error("genpkey -algorithm X25519 -pkeyopt rsa_keygen_bits:2048 -out out")
    error("genpkey -algorithm RSA-PSS -pkeyopt rsa_pss_keygen_md:nonsense -out out")
    error("x509 -req -in leaf.csr -CA rsa2048.pem -CAkey p256.key -days 2 -out out")
    error("verify -CAfile p256.pem rsa2048.pem")
    error("verify -CAfile rsa2048.pem p384.pem")
    error("cms -decrypt -binary -inform DER -in message -inkey rsa2048.key -out out")
    plain("cms -encrypt -binary -in message -outform DER -out enveloped rsa2048.pem")
    error("cms -decrypt -binary -inform DER -in enveloped -inkey p256.key -recip p256.pem -out out")
    break_keys(suite)


def break_keys(suite):
    """Keys that do not hold together, and ones that are no keys."""
    for name in ("rsa2048", "pss", "p256", "p521", "x25519"):
        for end in (10, 40, -20):
            der = suite.plain(f"pkey -in {name}.key -outform DER -out out").files["out"]
            suite.line.file(f"cut{end}-{name}", der[:end])
            suite.error(f"pkey -inform DER -in cut{end}-{name} -noout")
    der = bytearray(suite.plain("pkey -in rsa2048.key -outform DER -out out").files["out"])
    der[-1] ^= 1  # q^-1 mod p
    suite.line.file("broken-rsa", bytes(der))
    suite.error("pkey -inform DER -in broken-rsa -check -noout")
    suite.same("rsa -inform DER -in broken-rsa -check -noout")  # says so, and exits with 0
    der = bytearray(suite.plain("pkey -in p256.key -outform DER -out out").files["out"])
    der[-1] ^= 1  # y of the public point
    suite.line.file("broken-ec", bytes(der))
    suite.error("pkey -inform DER -in broken-ec -check -noout")
    suite.error("dgst -sha256 -sign broken-ec -keyform DER -out out message")
    public = bytearray(suite.plain("pkey -in p256.key -pubout -outform DER -out out").files["out"])
    public[-1] ^= 1
    suite.line.file("broken-point", bytes(public))
    suite.error("pkey -pubin -inform DER -in broken-point -noout")
    suite.error("pkeyutl -derive -inkey p256.key -peerkey broken-point -peerform DER -out out")
    suite.line.file("zero-x25519", bytes.fromhex("302a300506032b656e032100") + bytes(32))
    suite.error("pkeyutl -derive -inkey x25519.key -peerkey zero-x25519 -peerform DER -out out")


def compare_simulated(suite):
    """A few of them on a simulated card, which does the arithmetic itself."""
    sim = ("sim",)
    loaded = suite.line.run("sim", "dgst -sha256 -sign rsa2048.key -out out message", LD_DEBUG="files").stderr
    suite.report("the simulated card is opened", None if "libtlscard-sim.so" in loaded else loaded[-600:])
    suite.same("dgst -sha256 -sign rsa2048.key -out out long", modes=sim)
    suite.same("pkeyutl -derive -inkey p256.key -peerkey peer-p256.pub -out out", modes=sim)
    suite.same("pkeyutl -derive -inkey x25519.key -peerkey peer-x25519.pub -out out", modes=sim)
    suite.same("pkeyutl -decrypt -inkey rsa2048.key -in garbage -pkeyopt rsa_padding_mode:oaep -out out", modes=sim, fails=True)
    suite.cross("dgst -sha384 -sign p384.key -out made message", "dgst -sha384 -verify p384.pub -signature made message",
                modes=sim)
    suite.cross("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out made", "pkey -in made -check -noout", modes=sim)


LISTS = ("signature-algorithms", "key-exchange-algorithms", "asymcipher-algorithms", "key-managers", "public-key-methods",
         "digest-algorithms", "cipher-algorithms", "kdf-algorithms", "mac-algorithms", "random-generators", "encoders",
         "decoders", "disabled")
OURS = re.compile(rb"(?: *Name: .*\n *Type: .*\n)? *(?:IDs: )?(?:\{[^}]*\}|[\w-]+) @ tlscard\n")


def compare_lists(suite):
    """What the command offers: entries of the provider are more, and none is less."""
    for what in LISTS:
        plain = suite.line.run("plain", f"list -{what}").stdout
        for mode in EVERY:
            mine = OURS.sub(b"", suite.line.run(mode, f"list -{what}").stdout)
            suite.report(f"list -{what} ({mode})", None if mine == plain else f"{mine} is not {plain}")
    suite.same("ciphers -v -s ALL")
    for mode in EVERY:
        for words in ("speed -seconds 1 -bytes 64 sha256", "speed -seconds 1 rsa2048", "speed -seconds 1 ecdhp256",
                      "speed -seconds 1 ecdsap256"):
            outcome = suite.line.run(mode, words)
            suite.report(f"{words} ({mode})", None if outcome.status == 0 and not outcome.errors else outcome.stderr)


def check_configuration(suite):
    """A key that the provider does not know: an activation loses the error, a call to load it does not."""
    good = suite.line.file("double.cnf").read_text()
    suite.line.file("activated.cnf", good.replace("policy = always", "polcy = always"))
    outcome = suite.line.run("activated", "list -providers")
    suite.report("an unknown key: the provider is not listed", None if b"tlscard" not in outcome.stdout else outcome.stdout)
    suite.line.file("named.cnf", good.replace("activate = 1\naddress", "address").replace("policy = always", "polcy = always"))
    outcome = suite.line.run("named", "list -providers -provider default -provider tlscard")
    said = 'tlscard: unknown key polcy = "always" in section [card]'
    suite.report("an unknown key: loading by a call fails and names it",
                 None if outcome.status != 0 and said in outcome.raw else outcome.raw)


def main():
    suite = Suite()
    try:
        make_seeds(suite)
        for part in (compare_keys, compare_signatures, compare_encryption, compare_certificates, compare_messages,
                     compare_failures, compare_lists, check_configuration,
                     compare_simulated):
            part(suite)
        asked = suite.line.file("requests").stat().st_size
        suite.report("the driver's double was asked", None if asked > 100 else f"{asked} octets of log")
    finally:
        suite.line.close()
    print(f"1..{suite.count}")
    return suite.failed != 0


if __name__ == "__main__":
    sys.exit(main())
