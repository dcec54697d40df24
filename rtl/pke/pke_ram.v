// SPDX-License-Identifier: Apache-2.0
// A memory with one write port and one read port, read a cycle after its address.
//
// A read in the cycle of a write to the same address gives the old word; no user relies on it.

module pke_ram #(
    parameter integer WIDTH = 130,
    parameter integer ADDRESS_BITS = 12
) (
    input  logic                    clk,
    input  logic                    write,
    input  logic [ADDRESS_BITS-1:0] write_address,
    input  logic [WIDTH-1:0]        write_data,
    input  logic                    read,
    input  logic [ADDRESS_BITS-1:0] read_address,
    output logic [WIDTH-1:0]        read_data
);
    (* nomem2reg *)
    logic [WIDTH-1:0] words [0:(1 << ADDRESS_BITS) - 1] /* verilator public_flat_rd */;

    always_ff @(posedge clk) begin
        if (read) read_data <= words[read_address];
        if (write) words[write_address] <= write_data;
    end
endmodule
