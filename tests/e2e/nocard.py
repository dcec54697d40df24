#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a server's side of a handshake costs in instructions with the provider and no card, over without the provider.

Usage: nocard.py [--handshakes N]. Needs valgrind.
"""

import argparse
import functools
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "tests/e2e/handshake_cost"
MODULES = BUILD / "lib/ossl-modules"
KINDS = [(key, version) for key in ("rsa", "p256") for version in ("1.2", "1.3")]


@functools.cache  # the side without the provider is the same for each setting of it
def instructions(key, version, side, handshakes, **settings):
    """Instructions of so many handshakes on the server's side."""
    environment = {**os.environ, "OPENSSL_CONF": "/dev/null", "TLSCARD_ADDRESS": "vfio-user:/nonexistent", **settings}
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=counted_accept",
                           PROGRAM, MODULES, str(handshakes), key, version, side],
                          capture_output=True, text=True, env=environment, timeout=1800, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def ratio(key, version, handshakes, **settings):
    plain = instructions(key, version, "plain", handshakes)
    return plain / handshakes, instructions(key, version, "provider", handshakes, **settings) / plain


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--handshakes", type=int, default=40)
    handshakes = parser.parse_args().handshakes
    for policy in ("always", "never"):
        for key, version in KINDS:
            plain, over = ratio(key, version, handshakes, TLSCARD_POLICY=policy)
            print(f"{'no card' if policy == 'always' else 'policy never'}, {key}, TLS {version}: {plain:,.0f} instructions "
                  f"without the provider, times {over:.4f} with it", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
