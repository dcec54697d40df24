#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A function's name is found once, and says which room it is of: static functions as well as the others."""

import collections
import pathlib
import re
import unittest

import tap

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Directories that keep the rule.
DIRECTORIES = ("sim",)

# What a room's functions begin with beside its file's name: a room that looks after many of a thing has the plural.
PREFIXES = {
    "sim/mapping": ("mapping_", "mappings_"),
}
# Functions that implement another's header.
INTERFACES = {
    "sim/library": {"tlscard_sim_attach"},
    "sim/main": {"main"},
    "sim/top": {"model_create"},
}

# The style has a function's opening brace at the first column, and nothing else's.
BODY = re.compile(r"\)\n\{")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def functions(text):
    """The names of the functions that a C source defines, with their lines."""
    text = COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment.group()), text)
    for body in BODY.finditer(text):
        depth, at = 1, body.start()
        while depth:  # back to the parenthesis that opens the parameters
            at -= 1
            depth += {")": 1, "(": -1}.get(text[at], 0)
        name = re.search(r"\w+$", text[:at]).group()
        yield name, text.count("\n", 0, at) + 1


def rooms():
    for directory in DIRECTORIES:
        for path in sorted((ROOT / directory).rglob("*.[ch]")):
            yield path, path.relative_to(ROOT).with_suffix("").as_posix(), list(functions(path.read_text()))


class Names(unittest.TestCase):
    def test_functions_are_found(self):
        found = [name for name, _ in functions(
            "/* x()\n{ */\nstatic int a(void)\n{\n}\n\n__attribute__((used)) void *b(int (*f)(int),\n"
            "                              int y)\n{\n    if (c())\n    {\n    }\n}\n\nstruct s {\n    int d;\n};\n")]
        self.assertEqual(found, ["a", "b"])
        for directory in DIRECTORIES:
            sources = [names for path, _, names in rooms() if path.suffix == ".c" and path.parts[-2] == directory]
            self.assertTrue(sources)
            self.assertGreater(sum(map(len, sources)), 4 * len(sources), directory)

    def test_a_name_is_found_once(self):
        places = collections.defaultdict(list)
        for path, _, names in rooms():
            for name, line in names:
                places[name].append(f"{path.relative_to(ROOT)}:{line}")
        twice = {name: found for name, found in places.items() if len(found) > 1}
        self.assertFalse(twice, "one of them wants another name")

    def test_a_name_says_which_room_it_is_of(self):
        for path, room, names in rooms():
            prefixes = PREFIXES.get(room, (room.rpartition("/")[2] + "_",))
            wrong = [f"{path.relative_to(ROOT)}:{line}: {name}" for name, line in names
                     if not name.startswith(prefixes) and name not in INTERFACES.get(room, ())]
            self.assertFalse(wrong, f"functions of {room} begin with {' or '.join(prefixes)}")


if __name__ == "__main__":
    tap.main()
