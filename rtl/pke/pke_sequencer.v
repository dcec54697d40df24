// SPDX-License-Identifier: Apache-2.0
// Runs the contexts' programs: fetches instructions in turn, hands computing ones on as chains.
//
// One fetch unit serves the contexts round robin; a computing instruction then waits in its
// context's slot until the chains it depends on have been written, and is handed to pke_slots for
// lane 0 and, where the context is split, for lane 1. What decides a fetch, a jump or a wait is
// public: sizes, the public exponent, and flags of range checks whose failure ends the request.

module pke_sequencer #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    // a program to run
    input  logic                      start_valid,
    input  logic [CONTEXT_BITS-1:0]   start_context,
    input  logic [pke_isa::ADDRESS_WIDTH-1:0] start_address,
    input  logic                      start_split,      // two lanes of half the words
    input  logic [5:0]                start_length,     // words of a modulus, 2 .. 32
    input  logic [63:0]               start_exponent,   // public
    // its end, one cycle
    output logic                      end_valid,
    output logic [CONTEXT_BITS-1:0]   end_context,
    output logic [7:0]                end_code,         // END of pke_isa
    output logic [3:0]                end_register,     // of the result
    // secret exponents, 26 digits of five bits in a word
    output logic                      exponent_read,
    output logic [CONTEXT_BITS+4:0]   exponent_address,
    input  logic [129:0]              exponent_word,
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
    // a chain's last word is written, one cycle
    input  logic                      finish_valid,
    input  logic [CONTEXT_BITS-1:0]   finish_context,
    input  logic                      finish_lane,
    input  logic                      finish_flag_valid,
    input  logic                      finish_flag
);
    localparam integer WIDTH = pke_isa::INSTRUCTION_WIDTH;
    localparam integer ROOM = 1 << CONTEXT_BITS;    // entries, so that any index has one

    // State of each context.
    logic [ROOM-1:0] running, waiting, waiting_lane, split;
    logic [ROOM-1:0] flag_0, flag_1;            // of the lanes
    logic [2:0]       in_flight [0:ROOM-1];     // chains handed on and not yet written
    logic [2:0]       allow     [0:ROOM-1];     // of them that the waiting instruction allows
    logic [WIDTH-1:0] slot      [0:ROOM-1];     // the instruction that waits
    logic [pke_isa::ADDRESS_WIDTH-1:0] address [0:ROOM-1];
    logic [pke_isa::ADDRESS_WIDTH-1:0] back    [0:ROOM-1];  // where RETURN goes
    logic [pke_isa::ADDRESS_WIDTH-1:0] back_2  [0:ROOM-1];  // and the one after it
    logic [5:0]       lane_length [0:ROOM-1];
    logic [5:0]       full_length [0:ROOM-1];
    logic [5:0]       hensel    [0:ROOM-1];
    logic [7:0]       count     [0:ROOM-1];
    logic [4:0]       index     [0:ROOM-1];     // table entry
    logic [63:0]      exponent  [0:ROOM-1];
    logic [63:0]      bits      [0:ROOM-1];
    logic [6:0]       bits_left [0:ROOM-1];
    logic [ROOM-1:0] bit_now;
    logic [4:0]       digit_word  [0:ROOM-1];
    logic [4:0]       digit_place [0:ROOM-1];
    logic [4:0]       digit_0   [0:ROOM-1];
    logic [4:0]       digit_1   [0:ROOM-1];

    // The first set bit of `set` after the one of index `last`, round.
    function automatic [CONTEXT_BITS-1:0] after(input [ROOM-1:0] set, input [CONTEXT_BITS-1:0] last);
        integer n;
        begin
            after = last;
            for (n = ROOM - 1; n >= 0; n = n - 1)
                if (set[n]) after = n[CONTEXT_BITS-1:0];
            for (n = ROOM - 1; n >= 0; n = n - 1)
                if (set[n] && n > {{(32 - CONTEXT_BITS){1'b0}}, last}) after = n[CONTEXT_BITS-1:0];
        end
    endfunction

    // Fetch and control.
    typedef enum logic [2:0] {PICK, FETCH, EXECUTE, DIGIT_READ, DIGIT_0, DIGIT_1} state_t;
    state_t state;
    logic [CONTEXT_BITS-1:0] turn;
    logic [ROOM-1:0] wanting, others;
    logic [WIDTH-1:0] instruction;
    logic fetching;
    assign wanting = running & ~waiting;
    assign others = wanting & ~({{(ROOM - 1){1'b0}}, 1'b1} << turn);
    assign fetching = state == FETCH;

    pke_microcode microcode (
        .clk(clk), .read(fetching), .address(address[turn]), .instruction(instruction)
    );

    logic [3:0] op;
    logic [pke_isa::ADDRESS_WIDTH-1:0] target;
    logic [pke_isa::ADDRESS_WIDTH-1:0] following;
    logic [7:0] immediate;
    logic [3:0] test;
    logic condition, negated, flag_now, blocked;
    assign op = instruction[pke_isa::OP_LSB +: 4];
    assign target = instruction[pke_isa::TARGET_LSB +: pke_isa::ADDRESS_WIDTH];
    assign immediate = instruction[pke_isa::IMMEDIATE_LSB +: 8];
    assign test = instruction[pke_isa::CONDITION_LSB +: 4];
    assign negated = instruction[pke_isa::NOT_LSB];
    assign flag_now = flag_0[turn];
    assign following = address[turn] + 1'b1;
    assign blocked = op[3] && instruction[pke_isa::DRAIN_LSB] && in_flight[turn] != 3'd0;

    always_comb begin
        case (test)
            pke_isa::IF_FLAG: condition = flag_now;
            pke_isa::IF_SPLIT: condition = split[turn];
            pke_isa::IF_BIT: condition = bit_now[turn];
            pke_isa::IF_BITS: condition = bits_left[turn] != 7'd0;
            pke_isa::IF_COUNT: condition = count[turn] != 8'd1;
            pke_isa::IF_INDEX: condition = index[turn] != 5'd31;
            pke_isa::IF_DIGITS: condition = digit_word[turn] != 5'd0 || digit_place[turn] != 5'd0;
            pke_isa::IF_TABLE: condition = length_now == 6'd2;
            pke_isa::IF_HENSEL: condition = hensel[turn] < lane_length[turn];
            default: condition = 1'b1;
        endcase
        if (negated) condition = !condition;
    end

    // One write of `address` a cycle and context: Verilator 5.032 may do several to one array in
    // another order than theirs in the text.
    logic [pke_isa::ADDRESS_WIDTH-1:0] address_next;
    always_comb begin
        address_next = following;
        if (op == pke_isa::OP_CALL || (op == pke_isa::OP_JUMP && condition)) address_next = target;
        if (op == pke_isa::OP_RETURN) address_next = back[turn];
    end

    // An exponent of 128 length bits has 26 length - floor(2 length / 5) digits of five bits.
    logic [5:0] length_now;
    logic [4:0] digit_top;
    assign length_now = lane_length[turn];
    assign digit_top = 5'd25 - 5'((({8'd0, length_now} << 1) * 14'd205) >> 10);

    // The second digit's word comes while the next context is already picked; nothing uses the
    // digit for three more cycles, the time of a fetch.
    logic digit_late;
    logic [CONTEXT_BITS-1:0] digit_turn;
    always_ff @(posedge clk) begin
        digit_late <= state == DIGIT_1;
        digit_turn <= turn;
    end

    always_ff @(posedge clk) begin
        end_valid <= 1'b0;
        exponent_read <= 1'b0;
        case (state)
            PICK:
                if (|wanting) begin
                    turn <= after(wanting, turn);
                    state <= FETCH;
                end
            FETCH: state <= EXECUTE;
            EXECUTE: begin
                state <= |others ? FETCH : PICK;
                if (|others) turn <= after(others, turn);
                if (!blocked) begin
                    address[turn] <= address_next;
                    case (op)
                        pke_isa::OP_JUMP:
                            if (test == pke_isa::IF_COUNT)
                                count[turn] <= count[turn] - 8'd1;
                        pke_isa::OP_CALL: begin
                            back[turn] <= following;
                            back_2[turn] <= back[turn];
                        end
                        pke_isa::OP_RETURN: back[turn] <= back_2[turn];
                        pke_isa::OP_COUNT: count[turn] <= immediate;
                        pke_isa::OP_BIT: begin
                            bit_now[turn] <= bits[turn][63];
                            bits[turn] <= bits[turn] << 1;
                            bits_left[turn] <= bits_left[turn] - 7'd1;
                        end
                        pke_isa::OP_SET:
                            case (immediate)
                                pke_isa::SET_INDEX_ZERO: index[turn] <= 5'd0;
                                pke_isa::SET_INDEX_NEXT: index[turn] <= index[turn] + 5'd1;
                                pke_isa::SET_HENSEL_ONE: hensel[turn] <= 6'd1;
                                pke_isa::SET_HENSEL_DOUBLE:
                                    hensel[turn] <= {1'b0, hensel[turn]} << 1 < {1'b0, length_now}
                                        ? hensel[turn] << 1 : length_now;
                                pke_isa::SET_SINGLE: begin
                                    split[turn] <= 1'b0;
                                    lane_length[turn] <= full_length[turn];
                                end
                                pke_isa::SET_BITS_LENGTH: begin
                                    bits[turn] <= {{7'd0, length_now} * 13'd130, 51'd0};
                                    bits_left[turn] <= 7'd13;
                                end
                                default: begin // BITS_EXPONENT
                                    bits[turn] <= exponent[turn];
                                    bits_left[turn] <= 7'd64;
                                end
                            endcase
                        pke_isa::OP_DIGIT: begin
                            if (immediate != 8'd2) begin
                                state <= DIGIT_READ;
                                turn <= turn;
                            end
                            if (immediate == 8'd2) begin
                                digit_0[turn] <= 5'd0;
                            end else if (immediate == 8'd0) begin
                                digit_word[turn] <= length_now[4:0] - 5'd1;
                                digit_place[turn] <= digit_top;
                            end else if (digit_place[turn] == 5'd0) begin
                                digit_word[turn] <= digit_word[turn] - 5'd1;
                                digit_place[turn] <= 5'd25;
                            end else
                                digit_place[turn] <= digit_place[turn] - 5'd1;
                        end
                        pke_isa::OP_END: begin
                            running[turn] <= 1'b0;
                            end_valid <= 1'b1;
                            end_context <= turn;
                            end_code <= immediate;
                            end_register <= instruction[pke_isa::REGISTER_LSB +: 4];
                        end
                        default: slot[turn] <= instruction;
                    endcase
                end
            end
            // The digits of both lanes, one after the other: the words are in halves of 16.
            DIGIT_READ: begin
                exponent_read <= 1'b1;
                exponent_address <= {turn, digit_word[turn]};
                state <= DIGIT_0;
            end
            DIGIT_0: begin
                exponent_read <= 1'b1;
                exponent_address[4] <= exponent_address[4] || split[turn];
                state <= DIGIT_1;
            end
            DIGIT_1: begin
                // digit_1 follows a cycle later, below
                digit_0[turn] <= exponent_word[{3'd0, digit_place[turn]} * 8'd5 +: 5];
                state <= PICK;
            end
            default: state <= PICK;
        endcase

        if (digit_late) digit_1[digit_turn] <= exponent_word[{3'd0, digit_place[digit_turn]} * 8'd5 +: 5];

        if (start_valid) begin
            running[start_context] <= 1'b1;
            address[start_context] <= start_address;
            split[start_context] <= start_split;
            lane_length[start_context] <= start_split ? start_length >> 1 : start_length;
            full_length[start_context] <= start_length;
            exponent[start_context] <= start_exponent;
            bits[start_context] <= 64'd0;
            index[start_context] <= 5'd0;
            digit_0[start_context] <= 5'd0;
            digit_1[start_context] <= 5'd0;
        end
        if (rst) begin
            running <= '0;
            state <= PICK;
            turn <= '0;
        end
    end

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

    // Slots fill on a fetch and empty as the last lane is handed on; chains in flight, handed on and
    // not yet written, are counted. An instruction goes once its context has no more of them than
    // it allows: "own" allows one, the other lane's. What hangs on `hand_on` is written with
    // blocking assignments, for the simulator to skip while no instruction waits.
    logic hand_on, work_lane, work_split, second_lane;
    logic [ROOM-1:0] ready;
    logic [CONTEXT_BITS-1:0] chosen, handed;
    logic [WIDTH-1:0] work;
    logic [5:0] b_operand;
    integer n;
    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk) begin
        if (chain_ready) chain_valid <= 1'b0;
        hand_on = 1'b0;
        if (|waiting && (!chain_valid || chain_ready)) begin
            for (n = 0; n < ROOM; n = n + 1)
                ready[n] = waiting[n] && in_flight[n] <= (allow[n] == pke_isa::ALLOW_OWN ? {2'd0, split[n]} : allow[n]);
            hand_on = |ready;
        end
        if (hand_on) begin
            chosen = after(ready, handed);
            work = slot[chosen];
            work_lane = waiting_lane[chosen];
            work_split = split[chosen];
            second_lane = work[pke_isa::LANES_LSB] && work_split && !work_lane;
            b_operand = work[pke_isa::SELECT_LSB] && !(work_lane ? flag_1[chosen] : flag_0[chosen])
                ? work[pke_isa::C_LSB +: 6] : work[pke_isa::B_LSB +: 6];
            handed <= chosen;
            waiting[chosen] <= second_lane;
            waiting_lane[chosen] <= second_lane;
            chain_valid <= 1'b1;
            chain_op <= work[pke_isa::OP_LSB +: 4];
            case (work[pke_isa::LENGTH_LSB +: 2])
                pke_isa::LENGTH_FULL: chain_length <= full_length[chosen];
                pke_isa::LENGTH_HENSEL: chain_length <= hensel[chosen];
                default: chain_length <= lane_length[chosen];
            endcase
            chain_a <= place(chosen, work[pke_isa::A_LSB +: 6], work_lane);
            case (work[pke_isa::B_LSB + 6 +: 2])
                pke_isa::SOURCE_INDEX:
                    chain_b <= {1'b0, table_word(chosen, index[chosen], work_split, work_lane, b_operand[1:0])};
                pke_isa::SOURCE_DIGIT:
                    chain_b <= {1'b0, table_word(chosen, work_lane ? digit_1[chosen] : digit_0[chosen], work_split,
                                                 work_lane, b_operand[1:0])};
                pke_isa::SOURCE_BASE:
                    chain_b <= {1'b1, {(CONTEXT_BITS - 2){1'b0}}, digit_word[chosen][0], digit_place[chosen],
                                digit_0[chosen], b_operand[0], 1'b0};
                default: chain_b <= {1'b0, widened(place(chosen, b_operand, work_lane))};
            endcase
            chain_c <= place(chosen, work[pke_isa::C_LSB +: 6], work_lane);
            chain_d <= work[pke_isa::D_LSB + 6]
                ? table_word(chosen, index[chosen], work_split, work_lane, work[pke_isa::D_LSB +: 2])
                : widened(place(chosen, work[pke_isa::D_LSB +: 6], work_lane));
            chain_lane <= work_lane;
            chain_zero <= work[pke_isa::ZERO_LSB];
            chain_double <= work[pke_isa::DOUBLE_LSB];
            chain_add <= work[pke_isa::ADD_LSB];
            chain_invert <= work[pke_isa::INVERT_LSB];
            chain_short <= work[pke_isa::SHORT_LSB];
            chain_raised <= work[pke_isa::RAISED_LSB];
            chain_constant <= work[pke_isa::KONST_LSB +: 3];
            chain_flag <= work[pke_isa::FLAG_LSB];
            if (!finish_valid || finish_context != chosen) in_flight[chosen] <= in_flight[chosen] + 3'd1;
        end
        if (finish_valid) begin
            if (!hand_on || finish_context != chosen) in_flight[finish_context] <= in_flight[finish_context] - 3'd1;
            if (finish_flag_valid && finish_lane) flag_1[finish_context] <= finish_flag;
            if (finish_flag_valid && !finish_lane) flag_0[finish_context] <= finish_flag;
        end
        if (state == EXECUTE && !op[3]) begin
            waiting[turn] <= 1'b1;
            allow[turn] <= instruction[pke_isa::ALLOW_LSB +: 3];
        end
        if (start_valid) begin
            flag_0[start_context] <= 1'b0;
            flag_1[start_context] <= 1'b0;
        end
        if (rst) begin
            chain_valid <= 1'b0;
            handed <= '0;
            waiting <= '0;
            waiting_lane <= '0;
            flag_0 <= '0;
            flag_1 <= '0;
            for (n = 0; n < ROOM; n = n + 1) in_flight[n] <= 3'd0;
        end
    end
    /* verilator lint_on BLKSEQ */
endmodule
