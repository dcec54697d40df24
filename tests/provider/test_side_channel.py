#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""RSA decryption under valgrind: what is executed does not depend on what was decrypted.

The provider's own code must execute the very same number of instructions for every kind of malformed message. What
libcrypto executes beneath it is told, and must not tell the kinds apart either, within what it varies by itself.
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import tap

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "tests/provider/side_channel"
# Of the whole; libcrypto's blinding and multiplication vary by less from one call to another.
LIBRARY_TOLERANCE = 0.01


def costs(path):
    """Instructions of one dump: (its name, those of files under provider/, all of them, those of the check of the card's
    result with all that it calls); callees are not counted twice."""
    names, functions, current, called, own, total, check, skip, trigger = {}, {}, "", "", 0, 0, 0, False, ""
    for line in path.read_text().splitlines():
        place = re.match(r"(fl|fi|fe)=\((\d+)\)(?: (.*))?$", line)
        if place:
            if place[3] is not None:
                names[place[2]] = place[3]
            current = names[place[2]]
        elif line.startswith(("cfi=", "cfl=")):
            number, name = re.match(r"cf[il]=\((\d+)\)(?: (.*))?$", line).groups()
            names.setdefault(number, name)
        elif line.startswith(("fn=", "cfn=")):
            number, name = re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line).groups()
            functions.setdefault(number, name)
            called = functions[number]
        elif line.startswith("desc: Trigger: Client Request: "):
            trigger = line.rpartition(": ")[2]
        elif line.startswith("calls="):
            skip = True
        elif re.match(r"[+*\d-]\S* ", line) or re.match(r"[+*\d-]\d* \d+$", line):
            cost = int(line.split()[1])
            if not skip:
                total += cost
                own += cost if "provider/" in current and "tests/" not in current else 0
            elif called == "rsa_key_public":
                check += cost
            skip = False
    return trigger, own, total, check


@unittest.skipUnless(shutil.which("valgrind") and PROGRAM.exists(), "needs valgrind")
class SideChannel(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tlscard-side-channel."))
        self.addCleanup(shutil.rmtree, self.folder)

    def valgrind(self, what, *options):
        return subprocess.run(["valgrind", *options, PROGRAM, what], capture_output=True, text=True, timeout=1800, check=False,
                              env={**os.environ, "OPENSSL_CONF": "/dev/null"})

    def count(self, what):
        """{padding: {kind: [own, total, check]}}"""
        done = self.valgrind(what, "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={self.folder}/out")
        self.assertEqual(done.returncode, 0, done.stderr)
        counts = collections.defaultdict(dict)
        for path in self.folder.glob("out.*"):
            trigger, *cost = costs(path)
            if "/" in trigger:
                padding, kind = trigger.split("/")
                counts[padding][kind] = cost
        return counts

    def check(self, counts, paddings, library_too):
        self.assertEqual(set(counts), set(paddings))
        for padding, kinds in counts.items():
            self.assertEqual(len(kinds), 12)
            own = {kind: count[0] for kind, count in kinds.items()}
            totals = [count[1] for count in kinds.values()]
            spread = max(totals) / min(totals) - 1
            print(f"# {padding}: {kinds['well-formed'][0]} instructions of the provider for each kind, "
                  f"{min(totals)} to {max(totals)} with libcrypto's ({spread:.3%})", flush=True)
            self.assertGreater(min(own.values()), 1000)
            self.assertEqual(len(set(own.values())), 1, f"{padding}: {own}")
            if library_too:
                self.assertLess(spread, LIBRARY_TOLERANCE, f"{padding}: {kinds}")

    def test_decoding(self):
        self.check(self.count("decode"), ("decode-tls", "decode-pkcs1", "decode-implicit", "decode-oaep"), True)

    def test_whole_path(self):
        counts = self.count("path")
        self.check({"card": counts["card"]}, ("card",), True)
        # libcrypto makes its blinding anew every 32 operations, whatever they decrypt: no bound for the whole.
        self.check({"software": counts["software"]}, ("software",), False)
        checks = [count[2] for count in counts["card"].values()]
        print(f"# checking the result: {min(checks)} to {max(checks)}", flush=True)
        self.assertGreater(min(checks), 1000)
        self.assertEqual(min(checks), max(checks))

    def test_no_branch_on_a_secret(self):
        """memcheck reports jumps and addresses that depend on the octets, which are marked undefined."""
        done = self.valgrind("secret", "--error-exitcode=9", "--track-origins=no")
        reports = [block for block in re.split(r"\n==\d+== \n", done.stderr) if "uninitialised" in block]
        self.assertEqual((done.returncode, reports), (0, []), done.stderr[-3000:])


if __name__ == "__main__":
    tap.main()
