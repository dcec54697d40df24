// SPDX-License-Identifier: Apache-2.0
// Runs the contexts' programs: fetches instructions in turn, executes those of control.
//
// One instruction is fetched in a cycle, the contexts taking turns: a cycle to choose one, a cycle
// of the program memory, a cycle to execute. A computing instruction goes to pke_issue, which hands
// it on in its time; until then its context is not fetched for. What decides a fetch, a jump or a
// wait is public: sizes, the public exponent, and flags of range checks whose failure ends the
// request.

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
    localparam integer ROOM = 1 << CONTEXT_BITS;    // entries, so that any index has one

    // State of each context.
    logic [ROOM-1:0] running, waiting, quiet, split, reading, of_length, bit_now, flag_0;
    logic [pke_isa::ADDRESS_WIDTH-1:0] address [0:ROOM-1];
    logic [pke_isa::ADDRESS_WIDTH-1:0] back    [0:ROOM-1];  // where RETURN goes
    logic [pke_isa::ADDRESS_WIDTH-1:0] back_2  [0:ROOM-1];  // and the one after it
    logic [5:0]       lane_length [0:ROOM-1];
    logic [5:0]       full_length [0:ROOM-1];
    logic [5:0]       hensel    [0:ROOM-1];
    logic [7:0]       count     [0:ROOM-1];
    logic [4:0]       index     [0:ROOM-1];     // table entry
    logic [63:0]      exponent  [0:ROOM-1];
    logic [6:0]       bits_left [0:ROOM-1];
    logic [4:0]       digit_word  [0:ROOM-1];
    logic [4:0]       digit_place [0:ROOM-1];
    logic [4:0]       digit_0   [0:ROOM-1];
    logic [4:0]       digit_1   [0:ROOM-1];

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

    // Fetch: `next` has its address at the program memory, `turn` its instruction.
    logic fetch_valid, execute_valid;
    logic [CONTEXT_BITS-1:0] next, turn;
    logic [ROOM-1:0] wanting;
    logic [WIDTH-1:0] instruction;
    pke_microcode microcode (
        .clk(clk), .read(fetch_valid), .address(address[next]), .instruction(instruction)
    );

    logic [3:0] op;
    logic [pke_isa::ADDRESS_WIDTH-1:0] target;
    logic [pke_isa::ADDRESS_WIDTH-1:0] following;
    logic [7:0] immediate;
    logic [3:0] test;
    logic condition, negated, flag_now, blocked, at_once, digit_busy;
    assign op = instruction[pke_isa::OP_LSB +: 4];
    assign target = instruction[pke_isa::TARGET_LSB +: pke_isa::ADDRESS_WIDTH];
    assign immediate = instruction[pke_isa::IMMEDIATE_LSB +: 8];
    assign test = instruction[pke_isa::CONDITION_LSB +: 4];
    assign negated = instruction[pke_isa::NOT_LSB];
    assign flag_now = flag_0[turn];
    assign following = address[turn] + 1'b1;
    assign blocked = op[3] && ((instruction[pke_isa::DRAIN_LSB] && !quiet[turn]) || (op == pke_isa::OP_DIGIT && digit_busy));
    // the context may be fetched for again in the next cycle
    assign at_once = op[3] && op != pke_isa::OP_DIGIT && op != pke_isa::OP_END;

    // Only the next instruction of a context that has none on the way, or one that is done this cycle.
    logic [ROOM-1:0] single;
    assign single = {{(ROOM - 1){1'b0}}, 1'b1};
    assign wanting = running & ~waiting & ~reading & ~(fetch_valid ? single << next : '0)
        & ~(execute_valid && !at_once ? single << turn : '0);

    always_comb begin
        case (test)
            pke_isa::IF_FLAG: condition = flag_now;
            pke_isa::IF_SPLIT: condition = split[turn];
            pke_isa::IF_BIT: condition = bit_now[turn];
            pke_isa::IF_BITS: condition = bits_left[turn] != 7'd0;
            pke_isa::IF_COUNT: condition = count[turn] != 8'd1;
            pke_isa::IF_INDEX: condition = index[turn] != 5'd31;
            pke_isa::IF_DIGITS: condition = digit_word[turn] != 5'd0 || digit_place[turn] != 5'd0;
            pke_isa::IF_TWO: condition = length_now == 6'd2;
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

    // An exponent of 128 length bits has 26 length - floor(2 length / 5) digits of five bits;
    // 205 / 512 is 2 / 5 as far as these go.
    logic [5:0] length_now;
    logic [4:0] digit_top;
    assign length_now = lane_length[turn];
    assign digit_top = 5'd25 - 5'(({1'b0, length_now, 7'd0} + {2'd0, length_now, 6'd0} + {5'd0, length_now, 3'd0}
                                   + {6'd0, length_now, 2'd0} + {8'd0, length_now}) >> 9);

    // Bits from the top, of the public exponent or of the 130 length bits of R.
    logic [63:0] bits;
    assign bits = of_length[turn] ? {51'd0, {length_now, 7'd0} + {6'd0, length_now, 1'b0}} : exponent[turn];

    // Digits of both lanes, one after the other: the words are in halves of 16. 1 and 2 read, 3 and 4 take.
    logic [1:0] digit_step;
    logic [CONTEXT_BITS-1:0] digit_turn;
    logic [4:0] digit_now;
    logic [7:0] digit_bit;
    logic digit_late;
    assign digit_busy = digit_step != 2'd0 || digit_late;
    assign digit_bit = {3'd0, digit_place[digit_turn]} * 8'd5;
    assign digit_now = exponent_word[digit_bit +: 5];

    always_ff @(posedge clk) begin
        end_valid <= 1'b0;
        exponent_read <= 1'b0;
        fetch_valid <= |wanting;
        if (|wanting) next <= after(wanting, next);
        execute_valid <= fetch_valid;
        turn <= next;
        digit_late <= digit_step == 2'd3;
        case (digit_step)
            2'd1: begin
                exponent_read <= 1'b1;
                exponent_address <= {digit_turn, digit_word[digit_turn]};
                digit_step <= 2'd2;
            end
            2'd2: begin
                exponent_read <= 1'b1;
                exponent_address[4] <= exponent_address[4] || split[digit_turn];
                digit_step <= 2'd3;
            end
            2'd3: begin
                digit_0[digit_turn] <= digit_now;
                digit_step <= 2'd0;
            end
            default:
                if (digit_late) begin
                    digit_1[digit_turn] <= digit_now;
                    reading[digit_turn] <= 1'b0;
                end
        endcase

        if (execute_valid && !blocked) begin
            address[turn] <= address_next;
            case (op)
                pke_isa::OP_JUMP: if (test == pke_isa::IF_COUNT) count[turn] <= count[turn] - 8'd1;
                pke_isa::OP_CALL: begin
                    back[turn] <= following;
                    back_2[turn] <= back[turn];
                end
                pke_isa::OP_RETURN: back[turn] <= back_2[turn];
                pke_isa::OP_COUNT: count[turn] <= immediate;
                pke_isa::OP_BIT: begin
                    bit_now[turn] <= bits[bits_left[turn][5:0] - 6'd1];
                    bits_left[turn] <= bits_left[turn] - 7'd1;
                end
                pke_isa::OP_SET:
                    case (immediate)
                        pke_isa::SET_INDEX_ZERO: index[turn] <= 5'd0;
                        pke_isa::SET_INDEX_HALF: index[turn] <= 5'd16;
                        pke_isa::SET_INDEX_LAST: index[turn] <= 5'd31;
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
                            of_length[turn] <= 1'b1;
                            bits_left[turn] <= 7'd13;
                        end
                        pke_isa::SET_DIGIT_BIT: digit_0[turn] <= digit_0[turn] << 1;
                        default: begin // BITS_EXPONENT
                            of_length[turn] <= 1'b0;
                            bits_left[turn] <= 7'd64;
                        end
                    endcase
                pke_isa::OP_DIGIT:
                    if (immediate == 8'd2 || immediate == 8'd4) begin
                        digit_0[turn] <= {5{immediate[2]}};
                    end else begin
                        reading[turn] <= 1'b1;
                        digit_step <= 2'd1;
                        digit_turn <= turn;
                        if (immediate == 8'd0) begin
                            digit_word[turn] <= length_now[4:0] - 5'd1;
                            digit_place[turn] <= digit_top;
                        end else if (immediate == 8'd3) begin // the next is the top one of word 0
                            digit_word[turn] <= 5'd1;
                            digit_place[turn] <= 5'd0;
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
                default: ; // computing: below
            endcase
        end

        if (start_valid) begin
            running[start_context] <= 1'b1;
            address[start_context] <= start_address;
            split[start_context] <= start_split;
            lane_length[start_context] <= start_split ? start_length >> 1 : start_length;
            full_length[start_context] <= start_length;
            exponent[start_context] <= start_exponent;
            index[start_context] <= 5'd0;
            digit_0[start_context] <= 5'd0;
            digit_1[start_context] <= 5'd0;
        end
        if (rst) begin
            running <= '0;
            reading <= '0;
            fetch_valid <= 1'b0;
            execute_valid <= 1'b0;
            digit_step <= 2'd0;
            digit_late <= 1'b0;
            next <= '0;
        end
    end

    logic [5:0] put_length;
    logic [1:0] which_length;
    assign which_length = instruction[pke_isa::LENGTH_LSB +: 2];
    always_comb begin
        case (which_length)
            pke_isa::LENGTH_FULL: put_length = full_length[turn];
            pke_isa::LENGTH_HENSEL: put_length = hensel[turn];
            default: put_length = length_now;
        endcase
        if (op == pke_isa::OP_MUL || op == pke_isa::OP_FSQR || op == pke_isa::OP_FLIN) put_length = 6'd2;
    end

    pke_issue #(.CONTEXT_BITS(CONTEXT_BITS)) issue (
        .clk(clk), .rst(rst), .put_valid(execute_valid && !op[3]), .put_context(turn),
        .put_instruction(instruction), .put_split(split[turn]), .put_length(put_length), .put_index(index[turn]),
        .put_digit_0(digit_0[turn]), .put_digit_1(digit_1[turn]),
        .put_place({digit_word[turn][0], digit_place[turn]}), .waiting(waiting), .quiet(quiet), .flag_0(flag_0),
        .set_valid(execute_valid && op == pke_isa::OP_SET && immediate == pke_isa::SET_DIGIT_BIT),
        .set_context(turn), .set_flag(digit_0[turn][4]), .chain_valid(chain_valid), .chain_ready(chain_ready),
        .chain_op(chain_op), .chain_length(chain_length), .chain_a(chain_a), .chain_b(chain_b), .chain_c(chain_c),
        .chain_d(chain_d), .chain_lane(chain_lane), .chain_zero(chain_zero), .chain_double(chain_double),
        .chain_add(chain_add), .chain_invert(chain_invert), .chain_short(chain_short), .chain_raised(chain_raised),
        .chain_constant(chain_constant), .chain_flag(chain_flag), .chain_field(chain_field),
        .chain_curve25519(chain_curve25519), .linear_valid(linear_valid), .linear_ready(linear_ready),
        .linear_a(linear_a), .linear_b(linear_b), .linear_base(linear_base),
        .linear_base_address(linear_base_address), .linear_d(linear_d), .linear_factor(linear_factor),
        .linear_subtract(linear_subtract), .linear_multiple(linear_multiple), .linear_curve25519(linear_curve25519),
        .linear_flag(linear_flag), .finish_valid(finish_valid), .finish_context(finish_context),
        .finish_lane(finish_lane), .finish_flag_valid(finish_flag_valid), .finish_flag(finish_flag),
        .multiplied_valid(multiplied_valid), .multiplied_context(multiplied_context), .added_valid(added_valid),
        .added_context(added_context), .added_flag_valid(added_flag_valid), .added_flag(added_flag)
    );
endmodule
