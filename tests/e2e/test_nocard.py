#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""With the provider and no card a handshake takes hardly more instructions than without the provider."""

import shutil
import unittest

import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import nocard
import tap

HANDSHAKES = 4
# Of one handshake; `make bench-nocard` measures over more of them, where looking for the card again weighs less.
MOST = 1.02


@unittest.skipUnless(shutil.which("valgrind") and nocard.PROGRAM.exists(), "needs valgrind")
class NoCard(unittest.TestCase):
    def check(self, **settings):
        for key, version in nocard.KINDS:
            with self.subTest(key=key, version=version):
                plain, over = nocard.ratio(key, version, HANDSHAKES, **settings)
                print(f"# {settings}, {key}, TLS {version}: times {over:.4f}", flush=True)
                self.assertGreater(plain, 100000)
                self.assertLess(over, MOST)

    def test_no_card(self):
        self.check(TLSCARD_POLICY="always")

    def test_policy_never(self):
        self.check(TLSCARD_POLICY="never")


if __name__ == "__main__":
    tap.main()
