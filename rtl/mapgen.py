#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the Verilog package, the C headers and the register reference from rtl/map.toml.

Usage: mapgen.py [--check]     writes the files, or with --check reports the stale ones
Exit status: 0 done, or nothing stale; 1 stale files, or a table that contradicts itself.
"""

import hashlib
import json
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = "rtl/map.toml"
SIZES = {1: "uint8_t", 2: "uint16_t", 4: "uint32_t", 8: "uint64_t"}


def load():
    with open(ROOT / SOURCE, "rb") as file:
        table = tomllib.load(file)
    canonical = json.dumps(table, sort_keys=True, separators=(",", ":"))
    table["hash"] = int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:4], "big")
    return table


def check(table):
    """Raise ValueError where the table contradicts itself."""
    for kind in ("register", "queue_register", "doorbell"):
        offsets = [r["offset"] for r in table[kind]]
        if len(set(offsets)) != len(offsets) or any(o % 4 for o in offsets):
            raise ValueError(f"{SOURCE}: [[{kind}]] offsets must be distinct multiples of 4")
    for kind, size in (("submission", 64), ("completion", 16)):
        end = 0
        for field in table[kind]:
            if field["offset"] != end:
                raise ValueError(f"{SOURCE}: [[{kind}]] {field['name']} must be at {end}")
            end += field["size"]
        if end != size:
            raise ValueError(f"{SOURCE}: [[{kind}]] has {end} octets, not {size}")
    for kind, bound in (("opcode", 64), ("curve", 256), ("status", 256), ("error", 256)):
        values = [r["value"] for r in table[kind]]
        if len(set(values)) != len(values) or not all(0 <= v < bound for v in values):
            raise ValueError(f"{SOURCE}: [[{kind}]] values must be distinct and below {bound}")
    clash = {r["value"] for r in table["status"]} & {r["value"] for r in table["error"]} - {0}
    if clash:
        raise ValueError(f"{SOURCE}: [[status]] and [[error]] share the values {sorted(clash)}")


def constants(table):
    """Yield (prefix, name, value, bits) of each plain constant, in the table's order."""
    for name, value in table["pci"].items():
        yield "PCI", name.upper(), value, 32
    for name, value in table["limits"].items():
        yield "", name.upper(), value, 32
    yield "", "MAP_HASH_VALUE", table["hash"], 32
    for kind, prefix in (("register", "REG"), ("queue_register", "QREG"), ("doorbell", "DOORBELL")):
        for row in table[kind]:
            yield prefix, row["name"], row["offset"], 16
    for kind, prefix in (("opcode", "OP"), ("curve", "CURVE"), ("status", "STATUS"), ("error", "ERROR")):
        for row in table[kind]:
            yield prefix, row["name"], row["value"], 8


def opcode_mask(table, kind):
    return sum(1 << row["value"] for row in table["opcode"] if row["class"] == kind)


def verilog(table):
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        f"// Constants of the card's programming interface. Made by rtl/mapgen.py from {SOURCE}.",
        "",
        "/* verilator lint_off UNUSED */ // every user takes a few of them",
        "package tlscard_map;",
    ]
    for prefix, name, value, bits in constants(table):
        full = f"{prefix}_{name}" if prefix else name
        lines.append(f"    localparam [{bits - 1}:0] {full} = {bits}'h{value:0{bits // 4}x};")
    for kind in ("none", "pke", "gcm"):
        lines.append(f"    localparam [63:0] OPCODES_{kind.upper()} = 64'h{opcode_mask(table, kind):016x};")
    lines.append("    // Descriptor fields as bit ranges of a little-endian entry: [LSB +: WIDTH]")
    for kind, prefix in (("submission", "SQE"), ("completion", "CQE")):
        for row in table[kind]:
            full = f"{prefix}_{row['name'].upper()}"
            lines.append(f"    localparam integer {full}_LSB = {row['offset'] * 8};")
            lines.append(f"    localparam integer {full}_WIDTH = {row['size'] * 8};")
    lines += ["endpackage", "/* verilator lint_on UNUSED */", ""]
    return "\n".join(lines)


def c_struct(table, kind, size):
    lines = [f"struct tlscard_{kind} {{"]
    for row in table[kind]:
        if row["size"] in SIZES:
            lines.append(f"    {SIZES[row['size']]} {row['name']}; /* {row['text']} */")
        else:
            lines.append(f"    uint8_t {row['name']}[{row['size']}]; /* {row['text']} */")
    lines.append("};")
    for row in table[kind]:
        lines.append(f"_Static_assert(offsetof(struct tlscard_{kind}, {row['name']}) == {row['offset']},")
        lines.append(f"               \"offset of {kind} {row['name']}\");")
        lines.append(f"_Static_assert(sizeof(((struct tlscard_{kind} *)0)->{row['name']}) == {row['size']},")
        lines.append(f"               \"size of {kind} {row['name']}\");")
    lines.append(f"_Static_assert(sizeof(struct tlscard_{kind}) == {size}, \"size of a {kind} entry\");")
    return lines


