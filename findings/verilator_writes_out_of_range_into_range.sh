#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verilator: a part-select written outside its vector changes bits inside it.
#
# Versions: Debian's verilator 5.006-3 and 5.032-1+b2, beside iverilog 11.0-1.1+b1 and 12.0-2+b1.
# Guess: bits of a part-select that lie outside a vector are not written, those inside are (IEEE 1800, 11.5.1), so that
# `v[i -: 4]` with i = 1 sets the two lowest bits of eight.
# Seen: so in Icarus. In Verilator's model the start is taken modulo the next power of two, without a warning:
#               i=6 [i+:4]  i=9 [i+:4]  i=-2 [i+:4]  i=1 [i-:4]
#   Icarus      11000000    00000000    00000011     00000011
#   Verilator   11000000    00011110    11000000     11000000
# What runs past the upper end is right, what starts outside is not: shifters that rely on what falls off pass in one
# simulator and fail in the other. Remedy: write by a shift and a mask (`v | 12'hf << i`), or only where the start is inside.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

cat >select.sv <<'SV'
module top;
    integer i;
    reg [7:0] past, beyond, below, down;
    initial begin
        past = 0; i = 6; past[i +: 4] = 4'hf;
        beyond = 0; i = 9; beyond[i +: 4] = 4'hf;
        below = 0; i = -2; below[i +: 4] = 4'hf;
        down = 0; i = 1; down[i -: 4] = 4'hf;
        $display("bits %b %b %b %b", past, beyond, below, down);
        $finish;
    end
endmodule
SV

# expect WHO WHAT: the line of bits in ./output is this one.
expect() {
    grep '^bits' output
    [ "$(grep '^bits' output)" = "bits $2" ] || { echo "It changed: $1 gives other bits."; exit 1; }
}

seen() {
    place=$1
    lay "$@" g++ make perl findutils grep sed coreutils dash
    cp select.sv "$place/tmp"
    within "$place" sh -ec 'cd /tmp; iverilog -g2012 -o icarus select.sv; vvp icarus' >output 2>&1 ||
        { cat output; echo "It changed: Icarus fails."; exit 1; }
    expect Icarus '11000000 00000000 00000011 00000011'
    within "$place" sh -ec 'cd /tmp; export LC_ALL=C; verilator --version
        verilator --binary --Mdir model --top-module top select.sv >log 2>&1 || { cat log; exit 1; }
        ! grep -q Warning log
        model/Vtop' >output 2>&1 || { cat output; echo "It changed: no model, or a warning."; exit 1; }
    head -n 1 output
    expect Verilator '11000000 00011110 11000000 11000000'
}
seen bookworm bookworm verilator=5.006-3 iverilog=11.0-1.1+b1
seen trixie trixie verilator=5.032-1+b2 iverilog=12.0-2+b1
echo "As seen: Verilator writes into the vector what lies outside of it."
