#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Assemble microcode.txt into pke_isa.v (constants of the instruction set) and pke_microcode.v (the ROM),
and put the numbers of curves.py into pke_constants.v and pke_base.v.

Usage: microcode.py [--check]
With --check nothing is written; the exit status is 1 where one of the files is stale.
"""

import pathlib
import re
import sys

import curves

HERE = pathlib.Path(__file__).resolve().parent

# name: (lowest bit, width)
FIELDS = {"OP": (0, 4),
          # computing
          "A": (4, 6), "B": (10, 8), "C": (18, 6), "D": (24, 7), "LENGTH": (31, 2), "LANES": (33, 1),
          "ALLOW": (34, 3), "ZERO": (37, 1), "DOUBLE": (38, 1), "ADD": (39, 1), "INVERT": (40, 1),
          "SHORT": (41, 1), "KONST": (42, 3), "FLAG": (45, 1), "SELECT": (46, 1), "RAISED": (47, 1),
          # control; DRAIN waits until no chain of the context is in flight
          "TARGET": (4, 10), "CONDITION": (14, 4), "NOT": (18, 1), "IMMEDIATE": (20, 8), "REGISTER": (28, 4),
          "DRAIN": (33, 1)}
OPS = ["FULL", "SQR", "LOW", "HIGH", "LIN", None, None, None, "JUMP", "CALL", "RETURN", "SET", "COUNT", "DIGIT", "BIT",
       "END"]
KONSTS = ["NONE", "ONE", "TWO", "GUARD", "TOP"]
CONDITIONS = ["ALWAYS", "FLAG", "SPLIT", "BIT", "BITS", "COUNT", "INDEX", "DIGITS", "HENSEL", "TABLE"]
SETS = ["INDEX_ZERO", "INDEX_NEXT", "HENSEL_ONE", "HENSEL_DOUBLE", "SINGLE", "BITS_LENGTH", "BITS_EXPONENT"]
LENGTHS = ["LANE", "FULL", "HENSEL"]
SOURCES = ["REGISTER", "INDEX", "DIGIT", "BASE"]
ALLOW_MOST, ALLOW_OWN, ALLOW_ANY = 5, 6, 7
STATUSES = ["OK", "OPERAND_RANGE", "CHECK_FAILED", "INVALID_POINT", "INVALID_SCALAR", "INVALID_RESULT",
            "SIGNATURE_INVALID"]
ENTRIES = ["rsa_public", "modexp", "rsa_private", "ec_multiply", "ec_multiply_base", "ecdsa_sign", "ecdsa_verify",
           "x25519", "wipe"]
OPERANDS = ["K", "ES", "ER", "EE", "AX", "AY"]
COORDINATES = ["", ".y", ".z", ".w"]
WIDTH = 48
ADDRESS = 10


def fail(number, text):
    sys.exit(f"microcode.txt:{number}: {text}")


class Assembler:
    """Two passes over the text: labels, then instructions."""

    def __init__(self, text):
        self.registers, self.names, self.labels, self.lines = [], {}, {}, []
        bundled = False
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split(";")[0].strip()
            if line.startswith("register "):
                self.registers += line.split()[1:]
            elif line.startswith("name "):
                self.names.update(name.split("=") for name in line.split()[1:])
            elif line == "bundles":
                bundled = True
            elif line == "no bundles":
                bundled = False
            elif line.endswith(":"):
                self.labels[line[:-1]] = len(self.lines)
            elif line:
                self.lines.append((number, line, bundled))
        if len(self.registers) > 16 or len(self.lines) > 1 << ADDRESS:
            sys.exit("microcode.txt: too many registers or instructions")
        self.words = []
        for address, line in enumerate(self.lines):
            if address in self.labels.values():
                self.forget()
            self.words.append(self.encode(*line))

    def encode(self, number, line, bundled):
        self.number = number
        mnemonic, _, rest = line.partition(" ")
        body, _, options = rest.partition(":")
        options = options.split()
        if mnemonic.isupper():
            fields = self.computing(mnemonic, body.strip(), options)
            if bundled:
                fields["ALLOW"] = self.allowed(fields)
        else:
            if mnemonic in ("jump", "call", "return", "end"):
                self.forget()
            fields = self.control(mnemonic, body.split(), options)
        word = 0
        for name, value in fields.items():
            low, width = FIELDS[name]
            if value >> width:
                fail(number, f"{name} does not fit")
            word |= value << low
        return word

    def forget(self):
        """Where control flow joins or parts, all that was written before counts as written just now."""
        self.writers, self.chains = {}, 0

    def allowed(self, fields):
        """How many chains may be in flight: those handed on after the last that wrote one of the operands."""
        used = [("register", fields["A"])] if "A" in fields else []
        if "B" in fields:
            used.append(("table", 0) if fields["B"] >> 6 else ("register", fields["B"]))
        if "C" in fields:
            used.append(("register", fields["C"]))
        if fields.get("SELECT"):
            used.append(("flag", 0))
        allow = min(ALLOW_MOST, self.chains - max((self.writers.get(name, 0) for name in used), default=0))
        self.chains += 1
        self.writers[("table", 0) if fields["D"] >> 6 else ("register", fields["D"])] = self.chains
        if fields.get("FLAG"):
            self.writers["flag", 0] = self.chains
        return allow

    def register(self, name):
        """NAME (of the lane), NAME.0, .1 (of that lane) or .2 (words from 16): two bits of place, four of register."""
        while name in self.names:
            name = self.names[name]
        match = re.fullmatch(r"(\w+)(?:\.([012]))?", name)
        if not match or match[1] not in self.registers:
            fail(self.number, f"no register {name}")
        return (0 if match[2] is None else 1 + int(match[2])) << 4 | self.registers.index(match[1])

    def place(self, name):
        """{register, word} of a register's first word in the unsplit context."""
        number = self.register(name)
        return (number & 15) << 6 | {0: 0, 1: 0, 2: 32, 3: 16}[number >> 4]

    def source(self, name):
        """The second factor: a register, an entry of the table, or a multiple of the base point."""
        if name in ("BASE", "BASE.y"):
            return SOURCES.index("BASE") << 6 | COORDINATES.index(name[4:])
        match = re.fullmatch(r"TAB\[(i|digit)\](\.\w)?", name)
        if match:
            return SOURCES.index({"i": "INDEX", "digit": "DIGIT"}[match[1]]) << 6 | COORDINATES.index(match[2] or "")
        return self.register(name)

    def target(self, name):
        match = re.fullmatch(r"TAB\[i\](\.\w)?", name)
        return 1 << 6 | COORDINATES.index(match[1] or "") if match else self.register(name)

    def computing(self, op, body, options):
        target, _, formula = (part.strip() for part in body.partition("="))
        fields = {"OP": OPS.index("LIN" if op == "SEL" else op), "LANES": 1, "ALLOW": ALLOW_OWN,
                  "D": self.target(target)}
        product = re.fullmatch(r"(2 )?(\S+) \* (\S+)(?: ([+-]) (\S+))?", formula)
        square = re.fullmatch(r"(\S+)(?: ([+-]) (\S+))?", formula)
        linear = re.fullmatch(r"(0|(?:2 )?[^\s?]+)(?: ([+-]) (\S+))?", formula)
        choice = re.fullmatch(r"(\S+) \? (\S+)", formula)
        if op in ("FULL", "LOW", "HIGH") and product:
            fields.update(A=self.register(product[2]), B=self.source(product[3]), DOUBLE=int(bool(product[1])))
            self.addend(fields, product[4], product[5])
            if op == "HIGH":
                fields["KONST"] = KONSTS.index("GUARD")
        elif op == "SQR" and square:
            fields.update(A=self.register(square[1]), B=self.register(square[1]))
            self.addend(fields, square[2], square[3])
        elif op == "SEL" and choice:
            fields.update(SELECT=1, B=self.source(choice[1]), C=self.register(choice[2]))
        elif op == "LIN" and linear:
            factor = linear[1].split()[-1]
            fields.update({"ZERO": 1} if factor == "0" else {"B": self.source(factor)})
            fields["DOUBLE"] = int(linear[1].startswith("2 "))
            self.addend(fields, linear[2], linear[3])
        else:
            fail(self.number, "not understood")
        for option in options:
            fields.update({"solo": {"LANES": 0, "ALLOW": 0}, "free": {"ALLOW": ALLOW_ANY}, "flag": {"FLAG": 1},
                           "full": {"LENGTH": LENGTHS.index("FULL")}, "hensel": {"LENGTH": LENGTHS.index("HENSEL")},
                           "short": {"SHORT": 1}, "raised": {"RAISED": 1}}[option])
        return fields

    def addend(self, fields, sign, name):
        if name == "2":
            fields["KONST"] = KONSTS.index("TWO")
        elif name == "TOP":
            fields["KONST"] = KONSTS.index("TOP")
        elif name is not None:
            fields.update(ADD=1, C=self.register(name))
        if sign == "-":
            fields.update(INVERT=1, KONST=KONSTS.index("ONE"))

    def control(self, mnemonic, words, options):
        fields = {"DRAIN": int("drain" in options)}
        if mnemonic in ("jump", "call"):
            if words[0] not in self.labels:
                fail(self.number, f"no label {words[0]}")
            fields.update(OP=OPS.index(mnemonic.upper()), TARGET=self.labels[words[0]])
            if "if" in words:
                fields.update(CONDITION=CONDITIONS.index(words[-1].upper()), NOT=int("not" in words))
        elif mnemonic == "end":
            fields.update(OP=OPS.index("END"), IMMEDIATE=STATUSES.index(words[0]), DRAIN=1,
                          REGISTER=self.registers.index(words[1]) if len(words) > 1 else 0)
        elif mnemonic == "count":
            fields.update(OP=OPS.index("COUNT"), IMMEDIATE=int(words[0]))
        elif mnemonic == "digit":
            fields.update(OP=OPS.index("DIGIT"), IMMEDIATE=["first", "next", "zero"].index(words[0]))
        elif mnemonic in ("set", "bits"):
            name = words[0] if mnemonic == "set" else "bits_" + words[0]
            fields.update(OP=OPS.index("SET"), IMMEDIATE=SETS.index(name.upper()))
        elif mnemonic in ("return", "bit"):
            fields["OP"] = OPS.index(mnemonic.upper())
        else:
            fail(self.number, "not understood")
        return fields