def c_header(table):
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        f"/* The card's programming interface. Made by rtl/mapgen.py from {SOURCE}. */",
        "#ifndef TLSCARD_MAP_H",
        "#define TLSCARD_MAP_H",
        "",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
    ]
    for prefix, name, value, _ in constants(table):
        full = f"TLSCARD_{prefix}_{name}" if prefix else f"TLSCARD_{name}"
        lines.append(f"#define {full} 0x{value:x}u")
    for kind in ("none", "pke", "gcm"):
        lines.append(f"#define TLSCARD_OPCODES_{kind.upper()} 0x{opcode_mask(table, kind):x}ull")
    lines += ["", "/* Little-endian in memory. */"]
    lines += c_struct(table, "submission", 64)
    lines += ["", "/* Little-endian in memory; the phase bit is bit 15 of phase. */"]
    lines += c_struct(table, "completion", 16)
    for kind, title in (("opcode", "opcode"), ("status", "status code"), ("error", "error code")):
        lines += ["", f"/* X(name, value, text) for each {title} */", f"#define TLSCARD_{kind.upper()}_LIST(X) \\"]
        rows = [f"    X({r['name']}, 0x{r['value']:02x}, \"{r['text']}\")" for r in table[kind]]
        lines.append(" \\\n".join(rows))
    lines += ["", "#endif", ""]
    return "\n".join(lines)


def sim_header(table):
    """What the world outside the card may know of it: identity and BAR sizes."""
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        f"/* PCI identity and BAR sizes of the card. Made by rtl/mapgen.py from {SOURCE}. */",
        "#ifndef CARD_PCI_H",
        "#define CARD_PCI_H",
        "",
    ]
    lines += [f"#define CARD_{name.upper()} 0x{value:x}u" for name, value in table["pci"].items()]
    lines += [f"#define CARD_MAX_FUNCTIONS {table['limits']['max_functions']}u", "", "#endif", ""]
    return "\n".join(lines)


def cells(*columns):
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in columns) + " |"


def reference(table):
    lines = [
        f"<!-- SPDX-License-Identifier: Apache-2.0. Made by rtl/mapgen.py from {SOURCE}. -->",
        "# Register reference",
        "",
        f"Map hash `0x{table['hash']:08x}`. Offsets in octets; registers and descriptors are little-endian.",
        "",
    ]
    for key, title in (("pci", "PCI identity"), ("limits", "Limits and fixed offsets")):
        lines += [f"## {title}", "", cells("name", "value"), cells("---", "---")]
        lines += [cells(name, f"0x{value:x}") for name, value in table[key].items()] + [""]
    for key, title in (
        ("register", "Registers of a function (BAR 0)"),
        ("queue_register", "Registers of a queue pair (BAR 0, queue_base + pair * queue_stride)"),
        ("doorbell", "Doorbell page of a queue pair (BAR 0, doorbell_base + pair * doorbell_stride)"),
    ):
        lines += [f"## {title}", "", cells("offset", "name", "access", "meaning"), cells(*["---"] * 4)]
        lines += [cells(f"0x{r['offset']:03x}", r["name"], r["access"], r["text"]) for r in table[key]] + [""]
    for key, title in (("submission", "Submission entry, 64 octets"), ("completion", "Completion entry, 16 octets")):
        lines += [f"## {title}", "", cells("offset", "octets", "name", "meaning"), cells(*["---"] * 4)]
        lines += [cells(r["offset"], r["size"], r["name"], r["text"]) for r in table[key]] + [""]
    lines += ["## Opcodes", "", "k is `parameter`, the modulus in octets; for curves `parameter` is the curve's id and n its octets;",
              "`|` joins octet strings.", "",
              cells("value", "name", "class", "key block", "source", "result", "meaning"), cells(*["---"] * 7)]
    lines += [cells(f"0x{r['value']:02x}", r["name"], r["class"], r["key"], r["source"], r["result"], r["text"])
              for r in table["opcode"]] + [""]
    lines += ["## Curves", "", cells("value", "name", "octets", "meaning"), cells(*["---"] * 4)]
    lines += [cells(f"0x{r['value']:02x}", r["name"], r["octets"], r["text"]) for r in table["curve"]] + [""]
    for key, title in (("status", "Status codes"), ("error", "Error codes")):
        lines += [f"## {title}", "", cells("value", "name", "meaning"), cells(*["---"] * 3)]
        lines += [cells(f"0x{r['value']:02x}", r["name"], r["text"]) for r in table[key]] + [""]
    return "\n".join(lines)


OUTPUTS = {
    "rtl/tlscard_map.v": verilog,
    "driver/tlscard_map.h": c_header,
    "sim/card_pci.h": sim_header,
    "docs/registers.md": reference,
}


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 1
    try:
        table = load()
        check(table)
    except (ValueError, KeyError) as error:
        print(f"mapgen: {error}", file=sys.stderr)
        return 1
    stale = []
    for name, make in OUTPUTS.items():
        path, text = ROOT / name, make(table)
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if not arguments:
                path.write_text(text)
    if arguments and stale:
        print(f"mapgen: stale: {', '.join(stale)}; run 'make map'", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
