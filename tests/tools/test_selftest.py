#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard selftest: it passes on a good card and finds each way in which the double can err."""

import re
import unittest

import tools
import tap

SIZES = (2048, 3072, 4096)
RSA_CASES = {f"RSA-{bits} {what}" for bits in SIZES
         for what in ("public, known answer", "private, known answer", "public, input n", "private, input n",
                      "private, wrong dP", "public, even modulus", "private, even modulus")}
RSA_CASES |= {f"RSA-2048 {kind}, input {number}" for kind in ("public", "private") for number in ("0", "1", "n - 1")}
PRIME = ("P-256", "P-384")
RANGES = ("scalar 0", "scalar = order")
CURVE_CASES = {
    "EC_MULTIPLY_BASE": {f"{c} public key{rest}" for c in PRIME for rest in ("", *(f", {r}" for r in RANGES))},
    "EC_MULTIPLY": {f"{c} shared point{rest}" for c in PRIME
                    for rest in ("", ", peer off the curve", *(f", {r}" for r in RANGES))},
    "ECDSA_SIGN": {f"{c} signature{rest}" for c in PRIME for rest in ("", ", key 0", ", nonce 0", ", nonce = order")},
    "ECDSA_VERIFY": {f"{c} verification{rest}" for c in PRIME
                     for rest in ("", ", key off the curve", *(f", a bit of {w} flipped" for w in ("r", "s", "digest")))},
    "X25519": {f"X25519 {what}" for what in ("section 5.2, first", "section 5.2, second", "section 5.2, one iteration",
                                             "public key of Alice", "public key of Bob", "shared secret of Alice",
                                             "shared secret of Bob", "u = 0", "u of order 8")},
}
CURVES = set().union(*CURVE_CASES.values())
GCM_NAMES = [f"AES-{bits}-GCM case {number}" for bits, first in ((128, 1), (256, 13)) for number in range(first, first + 4)]
GCM_KNOWN = {f"{name}, {how}" for name in GCM_NAMES for how in ("sealed", "opened")}
GCM_REFUSED = {f"{name}, a bit of the tag flipped" for name in GCM_NAMES}
GCM_REFUSED |= {f"{name}, a bit of the ciphertext flipped" for name in GCM_NAMES if name[-2:] not in (" 1", "13")}
GCM_REFUSED |= {f"{name}, a bit of the additional data flipped" for name in GCM_NAMES if name[-2:] in (" 4", "16")}
GCM_CASES = GCM_KNOWN | GCM_REFUSED
CASES = RSA_CASES | CURVES | GCM_CASES
SEALED = {case for case in GCM_KNOWN if case.endswith("sealed")}
OPTIONAL = {**CURVE_CASES, "AES_GCM_SEAL": SEALED, "AES_GCM_OPEN": GCM_CASES - SEALED}
# Curves: answers of octets; inputs that must be refused for what they are; answers without octets.
REFUSED = {case for case in CURVES if re.search("scalar|key 0|nonce|off the curve|u = 0|order", case)}
VERDICTS = {case for case in CURVES if "verification" in case}
KNOWN = CURVES - REFUSED - VERDICTS


def failing(fault):
    """Names of the tests that do not pass on a card with that fault."""
    status, result, _ = tools.run_json("selftest", TLSCARD_FAKE=fault)
    assert (status, result["passed"]) == (1, False), fault
    return {test["name"] for test in result["tests"] if test["verdict"] != "passed"}


