// SPDX-License-Identifier: Apache-2.0
// The multiplier array and its carry chain: columns of word products in, words of a result out.
//
// A chain is a run of columns of rising weight, a column a run of products of equal weight
// (a[i] * b[k - i]), one product a cycle. Each column gives one 130-bit word of the chain's sum,
// seven cycles after its last product. Stages, each a cycle after the one before:
//   1  limbs: five of 26 bits of a, eight of 17 bits of b
//   2  forty products of 26 x 17 bits, each a DSP48E2 slice
//   3  forty accumulators of 48 bits, those slices' own
//   4  pairs of accumulators 17 bits apart: twenty numbers of 65 bits
//   5  ten sums of what these have in each 26-bit digit of the column
//   6  five digits: the upper five of the column before, an addend word and a constant added
//   7  the word: all above bit 26 moved to the next digit, in one carry chain
// A chain's last column may be `wide`: the word above, which a column without products would take
// out a cycle later, then comes with its own; nothing but the carry is added to it.
//
// A column has at most 32 products, and 32 * (2^26 - 1) * (2^17 - 1) + 2^31 < 2^48, so neither an
// accumulator nor a pair overflows. Doubled words of a square have 131 bits; there are half as many
// of them.
//
// With TLSCARD_DSP48E2 defined stages 1 to 4 are slices as they are on UltraScale+ devices, a pair's
// upper one a cycle behind; without it they are written for the simulator. The words are the same.

module pke_product (
    input  logic         clk,
    // a product: with it its two words
    input  logic         valid,
    input  logic         first,         // of its column
    input  logic         last,          // of its column
    input  logic         zero,          // counts as zero
    input  logic         one,           // a counts as 1
    input  logic         twice,        // b counts twice
    input  logic [129:0] a,
    input  logic [129:0] b,
    // what the column needs, four cycles after its last product, or five where no other
    // column ends between; one that only takes the last carry of a chain has no products at all
    input  logic         column_valid,
    input  logic         column_empty,
    input  logic         column_wide,   // the word above comes with the column's; its chain ends
    input  logic         chain_first,   // the column is the first of its chain
    input  logic         addend_enable,
    input  logic         addend_invert, // the addend is 2^130 - 1 - c
    input  logic [129:0] c,
    input  logic [2:0]   constant,      // KONST of pke_isa
    // a word of the sum, three cycles after that
    output logic         word_valid,
    output logic [129:0] word,
    output logic [129:0] word_above     // of a wide column
);
    logic valid_1, first_1, last_1, valid_2, first_2, last_2, last_3, last_4, last_6, last_7;
    logic chain_first_6, chain_first_7, empty_6, wide_6, wide_7, carry;
    // Arrays have a power of two of entries, so that an index needs no check; not all are used.
    // An index in {} is unsigned, as 4'(8) alone would not be.
    logic [16:0] pair_low [0:31];       // of limb i and limbs 2 k and 2 k + 1 at {i, k}
    logic [47:0] pair_high [0:31];
    logic [16:0] low_part;
    logic [47:0] high_part;
    logic [39:0] digit [0:15];
    logic [26:0] addend [0:7];
    logic [40:0] column [0:7];
    logic [39:0] upper [0:7];           // of the column before
    logic [14:0] moved;                 // out of the top digit of the column before
    logic [130:0] low, high, sum;
    integer i, k;

`ifdef TLSCARD_DSP48E2
    logic valid_3, first_3;
    logic [129:0] a_operand;
    logic [135:0] b_operand;
    assign a_operand = zero ? 130'd0 : one ? 130'd1 : a;
    assign b_operand = twice ? {5'd0, b, 1'b0} : {6'd0, b};
    logic [339:0] lower_totals;
    logic [959:0] pair_totals;
    always_ff @(posedge clk) begin
        valid_3 <= valid_2;
        first_3 <= first_2;
    end
    genvar m, n;
    generate
        for (m = 0; m < 5; m = m + 1) begin : row
            for (n = 0; n < 4; n = n + 1) begin : place
                dsp48e2_pair slices (
                    .clk(clk), .valid(valid), .valid_1(valid_1), .valid_2(valid_2), .valid_3(valid_3), .first_2(first_2),
                    .first_3(first_3), .last_3(last_3), .a(a_operand[26 * m +: 26]), .b(b_operand[34 * n +: 34]),
                    .lower(lower_totals[17 * (4 * m + n) +: 17]), .total(pair_totals[48 * (4 * m + n) +: 48])
                );
            end
        end
    endgenerate
`else
    logic [25:0] a_limb [0:7];
    logic [16:0] b_limb [0:7];
    logic [42:0] partial [0:63];        // of limbs i and j at {i, j}
    logic [47:0] total [0:63];
    logic [135:0] b_operand;
    integer j;
