#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard bench: what it makes of the counters of the double, what it finds wrong, and a short run that is real."""

import json
import pathlib
import tempfile
import unittest

import tools
import tap

RSA = [f"rsa{bits}-{half}" for bits in (2048, 3072, 4096) for half in ("private", "public")]
CURVES = [f"{curve}-{what}" for curve in ("p256", "p384") for what in ("ecdh", "keygen", "sign", "verify")] + ["x25519"]
SIZES = (0, 1, 16, 64, 256, 1024, 1350, 4096, 16384)
RECORDS = [(f"aes{bits}-gcm-{way}-{size}", size) for bits in (128, 256) for way in ("seal", "open") for size in SIZES]
# What the double says: engine cycles of a request, card cycles between two results, clock.
LONE, APART, CLOCK = 1000, 800, 250000000
# The same of records whose keys alternate, one of two keys being dearer by 200 cycles.
APART_ALTERNATING = 900


def bench(*words, **options):
    """Run it with its object on standard output: (status, object, errors)."""
    status, output, errors = tools.run("bench", "--cycles", "--json", "-", *words, **options)
    return status, json.loads(output), errors


def measured(requests, engines=1):
    return {"served": True, "cycles_lone": LONE, "cycles_full": APART * engines, "requests": requests,
            "multiplier_busy": 0.75 / engines, "per_second_projected": CLOCK / APART}


def record(name, octets, requests=128, lanes=1):
    rate = CLOCK / APART
    return {"op": name, "served": True, "octets": octets, "cycles_lone": LONE, "cycles_full": APART * lanes,
            "cycles_full_alternating": APART_ALTERNATING * lanes, "requests": requests, "per_second_projected": rate,
            "gigabits_per_second_projected": round(rate * octets * 8e-9, 4)}


