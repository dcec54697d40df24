// SPDX-License-Identifier: Apache-2.0
// The public-key engine's program memory. Made by rtl/pke/microcode.py from microcode.txt.

module pke_microcode (
    input  logic        clk,
    input  logic        read,
    input  logic [7:0]  address,
    output logic [46:0] instruction
);
    always_ff @(posedge clk)
        if (read)
            case (address)
                // rsa_public
                8'd0: instruction <= 47'h259208002404; // LIN Y = C - N : flag
                8'd1: instruction <= 47'h000200001808; // jump range_error if flag : drain
                8'd2: instruction <= 47'h000000000629; // call setup
                8'd3: instruction <= 47'h001205000890; // FULL T = C * R2
                8'd4: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd5: instruction <= 47'h0c9207140063; // HIGH X = Q * N + T
                8'd6: instruction <= 47'h000000000509; // call public_power
                8'd7: instruction <= 47'h00027000000f; // end OK X
                // modexp
                8'd8: instruction <= 47'h259208002404; // LIN Y = C - N : flag
                8'd9: instruction <= 47'h000200001808; // jump range_error if flag : drain
                8'd10: instruction <= 47'h000000000629; // call setup
                8'd11: instruction <= 47'h001205000890; // FULL T = C * R2
                8'd12: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd13: instruction <= 47'h0c9207140063; // HIGH X = Q * N + T
                // power
                8'd14: instruction <= 47'h00000000000b; // set index_zero
                8'd15: instruction <= 47'h001206000422; // LOW Q = R2 * NI
                8'd16: instruction <= 47'h0e9240080063; // HIGH TAB[i] = Q * N + R2 : short
                8'd17: instruction <= 47'h00000010000b; // set index_next
                8'd18: instruction <= 47'h001240001c04; // LIN TAB[i] = X
                // power_table
                8'd19: instruction <= 47'h001205010070; // FULL T = X * TAB[i]
                8'd20: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd21: instruction <= 47'h00000010000b; // set index_next
                8'd22: instruction <= 47'h0c9240140063; // HIGH TAB[i] = Q * N + T
                8'd23: instruction <= 47'h000000006138; // jump power_table if index
                8'd24: instruction <= 47'h00000000000d; // digit first
                8'd25: instruction <= 47'h001204020004; // LIN A = TAB[digit]
                // power_digit
                8'd26: instruction <= 47'h00000010000d; // digit next
                8'd27: instruction <= 47'h00000050000c; // count 5
                // power_square
                8'd28: instruction <= 47'h001205001041; // SQR T = A
                8'd29: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd30: instruction <= 47'h0c9204140063; // HIGH A = Q * N + T
                8'd31: instruction <= 47'h0000000051c8; // jump power_square if count
                8'd32: instruction <= 47'h001205020040; // FULL T = A * TAB[digit]
                8'd33: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd34: instruction <= 47'h0c9204140063; // HIGH A = Q * N + T
                8'd35: instruction <= 47'h0000000071a8; // jump power_digit if digits
                8'd36: instruction <= 47'h001206000442; // LOW Q = A * NI
                8'd37: instruction <= 47'h0e9207100063; // HIGH X = Q * N + A : short
                8'd38: instruction <= 47'h259208001c04; // LIN Y = X - N : flag
                8'd39: instruction <= 47'h4012071c2004; // SEL X = Y ? X
                8'd40: instruction <= 47'h000000002368; // jump private_join if split
                8'd41: instruction <= 47'h00027000000f; // end OK X
                // rsa_private
                8'd42: instruction <= 47'h258088282404; // LIN Y = C - MOD : flag full solo
                8'd43: instruction <= 47'h000200001808; // jump range_error if flag : drain
                8'd44: instruction <= 47'h000000000629; // call setup
                8'd45: instruction <= 47'h001206000592; // LOW Q = C.0 * NI
                8'd46: instruction <= 47'h0c9204640063; // HIGH A = Q * N + C.0
                8'd47: instruction <= 47'h001205000821; // SQR T = R2
                8'd48: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd49: instruction <= 47'h0c9207140063; // HIGH X = Q * N + T
                8'd50: instruction <= 47'h001205001c40; // FULL T = A * X
                8'd51: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd52: instruction <= 47'h0c9207140063; // HIGH X = Q * N + T
                8'd53: instruction <= 47'h0000000000e8; // jump power
                // private_join
                8'd54: instruction <= 47'h000015004a70; // FULL T.0 = X.1 * R2.0 : solo
                8'd55: instruction <= 47'h000016004552; // LOW Q.0 = T.0 * NI.0 : solo
                8'd56: instruction <= 47'h0c8018544163; // HIGH Y.0 = Q.0 * N.0 + T.0 : solo
                8'd57: instruction <= 47'h00c016504004; // LIN Q.0 = 2 N.0 + A.0 : solo
                8'd58: instruction <= 47'h058018605804; // LIN Y.0 = Q.0 - Y.0 : solo
                8'd59: instruction <= 47'h000015007580; // FULL T.0 = Y.0 * QINV.0 : solo
                8'd60: instruction <= 47'h000016004552; // LOW Q.0 = T.0 * NI.0 : solo
                8'd61: instruction <= 47'h0c8018544163; // HIGH Y.0 = Q.0 * N.0 + T.0 : solo
                8'd62: instruction <= 47'h258016406004; // LIN Q.0 = Y.0 - N.0 : solo flag
                8'd63: instruction <= 47'h400018605804; // SEL Y.0 = Q.0 ? Y.0 : solo
                8'd64: instruction <= 47'h02801c9c6200; // FULL S.0 = N.1 * Y.0 + X.1 : solo short
                8'd65: instruction <= 47'h00000040000b; // set single
                8'd66: instruction <= 47'h001200002804; // LIN N = MOD
                8'd67: instruction <= 47'h001203002c04; // LIN NORM = MODNORM
                8'd68: instruction <= 47'h259208003004; // LIN Y = S - N : flag
                8'd69: instruction <= 47'h000200001818; // jump check_error if flag : drain
                8'd70: instruction <= 47'h000000000629; // call setup
                8'd71: instruction <= 47'h0012050008c0; // FULL T = S * R2
                8'd72: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd73: instruction <= 47'h0c9207140063; // HIGH X = Q * N + T
                8'd74: instruction <= 47'h000000000509; // call public_power
                8'd75: instruction <= 47'h259208241c04; // LIN Y = X - C : flag
                8'd76: instruction <= 47'h000200011818; // jump check_error if not flag : drain
                8'd77: instruction <= 47'h2592081c2404; // LIN Y = C - X : flag
                8'd78: instruction <= 47'h000200011818; // jump check_error if not flag : drain
                8'd79: instruction <= 47'h0002c000000f; // end OK S
                // public_power
                8'd80: instruction <= 47'h00000060000b; // bits exponent
                // public_skip
                8'd81: instruction <= 47'h00000000000e; // bit
                8'd82: instruction <= 47'h000000013518; // jump public_skip if not bit
                8'd83: instruction <= 47'h001204001c04; // LIN A = X
                // public_square
                8'd84: instruction <= 47'h00000000000e; // bit
                8'd85: instruction <= 47'h001205001041; // SQR T = A
                8'd86: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd87: instruction <= 47'h0c9204140063; // HIGH A = Q * N + T
                8'd88: instruction <= 47'h0000000135c8; // jump public_next if not bit
                8'd89: instruction <= 47'h001205001c40; // FULL T = A * X
                8'd90: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd91: instruction <= 47'h0c9204140063; // HIGH A = Q * N + T
                // public_next
                8'd92: instruction <= 47'h000000004548; // jump public_square if bits
                8'd93: instruction <= 47'h001206000442; // LOW Q = A * NI
                8'd94: instruction <= 47'h0e9207100063; // HIGH X = Q * N + A : short
                8'd95: instruction <= 47'h259208001c04; // LIN Y = X - N : flag
                8'd96: instruction <= 47'h4012071c2004; // SEL X = Y ? X
                8'd97: instruction <= 47'h00000000000a; // return
                // setup
                8'd98: instruction <= 47'h00000020000b; // set hensel_one
                8'd99: instruction <= 47'h05b301000004; // LIN NI = 0 - N : hensel
                8'd100: instruction <= 47'h00000060000c; // count 6
                // setup_word
                8'd101: instruction <= 47'h081307000402; // LOW X = N * NI + 2 : hensel
                8'd102: instruction <= 47'h001308001c12; // LOW Y = NI * X : hensel
                8'd103: instruction <= 47'h001301002004; // LIN NI = Y : hensel
                8'd104: instruction <= 47'h000000005658; // jump setup_word if count
                // setup_double
                8'd105: instruction <= 47'h00000030000b; // set hensel_double
                8'd106: instruction <= 47'h081307000402; // LOW X = N * NI + 2 : hensel
                8'd107: instruction <= 47'h001308001c12; // LOW Y = NI * X : hensel
                8'd108: instruction <= 47'h001301002004; // LIN NI = Y : hensel
                8'd109: instruction <= 47'h000000008698; // jump setup_double if hensel
                8'd110: instruction <= 47'h001208000c02; // LOW Y = N * NORM
                8'd111: instruction <= 47'h103202000004; // LIN R2 = 0 + TOP
                8'd112: instruction <= 47'h00000050000c; // count 5
                // setup_shift
                8'd113: instruction <= 47'h25d206200804; // LIN Q = 2 R2 - Y : flag
                8'd114: instruction <= 47'h005e02000804; // LIN R2 = 2 R2 : free
                8'd115: instruction <= 47'h401202081804; // SEL R2 = Q ? R2
                8'd116: instruction <= 47'h000000005718; // jump setup_shift if count
                8'd117: instruction <= 47'h00000050000b; // bits length
                // setup_skip
                8'd118: instruction <= 47'h00000000000e; // bit
                8'd119: instruction <= 47'h000000013768; // jump setup_skip if not bit
                // setup_square
                8'd120: instruction <= 47'h00000000000e; // bit
                8'd121: instruction <= 47'h001205000821; // SQR T = R2
                8'd122: instruction <= 47'h001206000452; // LOW Q = T * NI
                8'd123: instruction <= 47'h0c9202140063; // HIGH R2 = Q * N + T
                8'd124: instruction <= 47'h0000000137e8; // jump setup_next if not bit
                8'd125: instruction <= 47'h005202000804; // LIN R2 = 2 R2
                // setup_next
                8'd126: instruction <= 47'h000000004788; // jump setup_square if bits
                8'd127: instruction <= 47'h00000000000a; // return
                // range_error
                8'd128: instruction <= 47'h00020010000f; // end OPERAND_RANGE
                // check_error
                8'd129: instruction <= 47'h00020020000f; // end CHECK_FAILED
                // wipe
                8'd130: instruction <= 47'h00000000000d; // digit first
                8'd131: instruction <= 47'h009205250040; // FULL T = A * TAB[i] + C
                8'd132: instruction <= 47'h00027000000f; // end OK X : drain
                default: instruction <= 47'd0;
            endcase
endmodule
