// SPDX-License-Identifier: Apache-2.0
// For `make area`: Yosys gives each addition a carry chain of its own, a LUT a bit.
//
// Without it Yosys makes sums of three and more numbers trees of full adders, two LUTs a bit.

(* techmap_celltype = "$add" *)
module yosys_adder #(
    parameter A_SIGNED = 0,
    parameter B_SIGNED = 0,
    parameter A_WIDTH = 1,
    parameter B_WIDTH = 1,
    parameter Y_WIDTH = 1
) (
    input  [A_WIDTH-1:0] A,
    input  [B_WIDTH-1:0] B,
    output [Y_WIDTH-1:0] Y
);
    wire [Y_WIDTH-1:0] X, CO;
    \$alu #(.A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) _TECHMAP_REPLACE_ (
        .A(A), .B(B), .BI(1'b0), .CI(1'b0), .Y(Y), .X(X), .CO(CO)
    );
endmodule
