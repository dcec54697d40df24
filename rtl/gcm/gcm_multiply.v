// SPDX-License-Identifier: Apache-2.0
// The product of two elements of GHASH's field, four cycles after them: Karatsuba's nine products of 32 bits.
//
// Each of the four registers has an enable of its own. Bits of an element as gcm_reduce has them.

module gcm_multiply (
    input          clk,
    input  [4:1]   enable,              // register n takes what register n - 1 holds
    input  [127:0] a,
    input  [127:0] b,
    output [127:0] result
);
    logic [127:0] a_1, b_1;
    wire [62:0] p [0:8];
    logic [63:0] middle, low_0, low_1, high_0, high_1, all_0, all_1;
    logic [63:0] word_0, word_1, word_2;
    logic [62:0] word_3;

    always_ff @(posedge clk)
        if (enable[1]) begin
            a_1 <= a;
            b_1 <= b;
        end

    // Of the lower half, of the upper half, and of the sum of both: the two words, and their sum
    wire [31:0] a_word [0:8], b_word [0:8];
    assign a_word[0] = a_1[31:0];
    assign a_word[1] = a_1[63:32];
    assign a_word[2] = a_1[31:0] ^ a_1[63:32];
    assign a_word[3] = a_1[95:64];
    assign a_word[4] = a_1[127:96];
    assign a_word[5] = a_1[95:64] ^ a_1[127:96];
    assign a_word[6] = a_1[31:0] ^ a_1[95:64];
    assign a_word[7] = a_1[63:32] ^ a_1[127:96];
    assign a_word[8] = a_1[31:0] ^ a_1[63:32] ^ a_1[95:64] ^ a_1[127:96];
    assign b_word[0] = b_1[31:0];
    assign b_word[1] = b_1[63:32];
    assign b_word[2] = b_1[31:0] ^ b_1[63:32];
    assign b_word[3] = b_1[95:64];
    assign b_word[4] = b_1[127:96];
    assign b_word[5] = b_1[95:64] ^ b_1[127:96];
    assign b_word[6] = b_1[31:0] ^ b_1[95:64];
    assign b_word[7] = b_1[63:32] ^ b_1[127:96];
    assign b_word[8] = b_1[31:0] ^ b_1[63:32] ^ b_1[95:64] ^ b_1[127:96];

    for (genvar n = 0; n < 9; n = n + 1) begin : word
        gcm_clmul clmul (.clk, .enable(enable[2]), .a(a_word[n]), .b(b_word[n]), .product(p[n]));
    end

    // Three products of halves of three products each, and the whole of these three in the same way.
    // The temporaries keep nothing: they are zero where nothing moves.
    always_comb begin
        {middle, low_0, low_1, high_0, high_1, all_0, all_1} = '0;
        if (enable[3]) begin
            middle = {1'b0, p[0] ^ p[1] ^ p[2]};
            low_0 = {1'b0, p[0]} ^ middle << 32;
            low_1 = {1'b0, p[1]} ^ middle >> 32;
            middle = {1'b0, p[3] ^ p[4] ^ p[5]};
            high_0 = {1'b0, p[3]} ^ middle << 32;
            high_1 = {1'b0, p[4]} ^ middle >> 32;
            middle = {1'b0, p[6] ^ p[7] ^ p[8]};
            all_0 = {1'b0, p[6]} ^ middle << 32;
            all_1 = {1'b0, p[7]} ^ middle >> 32;
        end
    end

    always_ff @(posedge clk)
        if (enable[3]) begin
            word_0 <= low_0;
            word_1 <= low_1 ^ low_0 ^ high_0 ^ all_0;
            word_2 <= high_0 ^ low_1 ^ high_1 ^ all_1;
            word_3 <= high_1[62:0];
        end

    gcm_reduce reduce (.clk, .enable(enable[4]), .product({word_3, word_2, word_1, word_0}), .result);
endmodule
