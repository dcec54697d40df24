#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tlscard list, on the double of the driver."""

import unittest

import tools
import tap


class List(unittest.TestCase):
    def test_text(self):
        status, output, errors = tools.run("list")
        self.assertEqual((status, errors), (0, ""))
        first, second = output.splitlines()
        self.assertEqual(first.split(None, 1), ["pci:0000:01:00.0", "a card"])
        self.assertEqual(second.split(None, 1), ["sim", "the simulated card inside the process"])

    def test_json(self):
        status, cards, _ = tools.run_json("list")
        self.assertEqual(status, 0)
        self.assertEqual(cards, [{"address": "pci:0000:01:00.0", "text": "a card"},
                                 {"address": "sim", "text": "the simulated card inside the process"}])

    def test_no_card(self):
        self.assertIn("No card here", tools.run("list", TLSCARD_FAKE="none")[1])
        self.assertEqual(tools.run_json("list", TLSCARD_FAKE="none")[:2], (0, []))

    def test_error(self):
        for words in (["list"], ["list", "--json"]):
            status, output, errors = tools.run(*words, TLSCARD_FAKE="broken")
            self.assertEqual((status, output), (1, ""))
            self.assertIn("listing the cards: Permission denied", errors)


if __name__ == "__main__":
    tap.main()
