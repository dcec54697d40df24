#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard doctor: every finding, on configuration files that have it; the driver's double stands for the card."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import tools
import tap

GOOD = """openssl_conf = init
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
address = sim
policy = always
[algorithms]
default_properties = ?tlscard.card=yes
"""


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tlscard-doctor."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)  # programs read it as their users
        self.file = self.folder / "openssl.cnf"

    def write(self, *changes, module=tools.DOUBLE_MODULE):
        """GOOD, with pairs of texts replaced."""
        text = GOOD.format(module=module)
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        self.file.write_text(text)

    def examine(self, *words, **environment):
        """(status, report): the status must agree with the findings."""
        status, report, errors = tools.run_json("doctor", "--conf", str(self.file), *words,
                                                **environment)
        self.assertEqual(errors, "")
        self.assertEqual(status, 0 if report["well"] else 1)
        self.assertEqual(report["well"], not report["findings"])
        return report

    def found(self, *words, only=True, code, **environment):
        """The finding with this code, by itself unless told otherwise; it has a text and a remedy."""
        report = self.examine(*words, **environment)
        codes = [finding["code"] for finding in report["findings"]]
        if only:
            self.assertEqual(codes, [code], report)
        self.assertIn(code, codes)
        finding = report["findings"][codes.index(code)]
        self.assertTrue(finding["text"] and finding["remedy"])
        return finding

    def line_of(self, text):
        return self.file.read_text().splitlines().index(text) + 1

    def test_all_well(self):
        self.write()
        report = self.examine()
        self.assertTrue(report["well"])
        self.assertEqual(report["module"], str(tools.DOUBLE_MODULE))
        self.assertEqual((report["file"], report["application"]), (str(self.file), "openssl_conf"))
        self.assertEqual(report["card"]["address"], "sim")
        where = {(operation["op"], operation["where"]) for operation in report["operations"]}
        for bits in (2048, 3072, 4096):
            self.assertIn((f"RSA-{bits} private", "card"), where)
        for operation in ("ECDH P-256 derivation", "ECDSA P-256 sign", "ECDH P-384 derivation", "ECDSA P-384 sign",
                          "X25519 derivation", "X25519 key generation"):
            self.assertIn((operation, "card"), where)

    def test_text(self):
        self.write()
        status, output, errors = tools.run("doctor", "--conf", str(self.file))
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(output, r"(?m)^  RSA-2048 private \(sign-pkcs1-sha256\) +card +1,000 cycles$")
        self.assertRegex(output, r"(?m)^file +" + str(self.file))
        self.assertIn("All is well.", output)
        self.write(("policy = always", "polcy = always"))
        status, output, _ = tools.run("doctor", "--conf", str(self.file))
        self.assertEqual(status, 1)
        self.assertIn(f"    at:     {self.file}, line {self.line_of('polcy = always')}\n    remedy: ", output)

    def test_simulated_and_auto(self):
        self.write(("policy = always", "policy = auto"))
        _, output, _ = tools.run("doctor", "--conf", str(self.file))
        self.assertIn("The card is simulated and the policy is auto", output)

    def test_default_file(self):
        """Without --conf it is the one that OPENSSL_CONF names."""
        self.write(("activate = 1\naddress", "address"))
        _, report, _ = tools.run_json("doctor", OPENSSL_CONF=str(self.file))
        self.assertEqual([finding["code"] for finding in report["findings"]], ["provider-not-activated"])

    def test_application_name(self):
        """nginx reads its own section; another program the general one, and nginx that too where it has none."""
        nginx, other = self.linked_program("nginx"), self.linked_program("other")
        self.write(("openssl_conf = init", "nginx = init\nopenssl_conf = other\n[other]\nproviders = nothing\n[nothing]\nx = y\n"))
        self.assertTrue(self.examine(nginx)["well"])
        self.assertTrue(self.examine("--appname", "nginx")["well"])
        self.found(other, code="provider-not-named", only=False)
        self.write()
        self.assertEqual(self.examine("nginx")["application"], "nginx")
        self.assertTrue(self.examine(nginx)["well"])

    def test_old_properties(self):
        """Files that prefer the provider by its name go on working."""
        self.write(("?tlscard.card=yes", "?provider=tlscard"))
        self.assertTrue(self.examine()["well"])
        self.assertTrue(self.examine(self.linked_program("curl"))["well"])

    def test_section_of_its_own(self):
        """Node.js reads nothing but the section under its name."""
        self.write()
        finding = self.found("node", code="section-not-read")
        self.assertIn("nodejs_conf = openssl_init", finding["remedy"])
        self.write(("openssl_conf = init", "openssl_conf = init\nnodejs_conf = init"))
        report = self.examine("node")
        self.assertTrue(report["well"])
        self.assertEqual(report["application"], "nodejs_conf")
        self.write()
        self.assertTrue(self.examine("node", "--appname", "openssl_conf")["well"])

    def operations_of(self, *words):
        report = self.examine(*words)
        return {operation["where"] for operation in report["operations"]}

    def test_own_query(self):
        """stunnel's displaces the provider's name, and the operations are tried as it would do them."""
        self.write(("?tlscard.card=yes", "?provider=tlscard"))
        finding = self.found("stunnel", code="own-query")
        self.assertEqual(finding["line"], self.line_of("default_properties = ?provider=tlscard"))
        self.assertEqual(self.operations_of("stunnel"), {"software"})
        self.write()
        self.assertTrue(self.examine("stunnel")["well"])
        self.assertIn("card", self.operations_of("stunnel"))

    def program(self, name, source, *options):
        """A program of the test's own, in a folder of its own."""
        (self.folder / "bin").mkdir(exist_ok=True)
        path = self.folder / "bin" / name
        subprocess.run(["gcc", "-x", "c", "-", "-o", path, "-x", "none", *options], input=source, text=True,
                       check=True)
        return str(path)

    def linked_program(self, name):
        """One that is linked with the libcrypto that is examined: an installed one may have another."""
        return self.program(name, "int OpenSSL_version_num(void); int main(void) { return OpenSSL_version_num(); }", "-lcrypto")

    def test_own_properties(self):
        """FreeRADIUS sets them, in releases that call for it; the first in libcrypto's list is found all the same."""
        calls = "int EVP_set_default_properties(void *, const char *); int main(void) { return %s; }"
        newer = self.program("freeradius", calls % 'EVP_set_default_properties(0, "-fips")', "-lcrypto")
        self.write()
        self.assertIn("card = tlscard", self.found(newer, code="own-properties")["remedy"])
        self.assertEqual(self.operations_of(newer), {"software"})
        self.write(("default = standard\ntlscard = card", "card = card\ndefault = standard"))
        self.assertTrue(self.examine(newer)["well"])
        self.assertIn("card", self.operations_of(newer))
        self.write()
        older = self.linked_program("radiusd")
        self.assertTrue(self.examine(older)["well"])

    def test_other_library(self):
        self.write()
        self.assertIn("GnuTLS", self.found("wget", code="other-library")["text"])
        for text, library in (("BoringSSL", "BoringSSL"), ("Go buildinf:", "Go's"), ("/rustls-0.23", "rustls")):
            program = self.program("server", f'const char text[] = "{text}"; int main(void) {{ return text[0]; }}')
            self.assertIn(library, self.found(program, code="other-library")["text"])

    def test_old_openssl(self):
        library = self.folder / "libcrypto.so.1.1"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-Wl,-soname,libcrypto.so.1.1"],
                       input="int old(void) { return 0; }", text=True, check=True)
        self.write()
        program = self.program("server", "int old(void); int main(void) { return old(); }", str(library),
                               f"-Wl,-rpath,{self.folder}")
        self.assertIn(str(library), self.found(program, code="old-openssl")["text"])

    def test_own_openssl(self):
        """One that is linked in: it reads a file of its own, which is told."""
        self.write()
        source = ('const char text[] = "OpenSSL 3.5.1 1 Jul 2025", folder[] = "OPENSSLDIR: \\"/opt/ssl\\""; int main(void) '
                  "{ return text[0] + folder[0]; }")
        report = self.examine(self.program("server", source))
        self.assertTrue(report["well"])
        self.assertIn("OpenSSL 3.5.1", report["notes"][0])
        self.assertIn("/opt/ssl/openssl.cnf", report["notes"][0])

    def test_other_libcrypto(self):
        """Of another OpenSSL 3 or later, under another name than that which the module was built for."""
        library = self.folder / "libcrypto.so.9"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-Wl,-soname,libcrypto.so.9"],
                       input="int newer(void) { return 0; }", text=True, check=True)
        self.write()
        program = self.program("server", "int newer(void); int main(void) { return newer(); }", str(library),
                               f"-Wl,-rpath,{self.folder}")
        found = self.found(program, code="other-libcrypto")
        self.assertIn(str(library), found["text"])
        self.assertIn("libcrypto.so.", found["text"].split("The module is for ")[1])

    def test_value_is_section(self):
        """libcrypto reads such a value as the section: `policy = always` is lost, and with it what was asked for."""
        self.write()
        with self.file.open("a") as file:
            file.write("[always]\nkey = value\n")
        finding = self.found(code="value-is-section", only=False)
        self.assertIn("[always]", finding["text"])
        self.assertEqual(finding["line"], self.line_of("policy = always"))

    def test_notes(self):
        """What is no fault for certain is told, and changes no status."""
        self.write()
        source = "int OSSL_LIB_CTX_new(void); int main(void) { return OSSL_LIB_CTX_new(); }"
        program = self.program("server", source, "-lcrypto")
        report = self.examine(program)
        self.assertTrue(report["well"])
        self.assertIn("OSSL_LIB_CTX_new", " ".join(report["notes"]))
        _, output, _ = tools.run("doctor", program, "--conf", str(self.file))
        self.assertIn("as far as can be told", output)
        self.assertIn("directly", " ".join(self.examine("sshd")["notes"]))
        for call in ("EVP_default_properties_enable_fips", "RAND_set_rand_method", "RAND_set_DRBG_type"):
            program = self.program("server", f"int {call}(void); int main(void) {{ return {call}(); }}", "-lcrypto")
            self.assertIn(call, " ".join(self.examine(program)["notes"]))

    def test_environment(self):
        """Where OPENSSL_CONF does not arrive, only the usual file counts."""
        self.write()
        # another user's process cannot be looked into for leaks
        self.found("postfix", code="environment-ignored", only=False, ASAN_OPTIONS="detect_leaks=0")
        program = self.program("server", "int OpenSSL_version_num(void); int main(void) { return OpenSSL_version_num(); }",
                               "-lcrypto")
        self.assertTrue(self.examine(program)["well"])
        os.chmod(program, 0o6755)
        self.assertIn("set-user-ID", self.found(program, code="environment-ignored")["text"])

    def test_broken_files(self):
        """A program's file may be anything."""
        self.write()
        whole = pathlib.Path(self.program("server", "int main(void) { return 0; }")).read_bytes()
        damaged = self.folder / "bin/damaged"
        for size in (0, 1, 3, 63, 64, 100, 500, len(whole) // 2, len(whole) - 1):
            damaged.write_bytes(whole[:size])
            self.examine(str(damaged))
        for offset in range(16, 1024, 7):
            damaged.write_bytes(whole[:offset] + b"\xff" * 8 + whole[offset + 8:])
            if offset % 5 == 0:
                self.examine(str(damaged))
        damaged.write_text("#!/bin/sh\n")
        self.assertIn("script", self.examine(str(damaged))["notes"][0])

    def test_usage(self):
        for words in (("doctor", "one", "two"), ("doctor", "--appname"), ("doctor", "--user", "no-such-user-here")):
            status, output, errors = tools.run(*words)
            self.assertEqual((status, output), (2, ""))
            self.assertIn("tlscard doctor: ", errors)

    def test_unreadable(self):
        self.found(code="configuration-unreadable")

    def test_broken_line(self):
        self.write(("address = sim", "this is no assignment"))
        finding = self.found(code="configuration-broken")
        self.assertIn(f"line {self.line_of('this is no assignment')}", finding["text"])

    def test_no_providers(self):
        self.write(("openssl_conf = init\n", ""))
        self.found(code="no-providers")
        self.write(("providers = providers", "providers = nowhere"))
        self.found(code="no-providers")

    def test_provider_not_named(self):
        self.write(("tlscard = card", "# none"))
        self.found(code="provider-not-named")

    def test_provider_not_activated(self):
        self.write(("activate = 1\naddress", "address"))
        self.found(code="provider-not-activated")
        self.write(("tlscard = card", "tlscard = absent"))
        self.assertEqual(self.found(code="provider-not-activated")["line"], self.line_of("tlscard = absent"))

    def test_default_not_activated(self):
        self.write(("[standard]\nactivate = 1", "[standard]\n# activate = 1"))
        self.assertEqual(self.found(code="default-not-activated", only=False)["line"], self.line_of("default = standard"))
        self.write(("default = standard", "# none"))
        self.found(code="default-not-activated", only=False)

    def test_nothing_activated(self):
        """As Debian 13 has it: libcrypto activates the default provider by itself as long as none is activated."""
        self.write(("[standard]\nactivate = 1", "[standard]\n# activate = 1"), ("activate = 1\naddress", "address"))
        self.found(code="provider-not-activated")

    def test_no_properties(self):
        for changes in ((("alg_section = algorithms\n", ""),), (("default_properties = ?tlscard.card=yes\n", "x = y\n"),),
                        (("alg_section = algorithms\n", "alg_section = absent\n"),)):
            self.write(*changes)
            report = self.examine()
            self.assertIn("no-properties", [finding["code"] for finding in report["findings"]])
            self.assertEqual({operation["where"] for operation in report["operations"]}, {"software"})
            self.assertIn("not-asked", {operation["reason"] for operation in report["operations"]})

    def test_properties_exclude_others(self):
        self.write(("?tlscard.card=yes", "provider=tlscard"))
        finding = self.found(code="properties-exclude-others", only=False)
        self.assertEqual(finding["line"], self.line_of("default_properties = provider=tlscard"))

    def list_beside(self, name, *changes):
        """GOOD, with a module of the tests' own activated after the default provider."""
        module = tools.BUILD / f"tests/e2e/modules/{name}.so"
        self.write(("default = standard", f"default = standard\n{name} = {name}"),
                   ("[standard]", f"[{name}]\nmodule = {module}\nactivate = 1\n[standard]"), *changes)

    def test_fips_required(self):
        """Where validated algorithms are required the provider is passed by, and its software is not missed."""
        for line in ("default_properties = fips=yes", "default_properties = ?tlscard.card=yes, fips = yes",
                     "fips_mode = yes", "default_properties = ?tlscard.card=yes\nfips_mode = TRUE"):
            last = line.splitlines()[-1]
            self.list_beside("validated", ("default_properties = ?tlscard.card=yes", line))
            finding = self.found(code="fips-required")
            self.assertEqual(finding["line"], self.line_of(last))
            self.assertEqual(self.operations_of(), {"software"})
            self.assertEqual(self.examine()["random"]["private"]["provider"], "validated")
            self.list_beside("validated", ("default_properties = ?tlscard.card=yes", line), ("[standard]\nactivate = 1", "[standard]"))
            self.found(code="fips-required")
            self.write(("default_properties = ?tlscard.card=yes", line))
            self.assertEqual([finding["code"] for finding in self.examine()["findings"]],
                             ["fips-required", "no-validated-provider"])

    def test_fips_not_required(self):
        """What is wished for, taken back, or displaced by a program is no requirement."""
        for properties in ("?tlscard.card=yes,-fips", "?tlscard.card=yes,fips!=yes", "?tlscard.card=yes,?fips=yes"):
            self.write(("?tlscard.card=yes", properties))
            self.assertTrue(self.examine()["well"])
        newer = self.program("freeradius", "int EVP_set_default_properties(void *, const char *); int main(void) "
                             '{ return EVP_set_default_properties(0, "-fips"); }', "-lcrypto")
        self.list_beside("validated", ("?tlscard.card=yes", "fips=yes"))
        self.assertNotIn("fips-required", [finding["code"] for finding in self.examine(newer)["findings"]])

    def test_preference_shared(self):
        """libcrypto counts wishes: a tie is decided by an order that changes."""
        self.list_beside("validated", ("?tlscard.card=yes", "?fips=yes,?tlscard.card=yes"))
        self.assertIn("order", self.found(code="preference-shared")["text"])
        self.list_beside("validated", ("?tlscard.card=yes", "?fips=yes, ?provider=validated ,?tlscard.card=yes"))
        self.assertIn("it is taken", self.found(code="preference-shared")["text"])
        self.assertEqual(self.operations_of(), {"software"})
        self.list_beside("validated", ("?tlscard.card=yes", "?fips=yes,?tlscard.card=yes,?provider=tlscard"))
        self.assertTrue(self.examine()["well"])
        self.assertIn("card", self.operations_of())
        self.list_beside("validated")
        self.assertTrue(self.examine()["well"])

    def with_random(self, *lines):
        self.list_beside("generator", ("alg_section = algorithms", "alg_section = algorithms\nrandom = numbers"),
                         ("[algorithms]", "\n".join(("[numbers]", *lines, "[algorithms]"))))

    def test_generators(self):
        """Those that libcrypto has in the end, with what they are made of."""
        self.write()
        report = self.examine()["random"]
        self.assertEqual(report["private"], {"name": "CTR-DRBG", "provider": "default", "cipher": "AES-256-CTR"})
        self.assertEqual(report["public"], report["private"])
        self.assertEqual((report["seed"], report["provider"]), (None, None))
        self.with_random("random = HMAC-DRBG", "digest = SHA256", "seed = KNOWN-OCTETS")
        report = self.examine()
        self.assertTrue(report["well"])
        self.assertEqual(report["random"]["private"], {"name": "HMAC-DRBG", "provider": "default", "digest": "SHA2-256"})
        self.assertEqual(report["random"]["seed"], "KNOWN-OCTETS")
        self.with_random("RANDOM = KNOWN-OCTETS")
        self.assertEqual(self.examine()["random"]["public"], {"name": "KNOWN-OCTETS", "provider": "generator"})
        _, output, _ = tools.run("doctor", "--conf", str(self.file))
        self.assertRegex(output, r"(?m)^random private +KNOWN-OCTETS of generator$")
        self.assertRegex(output, r"(?m)^seed +libcrypto's own$")

    def test_no_generator(self):
        self.with_random("random = NO-DRBG")
        finding = self.found(code="no-generator", only=False)
        self.assertEqual(finding["line"], self.line_of("random = NO-DRBG"))
        self.assertIsNone(self.examine()["random"]["private"])
        _, output, _ = tools.run("doctor", "--conf", str(self.file))
        self.assertRegex(output, r"(?m)^random private +none$")

    def test_seed_not_found(self):
        for lines in (("seed = KNOWN-OCTET",), ("seed = KNOWN-OCTETS", "seed_properties = provider=default")):
            self.with_random(*lines)
            alone = self.examine()["openssl"].startswith("OpenSSL 3.")
            self.assertEqual(self.found(code="seed-not-found", only=alone)["line"], self.line_of(lines[0]))
            if not alone:
                self.found(code="no-generator", only=False)

    def test_groups_lost(self):
        self.write(("?tlscard.card=yes", "provider=tlscard"))
        self.found(code="groups-lost", only=False)
        self.assertIn("X448", self.examine()["groups_lost"])

    def test_module_missing(self):
        self.write(module="/nonexistent/tlscard.so")
        finding = self.found(code="module-missing")
        self.assertIn("/nonexistent/tlscard.so", finding["text"])
        self.write((f"module = {tools.DOUBLE_MODULE}\n", ""))
        finding = self.found(code="module-missing", OPENSSL_MODULES=str(self.folder))
        self.assertIn(f"{self.folder}/tlscard.so", finding["text"])
        self.assertIn(str(self.folder), finding["remedy"])

    def test_module_by_its_folder(self):
        """Without a module line, and with a relative one, it is looked for in the modules' folder."""
        for line in ("", "module = tlscard.so\n"):
            self.write((f"module = {tools.DOUBLE_MODULE}\n", line))
            report = self.examine(OPENSSL_MODULES=str(tools.DOUBLE_MODULE.parent))
            self.assertTrue(report["well"])
            self.assertEqual(report["module"], str(tools.DOUBLE_MODULE))

    def test_module_unloadable(self):
        module = self.folder / "tlscard.so"
        module.write_bytes(tools.DOUBLE_MODULE.read_bytes()[64:])
        self.write(module=module)
        self.assertIn(str(module), self.found(code="module-unloadable")["text"])

    def build(self, source, *options):
        """A module of the test's own."""
        module = self.folder / "tlscard.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", module, *options], input=source, text=True, check=True)
        return module

    def test_module_of_another_openssl(self):
        """One that needs a symbol which this libcrypto has not."""
        module = self.build("int OSSL_provider_of_tomorrow(void); int OSSL_provider_init(void) { return "
                            "OSSL_provider_of_tomorrow(); }")
        self.write(module=module)
        self.assertIn("OSSL_provider_of_tomorrow", self.found(code="module-unloadable")["text"])

    def test_module_that_is_no_provider(self):
        self.write(module=self.build("int nothing;"))
        self.assertIn("no provider", self.found(code="module-unloadable")["text"])

    def test_module_built_for_another_version(self):
        module = self.build("""
            #include <openssl/core_dispatch.h>
            #include <openssl/core_names.h>
            #include <openssl/params.h>
            static int get(void *data, OSSL_PARAM params[])
            {
                OSSL_PARAM *param = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_BUILDINFO);
                (void)data;
                return param == NULL || OSSL_PARAM_set_utf8_ptr(param, "1 for OpenSSL 3.99.0");
            }
            static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get}, {0, NULL}};
            int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **data)
            {
                *data = (void *)core;
                *out = functions;
                return in != NULL;
            }""", "-lcrypto")
        self.write(module=module)
        self.assertIn("3.99", self.found(code="module-of-another-version", only=False)["text"])

    def test_provider_that_refuses_without_a_word(self):
        self.write(module=self.build("int OSSL_provider_init(void) { return 0; }"))
        self.found(code="provider-refuses")

    def test_failing_operations(self):
        """Without any digest nothing can be signed."""
        self.write(("?tlscard.card=yes", "provider=tlscard"))
        self.found(code="operation-failed", only=False)

    def test_full_queue(self):
        self.write()
        self.found(code="queue-full", TLSCARD_FAKE="full")

    def test_unknown_key(self):
        self.write(("policy = always", "polcy = always"))
        finding = self.found(code="unknown-key")
        self.assertIn('unknown key polcy = "always"', finding["text"])
        self.assertEqual((finding["line"], finding["file"]), (self.line_of("polcy = always"), str(self.file)))

    def test_bad_value(self):
        self.write(("policy = always", "policy = sometimes"))
        finding = self.found(code="bad-value")
        self.assertIn('policy = "sometimes"', finding["text"])
        self.assertEqual(finding["line"], self.line_of("policy = sometimes"))
        self.write()
        self.assertIn("TLSCARD_DEADLINE_MS", self.found(code="bad-value", TLSCARD_DEADLINE_MS="soon")["text"])

    def test_included_file(self):
        """The line is that of the file which is included."""
        included = self.folder / "card.cnf"
        included.write_text("# one\n  deadline-ms = soon\n")
        self.write(("policy = always", f".include {included}"))
        finding = self.found(code="bad-value")
        self.assertEqual((finding["line"], finding["file"]), (2, str(included)))

    def test_rejected_section(self):
        """A part of the file that libcrypto stops at: what stands behind it is not read."""
        self.write(("alg_section", "ssl_conf = absent\nalg_section"))
        self.found(code="configuration-rejected", only=False)

    def test_no_card(self):
        self.write()
        finding = self.found(code="no-card", TLSCARD_FAKE="none")
        self.assertIn("sim: no card there; start one", finding["text"])

    def test_no_permission(self):
        self.write()
        self.assertIn("the double is denied", self.found(code="no-card", TLSCARD_FAKE="denied")["text"])

    def test_no_resources(self):
        self.write()
        finding = self.found(code="no-resources", TLSCARD_FAKE="short")
        self.assertIn("the double has too many open files", finding["text"])

    def test_busy(self):
        self.write()
        self.found(code="card-busy", TLSCARD_FAKE="busy")

    def test_wrong_map(self):
        self.write()
        self.found(code="wrong-card", TLSCARD_FAKE="map")

    def test_wrong_answers(self):
        self.write()
        self.found(code="wrong-answer", only=False, TLSCARD_FAKE="wrong")
        self.found(code="breaker-open", only=False, TLSCARD_FAKE="wrong")

    def test_late(self):
        self.write(("policy = always", "policy = always\ndeadline-ms = 20"))
        self.found(code="card-late", only=False, TLSCARD_FAKE="late")

    def test_failed_card(self):
        self.write()
        self.assertFalse(self.examine(TLSCARD_FAKE="broken")["well"])

    def test_policy_never(self):
        self.write(("policy = always", "policy-ec = never"))
        self.found(code="policy-never")
        where = {operation["op"]: operation["where"] for operation in self.examine()["operations"]}
        self.assertEqual((where["RSA-2048 private"], where["X25519 derivation"]), ("card", "software"))

    def test_not_served(self):
        """What a card does not do is told, and is no fault."""
        self.write()
        report = self.examine(TLSCARD_FAKE="rsa")
        self.assertTrue(report["well"])
        reasons = {operation["op"]: operation["reason"] for operation in report["operations"]}
        self.assertEqual((reasons["RSA-2048 private"], reasons["X25519 derivation"]), ("card", "unsupported-opcode"))

    @unittest.skipIf(os.geteuid() != 0 or not tools.SHIPPED.exists(), "needs root, and the command as it ships")
    def test_user(self):
        """Permission is that of the user who is named."""
        self.write(module=tools.BUILD / "lib/ossl-modules/tlscard.so")
        self.file.chmod(0o600)
        status, report, _ = tools.run_json("doctor", "--conf", str(self.file), command=tools.SHIPPED)
        self.assertNotIn("configuration-unreadable", [finding["code"] for finding in report["findings"]])
        status, report, _ = tools.run_json("doctor", "--user", "nobody", "--conf", str(self.file), command=tools.SHIPPED)
        self.assertEqual((status, report["findings"][0]["code"]), (1, "configuration-unreadable"))


if __name__ == "__main__":
    tap.main()
