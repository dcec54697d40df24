#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard handshake: every combination of its options, in software, held against the specifications."""

import re
import unittest

import expected
import tools
import tap


def located(result):
    """Sorted (side, direction, message, op) of the public-key operations, and those of the records."""
    steps = {step["number"]: step for step in result["steps"]}
    keys, records = [], []
    for operation in result["operations"]:
        if "records" in operation:
            records.append((operation["side"], operation["op"], operation["purpose"], operation["records"]))
        else:
            step = steps[operation["step"]]
            keys.append((operation["side"], step["direction"], step["message"], operation["op"]))
    return sorted(keys), sorted(records)


class Software(unittest.TestCase):
    """One test for each combination; see add_combinations."""

    def check(self, combination):
        tls, kx, key, group, mutual = combination
        status, result, errors = tools.run_json("handshake", "--card", "none", *expected.words(*combination))
        self.assertEqual((status, errors), (0, ""))
        self.assertIs(result["completed"], True)
        self.assertIs(result["application_data"], True)
        self.assertEqual((result["version"], result["cipher"]), ("TLSv" + tls, expected.cipher(tls, kx, key)))
        self.assertEqual((result["group"], result["failures"]), (group, []))
        self.assertEqual([(step["direction"], step["message"]) for step in result["steps"]],
                         expected.messages(*combination))
        self.assertEqual([step["number"] for step in result["steps"]], list(range(1, len(result["steps"]) + 1)))
        keys, records = located(result)
        self.assertEqual(keys, expected.public_key_operations(*combination))
        self.assertEqual(records, expected.records(tls, mutual))
        for operation in result["operations"]:
            self.assertEqual((operation["where"], operation["cycles"], operation["reason"]),
                             ("software", 0, "provider not loaded"))


def add_combinations(case, name):
    for combination in expected.combinations():
        words = "_".join(str(part).replace(".", "").replace("-", "") for part in combination[:4] if part)
        setattr(case, f"test_{name}_{words}{'_mutual' if combination[4] else ''}",
                lambda self, chosen=combination: self.check(chosen))


add_combinations(Software, "none")


class Output(unittest.TestCase):
    def test_text(self):
        status, output, _ = tools.run("handshake", "--card", "none", "--tls", "1.2", "--kx", "rsa")
        self.assertEqual(status, 0)
        shown = re.findall(r"^ ?(\d+)  (client -> server|server -> client)  (.*?)  +\d+ octets?$", output, re.M)
        self.assertEqual([(direction, message) for _, direction, message in shown],
                         expected.messages("1.2", "rsa", "rsa2048", None, False))
        self.assertIn("The pre-master secret, encrypted to the server's public key.", output)
        self.assertRegex(output, r"(?m)^  server, on reading 5, ClientKeyExchange:\n"
                                 r"    server  RSA-2048 private \(decrypt-tls\) +software: provider not loaded$")
        self.assertIn("demonstration keys", output)
        self.assertNotIn("\033", output)
        self.assertLessEqual(max(map(len, output.splitlines())), 84)

    def test_bytes(self):
        _, brief, _ = tools.run("handshake", "--card", "none")
        _, full, _ = tools.run("handshake", "--card", "none", "--bytes")
        self.assertRegex(brief, r"\.\.\. \d+ more")
        self.assertNotRegex(full, r"\.\.\. \d+ more")
        for line in re.findall(r"(?:    [0-9a-f]{2}(?: [0-9a-f]{2})*\n)+", full):
            self.assertTrue(line.strip())
        _, result, _ = tools.run_json("handshake", "--card", "none", "--bytes")
        for step in result["steps"]:
            self.assertEqual(len(bytes.fromhex(step["hex"])), step["octets"])
        self.assertEqual(bytes.fromhex(result["steps"][7]["hex"]), b"Hello from the client.")
        _, result, _ = tools.run_json("handshake", "--card", "none")
        self.assertFalse([step for step in result["steps"] if "hex" in step])

    def test_summary(self):
        _, result, _ = tools.run_json("handshake", "--card", "none")
        self.assertEqual(result["summary"], {
            "card_operations": 0, "software_operations": len(result["operations"]), "card_cycles": 0,
            "clock_hz": 250000000, "projected_seconds": 0.0})

    def test_purposes(self):
        for combination in expected.combinations():
            if combination[3] in (None, "X25519"):
                _, result, _ = tools.run_json("handshake", "--card", "none", *expected.words(*combination))
                for step in result["steps"]:
                    self.assertGreater(len(step["purpose"]), 20, step)
                    self.assertNotIn("Not part", step["purpose"], step)
                    self.assertLessEqual(len(step["purpose"]), 76, step)


class NoProvider(unittest.TestCase):
    def test_missing_module(self):
        status, output, errors = tools.run("handshake", "--card", "sim", "--provider-path", "/nonexistent")
        self.assertEqual((status, output), (1, ""))
        for part in ("tlscard.so", "/nonexistent", "--provider-path", "--card none"):
            self.assertIn(part, errors)

    def test_default_folder(self):
        status, _, errors = tools.run("handshake")
        self.assertEqual(status, 1)
        self.assertIn(str(tools.DOUBLE.parent.parent / "lib/ossl-modules"), errors)

    def test_no_module(self):
        folder = tools.BUILD / "tests/tools/broken"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tlscard.so").write_text("no module\n")
        status, _, errors = tools.run("handshake", "--provider-path", str(folder))
        self.assertEqual(status, 1)
        self.assertIn("could not be loaded", errors)


if __name__ == "__main__":
    tap.main()
