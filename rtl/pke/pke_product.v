// SPDX-License-Identifier: Apache-2.0
// The multiplier array and its carry chain: columns of word products in, words of a result out.
//
// A chain is a run of columns of rising weight, a column a run of products of equal weight
// (a[i] * b[k - i]), one product a cycle. Each column gives one 130-bit word of the chain's sum,
// seven cycles after its last product. Stages, each a cycle after the one before:
//   1  limbs: five of 26 bits of a, eight of 17 bits of b
//   2  forty products of 26 x 17 bits, each a DSP48E2 slice
//   3  forty accumulators of 48 bits, those slices' own
//   4  ten sums of accumulator pieces, by 26-bit digits of the column
//   5  five digits: the upper five of the column before, an addend word and a constant added
//   6  digits of 27 bits: all above bit 26 moved to the next digit
//   7  the word: single carries, looked ahead
// A chain's last column may be `wide`: the word above, which a column without products would take
// out a cycle later, then comes with its own; nothing but the carry is added to it.
// A column has at most 32 products, and 32 * (2^26 - 1) * (2^17 - 1) < 2^48, so no accumulator
// overflows. Doubled words of a square have 131 bits; there are half as many of them.

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
    // what the column needs for stage 5, four cycles after its last product, or five where no other
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
    logic valid_1, first_1, last_1, valid_2, first_2, last_2, last_3, last_5, last_6;
    logic chain_first_5, chain_first_6, wide_5, wide_6, carry, carry_in, propagate;
    logic [135:0] b_operand;
    // Arrays have a power of two of entries, so that an index needs no check; not all are used.
    // An index in {} is unsigned, as 4'(8) alone would not be.
    logic [25:0] a_limb [0:7];
    logic [16:0] b_limb [0:7];
    logic [42:0] partial [0:63];        // of limbs i and j at {i, j}
    logic [47:0] total [0:63];
    logic [47:0] digit [0:15];
    logic [49:0] column [0:7];
    logic [47:0] upper [0:7];           // of the column before
    logic [26:0] narrow [0:15];
    logic [23:0] moved;                 // out of the top digit of the column before
    logic [25:0] addend, added;
    integer i, j;

    // The stages stand last first, each reading what the one before it held until this edge: so
    // blocking assignments are registers, of which the simulator need not keep second copies.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        // 7: where a digit's low 26 bits are all ones it passes a carry on
        word_valid <= last_6;
        if (last_6) begin
            carry_in = carry && !chain_first_6;
            for (i = 0; i < 5; i = i + 1) begin
                propagate = &narrow[i[3:0]][25:0];
                word[26 * i +: 26] <= narrow[i[3:0]][25:0] + {25'd0, carry_in};
                carry_in = narrow[i[3:0]][26] || (propagate && carry_in);
            end
            carry = carry_in;
            if (wide_6)
                for (i = 5; i < 10; i = i + 1) begin
                    propagate = &narrow[i[3:0]][25:0];
                    word_above[26 * (i - 5) +: 26] <= narrow[i[3:0]][25:0] + {25'd0, carry_in};
                    carry_in = narrow[i[3:0]][26] || (propagate && carry_in);
                end
        end

        // 6: digits are below 2^48 + 2^48 + 2^27, so what is above bit 26 is below 2^24. With it the
        // next digit is below 2^27 - 2^24: a single carry into it never moves two out.
        if (last_5) begin
            narrow[0] = {1'b0, column[0][25:0]} + (chain_first_5 ? 27'd0 : {3'd0, moved});
            for (i = 1; i < 5; i = i + 1)
                narrow[i[3:0]] = {1'b0, column[i[2:0]][25:0]} + {3'd0, column[{3'(i - 1)}][49:26]};
            if (wide_5) begin
                narrow[5] = {1'b0, upper[0][25:0]} + {3'd0, column[4][49:26]};
                for (i = 6; i < 10; i = i + 1)
                    narrow[i[3:0]] = {1'b0, upper[{3'(i - 5)}][25:0]} + {5'd0, upper[{3'(i - 6)}][47:26]};
            end
            moved = column[4][49:26];
            chain_first_6 = chain_first_5;
            wide_6 = wide_5;
        end

        // 5
        if (column_valid) begin
            for (i = 0; i < 5; i = i + 1) begin
                addend = addend_enable ? c[26 * i +: 26] ^ {26{addend_invert}} : 26'd0;
                added = 26'd0;
                if (i == 0 && constant == pke_isa::KONST_ONE) added = 26'd1;
                if (i == 0 && constant == pke_isa::KONST_TWO) added = 26'd2;
                if (i == 0 && constant == pke_isa::KONST_GUARD) added = 26'd64;
                if (i == 4 && constant == pke_isa::KONST_TOP) added = 26'd1 << pke_isa::TOP_BIT;
                column[i[2:0]] = {2'd0, column_empty ? 48'd0 : digit[i[3:0]]} + (chain_first ? 50'd0 : {2'd0, upper[i[2:0]]}) + {24'd0, addend}
                    + {24'd0, added};
                upper[i[2:0]] = column_empty ? 48'd0 : digit[{4'(i + 5)}];
            end
            chain_first_5 = chain_first;
            wide_5 = column_wide;
        end

        // 4: the total of limbs i and j weighs 2^(26 i + 17 j): it is cut in two where a digit begins.
        // A digit gets at most one low and one high part for each j, so it is below
        // sum_j 2^(22 + 17 j mod 26) + 8 * 2^26 < 2^48.
        if (last_3) begin
            for (i = 0; i < 10; i = i + 1) digit[i[3:0]] = 48'd0;
            for (i = 0; i < 5; i = i + 1)
                for (j = 0; j < 8; j = j + 1) begin
                    digit[{4'(i + 17 * j / 26)}] = digit[{4'(i + 17 * j / 26)}]
                        + ((total[{i[2:0], j[2:0]}] << 17 * j % 26) & 48'h3ffffff);
                    digit[{4'(i + 17 * j / 26 + 1)}] = digit[{4'(i + 17 * j / 26 + 1)}]
                        + (total[{i[2:0], j[2:0]}] >> 26 - 17 * j % 26);
                end
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

        last_6 = last_5;
        last_5 = column_valid;
        last_3 = last_2;
        last_2 = last_1;
        first_2 = first_1;
        valid_2 = valid_1;
        last_1 = valid && last;
        first_1 = first;
        valid_1 = valid;
    end
    /* verilator lint_on BLKSEQ */
endmodule
