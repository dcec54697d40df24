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

HANDSHAKES = 5
# Of one handshake; `make bench-nocard` measures over more of them, where looking for the card again weighs less.
# The aim is 1.02 for all. On P-256 most of what is over is the peer's EVP_PKEY and the contexts of the X25519 exchange,
# each of which libcrypto looks up by all its names; TLS 1.2 has the fewest instructions to set against that.
MOST = {("rsa", "1.3"): 1.02, ("p256", "1.2"): 1.03, ("p256", "1.3"): 1.025}


@unittest.skipUnless(shutil.which("valgrind") and nocard.PROGRAM.exists(), "needs valgrind")
class NoCard(unittest.TestCase):
    def check(self, kinds, **settings):
        for key, version in kinds:
            with self.subTest(key=key, version=version):
                plain, over = nocard.ratio(key, version, HANDSHAKES, **settings)
                print(f"# {settings or 'no card'}, {key}, TLS {version}: times {over:.4f}", flush=True)
                self.assertGreater(plain, 100000)
                self.assertLess(over, MOST[key, version])

    def test_no_card(self):
        self.check([("rsa", "1.3"), ("p256", "1.2"), ("p256", "1.3")], TLSCARD_POLICY="always")

    def test_policy_never(self):
        self.check([("p256", "1.3")], TLSCARD_POLICY="never")


if __name__ == "__main__":
    tap.main()
