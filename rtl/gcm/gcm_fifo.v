// SPDX-License-Identifier: Apache-2.0
// A queue that erases its entries as they leave; it never holds more than DEPTH, which its users see to.
//
// An entry put into an empty queue is at the output two cycles later. Without an entry the output is
// zero. Reset empties the queue; erasing all of it takes DEPTH cycles, in which sweeping is high and
// nothing may be put.

module gcm_fifo #(
    parameter WIDTH = 8,
    parameter DEPTH = 16                // a power of two
) (
    input              clk,
    input              rst,
    output logic       sweeping,
    input              put,
    input  [WIDTH-1:0] in,
    output logic       valid,
    output [WIDTH-1:0] out,
    input              take             // only while valid
);
    localparam BITS = $clog2(DEPTH);

    logic [BITS:0] written, read;       // their difference is the number of entries in memory

    wire load = !valid || take;
    wire move = load && written != read;

    ram_erase #(.WIDTH(WIDTH), .DEPTH(DEPTH)) entries (
        .clk, .put_enable(put), .put_address(written[BITS-1:0]), .put_data(in),
        .take_enable(move || sweeping), .take_address(read[BITS-1:0]), .take_clear(sweeping || take && !move),
        .take_data(out)
    );

    always_ff @(posedge clk) begin
        if (load) valid <= move && !sweeping;
        if (put) written <= written + 1'b1;
        if (move || sweeping) read <= read + 1'b1;
        if (sweeping && &read[BITS-1:0]) begin
            sweeping <= 1'b0;
            read <= '0;
        end
        if (rst) begin
            sweeping <= 1'b1;
            valid <= 1'b0;
            written <= '0;
            read <= '0;
        end
    end
endmodule
