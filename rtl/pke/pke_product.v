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
    // what the column needs for stage 5, four cycles after its last product
    input  logic         chain_first,   // the column is the first of its chain
    input  logic         addend_enable,
    input  logic         addend_invert, // the addend is 2^130 - 1 - c
    input  logic [129:0] c,
    input  logic [2:0]   constant,      // KONST of pke_isa
    // a word of the sum, three cycles after that
    output logic         word_valid,
    output logic [129:0] word
);
    logic valid_1, first_1, last_1, valid_2, first_2, last_2, last_3, last_4, last_5, last_6;
    logic chain_first_5, chain_first_6;
    logic [135:0] b_operand;
    assign b_operand = twice ? {5'd0, b, 1'b0} : {6'd0, b};

    always_ff @(posedge clk) begin
        valid_1 <= valid;
        first_1 <= first;
        last_1 <= valid && last;
        valid_2 <= valid_1;
        first_2 <= first_1;
        last_2 <= last_1;
        last_3 <= last_2;
        last_4 <= last_3;
        last_5 <= last_4;
        last_6 <= last_5;
        word_valid <= last_6;
        if (last_4) chain_first_5 <= chain_first;
        if (last_5) chain_first_6 <= chain_first_5;
    end

    genvar i, j;
    generate
        for (i = 0; i < 5; i = i + 1) begin : a_limb
            logic [25:0] limb;
            always_ff @(posedge clk)
                if (valid) limb <= zero ? 26'd0 : one ? (i == 0 ? 26'd1 : 26'd0) : a[26 * i +: 26];
        end
        for (j = 0; j < 8; j = j + 1) begin : b_limb
            logic [16:0] limb;
            always_ff @(posedge clk)
                if (valid) limb <= b_operand[17 * j +: 17];
        end
        for (i = 0; i < 5; i = i + 1) begin : row
            for (j = 0; j < 8; j = j + 1) begin : tile
                logic [42:0] partial;
                logic [47:0] total;
                always_ff @(posedge clk) begin
                    if (valid_1) partial <= {17'd0, a_limb[i].limb} * {26'd0, b_limb[j].limb};
                    if (valid_2) total <= (first_2 ? 48'd0 : total) + {5'd0, partial};
                end
            end
        end

        // The total of limbs i and j weighs 2^(26 i + 17 j): it is cut in two where a digit begins.
        // A digit gets at most one of the two pieces for each j, so its sum is below
        // sum_j 2^(22 + 17 j mod 26) + 8 * 2^26 < 2^48.
        for (i = 0; i < 10; i = i + 1) begin : digit
            for (j = 0; j < 8; j = j + 1) begin : piece
                localparam integer PLACE = i - 17 * j / 26;
                localparam integer SHIFT = 17 * j % 26;
                logic [47:0] low, high;
                if (PLACE >= 0 && PLACE < 5) begin : has_low
                    assign low = (row[PLACE].tile[j].total << SHIFT) & 48'h3ffffff;
                end else begin : no_low
                    assign low = 48'd0;
                end
                if (PLACE >= 1 && PLACE < 6) begin : has_high
                    assign high = row[PLACE - 1].tile[j].total >> (26 - SHIFT);
                end else begin : no_high
                    assign high = 48'd0;
                end
            end
            logic [47:0] sum;
            always_ff @(posedge clk)
                if (last_3)
                    sum <= piece[0].low + piece[0].high + piece[1].low + piece[1].high
                        + piece[2].low + piece[2].high + piece[3].low + piece[3].high
                        + piece[4].low + piece[4].high + piece[5].low + piece[5].high
                        + piece[6].low + piece[6].high + piece[7].low + piece[7].high;
        end

        // Digits of the word: sums below 2^48 + 2^48 + 2^27, so what is above bit 26 is below 2^24.
        for (i = 0; i < 5; i = i + 1) begin : column
            logic [49:0] total;
            logic [47:0] upper;         // of the column before
            logic [25:0] addend, added;
            assign addend = addend_enable ? c[26 * i +: 26] ^ {26{addend_invert}} : 26'd0;
            if (i == 0) begin : lowest
                assign added = constant == pke_isa::KONST_ONE ? 26'd1 : constant == pke_isa::KONST_TWO ? 26'd2
                    : constant == pke_isa::KONST_GUARD ? 26'd64 : 26'd0;
            end else if (i == 4) begin : highest
                assign added = constant == pke_isa::KONST_TOP ? 26'd1 << pke_isa::TOP_BIT : 26'd0;
            end else begin : middle
                assign added = 26'd0;
            end
            always_ff @(posedge clk)
                if (last_4) begin
                    total <= {2'd0, digit[i].sum} + (chain_first ? 50'd0 : {2'd0, upper}) + {24'd0, addend}
                        + {24'd0, added};
                    upper <= digit[i + 5].sum;
                end
        end

        // What moved up is below 2^24: a digit with it is below 2^27 - 2^24, so a single carry
        // into it never moves two.
        for (i = 0; i < 5; i = i + 1) begin : narrow
            logic [26:0] value;
            if (i == 0) begin : lowest
                logic [23:0] moved;     // out of the column before
                always_ff @(posedge clk)
                    if (last_5) begin
                        value <= {1'b0, column[0].total[25:0]} + (chain_first_5 ? 27'd0 : {3'd0, moved});
                        moved <= column[4].total[49:26];
                    end
            end else begin : upper
                always_ff @(posedge clk)
                    if (last_5) value <= {1'b0, column[i].total[25:0]} + {3'd0, column[i - 1].total[49:26]};
            end
        end
    endgenerate

    // Single carries. A digit passes one on where its low 26 bits are all ones.
    logic carry_0, carry_1, carry_2, carry_3, carry_4, carry;
    assign carry_0 = carry && !chain_first_6;
    assign carry_1 = narrow[0].value[26] || (&narrow[0].value[25:0] && carry_0);
    assign carry_2 = narrow[1].value[26] || (&narrow[1].value[25:0] && carry_1);
    assign carry_3 = narrow[2].value[26] || (&narrow[2].value[25:0] && carry_2);
    assign carry_4 = narrow[3].value[26] || (&narrow[3].value[25:0] && carry_3);
    always_ff @(posedge clk)
        if (last_6) begin
            word <= {narrow[4].value[25:0] + {25'd0, carry_4}, narrow[3].value[25:0] + {25'd0, carry_3},
                     narrow[2].value[25:0] + {25'd0, carry_2}, narrow[1].value[25:0] + {25'd0, carry_1},
                     narrow[0].value[25:0] + {25'd0, carry_0}};
            carry <= narrow[4].value[26] || (&narrow[4].value[25:0] && carry_4);
        end
endmodule
