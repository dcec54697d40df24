// SPDX-License-Identifier: Apache-2.0
// Dual-port RAM whose words are erased as they are read: one write port, one port that reads and writes zero.
//
// The take port is a block RAM's read-first port. Both ports must not meet at one address in one cycle.
// The words start as zero. The output holds while take_enable is low; take_clear makes it zero.

module ram_erase #(
    parameter WIDTH = 32,
    parameter DEPTH = 1024
) (
    input                            clk,
    input                            put_enable,
    input        [$clog2(DEPTH)-1:0] put_address,
    input        [WIDTH-1:0]         put_data,
    input                            take_enable,
    input        [$clog2(DEPTH)-1:0] take_address,
    input                            take_clear,
    output logic [WIDTH-1:0]         take_data
);
    (* nomem2reg *) logic [WIDTH-1:0] memory[0:DEPTH-1] /* verilator public_flat_rd */;

    initial for (integer i = 0; i < DEPTH; i = i + 1) memory[i] = '0;

    // The blocking writes cost the simulator less; nothing outside this block reads the memory.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        if (take_clear) take_data <= '0;
        else if (take_enable) take_data <= memory[take_address];
        if (take_enable) memory[take_address] = '0;
        if (put_enable) memory[put_address] = put_data;
    end
    /* verilator lint_on BLKSEQ */
endmodule
