// SPDX-License-Identifier: Apache-2.0
// The curves' constants, for a context's registers. Made by rtl/pke/microcode.py from curves.py.

module pke_constants (
    input  logic         clk,
    input  logic         read,
    input  logic [1:0]   curve,         // its id less one
    input  logic [5:0]   index,
    output logic         last,
    output logic [10:0]  address,       // {0, register, word} or {1, row, word}
    output logic [129:0] word
);
    logic [141:0] entries [0:255];      // {last, address, word} of {curve, index}
    always_ff @(posedge clk)
        if (read) {last, address, word} <= entries[{curve, index}];
    initial begin
        entries[0] = {1'd0, 11'd16, 130'h3bce6faada7179e84f3b9cac2fc632551}; // ON
        entries[1] = {1'd0, 11'd17, 130'h03fffffffc00000003fffffffffffffff}; // ON
        entries[2] = {1'd0, 11'd80, 130'h248c944087d74d2e4ccd1c8aaee00bc4f}; // ONI
        entries[3] = {1'd0, 11'd81, 130'h1d834198cea758a07143f9dfb316231bd}; // ONI
        entries[4] = {1'd0, 11'd144, 130'h15571bb192a067d8a0845cc0dea6dc3ba}; // OR2
        entries[5] = {1'd0, 11'd145, 130'h0384b6556765587f0916c8e4adafb1658}; // OR2
        entries[6] = {1'd0, 11'd208, 130'h3bce6faada7179e84f3b9cac2fc63254f}; // OM2
        entries[7] = {1'd0, 11'd209, 130'h03fffffffc00000003fffffffffffffff}; // OM2
        entries[8] = {1'd0, 11'd288, 130'h021084210842108421084210842108421}; // OC
        entries[9] = {1'd0, 11'd289, 130'h021084210842108421084210842108421}; // OC
        entries[10] = {1'd0, 11'd32, 130'h0319055258e8617b0c46353d039cdaaef}; // OS
        entries[11] = {1'd0, 11'd33, 130'h000000003fffffffc0000000000000001}; // OS
        entries[12] = {1'd0, 11'd96, 130'h218c82a92c7430bd86231a9e81ce6d578}; // OH
        entries[13] = {1'd0, 11'd97, 130'h000000001fffffffe0000000000000000}; // OH
        entries[14] = {1'd0, 11'd1026, 130'h000000000ffffffffffffffffffffffff}; // FP
        entries[15] = {1'd0, 11'd1027, 130'h03fffffffc00000004000000000000000}; // FP
        entries[16] = {1'd0, 11'd1028, 130'h000000000000000000000000000000001}; // ONE
        entries[17] = {1'd0, 11'd1029, 130'h000000000000000000000000000000000}; // ONE
        entries[18] = {1'd0, 11'd1030, 130'h300000000000000000000000100000000}; // FR
        entries[19] = {1'd0, 11'd1031, 130'h03fffffffbfffffffffffffffffffffff}; // FR
        entries[20] = {1'd0, 11'd1032, 130'h1fffffffe000000030000000500000002}; // FR2
        entries[21] = {1'd0, 11'd1033, 130'h03fffffff3fffffff3ffffffefffffffe}; // FR2
        entries[22] = {1'd0, 11'd1034, 130'h09c542a73d89cdf6229c4bddfdc30061d}; // FB
        entries[23] = {1'd0, 11'd1035, 130'h0382dd394425c86a3bdc84bb5ab3c0173}; // FB
        entries[24] = {1'd0, 11'd1036, 130'h1d4fc7f5989d69e267d4e399f94901259}; // FB3
        entries[25] = {1'd1, 11'd1037, 130'h028897abd471593eab958e32101b40459}; // FB3
        entries[64] = {1'd0, 11'd32, 130'h2ffffffff0000000000000000ffffffff}; // PN
        entries[65] = {1'd0, 11'd33, 130'h3ffffffffffffffffffffffffffffffff}; // PN
        entries[66] = {1'd0, 11'd34, 130'h00fffffffffffffffffffffffffffffff}; // PN
        entries[67] = {1'd0, 11'd96, 130'h200000000000000010000000100000001}; // PNI
        entries[68] = {1'd0, 11'd97, 130'h0bfffffff3ffffffebffffffeffffffff}; // PNI
        entries[69] = {1'd0, 11'd98, 130'h0600000014000000140000000c0000000}; // PNI
        entries[70] = {1'd0, 11'd160, 130'h00000200000000fffffffe00000001000}; // PR2
        entries[71] = {1'd0, 11'd161, 130'h000000800000003fffffff80000000000}; // PR2
        entries[72] = {1'd0, 11'd162, 130'h000000000000000000000000000000100}; // PR2
        entries[73] = {1'd0, 11'd224, 130'h2ffffffff0000000000000000fffffffd}; // PM2
        entries[74] = {1'd0, 11'd225, 130'h3ffffffffffffffffffffffffffffffff}; // PM2
        entries[75] = {1'd0, 11'd226, 130'h00fffffffffffffffffffffffffffffff}; // PM2
        entries[76] = {1'd0, 11'd16, 130'h3581a0db248b0a77aecec196accc52973}; // ON
        entries[77] = {1'd0, 11'd17, 130'h3fffffffffffffffff1d8d3607d0dcb77}; // ON
        entries[78] = {1'd0, 11'd18, 130'h00fffffffffffffffffffffffffffffff}; // ON
        entries[79] = {1'd0, 11'd80, 130'h254a885995d20bb2b6ed46089e88fdc45}; // ONI
        entries[80] = {1'd0, 11'd81, 130'h31e352e9619b585e1fb9b238f7d158933}; // ONI
        entries[81] = {1'd0, 11'd82, 130'h15355ca87de39dbb1fa150206ce4f194a}; // ONI
        entries[82] = {1'd0, 11'd144, 130'h303c3aaa8e03ebaca013e662b46922e28}; // OR2
        entries[83] = {1'd0, 11'd145, 130'h035245d2aac7316fc07bbc8912dde2a5d}; // OR2
        entries[84] = {1'd0, 11'd146, 130'h004ee012b39bf213fb05b7a28266895d4}; // OR2
        entries[85] = {1'd0, 11'd208, 130'h3581a0db248b0a77aecec196accc52971}; // OM2
        entries[86] = {1'd0, 11'd209, 130'h3fffffffffffffffff1d8d3607d0dcb77}; // OM2
        entries[87] = {1'd0, 11'd210, 130'h00fffffffffffffffffffffffffffffff}; // OM2
        entries[88] = {1'd0, 11'd288, 130'h021084210842108421084210842108421}; // OC
        entries[89] = {1'd0, 11'd289, 130'h021084210842108421084210842108421}; // OC
        entries[90] = {1'd0, 11'd290, 130'h001084210842108421084210842108421}; // OC
        entries[91] = {1'd0, 11'd272, 130'h0ca6b7651930cbb0204621c34504b7333}; // B
        entries[92] = {1'd0, 11'd273, 130'h23374bee94938ae277f2209b1920022fc}; // B
        entries[93] = {1'd0, 11'd274, 130'h00420452d813effe6d8ac87d07c088253}; // B
        entries[94] = {1'd0, 11'd192, 130'h2359489ad6cf344fdfb9de3ccafb48ccc}; // NB
        entries[95] = {1'd0, 11'd193, 130'h1cc8b4116b6c751d880ddf64e6dffdd03}; // NB
        entries[96] = {1'd0, 11'd194, 130'h00bdfbad27ec100192753782f83f77dac}; // NB
        entries[97] = {1'd0, 11'd672, 130'h338de38bb35b38e0f741d597f702d4a13}; // GX
        entries[98] = {1'd0, 11'd673, 130'h2454868459a30eff879c3afc541b4d6e6}; // GX
        entries[99] = {1'd0, 11'd674, 130'h004eab708a678544e04bfdc8d853b78ad}; // GX
        entries[100] = {1'd0, 11'd656, 130'h26fea2fe8ed2a6b08c10f6b48c0e93f8a}; // GY
        entries[101] = {1'd0, 11'd657, 130'h06c3521968f4ffd98bade7562e83b050c}; // GY
        entries[102] = {1'd1, 11'd658, 130'h00de2af09685717a776000898e5a6a103}; // GY
        entries[128] = {1'd0, 11'd1026, 130'h3ffffffffffffffffffffffffffffffed}; // FP
        entries[129] = {1'd0, 11'd1027, 130'h01fffffffffffffffffffffffffffffff}; // FP
        entries[130] = {1'd0, 11'd1028, 130'h000000000000000000000000000000001}; // ONE
        entries[131] = {1'd0, 11'd1029, 130'h000000000000000000000000000000000}; // ONE
        entries[132] = {1'd0, 11'd1038, 130'h00000000000000000000000000001db41}; // A24
        entries[133] = {1'd1, 11'd1039, 130'h000000000000000000000000000000000}; // A24
    end
endmodule
