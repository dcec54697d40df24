// SPDX-License-Identifier: Apache-2.0
// The public-key engine's program memory. Made by rtl/pke/microcode.py from microcode.txt.

module pke_microcode (
    input  logic        clk,
    input  logic        read,
    input  logic [9:0] address,
    output logic [47:0] instruction
);
    always_ff @(posedge clk)
        if (read)
            case (address)
                // rsa_public
                10'd0: instruction <= 48'h259a08002404; // LIN Y = C - N : flag
                10'd1: instruction <= 48'h000200006378; // jump range_error if flag : drain
                10'd2: instruction <= 48'h000000000629; // call setup
                10'd3: instruction <= 48'h001a05000890; // FULL T = C * R2
                10'd4: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd5: instruction <= 48'h0c9a07140063; // HIGH X = Q * N + T
                10'd6: instruction <= 48'h000000000509; // call public_power
                10'd7: instruction <= 48'h00027000000f; // end OK X
                // modexp
                10'd8: instruction <= 48'h259a08002404; // LIN Y = C - N : flag
                10'd9: instruction <= 48'h000200006378; // jump range_error if flag : drain
                10'd10: instruction <= 48'h000000000629; // call setup
                10'd11: instruction <= 48'h001a05000890; // FULL T = C * R2
                10'd12: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd13: instruction <= 48'h0c9a07140063; // HIGH X = Q * N + T
                // power
                10'd14: instruction <= 48'h00000000000b; // set index_zero
                10'd15: instruction <= 48'h001a06000422; // LOW Q = R2 * NI
                10'd16: instruction <= 48'h0e9a40080063; // HIGH TAB[i] = Q * N + R2 : short
                10'd17: instruction <= 48'h00000010000b; // set index_next
                10'd18: instruction <= 48'h001a40001c04; // LIN TAB[i] = X
                // power_table
                10'd19: instruction <= 48'h001a05010070; // FULL T = X * TAB[i]
                10'd20: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd21: instruction <= 48'h00000010000b; // set index_next
                10'd22: instruction <= 48'h0c9a40140063; // HIGH TAB[i] = Q * N + T
                10'd23: instruction <= 48'h000000018138; // jump power_table if index
                10'd24: instruction <= 48'h00000000000d; // digit first
                10'd25: instruction <= 48'h001a04020004; // LIN A = TAB[digit]
                // power_digit
                10'd26: instruction <= 48'h00000010000d; // digit next
                10'd27: instruction <= 48'h00000050000c; // count 5
                // power_square
                10'd28: instruction <= 48'h001a05001041; // SQR T = A
                10'd29: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd30: instruction <= 48'h0c9a04140063; // HIGH A = Q * N + T
                10'd31: instruction <= 48'h0000000141c8; // jump power_square if count
                10'd32: instruction <= 48'h001a05020040; // FULL T = A * TAB[digit]
                10'd33: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd34: instruction <= 48'h0c9a04140063; // HIGH A = Q * N + T
                10'd35: instruction <= 48'h00000001c1a8; // jump power_digit if digits
                10'd36: instruction <= 48'h001a06000442; // LOW Q = A * NI
                10'd37: instruction <= 48'h0e9a07100063; // HIGH X = Q * N + A : short
                10'd38: instruction <= 48'h259a08001c04; // LIN Y = X - N : flag
                10'd39: instruction <= 48'h401a071c2004; // SEL X = Y ? X
                10'd40: instruction <= 48'h000000008368; // jump private_join if split
                10'd41: instruction <= 48'h00027000000f; // end OK X
                // rsa_private
                10'd42: instruction <= 48'h258088282404; // LIN Y = C - MOD : flag full solo
                10'd43: instruction <= 48'h000200006378; // jump range_error if flag : drain
                10'd44: instruction <= 48'h000000000629; // call setup
                10'd45: instruction <= 48'h001a06000592; // LOW Q = C.0 * NI
                10'd46: instruction <= 48'h0c9a04640063; // HIGH A = Q * N + C.0
                10'd47: instruction <= 48'h001a05000821; // SQR T = R2
                10'd48: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd49: instruction <= 48'h0c9a07140063; // HIGH X = Q * N + T
                10'd50: instruction <= 48'h001a05001c40; // FULL T = A * X
                10'd51: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd52: instruction <= 48'h0c9a07140063; // HIGH X = Q * N + T
                10'd53: instruction <= 48'h0000000000e8; // jump power
                // private_join
                10'd54: instruction <= 48'h000015004a70; // FULL T.0 = X.1 * R2.0 : solo
                10'd55: instruction <= 48'h000016004552; // LOW Q.0 = T.0 * NI.0 : solo
                10'd56: instruction <= 48'h0c8018544163; // HIGH Y.0 = Q.0 * N.0 + T.0 : solo
                10'd57: instruction <= 48'h00c016504004; // LIN Q.0 = 2 N.0 + A.0 : solo
                10'd58: instruction <= 48'h058018605804; // LIN Y.0 = Q.0 - Y.0 : solo
                10'd59: instruction <= 48'h000015007580; // FULL T.0 = Y.0 * QINV.0 : solo
                10'd60: instruction <= 48'h000016004552; // LOW Q.0 = T.0 * NI.0 : solo
                10'd61: instruction <= 48'h0c8018544163; // HIGH Y.0 = Q.0 * N.0 + T.0 : solo
                10'd62: instruction <= 48'h258016406004; // LIN Q.0 = Y.0 - N.0 : solo flag
                10'd63: instruction <= 48'h400018605804; // SEL Y.0 = Q.0 ? Y.0 : solo
                10'd64: instruction <= 48'h02801c9c6200; // FULL S.0 = N.1 * Y.0 + X.1 : solo short
                10'd65: instruction <= 48'h00000040000b; // set single
                10'd66: instruction <= 48'h001a00002804; // LIN N = MOD
                10'd67: instruction <= 48'h001a03002c04; // LIN NORM = MODNORM
                10'd68: instruction <= 48'h259a08003004; // LIN Y = S - N : flag
                10'd69: instruction <= 48'h000200006388; // jump check_error if flag : drain
                10'd70: instruction <= 48'h000000000629; // call setup
                10'd71: instruction <= 48'h001a050008c0; // FULL T = S * R2
                10'd72: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd73: instruction <= 48'h0c9a07140063; // HIGH X = Q * N + T
                10'd74: instruction <= 48'h000000000509; // call public_power
                10'd75: instruction <= 48'h259a08241c04; // LIN Y = X - C : flag
                10'd76: instruction <= 48'h000200046388; // jump check_error if not flag : drain
                10'd77: instruction <= 48'h259a081c2404; // LIN Y = C - X : flag
                10'd78: instruction <= 48'h000200046388; // jump check_error if not flag : drain
                10'd79: instruction <= 48'h0002c000000f; // end OK S
                // public_power
                10'd80: instruction <= 48'h00000060000b; // bits exponent
                // public_skip
                10'd81: instruction <= 48'h00000000000e; // bit
                10'd82: instruction <= 48'h00000004c518; // jump public_skip if not bit
                10'd83: instruction <= 48'h001a04001c04; // LIN A = X
                // public_square
                10'd84: instruction <= 48'h00000000000e; // bit
                10'd85: instruction <= 48'h001a05001041; // SQR T = A
                10'd86: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd87: instruction <= 48'h0c9a04140063; // HIGH A = Q * N + T
                10'd88: instruction <= 48'h00000004c5c8; // jump public_next if not bit
                10'd89: instruction <= 48'h001a05001c40; // FULL T = A * X
                10'd90: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd91: instruction <= 48'h0c9a04140063; // HIGH A = Q * N + T
                // public_next
                10'd92: instruction <= 48'h000000010548; // jump public_square if bits
                10'd93: instruction <= 48'h001a06000442; // LOW Q = A * NI
                10'd94: instruction <= 48'h0e9a07100063; // HIGH X = Q * N + A : short
                10'd95: instruction <= 48'h259a08001c04; // LIN Y = X - N : flag
                10'd96: instruction <= 48'h401a071c2004; // SEL X = Y ? X
                10'd97: instruction <= 48'h00000000000a; // return
                // setup
                10'd98: instruction <= 48'h00000020000b; // set hensel_one
                10'd99: instruction <= 48'h05bb01000004; // LIN NI = 0 - N : hensel
                10'd100: instruction <= 48'h00000060000c; // count 6
                // setup_word
                10'd101: instruction <= 48'h081b07000402; // LOW X = N * NI + 2 : hensel
                10'd102: instruction <= 48'h001b08001c12; // LOW Y = NI * X : hensel
                10'd103: instruction <= 48'h001b01002004; // LIN NI = Y : hensel
                10'd104: instruction <= 48'h000000014658; // jump setup_word if count
                // setup_double
                10'd105: instruction <= 48'h00000030000b; // set hensel_double
                10'd106: instruction <= 48'h081b07000402; // LOW X = N * NI + 2 : hensel
                10'd107: instruction <= 48'h001b08001c12; // LOW Y = NI * X : hensel
                10'd108: instruction <= 48'h001b01002004; // LIN NI = Y : hensel
                10'd109: instruction <= 48'h000000020698; // jump setup_double if hensel
                10'd110: instruction <= 48'h001a08000c02; // LOW Y = N * NORM
                10'd111: instruction <= 48'h103a02000004; // LIN R2 = 0 + TOP
                10'd112: instruction <= 48'h00000050000c; // count 5
                // setup_shift
                10'd113: instruction <= 48'h25da06200804; // LIN Q = 2 R2 - Y : flag
                10'd114: instruction <= 48'h005e02000804; // LIN R2 = 2 R2 : free
                10'd115: instruction <= 48'h401a02081804; // SEL R2 = Q ? R2
                10'd116: instruction <= 48'h000000014718; // jump setup_shift if count
                10'd117: instruction <= 48'h00000050000b; // bits length
                // setup_skip
                10'd118: instruction <= 48'h00000000000e; // bit
                10'd119: instruction <= 48'h00000004c768; // jump setup_skip if not bit
                // setup_square
                10'd120: instruction <= 48'h00000000000e; // bit
                10'd121: instruction <= 48'h001a05000821; // SQR T = R2
                10'd122: instruction <= 48'h001a06000452; // LOW Q = T * NI
                10'd123: instruction <= 48'h0c9a02140063; // HIGH R2 = Q * N + T
                10'd124: instruction <= 48'h00000004c7e8; // jump setup_next if not bit
                10'd125: instruction <= 48'h005a02000804; // LIN R2 = 2 R2
                // setup_next
                10'd126: instruction <= 48'h000000010788; // jump setup_square if bits
                10'd127: instruction <= 48'h00000000000a; // return
                // ec_multiply
                10'd128: instruction <= 48'h0000000013f9; // call scalar_check
                10'd129: instruction <= 48'h000000001449; // call field
                10'd130: instruction <= 48'h0000000014f9; // call point_check
                10'd131: instruction <= 48'h00020f003804; // LIN K = ES
                10'd132: instruction <= 48'h000000001689; // call multiply
                10'd133: instruction <= 48'h0000000020d9; // call affine
                10'd134: instruction <= 48'h00027000000f; // end OK X
                // ec_multiply_base
                10'd135: instruction <= 48'h0000000013f9; // call scalar_check
                10'd136: instruction <= 48'h000000001449; // call field
                10'd137: instruction <= 48'h00020f003804; // LIN K = ES
                10'd138: instruction <= 48'h000000001b59; // call multiply_base
                10'd139: instruction <= 48'h0000000020d9; // call affine
                10'd140: instruction <= 48'h00027000000f; // end OK X
                // ecdsa_sign
                10'd141: instruction <= 48'h0000000013f9; // call scalar_check
                10'd142: instruction <= 48'h258208c02804; // LIN Y = ER - ON : flag
                10'd143: instruction <= 48'h000200006348; // jump scalar_error if flag : drain
                10'd144: instruction <= 48'h25a208280004; // LIN Y = 0 - ER : flag
                10'd145: instruction <= 48'h000200006348; // jump scalar_error if flag : drain
                10'd146: instruction <= 48'h000000001449; // call field
                10'd147: instruction <= 48'h00020f003804; // LIN K = ES
                10'd148: instruction <= 48'h000000001b59; // call multiply_base
                10'd149: instruction <= 48'h0000000020d9; // call affine
                10'd150: instruction <= 48'h0000000014b9; // call order
                10'd151: instruction <= 48'h258208001c04; // LIN Y = X - N : flag
                10'd152: instruction <= 48'h4002071c2004; // SEL X = Y ? X
                10'd153: instruction <= 48'h25a2081c0004; // LIN Y = 0 - X : flag
                10'd154: instruction <= 48'h000200006368; // jump result_error if flag : drain
                10'd155: instruction <= 48'h0002050008e0; // FULL T = ES * R2
                10'd156: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd157: instruction <= 48'h0c823e140063; // HIGH IB = Q * N + T
                10'd158: instruction <= 48'h000e0f00cc04; // LIN K = OM2
                10'd159: instruction <= 48'h0000000021d9; // call invert
                10'd160: instruction <= 48'h0002050008a0; // FULL T = ER * R2
                10'd161: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd162: instruction <= 48'h0c8208140063; // HIGH Y = Q * N + T
                10'd163: instruction <= 48'h000205001c80; // FULL T = Y * X
                10'd164: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd165: instruction <= 48'h0c8208140063; // HIGH Y = Q * N + T
                10'd166: instruction <= 48'h008208dc2004; // LIN Y = Y + EE
                10'd167: instruction <= 48'h000205001080; // FULL T = Y * A
                10'd168: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd169: instruction <= 48'h0c8227140063; // HIGH X.1 = Q * N + T
                10'd170: instruction <= 48'h258208009c04; // LIN Y = X.1 - N : flag
                10'd171: instruction <= 48'h4002279c2004; // SEL X.1 = Y ? X.1
                10'd172: instruction <= 48'h25a2089c0004; // LIN Y = 0 - X.1 : flag
                10'd173: instruction <= 48'h000200006368; // jump result_error if flag : drain
                10'd174: instruction <= 48'h00027000000f; // end OK X
                // ecdsa_verify
                10'd175: instruction <= 48'h258208c03804; // LIN Y = ES - ON : flag
                10'd176: instruction <= 48'h000200004f88; // jump signature_error if flag : drain
                10'd177: instruction <= 48'h25a208380004; // LIN Y = 0 - ES : flag
                10'd178: instruction <= 48'h000200004f88; // jump signature_error if flag : drain
                10'd179: instruction <= 48'h258208c02804; // LIN Y = ER - ON : flag
                10'd180: instruction <= 48'h000200004f88; // jump signature_error if flag : drain
                10'd181: instruction <= 48'h25a208280004; // LIN Y = 0 - ER : flag
                10'd182: instruction <= 48'h000200004f88; // jump signature_error if flag : drain
                10'd183: instruction <= 48'h000000001449; // call field
                10'd184: instruction <= 48'h0000000014f9; // call point_check
                10'd185: instruction <= 48'h0000000014b9; // call order
                10'd186: instruction <= 48'h0002050008e0; // FULL T = ES * R2
                10'd187: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd188: instruction <= 48'h0c823e140063; // HIGH IB = Q * N + T
                10'd189: instruction <= 48'h000e0f00cc04; // LIN K = OM2
                10'd190: instruction <= 48'h0000000021d9; // call invert
                10'd191: instruction <= 48'h0002050010a0; // FULL T = ER * A
                10'd192: instruction <= 48'h000625001370; // FULL T1 = EE * A
                10'd193: instruction <= 48'h000606000452; // LOW Q = T * NI
                10'd194: instruction <= 48'h000626000652; // LOW Q1 = T1 * NI
                10'd195: instruction <= 48'h0c8608140063; // HIGH Y = Q * N + T
                10'd196: instruction <= 48'h0c860e940263; // HIGH ES = Q1 * N + T1
                10'd197: instruction <= 48'h25860c002004; // LIN D0 = Y - N : flag
                10'd198: instruction <= 48'h40020f203004; // SEL K = D0 ? Y
                10'd199: instruction <= 48'h258a0c003804; // LIN D0 = ES - N : flag
                10'd200: instruction <= 48'h40020e383004; // SEL ES = D0 ? ES
                10'd201: instruction <= 48'h000000001449; // call field
                10'd202: instruction <= 48'h000000001689; // call multiply
                10'd203: instruction <= 48'h000206000492; // LOW Q = AX * NI
                10'd204: instruction <= 48'h000626000692; // LOW Q1 = AY * NI
                10'd205: instruction <= 48'h000a36000792; // LOW Q2 = AZ * NI
                10'd206: instruction <= 48'h0e8a07240063; // HIGH X = Q * N + AX : short
                10'd207: instruction <= 48'h0e8a27a40263; // HIGH X.1 = Q1 * N + AY : short
                10'd208: instruction <= 48'h0e8a37e40363; // HIGH X.2 = Q2 * N + AZ : short
                10'd209: instruction <= 48'h00160f003804; // LIN K = ES
                10'd210: instruction <= 48'h000000001b59; // call multiply_base
                10'd211: instruction <= 48'h00000000000b; // set index_zero
                10'd212: instruction <= 48'h00000020000d; // digit zero
                10'd213: instruction <= 48'h000240001c04; // LIN TAB[i] = X
                10'd214: instruction <= 48'h000641009c04; // LIN TAB[i].y = X.1
                10'd215: instruction <= 48'h000a4200dc04; // LIN TAB[i].z = X.2
                10'd216: instruction <= 48'h00ce43dcdc04; // LIN TAB[i].w = 2 X.2 + X.2
                10'd217: instruction <= 48'h000000001c59; // call add
                10'd218: instruction <= 48'h000206000792; // LOW Q = AZ * NI
                10'd219: instruction <= 48'h000626000492; // LOW Q1 = AX * NI
                10'd220: instruction <= 48'h0e8608e40063; // HIGH Y = Q * N + AZ : short
                10'd221: instruction <= 48'h0e8607240263; // HIGH X = Q1 * N + AX : short
                10'd222: instruction <= 48'h25860c002004; // LIN D0 = Y - N : flag
                10'd223: instruction <= 48'h400208203004; // SEL Y = D0 ? Y
                10'd224: instruction <= 48'h25a20c200004; // LIN D0 = 0 - Y : flag
                10'd225: instruction <= 48'h000200004f88; // jump signature_error if flag : drain
                10'd226: instruction <= 48'h25820c001c04; // LIN D0 = X - N : flag
                10'd227: instruction <= 48'h4002071c3004; // SEL X = D0 ? X
                10'd228: instruction <= 48'h00000020000c; // count 2
                // verify_compare
                10'd229: instruction <= 48'h0002050008a0; // FULL T = ER * R2
                10'd230: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd231: instruction <= 48'h0c820c140063; // HIGH D0 = Q * N + T
                10'd232: instruction <= 48'h000e06000792; // LOW Q = AZ * NI
                10'd233: instruction <= 48'h0e822ce40063; // HIGH D1 = Q * N + AZ : short
                10'd234: instruction <= 48'h00020500b0c0; // FULL T = D0 * D1
                10'd235: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd236: instruction <= 48'h0c8208140063; // HIGH Y = Q * N + T
                10'd237: instruction <= 48'h25820c002004; // LIN D0 = Y - N : flag
                10'd238: instruction <= 48'h400208203004; // SEL Y = D0 ? Y
                10'd239: instruction <= 48'h25820c1c2004; // LIN D0 = Y - X : flag
                10'd240: instruction <= 48'h000200044f48; // jump verify_other if not flag : drain
                10'd241: instruction <= 48'h25820c201c04; // LIN D0 = X - Y : flag
                10'd242: instruction <= 48'h000200044f48; // jump verify_other if not flag : drain
                10'd243: instruction <= 48'h00027000000f; // end OK X
                // verify_other
                10'd244: instruction <= 48'h00820ac02804; // LIN ER = ER + ON
                10'd245: instruction <= 48'h25820c002804; // LIN D0 = ER - N : flag
                10'd246: instruction <= 48'h000200004f88; // jump signature_error if flag : drain
                10'd247: instruction <= 48'h000000014e58; // jump verify_compare if count
                // signature_error
                10'd248: instruction <= 48'h00020060000f; // end SIGNATURE_INVALID
                // x25519
                10'd249: instruction <= 48'h000200008004; // LIN N = PN
                10'd250: instruction <= 48'h000601008404; // LIN NI = PNI
                10'd251: instruction <= 48'h000a02008804; // LIN R2 = PR2
                10'd252: instruction <= 48'h004a2f000004; // LIN N2 = 2 N
                10'd253: instruction <= 48'h000605000890; // FULL T = AX * R2
                10'd254: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd255: instruction <= 48'h0c8239140063; // HIGH U1 = Q * N + T
                10'd256: instruction <= 48'h001206000422; // LOW Q = R2 * NI
                10'd257: instruction <= 48'h0e820c080063; // HIGH L2X = Q * N + R2 : short
                10'd258: instruction <= 48'h00820cbc3004; // LIN L2X = L2X + N2
                10'd259: instruction <= 48'h00362c000004; // LIN L2Z = 0
                10'd260: instruction <= 48'h00923cbce404; // LIN L3X = U1 + N2
                10'd261: instruction <= 48'h058a0dbc3004; // LIN L3Z = L2X - N2
                10'd262: instruction <= 48'h00000ff0000c; // count 255
                10'd263: instruction <= 48'h20560f003c04; // LIN K = 2 K : flag
                // ladder
                10'd264: instruction <= 48'h00822db03004; // LIN LA = L2X + L2Z
                10'd265: instruction <= 48'h00860b34f004; // LIN LC = L3X + L3Z
                10'd266: instruction <= 48'h058a3db03004; // LIN LB = L2X - L2Z
                10'd267: instruction <= 48'h058e2b34f004; // LIN LD = L3X - L3Z
                10'd268: instruction <= 48'h400a3bb42c04; // SEL SA = LC ? LA
                10'd269: instruction <= 48'h400629f4ac04; // SEL SB = LD ? LB
                10'd270: instruction <= 48'h808a35bcb6b0; // FULL T2 = LD * LA + N2 : raised
                10'd271: instruction <= 48'h00122e00f4b0; // FULL T3 = LC * LB
                10'd272: instruction <= 48'h808e05bcefb1; // SQR T = SA + N2 : raised
                10'd273: instruction <= 48'h000e2500a691; // SQR T1 = SB
                10'd274: instruction <= 48'h000e36000752; // LOW Q2 = T2 * NI
                10'd275: instruction <= 48'h000e280006e2; // LOW Q3 = T3 * NI
                10'd276: instruction <= 48'h000e06000452; // LOW Q = T * NI
                10'd277: instruction <= 48'h000e26000652; // LOW Q1 = T1 * NI
                10'd278: instruction <= 48'h0c8e07d40363; // HIGH DA = Q2 * N + T2
                10'd279: instruction <= 48'h0c8e27b80283; // HIGH CB = Q3 * N + T3
                10'd280: instruction <= 48'h0c8e3b140063; // HIGH SA = Q * N + T
                10'd281: instruction <= 48'h0c8e29940263; // HIGH SB = Q1 * N + T1
                10'd282: instruction <= 48'h008a2d9c1c04; // LIN LA = DA + CB
                10'd283: instruction <= 48'h058e3d9c1c04; // LIN LB = DA - CB
                10'd284: instruction <= 48'h058a37a4ec04; // LIN LE = SA - SB
                10'd285: instruction <= 48'h808e35bca7b0; // FULL T2 = SA * SB + N2 : raised
                10'd286: instruction <= 48'h808e05bcb6d1; // SQR T = LA + N2 : raised
                10'd287: instruction <= 48'h000e2500f7d1; // SQR T1 = LB
                10'd288: instruction <= 48'h808e2eecd370; // FULL T3 = LE * B + SA : raised
                10'd289: instruction <= 48'h000626000652; // LOW Q1 = T1 * NI
                10'd290: instruction <= 48'h0006280006e2; // LOW Q3 = T3 * NI
                10'd291: instruction <= 48'h001206000452; // LOW Q = T * NI
                10'd292: instruction <= 48'h001636000752; // LOW Q2 = T2 * NI
                10'd293: instruction <= 48'h20560f003c04; // LIN K = 2 K : flag
                10'd294: instruction <= 48'h0c923d940263; // HIGH LB = Q1 * N + T1
                10'd295: instruction <= 48'h0c920bb80283; // HIGH LC = Q3 * N + T3
                10'd296: instruction <= 48'h0c923c140063; // HIGH L3X = Q * N + T
                10'd297: instruction <= 48'h0c920cd40363; // HIGH L2X = Q2 * N + T2
                10'd298: instruction <= 48'h000e2500e7d0; // FULL T1 = LB * U1
                10'd299: instruction <= 48'h000e2e00dcb0; // FULL T3 = LC * LE
                10'd300: instruction <= 48'h000626000652; // LOW Q1 = T1 * NI
                10'd301: instruction <= 48'h0006280006e2; // LOW Q3 = T3 * NI
                10'd302: instruction <= 48'h0c860d940263; // HIGH L3Z = Q1 * N + T1
                10'd303: instruction <= 48'h0c862cb80283; // HIGH L2Z = Q3 * N + T3
                10'd304: instruction <= 48'h000000015088; // jump ladder if count
                10'd305: instruction <= 48'h00023e00b004; // LIN IB = L2Z
                10'd306: instruction <= 48'h000609003004; // LIN AX = L2X
                10'd307: instruction <= 48'h000a0f008c04; // LIN K = PM2
                10'd308: instruction <= 48'h0000000021d9; // call invert
                10'd309: instruction <= 48'h000205001090; // FULL T = AX * A
                10'd310: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd311: instruction <= 48'h0c8207140063; // HIGH X = Q * N + T
                10'd312: instruction <= 48'h000206000472; // LOW Q = X * NI
                10'd313: instruction <= 48'h0e82071c0063; // HIGH X = Q * N + X : short
                10'd314: instruction <= 48'h258208001c04; // LIN Y = X - N : flag
                10'd315: instruction <= 48'h4002071c2004; // SEL X = Y ? X
                10'd316: instruction <= 48'h25a2081c0004; // LIN Y = 0 - X : flag
                10'd317: instruction <= 48'h000200006368; // jump result_error if flag : drain
                10'd318: instruction <= 48'h00027000000f; // end OK X
                // scalar_check
                10'd319: instruction <= 48'h258208c03804; // LIN Y = ES - ON : flag
                10'd320: instruction <= 48'h000200006348; // jump scalar_error if flag : drain
                10'd321: instruction <= 48'h25a208380004; // LIN Y = 0 - ES : flag
                10'd322: instruction <= 48'h000200006348; // jump scalar_error if flag : drain
                10'd323: instruction <= 48'h00000000000a; // return
                // field
                10'd324: instruction <= 48'h000200008004; // LIN N = PN
                10'd325: instruction <= 48'h000601008404; // LIN NI = PNI
                10'd326: instruction <= 48'h000a02008804; // LIN R2 = PR2
                10'd327: instruction <= 48'h004a2f000004; // LIN N2 = 2 N
                10'd328: instruction <= 48'h00823f00bc04; // LIN N3 = N2 + N
                10'd329: instruction <= 48'h00463800bc04; // LIN N4 = 2 N2
                10'd330: instruction <= 48'h00000000000a; // return
                // order
                10'd331: instruction <= 48'h00020000c004; // LIN N = ON
                10'd332: instruction <= 48'h00060100c404; // LIN NI = ONI
                10'd333: instruction <= 48'h000a0200c804; // LIN R2 = OR2
                10'd334: instruction <= 48'h00000000000a; // return
                // point_check
                10'd335: instruction <= 48'h258208002404; // LIN Y = AX - N : flag
                10'd336: instruction <= 48'h000200006358; // jump point_error if flag : drain
                10'd337: instruction <= 48'h25820800a404; // LIN Y = AY - N : flag
                10'd338: instruction <= 48'h000200006358; // jump point_error if flag : drain
                10'd339: instruction <= 48'h000205000890; // FULL T = AX * R2
                10'd340: instruction <= 48'h000625000a90; // FULL T1 = AY * R2
                10'd341: instruction <= 48'h000606000452; // LOW Q = T * NI
                10'd342: instruction <= 48'h000626000652; // LOW Q1 = T1 * NI
                10'd343: instruction <= 48'h0c8609140063; // HIGH AX = Q * N + T
                10'd344: instruction <= 48'h0c8629940263; // HIGH AY = Q1 * N + T1
                10'd345: instruction <= 48'h00c608242404; // LIN Y = 2 AX + AX
                10'd346: instruction <= 48'h05820820e004; // LIN Y = N4 - Y
                10'd347: instruction <= 48'h008208d02004; // LIN Y = Y + B
                10'd348: instruction <= 48'h001205002491; // SQR T = AX
                10'd349: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd350: instruction <= 48'h0c820c140063; // HIGH D0 = Q * N + T
                10'd351: instruction <= 48'h858e2520a691; // SQR T1 = AY - Y : raised
                10'd352: instruction <= 48'h0582059424c0; // FULL T = D0 * AX - T1
                10'd353: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd354: instruction <= 48'h0c820c140063; // HIGH D0 = Q * N + T
                10'd355: instruction <= 48'h0002060004c2; // LOW Q = D0 * NI
                10'd356: instruction <= 48'h0e820c300063; // HIGH D0 = Q * N + D0 : short
                10'd357: instruction <= 48'h258208003004; // LIN Y = D0 - N : flag
                10'd358: instruction <= 48'h000200046358; // jump point_error if not flag : drain
                10'd359: instruction <= 48'h00000000000a; // return
                // multiply
                10'd360: instruction <= 48'h258208903c04; // LIN Y = K - OC : flag
                10'd361: instruction <= 48'h00820cc02004; // LIN D0 = Y + ON
                10'd362: instruction <= 48'h40020f302004; // SEL K = Y ? D0
                10'd363: instruction <= 48'h000e06000422; // LOW Q = R2 * NI
                10'd364: instruction <= 48'h0e8239080063; // HIGH AZ = Q * N + R2 : short
                10'd365: instruction <= 48'h00000000000b; // set index_zero
                10'd366: instruction <= 48'h00000020000d; // digit zero
                10'd367: instruction <= 48'h001640002404; // LIN TAB[i] = AX
                10'd368: instruction <= 48'h00164100a404; // LIN TAB[i].y = AY
                10'd369: instruction <= 48'h000a4200e404; // LIN TAB[i].z = AZ
                10'd370: instruction <= 48'h00ce43e4e404; // LIN TAB[i].w = 2 AZ + AZ
                // multiply_table
                10'd371: instruction <= 48'h00000010000b; // set index_next
                10'd372: instruction <= 48'h000000001c59; // call add
                10'd373: instruction <= 48'h000240002404; // LIN TAB[i] = AX
                10'd374: instruction <= 48'h00064100a404; // LIN TAB[i].y = AY
                10'd375: instruction <= 48'h000a4200e404; // LIN TAB[i].z = AZ
                10'd376: instruction <= 48'h00ce43e4e404; // LIN TAB[i].w = 2 AZ + AZ
                10'd377: instruction <= 48'h000000019738; // jump multiply_table if index
                10'd378: instruction <= 48'h00020000000d; // digit first : drain
                10'd379: instruction <= 48'h000209020004; // LIN AX = TAB[digit]
                10'd380: instruction <= 48'h000629020404; // LIN AY = TAB[digit].y
                10'd381: instruction <= 48'h000a39020804; // LIN AZ = TAB[digit].z
                // multiply_digit
                10'd382: instruction <= 48'h00000010000d; // digit next
                10'd383: instruction <= 48'h00020500e791; // SQR T = AZ
                10'd384: instruction <= 48'h00062500e490; // FULL T1 = AX * AZ
                10'd385: instruction <= 48'h000606000452; // LOW Q = T * NI
                10'd386: instruction <= 48'h000626000652; // LOW Q1 = T1 * NI
                10'd387: instruction <= 48'h0c862c140063; // HIGH D1 = Q * N + T
                10'd388: instruction <= 48'h0c8609940263; // HIGH AX = Q1 * N + T1
                10'd389: instruction <= 48'h00060500b290; // FULL T = AY * D1
                10'd390: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd391: instruction <= 48'h0c8229140063; // HIGH AY = Q * N + T
                10'd392: instruction <= 48'h00000050000c; // count 5
                // double
                10'd393: instruction <= 48'h00020500e791; // SQR T = AZ
                10'd394: instruction <= 48'h00462500a690; // FULL T1 = 2 AY * AY
                10'd395: instruction <= 48'h004a3500e690; // FULL T2 = 2 AY * AZ
                10'd396: instruction <= 48'h00ce0c242404; // LIN D0 = 2 AX + AX
                10'd397: instruction <= 48'h000e06000452; // LOW Q = T * NI
                10'd398: instruction <= 48'h000e26000652; // LOW Q1 = T1 * NI
                10'd399: instruction <= 48'h000e36000752; // LOW Q2 = T2 * NI
                10'd400: instruction <= 48'h0c8a2c140063; // HIGH D1 = Q * N + T
                10'd401: instruction <= 48'h0c8a3c940263; // HIGH D2 = Q1 * N + T1
                10'd402: instruction <= 48'h0c8a39d40363; // HIGH AZ = Q2 * N + T2
                10'd403: instruction <= 48'h00ca0db0b004; // LIN D3 = 2 D1 + D1
                10'd404: instruction <= 48'h004a2500f090; // FULL T1 = 2 AX * D2
                10'd405: instruction <= 48'h004e3500f3c0; // FULL T2 = 2 D2 * D2
                10'd406: instruction <= 48'h858a0500b0d0; // FULL T = D3 * D1 - N : raised
                10'd407: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd408: instruction <= 48'h0586051424c0; // FULL T = D0 * AX - T
                10'd409: instruction <= 48'h0c862d940263; // HIGH D4 = Q1 * N + T1
                10'd410: instruction <= 48'h000606000452; // LOW Q = T * NI
                10'd411: instruction <= 48'h05860bb4bc04; // LIN D6 = N2 - D4
                10'd412: instruction <= 48'h0c863d140063; // HIGH D5 = Q * N + T
                10'd413: instruction <= 48'h00462b002c04; // LIN D7 = 2 D6
                10'd414: instruction <= 48'h808205acf7d1; // SQR T = D5 + D7 : raised
                10'd415: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd416: instruction <= 48'h0c8209140063; // HIGH AX = Q * N + T
                10'd417: instruction <= 48'h258208fc2404; // LIN Y = AX - N3 : flag
                10'd418: instruction <= 48'h400209242004; // SEL AX = Y ? AX
                10'd419: instruction <= 48'h00823b2c2404; // LIN D8 = AX + D6
                10'd420: instruction <= 48'h008205d4efd0; // FULL T = D5 * D8 + T2
                10'd421: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd422: instruction <= 48'h0c8229140063; // HIGH AY = Q * N + T
                10'd423: instruction <= 48'h000000015898; // jump double if count
                10'd424: instruction <= 48'h00020500e791; // SQR T = AZ
                10'd425: instruction <= 48'h00062500e490; // FULL T1 = AX * AZ
                10'd426: instruction <= 48'h058a29a4e004; // LIN AY = N4 - AY
                10'd427: instruction <= 48'h000a06000452; // LOW Q = T * NI
                10'd428: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd429: instruction <= 48'h0c862c140063; // HIGH D1 = Q * N + T
                10'd430: instruction <= 48'h0c8609940263; // HIGH AX = Q1 * N + T1
                10'd431: instruction <= 48'h00060500b390; // FULL T = AZ * D1
                10'd432: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd433: instruction <= 48'h0c8239140063; // HIGH AZ = Q * N + T
                10'd434: instruction <= 48'h000000001c59; // call add
                10'd435: instruction <= 48'h00000001d7e8; // jump multiply_digit if digits
                10'd436: instruction <= 48'h00000000000a; // return
                // multiply_base
                10'd437: instruction <= 48'h00020900a804; // LIN AX = GX
                10'd438: instruction <= 48'h00062900e804; // LIN AY = GY
                10'd439: instruction <= 48'h000000065688; // jump multiply if not table
                10'd440: instruction <= 48'h258208903c04; // LIN Y = K - OC : flag
                10'd441: instruction <= 48'h00820cc02004; // LIN D0 = Y + ON
                10'd442: instruction <= 48'h40020f302004; // SEL K = Y ? D0
                10'd443: instruction <= 48'h000e06000422; // LOW Q = R2 * NI
                10'd444: instruction <= 48'h0e8239080063; // HIGH AZ = Q * N + R2 : short
                10'd445: instruction <= 48'h00c228e4e404; // LIN THREE = 2 AZ + AZ
                10'd446: instruction <= 48'h00020000000d; // digit first : drain
                10'd447: instruction <= 48'h001609030004; // LIN AX = BASE
                10'd448: instruction <= 48'h001629030404; // LIN AY = BASE.y
                // base_digit
                10'd449: instruction <= 48'h00000010000d; // digit next
                10'd450: instruction <= 48'h000000001f69; // call add_base
                10'd451: instruction <= 48'h00000001dc18; // jump base_digit if digits
                10'd452: instruction <= 48'h00000000000a; // return
                // add
                10'd453: instruction <= 48'h00c20c242404; // LIN D0 = 2 AX + AX
                10'd454: instruction <= 48'h00c62ce4e404; // LIN D1 = 2 AZ + AZ
                10'd455: instruction <= 48'h000a05020690; // FULL T = AY * TAB[digit].y
                10'd456: instruction <= 48'h000e25020f90; // FULL T1 = AZ * TAB[digit].w
                10'd457: instruction <= 48'h000e350200c0; // FULL T2 = D0 * TAB[digit]
                10'd458: instruction <= 48'h000a06000452; // LOW Q = T * NI
                10'd459: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd460: instruction <= 48'h000a36000752; // LOW Q2 = T2 * NI
                10'd461: instruction <= 48'h0c8a3c140063; // HIGH D2 = Q * N + T
                10'd462: instruction <= 48'h0c8a0d940263; // HIGH D3 = Q1 * N + T1
                10'd463: instruction <= 48'h0c8a2dd40363; // HIGH D4 = Q2 * N + T2
                10'd464: instruction <= 48'h001605020490; // FULL T = AX * TAB[digit].y
                10'd465: instruction <= 48'h001625020a90; // FULL T1 = AY * TAB[digit].z
                10'd466: instruction <= 48'h001635020c90; // FULL T2 = AX * TAB[digit].w
                10'd467: instruction <= 48'h008a05160290; // FULL T = AY * TAB[digit] + T
                10'd468: instruction <= 48'h008a25960790; // FULL T1 = AZ * TAB[digit].y + T1
                10'd469: instruction <= 48'h008a35d602c0; // FULL T2 = D1 * TAB[digit] + T2
                10'd470: instruction <= 48'h000236000752; // LOW Q2 = T2 * NI
                10'd471: instruction <= 48'h000e06000452; // LOW Q = T * NI
                10'd472: instruction <= 48'h000e26000652; // LOW Q1 = T1 * NI
                10'd473: instruction <= 48'h0c8a2bd40363; // HIGH D7 = Q2 * N + T2
                10'd474: instruction <= 48'h0c8a3d140063; // HIGH D5 = Q * N + T
                10'd475: instruction <= 48'h0c8a0b940263; // HIGH D6 = Q1 * N + T1
                // add_rest
                10'd476: instruction <= 48'h00c23b343404; // LIN D8 = 2 D3 + D3
                10'd477: instruction <= 48'h00860c34bc04; // LIN D0 = N2 + D3
                10'd478: instruction <= 48'h00863bb4ec04; // LIN D8 = D8 + D4
                10'd479: instruction <= 48'h808e35ac3430; // FULL T2 = NB * D3 + D7 : raised
                10'd480: instruction <= 48'h808625ecac30; // FULL T1 = NB * D7 + D8 : raised
                10'd481: instruction <= 48'h058e0cb43004; // LIN D0 = D0 - D4
                10'd482: instruction <= 48'h000a36000752; // LOW Q2 = T2 * NI
                10'd483: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd484: instruction <= 48'h0c862dd40363; // HIGH D4 = Q2 * N + T2
                10'd485: instruction <= 48'h0c862b940263; // HIGH D7 = Q1 * N + T1
                10'd486: instruction <= 48'h00960df0e004; // LIN D3 = N4 + D2
                10'd487: instruction <= 48'h008a2cb4f004; // LIN D1 = D2 + D4
                10'd488: instruction <= 48'h05860db43404; // LIN D3 = D3 - D4
                10'd489: instruction <= 48'h8596350033d0; // FULL T2 = D5 * D0 - N : raised
                10'd490: instruction <= 48'h000a0500b3d0; // FULL T = D5 * D1
                10'd491: instruction <= 48'h000a250036c0; // FULL T1 = D1 * D3
                10'd492: instruction <= 48'h058a35d434b0; // FULL T2 = D6 * D3 - T2
                10'd493: instruction <= 48'h008a0514acb0; // FULL T = D6 * D7 + T
                10'd494: instruction <= 48'h008a2594acc0; // FULL T1 = D0 * D7 + T1
                10'd495: instruction <= 48'h000a36000752; // LOW Q2 = T2 * NI
                10'd496: instruction <= 48'h000a06000452; // LOW Q = T * NI
                10'd497: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd498: instruction <= 48'h0c8a39d40363; // HIGH AZ = Q2 * N + T2
                10'd499: instruction <= 48'h0c8a09140063; // HIGH AX = Q * N + T
                10'd500: instruction <= 48'h0c8a29940263; // HIGH AY = Q1 * N + T1
                10'd501: instruction <= 48'h00000000000a; // return
                // add_base
                10'd502: instruction <= 48'h00c22ce4e404; // LIN D1 = 2 AZ + AZ
                10'd503: instruction <= 48'h00c60c242404; // LIN D0 = 2 AX + AX
                10'd504: instruction <= 48'h000a3500a090; // FULL T2 = AX * THREE
                10'd505: instruction <= 48'h000e05030690; // FULL T = AY * BASE.y
                10'd506: instruction <= 48'h00122500a390; // FULL T1 = AZ * THREE
                10'd507: instruction <= 48'h008a35d702c0; // FULL T2 = D1 * BASE + T2
                10'd508: instruction <= 48'h000a06000452; // LOW Q = T * NI
                10'd509: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd510: instruction <= 48'h000a36000752; // LOW Q2 = T2 * NI
                10'd511: instruction <= 48'h0c8a3c140063; // HIGH D2 = Q * N + T
                10'd512: instruction <= 48'h0c8a0d940263; // HIGH D3 = Q1 * N + T1
                10'd513: instruction <= 48'h0c8a2bd40363; // HIGH D7 = Q2 * N + T2
                10'd514: instruction <= 48'h001605030490; // FULL T = AX * BASE.y
                10'd515: instruction <= 48'h0016350300c0; // FULL T2 = D0 * BASE
                10'd516: instruction <= 48'h809625a70790; // FULL T1 = AZ * BASE.y + AY : raised
                10'd517: instruction <= 48'h008a05170290; // FULL T = AY * BASE + T
                10'd518: instruction <= 48'h000a36000752; // LOW Q2 = T2 * NI
                10'd519: instruction <= 48'h000a26000652; // LOW Q1 = T1 * NI
                10'd520: instruction <= 48'h000a06000452; // LOW Q = T * NI
                10'd521: instruction <= 48'h0c8a2dd40363; // HIGH D4 = Q2 * N + T2
                10'd522: instruction <= 48'h0c8a0b940263; // HIGH D6 = Q1 * N + T1
                10'd523: instruction <= 48'h0c8a3d140063; // HIGH D5 = Q * N + T
                10'd524: instruction <= 48'h000000001dc8; // jump add_rest
                // affine
                10'd525: instruction <= 48'h00023e00e404; // LIN IB = AZ
                10'd526: instruction <= 48'h00060f008c04; // LIN K = PM2
                10'd527: instruction <= 48'h0000000021d9; // call invert
                10'd528: instruction <= 48'h000206000442; // LOW Q = A * NI
                10'd529: instruction <= 48'h0e8204100063; // HIGH A = Q * N + A : short
                10'd530: instruction <= 48'h000205001090; // FULL T = AX * A
                10'd531: instruction <= 48'h000625001290; // FULL T1 = AY * A
                10'd532: instruction <= 48'h000606000452; // LOW Q = T * NI
                10'd533: instruction <= 48'h000626000652; // LOW Q1 = T1 * NI
                10'd534: instruction <= 48'h0c8607140063; // HIGH X = Q * N + T
                10'd535: instruction <= 48'h0c8627940263; // HIGH X.1 = Q1 * N + T1
                10'd536: instruction <= 48'h258608001c04; // LIN Y = X - N : flag
                10'd537: instruction <= 48'h4002071c2004; // SEL X = Y ? X
                10'd538: instruction <= 48'h258a08009c04; // LIN Y = X.1 - N : flag
                10'd539: instruction <= 48'h4002279c2004; // SEL X.1 = Y ? X.1
                10'd540: instruction <= 48'h00000000000a; // return
                // invert
                10'd541: instruction <= 48'h00000000000b; // set index_zero
                10'd542: instruction <= 48'h000206000422; // LOW Q = R2 * NI
                10'd543: instruction <= 48'h0e8240080063; // HIGH TAB[i] = Q * N + R2 : short
                10'd544: instruction <= 48'h00000010000b; // set index_next
                10'd545: instruction <= 48'h000a4000f804; // LIN TAB[i] = IB
                // invert_table
                10'd546: instruction <= 48'h0002050103e0; // FULL T = IB * TAB[i]
                10'd547: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd548: instruction <= 48'h00000010000b; // set index_next
                10'd549: instruction <= 48'h0c8240140063; // HIGH TAB[i] = Q * N + T
                10'd550: instruction <= 48'h00000001a228; // jump invert_table if index
                10'd551: instruction <= 48'h00020000000d; // digit first : drain
                10'd552: instruction <= 48'h000204020004; // LIN A = TAB[digit]
                // invert_digit
                10'd553: instruction <= 48'h00000010000d; // digit next
                10'd554: instruction <= 48'h00000050000c; // count 5
                // invert_square
                10'd555: instruction <= 48'h000205001041; // SQR T = A
                10'd556: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd557: instruction <= 48'h0c8204140063; // HIGH A = Q * N + T
                10'd558: instruction <= 48'h0000000162b8; // jump invert_square if count
                10'd559: instruction <= 48'h000205020040; // FULL T = A * TAB[digit]
                10'd560: instruction <= 48'h000206000452; // LOW Q = T * NI
                10'd561: instruction <= 48'h0c8204140063; // HIGH A = Q * N + T
                10'd562: instruction <= 48'h00000001e298; // jump invert_digit if digits
                10'd563: instruction <= 48'h00000000000a; // return
                // scalar_error
                10'd564: instruction <= 48'h00020040000f; // end INVALID_SCALAR
                // point_error
                10'd565: instruction <= 48'h00020030000f; // end INVALID_POINT
                // result_error
                10'd566: instruction <= 48'h00020050000f; // end INVALID_RESULT
                // range_error
                10'd567: instruction <= 48'h00020010000f; // end OPERAND_RANGE
                // check_error
                10'd568: instruction <= 48'h00020020000f; // end CHECK_FAILED
                // wipe
                10'd569: instruction <= 48'h00000000000d; // digit first
                10'd570: instruction <= 48'h009a05250040; // FULL T = A * TAB[i] + C
                10'd571: instruction <= 48'h00027000000f; // end OK X : drain
                default: instruction <= 48'd0;
            endcase
endmodule
