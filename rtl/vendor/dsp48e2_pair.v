// SPDX-License-Identifier: Apache-2.0
// Two accumulators of products, 17 bits apart, in two DSP48E2 slices of an UltraScale(+) device.
//
// One multiplies a by the lower half of b, the other by the upper half; each adds up its products
// from `first` to `last`. The upper one is a cycle behind: with its last product it also adds what
// the lower one has above bit 16, out of the cascade between them. Names of ports and attributes
// and the meaning of OPMODE are those of AMD's UG579.
//
// The cascade's shift extends a sign. So the lower one begins at -2^47 and its sum stays in range of
// 48 signed bits; the upper one begins at what that becomes there, 2^30.

module dsp48e2_pair (
    input  logic        clk,
    // a product's way through the lower slice's registers, each a cycle after the one before
    input  logic        valid,          // a and b come
    input  logic        valid_1,
    input  logic        valid_2,        // it is added
    input  logic        valid_3,        // in the upper one
    input  logic        first_2,        // with valid_2: the first of its sum
    input  logic        first_3,
    input  logic        last_3,         // with valid_3: the last
    input  logic [25:0] a,
    input  logic [33:0] b,
    output logic [16:0] lower,          // of the lower sum, a cycle after valid_2
    output logic [47:0] total           // of the upper one, a cycle after valid_3
);
    logic [47:0] cascade;
    /* verilator lint_off UNUSEDSIGNAL */ // the upper bits go by the cascade
    logic [47:0] lower_total;
    /* verilator lint_on UNUSEDSIGNAL */
    assign lower = lower_total[16:0];

    // W = -2^47 or P, Z = 0, Y and X = the product
    DSP48E2 #(
        .A_INPUT("DIRECT"), .B_INPUT("DIRECT"), .AMULTSEL("A"), .BMULTSEL("B"), .USE_MULT("MULTIPLY"), .USE_SIMD("ONE48"),
        .RND(48'h800000000000), .AREG(1), .ACASCREG(1), .BREG(1), .BCASCREG(1), .MREG(1), .PREG(1), .CREG(0), .DREG(0),
        .ADREG(0), .INMODEREG(0), .OPMODEREG(0), .ALUMODEREG(0), .CARRYINREG(0), .CARRYINSELREG(0)
    ) lower_slice (
        .CLK(clk), .A({4'd0, a}), .B({1'b0, b[16:0]}), .C(48'd0), .D(27'd0), .P(lower_total), .PCOUT(cascade),
        .OPMODE({first_2, !first_2, 3'b000, 4'b0101}), .ALUMODE(4'd0), .INMODE(5'd0), .CARRYIN(1'b0), .CARRYINSEL(3'd0),
        .CEA1(1'b0), .CEA2(valid), .CEB1(1'b0), .CEB2(valid), .CEM(valid_1), .CEP(valid_2), .CEC(1'b0), .CED(1'b0),
        .CEAD(1'b0), .CEALUMODE(1'b0), .CECARRYIN(1'b0), .CECTRL(1'b0), .CEINMODE(1'b0),
        .RSTA(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTD(1'b0), .RSTM(1'b0), .RSTP(1'b0), .RSTALLCARRYIN(1'b0),
        .RSTALUMODE(1'b0), .RSTCTRL(1'b0), .RSTINMODE(1'b0),
        .ACIN(30'd0), .BCIN(18'd0), .PCIN(48'd0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0)
    );

    // W = 2^30 or P, Z = PCIN / 2^17 or 0, Y and X = the product
    DSP48E2 #(
        .A_INPUT("DIRECT"), .B_INPUT("DIRECT"), .AMULTSEL("A"), .BMULTSEL("B"), .USE_MULT("MULTIPLY"), .USE_SIMD("ONE48"),
        .RND(48'h000040000000), .AREG(2), .ACASCREG(2), .BREG(2), .BCASCREG(2), .MREG(1), .PREG(1), .CREG(0), .DREG(0),
        .ADREG(0), .INMODEREG(0), .OPMODEREG(0), .ALUMODEREG(0), .CARRYINREG(0), .CARRYINSELREG(0)
    ) upper_slice (
        .CLK(clk), .A({4'd0, a}), .B({1'b0, b[33:17]}), .C(48'd0), .D(27'd0), .P(total), .PCIN(cascade),
        .OPMODE({first_3, !first_3, last_3, 1'b0, last_3, 4'b0101}), .ALUMODE(4'd0), .INMODE(5'd0), .CARRYIN(1'b0),
        .CARRYINSEL(3'd0), .CEA1(valid), .CEA2(valid_1), .CEB1(valid), .CEB2(valid_1), .CEM(valid_2), .CEP(valid_3),
        .CEC(1'b0), .CED(1'b0), .CEAD(1'b0), .CEALUMODE(1'b0), .CECARRYIN(1'b0), .CECTRL(1'b0), .CEINMODE(1'b0),
        .RSTA(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTD(1'b0), .RSTM(1'b0), .RSTP(1'b0), .RSTALLCARRYIN(1'b0),
        .RSTALUMODE(1'b0), .RSTCTRL(1'b0), .RSTINMODE(1'b0),
        .ACIN(30'd0), .BCIN(18'd0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0)
    );
endmodule
