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
    always_ff @(posedge clk)
        if (read)
        case ({curve, index})
            {2'd0, 6'd0}: begin // ON
                last <= 1'b0;
                address <= 11'd16;
                word <= 130'h3bce6faada7179e84f3b9cac2fc632551;
            end
            {2'd0, 6'd1}: begin // ON
                last <= 1'b0;
                address <= 11'd17;
                word <= 130'h03fffffffc00000003fffffffffffffff;
            end
            {2'd0, 6'd2}: begin // ONI
                last <= 1'b0;
                address <= 11'd80;
                word <= 130'h248c944087d74d2e4ccd1c8aaee00bc4f;
            end
            {2'd0, 6'd3}: begin // ONI
                last <= 1'b0;
                address <= 11'd81;
                word <= 130'h1d834198cea758a07143f9dfb316231bd;
            end
            {2'd0, 6'd4}: begin // OR2
                last <= 1'b0;
                address <= 11'd144;
                word <= 130'h15571bb192a067d8a0845cc0dea6dc3ba;
            end
            {2'd0, 6'd5}: begin // OR2
                last <= 1'b0;
                address <= 11'd145;
                word <= 130'h0384b6556765587f0916c8e4adafb1658;
            end
            {2'd0, 6'd6}: begin // OM2
                last <= 1'b0;
                address <= 11'd208;
                word <= 130'h3bce6faada7179e84f3b9cac2fc63254f;
            end
            {2'd0, 6'd7}: begin // OM2
                last <= 1'b0;
                address <= 11'd209;
                word <= 130'h03fffffffc00000003fffffffffffffff;
            end
            {2'd0, 6'd8}: begin // OC
                last <= 1'b0;
                address <= 11'd288;
                word <= 130'h021084210842108421084210842108421;
            end
            {2'd0, 6'd9}: begin // OC
                last <= 1'b0;
                address <= 11'd289;
                word <= 130'h021084210842108421084210842108421;
            end
            {2'd0, 6'd10}: begin // OS
                last <= 1'b0;
                address <= 11'd32;
                word <= 130'h0319055258e8617b0c46353d039cdaaef;
            end
            {2'd0, 6'd11}: begin // OS
                last <= 1'b0;
                address <= 11'd33;
                word <= 130'h000000003fffffffc0000000000000001;
            end
            {2'd0, 6'd12}: begin // OH
                last <= 1'b0;
                address <= 11'd96;
                word <= 130'h218c82a92c7430bd86231a9e81ce6d578;
            end
            {2'd0, 6'd13}: begin // OH
                last <= 1'b0;
                address <= 11'd97;
                word <= 130'h000000001fffffffe0000000000000000;
            end
            {2'd0, 6'd14}: begin // FP
                last <= 1'b0;
                address <= 11'd1026;
                word <= 130'h000000000ffffffffffffffffffffffff;
            end
            {2'd0, 6'd15}: begin // FP
                last <= 1'b0;
                address <= 11'd1027;
                word <= 130'h03fffffffc00000004000000000000000;
            end
            {2'd0, 6'd16}: begin // ONE
                last <= 1'b0;
                address <= 11'd1028;
                word <= 130'h000000000000000000000000000000001;
            end
            {2'd0, 6'd17}: begin // ONE
                last <= 1'b0;
                address <= 11'd1029;
                word <= 130'h000000000000000000000000000000000;
            end
            {2'd0, 6'd18}: begin // FR
                last <= 1'b0;
                address <= 11'd1030;
                word <= 130'h300000000000000000000000100000000;
            end
            {2'd0, 6'd19}: begin // FR
                last <= 1'b0;
                address <= 11'd1031;
                word <= 130'h03fffffffbfffffffffffffffffffffff;
            end
            {2'd0, 6'd20}: begin // FR2
                last <= 1'b0;
                address <= 11'd1032;
                word <= 130'h1fffffffe000000030000000500000002;
            end
            {2'd0, 6'd21}: begin // FR2
                last <= 1'b0;
                address <= 11'd1033;
                word <= 130'h03fffffff3fffffff3ffffffefffffffe;
            end
            {2'd0, 6'd22}: begin // FB
                last <= 1'b0;
                address <= 11'd1034;
                word <= 130'h09c542a73d89cdf6229c4bddfdc30061d;
            end
            {2'd0, 6'd23}: begin // FB
                last <= 1'b0;
                address <= 11'd1035;
                word <= 130'h0382dd394425c86a3bdc84bb5ab3c0173;
            end
            {2'd0, 6'd24}: begin // FB3
                last <= 1'b0;
                address <= 11'd1036;
                word <= 130'h1d4fc7f5989d69e267d4e399f94901259;
            end
            {2'd0, 6'd25}: begin // FB3
                last <= 1'b1;
                address <= 11'd1037;
                word <= 130'h028897abd471593eab958e32101b40459;
            end
            {2'd1, 6'd0}: begin // PN
                last <= 1'b0;
                address <= 11'd32;
                word <= 130'h2ffffffff0000000000000000ffffffff;
            end
            {2'd1, 6'd1}: begin // PN
                last <= 1'b0;
                address <= 11'd33;
                word <= 130'h3ffffffffffffffffffffffffffffffff;
            end
            {2'd1, 6'd2}: begin // PN
                last <= 1'b0;
                address <= 11'd34;
                word <= 130'h00fffffffffffffffffffffffffffffff;
            end
            {2'd1, 6'd3}: begin // PNI
                last <= 1'b0;
                address <= 11'd96;
                word <= 130'h200000000000000010000000100000001;
            end
            {2'd1, 6'd4}: begin // PNI
                last <= 1'b0;
                address <= 11'd97;
                word <= 130'h0bfffffff3ffffffebffffffeffffffff;
            end
            {2'd1, 6'd5}: begin // PNI
                last <= 1'b0;
                address <= 11'd98;
                word <= 130'h0600000014000000140000000c0000000;
            end
            {2'd1, 6'd6}: begin // PR2
                last <= 1'b0;
                address <= 11'd160;
                word <= 130'h00000200000000fffffffe00000001000;
            end
            {2'd1, 6'd7}: begin // PR2
                last <= 1'b0;
                address <= 11'd161;
                word <= 130'h000000800000003fffffff80000000000;
            end
            {2'd1, 6'd8}: begin // PR2
                last <= 1'b0;
                address <= 11'd162;
                word <= 130'h000000000000000000000000000000100;
            end
            {2'd1, 6'd9}: begin // PM2
                last <= 1'b0;
                address <= 11'd224;
                word <= 130'h2ffffffff0000000000000000fffffffd;
            end
            {2'd1, 6'd10}: begin // PM2
                last <= 1'b0;
                address <= 11'd225;
                word <= 130'h3ffffffffffffffffffffffffffffffff;
            end
            {2'd1, 6'd11}: begin // PM2
                last <= 1'b0;
                address <= 11'd226;
                word <= 130'h00fffffffffffffffffffffffffffffff;
            end
            {2'd1, 6'd12}: begin // ON
                last <= 1'b0;
                address <= 11'd16;
                word <= 130'h3581a0db248b0a77aecec196accc52973;
            end
            {2'd1, 6'd13}: begin // ON
                last <= 1'b0;
                address <= 11'd17;
                word <= 130'h3fffffffffffffffff1d8d3607d0dcb77;
            end
            {2'd1, 6'd14}: begin // ON
                last <= 1'b0;
                address <= 11'd18;
                word <= 130'h00fffffffffffffffffffffffffffffff;
            end
            {2'd1, 6'd15}: begin // ONI
                last <= 1'b0;
                address <= 11'd80;
                word <= 130'h254a885995d20bb2b6ed46089e88fdc45;
            end
            {2'd1, 6'd16}: begin // ONI
                last <= 1'b0;
                address <= 11'd81;
                word <= 130'h31e352e9619b585e1fb9b238f7d158933;
            end
            {2'd1, 6'd17}: begin // ONI
                last <= 1'b0;
                address <= 11'd82;
                word <= 130'h15355ca87de39dbb1fa150206ce4f194a;
            end
            {2'd1, 6'd18}: begin // OR2
                last <= 1'b0;
                address <= 11'd144;
                word <= 130'h303c3aaa8e03ebaca013e662b46922e28;
            end
            {2'd1, 6'd19}: begin // OR2
                last <= 1'b0;
                address <= 11'd145;
                word <= 130'h035245d2aac7316fc07bbc8912dde2a5d;
            end
            {2'd1, 6'd20}: begin // OR2
                last <= 1'b0;
                address <= 11'd146;
                word <= 130'h004ee012b39bf213fb05b7a28266895d4;
            end
            {2'd1, 6'd21}: begin // OM2
                last <= 1'b0;
                address <= 11'd208;
                word <= 130'h3581a0db248b0a77aecec196accc52971;
            end
            {2'd1, 6'd22}: begin // OM2
                last <= 1'b0;
                address <= 11'd209;
                word <= 130'h3fffffffffffffffff1d8d3607d0dcb77;
            end
            {2'd1, 6'd23}: begin // OM2
                last <= 1'b0;
                address <= 11'd210;
                word <= 130'h00fffffffffffffffffffffffffffffff;
            end
            {2'd1, 6'd24}: begin // OC
                last <= 1'b0;
                address <= 11'd288;
                word <= 130'h021084210842108421084210842108421;
            end
            {2'd1, 6'd25}: begin // OC
                last <= 1'b0;
                address <= 11'd289;
                word <= 130'h021084210842108421084210842108421;
            end
            {2'd1, 6'd26}: begin // OC
                last <= 1'b0;
                address <= 11'd290;
                word <= 130'h001084210842108421084210842108421;
            end
            {2'd1, 6'd27}: begin // B
                last <= 1'b0;
                address <= 11'd272;
                word <= 130'h0ca6b7651930cbb0204621c34504b7333;
            end
            {2'd1, 6'd28}: begin // B
                last <= 1'b0;
                address <= 11'd273;
                word <= 130'h23374bee94938ae277f2209b1920022fc;
            end
            {2'd1, 6'd29}: begin // B
                last <= 1'b0;
                address <= 11'd274;
                word <= 130'h00420452d813effe6d8ac87d07c088253;
            end
            {2'd1, 6'd30}: begin // NB
                last <= 1'b0;
                address <= 11'd192;
                word <= 130'h2359489ad6cf344fdfb9de3ccafb48ccc;
            end
            {2'd1, 6'd31}: begin // NB
                last <= 1'b0;
                address <= 11'd193;
                word <= 130'h1cc8b4116b6c751d880ddf64e6dffdd03;
            end
            {2'd1, 6'd32}: begin // NB
                last <= 1'b0;
                address <= 11'd194;
                word <= 130'h00bdfbad27ec100192753782f83f77dac;
            end
            {2'd1, 6'd33}: begin // GX
                last <= 1'b0;
                address <= 11'd672;
                word <= 130'h338de38bb35b38e0f741d597f702d4a13;
            end
            {2'd1, 6'd34}: begin // GX
                last <= 1'b0;
                address <= 11'd673;
                word <= 130'h2454868459a30eff879c3afc541b4d6e6;
            end
            {2'd1, 6'd35}: begin // GX
                last <= 1'b0;
                address <= 11'd674;
                word <= 130'h004eab708a678544e04bfdc8d853b78ad;
            end
            {2'd1, 6'd36}: begin // GY
                last <= 1'b0;
                address <= 11'd656;
                word <= 130'h26fea2fe8ed2a6b08c10f6b48c0e93f8a;
            end
            {2'd1, 6'd37}: begin // GY
                last <= 1'b0;
                address <= 11'd657;
                word <= 130'h06c3521968f4ffd98bade7562e83b050c;
            end
            {2'd1, 6'd38}: begin // GY
                last <= 1'b1;
                address <= 11'd658;
                word <= 130'h00de2af09685717a776000898e5a6a103;
            end
            {2'd2, 6'd0}: begin // FP
                last <= 1'b0;
                address <= 11'd1026;
                word <= 130'h3ffffffffffffffffffffffffffffffed;
            end
            {2'd2, 6'd1}: begin // FP
                last <= 1'b0;
                address <= 11'd1027;
                word <= 130'h01fffffffffffffffffffffffffffffff;
            end
            {2'd2, 6'd2}: begin // ONE
                last <= 1'b0;
                address <= 11'd1028;
                word <= 130'h000000000000000000000000000000001;
            end
            {2'd2, 6'd3}: begin // ONE
                last <= 1'b0;
                address <= 11'd1029;
                word <= 130'h000000000000000000000000000000000;
            end
            {2'd2, 6'd4}: begin // A24
                last <= 1'b0;
                address <= 11'd1038;
                word <= 130'h00000000000000000000000000001db41;
            end
            {2'd2, 6'd5}: begin // A24
                last <= 1'b1;
                address <= 11'd1039;
                word <= 130'h000000000000000000000000000000000;
            end
            default: last <= 1'b1;
        endcase
endmodule
