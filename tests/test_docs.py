#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the documentation points to is there: files, targets of make, functions of the drawn path."""

import pathlib
import re
import unittest

import tap

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("rtl", "driver", "provider", "sim", "tools", "tests", "docs", "findings")
# In backquotes: a file or a folder of the tree, with * perhaps. What is built is not in the tree.
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*|[A-Z]+\.md|Makefile)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?:^    (?:\$ )?|`)make\b([^`\n]*)", re.M)
DRAWN = re.compile(r"^ +\d+  ((?:\w+\.c|\w+/)(?:, \w+\.c)*)")


def documents():
    return sorted(ROOT.glob("*.md")) + [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md"))]


def targets(command):
    """What a command of make builds by name; files, variables and options left out."""
    for word in re.sub(r"'[^']*'|\"[^\"]*\"", "", command).split():
        if word in ("&&", "||", "|", ";", "#"):
            return
        if re.fullmatch(r"[a-z][\w-]*", word):
            yield word


class Documents(unittest.TestCase):
    def test_files_are_there(self):
        seen = 0
        for path in documents():
            text = path.read_text()
            for name in PATH.findall(text):
                seen += 1
                self.assertTrue(list(ROOT.glob(name.rstrip("/"))), f"{path.relative_to(ROOT)} names {name}")
            for name in LINK.findall(text):
                seen += 1
                self.assertTrue((path.parent / name).exists(), f"{path.relative_to(ROOT)} links to {name}")
        self.assertGreater(seen, 100)

    def test_targets_are_there(self):
        makefiles = [ROOT / "Makefile", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.mk"))]
        known = set(re.findall(r"^([a-z][\w-]*):", "".join(path.read_text() for path in makefiles), re.M))
        seen = 0
        for path in documents():
            for target in (word for command in COMMAND.findall(path.read_text()) for word in targets(command)):
                seen += 1
                self.assertIn(target, known, f"{path.relative_to(ROOT)}: make {target}")
        self.assertGreater(seen, 10)

    def test_the_drawn_path_is_there(self):
        text = (ROOT / "docs/architecture.md").read_text()
        folder, found = None, 0
        for line in text.splitlines():
            heading, drawn = re.match(r"^    (\w+)/(?: |$)", line), DRAWN.match(line)
            folder = heading.group(1) if heading else folder
            for name in drawn.group(1).split(", ") if drawn else ():
                found += 1
                self.assertTrue((ROOT / folder / name).exists(), f"docs/architecture.md draws {folder}/{name}")
        self.assertGreater(found, 10)

    def test_functions_of_the_path_are_there(self):
        code = "".join(path.read_text() for folder in ("driver", "provider")
                       for path in (ROOT / folder).rglob("*.[ch]"))
        names = set(re.findall(r"`([a-z]+_[a-z_]+)`", (ROOT / "docs/architecture.md").read_text()))
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertTrue(re.search(rf"\b{name}\(", code), f"docs/architecture.md names {name}")


if __name__ == "__main__":
    tap.main()
