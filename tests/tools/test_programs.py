#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of programs: docs/programs.md has it as the command prints it, and each row has its test.

With --write the table in docs/programs.md is written anew.
"""

import pathlib
import re
import sys
import unittest

import tools
import tap

DOCUMENT = tools.ROOT / "docs/programs.md"
TESTS = tools.ROOT / "tests/e2e"
BEGIN, END = "<!-- tlscard doctor --programs --json -->\n", "<!-- end -->\n"


def table():
    status, rows, errors = tools.run_json("doctor", "--programs")
    assert (status, errors) == (0, ""), (status, errors)
    return rows


def markdown(rows):
    lines = ["| program | package | offloaded | what else there is to know | test |", "|---|---|---|---|---|"]
    for row in rows:
        library = row.get("library")
        other = f"Its TLS is done by {library}." if library else ""
        remark = " ".join(filter(None, (other, row.get("software", ""))))
        cells = (row["name"].split()[0], row["package"], row.get("offloaded", "nothing"), remark, row["test"])
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


class Programs(unittest.TestCase):
    def test_document(self):
        text = DOCUMENT.read_text()
        self.assertIn(BEGIN + markdown(table()) + END, text, "run tests/tools/test_programs.py --write")

    def test_rows(self):
        names = set()
        for row in table():
            own = row["name"].split()
            self.assertFalse(names & set(own), own)
            names |= set(own)
            self.assertTrue(row.get("offloaded") or row.get("library") or row.get("software"), own)
            self.assertFalse(row.get("offloaded") and row.get("library"), own)

    def test_tests(self):
        """Each names scripts that there are, and each program of test_programs.sh has what starts it; or a reason stands."""
        starters = (TESTS / "programs.sh").read_text()
        for row in table():
            if not row["test"].endswith(".sh"):
                self.assertGreater(len(row["test"].split()), 5, row)
                continue
            for script in row["test"].split():
                self.assertTrue((TESTS / script).exists(), row)
            if "test_programs.sh" in row["test"] and "library" not in row:
                self.assertIn(f"\ntry_{row['name'].split()[0].replace('-', '_')}() {{\n", starters)

    def test_every_row(self):
        """The last cell of each row of the document's tables names tests that there are, or is a reason in words."""
        rows = [line.strip("|").split("|") for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in row] for row in rows if set("".join(row)) - set("-")]
        self.assertGreater(len(rows), len(table()) + 10)
        for row in rows:
            if row[-1] == "test":
                width = len(row)
                continue
            self.assertEqual(len(row), width, row)
            if not re.fullmatch(r"(test_\w+\.(sh|py)(:test_\w+)?\s*)+", row[-1]):
                self.assertGreater(len(row[-1].split()), 5, row)
                continue
            for word in row[-1].split():
                script, _, method = word.partition(":")
                path = next((folder / script for folder in (TESTS, pathlib.Path(__file__).parent) if (folder / script).exists()), None)
                self.assertIsNotNone(path, row)
                self.assertIn(f"def {method}(" if method else "", path.read_text(), row)

    def test_text(self):
        status, output, errors = tools.run("doctor", "--programs")
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(len(output.splitlines()), len(table()))
        self.assertRegex(output, r"(?m)^wget +nothing$")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        document = DOCUMENT.read_text()
        before, rest = document.split(BEGIN)
        DOCUMENT.write_text(before + BEGIN + markdown(table()) + END + rest.split(END)[1])
    else:
        tap.main()
