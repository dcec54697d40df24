#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard selftest: it passes on a good card and finds each way in which the double can err."""

import unittest

import tools
import tap

SIZES = (2048, 3072, 4096)
CASES = {f"RSA-{bits} {what}" for bits in SIZES
         for what in ("public, known answer", "private, known answer", "public, input n", "private, input n",
                      "private, wrong dP", "public, even modulus", "private, even modulus")}
CASES |= {f"RSA-2048 {kind}, input {number}" for kind in ("public", "private") for number in ("0", "1", "n - 1")}


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
            if "answer" in test["name"]:
                self.assertEqual(test["cycles"], 1000)

    def test_text(self):
        status, output, _ = tools.run("selftest")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"(?m)^RSA-2048 private, known answer +ok +1,000 cycles$")
        self.assertRegex(output, r"(?m)^RSA-4096 private, wrong dP +ok  CHECK_FAILED, no octets written$")
        self.assertEqual(output.splitlines()[-1], f"{len(CASES)} passed, 0 failed, 0 skipped")

    def test_wrong_answers(self):
        self.assertEqual(failing("wrong"), {case for case in CASES if "answer" in case or case[-1] in "01"
                                            or case.endswith("n - 1")})

    def test_no_check(self):
        self.assertEqual(failing("unchecked"), {case for case in CASES if "dP" in case})

    def test_no_range(self):
        self.assertEqual(failing("unranged"), {case for case in CASES if case.endswith("input n")})

    def test_even_modulus_taken(self):
        self.assertEqual(failing("even"), {case for case in CASES if "even" in case})

    def test_octets_of_a_failed_operation(self):
        self.assertEqual(failing("partial"), {case for case in CASES if "dP" in case or case.endswith("input n")})

    def test_no_answer(self):
        self.assertEqual(failing("late"), {case for case in CASES if "even" not in case})

    def test_sizes_not_served(self):
        status, result, _ = tools.run_json("selftest", TLSCARD_FAKE="2048")
        self.assertEqual((status, result["passed"]), (0, True))
        skipped = {test["name"] for test in result["tests"] if test["verdict"] == "skipped"}
        self.assertTrue(skipped)
        self.assertFalse([name for name in skipped if "2048" in name])

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
        self.assertEqual({test["name"] for test in result["tests"] if test["verdict"] == "passed"}, CASES)
        for kind in ("public", "private"):
            cycles = {test["cycles"] for test in result["tests"] if test["name"].startswith(f"RSA-2048 {kind}")
                      and test["cycles"]}
            # A request may arrive in any phase of the engine's turns: a few cycles, the same input included.
            self.assertLessEqual(max(cycles) - min(cycles), 16, f"cycles of {kind} operations by input: {cycles}")


if __name__ == "__main__":
    tap.main()
