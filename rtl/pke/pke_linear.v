// SPDX-License-Identifier: Apache-2.0
// Sums and differences of field elements: x + f y, or x - f y + k p, of 260 bits, f = 1, 2 or 8.
//
// The rows come a cycle after `valid`; two halves of 130 bits are added one after the other, and the
// sum is written as `write_valid` is high, three cycles after `valid`. An operation may begin in each
// cycle. What a program adds and subtracts stays within 260 bits; `flag` is the carry of a difference
// without multiples of p: x is not less than f y.

module pke_linear #(
    parameter integer ROW_BITS = 11         // of a row's address
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                valid,
    input  logic [1:0]          factor,     // index into FACTORS of microcode.py
    input  logic                subtract,
    input  logic [2:0]          multiple,   // index into MULTIPLES of microcode.py
    input  logic                curve25519,
    input  logic                flag_valid, // the flag is wanted
    input  logic [ROW_BITS-1:0] d,
    // a cycle later
    input  logic [259:0]        x,
    input  logic [259:0]        y,
    output logic                write_valid,
    output logic                write_flag_valid,
    output logic                write_flag,
    output logic [ROW_BITS-1:0] write_row,
    output logic [259:0]        write_word
);
    localparam [259:0] P256 = (260'd1 << 256) - (260'd1 << 224) + (260'd1 << 192) + (260'd1 << 96) - 260'd1;
    localparam [259:0] P25519 = (260'd1 << 255) - 260'd19;

    logic valid_1, valid_2, subtract_1, curve25519_1, flag_valid_1, flag_valid_2;
    logic [1:0] factor_1;
    logic [2:0] multiple_1;
    logic [ROW_BITS-1:0] d_1, d_2;
    logic [259:0] shifted, constant;
    logic [131:0] low_sum;
    logic [130:0] high_sum;
    logic [129:0] low, x_high, y_high, constant_high;
    logic [1:0] carry;

    always_comb begin
        case ({curve25519_1, multiple_1})
            {1'b0, pke_isa::MULTIPLE_2}: constant = P256 << 1;
            {1'b0, pke_isa::MULTIPLE_3}: constant = (P256 << 1) + P256;
            {1'b0, pke_isa::MULTIPLE_9}: constant = (P256 << 3) + P256;
            {1'b0, pke_isa::MULTIPLE_11}: constant = (P256 << 3) + (P256 << 1) + P256;
            {1'b0, pke_isa::MULTIPLE_13}: constant = (P256 << 3) + (P256 << 2) + P256;
            {1'b1, pke_isa::MULTIPLE_2}: constant = P25519 << 1;
            default: constant = 260'd0;
        endcase
    end

    // The stages stand last first, as in pke_product.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        // 2: the upper half
        write_valid <= valid_2 && !rst;
        write_flag_valid <= valid_2 && flag_valid_2 && !rst;
        if (valid_2) begin
            high_sum = {1'b0, x_high} + {1'b0, y_high} + {1'b0, constant_high} + {129'd0, carry};
            write_word <= {high_sum[129:0], low};
            write_flag <= high_sum[130];
            write_row <= d_2;
        end

        // 1: the lower half
        if (valid_1) begin
            shifted = factor_1[1] ? y << 3 : factor_1[0] ? y << 1 : y;
            if (subtract_1) shifted = ~shifted;
            low_sum = {2'd0, x[129:0]} + {2'd0, shifted[129:0]} + {2'd0, constant[129:0]} + {131'd0, subtract_1};
            {carry, low} = low_sum;
            x_high = x[259:130];
            y_high = shifted[259:130];
            constant_high = constant[259:130];
            d_2 = d_1;
            flag_valid_2 = flag_valid_1;
        end
        if (valid) begin
            factor_1 = factor;
            subtract_1 = subtract;
            multiple_1 = multiple;
            curve25519_1 = curve25519;
            flag_valid_1 = flag_valid;
            d_1 = d;
        end
        valid_2 = valid_1 && !rst;
        valid_1 = valid && !rst;
    end
    /* verilator lint_on BLKSEQ */
endmodule
