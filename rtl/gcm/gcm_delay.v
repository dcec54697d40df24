// SPDX-License-Identifier: Apache-2.0
// Hands on what comes, CYCLES cycles later.
//
// Every word of the ring is written anew within 2^BITS cycles, so zeros that come erase it.
// After reset the words that were on their way still come out.

module gcm_delay #(
    parameter WIDTH = 8,
    parameter CYCLES = 4                // 2 or more
) (
    input                    clk,
    input        [WIDTH-1:0] in,
    output logic [WIDTH-1:0] out
);
    localparam BITS = $clog2(CYCLES);
    localparam [BITS-1:0] DISTANCE = BITS'(CYCLES - 1);

    (* nomem2reg *) logic [WIDTH-1:0] memory [0:(1 << BITS) - 1];
    logic [BITS-1:0] position;

    initial begin
        position = '0;
        for (integer i = 0; i < 1 << BITS; i = i + 1) memory[i] = '0;
    end

    // The blocking write costs the simulator less; nothing outside this block reads the memory.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        out <= memory[position - DISTANCE];
        memory[position] = in;
        position <= position + 1'b1;
    end
    /* verilator lint_on BLKSEQ */
endmodule
