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
          "LINEAR_ALLOW": (48, 3),
          # MUL, FSQR and FLIN, on rows of the field memory; FLAG, SELECT and both ALLOW as above
          "FA": (4, 8), "FB": (12, 8), "FD": (20, 8), "FACTOR": (28, 2), "SUBTRACT": (30, 1), "MULTIPLE": (31, 3),
          "CURVE25519": (37, 1),
          # control; DRAIN waits until no chain of the context is in flight
          "TARGET": (4, 10), "CONDITION": (14, 4), "NOT": (18, 1), "IMMEDIATE": (20, 8), "REGISTER": (28, 4),
          "DRAIN": (33, 1)}
OPS = ["FULL", "SQR", "LOW", "HIGH", "LIN", "MUL", "FSQR", "FLIN", "JUMP", "CALL", "RETURN", "SET", "COUNT", "DIGIT", "BIT",
       "END"]
KONSTS = ["NONE", "ONE", "TWO", "GUARD", "TOP"]
CONDITIONS = ["ALWAYS", "FLAG", "SPLIT", "BIT", "BITS", "COUNT", "INDEX", "DIGITS", "HENSEL", "TWO"]
SETS = ["INDEX_ZERO", "INDEX_NEXT", "HENSEL_ONE", "HENSEL_DOUBLE", "SINGLE", "BITS_LENGTH", "BITS_EXPONENT",
        "DIGIT_BIT", "INDEX_HALF", "INDEX_LAST"]
LENGTHS = ["LANE", "FULL", "HENSEL"]
SOURCES = ["REGISTER", "INDEX", "DIGIT", "FIELD"]
ENTRIES_OF = ["INDEX", "DIGIT", "BASE", "SIGNED"]   # of the field's table, or of the base point's
FACTORS = "128"                                     # that a sum's or difference's second operand can have
MULTIPLES = [0, 2, 3, 9, 11, 13]                    # of p, that a difference has added
# A context has up to seven chains and as many linear operations in flight.
ALLOW_MOST, ALLOW_OWN, ALLOW_ANY = 5, 6, 7
LINEAR_MOST, LINEAR_ANY = 6, 7
STATUSES = ["OK", "OPERAND_RANGE", "CHECK_FAILED", "INVALID_POINT", "INVALID_SCALAR", "INVALID_RESULT",
            "SIGNATURE_INVALID"]
ENTRIES = ["rsa_public", "modexp", "rsa_private", "ec_multiply", "ec_multiply_base", "ecdsa_sign", "ecdsa_verify",
           "x25519", "wipe"]
OPERANDS = ["ES", "ER", "EE", "AX", "AY", "FP", "FX", "FY"]
COORDINATES = ["", ".y", ".z", ".w"]
WIDTH = 51
ADDRESS = 10


def fail(number, text):
    sys.exit(f"microcode.txt:{number}: {text}")


