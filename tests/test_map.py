#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generated files say what rtl/map.toml says, and mapgen notices when they or the table do not."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import tap

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = ["rtl/map.toml", "rtl/mapgen.py", "rtl/tlscard_map.v", "driver/tlscard_map.h", "sim/card_pci.h",
         "docs/registers.md"]


class Map(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.tree = pathlib.Path(self.directory.name)
        for name in FILES:
            (self.tree / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.tree / name)

    def mapgen(self, *arguments):
        return subprocess.run([sys.executable, self.tree / "rtl/mapgen.py", *arguments], capture_output=True, text=True)

    def edit(self, name, old, new):
        path = self.tree / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def test_generated_files_are_current(self):
        result = self.mapgen("--check")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_stale_file_is_named(self):
        self.edit("sim/card_pci.h", "CARD_BAR0_SIZE", "CARD_BAR0_SIZ")
        result = self.mapgen("--check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("sim/card_pci.h", result.stderr)

    def test_changed_table_changes_the_hash(self):
        before = (self.tree / "driver/tlscard_map.h").read_text()
        self.edit("rtl/map.toml", 'value = 0x12', 'value = 0x13')
        self.assertEqual(self.mapgen().returncode, 0)
        after = (self.tree / "driver/tlscard_map.h").read_text()
        hashes = [[line for line in text.splitlines() if "MAP_HASH_VALUE" in line] for text in (before, after)]
        self.assertNotEqual(hashes[0], hashes[1])

    def test_gap_in_a_descriptor_is_refused(self):
        self.edit("rtl/map.toml", 'name = "key_address"\noffset = 8', 'name = "key_address"\noffset = 12')
        result = self.mapgen()
        self.assertEqual(result.returncode, 1)
        self.assertIn("key_address must be at 8", result.stderr)

    def test_double_opcode_is_refused(self):
        self.edit("rtl/map.toml", "value = 0x12", "value = 0x11")
        self.assertEqual(self.mapgen().returncode, 1)


if __name__ == "__main__":
    tap.main()
