#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may depend on whom: the includes of every directory and the symbols of every product."""

import os
import pathlib
import re
import subprocess
import unittest

import tap

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# Headers of the project that a directory may include beside its own.
ALLOWED = {
    "driver": set(),
    "provider": {"driver/tlscard.h"},
    "tools": {"driver/tlscard.h"},
    "sim": set(),
}
FORBIDDEN_SYSTEM = {
    "driver": re.compile(r"^openssl/"),
    "sim": re.compile(r"^(openssl|pci)/"),
    # locks sleep by futex(2), which the C library gives no name
    "provider": re.compile(r"^(pci/|linux/(?!futex\.h$)|crypto/|internal/|prov/)"),
    "tools": re.compile(r"^(pci/|linux/|crypto/|internal/|prov/)"),
}
# Files that know transports; every other file of the driver sees transport.h alone.
TRANSPORTS = {"vfio_user", "sim", "vfio"}


def includes(path):
    return INCLUDE.findall(path.read_text())


def sources(directory, *suffixes):
    return [p for p in sorted((ROOT / directory).rglob("*")) if p.suffix in suffixes]


class Includes(unittest.TestCase):
    def test_directories(self):
        for directory, allowed in ALLOWED.items():
            files = sources(directory, ".c", ".h")
            self.assertTrue(files, f"{directory} has no source")
            for path in files:
                for kind, name in includes(path):
                    if kind == "<":
                        self.assertIsNone(FORBIDDEN_SYSTEM[directory].match(name), f"{path}: <{name}>")
                        continue
                    target = name if "/" in name else f"{directory}/{name}"
                    generated = not (ROOT / target).exists()
                    own = target.startswith(directory + "/")
                    self.assertTrue(own or target in allowed or (directory == "sim" and generated),
                                    f"{path} includes \"{name}\"")

    def test_nothing_depends_on_tests(self):
        for directory in ("rtl", "driver", "provider", "sim", "tools"):
            for path in sources(directory, ".c", ".h", ".v"):
                self.assertNotIn("tests/", "".join(name for _, name in includes(path)), path)

    def test_driver_is_blind_to_transports(self):
        for path in sources("driver", ".c"):
            if path.stem in TRANSPORTS or path.stem.startswith("vfio"):
                continue
            for _, name in includes(path):
                stem = pathlib.Path(name).stem
                self.assertNotIn(stem, TRANSPORTS, f"{path} includes {name}")

    def test_transport_has_ten_operations_at_most(self):
        text = (ROOT / "driver/transport.h").read_text()
        body = text[text.index("struct transport_operations {"):]
        operations = re.findall(r"\(\*\w+\)\(", body[:body.index("};")])
        self.assertTrue(operations)
        self.assertLessEqual(len(operations), 10)

    def test_rtl_includes_nothing(self):
        for path in sources("rtl", ".v"):
            self.assertNotRegex(path.read_text(), r"`include|import\s+\w+::\*", path)

    def test_cores_know_nothing_of_pcie(self):
        for path in sources("rtl/pke", ".v"):
            self.assertNotRegex(path.read_text(), r"(?i)\b(tlp|msix|doorbell|pcie|queue_pair)\w*", path)

    def test_every_file_names_its_licence(self):
        files = [ROOT / "Makefile"]
        for directory in ("rtl", "driver", "provider", "sim", "tools", "tests"):
            files += sources(directory, ".c", ".cpp", ".h", ".v", ".vlt", ".py", ".sh", ".mk")
        for path in files:
            head = "\n".join(path.read_text().splitlines()[:2])
            self.assertIn("SPDX-License-Identifier", head, path)


def exported(path):
    output = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in output.splitlines() if line.split()[-2] not in "Aa"}


def needed(path):
    output = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"NEEDED.*\[(.*?)\]", output))


class Products(unittest.TestCase):
    def test_driver(self):
        library = BUILD / "lib/libtlscard.so"
        declared = set(re.findall(r"^TLSCARD_API .*?\b(tlscard_\w+)\(", (ROOT / "driver/tlscard.h").read_text(), re.M))
        self.assertEqual(exported(library), declared)
        self.assertFalse([n for n in needed(library) if n.startswith(("libcrypto", "libssl", "libstdc++"))])

    def test_provider(self):
        module = BUILD / "lib/ossl-modules/tlscard.so"
        self.assertEqual(exported(module), {"OSSL_provider_init"})
        self.assertFalse([n for n in needed(module) if n.startswith(("libssl", "libpci"))])

    def test_simulation(self):
        self.assertEqual(exported(BUILD / "lib/libtlscard-sim.so"), {"tlscard_sim_attach"})


if __name__ == "__main__":
    tap.main()