class Assembler:
    """Two passes over the text: labels, then instructions."""

    def __init__(self, text):
        self.registers, self.rows, self.names, self.labels, self.lines = [], [], {}, {}, []
        bundled = curve25519 = False
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split(";")[0].strip()
            if line.startswith("register "):
                self.registers += line.split()[1:]
            elif line.startswith("row "):
                self.rows += line.split()[1:]
            elif line.startswith("curve "):
                curve25519 = line == "curve x25519"
            elif line.startswith("name "):
                self.names.update(name.split("=") for name in line.split()[1:])
            elif line == "bundles":
                bundled = True
            elif line == "no bundles":
                bundled = False
            elif line.endswith(":"):
                self.labels[line[:-1]] = len(self.lines)
            elif line:
                self.lines.append((number, line, bundled, curve25519))
        if len(self.registers) > 16 or len(self.rows) > 64 or len(self.lines) > 1 << ADDRESS:
            sys.exit("microcode.txt: too many registers, rows or instructions")
        named = self.registers + self.rows + list(self.names)
        if len(set(named)) < len(named):
            sys.exit("microcode.txt: a name has two meanings")
        self.words = []
        for address, line in enumerate(self.lines):
            if address in self.labels.values():
                self.forget()
            self.words.append(self.encode(*line))

    def encode(self, number, line, bundled, curve25519):
        self.number = number
        mnemonic, _, rest = line.partition(" ")
        body, _, options = rest.partition(":")
        options = options.split()
        if mnemonic.isupper():
            if mnemonic in ("MUL", "FSQR", "FLIN"):
                fields = self.of_field(mnemonic, body.strip(), options)
                fields["CURVE25519"] = int(curve25519)
            else:
                fields = self.computing(mnemonic, body.strip(), options)
            fields["LINEAR_ALLOW"] = LINEAR_ANY
            if bundled:
                fields["ALLOW"], fields["LINEAR_ALLOW"] = self.allowed(fields)
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
        self.writers, self.chains, self.linears, self.kind = {}, 0, 0, None

    def operands(self, fields):
        """What an instruction reads and what it writes."""
        if "FD" in fields:
            def name(row):
                return ("entry", 0) if row >> 7 else ("row", row)
            used = [name(fields["FA"])] + ([name(fields["FB"])] if "FB" in fields else [])
            if fields.get("SELECT"):
                used += [("row", fields["FA"] | 1), ("flag", 0)]
            return used, [name(fields["FD"])] + ([("flag", 0)] if fields.get("FLAG") else [])
        used = [("register", fields["A"])] if "A" in fields else []
        if "B" in fields:
            source, place = fields["B"] >> 6, fields["B"] & 63
            used.append(("register", place) if source == 0 else ("row", place) if source == 3 else ("table", 0))
        if "C" in fields:
            used.append(("register", fields["C"]))
        if fields.get("SELECT"):
            used.append(("flag", 0))
        written = [("table", 0) if fields["D"] >> 6 else ("register", fields["D"])]
        return used, written + ([("flag", 0)] if fields.get("FLAG") else [])

    def allowed(self, fields):
        """How many chains and linear operations may be in flight: those handed on after the last that wrote
        one of the operands, or, in the other unit, what this one writes. Chains end in order, but a product
        of the field takes longer than others: between the two kinds all have to be written."""
        kind = OPS[fields["OP"]] if fields["OP"] == OPS.index("FLIN") else "FD" in fields
        linear = kind == "FLIN"
        used, written = self.operands(fields)
        last = {True: 0, False: 0}
        for name in used:
            unit, number = self.writers.get(name, (False, 0))
            last[unit] = max(last[unit], number)
        for name in written:
            unit, number = self.writers.get(name, (False, 0))
            if unit != linear:
                last[unit] = max(last[unit], number)
        if not linear and self.kind not in (None, kind):
            last[False] = self.chains
        allow = min(ALLOW_MOST, self.chains - last[False]), min(LINEAR_MOST, self.linears - last[True])
        if linear:
            self.linears += 1
        else:
            self.chains += 1
            self.kind = kind
        for name in written:
            self.writers[name] = (linear, self.linears if linear else self.chains)
        return allow

    def row(self, name):
        """A row of the field memory, or {1, 0, whose entry, coordinate}."""
        while name in self.names:
            name = self.names[name]
        match = re.fullmatch(r"(TAB\[(?:i|digit|signed)\]|BASE)(\.\w)?", name)
        if match:
            kind = {"TAB[i]": "INDEX", "TAB[digit]": "DIGIT", "TAB[signed]": "SIGNED", "BASE": "BASE"}[match[1]]
            return 1 << 7 | ENTRIES_OF.index(kind) << 2 | COORDINATES.index(match[2] or "")
        if name not in self.rows:
            fail(self.number, f"no row {name}")
        return self.rows.index(name)

    def of_field(self, op, body, options):
        """d = a * b; d = a^2; d = x + 2 y, d = x - 8 y + 9 p, d = x. x, or FSQR's a, may be "r / s": s where the
        flag is set, else r, two rows that differ in the lowest bit of their numbers."""
        target, _, formula = (part.strip() for part in body.partition("="))
        fields = {"OP": OPS.index(op), "FD": self.row(target)}
        product = re.fullmatch(r"(\S+) \* (\S+)", formula)
        linear = re.fullmatch(r"(\S+)(?: / (\S+))?(?: ([+-]) (?:([128]) )?(\S+)(?: \+ (\d+) p)?)?", formula)
        if op == "MUL" and product:
            fields.update(FA=self.row(product[1]), FB=self.row(product[2]))
        elif op != "MUL" and linear and (op == "FLIN" or not linear[3]):
            fields.update(FA=self.row(linear[1]), SELECT=int(linear[2] is not None))
            if linear[2] and (fields["FA"] & 1 or self.row(linear[2]) != fields["FA"] + 1):
                fail(self.number, "rows of a choice have to be an even one and the next")
            if op == "FLIN":
                fields.update(FB=self.row(linear[5] or "ZERO"), FACTOR=FACTORS.index(linear[4] or "1"),
                              SUBTRACT=int(linear[3] == "-"), MULTIPLE=MULTIPLES.index(int(linear[6] or 0)))
        else:
            fail(self.number, "not understood")
        if fields["FA"] >> 7 and (fields["FA"] >> 2 & 3) == ENTRIES_OF.index("BASE"):
            fail(self.number, "the base point's multiples can only be the second operand")
        if options not in ([], ["flag"]):
            fail(self.number, "not understood")
        fields["FLAG"] = len(options)
        return fields

    def register(self, name):
        """NAME (of the lane), NAME.0, .1 (of that lane) or .2 (words from 16): two bits of place, four of register."""
        while name in self.names:
            name = self.names[name]
        match = re.fullmatch(r"(\w+)(?:\.([012]))?", name)
        if not match or match[1] not in self.registers:
            fail(self.number, f"no register {name}")
        return (0 if match[2] is None else 1 + int(match[2])) << 4 | self.registers.index(match[1])

    def place(self, name):
        """{0, register, word} of a register's first word in the unsplit context, or {1, row, word}."""
        if name in self.rows:
            return 1 << 10 | self.rows.index(name) << 1
        number = self.register(name)
        return (number & 15) << 6 | {0: 0, 1: 0, 2: 32, 3: 16}[number >> 4]

    def source(self, name):
        """The second factor: a register, an entry of the table or a row."""
        if name in self.rows:
            return SOURCES.index("FIELD") << 6 | self.rows.index(name)
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
            fields.update(OP=OPS.index("DIGIT"), IMMEDIATE=["first", "next", "zero", "low", "last"].index(words[0]))
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
                                 ("LENGTH", LENGTHS, 2), ("SOURCE", SOURCES, 2), ("ENTRY", ENTRIES_OF, 2), ("MULTIPLE", MULTIPLES, 3), ("END", STATUSES, 8),
                                 ("REG", program.registers, 4)):
        for value, name in enumerate(names):
            if name is not None:
                lines.append(f"    localparam [{width - 1}:0] {prefix}_{name} = {width}'d{value};")
    lines.append(f"    localparam [2:0] ALLOW_OWN = 3'd{ALLOW_OWN};")
    for name in OPERANDS:
        lines.append(f"    localparam [10:0] AT_{name} = 11'd{program.place(name)}; // {{0, register, word}} or {{1, row, word}}")
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
    for address, (word, (_, text, *_)) in enumerate(zip(program.words, program.lines)):
        for name in named.get(address, []):
            lines.append(f"                // {name}")
        lines.append(f"                {ADDRESS}'d{address}: instruction <= {WIDTH}'h{word:013x}; // {' '.join(text.split())}")
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