class Double(unittest.TestCase):
    def test_all(self):
        status, result, errors = bench("--card", "sim")
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(result["card"], {
            "address": "sim", "transport": "sim", "vendor_id": 0x1234, "device_id": 0x7c5d, "version": "1.2.3",
            "map_hash": 0xcafe, "clock_hz": CLOCK, "engines": 1, "contexts": 2, "lanes": 1, "simulated": True})
        # 4,000,000 cycles would be more requests than the most that it takes by itself.
        self.assertEqual(result["operations"], [{"op": name, **measured(256)} for name in RSA + CURVES]
                         + [record(*which) for which in RECORDS])
        speed = result["simulation"]
        self.assertEqual((speed["op"], speed["requests"]), ("aes128-gcm-seal-16384", 128 + 16))
        self.assertGreater(speed["seconds"], 0)
        self.assertAlmostEqual(speed["megabytes_per_second"] * speed["seconds"], 144 * 16384e-6, places=6)
        self.assertAlmostEqual(speed["cycles_per_second"] * speed["seconds"], 144 * APART, places=3)

    def test_choice(self):
        for words, names in (("x25519", ["x25519"]), ("p256-sign,rsa2048-*", RSA[:2] + ["p256-sign"]),
                             ("*-verify", ["p256-verify", "p384-verify"])):
            _, result, _ = bench("--operations", words, "--requests", "1")
            self.assertEqual([operation["op"] for operation in result["operations"]], names)

    def test_requests_fill_contexts(self):
        for asked, taken in ((1, 2), (2, 2), (3, 4), (100, 100), (333, 334)):
            status, result, _ = bench("--operations", "x25519", "--requests", str(asked))
            self.assertEqual((status, result["operations"]), (0, [{"op": "x25519", **measured(taken)}]))

    def test_records(self):
        for asked, lanes, taken in ((1, 1, 8), (9, 1, 16), (16, 2, 16), (17, 2, 32), (1000, 1, 1000)):
            status, result, _ = bench("--operations", "aes256-gcm-open-1350", "--requests", str(asked),
                                      TLSCARD_FAKE="twin" if lanes == 2 else "")
            self.assertEqual(status, 0)
            self.assertEqual(result["operations"], [record("aes256-gcm-open-1350", 1350, taken, lanes)])
            self.assertIsNone(result["simulation"])

    def test_records_without_room_for_all(self):
        status, result, _ = bench("--operations", "aes128-gcm-seal-64", TLSCARD_FAKE="narrow")
        self.assertEqual((status, result["operations"]), (0, [record("aes128-gcm-seal-64", 64)]))
        status, result, _ = bench("--operations", "aes128-gcm-seal-64", TLSCARD_FAKE="blocked")
        self.assertEqual(status, 1)
        self.assertIn("submitting a request: Resource temporarily unavailable", result["operations"][0]["error"])

    def test_no_lane(self):
        status, result, errors = bench("--operations", "x25519,aes*-1024", "--requests", "1", TLSCARD_FAKE="laneless")
        self.assertEqual((status, errors, result["card"]["lanes"]), (0, "", 0))
        self.assertEqual([operation["served"] for operation in result["operations"]], [True] + [False] * 4)

    def test_engines_share_the_work(self):
        status, result, _ = bench("--operations", "x25519", "--requests", "5", TLSCARD_FAKE="twin")
        self.assertEqual((status, result["card"]["engines"]), (0, 2))
        self.assertEqual(result["operations"], [{"op": "x25519", **measured(8, engines=2)}])

    def test_table(self):
        status, output, errors = tools.run("bench", "--cycles", "--operations", "x25519", "--requests", "4")
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(output, r"(?m)^Card sim, simulated: 1 engine of 2 contexts each, 1 AES-GCM lane$")
        self.assertRegex(output, r"(?m)^ .* projected$")
        self.assertRegex(output, r"(?m)^operation .* at 250 MHz$")
        self.assertRegex(output, r"(?m)^x25519 +1,000 +800 +4 +75\.0 % +312,500/s$")
        self.assertIn("projected from cycles; nothing ran", output)
        self.assertNotIn("one key", output)
        self.assertNotIn("clock on the wall", output)

    def test_table_of_records(self):
        status, output, errors = tools.run("bench", "--cycles", "--operations", "aes*-seal-16384")
        self.assertEqual((status, errors), (0, ""))
        self.assertNotIn("multiplier", output)
        self.assertRegex(output, r"(?m)^operation +alone +one key +two keys +measured +at 250 MHz$")
        self.assertRegex(output, r"(?m)^aes256-gcm-seal-16384 +1,000 +800\.0 +900\.0 +128 +40\.96 Gb/s$")
        self.assertRegex(output, r"(?m)^This simulation, by the clock on the wall: [\d.]+ MB/s in records of 16384 octets, "
                                 r"[\d,]+ cycles a second\.$")

    def test_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bench.json"
            words = ("bench", "--cycles", "--operations", "x25519", "--requests", "2", "--json")
            status, output, _ = tools.run(*words, str(path))
            self.assertEqual(status, 0)
            self.assertIn("x25519 ", output)
            self.assertEqual(json.loads(path.read_text())["operations"], [{"op": "x25519", **measured(2)}])
            status, output, errors = tools.run(*words, f"{folder}/nowhere/bench.json")
            self.assertEqual((status, output), (1, ""))
            self.assertIn("nowhere/bench.json: No such file or directory", errors)
        status, _, errors = tools.run(*words, "/dev/full")
        self.assertEqual(status, 1)
        self.assertIn("could not be written", errors)

    def test_wrong_answers(self):
        status, result, errors = bench(TLSCARD_FAKE="wrong")
        self.assertEqual(status, 1)
        self.assertEqual(len(errors.splitlines()), len(RSA + CURVES + RECORDS) - 2)
        for operation in result["operations"]:
            if operation["op"].endswith("open-0"):  # which has no octet to be wrong
                self.assertNotIn("error", operation)
                continue
            error = "status SIGNATURE_INVALID" if "verify" in operation["op"] else "wrong answer"
            self.assertEqual(operation, {"op": operation["op"], "served": True, "error": error})
        _, output, _ = tools.run("bench", "--cycles", "--operations", "rsa2048-public", TLSCARD_FAKE="wrong")
        self.assertRegex(output, r"(?m)^rsa2048-public +FAILED  wrong answer$")

    def test_no_answer(self):
        status, result, _ = bench("--operations", "x25519", TLSCARD_FAKE="late")
        self.assertEqual(status, 1)
        self.assertIn("timed out", result["operations"][0]["error"])

    def test_cycle_counter_stands_still(self):
        status, result, _ = bench("--operations", "x25519", TLSCARD_FAKE="stopped")
        self.assertEqual(status, 1)
        self.assertIn("stands still", result["operations"][0]["error"])

    def test_operations_not_served(self):
        status, result, errors = bench("--requests", "1", TLSCARD_FAKE="rsa")
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(result["operations"], [{"op": name, **measured(2)} for name in RSA]
                         + [{"op": name, "served": False} for name in CURVES + [name for name, _ in RECORDS]])

    def test_sizes_not_served(self):
        status, result, _ = bench("--requests", "1", "--operations", "rsa*", TLSCARD_FAKE="2048")
        self.assertEqual(status, 0)
        self.assertEqual([operation["served"] for operation in result["operations"]], [True] * 2 + [False] * 4)

    def test_nothing_served(self):
        status, result, errors = bench(TLSCARD_FAKE="nothing")
        self.assertEqual(status, 1)
        self.assertIn("serves none", errors)
        self.assertFalse([operation for operation in result["operations"] if operation["served"]])
        _, output, _ = tools.run("bench", "--cycles", TLSCARD_FAKE="nothing")
        self.assertRegex(output, r"(?m)^x25519 +not served by this card$")

    def test_no_card(self):
        status, output, errors = tools.run("bench", "--cycles", TLSCARD_FAKE="none")
        self.assertEqual((status, output), (1, ""))
        self.assertIn("no card there", errors)

    def test_failed_card(self):
        self.assertEqual(tools.run("bench", "--cycles", TLSCARD_FAKE="broken")[0], 1)


