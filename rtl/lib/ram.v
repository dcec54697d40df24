// SPDX-License-Identifier: Apache-2.0
// Simple dual-port RAM: one write port, one read port with a registered output, in one clock domain.
//
// A read of the address being written gives the old word. The output holds while read_enable is low.

module ram #(
    parameter WIDTH = 32,
    parameter DEPTH = 1024
) (
    input                            clk,
    input                            write_enable,
    input        [$clog2(DEPTH)-1:0] write_address,
    input        [WIDTH-1:0]         write_data,
    input                            read_enable,
    input        [$clog2(DEPTH)-1:0] read_address,
    output logic [WIDTH-1:0]         read_data
);
    (* nomem2reg *) logic [WIDTH-1:0] memory[0:DEPTH-1] /* verilator public_flat_rd */;

    // The blocking write costs the simulator less; nothing outside this block reads the memory.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        if (read_enable) read_data <= memory[read_address];
        if (write_enable) memory[write_address] = write_data;
    end
    /* verilator lint_on BLKSEQ */
endmodule
