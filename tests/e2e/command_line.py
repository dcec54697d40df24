# SPDX-License-Identifier: Apache-2.0
"""The openssl command with the provider and without it, side by side: the same octets, errors and exit status."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
DOUBLE = BUILD / "tests/provider/modules/tlscard.so"  # the driver's double in the card's place
SHIPPED = BUILD / "lib/ossl-modules/tlscard.so"

# Thread, code, library, function, reason; file and line are the build's affair.
ERROR = re.compile(r"^[0-9A-F]+:error:([0-9A-F]+):([^:]*):[^:]*:([^:]*):.*$", re.M)

OUTPUT_OPTIONS = ("-out", "-keyout")

# extensions: from 4.0 on x509 -req takes the first section for extensions where it does not name some.
PLAIN = """openssl_conf = init
extensions = none
[init]
providers = providers
[providers]
default = standard
[standard]
activate = 1
"""
WITH = """openssl_conf = init
extensions = none
[init]
providers = providers
alg_section = algorithms
[providers]
default = standard
tlscard = card
[standard]
activate = 1
[card]
module = {module}
activate = 1
address = {address}
policy = always
[algorithms]
default_properties = ?provider=tlscard
"""
# What `openssl req`, `ca` and `ts` look for in the same file.
COMMANDS = """
[req]
distinguished_name = name
x509_extensions = authority
[name]
[none]
[authority]
basicConstraints = critical, CA:true
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:false
subjectAltName = DNS:localhost
[stamping]
extendedKeyUsage = critical, timeStamping
[ca]
default_ca = this_ca
[this_ca]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
policy = any
default_md = sha256
default_days = 30
unique_subject = no
[any]
commonName = supplied
[tsa]
default_tsa = this_tsa
[this_tsa]
serial = tsa-serial
default_policy = 1.2.3.4
digests = sha256
signer_digest = sha256
"""


class Outcome:
    """What one run of the command left behind."""

    def __init__(self, done, outs):
        self.status = done.returncode
        self.stdout = done.stdout
        text = done.stderr.decode(errors="replace")
        self.raw = text
        self.errors = ERROR.findall(text)
        self.stderr = ERROR.sub("", text)
        self.files = {name: path.read_bytes() if path.exists() else None for name, path in outs.items()}

    def difference(self, other):
        """A sentence on the first difference, or None."""
        for what in ("status", "errors", "stdout", "files"):
            mine, theirs = getattr(self, what), getattr(other, what)
            if mine != theirs:
                return f"{what}: {str(mine)[:600]} is not {str(theirs)[:600]}\n{self.stderr[-600:]}\n{other.stderr[-600:]}"
        return None


class CommandLine:
    """One directory of seed files, a configuration file for each mode, and runs of the command in it."""

    def __init__(self, modes):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tlscard-line."))
        (self.work / "plain.cnf").write_text(PLAIN + COMMANDS)
        for mode, (module, address) in modes.items():
            (self.work / f"{mode}.cnf").write_text(WITH.format(module=module, address=address) + COMMANDS)
        self.modes = list(modes)

    def close(self):
        shutil.rmtree(self.work)

    def file(self, name, content=None):
        path = self.work / name
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, mode, words, **variables):
        """Run words in one mode, with variables in the environment; files after options like -out are what it writes."""
        words = shlex.split(words) if isinstance(words, str) else words
        outs = {word: self.work / word for before, word in zip(words, words[1:]) if before in OUTPUT_OPTIONS}
        for path in outs.values():
            path.unlink(missing_ok=True)
        environment = {**os.environ, "OPENSSL_CONF": str(self.work / f"{mode}.cnf"), "LC_ALL": "C",
                       "FAKE_DRIVER_LOG": str(self.work / "requests"), **variables}
        done = subprocess.run(["openssl", *words], cwd=self.work, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=600, check=False)
        return Outcome(done, outs)
