// SPDX-License-Identifier: Apache-2.0
// Turns a chain into multiplier slots: one pair of words a cycle, column by column.
//
// Column k is the sum of a[i] * b[k - i]. FULL has columns 0 .. 2 length - 2 and one more without
// a product for the last carry, SQR the same with the equal products once, doubled; LOW stops
// after column length - 1; HIGH begins two guard columns early, at length - 2; LIN has one
// product in a column, 1 * b[k], and one more column where the final carry is wanted. MUL and FSQR are
// FULL and SQR of two words without the last carry's column: the word above the last product's column
// comes with that column's own. Their rows are read with the chain's first slot and held.

module pke_slots #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    input  logic                      chain_valid,
    output logic                      chain_ready,
    input  logic [3:0]                chain_op,
    input  logic [5:0]                chain_length,
    input  logic [CONTEXT_BITS+9:0]   chain_a,
    input  logic [CONTEXT_BITS+11:0]  chain_b,
    input  logic [CONTEXT_BITS+9:0]   chain_c,
    input  logic [CONTEXT_BITS+10:0]  chain_d,
    input  logic                      chain_lane,
    input  logic                      chain_zero,
    input  logic                      chain_double,
    input  logic                      chain_add,
    input  logic                      chain_invert,
    input  logic                      chain_short,
    input  logic                      chain_raised,
    input  logic [2:0]                chain_constant,
    input  logic                      chain_flag,
    input  logic                      chain_field,      // a and b, or LIN's b, are rows of the field memory
    input  logic                      chain_curve25519,
    // a slot
    output logic                      slot_valid,
    output logic                      slot_product,     // of two words of memory
    output logic                      slot_first,       // of its column
    output logic                      slot_last,
    output logic                      slot_zero,
    output logic                      slot_one,
    output logic                      slot_double,
    output logic                      slot_field,
    output logic                      slot_fresh,       // rows are to be read
    output logic [CONTEXT_BITS+9:0]   slot_a,
    output logic [CONTEXT_BITS+11:0]  slot_b,
    // of a column, with its last slot or the cycle after
    output logic                      note_valid,
    output logic                      note_empty,       // it has no products
    output logic                      note_chain_first,
    output logic                      note_chain_last,
    output logic                      note_add,
    output logic                      note_invert,
    output logic [2:0]                note_constant,
    output logic                      note_write,
    output logic                      note_flag,        // the word is the final carry
    output logic                      note_lane,
    output logic                      note_field,       // the word is for the reducer
    output logic                      note_curve25519,
    output logic [CONTEXT_BITS+9:0]   note_c,
    output logic [CONTEXT_BITS+10:0]  note_d
);
    // The chain being issued.
    logic active, zero, twice, add, invert, short, raised, flag, lane, field, curve25519;
    logic is_square, is_low, is_high, is_linear, is_field;
    logic [2:0] constant;
    logic [5:0] length, k, i, j;
    logic [CONTEXT_BITS+9:0] a, c;
    logic [CONTEXT_BITS+10:0] d;
    logic [CONTEXT_BITS+11:0] b;

    logic beyond, flush, first, last, ending, kept, early;
    logic [5:0] top, final_column, next_k, d_index;
    assign top = length - 6'd1;
    assign final_column = is_low ? top : is_linear ? (flag ? length : top) : is_field ? 6'd2
        : {length[4:0], 1'b0} - 6'd1;
    assign beyond = k >= length;
    assign flush = (is_linear && beyond) || (!is_linear && !is_low && !is_field && k == final_column);
    assign first = is_linear || flush || i == 6'd0 || (beyond && j == top);
    assign last = is_linear || flush || (is_square ? j - i <= 6'd1 : (j == 6'd0 || i == top));
    // The column that only takes a chain's last carry needs no slot of its own where the next chain's
    // first column has one product and its second more: the carry goes with the product, and that
    // column's note a cycle later, when no column ends.
    assign early = chain_valid && chain_length > 6'd1 && !is_linear && !is_low && !is_field && k + 6'd1 == final_column
        && (chain_op == pke_isa::OP_FULL || chain_op == pke_isa::OP_LOW || chain_op == pke_isa::OP_HIGH
            || chain_op == pke_isa::OP_MUL);
    assign ending = active && last && (k == final_column || early);
    assign chain_ready = !active || ending;
    assign next_k = k + 6'd1;
    assign kept = is_high ? beyond : !(is_linear && beyond) && !is_field;
    assign d_index = is_high ? k - length : is_field ? 6'd0 : k;

    always_ff @(posedge clk) begin
        if (active) begin
            if (!last) begin
                i <= i + 6'd1;
                j <= j - 6'd1;
            end else begin
                k <= next_k;
                i <= next_k > top ? next_k - top : 6'd0;
                j <= next_k > top ? top : next_k;
            end
        end
        if (ending) active <= 1'b0;
        if (chain_valid && chain_ready) begin
            active <= 1'b1;
            zero <= chain_zero;
            twice <= chain_double;
            add <= chain_add;
            invert <= chain_invert;
            short <= chain_short;
            raised <= chain_raised;
            flag <= chain_flag;
            lane <= chain_lane;
            field <= chain_field;
            curve25519 <= chain_curve25519;
            is_square <= chain_op == pke_isa::OP_SQR || chain_op == pke_isa::OP_FSQR;
            is_field <= chain_op == pke_isa::OP_MUL || chain_op == pke_isa::OP_FSQR;
            is_low <= chain_op == pke_isa::OP_LOW;
            is_high <= chain_op == pke_isa::OP_HIGH;
            is_linear <= chain_op == pke_isa::OP_LIN;
            constant <= chain_constant;
            length <= chain_length;
            a <= chain_a;
            b <= chain_b;
            c <= chain_c;
            d <= chain_d;
            i <= 6'd0;
            j <= chain_op == pke_isa::OP_HIGH ? chain_length - 6'd2 : 6'd0;
            k <= chain_op == pke_isa::OP_HIGH ? chain_length - 6'd2 : 6'd0;
        end
        if (rst) active <= 1'b0;
    end

    // Notes: of the column that ends now; of the last carry that follows early; one that is held for it.
    localparam integer NOTE = 13 + 2 * CONTEXT_BITS + 21;
    logic carry_next, held_valid;
    logic [NOTE-1:0] now, carried, held;
    logic [2:0] constant_now;
    logic [5:0] c_index;
    assign c_index = raised ? k - length : k;
    // ONE and TWO are added at the addend's bottom, GUARD and TOP at the topmost word of `length`
    assign constant_now = constant == pke_isa::KONST_GUARD || constant == pke_isa::KONST_TOP
        ? (k == top ? constant : pke_isa::KONST_NONE)
        : (k == (raised ? length : 6'd0) ? constant : pke_isa::KONST_NONE);
    assign now = {flush && !is_linear, k == (is_high ? length - 6'd2 : 6'd0), k == final_column,
                  add && (raised ? beyond : !(beyond && (short || is_linear))), invert, constant_now, kept,
                  is_linear && beyond, lane,
                  is_field, curve25519, c | {{(CONTEXT_BITS + 4){1'b0}}, c_index},
                  d | {{(CONTEXT_BITS + 5){1'b0}}, d_index}};
    assign {note_empty, note_chain_first, note_chain_last, note_add, note_invert, note_constant, note_write, note_flag,
            note_lane, note_field, note_curve25519, note_c, note_d} = note;
    logic [NOTE-1:0] note;

    always_ff @(posedge clk) begin
        note_valid <= carry_next || held_valid || (active && last);
        carry_next <= active && last && k != final_column && early;
        held_valid <= carry_next && active && last;
        if (carry_next) note <= carried;
        else if (held_valid) note <= held;
        else if (active && last) note <= now;
        if (carry_next) held <= now;
        if (active && last && early) carried <= following;
        if (rst) begin
            note_valid <= 1'b0;
            carry_next <= 1'b0;
            held_valid <= 1'b0;
        end
    end

    // The note of the column after this one, the chain's last.
    logic [NOTE-1:0] following;
    logic [5:0] c_next, d_next;
    assign c_next = raised ? next_k - length : next_k;
    assign d_next = is_high ? next_k - length : next_k;
    assign following = {1'b1, 1'b0, 1'b1, add && (raised || !short), invert, pke_isa::KONST_NONE, 1'b1, 1'b0, lane,
                        2'd0, c | {{(CONTEXT_BITS + 4){1'b0}}, c_next}, d | {{(CONTEXT_BITS + 5){1'b0}}, d_next}};

    always_ff @(posedge clk) begin
        slot_valid <= active;
        if (active) begin
            slot_product <= !flush && !is_linear;
            slot_first <= first;
            slot_last <= last;
            slot_zero <= zero || flush;
            slot_one <= is_linear;
            slot_double <= is_square ? i != j : twice;
            slot_field <= field;
            slot_fresh <= field && (is_linear || k == 6'd0);
            slot_a <= a | {{(CONTEXT_BITS + 4){1'b0}}, i};
            slot_b <= b | {{(CONTEXT_BITS + 6){1'b0}}, j};
        end
        if (rst) slot_valid <= 1'b0;
    end
endmodule
