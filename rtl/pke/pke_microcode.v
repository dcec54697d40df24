// SPDX-License-Identifier: Apache-2.0
// The public-key engine's program memory. Made by rtl/pke/microcode.py from microcode.txt.

module pke_microcode (
    input  logic        clk,
    input  logic        read,
    input  logic [9:0] address,
    output logic [50:0] instruction
);
    always_ff @(posedge clk)
        if (read)
            case (address)
                // rsa_public
                10'd0: instruction <= 51'h7259a08002404; // LIN Y = C - N : flag
                10'd1: instruction <= 51'h0000200007428; // jump range_error if flag : drain
                10'd2: instruction <= 51'h0000000000619; // call setup
                10'd3: instruction <= 51'h7001a05000890; // FULL T = C * R2
                10'd4: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd5: instruction <= 51'h70c9a07140063; // HIGH X = Q * N + T
                10'd6: instruction <= 51'h00000000004f9; // call public_power
                10'd7: instruction <= 51'h000027000000f; // end OK X
                // modexp
                10'd8: instruction <= 51'h7259a08002404; // LIN Y = C - N : flag
                10'd9: instruction <= 51'h0000200007428; // jump range_error if flag : drain
                10'd10: instruction <= 51'h0000000000619; // call setup
                10'd11: instruction <= 51'h7001a05000890; // FULL T = C * R2
                10'd12: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd13: instruction <= 51'h70c9a07140063; // HIGH X = Q * N + T
                // power
                10'd14: instruction <= 51'h000000000000b; // set index_zero
                10'd15: instruction <= 51'h7001a06000422; // LOW Q = R2 * NI
                10'd16: instruction <= 51'h70e9a40080063; // HIGH TAB[i] = Q * N + R2 : short
                10'd17: instruction <= 51'h000000010000b; // set index_next
                10'd18: instruction <= 51'h7001a40001c04; // LIN TAB[i] = X
                // power_table
                10'd19: instruction <= 51'h7001a05010070; // FULL T = X * TAB[i]
                10'd20: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd21: instruction <= 51'h000000010000b; // set index_next
                10'd22: instruction <= 51'h70c9a40140063; // HIGH TAB[i] = Q * N + T
                10'd23: instruction <= 51'h0000000018138; // jump power_table if index
                10'd24: instruction <= 51'h000000000000d; // digit first
                10'd25: instruction <= 51'h7001a04020004; // LIN A = TAB[digit]
                // power_digit
                10'd26: instruction <= 51'h000000010000d; // digit next
                10'd27: instruction <= 51'h000000050000c; // count 5
                // power_square
                10'd28: instruction <= 51'h7001a05001041; // SQR T = A
                10'd29: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd30: instruction <= 51'h70c9a04140063; // HIGH A = Q * N + T
                10'd31: instruction <= 51'h00000000141c8; // jump power_square if count
                10'd32: instruction <= 51'h7001a05020040; // FULL T = A * TAB[digit]
                10'd33: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd34: instruction <= 51'h70c9a04140063; // HIGH A = Q * N + T
                10'd35: instruction <= 51'h000000001c1a8; // jump power_digit if digits
                10'd36: instruction <= 51'h7001a06000442; // LOW Q = A * NI
                10'd37: instruction <= 51'h70e9a07100063; // HIGH X = Q * N + A : short
                10'd38: instruction <= 51'h7259a08001c04; // LIN Y = X - N : flag
                10'd39: instruction <= 51'h7401a071c2004; // SEL X = Y ? X
                10'd40: instruction <= 51'h0000000008368; // jump private_join if split
                10'd41: instruction <= 51'h000027000000f; // end OK X
                // rsa_private
                10'd42: instruction <= 51'h7258088282404; // LIN Y = C - MOD : flag full solo
                10'd43: instruction <= 51'h0000200007428; // jump range_error if flag : drain
                10'd44: instruction <= 51'h0000000000619; // call setup
                10'd45: instruction <= 51'h7001a06000592; // LOW Q = C.0 * NI
                10'd46: instruction <= 51'h70c9a04640063; // HIGH A = Q * N + C.0
                10'd47: instruction <= 51'h7001a05000821; // SQR T = R2
                10'd48: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd49: instruction <= 51'h70c9a07140063; // HIGH X = Q * N + T
                10'd50: instruction <= 51'h7001a05001c40; // FULL T = A * X
                10'd51: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd52: instruction <= 51'h70c9a07140063; // HIGH X = Q * N + T
                10'd53: instruction <= 51'h00000000000e8; // jump power
                // private_join
                10'd54: instruction <= 51'h7000015004a70; // FULL T.0 = X.1 * R2.0 : solo
                10'd55: instruction <= 51'h7000016004552; // LOW Q.0 = T.0 * NI.0 : solo
                10'd56: instruction <= 51'h70c8018544163; // HIGH Y.0 = Q.0 * N.0 + T.0 : solo
                10'd57: instruction <= 51'h700c016504004; // LIN Q.0 = 2 N.0 + A.0 : solo
                10'd58: instruction <= 51'h7058018605804; // LIN Y.0 = Q.0 - Y.0 : solo
                10'd59: instruction <= 51'h7000015007580; // FULL T.0 = Y.0 * QINV.0 : solo
                10'd60: instruction <= 51'h7000016004552; // LOW Q.0 = T.0 * NI.0 : solo
                10'd61: instruction <= 51'h70c8018544163; // HIGH Y.0 = Q.0 * N.0 + T.0 : solo
                10'd62: instruction <= 51'h7258016406004; // LIN Q.0 = Y.0 - N.0 : solo flag
                10'd63: instruction <= 51'h7400018605804; // SEL Y.0 = Q.0 ? Y.0 : solo
                10'd64: instruction <= 51'h702801c9c6200; // FULL S.0 = N.1 * Y.0 + X.1 : solo short
                10'd65: instruction <= 51'h000000040000b; // set single
                10'd66: instruction <= 51'h7001a00002804; // LIN N = MOD
                10'd67: instruction <= 51'h7001a03002c04; // LIN NORM = MODNORM
                10'd68: instruction <= 51'h0000000000619; // call setup
                10'd69: instruction <= 51'h7001a050008c0; // FULL T = S * R2
                10'd70: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd71: instruction <= 51'h70c9a07140063; // HIGH X = Q * N + T
                10'd72: instruction <= 51'h00000000004f9; // call public_power
                10'd73: instruction <= 51'h7059a08241c04; // LIN Y = X - C
                10'd74: instruction <= 51'h7259a05003004; // LIN T = S - N : flag
                10'd75: instruction <= 51'h7401a08200004; // SEL Y = N ? Y
                10'd76: instruction <= 51'h725ba05200004; // LIN T = 0 - Y : flag
                10'd77: instruction <= 51'h0000200047438; // jump check_error if not flag : drain
                10'd78: instruction <= 51'h00002c000000f; // end OK S
                // public_power
                10'd79: instruction <= 51'h000000060000b; // bits exponent
                // public_skip
                10'd80: instruction <= 51'h000000000000e; // bit
                10'd81: instruction <= 51'h000000004c508; // jump public_skip if not bit
                10'd82: instruction <= 51'h7001a04001c04; // LIN A = X
                // public_square
                10'd83: instruction <= 51'h000000000000e; // bit
                10'd84: instruction <= 51'h7001a05001041; // SQR T = A
                10'd85: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd86: instruction <= 51'h70c9a04140063; // HIGH A = Q * N + T
                10'd87: instruction <= 51'h000000004c5b8; // jump public_next if not bit
                10'd88: instruction <= 51'h7001a05001c40; // FULL T = A * X
                10'd89: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd90: instruction <= 51'h70c9a04140063; // HIGH A = Q * N + T
                // public_next
                10'd91: instruction <= 51'h0000000010538; // jump public_square if bits
                10'd92: instruction <= 51'h7001a06000442; // LOW Q = A * NI
                10'd93: instruction <= 51'h70e9a07100063; // HIGH X = Q * N + A : short
                10'd94: instruction <= 51'h7259a08001c04; // LIN Y = X - N : flag
                10'd95: instruction <= 51'h7401a071c2004; // SEL X = Y ? X
                10'd96: instruction <= 51'h000000000000a; // return
                // setup
                10'd97: instruction <= 51'h000000020000b; // set hensel_one
                10'd98: instruction <= 51'h705bb01000004; // LIN NI = 0 - N : hensel
                10'd99: instruction <= 51'h000000060000c; // count 6
                // setup_word
                10'd100: instruction <= 51'h7081b07000402; // LOW X = N * NI + 2 : hensel
                10'd101: instruction <= 51'h7001b08001c12; // LOW Y = NI * X : hensel
                10'd102: instruction <= 51'h7001b01002004; // LIN NI = Y : hensel
                10'd103: instruction <= 51'h0000000014648; // jump setup_word if count
                // setup_double
                10'd104: instruction <= 51'h000000030000b; // set hensel_double
                10'd105: instruction <= 51'h7081b07000402; // LOW X = N * NI + 2 : hensel
                10'd106: instruction <= 51'h7001b08001c12; // LOW Y = NI * X : hensel
                10'd107: instruction <= 51'h7001b01002004; // LIN NI = Y : hensel
                10'd108: instruction <= 51'h0000000020688; // jump setup_double if hensel
                10'd109: instruction <= 51'h7001a08000c02; // LOW Y = N * NORM
                10'd110: instruction <= 51'h7103a02000004; // LIN R2 = 0 + TOP
                10'd111: instruction <= 51'h000000050000c; // count 5
                // setup_shift
                10'd112: instruction <= 51'h725da06200804; // LIN Q = 2 R2 - Y : flag
                10'd113: instruction <= 51'h7005e02000804; // LIN R2 = 2 R2 : free
                10'd114: instruction <= 51'h7401a02081804; // SEL R2 = Q ? R2
                10'd115: instruction <= 51'h0000000014708; // jump setup_shift if count
                10'd116: instruction <= 51'h000000050000b; // bits length
                // setup_skip
                10'd117: instruction <= 51'h000000000000e; // bit
                10'd118: instruction <= 51'h000000004c758; // jump setup_skip if not bit
                // setup_square
                10'd119: instruction <= 51'h000000000000e; // bit
                10'd120: instruction <= 51'h7001a05000821; // SQR T = R2
                10'd121: instruction <= 51'h7001a06000452; // LOW Q = T * NI
                10'd122: instruction <= 51'h70c9a02140063; // HIGH R2 = Q * N + T
                10'd123: instruction <= 51'h000000004c7d8; // jump setup_next if not bit
                10'd124: instruction <= 51'h7005a02000804; // LIN R2 = 2 R2
                // setup_next
                10'd125: instruction <= 51'h0000000010778; // jump setup_square if bits
                10'd126: instruction <= 51'h000000000000a; // return
                // ec_multiply
                10'd127: instruction <= 51'h0000000001759; // call scalar_check
                10'd128: instruction <= 51'h0000000024888; // jump ec_multiply_256 if two
                10'd129: instruction <= 51'h00000000017a9; // call field
                10'd130: instruction <= 51'h0000000001859; // call point_check
                10'd131: instruction <= 51'h000020f003804; // LIN K = ES
                10'd132: instruction <= 51'h00000000019e9; // call multiply
                10'd133: instruction <= 51'h00000000021c9; // call invert_z
                10'd134: instruction <= 51'h00000000021f9; // call affine
                10'd135: instruction <= 51'h000027000000f; // end OK X
                // ec_multiply_256
                10'd136: instruction <= 51'h0000000002739; // call point_check_256
                10'd137: instruction <= 51'h000020f003804; // LIN K = ES
                10'd138: instruction <= 51'h0000000002869; // call multiply_256
                10'd139: instruction <= 51'h00000000030e9; // call affine_256
                10'd140: instruction <= 51'h0000207032004; // LIN X = FX
                10'd141: instruction <= 51'h0000627032404; // LIN X.1 = FY
                10'd142: instruction <= 51'h000027000000f; // end OK X
                // ec_multiply_base
                10'd143: instruction <= 51'h0000000001759; // call scalar_check
                10'd144: instruction <= 51'h000020f003804; // LIN K = ES
                10'd145: instruction <= 51'h0000000024998; // jump ec_base_256 if two
                10'd146: instruction <= 51'h00000000017a9; // call field
                10'd147: instruction <= 51'h000020900a804; // LIN AX = GX
                10'd148: instruction <= 51'h000062900e804; // LIN AY = GY
                10'd149: instruction <= 51'h00000000019e9; // call multiply
                10'd150: instruction <= 51'h00000000021c9; // call invert_z
                10'd151: instruction <= 51'h00000000021f9; // call affine
                10'd152: instruction <= 51'h000027000000f; // end OK X
                // ec_base_256
                10'd153: instruction <= 51'h0000000002cb9; // call multiply_base_256
                10'd154: instruction <= 51'h00000000030e9; // call affine_256
                10'd155: instruction <= 51'h0000207032004; // LIN X = FX
                10'd156: instruction <= 51'h0000627032404; // LIN X.1 = FY
                10'd157: instruction <= 51'h000027000000f; // end OK X
                // ecdsa_sign
                10'd158: instruction <= 51'h0000000001759; // call scalar_check
                10'd159: instruction <= 51'h0258208c02804; // LIN Y = ER - ON : flag
                10'd160: instruction <= 51'h00002000073f8; // jump scalar_error if flag : drain
                10'd161: instruction <= 51'h025a208280004; // LIN Y = 0 - ER : flag
                10'd162: instruction <= 51'h00002000073f8; // jump scalar_error if flag : drain
                10'd163: instruction <= 51'h000020f003804; // LIN K = ES
                10'd164: instruction <= 51'h0000000024ac8; // jump sign_256 if two
                10'd165: instruction <= 51'h00000000017a9; // call field
                10'd166: instruction <= 51'h000020900a804; // LIN AX = GX
                10'd167: instruction <= 51'h000062900e804; // LIN AY = GY
                10'd168: instruction <= 51'h00000000019e9; // call multiply
                10'd169: instruction <= 51'h00000000021c9; // call invert_z
                10'd170: instruction <= 51'h00000000021f9; // call affine
                10'd171: instruction <= 51'h0000000000af8; // jump sign_order
                // sign_256
                10'd172: instruction <= 51'h0000000002cb9; // call multiply_base_256
                10'd173: instruction <= 51'h00000000030e9; // call affine_256
                10'd174: instruction <= 51'h0000207032004; // LIN X = FX
                // sign_order
                10'd175: instruction <= 51'h0000000001819; // call order
                10'd176: instruction <= 51'h0258208001c04; // LIN Y = X - N : flag
                10'd177: instruction <= 51'h04002071c2004; // SEL X = Y ? X
                10'd178: instruction <= 51'h025a2081c0004; // LIN Y = 0 - X : flag
                10'd179: instruction <= 51'h0000200007418; // jump result_error if flag : drain
                10'd180: instruction <= 51'h00002050008e0; // FULL T = ES * R2
                10'd181: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd182: instruction <= 51'h00c823e140063; // HIGH IB = Q * N + T
                10'd183: instruction <= 51'h0000000002429; // call invert_order
                10'd184: instruction <= 51'h00002050008a0; // FULL T = ER * R2
                10'd185: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd186: instruction <= 51'h00c8208140063; // HIGH Y = Q * N + T
                10'd187: instruction <= 51'h0000205001c80; // FULL T = Y * X
                10'd188: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd189: instruction <= 51'h00c8208140063; // HIGH Y = Q * N + T
                10'd190: instruction <= 51'h0008208dc2004; // LIN Y = Y + EE
                10'd191: instruction <= 51'h0000205001080; // FULL T = Y * A
                10'd192: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd193: instruction <= 51'h00c8227140063; // HIGH X.1 = Q * N + T
                10'd194: instruction <= 51'h0258208009c04; // LIN Y = X.1 - N : flag
                10'd195: instruction <= 51'h04002279c2004; // SEL X.1 = Y ? X.1
                10'd196: instruction <= 51'h025a2089c0004; // LIN Y = 0 - X.1 : flag
                10'd197: instruction <= 51'h0000200007418; // jump result_error if flag : drain
                10'd198: instruction <= 51'h000027000000f; // end OK X
                // ecdsa_verify
                10'd199: instruction <= 51'h0258208c03804; // LIN Y = ES - ON : flag
                10'd200: instruction <= 51'h0000200005158; // jump signature_error if flag : drain
                10'd201: instruction <= 51'h025a208380004; // LIN Y = 0 - ES : flag
                10'd202: instruction <= 51'h0000200005158; // jump signature_error if flag : drain
                10'd203: instruction <= 51'h0258208c02804; // LIN Y = ER - ON : flag
                10'd204: instruction <= 51'h0000200005158; // jump signature_error if flag : drain
                10'd205: instruction <= 51'h025a208280004; // LIN Y = 0 - ER : flag
                10'd206: instruction <= 51'h0000200005158; // jump signature_error if flag : drain
                10'd207: instruction <= 51'h0000000024d38; // jump verify_point_256 if two
                10'd208: instruction <= 51'h00000000017a9; // call field
                10'd209: instruction <= 51'h0000000001859; // call point_check
                10'd210: instruction <= 51'h0000000000d48; // jump verify_scalars
                // verify_point_256
                10'd211: instruction <= 51'h0000000002739; // call point_check_256
                // verify_scalars
                10'd212: instruction <= 51'h0000000001819; // call order
                10'd213: instruction <= 51'h00002050008e0; // FULL T = ES * R2
                10'd214: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd215: instruction <= 51'h00c823e140063; // HIGH IB = Q * N + T
                10'd216: instruction <= 51'h0000000002429; // call invert_order
                10'd217: instruction <= 51'h00002050010a0; // FULL T = ER * A
                10'd218: instruction <= 51'h0000625001370; // FULL T1 = EE * A
                10'd219: instruction <= 51'h0000606000452; // LOW Q = T * NI
                10'd220: instruction <= 51'h0000626000652; // LOW Q1 = T1 * NI
                10'd221: instruction <= 51'h00c8608140063; // HIGH Y = Q * N + T
                10'd222: instruction <= 51'h00c860e940263; // HIGH ES = Q1 * N + T1
                10'd223: instruction <= 51'h025860c002004; // LIN D0 = Y - N : flag
                10'd224: instruction <= 51'h040020f203004; // SEL K = D0 ? Y
                10'd225: instruction <= 51'h0258a0c003804; // LIN D0 = ES - N : flag
                10'd226: instruction <= 51'h040020e383004; // SEL ES = D0 ? ES
                10'd227: instruction <= 51'h0000000025168; // jump verify_256 if two
                10'd228: instruction <= 51'h00000000017a9; // call field
                10'd229: instruction <= 51'h00000000019e9; // call multiply
                10'd230: instruction <= 51'h0000206000492; // LOW Q = AX * NI
                10'd231: instruction <= 51'h0000626000692; // LOW Q1 = AY * NI
                10'd232: instruction <= 51'h0000a36000792; // LOW Q2 = AZ * NI
                10'd233: instruction <= 51'h00e8a07240063; // HIGH X = Q * N + AX : short
                10'd234: instruction <= 51'h00e8a27a40263; // HIGH X.1 = Q1 * N + AY : short
                10'd235: instruction <= 51'h00e8a37e40363; // HIGH X.2 = Q2 * N + AZ : short
                10'd236: instruction <= 51'h000160f003804; // LIN K = ES
                10'd237: instruction <= 51'h000160900a804; // LIN AX = GX
                10'd238: instruction <= 51'h000162900e804; // LIN AY = GY
                10'd239: instruction <= 51'h00000000019e9; // call multiply
                10'd240: instruction <= 51'h000000000000b; // set index_zero
                10'd241: instruction <= 51'h000000020000d; // digit zero
                10'd242: instruction <= 51'h0000240001c04; // LIN TAB[i] = X
                10'd243: instruction <= 51'h0000641009c04; // LIN TAB[i].y = X.1
                10'd244: instruction <= 51'h0000a4200dc04; // LIN TAB[i].z = X.2
                10'd245: instruction <= 51'h000ce43dcdc04; // LIN TAB[i].w = 2 X.2 + X.2
                10'd246: instruction <= 51'h0000000001eb9; // call add
                10'd247: instruction <= 51'h0000206000792; // LOW Q = AZ * NI
                10'd248: instruction <= 51'h0000626000492; // LOW Q1 = AX * NI
                10'd249: instruction <= 51'h00e8608e40063; // HIGH Y = Q * N + AZ : short
                10'd250: instruction <= 51'h00e8607240263; // HIGH X = Q1 * N + AX : short
                10'd251: instruction <= 51'h025860c002004; // LIN D0 = Y - N : flag
                10'd252: instruction <= 51'h0400208203004; // SEL Y = D0 ? Y
                10'd253: instruction <= 51'h025a20c200004; // LIN D0 = 0 - Y : flag
                10'd254: instruction <= 51'h0000200005158; // jump signature_error if flag : drain
                10'd255: instruction <= 51'h025820c001c04; // LIN D0 = X - N : flag
                10'd256: instruction <= 51'h04002071c3004; // SEL X = D0 ? X
                10'd257: instruction <= 51'h000000020000c; // count 2
                // verify_compare
                10'd258: instruction <= 51'h00002050008a0; // FULL T = ER * R2
                10'd259: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd260: instruction <= 51'h00c820c140063; // HIGH D0 = Q * N + T
                10'd261: instruction <= 51'h0000e06000792; // LOW Q = AZ * NI
                10'd262: instruction <= 51'h00e822ce40063; // HIGH D1 = Q * N + AZ : short
                10'd263: instruction <= 51'h000020500b0c0; // FULL T = D0 * D1
                10'd264: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd265: instruction <= 51'h00c8208140063; // HIGH Y = Q * N + T
                10'd266: instruction <= 51'h025820c002004; // LIN D0 = Y - N : flag
                10'd267: instruction <= 51'h0400208203004; // SEL Y = D0 ? Y
                10'd268: instruction <= 51'h025820c1c2004; // LIN D0 = Y - X : flag
                10'd269: instruction <= 51'h0000200045118; // jump verify_other if not flag : drain
                10'd270: instruction <= 51'h025820c201c04; // LIN D0 = X - Y : flag
                10'd271: instruction <= 51'h0000200045118; // jump verify_other if not flag : drain
                10'd272: instruction <= 51'h000027000000f; // end OK X
                // verify_other
                10'd273: instruction <= 51'h000820ac02804; // LIN ER = ER + ON
                10'd274: instruction <= 51'h025820c002804; // LIN D0 = ER - N : flag
                10'd275: instruction <= 51'h0000200005158; // jump signature_error if flag : drain
                10'd276: instruction <= 51'h0000000015028; // jump verify_compare if count
                // signature_error
                10'd277: instruction <= 51'h000020060000f; // end SIGNATURE_INVALID
                // verify_256
                10'd278: instruction <= 51'h0000000002869; // call multiply_256
                10'd279: instruction <= 51'h0000002800087; // FLIN VX = FX
                10'd280: instruction <= 51'h1000002900097; // FLIN VY = FY
                10'd281: instruction <= 51'h2000002a000a7; // FLIN VZ = FZ
                10'd282: instruction <= 51'h300020f003804; // LIN K = ES
                10'd283: instruction <= 51'h0000000002cb9; // call multiply_base_256
                10'd284: instruction <= 51'h000000090000b; // set index_last
                10'd285: instruction <= 51'h000000040000d; // digit last
                10'd286: instruction <= 51'h0000008000287; // FLIN TAB[i] = VX
                10'd287: instruction <= 51'h1000008100297; // FLIN TAB[i].y = VY
                10'd288: instruction <= 51'h20000082002a7; // FLIN TAB[i].z = VZ
                10'd289: instruction <= 51'h0000000002d69; // call add_256
                10'd290: instruction <= 51'h00000000030e9; // call affine_256
                10'd291: instruction <= 51'h0000207032004; // LIN X = FX
                10'd292: instruction <= 51'h025820c001c04; // LIN D0 = X - N : flag
                10'd293: instruction <= 51'h04002071c3004; // SEL X = D0 ? X
                10'd294: instruction <= 51'h025820c281c04; // LIN D0 = X - ER : flag
                10'd295: instruction <= 51'h0000200045158; // jump signature_error if not flag : drain
                10'd296: instruction <= 51'h025820c1c2804; // LIN D0 = ER - X : flag
                10'd297: instruction <= 51'h0000200045158; // jump signature_error if not flag : drain
                10'd298: instruction <= 51'h000027000000f; // end OK X
                // x25519
                10'd299: instruction <= 51'h0002001f00027; // FLIN L2X = ONE
                10'd300: instruction <= 51'h1002002000007; // FLIN L2Z = ZERO
                10'd301: instruction <= 51'h2002002100087; // FLIN L3X = FX
                10'd302: instruction <= 51'h3002002200027; // FLIN L3Z = ONE
                10'd303: instruction <= 51'h000000000000d; // digit first
                // ladder_digit
                10'd304: instruction <= 51'h000000050000c; // count 5
                // ladder
                10'd305: instruction <= 51'h000000070000b; // set digit_bit
                10'd306: instruction <= 51'h00020010201f7; // FLIN LA = L2X + L2Z
                10'd307: instruction <= 51'h10020c12201f7; // FLIN LB = L2X - L2Z + 2 p
                10'd308: instruction <= 51'h20020c1322217; // FLIN LD = L3X - L3Z + 2 p
                10'd309: instruction <= 51'h3002001122217; // FLIN LC = L3X + L3Z
                10'd310: instruction <= 51'h1002002510135; // MUL DA = LD * LA
                10'd311: instruction <= 51'h0002402612115; // MUL CB = LC * LB
                10'd312: instruction <= 51'h0402802300106; // FSQR SA = LA / LC
                10'd313: instruction <= 51'h1402c02400126; // FSQR SB = LB / LD
                10'd314: instruction <= 51'h4002801426257; // FLIN F0 = DA + CB
                10'd315: instruction <= 51'h50028c1526257; // FLIN F1 = DA - CB + 2 p
                10'd316: instruction <= 51'h1003002100146; // FSQR L3X = F0
                10'd317: instruction <= 51'h0003401500156; // FSQR F1 = F1
                10'd318: instruction <= 51'h60028c2724237; // FLIN LE = SA - SB + 2 p
                10'd319: instruction <= 51'h0003401627075; // MUL F2 = A24 * LE
                10'd320: instruction <= 51'h6002c01f24235; // MUL L2X = SA * SB
                10'd321: instruction <= 51'h6002802215085; // MUL L3Z = FX * F1
                10'd322: instruction <= 51'h6002801623167; // FLIN F2 = F2 + SA
                10'd323: instruction <= 51'h0003402016275; // MUL L2Z = LE * F2
                10'd324: instruction <= 51'h0000000015318; // jump ladder if count
                10'd325: instruction <= 51'h000000010000d; // digit next
                10'd326: instruction <= 51'h000000001d308; // jump ladder_digit if digits
                10'd327: instruction <= 51'h0002001400206; // FSQR F0 = L2Z
                10'd328: instruction <= 51'h0002001e00146; // FSQR FA = F0
                10'd329: instruction <= 51'h0002001e001e6; // FSQR FA = FA
                10'd330: instruction <= 51'h00020015201e5; // MUL F1 = FA * L2Z
                10'd331: instruction <= 51'h0002001415145; // MUL F0 = F0 * F1
                10'd332: instruction <= 51'h0002001e00146; // FSQR FA = F0
                10'd333: instruction <= 51'h00020015151e5; // MUL F1 = FA * F1
                10'd334: instruction <= 51'h0002001e00156; // FSQR FA = F1
                10'd335: instruction <= 51'h000000040000c; // count 4
                10'd336: instruction <= 51'h0000000001729; // call squares_25519
                10'd337: instruction <= 51'h00020015151e5; // MUL F1 = FA * F1
                10'd338: instruction <= 51'h0002001e00156; // FSQR FA = F1
                10'd339: instruction <= 51'h000000090000c; // count 9
                10'd340: instruction <= 51'h0000000001729; // call squares_25519
                10'd341: instruction <= 51'h00020016151e5; // MUL F2 = FA * F1
                10'd342: instruction <= 51'h0002001e00166; // FSQR FA = F2
                10'd343: instruction <= 51'h000000130000c; // count 19
                10'd344: instruction <= 51'h0000000001729; // call squares_25519
                10'd345: instruction <= 51'h0002001e161e5; // MUL FA = FA * F2
                10'd346: instruction <= 51'h0000000a0000c; // count 10
                10'd347: instruction <= 51'h0000000001729; // call squares_25519
                10'd348: instruction <= 51'h00020015151e5; // MUL F1 = FA * F1
                10'd349: instruction <= 51'h0002001e00156; // FSQR FA = F1
                10'd350: instruction <= 51'h000000310000c; // count 49
                10'd351: instruction <= 51'h0000000001729; // call squares_25519
                10'd352: instruction <= 51'h00020016151e5; // MUL F2 = FA * F1
                10'd353: instruction <= 51'h0002001e00166; // FSQR FA = F2
                10'd354: instruction <= 51'h000000630000c; // count 99
                10'd355: instruction <= 51'h0000000001729; // call squares_25519
                10'd356: instruction <= 51'h0002001e161e5; // MUL FA = FA * F2
                10'd357: instruction <= 51'h000000320000c; // count 50
                10'd358: instruction <= 51'h0000000001729; // call squares_25519
                10'd359: instruction <= 51'h0002001e151e5; // MUL FA = FA * F1
                10'd360: instruction <= 51'h000000050000c; // count 5
                10'd361: instruction <= 51'h0000000001729; // call squares_25519
                10'd362: instruction <= 51'h0002001e141e5; // MUL FA = FA * F0
                10'd363: instruction <= 51'h0002000c1e1f5; // MUL W0 = L2X * FA
                10'd364: instruction <= 51'h0202040d010c7; // FLIN W1 = W0 - FP : flag
                10'd365: instruction <= 51'h0402000c000c7; // FLIN W0 = W0 / W1
                10'd366: instruction <= 51'h0000207033004; // LIN X = W0
                10'd367: instruction <= 51'h0202c40d0c007; // FLIN W1 = ZERO - W0 : flag
                10'd368: instruction <= 51'h0000200007418; // jump result_error if flag : drain
                10'd369: instruction <= 51'h000027000000f; // end OK X
                // squares_25519
                10'd370: instruction <= 51'h0002001e001e6; // FSQR FA = FA
                10'd371: instruction <= 51'h0000000015728; // jump squares_25519 if count
                10'd372: instruction <= 51'h000000000000a; // return
                // scalar_check
                10'd373: instruction <= 51'h0258208c03804; // LIN Y = ES - ON : flag
                10'd374: instruction <= 51'h00002000073f8; // jump scalar_error if flag : drain
                10'd375: instruction <= 51'h025a208380004; // LIN Y = 0 - ES : flag
                10'd376: instruction <= 51'h00002000073f8; // jump scalar_error if flag : drain
                10'd377: instruction <= 51'h000000000000a; // return
                // field
                10'd378: instruction <= 51'h0000200008004; // LIN N = PN
                10'd379: instruction <= 51'h0000601008404; // LIN NI = PNI
                10'd380: instruction <= 51'h0000a02008804; // LIN R2 = PR2
                10'd381: instruction <= 51'h0004a2f000004; // LIN N2 = 2 N
                10'd382: instruction <= 51'h000823f00bc04; // LIN N3 = N2 + N
                10'd383: instruction <= 51'h000463800bc04; // LIN N4 = 2 N2
                10'd384: instruction <= 51'h000000000000a; // return
                // order
                10'd385: instruction <= 51'h000020000c004; // LIN N = ON
                10'd386: instruction <= 51'h000060100c404; // LIN NI = ONI
                10'd387: instruction <= 51'h0000a0200c804; // LIN R2 = OR2
                10'd388: instruction <= 51'h000000000000a; // return
                // point_check
                10'd389: instruction <= 51'h0258208002404; // LIN Y = AX - N : flag
                10'd390: instruction <= 51'h0000200007408; // jump point_error if flag : drain
                10'd391: instruction <= 51'h025820800a404; // LIN Y = AY - N : flag
                10'd392: instruction <= 51'h0000200007408; // jump point_error if flag : drain
                10'd393: instruction <= 51'h0000205000890; // FULL T = AX * R2
                10'd394: instruction <= 51'h0000625000a90; // FULL T1 = AY * R2
                10'd395: instruction <= 51'h0000606000452; // LOW Q = T * NI
                10'd396: instruction <= 51'h0000626000652; // LOW Q1 = T1 * NI
                10'd397: instruction <= 51'h00c8609140063; // HIGH AX = Q * N + T
                10'd398: instruction <= 51'h00c8629940263; // HIGH AY = Q1 * N + T1
                10'd399: instruction <= 51'h000c608242404; // LIN Y = 2 AX + AX
                10'd400: instruction <= 51'h005820820e004; // LIN Y = N4 - Y
                10'd401: instruction <= 51'h0008208d02004; // LIN Y = Y + B
                10'd402: instruction <= 51'h0001205002491; // SQR T = AX
                10'd403: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd404: instruction <= 51'h00c820c140063; // HIGH D0 = Q * N + T
                10'd405: instruction <= 51'h0858e2520a691; // SQR T1 = AY - Y : raised
                10'd406: instruction <= 51'h00582059424c0; // FULL T = D0 * AX - T1
                10'd407: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd408: instruction <= 51'h00c820c140063; // HIGH D0 = Q * N + T
                10'd409: instruction <= 51'h00002060004c2; // LOW Q = D0 * NI
                10'd410: instruction <= 51'h00e820c300063; // HIGH D0 = Q * N + D0 : short
                10'd411: instruction <= 51'h0258208003004; // LIN Y = D0 - N : flag
                10'd412: instruction <= 51'h0000200047408; // jump point_error if not flag : drain
                10'd413: instruction <= 51'h000000000000a; // return
                // multiply
                10'd414: instruction <= 51'h0258208903c04; // LIN Y = K - OC : flag
                10'd415: instruction <= 51'h000820cc02004; // LIN D0 = Y + ON
                10'd416: instruction <= 51'h040020f302004; // SEL K = Y ? D0
                10'd417: instruction <= 51'h0000e06000422; // LOW Q = R2 * NI
                10'd418: instruction <= 51'h00e8239080063; // HIGH AZ = Q * N + R2 : short
                10'd419: instruction <= 51'h000000000000b; // set index_zero
                10'd420: instruction <= 51'h000000020000d; // digit zero
                10'd421: instruction <= 51'h0001640002404; // LIN TAB[i] = AX
                10'd422: instruction <= 51'h000164100a404; // LIN TAB[i].y = AY
                10'd423: instruction <= 51'h0000a4200e404; // LIN TAB[i].z = AZ
                10'd424: instruction <= 51'h000ce43e4e404; // LIN TAB[i].w = 2 AZ + AZ
                // multiply_table
                10'd425: instruction <= 51'h000000010000b; // set index_next
                10'd426: instruction <= 51'h0000000001eb9; // call add
                10'd427: instruction <= 51'h0000240002404; // LIN TAB[i] = AX
                10'd428: instruction <= 51'h000064100a404; // LIN TAB[i].y = AY
                10'd429: instruction <= 51'h0000a4200e404; // LIN TAB[i].z = AZ
                10'd430: instruction <= 51'h000ce43e4e404; // LIN TAB[i].w = 2 AZ + AZ
                10'd431: instruction <= 51'h0000000019a98; // jump multiply_table if index
                10'd432: instruction <= 51'h000020000000d; // digit first : drain
                10'd433: instruction <= 51'h0000209020004; // LIN AX = TAB[digit]
                10'd434: instruction <= 51'h0000629020404; // LIN AY = TAB[digit].y
                10'd435: instruction <= 51'h0000a39020804; // LIN AZ = TAB[digit].z
                // multiply_digit
                10'd436: instruction <= 51'h000000010000d; // digit next
                10'd437: instruction <= 51'h000020500e791; // SQR T = AZ
                10'd438: instruction <= 51'h000062500e490; // FULL T1 = AX * AZ
                10'd439: instruction <= 51'h0000606000452; // LOW Q = T * NI
                10'd440: instruction <= 51'h0000626000652; // LOW Q1 = T1 * NI
                10'd441: instruction <= 51'h00c862c140063; // HIGH D1 = Q * N + T
                10'd442: instruction <= 51'h00c8609940263; // HIGH AX = Q1 * N + T1
                10'd443: instruction <= 51'h000060500b290; // FULL T = AY * D1
                10'd444: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd445: instruction <= 51'h00c8229140063; // HIGH AY = Q * N + T
                10'd446: instruction <= 51'h000000050000c; // count 5
                // double
                10'd447: instruction <= 51'h000020500e791; // SQR T = AZ
                10'd448: instruction <= 51'h000462500a690; // FULL T1 = 2 AY * AY
                10'd449: instruction <= 51'h0004a3500e690; // FULL T2 = 2 AY * AZ
                10'd450: instruction <= 51'h000ce0c242404; // LIN D0 = 2 AX + AX
                10'd451: instruction <= 51'h0000e06000452; // LOW Q = T * NI
                10'd452: instruction <= 51'h0000e26000652; // LOW Q1 = T1 * NI
                10'd453: instruction <= 51'h0000e36000752; // LOW Q2 = T2 * NI
                10'd454: instruction <= 51'h00c8a2c140063; // HIGH D1 = Q * N + T
                10'd455: instruction <= 51'h00c8a3c940263; // HIGH D2 = Q1 * N + T1
                10'd456: instruction <= 51'h00c8a39d40363; // HIGH AZ = Q2 * N + T2
                10'd457: instruction <= 51'h000ca0db0b004; // LIN D3 = 2 D1 + D1
                10'd458: instruction <= 51'h0004a2500f090; // FULL T1 = 2 AX * D2
                10'd459: instruction <= 51'h0004e3500f3c0; // FULL T2 = 2 D2 * D2
                10'd460: instruction <= 51'h0858a0500b0d0; // FULL T = D3 * D1 - N : raised
                10'd461: instruction <= 51'h0000a26000652; // LOW Q1 = T1 * NI
                10'd462: instruction <= 51'h00586051424c0; // FULL T = D0 * AX - T
                10'd463: instruction <= 51'h00c862d940263; // HIGH D4 = Q1 * N + T1
                10'd464: instruction <= 51'h0000606000452; // LOW Q = T * NI
                10'd465: instruction <= 51'h005860bb4bc04; // LIN D6 = N2 - D4
                10'd466: instruction <= 51'h00c863d140063; // HIGH D5 = Q * N + T
                10'd467: instruction <= 51'h000462b002c04; // LIN D7 = 2 D6
                10'd468: instruction <= 51'h0808205acf7d1; // SQR T = D5 + D7 : raised
                10'd469: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd470: instruction <= 51'h00c8209140063; // HIGH AX = Q * N + T
                10'd471: instruction <= 51'h0258208fc2404; // LIN Y = AX - N3 : flag
                10'd472: instruction <= 51'h0400209242004; // SEL AX = Y ? AX
                10'd473: instruction <= 51'h000823b2c2404; // LIN D8 = AX + D6
                10'd474: instruction <= 51'h0008205d4efd0; // FULL T = D5 * D8 + T2
                10'd475: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd476: instruction <= 51'h00c8229140063; // HIGH AY = Q * N + T
                10'd477: instruction <= 51'h0000000015bf8; // jump double if count
                10'd478: instruction <= 51'h000020500e791; // SQR T = AZ
                10'd479: instruction <= 51'h000062500e490; // FULL T1 = AX * AZ
                10'd480: instruction <= 51'h0058a29a4e004; // LIN AY = N4 - AY
                10'd481: instruction <= 51'h0000a06000452; // LOW Q = T * NI
                10'd482: instruction <= 51'h0000a26000652; // LOW Q1 = T1 * NI
                10'd483: instruction <= 51'h00c862c140063; // HIGH D1 = Q * N + T
                10'd484: instruction <= 51'h00c8609940263; // HIGH AX = Q1 * N + T1
                10'd485: instruction <= 51'h000060500b390; // FULL T = AZ * D1
                10'd486: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd487: instruction <= 51'h00c8239140063; // HIGH AZ = Q * N + T
                10'd488: instruction <= 51'h0000000001eb9; // call add
                10'd489: instruction <= 51'h000000001db48; // jump multiply_digit if digits
                10'd490: instruction <= 51'h000000000000a; // return
                // add
                10'd491: instruction <= 51'h000c20c242404; // LIN D0 = 2 AX + AX
                10'd492: instruction <= 51'h000c62ce4e404; // LIN D1 = 2 AZ + AZ
                10'd493: instruction <= 51'h0000a05020690; // FULL T = AY * TAB[digit].y
                10'd494: instruction <= 51'h0000e25020f90; // FULL T1 = AZ * TAB[digit].w
                10'd495: instruction <= 51'h0000e350200c0; // FULL T2 = D0 * TAB[digit]
                10'd496: instruction <= 51'h0000a06000452; // LOW Q = T * NI
                10'd497: instruction <= 51'h0000a26000652; // LOW Q1 = T1 * NI
                10'd498: instruction <= 51'h0000a36000752; // LOW Q2 = T2 * NI
                10'd499: instruction <= 51'h00c8a3c140063; // HIGH D2 = Q * N + T
                10'd500: instruction <= 51'h00c8a0d940263; // HIGH D3 = Q1 * N + T1
                10'd501: instruction <= 51'h00c8a2dd40363; // HIGH D4 = Q2 * N + T2
                10'd502: instruction <= 51'h0001605020490; // FULL T = AX * TAB[digit].y
                10'd503: instruction <= 51'h0001625020a90; // FULL T1 = AY * TAB[digit].z
                10'd504: instruction <= 51'h0001635020c90; // FULL T2 = AX * TAB[digit].w
                10'd505: instruction <= 51'h0008a05160290; // FULL T = AY * TAB[digit] + T
                10'd506: instruction <= 51'h0008a25960790; // FULL T1 = AZ * TAB[digit].y + T1
                10'd507: instruction <= 51'h0008a35d602c0; // FULL T2 = D1 * TAB[digit] + T2
                10'd508: instruction <= 51'h0000236000752; // LOW Q2 = T2 * NI
                10'd509: instruction <= 51'h0000e06000452; // LOW Q = T * NI
                10'd510: instruction <= 51'h0000e26000652; // LOW Q1 = T1 * NI
                10'd511: instruction <= 51'h00c8a2bd40363; // HIGH D7 = Q2 * N + T2
                10'd512: instruction <= 51'h00c8a3d140063; // HIGH D5 = Q * N + T
                10'd513: instruction <= 51'h00c8a0b940263; // HIGH D6 = Q1 * N + T1
                10'd514: instruction <= 51'h000d63b343404; // LIN D8 = 2 D3 + D3
                10'd515: instruction <= 51'h000960c34bc04; // LIN D0 = N2 + D3
                10'd516: instruction <= 51'h000863bb4ec04; // LIN D8 = D8 + D4
                10'd517: instruction <= 51'h0809635ac3430; // FULL T2 = NB * D3 + D7 : raised
                10'd518: instruction <= 51'h0808625ecac30; // FULL T1 = NB * D7 + D8 : raised
                10'd519: instruction <= 51'h0058e0cb43004; // LIN D0 = D0 - D4
                10'd520: instruction <= 51'h0000a36000752; // LOW Q2 = T2 * NI
                10'd521: instruction <= 51'h0000a26000652; // LOW Q1 = T1 * NI
                10'd522: instruction <= 51'h00c862dd40363; // HIGH D4 = Q2 * N + T2
                10'd523: instruction <= 51'h00c862b940263; // HIGH D7 = Q1 * N + T1
                10'd524: instruction <= 51'h000960df0e004; // LIN D3 = N4 + D2
                10'd525: instruction <= 51'h0008a2cb4f004; // LIN D1 = D2 + D4
                10'd526: instruction <= 51'h005860db43404; // LIN D3 = D3 - D4
                10'd527: instruction <= 51'h08596350033d0; // FULL T2 = D5 * D0 - N : raised
                10'd528: instruction <= 51'h0000a0500b3d0; // FULL T = D5 * D1
                10'd529: instruction <= 51'h0000a250036c0; // FULL T1 = D1 * D3
                10'd530: instruction <= 51'h0058a35d434b0; // FULL T2 = D6 * D3 - T2
                10'd531: instruction <= 51'h0008a0514acb0; // FULL T = D6 * D7 + T
                10'd532: instruction <= 51'h0008a2594acc0; // FULL T1 = D0 * D7 + T1
                10'd533: instruction <= 51'h0000a36000752; // LOW Q2 = T2 * NI
                10'd534: instruction <= 51'h0000a06000452; // LOW Q = T * NI
                10'd535: instruction <= 51'h0000a26000652; // LOW Q1 = T1 * NI
                10'd536: instruction <= 51'h00c8a39d40363; // HIGH AZ = Q2 * N + T2
                10'd537: instruction <= 51'h00c8a09140063; // HIGH AX = Q * N + T
                10'd538: instruction <= 51'h00c8a29940263; // HIGH AY = Q1 * N + T1
                10'd539: instruction <= 51'h000000000000a; // return
                // invert_z
                10'd540: instruction <= 51'h000023e00e404; // LIN IB = AZ
                10'd541: instruction <= 51'h000060f008c04; // LIN K = PM2
                10'd542: instruction <= 51'h00000000022c8; // jump invert
                // affine
                10'd543: instruction <= 51'h0000206000442; // LOW Q = A * NI
                10'd544: instruction <= 51'h00e8204100063; // HIGH A = Q * N + A : short
                10'd545: instruction <= 51'h0000205001090; // FULL T = AX * A
                10'd546: instruction <= 51'h0000625001290; // FULL T1 = AY * A
                10'd547: instruction <= 51'h0000606000452; // LOW Q = T * NI
                10'd548: instruction <= 51'h0000626000652; // LOW Q1 = T1 * NI
                10'd549: instruction <= 51'h00c8607140063; // HIGH X = Q * N + T
                10'd550: instruction <= 51'h00c8627940263; // HIGH X.1 = Q1 * N + T1
                10'd551: instruction <= 51'h0258608001c04; // LIN Y = X - N : flag
                10'd552: instruction <= 51'h04002071c2004; // SEL X = Y ? X
                10'd553: instruction <= 51'h0258a08009c04; // LIN Y = X.1 - N : flag
                10'd554: instruction <= 51'h04002279c2004; // SEL X.1 = Y ? X.1
                10'd555: instruction <= 51'h000000000000a; // return
                // invert
                10'd556: instruction <= 51'h0000000002379; // call invert_powers
                10'd557: instruction <= 51'h000020000000d; // digit first : drain
                10'd558: instruction <= 51'h0000204020004; // LIN A = TAB[digit]
                // invert_digit
                10'd559: instruction <= 51'h000000010000d; // digit next
                10'd560: instruction <= 51'h000000050000c; // count 5
                10'd561: instruction <= 51'h00000000026e9; // call squares
                10'd562: instruction <= 51'h0000205020040; // FULL T = A * TAB[digit]
                10'd563: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd564: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd565: instruction <= 51'h000000001e2f8; // jump invert_digit if digits
                10'd566: instruction <= 51'h000000000000a; // return
                // invert_powers
                10'd567: instruction <= 51'h000000000000b; // set index_zero
                10'd568: instruction <= 51'h0000206000422; // LOW Q = R2 * NI
                10'd569: instruction <= 51'h00e8240080063; // HIGH TAB[i] = Q * N + R2 : short
                10'd570: instruction <= 51'h000000010000b; // set index_next
                10'd571: instruction <= 51'h0000a4000f804; // LIN TAB[i] = IB
                // invert_table
                10'd572: instruction <= 51'h00002050103e0; // FULL T = IB * TAB[i]
                10'd573: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd574: instruction <= 51'h000000010000b; // set index_next
                10'd575: instruction <= 51'h00c8240140063; // HIGH TAB[i] = Q * N + T
                10'd576: instruction <= 51'h000000001a3c8; // jump invert_table if index
                10'd577: instruction <= 51'h000000000000a; // return
                // invert_order
                10'd578: instruction <= 51'h000020f00cc04; // LIN K = OM2
                10'd579: instruction <= 51'h00000000662c8; // jump invert if not two
                10'd580: instruction <= 51'h0000000002379; // call invert_powers
                10'd581: instruction <= 51'h000022c010004; // LIN D1 = TAB[i]
                10'd582: instruction <= 51'h000020400b004; // LIN A = D1
                10'd583: instruction <= 51'h000000050000c; // count 5
                10'd584: instruction <= 51'h00000000026e9; // call squares
                10'd585: instruction <= 51'h000020500b040; // FULL T = A * D1
                10'd586: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd587: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd588: instruction <= 51'h000023c001004; // LIN D2 = A
                10'd589: instruction <= 51'h0000000a0000c; // count 10
                10'd590: instruction <= 51'h00000000026e9; // call squares
                10'd591: instruction <= 51'h000020500f040; // FULL T = A * D2
                10'd592: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd593: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd594: instruction <= 51'h0000000a0000c; // count 10
                10'd595: instruction <= 51'h00000000026e9; // call squares
                10'd596: instruction <= 51'h000020500f040; // FULL T = A * D2
                10'd597: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd598: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd599: instruction <= 51'h000020d001004; // LIN D3 = A
                10'd600: instruction <= 51'h000000020000c; // count 2
                10'd601: instruction <= 51'h00000000026e9; // call squares
                10'd602: instruction <= 51'h000000000000b; // set index_zero
                10'd603: instruction <= 51'h000000010000b; // set index_next
                10'd604: instruction <= 51'h000000010000b; // set index_next
                10'd605: instruction <= 51'h000000010000b; // set index_next
                10'd606: instruction <= 51'h0000205010040; // FULL T = A * TAB[i]
                10'd607: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd608: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd609: instruction <= 51'h000022d001004; // LIN D4 = A
                10'd610: instruction <= 51'h000000400000c; // count 64
                10'd611: instruction <= 51'h00000000026e9; // call squares
                10'd612: instruction <= 51'h000020500b440; // FULL T = A * D4
                10'd613: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd614: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd615: instruction <= 51'h0000001e0000c; // count 30
                10'd616: instruction <= 51'h00000000026e9; // call squares
                10'd617: instruction <= 51'h0000205003440; // FULL T = A * D3
                10'd618: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd619: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd620: instruction <= 51'h000020030000d; // digit low : drain
                10'd621: instruction <= 51'h00000000022f8; // jump invert_digit
                // squares
                10'd622: instruction <= 51'h0000205001041; // SQR T = A
                10'd623: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd624: instruction <= 51'h00c8204140063; // HIGH A = Q * N + T
                10'd625: instruction <= 51'h00000000166e8; // jump squares if count
                10'd626: instruction <= 51'h000000000000a; // return
                // point_check_256
                10'd627: instruction <= 51'h0200040d01087; // FLIN W1 = FX - FP : flag
                10'd628: instruction <= 51'h0000200007408; // jump point_error if flag : drain
                10'd629: instruction <= 51'h0200040d01097; // FLIN W1 = FY - FP : flag
                10'd630: instruction <= 51'h0000200007408; // jump point_error if flag : drain
                10'd631: instruction <= 51'h0000000804085; // MUL FX = FX * FR2
                10'd632: instruction <= 51'h0000400904095; // MUL FY = FY * FR2
                10'd633: instruction <= 51'h0000401400086; // FSQR F0 = FX
                10'd634: instruction <= 51'h0000401500096; // FSQR F1 = FY
                10'd635: instruction <= 51'h0000c11608087; // FLIN F2 = FX + 2 FX
                10'd636: instruction <= 51'h1000401408145; // MUL F0 = F0 * FX
                10'd637: instruction <= 51'h00015c1616057; // FLIN F2 = FB - F2 + 9 p
                10'd638: instruction <= 51'h00004c1615167; // FLIN F2 = F2 - F1 + 2 p
                10'd639: instruction <= 51'h0000001614167; // FLIN F2 = F2 + F0
                10'd640: instruction <= 51'h0001400c03165; // MUL W0 = F2 * FR
                10'd641: instruction <= 51'h4200040d010c7; // FLIN W1 = W0 - FP : flag
                10'd642: instruction <= 51'h0400000c000c7; // FLIN W0 = W0 / W1
                10'd643: instruction <= 51'h0201440d0c007; // FLIN W1 = ZERO - W0 : flag
                10'd644: instruction <= 51'h0000200047408; // jump point_error if not flag : drain
                10'd645: instruction <= 51'h000000000000a; // return
                // multiply_256
                10'd646: instruction <= 51'h000020000c004; // LIN N = ON
                10'd647: instruction <= 51'h000060100c404; // LIN NI = ONI
                10'd648: instruction <= 51'h0008a08803c04; // LIN Y = K + OS
                10'd649: instruction <= 51'h0000205008480; // FULL T = Y * OH
                10'd650: instruction <= 51'h0000206000452; // LOW Q = T * NI
                10'd651: instruction <= 51'h00c820f140063; // HIGH K = Q * N + T
                10'd652: instruction <= 51'h0258208003c04; // LIN Y = K - N : flag
                10'd653: instruction <= 51'h040020f3c2004; // SEL K = Y ? K
                10'd654: instruction <= 51'h0001402800087; // FLIN VX = FX
                10'd655: instruction <= 51'h1001402900097; // FLIN VY = FY
                10'd656: instruction <= 51'h2001400a00037; // FLIN FZ = FR
                10'd657: instruction <= 51'h000000090000b; // set index_last
                10'd658: instruction <= 51'h000000040000d; // digit last
                10'd659: instruction <= 51'h3001408000087; // FLIN TAB[i] = FX
                10'd660: instruction <= 51'h4001408100097; // FLIN TAB[i].y = FY
                10'd661: instruction <= 51'h5001408200037; // FLIN TAB[i].z = FR
                10'd662: instruction <= 51'h0000000002d69; // call add_256
                10'd663: instruction <= 51'h0000008000087; // FLIN TAB[i] = FX
                10'd664: instruction <= 51'h1000008100097; // FLIN TAB[i].y = FY
                10'd665: instruction <= 51'h20000082000a7; // FLIN TAB[i].z = FZ
                10'd666: instruction <= 51'h3000000800287; // FLIN FX = VX
                10'd667: instruction <= 51'h4000000900297; // FLIN FY = VY
                10'd668: instruction <= 51'h5000000a00037; // FLIN FZ = FR
                10'd669: instruction <= 51'h000000080000b; // set index_half
                // multiply_table_256
                10'd670: instruction <= 51'h0000008000087; // FLIN TAB[i] = FX
                10'd671: instruction <= 51'h1000008100097; // FLIN TAB[i].y = FY
                10'd672: instruction <= 51'h20000082000a7; // FLIN TAB[i].z = FZ
                10'd673: instruction <= 51'h3000148309007; // FLIN TAB[i].w = ZERO - FY + 3 p
                10'd674: instruction <= 51'h000000010000b; // set index_next
                10'd675: instruction <= 51'h0000000002d69; // call add_256
                10'd676: instruction <= 51'h000000001a9e8; // jump multiply_table_256 if index
                10'd677: instruction <= 51'h0000008000087; // FLIN TAB[i] = FX
                10'd678: instruction <= 51'h1000008100097; // FLIN TAB[i].y = FY
                10'd679: instruction <= 51'h20000082000a7; // FLIN TAB[i].z = FZ
                10'd680: instruction <= 51'h3000148309007; // FLIN TAB[i].w = ZERO - FY + 3 p
                10'd681: instruction <= 51'h000020000000d; // digit first : drain
                10'd682: instruction <= 51'h00000008008c7; // FLIN FX = TAB[signed]
                10'd683: instruction <= 51'h10000009008d7; // FLIN FY = TAB[signed].y
                10'd684: instruction <= 51'h2000000a008e7; // FLIN FZ = TAB[signed].z
                // multiply_digit_256
                10'd685: instruction <= 51'h000000010000d; // digit next
                10'd686: instruction <= 51'h00000015000a6; // FSQR F1 = FZ
                10'd687: instruction <= 51'h000040080a085; // MUL FX = FX * FZ
                10'd688: instruction <= 51'h0000400915095; // MUL FY = FY * F1
                10'd689: instruction <= 51'h000000050000c; // count 5
                // double_256
                10'd690: instruction <= 51'h0000001600096; // FSQR F2 = FY
                10'd691: instruction <= 51'h000040190a097; // FLIN F5 = FY + FZ
                10'd692: instruction <= 51'h0000401900196; // FSQR F5 = F5
                10'd693: instruction <= 51'h10008c1a15087; // FLIN F6 = FX - F1 + 2 p
                10'd694: instruction <= 51'h2000801b15087; // FLIN F7 = FX + F1
                10'd695: instruction <= 51'h000080181b1a5; // MUL F4 = F6 * F7
                10'd696: instruction <= 51'h3000801716085; // MUL F3 = FX * F2
                10'd697: instruction <= 51'h3000c01c00166; // FSQR F8 = F2
                10'd698: instruction <= 51'h3001001d16157; // FLIN F9 = F1 + F2
                10'd699: instruction <= 51'h0000d40a1d197; // FLIN FZ = F5 - F9 + 3 p
                10'd700: instruction <= 51'h5000811818187; // FLIN F4 = F4 + 2 F4
                10'd701: instruction <= 51'h0001401a00186; // FSQR F6 = F4
                10'd702: instruction <= 51'h10014015000a6; // FSQR F1 = FZ
                10'd703: instruction <= 51'h6000c01b17177; // FLIN F7 = F3 + F3
                10'd704: instruction <= 51'h0001401b1b1b7; // FLIN F7 = F7 + F7
                10'd705: instruction <= 51'h60005e08171a7; // FLIN FX = F6 - 8 F3 + 9 p
                10'd706: instruction <= 51'h0001641b081b7; // FLIN F7 = F7 - FX + 11 p
                10'd707: instruction <= 51'h0001401b1b185; // MUL F7 = F4 * F7
                10'd708: instruction <= 51'h60001e091c1b7; // FLIN FY = F7 - 8 F8 + 9 p
                10'd709: instruction <= 51'h0000000016b28; // jump double_256 if count
                10'd710: instruction <= 51'h000000080a085; // MUL FX = FX * FZ
                10'd711: instruction <= 51'h0000400a150a5; // MUL FZ = FZ * F1
                10'd712: instruction <= 51'h0000000002d69; // call add_256
                10'd713: instruction <= 51'h000000001ead8; // jump multiply_digit_256 if digits
                10'd714: instruction <= 51'h000000000000a; // return
                // multiply_base_256
                10'd715: instruction <= 51'h0258208903c04; // LIN Y = K - OC : flag
                10'd716: instruction <= 51'h000820cc02004; // LIN D0 = Y + ON
                10'd717: instruction <= 51'h040020f302004; // SEL K = Y ? D0
                10'd718: instruction <= 51'h0000c00a00037; // FLIN FZ = FR
                10'd719: instruction <= 51'h000020000000d; // digit first : drain
                10'd720: instruction <= 51'h1000c00888007; // FLIN FX = ZERO + BASE
                10'd721: instruction <= 51'h2000c00989007; // FLIN FY = ZERO + BASE.y
                // base_digit_256
                10'd722: instruction <= 51'h000000010000d; // digit next
                10'd723: instruction <= 51'h0000000002ff9; // call add_base_256
                10'd724: instruction <= 51'h000000001ed28; // jump base_digit_256 if digits
                10'd725: instruction <= 51'h000000000000a; // return
                // add_256
                10'd726: instruction <= 51'h0000001409087; // FLIN F0 = FX + FY
                10'd727: instruction <= 51'h100000158d8c7; // FLIN F1 = TAB[signed] + TAB[signed].y
                10'd728: instruction <= 51'h200000160a097; // FLIN F2 = FY + FZ
                10'd729: instruction <= 51'h300000178e8d7; // FLIN F3 = TAB[signed].y + TAB[signed].z
                10'd730: instruction <= 51'h400000180a087; // FLIN F4 = FX + FZ
                10'd731: instruction <= 51'h500000198e8c7; // FLIN F5 = TAB[signed] + TAB[signed].z
                10'd732: instruction <= 51'h6000001a8c085; // MUL F6 = FX * TAB[signed]
                10'd733: instruction <= 51'h6000401c8e0a5; // MUL F8 = FZ * TAB[signed].z
                10'd734: instruction <= 51'h0000801819185; // MUL F4 = F4 * F5
                10'd735: instruction <= 51'h6000c01b8d095; // MUL F7 = FY * TAB[signed].y
                10'd736: instruction <= 51'h4001001415145; // MUL F0 = F0 * F1
                10'd737: instruction <= 51'h2001401617165; // MUL F2 = F2 * F3
                10'd738: instruction <= 51'h600100191c1a7; // FLIN F5 = F6 + F8
                10'd739: instruction <= 51'h0000d41819187; // FLIN F4 = F4 - F5 + 3 p
                10'd740: instruction <= 51'h600080151b1a7; // FLIN F1 = F6 + F7
                10'd741: instruction <= 51'h600080171c1b7; // FLIN F3 = F7 + F8
                10'd742: instruction <= 51'h1000541415147; // FLIN F0 = F0 - F1 + 3 p
                10'd743: instruction <= 51'h1000141617167; // FLIN F2 = F2 - F3 + 3 p
                // add_rest_256
                10'd744: instruction <= 51'h000000151c065; // MUL F1 = FB3 * F8
                10'd745: instruction <= 51'h0000401718065; // MUL F3 = FB3 * F4
                10'd746: instruction <= 51'h0000811818187; // FLIN F4 = F4 + 2 F4
                10'd747: instruction <= 51'h100081191c1a7; // FLIN F5 = F6 + 2 F8
                10'd748: instruction <= 51'h20008c1a1c1a7; // FLIN F6 = F6 - F8 + 2 p
                10'd749: instruction <= 51'h100080191c197; // FLIN F5 = F5 + F8
                10'd750: instruction <= 51'h1000811a1a1a7; // FLIN F6 = F6 + 2 F6
                10'd751: instruction <= 51'h1000811919197; // FLIN F5 = F5 + 2 F5
                10'd752: instruction <= 51'h50004c1c15187; // FLIN F8 = F4 - F1 + 2 p
                10'd753: instruction <= 51'h60006c1d18157; // FLIN F9 = F1 - F4 + 13 p
                10'd754: instruction <= 51'h1000801c1c1b7; // FLIN F8 = F7 + F8
                10'd755: instruction <= 51'h1000801d1d1b7; // FLIN F9 = F7 + F9
                10'd756: instruction <= 51'h40002c1719177; // FLIN F3 = F3 - F5 + 13 p
                10'd757: instruction <= 51'h200080151c145; // MUL F1 = F0 * F8
                10'd758: instruction <= 51'h1000c0191d1c5; // MUL F5 = F8 * F9
                10'd759: instruction <= 51'h0001001817165; // MUL F4 = F2 * F3
                10'd760: instruction <= 51'h0001401b171a5; // MUL F7 = F6 * F3
                10'd761: instruction <= 51'h1001401c1d165; // MUL F8 = F2 * F9
                10'd762: instruction <= 51'h1001401d1a145; // MUL F9 = F0 * F6
                10'd763: instruction <= 51'h6000cc0818157; // FLIN FX = F1 - F4 + 2 p
                10'd764: instruction <= 51'h600080091b197; // FLIN FY = F5 + F7
                10'd765: instruction <= 51'h6000000a1d1c7; // FLIN FZ = F8 + F9
                10'd766: instruction <= 51'h000000000000a; // return
                // add_base_256
                10'd767: instruction <= 51'h0200040b010a7; // FLIN FZ1 = FZ - FP : flag
                10'd768: instruction <= 51'h1000001588007; // FLIN F1 = ZERO + BASE
                10'd769: instruction <= 51'h2000001409087; // FLIN F0 = FX + FY
                10'd770: instruction <= 51'h1000001589157; // FLIN F1 = F1 + BASE.y
                10'd771: instruction <= 51'h3400001c000a7; // FLIN F8 = FZ / FZ1
                10'd772: instruction <= 51'h5000001a88085; // MUL F6 = FX * BASE
                10'd773: instruction <= 51'h5000401b89095; // MUL F7 = FY * BASE.y
                10'd774: instruction <= 51'h50008018880a5; // MUL F4 = FZ * BASE
                10'd775: instruction <= 51'h5000c016890a5; // MUL F2 = FZ * BASE.y
                10'd776: instruction <= 51'h1001001415145; // MUL F0 = F0 * F1
                10'd777: instruction <= 51'h5000801808187; // FLIN F4 = F4 + FX
                10'd778: instruction <= 51'h6000c0151b1a7; // FLIN F1 = F6 + F7
                10'd779: instruction <= 51'h6000401609167; // FLIN F2 = F2 + FY
                10'd780: instruction <= 51'h1000141415147; // FLIN F0 = F0 - F1 + 3 p
                10'd781: instruction <= 51'h0000000002e88; // jump add_rest_256
                // affine_256
                10'd782: instruction <= 51'h0000001e000a6; // FSQR FA = FZ
                10'd783: instruction <= 51'h000000160a1e5; // MUL F2 = FA * FZ
                10'd784: instruction <= 51'h0000001e00166; // FSQR FA = F2
                10'd785: instruction <= 51'h000000170a1e5; // MUL F3 = FA * FZ
                10'd786: instruction <= 51'h0000001e00176; // FSQR FA = F3
                10'd787: instruction <= 51'h000000020000c; // count 2
                10'd788: instruction <= 51'h00000000033c9; // call squares_256
                10'd789: instruction <= 51'h00000018171e5; // MUL F4 = FA * F3
                10'd790: instruction <= 51'h0000001e00186; // FSQR FA = F4
                10'd791: instruction <= 51'h000000050000c; // count 5
                10'd792: instruction <= 51'h00000000033c9; // call squares_256
                10'd793: instruction <= 51'h0000001e181e5; // MUL FA = FA * F4
                10'd794: instruction <= 51'h000000030000c; // count 3
                10'd795: instruction <= 51'h00000000033c9; // call squares_256
                10'd796: instruction <= 51'h00000018171e5; // MUL F4 = FA * F3
                10'd797: instruction <= 51'h0000001e00186; // FSQR FA = F4
                10'd798: instruction <= 51'h0000000e0000c; // count 14
                10'd799: instruction <= 51'h00000000033c9; // call squares_256
                10'd800: instruction <= 51'h00000019181e5; // MUL F5 = FA * F4
                10'd801: instruction <= 51'h0000001e00196; // FSQR FA = F5
                10'd802: instruction <= 51'h0000001e001e6; // FSQR FA = FA
                10'd803: instruction <= 51'h0000001a161e5; // MUL F6 = FA * F2
                10'd804: instruction <= 51'h0000001e001a6; // FSQR FA = F6
                10'd805: instruction <= 51'h0000001f0000c; // count 31
                10'd806: instruction <= 51'h00000000033c9; // call squares_256
                10'd807: instruction <= 51'h0000001e0a1e5; // MUL FA = FA * FZ
                10'd808: instruction <= 51'h000000800000c; // count 128
                10'd809: instruction <= 51'h00000000033c9; // call squares_256
                10'd810: instruction <= 51'h0000001e1a1e5; // MUL FA = FA * F6
                10'd811: instruction <= 51'h000000200000c; // count 32
                10'd812: instruction <= 51'h00000000033c9; // call squares_256
                10'd813: instruction <= 51'h0000001e1a1e5; // MUL FA = FA * F6
                10'd814: instruction <= 51'h0000001e0000c; // count 30
                10'd815: instruction <= 51'h00000000033c9; // call squares_256
                10'd816: instruction <= 51'h0000001e191e5; // MUL FA = FA * F5
                10'd817: instruction <= 51'h000000020000c; // count 2
                10'd818: instruction <= 51'h00000000033c9; // call squares_256
                10'd819: instruction <= 51'h0000001e0a1e5; // MUL FA = FA * FZ
                10'd820: instruction <= 51'h0000001e021e5; // MUL FA = FA * ONE
                10'd821: instruction <= 51'h0000000c1e085; // MUL W0 = FX * FA
                10'd822: instruction <= 51'h0000400e1e095; // MUL W2 = FY * FA
                10'd823: instruction <= 51'h0200440d010c7; // FLIN W1 = W0 - FP : flag
                10'd824: instruction <= 51'h04004008000c7; // FLIN FX = W0 / W1
                10'd825: instruction <= 51'h2200040f010e7; // FLIN W3 = W2 - FP : flag
                10'd826: instruction <= 51'h04000009000e7; // FLIN FY = W2 / W3
                10'd827: instruction <= 51'h000000000000a; // return
                // squares_256
                10'd828: instruction <= 51'h0000001e001e6; // FSQR FA = FA
                10'd829: instruction <= 51'h00000000173c8; // jump squares_256 if count
                10'd830: instruction <= 51'h000000000000a; // return
                // scalar_error
                10'd831: instruction <= 51'h000020040000f; // end INVALID_SCALAR
                // point_error
                10'd832: instruction <= 51'h000020030000f; // end INVALID_POINT
                // result_error
                10'd833: instruction <= 51'h000020050000f; // end INVALID_RESULT
                // range_error
                10'd834: instruction <= 51'h000020010000f; // end OPERAND_RANGE
                // check_error
                10'd835: instruction <= 51'h000020020000f; // end CHECK_FAILED
                // wipe
                10'd836: instruction <= 51'h000000000000d; // digit first
                10'd837: instruction <= 51'h7009a05250040; // FULL T = A * TAB[i] + C
                10'd838: instruction <= 51'h7000000c00005; // MUL W0 = ZERO * ZERO
                10'd839: instruction <= 51'h7002000c00005; // MUL W0 = ZERO * ZERO
                10'd840: instruction <= 51'h7002000d00007; // FLIN W1 = ZERO + ZERO
                10'd841: instruction <= 51'h000027000000f; // end OK X : drain
                default: instruction <= 51'd0;
            endcase
endmodule