def package(program):
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// Constants of the public-key engine's instruction set. Made by rtl/pke/microcode.py.", "",
             "/* verilator lint_off UNUSED */ // every user takes a few of them", "package pke_isa;",
             f"    localparam integer INSTRUCTION_WIDTH = {WIDTH};",
             "    // bit of a word's top limb that is R / 16",
             "    localparam integer TOP_BIT = 22;"]
    for name, (low, width) in FIELDS.items():
        lines.append(f"    localparam integer {name}_LSB = {low};")
        lines.append(f"    localparam integer {name}_WIDTH = {width};")
    for prefix, names, width in (("OP", OPS, 4), ("KONST", KONSTS, 3), ("IF", CONDITIONS, 4), ("SET", SETS, 8),
                                 ("LENGTH", LENGTHS, 2), ("SOURCE", SOURCES, 2), ("END", STATUSES, 8),
                                 ("REG", program.registers, 4)):
        for value, name in enumerate(names):
            if name:
                lines.append(f"    localparam [{width - 1}:0] {prefix}_{name} = {width}'d{value};")
    lines.append(f"    localparam [2:0] ALLOW_OWN = 3'd{ALLOW_OWN};")
    for name in OPERANDS:
        lines.append(f"    localparam [9:0] AT_{name} = 10'd{program.place(name)}; // {{register, word}}")
    lines.append(f"    localparam integer ADDRESS_WIDTH = {ADDRESS};")
    for name in ENTRIES:
        if name in program.labels:
            lines.append(f"    localparam [{ADDRESS - 1}:0] ENTRY_{name.upper()} = {ADDRESS}'d{program.labels[name]};")
    return "\n".join(lines + ["endpackage", "/* verilator lint_on UNUSED */", ""])


