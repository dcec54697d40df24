#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verilator 5: $random(seed) with a small seed gives runs of ones, not the standard's numbers.
#
# Versions: Debian's verilator 5.006-3 and 5.032-1+b2, beside iverilog 11.0-1.1+b1 and 12.0-2+b1.
# Guess: $random(seed) gives the same numbers in each simulator, as IEEE 1364-2005 (17.9.3) gives its algorithm in C; at the
# least, numbers that look random.
# Seen: after seed = 1, in hexadecimal:
#   Icarus      80010e00 9c598438 43593986 ae130c5c 672307ce ...
#   Verilator   ff7fffff 01ffffff 03ffffff 07ffffff 0fffffff 1fffffff 3fffffff 7fffffff ffffffff fffffffe ...
# Each draw seeds the generator anew with what the last one left, and so shifts it by one bit. A test that fills keys and
# plaintexts this way tests all ones, with seeds 1 and 3 nearly the same. Remedy: $urandom without a seed, or a
# generator of the test's own.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

cat >draws.sv <<'SV'
module top;
    integer seed, count;
    reg [31:0] drawn;
    initial begin
        seed = 1;
        for (count = 0; count < 10; count = count + 1) begin
            drawn = $random(seed);
            $write("%h ", drawn);
        end
        $display("");
        $finish;
    end
endmodule
SV

# expect WHO NUMBERS: the line of draws in ./output is this one.
expect() {
    line=$(grep '^[0-9a-f]\{8\} ' output)
    echo "$1: $line"
    [ "$line" = "$2 " ] || { cat output; echo "It changed: $1 gives other numbers."; exit 1; }
}

seen() {
    place=$1
    lay "$@" g++ make perl findutils grep sed coreutils dash
    cp draws.sv "$place/tmp"
    within "$place" sh -ec 'cd /tmp; iverilog -g2012 -o icarus draws.sv; vvp icarus' >output 2>&1 || true
    expect Icarus '80010e00 9c598438 43593986 ae130c5c 672307ce 63cc97c7 e3132cc6 f9d762f3 61d767c3 af8f485f'
    within "$place" sh -ec 'cd /tmp; export LC_ALL=C
        verilator --binary --Mdir model --top-module top draws.sv >log 2>&1 || cat log
        model/Vtop' >output 2>&1 || true
    expect Verilator 'ff7fffff 01ffffff 03ffffff 07ffffff 0fffffff 1fffffff 3fffffff 7fffffff ffffffff fffffffe'
}
seen bookworm bookworm verilator=5.006-3 iverilog=11.0-1.1+b1
seen trixie trixie verilator=5.032-1+b2 iverilog=12.0-2+b1
echo "As seen: Verilator's draws from a seed are runs of ones."
