#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""List every signal of a Verilated module, from the header Verilator made, as a C table.

Usage: state.py NAME DIRECTORY OUTPUT
Reads DIRECTORY/VNAME___024root.h and the members of DIRECTORY/NAME_model.h; writes OUTPUT, a header
with one STATE(member, octets of an entry, bits of it, entries) for each. A signal or memory that is
new in the RTL is in the list without anybody's doing. What newer Verilators keep of a function's call
(__Vlem) is no signal.
"""

import pathlib
import re
import sys

SIGNAL = re.compile(r"^\s*(?:VL_(?:IN|OUT)(?:8|16|64|W)?\(&?)?(?:VlUnpacked<)?(CData|SData|IData|QData|VlWide<(\d+)>)"
                    r"/\*(\d+):0\*/(?:, (\d+)>)? (\w+);", re.M)
OCTETS = {"CData": 1, "SData": 2, "IData": 4, "QData": 8}


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 1
    name, directory, output = arguments[0], pathlib.Path(arguments[1]), pathlib.Path(arguments[2])
    members = set(re.findall(r"^    uint\d+_t \*(\w+);", (directory / f"{name}_model.h").read_text(), re.M))
    rows = []
    for kind, words, top, entries, signal in SIGNAL.findall((directory / f"V{name}___024root.h").read_text()):
        if signal.startswith(name + "__DOT__") and "____Vlem" not in signal:
            member = signal[len(name) + 7:].replace("__DOT__", "__")
            if member not in members:
                print(f"state.py: {name}_model.h has no member {member}", file=sys.stderr)
                return 1
            octets = 4 * int(words) if words else OCTETS[kind]
            rows.append(f"STATE({member}, {octets}, {int(top) + 1}, {entries or 1})")
    if len(rows) < 100:
        print(f"state.py: {len(rows)} signals found; another Verilator's header?", file=sys.stderr)
        return 1
    output.write_text("/* Made by tests/rtl/state.py. */\n" + "\n".join(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
