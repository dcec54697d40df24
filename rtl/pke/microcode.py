#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Assemble microcode.txt into pke_isa.v (constants of the instruction set) and pke_microcode.v (the ROM).

Usage: microcode.py [--check]
With --check nothing is written; the exit status is 1 where one of the two files is stale.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent

# name: (lowest bit, width)
FIELDS = {"OP": (0, 4),
          # computing
          "A": (4, 6), "B": (10, 8), "C": (18, 6), "D": (24, 7), "LENGTH": (31, 2), "LANES": (33, 1),
          "ALLOW": (34, 3), "ZERO": (37, 1), "DOUBLE": (38, 1), "ADD": (39, 1), "INVERT": (40, 1),
          "SHORT": (41, 1), "KONST": (42, 3), "FLAG": (45, 1), "SELECT": (46, 1),
          # control; DRAIN waits until no chain of the context is in flight
          "TARGET": (4, 8), "CONDITION": (12, 4), "NOT": (16, 1), "IMMEDIATE": (20, 8), "REGISTER": (28, 4),
          "DRAIN": (33, 1)}
OPS = ["FULL", "SQR", "LOW", "HIGH", "LIN", None, None, None, "JUMP", "CALL", "RETURN", "SET", "COUNT", "DIGIT", "BIT",
       "END"]
KONSTS = ["NONE", "ONE", "TWO", "GUARD", "TOP"]
CONDITIONS = ["ALWAYS", "FLAG", "SPLIT", "BIT", "BITS", "COUNT", "INDEX", "DIGITS", "HENSEL"]
SETS = ["INDEX_ZERO", "INDEX_NEXT", "HENSEL_ONE", "HENSEL_DOUBLE", "SINGLE", "BITS_LENGTH", "BITS_EXPONENT"]
LENGTHS = ["LANE", "FULL", "HENSEL"]
SOURCES = ["REGISTER", "INDEX", "DIGIT"]
ALLOW_OWN, ALLOW_ANY = 4, 7
STATUSES = ["OK", "OPERAND_RANGE", "CHECK_FAILED"]
WIDTH = 47


def fail(number, text):
    sys.exit(f"microcode.txt:{number}: {text}")


class Assembler:
    """Two passes over the text: labels, then instructions."""

    def __init__(self, text):
        self.registers, self.labels, self.lines = [], {}, []
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split(";")[0].strip()
            if line.startswith("register "):
                self.registers += line.split()[1:]
            elif line.endswith(":"):
                self.labels[line[:-1]] = len(self.lines)
            elif line:
                self.lines.append((number, line))
        if len(self.registers) > 16 or len(self.lines) > 256:
            sys.exit("microcode.txt: too many registers or instructions")
        self.words = [self.encode(number, line) for number, line in self.lines]

    def encode(self, number, line):
        self.number = number
        mnemonic, _, rest = line.partition(" ")
        body, _, options = rest.partition(":")
        options = options.split()
        if mnemonic.isupper():
            fields = self.computing(mnemonic, body.strip(), options)
        else:
            fields = self.control(mnemonic, body.split(), options)
        word = 0
        for name, value in fields.items():
            low, width = FIELDS[name]
            if value >> width:
                fail(number, f"{name} does not fit")
            word |= value << low
        return word

    def register(self, name):
        """NAME (of the lane), NAME.0 or NAME.1 (of that lane): two bits of lane, four of register."""
        match = re.fullmatch(r"(\w+)(?:\.([01]))?", name)
        if not match or match[1] not in self.registers:
            fail(self.number, f"no register {name}")
        return (0 if match[2] is None else 1 + int(match[2])) << 4 | self.registers.index(match[1])

    def source(self, name):
        """The second factor: a register, or an entry of the table."""
        entries = {"TAB[i]": "INDEX", "TAB[digit]": "DIGIT"}
        if name in entries:
            return SOURCES.index(entries[name]) << 6
        return self.register(name)

    def computing(self, op, body, options):
        target, _, formula = (part.strip() for part in body.partition("="))
        fields = {"OP": OPS.index("LIN" if op == "SEL" else op), "LANES": 1, "ALLOW": ALLOW_OWN,
                  "D": 1 << 6 if target == "TAB[i]" else self.register(target)}
        product = re.fullmatch(r"(\S+) \* (\S+)(?: \+ (\S+))?", formula)
        linear = re.fullmatch(r"(0|(?:2 )?[^\s?]+)(?: ([+-]) (\S+))?", formula)
        choice = re.fullmatch(r"(\S+) \? (\S+)", formula)
        if op in ("FULL", "LOW", "HIGH") and product:
            fields.update(A=self.register(product[1]), B=self.source(product[2]))
            self.addend(fields, product[3])
            if op == "HIGH":
                fields["KONST"] = KONSTS.index("GUARD")
        elif op == "SQR":
            fields.update(A=self.register(formula), B=self.register(formula))
        elif op == "SEL" and choice:
            fields.update(SELECT=1, B=self.source(choice[1]), C=self.register(choice[2]))
        elif op == "LIN" and linear:
            factor = linear[1].split()[-1]
            fields.update({"ZERO": 1} if factor == "0" else {"B": self.source(factor)})
            fields["DOUBLE"] = int(linear[1].startswith("2 "))
            self.addend(fields, linear[3])
            if linear[2] == "-":
                fields.update(INVERT=1, KONST=KONSTS.index("ONE"))
        else:
            fail(self.number, "not understood")
        for option in options:
            fields.update({"solo": {"LANES": 0, "ALLOW": 0}, "free": {"ALLOW": ALLOW_ANY}, "flag": {"FLAG": 1},
                           "full": {"LENGTH": LENGTHS.index("FULL")}, "hensel": {"LENGTH": LENGTHS.index("HENSEL")},
                           "short": {"SHORT": 1}}[option])
        return fields

    def addend(self, fields, name):
        if name == "2":
            fields["KONST"] = KONSTS.index("TWO")
        elif name == "TOP":
            fields["KONST"] = KONSTS.index("TOP")
        elif name is not None:
            fields.update(ADD=1, C=self.register(name))

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
            fields.update(OP=OPS.index("DIGIT"), IMMEDIATE=["first", "next"].index(words[0]))
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
    for name in ("rsa_public", "modexp", "rsa_private", "wipe"):
        lines.append(f"    localparam [7:0] ENTRY_{name.upper()} = 8'd{program.labels[name]};")
    return "\n".join(lines + ["endpackage", "/* verilator lint_on UNUSED */", ""])


def rom(program):
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// The public-key engine's program memory. Made by rtl/pke/microcode.py from microcode.txt.", "",
             "module pke_microcode (", "    input  logic        clk,", "    input  logic        read,",
             "    input  logic [7:0]  address,", f"    output logic [{WIDTH - 1}:0] instruction", ");",
             "    always_ff @(posedge clk)", "        if (read)", "            case (address)"]
    named = {}
    for name, address in program.labels.items():
        named.setdefault(address, []).append(name)
    for address, (word, (_, text)) in enumerate(zip(program.words, program.lines)):
        for name in named.get(address, []):
            lines.append(f"                // {name}")
        lines.append(f"                8'd{address}: instruction <= {WIDTH}'h{word:012x}; // {' '.join(text.split())}")
    return "\n".join(lines + [f"                default: instruction <= {WIDTH}'d0;", "            endcase", "endmodule",
                              ""])


def main(arguments):
    program = Assembler((HERE / "microcode.txt").read_text())
    stale = False
    for name, text in (("pke_isa.v", package(program)), ("pke_microcode.v", rom(program))):
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
