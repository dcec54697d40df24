#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tlscard command's help, version, manual page, and what it says to bad command lines."""

import re
import unittest

import tools
import tap

COMMANDS = ("list", "info", "selftest", "bench", "handshake", "doctor")
OPTIONS = {
    "doctor": {"conf", "appname", "user", "chroot", "programs", "json", "help"},
    "list": {"json", "help"},
    "info": {"card", "json", "help"},
    "selftest": {"card", "json", "help"},
    "bench": {"cycles", "card", "operations", "requests", "json", "help"},
    "handshake": {"tls", "kx", "key", "group", "mutual", "card", "json", "bytes", "provider-path", "help"},
}
# (words, what the message must hold): each ends with status 2 and prints nothing else.
BAD = (
    (["nonsense"], ["nonsense", "choose one of list, info, selftest, bench, handshake"]),
    (["bench"], ["say what to measure", "--cycles"]),
    (["bench", "--cycles", "--requests", "0"], ["--requests 0", "from 1 to"]),
    (["bench", "--cycles", "--requests", "-1"], ["--requests -1", "from 1 to"]),
    (["bench", "--cycles", "--requests", "8x"], ["--requests 8x", "from 1 to"]),
    (["bench", "--cycles", "--requests", "99999999999999999999"], ["--requests", "from 1 to"]),
    (["bench", "--cycles", "--operations", "x25519,rsa1024"], ["--operations rsa1024", "choose of rsa2048-private,"]),
    (["bench", "--cycles", "--operations", "x25519,"], ["--operations ''", "choose of"]),
    (["bench", "--cycles", "--card", "nowhere"], ["--card nowhere", "not an address"]),
    (["help", "nonsense"], ["no such command"]),
    (["info", "--what"], ["--what", "no such option", "tlscard info --help"]),
    (["info", "sim"], ["sim", "no further arguments"]),
    (["info", "--card"], ["--card", "needs a value"]),
    (["info", "--card="], ["--card", "empty ADDRESS"]),
    (["info", "--card", "nowhere"], ["--card nowhere", "vfio-user:PATH"]),
    (["selftest", "--card", "none"], ["--card none", "not an address"]),
    (["info", "--json=yes"], ["--json=yes", "takes no value"]),
    (["handshake", "--tls", "1.1"], ["--tls 1.1", "choose one of 1.2, 1.3"]),
    (["handshake", "--key", "rsa1024"], ["--key rsa1024", "rsa2048, rsa3072, rsa4096, p256, p384"]),
    (["handshake", "--kx", "dhe"], ["--kx dhe", "rsa, ecdhe"]),
    (["handshake", "--group", "P-521"], ["--group P-521", "X25519, P-256, P-384"]),
    (["handshake", "--tls", "1.3", "--kx", "rsa"], ["--kx rsa", "TLS 1.3", "--tls 1.2"]),
    (["handshake", "--kx", "rsa"], ["--kx rsa", "TLS 1.3", "--tls 1.2"]),
    (["handshake", "--tls", "1.2", "--kx", "rsa", "--key", "p256"], ["--kx rsa", "--key", "rsa2048"]),
    (["handshake", "--tls", "1.2", "--kx", "rsa", "--group", "P-256"], ["--group", "--kx ecdhe"]),
    (["handshake", "--card", "pci:"], ["--card pci:", "none"]),
)


class Help(unittest.TestCase):
    def test_overview(self):
        for words in (["help"], ["--help"], ["-h"]):
            status, output, errors = tools.run(*words)
            self.assertEqual((status, errors), (0, ""))
            self.assertEqual(tuple(re.findall(r"^  (\w+) ", output, re.M)), COMMANDS + ("help",))

    def test_no_command(self):
        status, output, errors = tools.run()
        self.assertEqual((status, output), (2, ""))
        self.assertIn("Usage: tlscard", errors)

    def test_every_option(self):
        for command in COMMANDS:
            for words in ([command, "--help"], ["help", command]):
                status, output, errors = tools.run(*words)
                self.assertEqual((status, errors), (0, ""))
                self.assertEqual(set(re.findall(r"^  --([\w-]+)", output, re.M)), OPTIONS[command])
                self.assertLessEqual(max(map(len, output.splitlines())), 92)

    def test_version(self):
        status, output, errors = tools.run("--version")
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(output, r"^tlscard \d+\.\d+\.\d+ \(OpenSSL [34]\.")

    def test_manual_page(self):
        page = (tools.ROOT / "docs/tlscard.1").read_text().replace("\\-", "-")
        for command in COMMANDS:
            section = page[page.index(f".SS {command}"):]
            section = section[:re.search(r"\n\.S[SH] ", section[4:]).start() + 4]
            self.assertEqual(set(re.findall(r"^\.TP\n\.BI? --([\w-]+)", section, re.M)) | {"help"}, OPTIONS[command])


class BadCommandLines(unittest.TestCase):
    def test_messages(self):
        for words, parts in BAD:
            status, output, errors = tools.run(*words)
            self.assertEqual((status, output), (2, ""), words)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            for part in parts:
                self.assertIn(part, errors)

    def test_output_that_cannot_be_written(self):
        status = tools.subprocess.run([tools.DOUBLE, "list"], stdout=open("/dev/full", "w"), check=False,
                                      stderr=tools.subprocess.DEVNULL).returncode
        self.assertEqual(status, 1)


if __name__ == "__main__":
    tap.main()
