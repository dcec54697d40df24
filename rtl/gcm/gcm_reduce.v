// SPDX-License-Identifier: Apache-2.0
// Reduces a product modulo x^128 + x^7 + x^2 + x + 1, the field of SP 800-38D section 6.3, in a cycle.
//
// The coefficient of x^k is bit 127 - k of a field element, that is, of a block whose first octet is
// [127:120]; so it is bit 254 - k of a product of two of them.

module gcm_reduce (
    input                clk,
    input                enable,
    input        [254:0] product,
    output logic [127:0] result
);
    // x^128 = 1 + x + x^2 + x^7. Multiplying by x^k moves right, and what falls out on the right, at
    // most seven coefficients, is folded in once more.
    function automatic [127:0] reduce(input [63:0] p3, input [63:0] p2, input [63:0] p1, input [63:0] p0);
        logic [63:0] q1;
        q1 = p1 ^ p0 << 63 ^ p0 << 62 ^ p0 << 57;
        reduce[127:64] = p3 ^ q1 ^ q1 >> 1 ^ q1 >> 2 ^ q1 >> 7;
        reduce[63:0] = p2 ^ p0 ^ (p0 >> 1 | q1 << 63) ^ (p0 >> 2 | q1 << 62) ^ (p0 >> 7 | q1 << 57);
    endfunction

    always_ff @(posedge clk)
        if (enable) result <= reduce(product[254:191], product[190:127], product[126:63], {product[62:0], 1'b0});
endmodule
