#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard info, on the double of the driver."""

import re
import unittest

import tools
import tap


OPERATIONS = ["NOP", "MODEXP", "RSA_PUBLIC", "RSA_PRIVATE_CRT", "EC_MULTIPLY", "EC_MULTIPLY_BASE", "ECDSA_SIGN",
              "ECDSA_VERIFY", "X25519", "AES_GCM_SEAL", "AES_GCM_OPEN", "0x2f"]


class Info(unittest.TestCase):
    def test_text(self):
        status, output, errors = tools.run("info", "--card", "sim")
        self.assertEqual((status, errors), (0, ""))
        for words in ("address +sim", "transport +sim", "kind +simulated card", "PCI id +1234:7c5d",
                      r"version +1\.2\.3", "map hash +0x0000cafe", r"function +1 \(the first is 0\), of 2",
                      "queue pairs +4, of at most 1024 entries", "public-key engines +1, of 2 contexts each",
                      "AES-GCM lanes +1", r"clock +250\.000 MHz, for which cycles are projected",
                      "operations served +" + " ".join(OPERATIONS), "cycle counter +1,234,567 ",
                      "engines busy +7,654,321 ", "multipliers busy +345,678 ", "public-key done +11 ", "public-key failed +12 ",
                      "AES-GCM done +13 ", "AES-GCM failed +14 ", "errors logged +0", "oldest error +none"):
            self.assertRegex(output, re.compile("^" + words, re.M))

    def test_no_lane(self):
        _, output, _ = tools.run("info", TLSCARD_FAKE="laneless")
        self.assertRegex(output, r"(?m)^AES-GCM lanes +none$")
        self.assertNotIn("AES_GCM", output)

    def test_json(self):
        status, info, _ = tools.run_json("info")
        self.assertEqual(status, 0)
        self.assertEqual(info, {
            "address": "sim", "transport": "sim", "simulated": True, "vendor_id": 0x1234, "device_id": 0x7c5d,
            "version": "1.2.3", "map_hash": 0xcafe, "functions": 2, "function": 1, "queue_pairs": 4,
            "max_entries": 1024, "pke_engines": 1, "pke_contexts": 2, "gcm_lanes": 1, "clock_hz": 250000000,
            "operations": OPERATIONS,
            "counters": {"cycles": 1234567, "busy_cycles": 7654321, "multiplier_cycles": 345678, "pke_completed": 11, "pke_failed": 12,
                         "gcm_completed": 13, "gcm_failed": 14, "error_count": 0},
            "error": None})

    def test_error_log(self):
        _, output, _ = tools.run("info", TLSCARD_FAKE="errors")
        self.assertRegex(output, r"(?m)^oldest error +INVALID_DOORBELL, queue pair 2, address 0x123456789abc$")
        _, info, _ = tools.run_json("info", TLSCARD_FAKE="errors")
        self.assertEqual(info["error"],
                         {"code": 0x20, "name": "INVALID_DOORBELL", "queue": 2, "address": 0x123456789abc})
        self.assertEqual(info["counters"]["error_count"], 3)

    def test_no_card(self):
        status, output, errors = tools.run("info", "--card", "sim", TLSCARD_FAKE="none")
        self.assertEqual((status, output), (1, ""))
        self.assertIn("cannot open card sim: sim: no card there; start one", errors)

    def test_failed_card(self):
        status, _, errors = tools.run("info", TLSCARD_FAKE="broken")
        self.assertEqual(status, 1)
        self.assertIn("Input/output error", errors)


@unittest.skipUnless(tools.SIMULATION.exists(), "libtlscard-sim.so is not built")
class Simulated(unittest.TestCase):
    """The command that ships, on the simulated card."""

    def test_list_and_info(self):
        _, cards, _ = tools.run_json("list", command=tools.SHIPPED)
        self.assertIn("sim", [card["address"] for card in cards])
        status, info, errors = tools.run_json("info", "--card", "sim", command=tools.SHIPPED)
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual((info["simulated"], info["transport"], info["error"]), (True, "sim", None))
        self.assertLessEqual({"RSA_PUBLIC", "RSA_PRIVATE_CRT"}, set(info["operations"]))


if __name__ == "__main__":
    tap.main()
