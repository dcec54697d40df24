#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may depend on whom: the includes of every directory and the symbols of every product."""

import graphlib
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
# Sources of the simulation that stand for another header, or for none: the product's two ways in, and its model.
SIM_HEADERS = {"library": "tlscard_sim", "main": None, "top": "model"}
SIM_GENERATED = {"card_pci"}
# Files that know transports; every other file of the driver sees transport.h alone.
TRANSPORTS = {"vfio_user", "sim", "vfio"}


def includes(path):
    return INCLUDE.findall(path.read_text())


def sources(directory, *suffixes):
    return [p for p in sorted((ROOT / directory).rglob("*")) if p.suffix in suffixes]


def room_includes(directory, stem):
    """The rooms that a source and its header include."""
    files = [path for path in sources(directory, ".c", ".h") if path.stem == stem]
    return {pathlib.Path(name).stem for path in files for kind, name in includes(path) if kind == '"'}


def find_circle(uses):
    """A circle in what uses what, as names of which each uses the one before; None without one."""
    try:
        graphlib.TopologicalSorter({name: others - {name} for name, others in uses.items()}).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return None


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

    def test_every_room_of_the_simulation_has_one_header(self):
        rooms = {path.stem for path in sources("sim", ".c", ".cpp")}
        headers = {path.stem for path in sources("sim", ".h")}
        for path in sources("sim", ".c"):
            own = SIM_HEADERS.get(path.stem, path.stem)
            if own:
                self.assertIn(own, headers, f"{path} has no header")
                self.assertEqual(includes(path)[0], ('"', f"sim/{own}.h"), f"{path} includes its own header first")
        self.assertFalse(headers - rooms - SIM_GENERATED - set(SIM_HEADERS.values()), "headers without a source")

    def test_the_simulation_has_no_circle_of_includes(self):
        circle = find_circle({path.stem: room_includes("sim", path.stem) for path in sources("sim", ".c")})
        self.assertFalse(circle, "rooms include each other")

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
        for path in sources("rtl/pke", ".v") + sources("rtl/gcm", ".v"):
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


def symbols(paths):
    """By its stem what each object defines for others, and what it takes from them."""
    output = subprocess.run(["nm", "-P", "-A", *paths], capture_output=True, text=True, check=True).stdout
    found = {path.stem: (set(), set()) for path in paths}
    for line in output.splitlines():
        path, name, kind = line.split()[:3]
        if kind in "TDBRU":
            found[pathlib.Path(path.rstrip(":")).stem][kind == "U"].add(name)
    return found


class Simulation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.symbols = symbols([BUILD / f"obj/sim/{path.stem}.o" for path in sources("sim", ".c")])

    def test_a_room_defines_what_its_header_declares(self):
        for room, (defined, _) in self.symbols.items():
            header = SIM_HEADERS.get(room, room)
            text = (ROOT / f"sim/{header}.h").read_text() if header else "main"
            strange = {name for name in defined if not re.search(rf"\b{name}\b", text)}
            self.assertFalse(strange, f"of sim/{room}.c, not in sim/{header}.h")

    def test_there_is_no_circle_of_calls(self):
        home = {name: room for room, (defined, _) in self.symbols.items() for name in defined}
        circle = find_circle({room: {home[name] for name in taken if name in home}
                              for room, (_, taken) in self.symbols.items()})
        self.assertFalse(circle, "rooms call each other")


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
