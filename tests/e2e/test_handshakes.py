#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handshakes of every kind under AddressSanitizer and valgrind, with a card in a process of its own and without one.

TLSCARD_TEST_KINDS=all runs each combination of tlscard handshake's options wherever only some are run otherwise.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tools")]
import expected
import tap
import tools

SANITIZED = tools.BUILD / "san/bin/tlscard"
# Leaks that are only still reachable are libcrypto's own at exit.
VALGRIND = ("valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full",
            "--show-leak-kinds=definite,possible,indirect", "--errors-for-leak-kinds=definite,possible",
            f"--suppressions={HERE / 'valgrind.supp'}")
ASAN = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=9", "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=9"}
PATIENCE = 600  # seconds, for whatever comes at once
GROUPS = ("X25519", "P-256", "P-384")


def some():
    """Each kind of key in each kind of handshake, with a certificate of the client's, the groups by turns."""
    if os.environ.get("TLSCARD_TEST_KINDS") == "all":
        return list(expected.combinations())
    kinds = [kind for kind in expected.combinations() if kind[4]]
    each = dict.fromkeys(kind[:3] for kind in kinds)
    return [(tls, kx, key, GROUPS[number % 3] if kx == "ecdhe" else None, True)
            for number, (tls, kx, key) in enumerate(each)]

# What valgrind has to say of itself, as of system calls that it does not know; errors of the program begin with "==".
VALGRIND_REMARK = re.compile(r"^--\d+-- .*\n", re.M)


class Handshakes(unittest.TestCase):
    prefix, command, environment = (), tools.SHIPPED, {}
    nobody = None
    card = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="tlscard-e2e.")
        cls.nobody = f"vfio-user:{cls.directory.name}/nobody"

    @classmethod
    def tearDownClass(cls):
        if cls.card:
            cls.card.kill()
            cls.card.wait()
        cls.directory.cleanup()

    @classmethod
    def start_card(cls):
        sockets = pathlib.Path(cls.directory.name, "sockets")
        sockets.mkdir()
        with open(pathlib.Path(cls.directory.name, "card.log"), "wb") as log:
            cls.card = subprocess.Popen([tools.BUILD / "bin/tlscard-sim", "--socket-dir", sockets, "--functions", "1"],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while "listening" not in pathlib.Path(cls.directory.name, "card.log").read_text():
            assert cls.card.poll() is None and time.monotonic() < until, "the card does not start"
            time.sleep(0.05)
        return f"vfio-user:{sockets}"

    def run_kind(self, address, kind):
        """The result of one handshake, after which nothing was misused or lost."""
        words = [*self.prefix, self.command, "handshake", "--card", address, *expected.words(*kind), "--json"]
        status, result, errors = tools.run_json(*words[1:], command=words[0], timeout=PATIENCE,
                                                OPENSSL_CONF="/dev/null", **self.environment)
        errors = VALGRIND_REMARK.sub("", errors)
        self.assertEqual((status, errors), (1 if address == self.nobody else 0, ""), words)
        self.assertIs(result["completed"], True)
        self.assertIs(result["application_data"], True)
        return {operation["where"] for operation in result["operations"]}

    def without_a_card(self, kinds):
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assertEqual(self.run_kind(self.nobody, kind), {"software"})

    def with_a_card(self, kinds):
        address = self.start_card()
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assertIn("card", self.run_kind(address, kind))


@unittest.skipUnless(SANITIZED.exists(), "not built with sanitizers")
class Sanitized(Handshakes):
    command, environment = SANITIZED, ASAN

    def test_without_a_card(self):
        self.without_a_card(expected.combinations())

    def test_with_a_card(self):
        self.with_a_card(some())


@unittest.skipUnless(shutil.which("valgrind"), "needs valgrind")
class Watched(Handshakes):
    prefix = VALGRIND

    def test_without_a_card(self):
        self.without_a_card(some())

    def test_with_a_card(self):
        self.with_a_card(some())


if __name__ == "__main__":
    tap.main()
