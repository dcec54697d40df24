# SPDX-License-Identifier: Apache-2.0
"""The curves' numbers, from SP 800-186 and RFC 7748, and what the programs need derived from them."""

WORD = 130
# Prime curves y^2 = x^3 - 3 x + b: SP 800-186 sections 3.2.1.3 and 3.2.1.4. (words, p, order, b, Gx, Gy)
P256 = (2,
        0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff,
        0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
        0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b,
        0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
        0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
P384 = (3,
        0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff,
        0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973,
        0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef,
        0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7,
        0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f)
P25519 = 2 ** 255 - 19
A24 = 121665            # (486662 - 2) / 4, RFC 7748 section 5


FIELD_R = 1 << 288      # of the Montgomery domain of P-256's field: pke_reduce divides by it


def modulus(prefix, number, words):
    r = 1 << WORD * words
    return {prefix + "N": number, prefix + "NI": -pow(number, -1, r) % r, prefix + "R2": r * r % number,
            prefix + "M2": number - 2}


def digit_offset(words, order):
    """1 + 32 + 32^2 + ..., what the digits of a scalar are short of it."""
    return {"OC": sum(32 ** n for n in range(26 * words - 2 * words // 5)) % order}


def prime_curve(words, p, order, b, x, y):
    """Registers of a prime curve: both moduli, and in the Montgomery domain b and the base point."""
    r = 1 << WORD * words
    return words, {**modulus("P", p, words), **modulus("O", order, words), **digit_offset(words, order),
                   "B": b * r % p, "NB": -b * r % p, "GX": x * r % p, "GY": y * r % p}


def field_curve(words, p, order, b, _x, _y):
    """P-256: registers of its order (OH: a half, in the Montgomery domain), rows of its field."""
    offset = digit_offset(words, order)
    return words, {**modulus("O", order, words), **offset, "OS": 31 * offset["OC"] % order,
                   "OH": (order + 1) // 2 * (1 << WORD * words) % order, "FP": p, "ONE": 1,
                   "FR": FIELD_R % p, "FR2": FIELD_R ** 2 % p, "FB": b * FIELD_R % p, "FB3": 3 * b * FIELD_R % p}


def montgomery_curve():
    return 2, {"FP": P25519, "ONE": 1, "A24": A24}


CURVES = {"P256": field_curve(*P256), "P384": prime_curve(*P384), "X25519": montgomery_curve()}


def add(one, other, p):
    """The sum of two affine points, neither its negative nor infinity; a = -3."""
    if one == other:
        slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, p) % p
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, p) % p
    x = (slope ** 2 - one[0] - other[0]) % p
    return x, (slope * (one[0] - x) - one[1]) % p


def base_table():
    """Multiples of P-256's base point: entry [n][d] is (d + 1) 32^n G, affine, in the Montgomery domain."""
    words, p, _, _, *point = P256
    table = []
    for _ in range(26 * words - 2 * words // 5):
        multiples = [tuple(point)]
        while len(multiples) < 32:
            multiples.append(add(multiples[-1], tuple(point), p))
        table.append([tuple(coordinate * FIELD_R % p for coordinate in entry) for entry in multiples])
        point = multiples[-1]
    return table


def base_rom():
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// Multiples of P-256's base point, two coordinates a row. Made by rtl/pke/microcode.py from curves.py.", "",
             "module pke_base (", "    input  logic         clk,", "    input  logic         read,",
             "    input  logic [11:0]  address,       // {word of the digit, its place, digit, coordinate}",
             "    output logic [255:0] coordinate", ");",
             "    logic [255:0] coordinates [0:4095];",
             "    // which multiple was read is part of a scalar: a cycle later it is gone", "    always_ff @(posedge clk)",
             "        coordinate <= read ? coordinates[address] : 256'd0;", "    initial begin"]
    for n, entries in enumerate(base_table()):
        for digit, entry in enumerate(entries):
            for which, coordinate in enumerate(entry):
                index = (n // 26 << 5 | n % 26) << 6 | digit << 1 | which
                lines.append(f"        coordinates[{index}] = 256'h{coordinate:064x};")
    return "\n".join(lines + ["    end", "endmodule", ""])


def rom(program):
    """The ROM that the loader copies into a context's registers: an entry's word and where it goes."""
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// The curves' constants, for a context's registers. Made by rtl/pke/microcode.py from curves.py.", "",
             "module pke_constants (", "    input  logic         clk,", "    input  logic         read,",
             "    input  logic [1:0]   curve,         // its id less one",
             "    input  logic [5:0]   index,", "    output logic         last,",
             "    output logic [10:0]  address,       // {0, register, word} or {1, row, word}", "    output logic [129:0] word", ");",
             "    logic [141:0] entries [0:255];      // {last, address, word} of {curve, index}",
             "    always_ff @(posedge clk)", "        if (read) {last, address, word} <= entries[{curve, index}];", "    initial begin"]
    for curve, (words, registers) in enumerate(CURVES.values()):
        entries = [(name, n) for name in registers for n in range(words)]
        for index, (name, n) in enumerate(entries):
            address = program.place(name) | n
            value = registers[name] >> WORD * n & (1 << WORD) - 1
            lines.append(f"        entries[{curve << 6 | index}] = {{1'd{int(index == len(entries) - 1)}, 11'd{address}, 130'h{value:033x}}};"
                         f" // {name}")
    return "\n".join(lines + ["    end", "endmodule", ""])
