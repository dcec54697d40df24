// SPDX-License-Identifier: Apache-2.0
// Operand memories around the multiplier: slots in, words of results written back.
//
// Three copies of the registers give a slot its words a and b and a column its addend c in one
// cycle; the copy for b also holds the table. All are written at once. The write port serves
// results first, then the loader, then the clearing; the addend's read port serves columns first,
// then the unloader.

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
    input  logic [CONTEXT_BITS+9:0]   note_c,
    input  logic [CONTEXT_BITS+10:0]  note_d,
    // a chain's last word is written as this is high
    output logic                      finish_valid,
    output logic [CONTEXT_BITS-1:0]   finish_context,
    output logic                      finish_lane,
    output logic                      finish_flag_valid,
    output logic                      finish_flag,
    // other writers, each done in the cycle in which its ready is high
    input  logic                      load_valid,
    output logic                      load_ready,
    input  logic [CONTEXT_BITS+9:0]   load_address,
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
    localparam integer NOTE = 11 + A_BITS + B_BITS;

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
                       note_flag, note_lane, note_c, note_d};
        if (last_1) note_2 <= note_1;
        if (last_2) note_3 <= note_2;
        if (last_3) note_4 <= note_3;
        if (last_4) note_5 <= note_4;
        if (last_5) note_6 <= note_5;
        if (last_6) note_7 <= note_6;
        if (last_7) note_8 <= note_7;
    end

    logic c_read, chain_first_5, add_5, invert_5, chain_last_8, write_8, flag_8, lane_8;
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

    logic [129:0] a, b, c, word;
    logic word_valid;
    logic from_base;
    logic [129:0] memory_word, base_word;
    always_ff @(posedge clk) if (slot_valid) from_base <= slot_b[B_BITS];
    assign b = from_base ? base_word : memory_word;
    pke_base base (
        .clk(clk), .read(slot_valid && slot_b[B_BITS]), .address(slot_b[12:0]), .word(base_word)
    );

    pke_product product (
        .clk(clk), .valid(valid), .first(first), .last(last), .zero(zero), .one(one), .twice(twice), .a(a), .b(b),
        .column_valid(last_5), .column_empty(note_5[NOTE-1]), .column_wide(1'b0), .chain_first(chain_first_5), .addend_enable(add_5), .addend_invert(invert_5), .c(c), .constant(constant_5),
        /* verilator lint_off PINCONNECTEMPTY */ // no chain has a wide column
        .word_valid(word_valid), .word(word), .word_above()
        /* verilator lint_on PINCONNECTEMPTY */
    );

    logic result_write, write, write_register;
    logic [B_BITS-1:0] write_address;
    logic [129:0] write_word;
    assign result_write = last_8 && word_valid && write_8;
    assign load_ready = !result_write;
    assign clear_ready = !result_write && !load_valid;
    assign write = result_write || load_valid || clear_valid;
    assign write_address = result_write ? d_8
        : load_valid ? {load_address[A_BITS-1:10], 1'b0, load_address[9:0]} : clear_address;
    assign write_word = result_write ? word : load_valid ? load_word : 130'd0;
    assign write_register = write && !write_address[10];

    assign digits_write = result_write && d_8[10:4] == {1'b0, pke_isa::REG_V, 2'b00};
    assign digits_address = {d_8[B_BITS-1:11], 1'b0, d_8[3:0]};
    assign digits_word = word;

    assign finish_valid = last_8 && chain_last_8;
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
        .read(slot_valid), .read_address(slot_a), .read_data(a)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(B_BITS)) memory_b (
        .clk(clk), .write(write), .write_address(write_address), .write_data(write_word),
        .read(slot_valid && !slot_b[B_BITS]), .read_address(slot_b[B_BITS-1:0]), .read_data(memory_word)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(A_BITS)) memory_c (
        .clk(clk), .write(write_register), .write_address(register_address), .write_data(write_word),
        .read(c_read || unload_valid), .read_address(c_read ? c_address : unload_address), .read_data(c)
    );
endmodule
