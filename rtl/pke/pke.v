// SPDX-License-Identifier: Apache-2.0
// The public-key engine: RSA, modular exponentiation and elliptic curves, several requests at a time.
//
// README.md describes it. This module joins the parts and keeps each context's place in its life:
// free, loading, running, finished (until its result has left), clearing (its memories), wiping
// (zeros through the multiplier), free.

module pke #(
    parameter integer CONTEXTS = 8
) (
    input  logic         clk,
    input  logic         rst,
    input  logic         cmd_valid,
    output logic         cmd_ready,
    input  logic [3:0]   cmd_context,
    input  logic [7:0]   cmd_opcode,
    input  logic [15:0]  cmd_parameter,
    input  logic         in_valid,
    output logic         in_ready,
    input  logic [127:0] in_data,
    input  logic         in_last,
    input  logic         in_abort,
    input  logic [7:0]   in_abort_status,
    output logic         done_valid,
    input  logic         done_ready,
    output logic [3:0]   done_context,
    output logic [7:0]   done_status,
    output logic [15:0]  done_length,
    output logic [31:0]  done_cycles,
    output logic         out_valid,
    input  logic         out_ready,
    output logic [127:0] out_data,
    output logic [15:0]  context_free,
    output logic         busy,
    output logic         mul_busy       // the multiplier array has work in this cycle
);
    // At least two bits: an address of the operand memory is then as long as one of pke_base.
    localparam integer CONTEXT_BITS = CONTEXTS > 4 ? $clog2(CONTEXTS) : 2;
    localparam integer ROOM = 1 << CONTEXT_BITS;    // entries, so that any index has one

    logic [ROOM-1:0] free, finished, clearing, wiping;
    logic [7:0]  status [0:ROOM-1];
    logic [5:0]  words [0:ROOM-1];
    logic [1:0]  numbers [0:ROOM-1];     // in the result
    logic [ROOM-1:0] little_endian, refused;
    logic [3:0]  result [0:ROOM-1];
    logic [31:0] began [0:ROOM-1];
    logic [31:0] cycles [0:ROOM-1];     // of a program
    logic [31:0] now;

    assign context_free = 16'(free[CONTEXTS-1:0]);
    assign busy = !(&free);

    // Loading
    logic load_valid, load_ready, load_exponent, last_valid, loaded_valid;
    logic [CONTEXT_BITS+10:0] load_address;
    logic [129:0] load_word;
    logic [CONTEXT_BITS-1:0] loaded_context;
    logic [7:0] loaded_opcode, loaded_status;
    logic [5:0] loaded_words;
    logic [63:0] loaded_exponent;
    pke_load #(.CONTEXT_BITS(CONTEXT_BITS)) load (
        .clk(clk), .rst(rst), .cmd_valid(cmd_valid), .cmd_ready(cmd_ready), .cmd_context(cmd_context),
        .cmd_opcode(cmd_opcode), .cmd_parameter(cmd_parameter), .in_valid(in_valid), .in_ready(in_ready),
        .in_data(in_data), .in_last(in_last), .in_abort(in_abort), .in_abort_status(in_abort_status),
        .load_valid(load_valid), .load_ready(load_ready), .load_exponent(load_exponent),
        .load_address(load_address), .load_word(load_word), .last_valid(last_valid), .loaded_valid(loaded_valid),
        .loaded_context(loaded_context), .loaded_opcode(loaded_opcode), .loaded_status(loaded_status),
        .loaded_words(loaded_words), .loaded_exponent(loaded_exponent)
    );

    // Clearing: 2048 words of a context (1024 of registers, as many of its table), its exponents
    // with them; then the program `wipe`. The first context waiting is served.
    logic clear_valid, clear_ready, clear_moves, wipe_valid;
    logic [CONTEXT_BITS-1:0] clear_context;
    logic [10:0] clear_index;
    typedef enum logic [1:0] {CLEAR_IDLE, CLEAR_WORDS, CLEAR_WIPE} clear_t;
    clear_t clear_state;
    assign clear_valid = clear_state == CLEAR_WORDS;
    assign clear_moves = clear_valid && clear_ready && !load_valid;
    assign wipe_valid = clear_state == CLEAR_WIPE && !loaded_valid;

    function automatic [CONTEXT_BITS-1:0] lowest(input [ROOM-1:0] set);
        integer n;
        begin
            lowest = '0;
            for (n = ROOM - 1; n >= 0; n = n - 1)
                if (set[n]) lowest = n[CONTEXT_BITS-1:0];
        end
    endfunction

    always_ff @(posedge clk) begin
        case (clear_state)
            CLEAR_IDLE:
                if (|clearing) begin
                    clear_context <= lowest(clearing);
                    clear_index <= 11'd0;
                    clear_state <= CLEAR_WORDS;
                end
            CLEAR_WORDS:
                if (clear_moves) begin
                    clear_index <= clear_index + 11'd1;
                    if (&clear_index) clear_state <= CLEAR_WIPE;
                end
            default: if (wipe_valid) clear_state <= CLEAR_IDLE;
        endcase
        if (rst) clear_state <= CLEAR_IDLE;
    end

    // Running
    logic start_run, end_valid, exponent_read;
    logic [CONTEXT_BITS-1:0] end_context;
    logic [7:0] end_code;
    logic [pke_isa::ADDRESS_WIDTH-1:0] start_address;
    logic [3:0] end_register;
    logic [CONTEXT_BITS+4:0] exponent_address;
    logic [129:0] exponent_word;
    assign start_run = loaded_valid && loaded_status == tlscard_map::STATUS_OK;
    always_comb begin
        case (loaded_opcode)
            tlscard_map::OP_RSA_PUBLIC: start_address = pke_isa::ENTRY_RSA_PUBLIC;
            tlscard_map::OP_MODEXP: start_address = pke_isa::ENTRY_MODEXP;
            tlscard_map::OP_EC_MULTIPLY: start_address = pke_isa::ENTRY_EC_MULTIPLY;
            tlscard_map::OP_EC_MULTIPLY_BASE: start_address = pke_isa::ENTRY_EC_MULTIPLY_BASE;
            tlscard_map::OP_ECDSA_SIGN: start_address = pke_isa::ENTRY_ECDSA_SIGN;
            tlscard_map::OP_ECDSA_VERIFY: start_address = pke_isa::ENTRY_ECDSA_VERIFY;
            tlscard_map::OP_X25519: start_address = pke_isa::ENTRY_X25519;
            default: start_address = pke_isa::ENTRY_RSA_PRIVATE;
        endcase
        if (wipe_valid) start_address = pke_isa::ENTRY_WIPE;
    end

    logic chain_valid, chain_ready, chain_lane, chain_zero, chain_double, chain_add, chain_invert, chain_short;
    logic chain_raised, chain_flag, chain_field, chain_curve25519;
    logic [3:0] chain_op;
    logic [5:0] chain_length;
    logic [2:0] chain_constant;
    logic [CONTEXT_BITS+9:0] chain_a, chain_c;
    logic [CONTEXT_BITS+10:0] chain_d;
    logic [CONTEXT_BITS+11:0] chain_b;
    logic finish_valid, finish_lane, finish_flag_valid, finish_flag;
    logic [CONTEXT_BITS-1:0] finish_context;
    logic linear_valid, linear_ready, linear_base, linear_subtract, linear_curve25519, linear_flag;
    logic multiplied_valid, added_valid, added_flag_valid, added_flag;
    logic [CONTEXT_BITS+7:0] linear_a, linear_b, linear_d;
    logic [11:0] linear_base_address;
    logic [1:0] linear_factor;
    logic [2:0] linear_multiple;
    logic [CONTEXT_BITS-1:0] multiplied_context, added_context;
    pke_sequencer #(.CONTEXT_BITS(CONTEXT_BITS)) sequencer (
        .clk(clk), .rst(rst), .start_valid(start_run || wipe_valid),
        .start_context(wipe_valid ? clear_context : loaded_context), .start_address(start_address),
        .start_split(!wipe_valid && loaded_opcode == tlscard_map::OP_RSA_PRIVATE_CRT),
        .start_length(wipe_valid ? 6'd2 : loaded_words), .start_exponent(wipe_valid ? 64'd0 : loaded_exponent),
        .end_valid(end_valid), .end_context(end_context), .end_code(end_code), .end_register(end_register),
        .exponent_read(exponent_read), .exponent_address(exponent_address), .exponent_word(exponent_word),
        .chain_valid(chain_valid), .chain_ready(chain_ready), .chain_op(chain_op), .chain_length(chain_length),
        .chain_a(chain_a), .chain_b(chain_b), .chain_c(chain_c), .chain_d(chain_d), .chain_lane(chain_lane),
        .chain_zero(chain_zero), .chain_double(chain_double), .chain_add(chain_add), .chain_invert(chain_invert),
        .chain_short(chain_short), .chain_raised(chain_raised), .chain_constant(chain_constant), .chain_flag(chain_flag),
        .chain_field(chain_field), .chain_curve25519(chain_curve25519),
        .linear_valid(linear_valid), .linear_ready(linear_ready), .linear_a(linear_a), .linear_b(linear_b),
        .linear_base(linear_base), .linear_base_address(linear_base_address), .linear_d(linear_d),
        .linear_factor(linear_factor), .linear_subtract(linear_subtract), .linear_multiple(linear_multiple),
        .linear_curve25519(linear_curve25519), .linear_flag(linear_flag), .multiplied_valid(multiplied_valid),
        .multiplied_context(multiplied_context), .added_valid(added_valid), .added_context(added_context),
        .added_flag_valid(added_flag_valid), .added_flag(added_flag),
        .finish_valid(finish_valid), .finish_context(finish_context), .finish_lane(finish_lane),
        .finish_flag_valid(finish_flag_valid), .finish_flag(finish_flag)
    );

    logic exponent_write, digits_write;
    logic [CONTEXT_BITS+4:0] digits_address;
    logic [129:0] digits_word;
    assign exponent_write = digits_write || (load_valid && load_exponent) || clear_moves;
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(CONTEXT_BITS + 5)) memory_exponent (
        .clk(clk), .write(exponent_write),
        .write_address(digits_write ? digits_address
                       : load_valid ? {load_address[CONTEXT_BITS+10:11], load_address[4:0]}
                                  : {clear_context, clear_index[4:0]}),
        .write_data(digits_write ? digits_word : load_valid ? load_word : 130'd0),
        .read(exponent_read), .read_address(exponent_address), .read_data(exponent_word)
    );

    logic slot_valid, slot_product, slot_first, slot_last, slot_zero, slot_one, slot_double, slot_field, slot_fresh;
    logic note_valid, note_empty, note_chain_first, note_chain_last, note_add, note_invert, note_write, note_flag, note_lane;
    logic note_field, note_curve25519;
    logic [2:0] note_constant;
    logic [CONTEXT_BITS+9:0] slot_a, note_c;
    logic [CONTEXT_BITS+10:0] note_d;
    logic [CONTEXT_BITS+11:0] slot_b;
    pke_slots #(.CONTEXT_BITS(CONTEXT_BITS)) slots (
        .clk(clk), .rst(rst), .chain_valid(chain_valid), .chain_ready(chain_ready), .chain_op(chain_op),
        .chain_length(chain_length), .chain_a(chain_a), .chain_b(chain_b), .chain_c(chain_c), .chain_d(chain_d),
        .chain_lane(chain_lane), .chain_zero(chain_zero), .chain_double(chain_double), .chain_add(chain_add),
        .chain_invert(chain_invert), .chain_short(chain_short), .chain_raised(chain_raised), .chain_constant(chain_constant),
        .chain_flag(chain_flag), .chain_field(chain_field), .chain_curve25519(chain_curve25519), .slot_valid(slot_valid), .slot_product(slot_product), .slot_first(slot_first),
        .slot_last(slot_last), .slot_zero(slot_zero), .slot_one(slot_one), .slot_double(slot_double), .slot_field(slot_field), .slot_fresh(slot_fresh),
        .slot_a(slot_a), .slot_b(slot_b), .note_valid(note_valid), .note_empty(note_empty),
        .note_chain_first(note_chain_first), .note_chain_last(note_chain_last),
        .note_add(note_add), .note_invert(note_invert), .note_constant(note_constant), .note_write(note_write),
        .note_flag(note_flag), .note_lane(note_lane), .note_field(note_field), .note_curve25519(note_curve25519), .note_c(note_c), .note_d(note_d)
    );

    logic unload_valid, unload_ready, release_valid;
    logic [CONTEXT_BITS+9:0] unload_address;
    logic [129:0] unload_word;
    pke_datapath #(.CONTEXT_BITS(CONTEXT_BITS)) datapath (
        .clk(clk), .rst(rst), .slot_valid(slot_valid), .slot_product(slot_product), .slot_first(slot_first),
        .slot_last(slot_last), .slot_zero(slot_zero), .slot_one(slot_one), .slot_double(slot_double), .slot_field(slot_field), .slot_fresh(slot_fresh),
        .slot_a(slot_a), .slot_b(slot_b), .note_valid(note_valid), .note_empty(note_empty),
        .note_chain_first(note_chain_first), .note_chain_last(note_chain_last),
        .note_add(note_add), .note_invert(note_invert), .note_constant(note_constant), .note_write(note_write),
        .note_flag(note_flag), .note_lane(note_lane), .note_field(note_field), .note_curve25519(note_curve25519), .note_c(note_c), .note_d(note_d),
        .finish_valid(finish_valid), .finish_context(finish_context), .finish_lane(finish_lane),
        .finish_flag_valid(finish_flag_valid), .finish_flag(finish_flag),
        .linear_valid(linear_valid), .linear_ready(linear_ready), .linear_a(linear_a), .linear_b(linear_b),
        .linear_base(linear_base), .linear_base_address(linear_base_address), .linear_d(linear_d),
        .linear_factor(linear_factor), .linear_subtract(linear_subtract), .linear_multiple(linear_multiple),
        .linear_curve25519(linear_curve25519), .linear_flag(linear_flag), .multiplied_valid(multiplied_valid),
        .multiplied_context(multiplied_context), .added_valid(added_valid), .added_context(added_context),
        .added_flag_valid(added_flag_valid), .added_flag(added_flag),
        .load_valid(load_valid && !load_exponent), .load_ready(load_ready), .load_address(load_address),
        .load_word(load_word), .clear_valid(clear_valid), .clear_ready(clear_ready),
        .clear_address({clear_context, clear_index}), .unload_valid(unload_valid), .unload_ready(unload_ready),
        .unload_address(unload_address), .unload_word(unload_word), .digits_write(digits_write),
        .digits_address(digits_address), .digits_word(digits_word), .mul_busy(mul_busy)
    );

    // Results
    logic [CONTEXT_BITS-1:0] leaving;
    pke_unload #(.CONTEXTS(ROOM), .CONTEXT_BITS(CONTEXT_BITS)) unload (
        .clk(clk), .rst(rst), .finished(finished), .which(leaving), .status(status[leaving]),
        .words(words[leaving]), .numbers(numbers[leaving]), .little(little_endian[leaving]), .register_number(result[leaving]), .cycles(refused[leaving] ? 32'd0 : cycles[leaving]),
        .done_valid(done_valid), .done_ready(done_ready), .done_context(done_context), .done_status(done_status),
        .done_length(done_length), .done_cycles(done_cycles), .out_valid(out_valid), .out_ready(out_ready),
        .out_data(out_data), .unload_valid(unload_valid), .unload_ready(unload_ready),
        .unload_address(unload_address), .unload_word(unload_word), .release_valid(release_valid)
    );

    logic [7:0] end_status;
    always_comb begin
        case (end_code)
            pke_isa::END_OK: end_status = tlscard_map::STATUS_OK;
            pke_isa::END_OPERAND_RANGE: end_status = tlscard_map::STATUS_OPERAND_RANGE;
            pke_isa::END_INVALID_POINT: end_status = tlscard_map::STATUS_INVALID_POINT;
            pke_isa::END_INVALID_SCALAR: end_status = tlscard_map::STATUS_INVALID_SCALAR;
            pke_isa::END_INVALID_RESULT: end_status = tlscard_map::STATUS_INVALID_RESULT;
            pke_isa::END_SIGNATURE_INVALID: end_status = tlscard_map::STATUS_SIGNATURE_INVALID;
            default: end_status = tlscard_map::STATUS_CHECK_FAILED;
        endcase
    end

    always_ff @(posedge clk) begin
        now <= now + 32'd1;
        if (cmd_valid && cmd_ready) free[cmd_context[CONTEXT_BITS-1:0]] <= 1'b0;
        if (last_valid) began[loaded_context] <= now + 32'd1;
        if (loaded_valid) begin
            words[loaded_context] <= loaded_words;
            refused[loaded_context] <= !start_run;
            little_endian[loaded_context] <= loaded_opcode == tlscard_map::OP_X25519;
            case (loaded_opcode)
                tlscard_map::OP_ECDSA_VERIFY: numbers[loaded_context] <= 2'd0;
                tlscard_map::OP_EC_MULTIPLY, tlscard_map::OP_EC_MULTIPLY_BASE, tlscard_map::OP_ECDSA_SIGN:
                    numbers[loaded_context] <= 2'd2;
                default: numbers[loaded_context] <= 2'd1;
            endcase
            if (!start_run) begin
                finished[loaded_context] <= 1'b1;
                status[loaded_context] <= loaded_status;
            end
        end
        if (end_valid) begin
            if (wiping[end_context]) begin
                wiping[end_context] <= 1'b0;
                free[end_context] <= 1'b1;
            end else begin
                finished[end_context] <= 1'b1;
                status[end_context] <= end_status;
                result[end_context] <= end_register;
                cycles[end_context] <= now - began[end_context];
            end
        end
        if (release_valid) begin
            finished[leaving] <= 1'b0;
            clearing[leaving] <= 1'b1;
        end
        if (wipe_valid) begin
            clearing[clear_context] <= 1'b0;
            wiping[clear_context] <= 1'b1;
        end
        if (rst) begin
            now <= 32'd0;
            free <= '0;
            finished <= '0;
            clearing <= '1;
            wiping <= '0;
        end
    end
endmodule