`endif

    // The stages stand last first, each reading what the one before it held until this edge: so
    // blocking assignments are registers, of which the simulator need not keep second copies.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        // 7: the carry chain is as long as the word, or two words
        word_valid <= last_7;
        if (last_7) begin
            low = {1'b0, column[4][25:0], column[3][25:0], column[2][25:0], column[1][25:0], column[0][25:0]};
            high = {12'd0, column[3][40:26], 11'd0, column[2][40:26], 11'd0, column[1][40:26], 11'd0, column[0][40:26],
                    10'd0, chain_first_7 ? 16'd0 : {1'b0, moved} + {15'd0, carry}};
            sum = low + high;
            word <= sum[129:0];
            carry = sum[130];
            moved = column[4][40:26];
            if (wide_7) begin
                low = {1'b0, upper[4][25:0], upper[3][25:0], upper[2][25:0], upper[1][25:0], upper[0][25:0]};
                high = {13'd0, upper[3][39:26], 12'd0, upper[2][39:26], 12'd0, upper[1][39:26], 12'd0, upper[0][39:26],
                        10'd0, {1'b0, moved} + {15'd0, carry}};
                word_above <= 130'(low + high);
            end
        end

        // 6
        if (last_6) begin
            for (i = 0; i < 5; i = i + 1) begin
                column[i[2:0]] = {14'd0, addend[i[2:0]]} + (chain_first_6 ? 41'd0 : {1'b0, upper[i[2:0]]})
                    + {1'b0, empty_6 ? 40'd0 : digit[i[3:0]]};
                upper[i[2:0]] = empty_6 ? 40'd0 : digit[{4'(i + 5)}];
            end
            chain_first_7 = chain_first_6;
            wide_7 = wide_6;
        end

`ifdef TLSCARD_DSP48E2
        for (i = 0; i < 5; i = i + 1)
            for (k = 0; k < 4; k = k + 1) pair_high[{i[2:0], k[1:0]}] = pair_totals[48 * (4 * i + k) +: 48];
