// SPDX-License-Identifier: Apache-2.0
// Holds a fetched computing instruction for each context until it may go, and hands it on.
//
// There are two units: the multiplier, which takes chains, and the linear unit of the field memory;
// one instruction may go to each in a cycle, the contexts taking turns. An instruction goes once its
// context has no more chains and no more linear operations in flight than its two `allow` fields say
// ("own" allows one chain, the other lane's), which are so chosen that what it reads has been written.
// What it writes may still have to be read by the chain before it, where that waits for the
// multiplier: then it waits too. A linear operation waits for a port for three cycles at most.

module pke_issue #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    // an instruction into its context's empty place, with what it needs of the context's state
    input  logic                      put_valid,
    input  logic [CONTEXT_BITS-1:0]   put_context,
    input  logic [pke_isa::INSTRUCTION_WIDTH-1:0] put_instruction,
    input  logic                      put_split,
    input  logic [5:0]                put_length,
    input  logic [4:0]                put_index,
    input  logic [4:0]                put_digit_0,
    input  logic [4:0]                put_digit_1,
    input  logic [5:0]                put_place,        // of the digit: {word, digit of it}
    output logic [(1<<CONTEXT_BITS)-1:0] waiting,       // an instruction is there
    output logic [(1<<CONTEXT_BITS)-1:0] quiet,         // nothing is in flight
    // flag of lane 0, set from outside where the context is quiet
    output logic [(1<<CONTEXT_BITS)-1:0] flag_0,
    input  logic                      set_valid,
    input  logic [CONTEXT_BITS-1:0]   set_context,
    input  logic                      set_flag,
    // a chain; addresses are of words, {context, table, register or entry, 0}
    output logic                      chain_valid,
    input  logic                      chain_ready,
    output logic [3:0]                chain_op,
    output logic [5:0]                chain_length,
    output logic [CONTEXT_BITS+9:0]   chain_a,
    output logic [CONTEXT_BITS+11:0]  chain_b,          // {multiples of the base point, ..}
    output logic [CONTEXT_BITS+9:0]   chain_c,
    output logic [CONTEXT_BITS+10:0]  chain_d,
    output logic                      chain_lane,
    output logic                      chain_zero,
    output logic                      chain_double,
    output logic                      chain_add,
    output logic                      chain_invert,
    output logic                      chain_short,
    output logic                      chain_raised,
    output logic [2:0]                chain_constant,
    output logic                      chain_flag,
    output logic                      chain_field,
    output logic                      chain_curve25519,
    // a linear operation; addresses are of rows
    output logic                      linear_valid,
    input  logic                      linear_ready,
    output logic [CONTEXT_BITS+7:0]   linear_a,
    output logic [CONTEXT_BITS+7:0]   linear_b,
    output logic                      linear_base,
    output logic [11:0]               linear_base_address,
    output logic [CONTEXT_BITS+7:0]   linear_d,
    output logic [1:0]                linear_factor,
    output logic                      linear_subtract,
    output logic [2:0]                linear_multiple,
    output logic                      linear_curve25519,
    output logic                      linear_flag,
    // a chain's last word is written, one cycle; a field product; a linear operation's result
    input  logic                      finish_valid,
    input  logic [CONTEXT_BITS-1:0]   finish_context,
    input  logic                      finish_lane,
    input  logic                      finish_flag_valid,
    input  logic                      finish_flag,
    input  logic                      multiplied_valid,
    input  logic [CONTEXT_BITS-1:0]   multiplied_context,
    input  logic                      added_valid,
    input  logic [CONTEXT_BITS-1:0]   added_context,
    input  logic                      added_flag_valid,
    input  logic                      added_flag
);
    localparam integer WIDTH = pke_isa::INSTRUCTION_WIDTH;
    localparam integer ROOM = 1 << CONTEXT_BITS;
    localparam integer SLOT = WIDTH + 27;
    localparam integer ADDED = WIDTH;               // where the state begins in a slot

    logic [SLOT-1:0] slot [0:ROOM-1];
    logic [2:0] chain_allow [0:ROOM-1], linear_allow [0:ROOM-1];    // in flight, at most
    logic [2:0] chains [0:ROOM-1], linears [0:ROOM-1];              // in flight
    logic [ROOM-1:0] is_linear, is_split, waiting_lane, flag_1;

    // The first set bit of `set` after the one of index `last`, round.
    function automatic [CONTEXT_BITS-1:0] after(input [ROOM-1:0] set, input [CONTEXT_BITS-1:0] last);
        logic [ROOM-1:0] later;
        integer n;
        begin
            later = set & ({{(ROOM - 1){1'b1}}, 1'b0} << last);
            if (later == '0) later = set;
            after = last;
            for (n = ROOM - 1; n >= 0; n = n - 1)
                if (later[n]) after = n[CONTEXT_BITS-1:0];
        end
    endfunction

    // {place, register} to a word address: lane 1 has the upper 32 of a register's 64 words; the last place is
    // the upper half of lane 0, free where numbers are short.
    function automatic [CONTEXT_BITS+9:0] place(input [CONTEXT_BITS-1:0] which, input [5:0] operand, input lane);
        place = {which, operand[3:0], operand[5:4] == 2'd0 ? lane : operand[5:4] == 2'd2,
                 operand[5:4] == 2'd3, 4'd0};
    endfunction

    function automatic [CONTEXT_BITS+10:0] widened(input [CONTEXT_BITS+9:0] word_address);
        widened = {word_address[CONTEXT_BITS+9:10], 1'b0, word_address[9:0]};
    endfunction

    function automatic [CONTEXT_BITS+10:0] table_word(input [CONTEXT_BITS-1:0] which, input [4:0] number,
                                                       input halves, input lane, input [1:0] coordinate);
        table_word = {which, 1'b1, halves ? {lane, number, 4'd0} : {number, coordinate, 3'd0}};
    endfunction

    // A row of the field memory: a register, or {1, entry, coordinate}. With a signed digit d, for 2 d - 31, the
    // upper half of the table has what 1, 3, .. 31 stand for, and the last coordinate is the second, negated.
    function automatic [7:0] row(input [7:0] operand, input [4:0] index, input [4:0] digit);
        row = !operand[7] ? operand
            : operand[3:2] != pke_isa::ENTRY_SIGNED ? {1'b1, operand[3:2] == pke_isa::ENTRY_DIGIT ? digit : index, operand[1:0]}
            : {2'b11, digit[3:0] ^ {4{!digit[4]}}, operand[1] || (operand[0] && !digit[4]), operand[0]};
    endfunction

    logic hand_on, add_on, second_lane, work_lane, work_split, blocked;
    logic [ROOM-1:0] ready, chain_set, linear_set, more_chains, fewer_chains, fewer_products, more_linears, fewer_linears;
    logic [CONTEXT_BITS-1:0] chosen, handed, chosen_linear, handed_linear;
    logic [CONTEXT_BITS-1:0] chain_context;
    logic [SLOT-1:0] work, sum;
    logic [5:0] b_operand;
    logic [7:0] chain_row_a, chain_row_b, a_row;
    logic choice;
    assign chain_context = chain_d[CONTEXT_BITS+10:11];

    // What hangs on hand_on and add_on is written with blocking assignments, for the simulator to skip
    // while no instruction waits.
    integer n;
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        if (chain_ready) chain_valid <= 1'b0;
        if (linear_ready) linear_valid <= 1'b0;
        hand_on = 1'b0;
        add_on = 1'b0;
        more_chains = '0;
        more_linears = '0;
        if (|waiting) begin
            for (n = 0; n < ROOM; n = n + 1)
                ready[n] = waiting[n] && linears[n] <= linear_allow[n]
                    && chains[n] <= (chain_allow[n] == pke_isa::ALLOW_OWN ? {2'd0, is_split[n]} : chain_allow[n]);
            blocked = chain_valid && !chain_ready;
            chain_set = blocked ? '0 : ready & ~is_linear;
            linear_set = linear_valid && !linear_ready ? '0 : ready & is_linear;
            if (blocked) linear_set[chain_context] = 1'b0;
            hand_on = |chain_set;
            add_on = |linear_set;
        end
        if (hand_on) begin
            chosen = after(chain_set, handed);
            work = slot[chosen];
            work_lane = waiting_lane[chosen];
            work_split = is_split[chosen];
            second_lane = work[pke_isa::LANES_LSB] && work_split && !work_lane;
            choice = work_lane ? flag_1[chosen] : flag_0[chosen];
            b_operand = work[pke_isa::SELECT_LSB] && !choice ? work[pke_isa::C_LSB +: 6] : work[pke_isa::B_LSB +: 6];
            handed <= chosen;
            waiting[chosen] <= second_lane;
            waiting_lane[chosen] <= second_lane;
            more_chains[chosen] = 1'b1;
            chain_valid <= 1'b1;
            chain_op <= work[pke_isa::OP_LSB +: 4];
            chain_length <= work[ADDED + 21 +: 6];
            chain_c <= place(chosen, work[pke_isa::C_LSB +: 6], work_lane);
            chain_lane <= work_lane;
            chain_zero <= work[pke_isa::ZERO_LSB];
            chain_double <= work[pke_isa::DOUBLE_LSB];
            chain_add <= work[pke_isa::ADD_LSB];
            chain_invert <= work[pke_isa::INVERT_LSB];
            chain_short <= work[pke_isa::SHORT_LSB];
            chain_raised <= work[pke_isa::RAISED_LSB];
            chain_constant <= work[pke_isa::KONST_LSB +: 3];
            chain_flag <= work[pke_isa::FLAG_LSB];
            chain_field <= 1'b0;
            chain_curve25519 <= work[pke_isa::CURVE25519_LSB];
            chain_a <= place(chosen, work[pke_isa::A_LSB +: 6], work_lane);
            case (work[pke_isa::B_LSB + 6 +: 2])
                pke_isa::SOURCE_INDEX:
                    chain_b <= {1'b0, table_word(chosen, work[ADDED +: 5], work_split, work_lane, b_operand[1:0])};
                pke_isa::SOURCE_DIGIT:
                    chain_b <= {1'b0, table_word(chosen, work_lane ? work[ADDED + 10 +: 5] : work[ADDED + 5 +: 5], work_split,
                                                 work_lane, b_operand[1:0])};
                pke_isa::SOURCE_FIELD: begin
                    chain_field <= 1'b1;
                    chain_b <= {1'b0, chosen, 4'd0, b_operand, 1'b0};
                end
                default: chain_b <= {1'b0, widened(place(chosen, b_operand, work_lane))};
            endcase
            chain_d <= work[pke_isa::D_LSB + 6]
                ? table_word(chosen, work[ADDED +: 5], work_split, work_lane, work[pke_isa::D_LSB +: 2])
                : widened(place(chosen, work[pke_isa::D_LSB +: 6], work_lane));
            if (work[pke_isa::OP_LSB +: 4] == pke_isa::OP_MUL || work[pke_isa::OP_LSB +: 4] == pke_isa::OP_FSQR) begin
                chain_field <= 1'b1;
                chain_row_a = row(work[pke_isa::FA_LSB +: 8], work[ADDED +: 5], work[ADDED + 5 +: 5]);
                chain_row_a[0] = chain_row_a[0] || (work[pke_isa::SELECT_LSB] && choice);
                chain_row_b = work[pke_isa::OP_LSB +: 4] == pke_isa::OP_FSQR ? chain_row_a
                    : row(work[pke_isa::FB_LSB +: 8], work[ADDED +: 5], work[ADDED + 5 +: 5]);
                chain_zero <= 1'b0;
                chain_double <= 1'b0;
                chain_add <= 1'b0;
                chain_invert <= 1'b0;
                chain_constant <= pke_isa::KONST_NONE;
                chain_raised <= 1'b0;
                chain_flag <= 1'b0;
                chain_a <= {chosen, 1'b0, chain_row_a, 1'b0};
                chain_b <= {1'b0, chosen, 2'd0, chain_row_b, 1'b0};
                if (work[pke_isa::FB_LSB + 7] && work[pke_isa::FB_LSB + 2 +: 2] == pke_isa::ENTRY_BASE)
                    chain_b <= {1'b1, {(CONTEXT_BITS - 2){1'b0}}, work[ADDED + 15 +: 6], work[ADDED + 5 +: 5],
                                work[pke_isa::FB_LSB], 1'b0};
                chain_d <= {chosen, 2'd0, row(work[pke_isa::FD_LSB +: 8], work[ADDED +: 5], work[ADDED +: 5]), 1'b0};
            end
        end
        if (add_on) begin
            chosen_linear = after(linear_set, handed_linear);
            sum = slot[chosen_linear];
            handed_linear <= chosen_linear;
            waiting[chosen_linear] <= 1'b0;
            more_linears[chosen_linear] = 1'b1;
            a_row = row(sum[pke_isa::FA_LSB +: 8], sum[ADDED +: 5], sum[ADDED + 5 +: 5]);
            a_row[0] = a_row[0] || (sum[pke_isa::SELECT_LSB] && flag_0[chosen_linear]);
            linear_valid <= 1'b1;
            linear_a <= {chosen_linear, a_row};
            linear_b <= {chosen_linear, row(sum[pke_isa::FB_LSB +: 8], sum[ADDED +: 5], sum[ADDED + 5 +: 5])};
            linear_base <= sum[pke_isa::FB_LSB + 7] && sum[pke_isa::FB_LSB + 2 +: 2] == pke_isa::ENTRY_BASE;
            linear_base_address <= {sum[ADDED + 15 +: 6], sum[ADDED + 5 +: 5], sum[pke_isa::FB_LSB]};
            linear_d <= {chosen_linear, row(sum[pke_isa::FD_LSB +: 8], sum[ADDED +: 5], sum[ADDED +: 5])};
            linear_factor <= sum[pke_isa::FACTOR_LSB +: 2];
            linear_subtract <= sum[pke_isa::SUBTRACT_LSB];
            linear_multiple <= sum[pke_isa::MULTIPLE_LSB +: 3];
            linear_curve25519 <= sum[pke_isa::CURVE25519_LSB];
            linear_flag <= sum[pke_isa::FLAG_LSB];
        end

        if (finish_valid && finish_flag_valid && finish_lane) flag_1[finish_context] <= finish_flag;
        if (finish_valid && finish_flag_valid && !finish_lane) flag_0[finish_context] <= finish_flag;
        if (added_flag_valid) flag_0[added_context] <= added_flag;
        if (set_valid) flag_0[set_context] <= set_flag;
        if (hand_on || finish_valid || multiplied_valid) begin
            fewer_chains = '0;
            fewer_products = '0;
            if (finish_valid) fewer_chains[finish_context] = 1'b1;
            if (multiplied_valid) fewer_products[multiplied_context] = 1'b1;
            for (n = 0; n < ROOM; n = n + 1)
                chains[n] = chains[n] + {2'd0, more_chains[n]} - {2'd0, fewer_chains[n]} - {2'd0, fewer_products[n]};
        end
        if (add_on || added_valid) begin
            fewer_linears = '0;
            if (added_valid) fewer_linears[added_context] = 1'b1;
            for (n = 0; n < ROOM; n = n + 1)
                linears[n] = linears[n] + {2'd0, more_linears[n]} - {2'd0, fewer_linears[n]};
        end
        for (n = 0; n < ROOM; n = n + 1) quiet[n] = chains[n] == 3'd0 && linears[n] == 3'd0;

        if (put_valid) begin
            waiting[put_context] <= 1'b1;
            is_linear[put_context] <= put_instruction[pke_isa::OP_LSB +: 4] == pke_isa::OP_FLIN;
            is_split[put_context] <= put_split;
            slot[put_context] <= {put_length, put_place, put_digit_1, put_digit_0, put_index, put_instruction};
            chain_allow[put_context] <= put_instruction[pke_isa::ALLOW_LSB +: 3];
            linear_allow[put_context] <= put_instruction[pke_isa::LINEAR_ALLOW_LSB +: 3];
        end
        if (rst) begin
            chain_valid <= 1'b0;
            linear_valid <= 1'b0;
            handed <= '0;
            handed_linear <= '0;
            waiting <= '0;
            waiting_lane <= '0;
            flag_0 <= '0;
            flag_1 <= '0;
            for (n = 0; n < ROOM; n = n + 1) begin
                chains[n] = 3'd0;
                linears[n] = 3'd0;
            end
            quiet = '1;
        end
    end
    /* verilator lint_on BLKSEQ */
endmodule