@unittest.skipUnless(tools.SIMULATION.exists(), "libtlscard-sim.so is not built")
class Simulated(unittest.TestCase):
    """The command that ships, on the simulated card."""

    def test_short(self):
        status, result, errors = bench("--card", "sim", "--operations", "rsa2048-*,p256-*,x25519", "--requests", "4",
                                       command=tools.SHIPPED)
        self.assertEqual((status, errors), (0, ""))
        _, info, _ = tools.run_json("info", "--card", "sim", command=tools.SHIPPED)
        contexts = info["pke_engines"] * info["pke_contexts"]
        served = [operation for operation in result["operations"] if operation["served"]]
        self.assertLessEqual({"rsa2048-private", "rsa2048-public"}, {operation["op"] for operation in served})
        self.assertEqual("X25519" in info["operations"], "x25519" in {operation["op"] for operation in served})
        for operation in served:
            self.assertNotIn("error", operation)
            self.assertEqual(operation["requests"], -(-4 // contexts) * contexts)
            # Contexts fill each other's gaps: a request never costs more than twice what it takes alone.
            self.assertLess(operation["cycles_full"], 2 * operation["cycles_lone"])
            # The array does one product a cycle: what it does for one operation alone takes that long at least.
            work = operation["cycles_full"] * operation["multiplier_busy"]
            self.assertLessEqual(work, 1.1 * operation["cycles_lone"])
            self.assertTrue(0.2 < operation["multiplier_busy"] <= 1, operation)
            self.assertAlmostEqual(operation["per_second_projected"] * operation["cycles_full"],
                                   info["clock_hz"] * info["pke_engines"], delta=info["clock_hz"] * 0.01)

    def test_records(self):
        status, result, errors = bench("--card", "sim", "--operations", "aes*-gcm-*-1024,aes128-gcm-seal-16384",
                                       "--requests", "16", command=tools.SHIPPED)
        if not result["card"]["lanes"]:
            self.assertEqual(status, 1)
            self.skipTest("the simulated card has no AES-GCM lane")
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(len(result["operations"]), 5)
        for operation in result["operations"]:
            self.assertNotIn("error", operation)
            blocks = operation["octets"] / 16
            # A lane takes no more than a block a cycle; and no less than a fifth of that from a card that is busy.
            for cycles in ("cycles_full", "cycles_full_alternating"):
                self.assertTrue(blocks <= operation[cycles] < 5 * blocks, operation)
            self.assertGreater(operation["cycles_lone"], blocks)
            self.assertAlmostEqual(operation["per_second_projected"] * operation["cycles_full"],
                                   result["card"]["clock_hz"] * result["card"]["lanes"],
                                   delta=result["card"]["clock_hz"] * 0.01)
        self.assertEqual(result["simulation"]["op"], "aes128-gcm-seal-16384")


if __name__ == "__main__":
    tap.main()
