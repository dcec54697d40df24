// SPDX-License-Identifier: Apache-2.0
// Operand memories around the multiplier: slots in, words of results written back.
//
// Three copies of the registers give a slot its words a and b and a column its addend c in one
// cycle; the copy for b also holds the table. All are written at once. The write port serves
// results first, then the loader, then the clearing; the addend's read port serves columns first,
// then the unloader. The elements of P-256's field and of Curve25519's have pke_field to themselves.

module pke_datapath #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    input  logic                      slot_valid,
    input  logic                      slot_product,
    input  logic                      slot_first,
    input  logic                      slot_last,
    input  logic                      slot_zero,
    input  logic                      slot_one,
    input  logic                      slot_double,
    input  logic                      slot_field,       // operands are rows of the field memory
    input  logic                      slot_fresh,
    input  logic [CONTEXT_BITS+9:0]   slot_a,
    input  logic [CONTEXT_BITS+11:0]  slot_b,           // on top: from the multiples of the base point
    input  logic                      note_valid,
    input  logic                      note_empty,
    input  logic                      note_chain_first,
    input  logic                      note_chain_last,
    input  logic                      note_add,
    input  logic                      note_invert,
    input  logic [2:0]                note_constant,
    input  logic                      note_write,
    input  logic                      note_flag,
    input  logic                      note_lane,
    input  logic                      note_field,
    input  logic                      note_curve25519,
    input  logic [CONTEXT_BITS+9:0]   note_c,
    input  logic [CONTEXT_BITS+10:0]  note_d,
    // a chain's last word is written as this is high
    output logic                      finish_valid,
    output logic [CONTEXT_BITS-1:0]   finish_context,
    output logic                      finish_lane,
    output logic                      finish_flag_valid,
    output logic                      finish_flag,
    // a linear operation on rows; and what has been written of these and of field products
    input  logic                      linear_valid,
    output logic                      linear_ready,
    input  logic [CONTEXT_BITS+7:0]   linear_a,
    input  logic [CONTEXT_BITS+7:0]   linear_b,
    input  logic                      linear_base,
    input  logic [11:0]               linear_base_address,
    input  logic [CONTEXT_BITS+7:0]   linear_d,
    input  logic [1:0]                linear_factor,
    input  logic                      linear_subtract,
    input  logic [2:0]                linear_multiple,
    input  logic                      linear_curve25519,
    input  logic                      linear_flag,
    output logic                      multiplied_valid,
    output logic [CONTEXT_BITS-1:0]   multiplied_context,
    output logic                      added_valid,
    output logic [CONTEXT_BITS-1:0]   added_context,
    output logic                      added_flag_valid,
    output logic                      added_flag,
    // other writers, each done in the cycle in which its ready is high
    input  logic                      load_valid,
    output logic                      load_ready,
    input  logic [CONTEXT_BITS+10:0]  load_address,     // {context, field, register and word or row and word}
    input  logic [129:0]              load_word,
    input  logic                      clear_valid,
    output logic                      clear_ready,
    input  logic [CONTEXT_BITS+10:0]  clear_address,
    // the other reader of registers; the word comes a cycle after ready
    input  logic                      unload_valid,
    output logic                      unload_ready,
    input  logic [CONTEXT_BITS+9:0]   unload_address,
    output logic [129:0]              unload_word,
    // a result for the digits' memory, beside the register
    output logic                      digits_write,
    output logic [CONTEXT_BITS+4:0]   digits_address,
    output logic [129:0]              digits_word,
    output logic                      mul_busy
);
    localparam integer A_BITS = CONTEXT_BITS + 10;
    localparam integer B_BITS = CONTEXT_BITS + 11;
    localparam integer NOTE = 13 + A_BITS + B_BITS;

    // Notes travel beside their column: the addend's address is used four cycles after the slot,
    // the rest a cycle later, the destination as the word comes out, eight cycles after the slot.
    logic last_1, last_2, last_3, last_4, last_5, last_6, last_7, last_8;
    logic [NOTE-1:0] note_1, note_2, note_3, note_4, note_5, note_6, note_7, note_8;
    always_ff @(posedge clk) begin
        last_1 <= note_valid && !rst;
        last_2 <= last_1 && !rst;
        last_3 <= last_2 && !rst;
        last_4 <= last_3 && !rst;
        last_5 <= last_4 && !rst;
        last_6 <= last_5 && !rst;
        last_7 <= last_6 && !rst;
        last_8 <= last_7 && !rst;
        if (note_valid)
            note_1 <= {note_empty, note_chain_first, note_chain_last, note_add, note_invert, note_constant, note_write,
                       note_flag, note_lane, note_field, note_curve25519, note_c, note_d};
        if (last_1) note_2 <= note_1;
        if (last_2) note_3 <= note_2;
        if (last_3) note_4 <= note_3;
        if (last_4) note_5 <= note_4;
        if (last_5) note_6 <= note_5;
        if (last_6) note_7 <= note_6;
        if (last_7) note_8 <= note_7;
    end

    logic c_read, chain_first_5, add_5, invert_5, chain_last_8, write_8, flag_8, lane_8, field_8, curve25519_8;
    logic [2:0] constant_5;
    logic [A_BITS-1:0] c_address;
    logic [B_BITS-1:0] d_8;
    assign c_read = last_4 && note_4[NOTE-4];
    assign c_address = note_4[B_BITS +: A_BITS];
    assign chain_first_5 = note_5[NOTE-2];
    assign add_5 = note_5[NOTE-4];
    assign invert_5 = note_5[NOTE-5];
    assign constant_5 = note_5[NOTE-8 +: 3];
    assign chain_last_8 = note_8[NOTE-3];
    assign write_8 = note_8[NOTE-9];
    assign flag_8 = note_8[NOTE-10];
    assign lane_8 = note_8[NOTE-11];
    assign field_8 = note_8[NOTE-12];
    assign curve25519_8 = note_8[NOTE-13];
    assign d_8 = note_8[B_BITS-1:0];

    logic valid, first, last, zero, one, twice;
    always_ff @(posedge clk) begin
        valid <= slot_valid && !rst;
        if (slot_valid) begin
            first <= slot_first;
            last <= slot_last;
            zero <= slot_zero;
            one <= slot_one;
            twice <= slot_double;
        end
    end
    assign mul_busy = slot_valid && slot_product;

    logic [129:0] a, b, c, word, word_above, memory_a_word, memory_b_word, field_a, field_b;
    logic word_valid, field_1;
    always_ff @(posedge clk) if (slot_valid) field_1 <= slot_field;
    assign a = field_1 ? field_a : memory_a_word;
    assign b = field_1 ? field_b : memory_b_word;

    pke_product product (
        .clk(clk), .valid(valid), .first(first), .last(last), .zero(zero), .one(one), .twice(twice), .a(a), .b(b),
        .column_valid(last_5), .column_wide(note_5[NOTE-12] && note_5[NOTE-3]), .column_empty(note_5[NOTE-1]),
        .chain_first(chain_first_5), .addend_enable(add_5), .addend_invert(invert_5), .c(c), .constant(constant_5),
        .word_valid(word_valid), .word(word), .word_above(word_above)
    );

    // A field product's words, the last two of which come together, go to the reducer.
    logic [259:0] gathered;
    logic product_valid;
    assign product_valid = last_8 && field_8 && chain_last_8;
    always_ff @(posedge clk) if (last_8 && field_8) gathered <= {word, gathered[259:130]};

    logic field_load_ready, field_clear_ready;
    pke_field #(.CONTEXT_BITS(CONTEXT_BITS)) field (
        .clk(clk), .rst(rst), .slot_valid(slot_valid && slot_field), .slot_fresh(slot_fresh),
        .slot_a({slot_a[A_BITS-1:10], slot_a[8:0]}), .slot_b({slot_b[B_BITS-1:11], slot_b[8:0]}),
        .slot_base(slot_b[B_BITS]), .slot_base_address(slot_b[12:1]), .a(field_a), .b(field_b),
        .product_valid(product_valid), .product_curve25519(curve25519_8),
        .product({word_above, word, gathered}), .product_row({d_8[B_BITS-1:11], d_8[8:1]}),
        .linear_valid(linear_valid), .linear_ready(linear_ready), .linear_a(linear_a), .linear_b(linear_b),
        .linear_base(linear_base), .linear_base_address(linear_base_address), .linear_d(linear_d),
        .linear_factor(linear_factor), .linear_subtract(linear_subtract), .linear_multiple(linear_multiple),
        .linear_curve25519(linear_curve25519), .linear_flag(linear_flag), .multiplied_valid(multiplied_valid),
        .multiplied_context(multiplied_context), .added_valid(added_valid), .added_context(added_context),
        .added_flag_valid(added_flag_valid), .added_flag(added_flag),
        .load_valid(load_valid && load_address[10]), .load_ready(field_load_ready),
        .load_address({load_address[B_BITS-1:11], load_address[8:0]}), .load_word(load_word),
        .clear_valid(clear_valid && clear_address[10:8] == 3'd0 && memory_clear_ready), .clear_ready(field_clear_ready),
        .clear_row({clear_address[B_BITS-1:11], clear_address[7:0]})
    );

    logic result_write, write, write_register;
    logic [B_BITS-1:0] write_address;
    logic [129:0] write_word;
    assign result_write = last_8 && word_valid && write_8;
    logic memory_load, memory_clear_ready;
    assign memory_load = load_valid && !load_address[10];
    assign load_ready = load_address[10] ? field_load_ready : !result_write;
    assign memory_clear_ready = !result_write && !load_valid;
    assign clear_ready = memory_clear_ready && (clear_address[10:8] != 3'd0 || field_clear_ready);
    assign write = result_write || memory_load || clear_valid;
    assign write_address = result_write ? d_8
        : memory_load ? {load_address[B_BITS-1:11], 1'b0, load_address[9:0]} : clear_address;
    assign write_word = result_write ? word : memory_load ? load_word : 130'd0;
    assign write_register = write && !write_address[10];

    assign digits_write = result_write && d_8[10:4] == {1'b0, pke_isa::REG_V, 2'b00};
    assign digits_address = {d_8[B_BITS-1:11], 1'b0, d_8[3:0]};
    assign digits_word = word;

    assign finish_valid = last_8 && chain_last_8 && !field_8;
    assign finish_context = d_8[B_BITS-1:11];
    assign finish_lane = lane_8;
    assign finish_flag_valid = flag_8;
    assign finish_flag = word[0];

    assign unload_ready = !c_read;
    assign unload_word = c;
    logic [A_BITS-1:0] register_address;
    assign register_address = {write_address[B_BITS-1:11], write_address[9:0]};

    pke_ram #(.WIDTH(130), .ADDRESS_BITS(A_BITS)) memory_a (
        .clk(clk), .write(write_register), .write_address(register_address), .write_data(write_word),
        .read(slot_valid && !slot_field), .read_address(slot_a), .read_data(memory_a_word)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(B_BITS)) memory_b (
        .clk(clk), .write(write), .write_address(write_address), .write_data(write_word),
        .read(slot_valid && !slot_field), .read_address(slot_b[B_BITS-1:0]), .read_data(memory_b_word)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(A_BITS)) memory_c (
        .clk(clk), .write(write_register), .write_address(register_address), .write_data(write_word),
        .read(c_read || unload_valid), .read_address(c_read ? c_address : unload_address), .read_data(c)
    );
endmodule
