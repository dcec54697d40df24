// SPDX-License-Identifier: Apache-2.0
// Reduces products of two words of P-256 and of Curve25519 behind the multiplier, in four cycles.
//
// The result stands in the fourth cycle after `valid`; products are at least three cycles apart. Of
// numbers nothing is left here once a product of zero of each curve has passed.
//
// P-256: result = product / 2^288 mod p, as (T + Q p) / 2^288 with T the product and Q below 2^288.
// As p = -1 mod 2^96, Q has the 96-bit digits x0, x1, x2 that T has, once the multiples of p before
// have been added: x p / 2^96 + x / 2^96 = x + 2^96 f(x), f(x) = x + 2^64 x - 2^32 x. With T of digits
// t0 .. t5, digit i is t_i + x_{i-1} + (f(x_{i-2}) mod 2^96) + (f(x_{i-3}) / 2^96) and a carry; those
// up to i = 2 are the x, the others the result. T < 2^520, so the result is below p + 2^232 < 2^257.
//
// Curve25519: 2^260 = 608 = 19 * 32 modulo 2^255 - 19, so V = L + 608 H is below 609 * 2^260, and what
// it has above bit 254, v < 2^15, counts 19 times: the result is below 2^255 + 2^19.

module pke_reduce (
    input  logic         clk,
    input  logic         valid,
    input  logic         curve25519,    // with valid: this one of the two
    input  logic [519:0] product,
    output logic         result_valid,
    output logic [259:0] result
);
    logic valid_2, valid_3, valid_4, is_25519;
    logic [519:288] held;               // of the product
    // P-256
    logic [95:0] digit;                 // the newest: x1, x2, the result's lowest
    logic [63:0] earlier;               // bits 95:32 of the x before that
    logic [98:0] partial, sum;          // of the digit after it, all but x and carry; signed
    logic [2:0] carry;                  // -1 .. 3
    logic [95:0] near, term, plus, minus;
    logic [63:0] far;
    logic [64:0] top;
    // Curve25519
    logic [259:0] held_low;
    logic [129:0] upper;
    logic [134:0] nineteen;
    logic [139:0] low, high;
    logic [14:0] excess;
    logic [20:0] bottom;

    // The stages stand last first, each reading what the one before it held until this edge: so
    // blocking assignments are registers, of which the simulator need not keep second copies.
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        // 4
        result_valid <= valid_4;
        if (valid_4 && !is_25519)
            result <= {3'd0, {top, partial[95:0]} + {{62{partial[98]}}, partial[98:96], 96'd0} + {{158{carry[2]}}, carry}, digit};
        if (valid_4 && is_25519) begin
            excess = high[139:125];
            bottom = {1'b0, low[19:0]} + {2'd0, excess, 4'd0} + {5'd0, excess, 1'b0} + {6'd0, excess};
            result[19:0] <= bottom[19:0];
            result[129:20] <= low[129:20] + {109'd0, bottom[20]};
            result[259:130] <= {5'd0, high[124:0]} + {129'd0, bottom[20] && &low[129:20]};
        end

        // 2 and 3
        if (valid_3 && is_25519) high = {10'd0, held_low[259:130]} + {nineteen, 5'd0} + {130'd0, low[139:130]};
        if (valid_2 && is_25519) low = {10'd0, held_low[129:0]} + {nineteen, 5'd0};
        if (valid_3 && !is_25519) top = {25'd0, held[519:480]} + {1'b0, digit[95:32]} - {33'd0, digit[95:64]};
        if ((valid_2 || valid_3) && !is_25519) sum = partial + {3'd0, digit} + {{96{carry[2]}}, carry};

        // 1 to 3: the next digit but for what is not known yet
        if (valid ? !curve25519 : (valid_2 || valid_3) && !is_25519) begin
            near = valid ? product[95:0] : digit;
            far = valid ? 64'd0 : earlier;
            term = valid ? product[287:192] : valid_2 ? held[383:288] : held[479:384];
            plus = {near[31:0], far};
            minus = {near[63:0], far[63:32]};
            partial = {3'd0, term} + {3'd0, near} + {3'd0, plus} - {3'd0, minus};
            earlier = near[95:32];
            if (valid) sum = {3'd0, product[191:96]} + {3'd0, product[95:0]};
            {carry, digit} = sum;
        end
        if (valid ? curve25519 : valid_2 && is_25519) begin
            upper = valid ? product[389:260] : held[519:390];
            nineteen = {1'b0, upper, 4'd0} + {4'd0, upper, 1'b0} + {5'd0, upper};
        end
        if (valid) begin
            held = product[519:288];
            if (curve25519) held_low = product[259:0];
            is_25519 = curve25519;
        end
        valid_4 = valid_3;
        valid_3 = valid_2;
        valid_2 = valid;
    end
    /* verilator lint_on BLKSEQ */
endmodule
