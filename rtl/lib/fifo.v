// SPDX-License-Identifier: Apache-2.0
// First-in first-out queue in one clock domain; the oldest entry stands in a register at the output.
//
// Holds DEPTH + 1 entries. An entry put into an empty queue is at the output in the next cycle;
// in and out may move in every cycle. Entries are not erased as they leave.

module fifo #(
    parameter WIDTH = 32,
    parameter DEPTH = 16 // a power of two, 2 or more
) (
    input                    clk,
    input                    rst,
    input                    in_valid,
    output                   in_ready,
    input        [WIDTH-1:0] in_data,
    output logic             out_valid,
    input                    out_ready,
    output logic [WIDTH-1:0] out_data
);
    localparam INDEX = $clog2(DEPTH);

    logic [WIDTH-1:0] memory[0:DEPTH-1];
    logic [INDEX:0] written, read; // their difference is the number of entries in memory

    wire empty = written == read;
    wire put = in_valid && in_ready;
    wire load = !out_valid || out_ready;

    assign in_ready = written[INDEX] == read[INDEX] || written[INDEX-1:0] != read[INDEX-1:0];

    always_ff @(posedge clk) begin
        if (put && !(load && empty)) begin
            memory[written[INDEX-1:0]] <= in_data;
            written <= written + 1'b1;
        end
        if (load) begin
            out_valid <= !empty || put;
            if (!empty) begin
                out_data <= memory[read[INDEX-1:0]];
                read <= read + 1'b1;
            end else if (put)
                out_data <= in_data;
        end
        if (rst) begin
            written <= '0;
            read <= '0;
            out_valid <= 1'b0;
        end
    end
endmodule
