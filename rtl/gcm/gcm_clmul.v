// SPDX-License-Identifier: Apache-2.0
// The carry-less product of two words of 32 bits, in a cycle.

module gcm_clmul (
    input               clk,
    input               enable,
    input        [31:0] a,
    input        [31:0] b,
    output logic [62:0] product
);
    function automatic [62:0] multiply(input [31:0] x, input [31:0] y);
        logic [62:0] wide;
        wide = {31'd0, x};
        multiply = '0;
        for (integer i = 0; i < 32; i = i + 1) multiply = multiply ^ (wide << i & {63{y[i]}});
    endfunction

    always_ff @(posedge clk) if (enable) product <= multiply(a, b);
endmodule
