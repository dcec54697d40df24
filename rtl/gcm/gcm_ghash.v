// SPDX-License-Identifier: Apache-2.0
// GHASH (SP 800-38D section 6.4) of record after record, a block a cycle, by Horner's rule with a stride of four.
//
// The multiplier takes four cycles, so block i meets the product of block i - 4: it is multiplied by
// H^4 if four more blocks follow, otherwise by H^(blocks left, with itself). The sum of the last
// products, up to four, is the hash. Where a block is late the products wait for it: register 4 for
// its block, the others close up behind. There are never more than four, so a block never waits.
// Bits of a block as gcm_reduce has them.

module gcm_ghash (
    input          clk,
    input          rst,
    // the record's powers, before its first block
    input          load,
    input  [127:0] power_1,
    input  [127:0] power_2,
    input  [127:0] power_3,
    input  [127:0] power_4,
    input          valid,
    input  [127:0] block,
    input          final_in,            // at most three blocks follow
    input  [1:0]   power,               // if so: how many
    input          last,                // none follows: this was the block of lengths
    input          flush,               // with last: blocks are missing, and the hash will be of no use
    output logic         done,
    output logic [127:0] hash
);
    logic [127:0] h_1, h_2, h_3, h_4;
    logic [127:0] sum, operand, factor;
    wire [127:0] product;
    // Of the multiplier's registers: filled; nothing follows that waits for it; the last of its record
    logic [4:1] filled, finals, lasts;
    logic [2:0] begun;                  // blocks of this record so far, up to 4
    wire chain = begun[2];

    // Register n takes what n - 1 has if it is empty or hands on.
    wire leave = filled[4] && (finals[4] || valid && chain);
    wire [4:1] open = {
        !filled[4] || leave,
        !filled[4] || leave || !filled[3],
        !filled[4] || leave || !filled[3] || !filled[2],
        !filled[4] || leave || !filled[3] || !filled[2] || !filled[1]
    };
    wire [4:1] move = open & {filled[3:1], valid};

    gcm_multiply multiply (.clk, .enable(move), .a(operand), .b(factor), .result(product));

    always_comb begin
        operand = '0;
        factor = '0;
        if (valid) begin
            operand = chain ? block ^ product : block;
            if (!final_in) factor = h_4;
            else
                case (power)
                    2'd0: factor = h_1;
                    2'd1: factor = h_2;
                    2'd2: factor = h_3;
                    default: factor = h_4;
                endcase
        end
    end

    always_ff @(posedge clk) begin
        if (load) begin
            h_1 <= power_1;
            h_2 <= power_2;
            h_3 <= power_3;
            h_4 <= power_4;
        end
        if (load || valid && last) begun <= '0;
        else if (valid && !chain) begun <= begun + 1'b1;

        for (integer n = 1; n <= 4; n = n + 1)
            if (open[n]) filled[n] <= n == 1 ? valid : filled[n-1];
        if (open[1]) {lasts[1], finals[1]} <= {last, final_in};
        for (integer n = 2; n <= 4; n = n + 1)
            if (open[n]) {lasts[n], finals[n]} <= {lasts[n-1], finals[n-1]};
        if (valid && flush) finals <= '1;

        done <= leave && lasts[4];
        hash <= '0;
        if (leave && finals[4]) begin
            if (lasts[4]) hash <= sum ^ product;
            sum <= lasts[4] ? '0 : sum ^ product;
        end
        if (rst) begin
            filled <= '0;
            begun <= '0;
            done <= 1'b0;
            sum <= '0;
        end
    end
endmodule
