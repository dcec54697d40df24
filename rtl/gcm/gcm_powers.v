// SPDX-License-Identifier: Apache-2.0
// H, H^2, H^3 and H^4 for a record, six cycles after H: squares, and one product of 32 by 128 bits a cycle.
//
// Squaring is linear and needs no multiplier. H^3 = H^2 H is made by Horner's rule over H's four words
// of 32 bits, that of the highest powers, [31:0], first. Bits of an element as gcm_reduce has them.
// The powers stand from the sixth cycle after start until the sixth after the next start; starts are
// at least six cycles apart. A zero H makes all of it zero.

module gcm_powers (
    input                clk,
    input                rst,
    input                start,
    input        [127:0] subkey,
    output logic [127:0] power_1,
    output       [127:0] power_2,
    output logic [127:0] power_3,
    output       [127:0] power_4
);
    logic [5:1] step;                   // one-hot: cycles since start
    logic [31:0] word;
    wire [62:0] p [0:3];
    logic [254:0] square, fourth;

    // A square's coefficients: those of the element, each at twice its power.
    function automatic [254:0] spread(input [127:0] element);
        spread = '0;
        for (integer i = 0; i < 128; i = i + 1) spread[2 * i] = element[i];
    endfunction

    // L x^128, for L of 32 coefficients, as gcm_reduce folds
    function automatic [127:0] fold(input [31:0] l);
        logic [63:0] wide;
        wide = {l, 32'd0};
        fold = {wide ^ wide >> 1 ^ wide >> 2 ^ wide >> 7, 64'd0};
    endfunction

    // z x^32 + C, where C is the sum of the words' products
    function automatic [127:0] horner(input [127:0] z, input [62:0] p0, input [62:0] p1, input [62:0] p2,
                                           input [62:0] p3);
        logic [159:0] c;
        c = {96'd0, p0, 1'b0} ^ {64'd0, p1, 33'd0} ^ {32'd0, p2, 65'd0} ^ {p3, 97'd0};
        horner = z >> 32 ^ c[159:32] ^ fold(z[31:0] ^ c[31:0]);
    endfunction

    always_comb begin
        square = '0;
        if (start) square = spread(subkey);
        fourth = '0;
        if (step[1]) fourth = spread(power_2);
        word = '0;
        case (1'b1)
            step[1]: word = power_1[31:0];
            step[2]: word = power_1[63:32];
            step[3]: word = power_1[95:64];
            step[4]: word = power_1[127:96];
            default: word = '0;
        endcase
    end

    for (genvar n = 0; n < 4; n = n + 1) begin : words
        gcm_clmul clmul (.clk, .enable(|step), .a(power_2[32 * n +: 32]), .b(word), .product(p[n]));
    end
    gcm_reduce reduce_2 (.clk, .enable(start), .product(square), .result(power_2));
    gcm_reduce reduce_4 (.clk, .enable(step[1]), .product(fourth), .result(power_4));

    always_ff @(posedge clk) begin
        if (start) begin
            power_1 <= subkey;
            power_3 <= '0;
        end else if (|step[5:2]) power_3 <= horner(power_3, p[0], p[1], p[2], p[3]);
        step <= {step[4:1], start};
        if (rst) step <= '0;
    end
endmodule
