#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make every signal of some modules public but their clocks: a Verilator configuration, from the Verilog.

Usage: public_signals.py OUTPUT SOURCE.v ...
A clock that is public is a signal of its own in each module that it reaches, and no longer changes in all of them at
once (seen with Verilator 5.048). So each name in a module's text is listed but "clk", "gated" and what counts in generate
loops; names of no signal are nothing to Verilator.
"""

import pathlib
import re
import sys

CLOCKS = {"clk", "gated"}
MODULE = re.compile(r"^module\s+(\w+)(.*?)^endmodule", re.M | re.S)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 1
    lines = ["`verilator_config"]
    for source in arguments[1:]:
        for module, text in MODULE.findall(COMMENT.sub("", pathlib.Path(source).read_text())):
            names = set(re.findall(r"(?<![\w.'$`])[a-z]\w*", text)) - CLOCKS - set(re.findall(r"\bgenvar (\w+)", text))
            lines += [f'public_flat_rd -module "{module}" -var "{name}"' for name in sorted(names)]
    if len(lines) == 1:
        print("public_signals.py: no module in " + " ".join(arguments[1:]), file=sys.stderr)
        return 1
    pathlib.Path(arguments[0]).write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
