// SPDX-License-Identifier: Apache-2.0
// Takes a request's operands: octet strings in 128-bit beats become 130-bit words in registers.
//
// The octets come most significant first, so the beats of a field are its 128-bit digits from the
// top: digit j and the one before it, j + 1, hold the bits of word j, which begins at bit 2 j of
// digit j. All shifts are of one bit a cycle, for barrel shifters would be a tenth of the engine. The
// checks that need no arithmetic are made on the way: moduli odd and as long as claimed, the public
// exponent odd, at least 3 and at most 64 bits.
//
// Before the operands of a curve its constants are copied from a ROM. Elements of P-256's field and of
// Curve25519's go to rows of the field memory. X25519's octets come least significant first; its
// scalar and coordinate are made fit as RFC 7748 section 5 says, and of the scalar k the ladder gets
// k xor k / 2, shifted to the top of the words, as digits.

module pke_load #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    input  logic                      cmd_valid,
    output logic                      cmd_ready,
    /* verilator lint_off UNUSEDSIGNAL */ // the port has room for 16 contexts
    input  logic [3:0]                cmd_context,
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic [7:0]                cmd_opcode,
    input  logic [15:0]               cmd_parameter,
    input  logic                      in_valid,
    output logic                      in_ready,
    input  logic [127:0]              in_data,
    input  logic                      in_last,
    input  logic                      in_abort,
    input  logic [7:0]                in_abort_status,
    // a word of a register, or of the secret exponents
    output logic                      load_valid,
    input  logic                      load_ready,
    output logic                      load_exponent,
    output logic [CONTEXT_BITS+10:0]  load_address,     // {context, field, register and word or row and word}
    output logic [129:0]              load_word,
    // the last beat has come, one cycle; and all is written, one cycle
    output logic                      last_valid,
    output logic                      loaded_valid,
    output logic [CONTEXT_BITS-1:0]   loaded_context,
    output logic [7:0]                loaded_opcode,
    output logic [7:0]                loaded_status,
    output logic [5:0]                loaded_words,     // of the modulus
    output logic [63:0]               loaded_exponent   // public
);
    // The fields of a request, in the order of RSA_PRIVATE_CRT; the others have some of them.
    localparam [2:0] MODULUS = 3'd0, PUBLIC = 3'd1, PRIME_P = 3'd2, PRIME_Q = 3'd3, SECRET = 3'd4, SECRET_Q = 3'd5,
                     INVERSE = 3'd6, SOURCE = 3'd7;
    typedef enum logic [3:0] {IDLE, READ, CONSTANTS, BEATS, GRAY, SHIFT, SECOND, NORM, IGNORE, FINISH} state_t;
    logic [2:0] field, next_field;
    state_t state, resume;
    logic is_private, is_public, is_modexp, is_curve, is_known;
    logic [7:0] misfit;                 // status of a request of another length than its opcode's
    logic bad_parameter, bad_modulus, bad_exponent, first, writes, norm_lane;
    logic [3:0] norm_register;
    logic [5:0] left, field_words, norm_words;
    logic [6:0] leading;
    logic [7:0] steps;                  // to make, while a power is made those that were
    logic [127:0] digit, previous;      // of this beat and of the one before
    logic [129:0] above;                // of load_word

    assign is_private = loaded_opcode == tlscard_map::OP_RSA_PRIVATE_CRT;
    assign is_public = loaded_opcode == tlscard_map::OP_RSA_PUBLIC;
    assign is_modexp = loaded_opcode == tlscard_map::OP_MODEXP;
    assign is_known = is_curve || is_private || is_public || is_modexp;
    assign misfit = is_known ? tlscard_map::STATUS_INVALID_FIELD : tlscard_map::STATUS_INVALID_OPCODE;

    // Curves: operands are counted in `field`, from 0.
    logic is_x25519, constant_last, operand_last;
    logic [1:0] curve;
    logic [5:0] constant_index;
    logic [10:0] constant_address, operand_address;
    logic [129:0] constant_word;
    assign is_x25519 = loaded_opcode == tlscard_map::OP_X25519;
    assign operand_last = field == operands(loaded_opcode) - 3'd1;
    pke_constants constants (
        .clk(clk), .read(state == READ), .curve(curve), .index(constant_index), .last(constant_last), .address(constant_address), .word(constant_word)
    );

    function automatic is_of_curve(input [7:0] opcode);
        is_of_curve = operands(opcode) != 3'd0;
    endfunction

    function automatic [2:0] operands(input [7:0] opcode);
        case (opcode)
            tlscard_map::OP_EC_MULTIPLY, tlscard_map::OP_ECDSA_SIGN: operands = 3'd3;
            tlscard_map::OP_EC_MULTIPLY_BASE: operands = 3'd1;
            tlscard_map::OP_ECDSA_VERIFY: operands = 3'd5;
            tlscard_map::OP_X25519: operands = 3'd2;
            default: operands = 3'd0;
        endcase
    endfunction

    localparam [1:0] CURVE_P256 = 2'(tlscard_map::CURVE_P256 - 8'd1), CURVE_P384 = 2'(tlscard_map::CURVE_P384 - 8'd1);
    logic bad_curve;
    always_ff @(posedge clk)
        if (cmd_valid && cmd_ready)
            bad_curve <= cmd_opcode == tlscard_map::OP_X25519 ? cmd_parameter != {8'd0, tlscard_map::CURVE_X25519}
                : cmd_parameter != {8'd0, tlscard_map::CURVE_P256} && cmd_parameter != {8'd0, tlscard_map::CURVE_P384};

    always_comb begin
        case ({loaded_opcode, field})
            {tlscard_map::OP_EC_MULTIPLY, 3'd1}: operand_address = pke_isa::AT_AX;
            {tlscard_map::OP_EC_MULTIPLY, 3'd2}: operand_address = pke_isa::AT_AY;
            {tlscard_map::OP_ECDSA_SIGN, 3'd0}: operand_address = pke_isa::AT_ER;
            {tlscard_map::OP_ECDSA_SIGN, 3'd1}: operand_address = pke_isa::AT_EE;
            {tlscard_map::OP_ECDSA_VERIFY, 3'd0}: operand_address = pke_isa::AT_AX;
            {tlscard_map::OP_ECDSA_VERIFY, 3'd1}: operand_address = pke_isa::AT_AY;
            {tlscard_map::OP_ECDSA_VERIFY, 3'd2}: operand_address = pke_isa::AT_EE;
            {tlscard_map::OP_ECDSA_VERIFY, 3'd3}: operand_address = pke_isa::AT_ER;
            {tlscard_map::OP_X25519, 3'd0}: operand_address = 11'd0; // of the digits
            {tlscard_map::OP_X25519, 3'd1}: operand_address = pke_isa::AT_FX;
            default: operand_address = pke_isa::AT_ES;
        endcase
        if (curve == CURVE_P256 && operand_address == pke_isa::AT_AX) operand_address = pke_isa::AT_FX;
        if (curve == CURVE_P256 && operand_address == pke_isa::AT_AY) operand_address = pke_isa::AT_FY;
    end

    // Two beats of X25519, five bits up. RFC 7748 section 5: of a scalar bits 0 to 2 and 255 are cleared and bit
    // 254 is set, of a coordinate bit 255 is cleared.
    function automatic [259:0] little(input is_scalar, input [126:0] high, input [127:0] low);
        little = {is_scalar || high[126], high[125:0], low[127:3], low[2:0] & {3{!is_scalar}}, 5'd0};
    endfunction

    // The octets of a beat, the first on top.
    function automatic [127:0] swapped(input [127:0] octets);
        integer n;
        for (n = 0; n < 16; n = n + 1) swapped[8 * n +: 8] = octets[8 * (15 - n) +: 8];
    endfunction

    function automatic [5:0] words_of(input logic [2:0] which, input [5:0] full, input halves);
        case (which)
            PUBLIC: words_of = 6'd1;
            MODULUS, SOURCE: words_of = full;
            default: words_of = halves ? full >> 1 : full;
        endcase
    endfunction

    always_comb begin
        case (field)
            MODULUS: next_field = is_modexp ? SECRET : PUBLIC;
            PUBLIC: next_field = is_private ? PRIME_P : SOURCE;
            PRIME_P: next_field = PRIME_Q;
            PRIME_Q: next_field = SECRET;
            SECRET: next_field = is_private ? SECRET_Q : SOURCE;
            SECRET_Q: next_field = INVERSE;
            default: next_field = SOURCE;
        endcase
    end
    assign field_words = is_curve ? loaded_words : words_of(next_field, loaded_words, is_private);

    // Leading zeros of a modulus' first beat: at most 63, or it is refused.
    function automatic [6:0] zeros(input [63:0] top);
        integer n;
        begin
            zeros = 7'd64;
            for (n = 0; n < 64; n = n + 1)
                if (top[n]) zeros = 7'd63 - n[6:0];
        end
    endfunction

    logic moduli, moves, complete;
    logic [3:0] register_number;
    assign moduli = !is_curve && (field == MODULUS || field == PRIME_P || field == PRIME_Q);
    assign moves = in_valid && in_ready;
    assign complete = left == 6'd0 && (is_curve ? operand_last : field == SOURCE);
    assign digit = is_x25519 ? in_data : swapped(in_data);
    always_comb begin
        case (field)
            MODULUS: register_number = is_private ? pke_isa::REG_MOD : pke_isa::REG_N;
            PRIME_P, PRIME_Q: register_number = pke_isa::REG_N;
            INVERSE: register_number = pke_isa::REG_QINV;
            default: register_number = pke_isa::REG_C;
        endcase
    end

    assign cmd_ready = state == IDLE;
    assign in_ready = (state == BEATS || state == IGNORE) && (!load_valid || load_ready);
    assign last_valid = moves && in_last;

    always_ff @(posedge clk) begin
        loaded_valid <= 1'b0;
        if (load_valid && load_ready) load_valid <= 1'b0;
        case (state)
            IDLE:
                if (cmd_valid) begin
                    state <= is_of_curve(cmd_opcode) ? READ : BEATS;
                    loaded_context <= cmd_context[CONTEXT_BITS-1:0];
                    loaded_opcode <= cmd_opcode;
                    loaded_status <= tlscard_map::STATUS_OK;
                    loaded_exponent <= 64'd0;
                    loaded_words <= cmd_parameter[9:4];
                    field <= MODULUS;
                    left <= cmd_parameter[9:4] - 6'd1;
                    is_curve <= is_of_curve(cmd_opcode);
                    curve <= 2'(cmd_parameter - 16'd1);
                    constant_index <= 6'd0;
                    first <= 1'b1;
                    bad_modulus <= 1'b0;
                    bad_exponent <= 1'b0;
                    bad_parameter <= cmd_parameter[3:0] != 4'd0 || cmd_parameter < 16'd128 || cmd_parameter > 16'd512
                        || (cmd_opcode == tlscard_map::OP_RSA_PRIVATE_CRT && cmd_parameter[6:0] != 7'd0);
                end
            READ: state <= CONSTANTS;
            CONSTANTS:
                if (!load_valid || load_ready) begin
                    load_valid <= 1'b1;
                    load_exponent <= 1'b0;
                    load_address <= {loaded_context, constant_address};
                    load_word <= constant_word;
                    constant_index <= constant_index + 6'd1;
                    loaded_words <= curve == CURVE_P384 ? 6'd3 : 6'd2;
                    left <= curve == CURVE_P384 ? 6'd2 : 6'd1;
                    bad_parameter <= bad_curve;
                    state <= bad_curve || constant_last ? BEATS : READ;
                end
            BEATS:
                if (moves) begin
                    first <= left == 6'd0;
                    previous <= left == 6'd0 ? 128'd0 : digit;
                    {above, load_word} <= is_x25519 ? little(field == 3'd0, digit[126:0], previous)
                        : {4'd0, previous, digit};
                    writes <= !bad_parameter && (is_curve || field != PUBLIC);
                    load_exponent <= is_curve ? is_x25519 && field == 3'd0 : field == SECRET || field == SECRET_Q;
                    if (is_curve)
                        load_address <= {loaded_context, operand_address | {9'd0, is_x25519 ? 2'd0 : left[1:0]}};
                    else if (field == SECRET || field == SECRET_Q)
                        load_address <= {loaded_context, 6'd0, is_private ? field == SECRET_Q : left[4], left[3:0]};
                    else
                        load_address <= {loaded_context, 1'b0, register_number, field == PRIME_Q, left[4:0]};
                    if (!is_curve && field == PUBLIC) begin
                        loaded_exponent <= digit[63:0];
                        if (digit[127:64] != 64'd0 || !digit[0] || digit[63:0] == 64'd1) bad_exponent <= 1'b1;
                    end
                    if (moduli && first) begin
                        leading <= zeros(digit[127:64]);
                        if (digit[127:64] == 64'd0) bad_modulus <= 1'b1;
                    end
                    if (moduli && left == 6'd0 && !digit[0]) bad_modulus <= 1'b1;
                    norm_register <= field == MODULUS && is_private ? pke_isa::REG_MODNORM : pke_isa::REG_NORM;
                    norm_lane <= field == PRIME_Q;
                    norm_words <= words_of(field, loaded_words, is_private);
                    left <= left == 6'd0 ? field_words - 6'd1 : left - 6'd1;
                    if (left == 6'd0) field <= is_curve ? field + 3'd1 : next_field;
                    steps <= is_x25519 ? 8'd5 : {1'b0, left, 1'b0};
                    state <= !is_x25519 ? SHIFT : left != 6'd0 ? BEATS : field == 3'd0 ? GRAY : SHIFT;
                    resume <= complete ? IGNORE : moduli && left == 6'd0 ? NORM : BEATS;
                    if (in_last) begin
                        if (is_x25519 && left != 6'd0) state <= FINISH;
                        resume <= FINISH;
                        if (in_abort) loaded_status <= in_abort_status;
                        else if (!is_known || bad_parameter || !complete) loaded_status <= misfit;
                        else if (bad_modulus) loaded_status <= tlscard_map::STATUS_INVALID_MODULUS;
                        else if (bad_exponent) loaded_status <= tlscard_map::STATUS_INVALID_EXPONENT;
                    end
                end
            // The ladder's digits are those of k xor k / 2.
            GRAY: begin
                {above, load_word} <= {above, load_word} ^ {1'b0, above, load_word[129:1]};
                steps <= 8'd0;
                state <= SHIFT;
            end
            SHIFT:
                if (steps != 8'd0) begin
                    {above, load_word} <= {1'b0, above, load_word[129:1]};
                    steps <= steps - 8'd1;
                end else begin
                    load_valid <= writes;
                    state <= is_x25519 ? SECOND : resume;
                end
            SECOND:
                if (!load_valid || load_ready) begin
                    load_valid <= writes;
                    load_address[0] <= 1'b1;
                    load_word <= above;
                    state <= resume;
                end
            // A modulus N has its power of two 2^m with R/16 < N 2^m < R/8 beside it: as long for every m, of
            // the bits shifted in one is set.
            NORM:
                if (!load_valid || load_ready) begin
                    load_exponent <= 1'b0;
                    load_address <= {loaded_context, 1'b0, norm_register, norm_lane, 5'd0};
                    load_word <= {steps == {1'b0, norm_words, 1'b0} + {1'b0, leading} - 8'd3, load_word[129:1]};
                    steps <= steps + 8'd1;
                    if (steps == 8'd129) begin
                        load_valid <= writes;
                        state <= BEATS;
                    end
                end
            IGNORE:
                if (moves && in_last) begin
                    state <= FINISH;
                    loaded_status <= in_abort ? in_abort_status : misfit;
                end
            default: // FINISH: nothing of the operands stays here
                if (!load_valid || load_ready) begin
                    state <= IDLE;
                    loaded_valid <= 1'b1;
                    previous <= 128'd0;
                    load_word <= 130'd0;
                    leading <= 7'd0;
                    above <= 130'd0;
                end
        endcase
        if (rst) begin
            state <= IDLE;
            load_valid <= 1'b0;
            previous <= 128'd0;
            load_word <= 130'd0;
            above <= 130'd0;
            leading <= 7'd0;
        end
    end
endmodule