`endif
        // 5: pair {i, k} weighs 2^(26 i + 34 k), and of its 65 bits one to four digits have some: sums
        // below 12 * 2^26, but for the topmost, below 2^(271 - 234) and a carry
        if (last_4) begin
            for (i = 0; i < 10; i = i + 1) digit[i[3:0]] = 40'd0;
            for (i = 0; i < 5; i = i + 1) begin
                low_part = pair_low[{i[2:0], 2'd0}];
                high_part = pair_high[{i[2:0], 2'd0}];
                digit[i[3:0]] = digit[i[3:0]] + {14'd0, high_part[8:0], low_part};
                digit[{4'(i + 1)}] = digit[{4'(i + 1)}] + {14'd0, high_part[34:9]};
                digit[{4'(i + 2)}] = digit[{4'(i + 2)}] + {27'd0, high_part[47:35]};
                low_part = pair_low[{i[2:0], 2'd1}];
                high_part = pair_high[{i[2:0], 2'd1}];
                digit[{4'(i + 1)}] = digit[{4'(i + 1)}] + {14'd0, high_part[0], low_part, 8'd0};
                digit[{4'(i + 2)}] = digit[{4'(i + 2)}] + {14'd0, high_part[26:1]};
                digit[{4'(i + 3)}] = digit[{4'(i + 3)}] + {19'd0, high_part[47:27]};
                low_part = pair_low[{i[2:0], 2'd2}];
                high_part = pair_high[{i[2:0], 2'd2}];
                digit[{4'(i + 2)}] = digit[{4'(i + 2)}] + {14'd0, low_part[9:0], 16'd0};
                digit[{4'(i + 3)}] = digit[{4'(i + 3)}] + {14'd0, high_part[18:0], low_part[16:10]};
                digit[{4'(i + 4)}] = digit[{4'(i + 4)}] + {14'd0, high_part[44:19]};
                digit[{4'(i + 5)}] = digit[{4'(i + 5)}] + {37'd0, high_part[47:45]};
                low_part = pair_low[{i[2:0], 2'd3}];
                high_part = pair_high[{i[2:0], 2'd3}];
                digit[{4'(i + 3)}] = digit[{4'(i + 3)}] + {14'd0, low_part[1:0], 24'd0};
                digit[{4'(i + 4)}] = digit[{4'(i + 4)}] + {14'd0, high_part[10:0], low_part[16:2]};
                digit[{4'(i + 5)}] = digit[{4'(i + 5)}] + (i == 4 ? {3'd0, high_part[47:11]} : {14'd0, high_part[36:11]});
                if (i < 4) digit[{4'(i + 6)}] = digit[{4'(i + 6)}] + {29'd0, high_part[47:37]};
            end
        end
        if (column_valid) begin
            for (i = 0; i < 5; i = i + 1)
                addend[i[2:0]] = {1'b0, addend_enable ? c[26 * i +: 26] ^ {26{addend_invert}} : 26'd0};
            if (constant == pke_isa::KONST_ONE) addend[0] = addend[0] + 27'd1;
            if (constant == pke_isa::KONST_TWO) addend[0] = addend[0] + 27'd2;
            if (constant == pke_isa::KONST_GUARD) addend[0] = addend[0] + 27'd64;
            if (constant == pke_isa::KONST_TOP) addend[4] = addend[4] + (27'd1 << pke_isa::TOP_BIT);
            chain_first_6 = chain_first;
            empty_6 = column_empty;
            wide_6 = column_wide;
        end

`ifdef TLSCARD_DSP48E2
        // 4
        for (i = 0; i < 5; i = i + 1)
            for (k = 0; k < 4; k = k + 1) begin
                pair_low[{i[2:0], k[1:0]}] = lower_totals[17 * (4 * i + k) +: 17];
            end
`else
        // 4
        if (last_3)
            for (i = 0; i < 5; i = i + 1)
                for (k = 0; k < 4; k = k + 1) begin
                    pair_low[{i[2:0], k[1:0]}] = total[{i[2:0], k[1:0], 1'b0}][16:0];
                    pair_high[{i[2:0], k[1:0]}] = total[{i[2:0], k[1:0], 1'b1}]
                        + {17'd0, total[{i[2:0], k[1:0], 1'b0}][47:17]};
                end

        // 3
        if (valid_2)
            for (i = 0; i < 5; i = i + 1)
                for (j = 0; j < 8; j = j + 1)
                    total[{i[2:0], j[2:0]}] = (first_2 ? 48'd0 : total[{i[2:0], j[2:0]}])
                        + {5'd0, partial[{i[2:0], j[2:0]}]};

        // 2
        if (valid_1)
            for (i = 0; i < 5; i = i + 1)
                for (j = 0; j < 8; j = j + 1)
                    partial[{i[2:0], j[2:0]}] = {17'd0, a_limb[i[2:0]]} * {26'd0, b_limb[j[2:0]]};

        // 1
        if (valid) begin
            for (i = 0; i < 5; i = i + 1) a_limb[i[2:0]] = zero ? 26'd0 : one ? {25'd0, i == 0} : a[26 * i +: 26];
            b_operand = twice ? {5'd0, b, 1'b0} : {6'd0, b};
            for (j = 0; j < 8; j = j + 1) b_limb[j[2:0]] = b_operand[17 * j +: 17];
        end
`endif

        last_7 = last_6;
        last_6 = column_valid;
        last_4 = last_3;
        last_3 <= last_2;
        last_2 = last_1;
        first_2 <= first_1;
        valid_2 <= valid_1;
        last_1 = valid && last;
        first_1 = first;
        valid_1 <= valid;
    end
    /* verilator lint_on BLKSEQ */
endmodule