def rom(program):
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// The public-key engine's program memory. Made by rtl/pke/microcode.py from microcode.txt.", "",
             "module pke_microcode (", "    input  logic        clk,", "    input  logic        read,",
             f"    input  logic [{ADDRESS - 1}:0] address,", f"    output logic [{WIDTH - 1}:0] instruction", ");",
             "    always_ff @(posedge clk)", "        if (read)", "            case (address)"]
    named = {}
    for name, address in program.labels.items():
        named.setdefault(address, []).append(name)
    for address, (word, (_, text, _)) in enumerate(zip(program.words, program.lines)):
        for name in named.get(address, []):
            lines.append(f"                // {name}")
        lines.append(f"                {ADDRESS}'d{address}: instruction <= {WIDTH}'h{word:012x}; // {' '.join(text.split())}")
    return "\n".join(lines + [f"                default: instruction <= {WIDTH}'d0;", "            endcase", "endmodule",
                              ""])


def main(arguments):
    program = Assembler((HERE / "microcode.txt").read_text())
    stale = False
    for name, text in (("pke_isa.v", package(program)), ("pke_microcode.v", rom(program)),
                       ("pke_constants.v", curves.rom(program)), ("pke_base.v", curves.base_rom())):
        path = HERE / name
        if arguments == ["--check"]:
            if not path.exists() or path.read_text() != text:
                print(f"{path} is stale: run rtl/pke/microcode.py", file=sys.stderr)
                stale = True
        else:
            path.write_text(text)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
