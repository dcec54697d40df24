// SPDX-License-Identifier: Apache-2.0
// As much of a DSP48E2 slice as dsp48e2_pair uses, written from AMD's UG579, to simulate it with.

module DSP48E2 #(
    parameter A_INPUT = "DIRECT", B_INPUT = "DIRECT", AMULTSEL = "A", BMULTSEL = "B", USE_MULT = "MULTIPLY",
    parameter USE_SIMD = "ONE48",
    parameter [47:0] RND = 48'd0,
    parameter integer AREG = 1, ACASCREG = 1, BREG = 1, BCASCREG = 1, MREG = 1, PREG = 1, CREG = 1, DREG = 1, ADREG = 1,
    parameter integer INMODEREG = 1, OPMODEREG = 1, ALUMODEREG = 1, CARRYINREG = 1, CARRYINSELREG = 1
) (
    input  CLK,
    input  signed [29:0] A,
    input  signed [17:0] B,
    input  [47:0] C,
    input  [26:0] D,
    input  [8:0] OPMODE,
    input  [3:0] ALUMODE,
    input  [4:0] INMODE,
    input  CARRYIN,
    input  [2:0] CARRYINSEL,
    input  CEA1, CEA2, CEB1, CEB2, CEM, CEP, CEC, CED, CEAD, CEALUMODE, CECARRYIN, CECTRL, CEINMODE,
    input  RSTA, RSTB, RSTC, RSTD, RSTM, RSTP, RSTALLCARRYIN, RSTALUMODE, RSTCTRL, RSTINMODE,
    input  [29:0] ACIN,
    input  [17:0] BCIN,
    input  signed [47:0] PCIN,
    input  CARRYCASCIN, MULTSIGNIN,
    output reg signed [47:0] P,
    output signed [47:0] PCOUT
);
    reg signed [26:0] a1, a2;
    reg signed [17:0] b1, b2;
    reg signed [44:0] m;
    reg signed [47:0] w, z;
    assign PCOUT = P;

    always @* begin
        case (OPMODE[8:7])
            2'b00: w = 48'd0;
            2'b01: w = P;
            2'b10: w = RND;
            default: w = C;
        endcase
        case (OPMODE[6:4])
            3'b000: z = 48'd0;
            3'b001: z = PCIN;
            3'b010: z = P;
            3'b101: z = PCIN >>> 17;
            default: z = 48'bx;
        endcase
    end

    always @(posedge CLK) begin
        if (CEA1) a1 <= A[26:0];
        if (CEB1) b1 <= B;
        if (CEA2) a2 <= AREG == 2 ? a1 : A[26:0];
        if (CEB2) b2 <= BREG == 2 ? b1 : B;
        if (CEM) m <= a2 * b2;
        if (CEP) P <= OPMODE[3:0] == 4'b0101 && ALUMODE == 4'd0 ? z + w + m : 48'bx;
    end

    initial
        if (A_INPUT != "DIRECT" || B_INPUT != "DIRECT" || AMULTSEL != "A" || BMULTSEL != "B" || MREG != 1 || PREG != 1
            || OPMODEREG != 0 || ALUMODEREG != 0 || INMODEREG != 0 || CARRYINREG != 0 || CARRYINSELREG != 0) begin
            $display("DSP48E2: an attribute that this model does not have");
            $finish;
        end
endmodule
