// SPDX-License-Identifier: Apache-2.0
// Cuts a transfer into memory request packets: sizes, byte enables and headers.
//
// A packet ends at each multiple of 128 << size octets, so none is longer than that and none crosses
// 4 KiB (PCIe base specification section 2.2.7). The header's Tag is zero.

module pcie_split #(
    parameter WRITE = 0 // 1: memory writes, 0: memory reads
) (
    input               clk,
    input               rst,
    input        [12:0] cfg_bus_device,
    input        [2:0]  size, // above 5 counts as 5

    input               in_valid,
    output              in_ready,
    input        [2:0]  in_function,
    input        [63:0] in_address,
    input        [16:0] in_length,

    output logic        out_valid,
    input               out_ready,
    output logic [2:0]  out_function,
    output       [63:0] out_address,
    output logic [12:0] out_octets,
    output logic [127:0] out_header,
    output logic        out_first,
    output logic        out_last
);
    logic [63:0] address;
    logic [16:0] remaining;

    logic [12:0] block, to_boundary;
    logic [10:0] dwords;
    logic [1:0] last_lane; // of the last octet
    logic [3:0] first_enables, last_enables;
    logic wide; // a 4-DW header

    assign out_address = address;
    assign in_ready = !out_valid || (out_ready && out_last);

    always_comb begin
        block = '0;
        to_boundary = '0;
        out_octets = '0;
        out_last = 1'b0;
        dwords = '0;
        last_lane = '0;
        first_enables = '0;
        last_enables = '0;
        wide = 1'b0;
        out_header = '0;
        if (out_valid) begin
            block = 13'd128 << (size > 3'd5 ? 3'd5 : size);
            to_boundary = block - ({1'b0, address[11:0]} & (block - 13'd1));
            out_last = remaining <= {4'd0, to_boundary};
            out_octets = out_last ? remaining[12:0] : to_boundary;
            dwords = 11'((out_octets + {11'd0, address[1:0]} + 13'd3) >> 2);
            last_lane = address[1:0] + out_octets[1:0] - 2'd1;
            first_enables = 4'b1111 << address[1:0];
            last_enables = 4'b1111 >> (2'd3 - last_lane);
            if (dwords == 11'd1) begin
                first_enables = first_enables & last_enables;
                last_enables = 4'b0000;
            end
            wide = address[63:32] != '0;
            out_header = {wide ? {address[31:2], 2'b00, address[63:32]} : {32'd0, address[31:2], 2'b00},
                          cfg_bus_device, out_function, 8'd0, last_enables, first_enables,
                          1'b0, 1'(WRITE), wide, 5'b00000, 14'd0, dwords[9:0]};
        end
    end

    always_ff @(posedge clk) begin
        if (in_ready) begin
            out_valid <= in_valid;
            if (in_valid) begin
                out_function <= in_function;
                address <= in_address;
                remaining <= in_length;
                out_first <= 1'b1;
            end
        end else if (out_ready) begin
            address <= address + {51'd0, out_octets};
            remaining <= remaining - {4'd0, out_octets};
            out_first <= 1'b0;
        end
        if (rst) out_valid <= 1'b0;
    end
endmodule