class Selftest(unittest.TestCase):
    def test_good_card(self):
        status, result, errors = tools.run_json("selftest", "--card", "sim")
        self.assertEqual((status, errors, result["passed"], result["address"]), (0, "", True, "sim"))
        self.assertEqual({test["name"] for test in result["tests"]}, CASES)
        for test in result["tests"]:
            self.assertEqual(test["verdict"], "passed")
            if "answer" in test["name"] or test["name"] in KNOWN | GCM_KNOWN:
                self.assertEqual(test["cycles"], 1000)

    def test_text(self):
        status, output, _ = tools.run("selftest")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"(?m)^RSA-2048 private, known answer +ok +1,000 cycles$")
        self.assertRegex(output, r"(?m)^RSA-4096 private, wrong dP +ok  CHECK_FAILED, no octets written$")
        self.assertEqual(output.splitlines()[-1], f"{len(CASES)} passed, 0 failed, 0 skipped")

    def test_wrong_answers(self):
        self.assertEqual(failing("wrong"), {case for case in RSA_CASES if "answer" in case or case[-1] in "01"
                                            or case.endswith("n - 1")} | KNOWN | VERDICTS
                         # Of nothing, the tag has octets; what is opened has none.
                         | (GCM_KNOWN - {f"{name}, opened" for name in GCM_NAMES if name[-2:] in (" 1", "13")}))

    def test_no_check(self):
        self.assertEqual(failing("unchecked"), {case for case in CASES if "dP" in case})

    def test_no_range(self):
        self.assertEqual(failing("unranged"), {case for case in CASES if case.endswith("input n")} | REFUSED)

    def test_even_modulus_taken(self):
        self.assertEqual(failing("even"), {case for case in CASES if "even" in case})

    def test_octets_of_a_failed_operation(self):
        self.assertEqual(failing("partial"), {case for case in CASES if "dP" in case or case.endswith("input n")}
                         | (REFUSED - VERDICTS)
                         | {case for case in GCM_REFUSED if not re.search("case (1|13),", case)})

    def test_any_tag_taken(self):
        self.assertEqual(failing("untagged"), GCM_REFUSED)

    def test_no_answer(self):
        self.assertEqual(failing("late"), {case for case in CASES if "even" not in case})

    def test_sizes_not_served(self):
        status, result, _ = tools.run_json("selftest", TLSCARD_FAKE="2048")
        self.assertEqual((status, result["passed"]), (0, True))
        skipped = {test["name"] for test in result["tests"] if test["verdict"] == "skipped"}
        self.assertTrue(skipped)
        self.assertFalse([name for name in skipped if "2048" in name])

    def test_curves_not_served(self):
        status, result, _ = tools.run_json("selftest", TLSCARD_FAKE="rsa")
        self.assertEqual((status, result["passed"]), (0, True))
        verdicts = {test["name"]: test["verdict"] for test in result["tests"]}
        self.assertEqual(verdicts, {case: "passed" for case in RSA_CASES}
                         | {name: "skipped" for name in OPTIONAL})

    def test_no_lane(self):
        status, result, _ = tools.run_json("selftest", TLSCARD_FAKE="laneless")
        self.assertEqual((status, result["passed"]), (0, True))
        skipped = {test["name"]: test["detail"] for test in result["tests"] if test["verdict"] == "skipped"}
        self.assertEqual(skipped, dict.fromkeys(("AES_GCM_SEAL", "AES_GCM_OPEN"), "this card does not serve it"))
        self.assertEqual({test["name"] for test in result["tests"]} - set(skipped), RSA_CASES | CURVES)

    def test_no_card(self):
        status, output, errors = tools.run("selftest", TLSCARD_FAKE="none")
        self.assertEqual((status, output), (1, ""))
        self.assertIn("no card there", errors)

    def test_failed_card(self):
        self.assertEqual(tools.run("selftest", TLSCARD_FAKE="broken")[0], 1)


@unittest.skipUnless(tools.SIMULATION.exists(), "libtlscard-sim.so is not built")
class Simulated(unittest.TestCase):
    """The command that ships, on the simulated card."""

    def test_all(self):
        status, result, errors = tools.run_json("selftest", "--card", "sim", command=tools.SHIPPED)
        self.assertEqual((status, errors, result["passed"]), (0, "", True))
        absent = {test["name"] for test in result["tests"] if test["verdict"] == "skipped"}
        served = RSA_CASES.union(*(cases for name, cases in OPTIONAL.items() if name not in absent))
        self.assertLessEqual(absent, set(OPTIONAL))
        self.assertEqual({test["name"] for test in result["tests"] if test["verdict"] == "passed"}, served)
        for kind in ("public", "private"):
            cycles = {test["cycles"] for test in result["tests"] if test["name"].startswith(f"RSA-2048 {kind}")
                      and test["cycles"]}
            # A request may arrive in any phase of the engine's turns: a few cycles, the same input included.
            self.assertLessEqual(max(cycles) - min(cycles), 16, f"cycles of {kind} operations by input: {cycles}")


if __name__ == "__main__":
    tap.main()
