// SPDX-License-Identifier: Apache-2.0
// Ends requests: result, completion entry, interrupt, in this order; one request at a time.
//
// It serves finished contexts, round robin over engines, chunks of lanes' results, round robin over
// lanes, and entries answered without either, in turn. The last chunk of a record ends it. What
// belongs to a disabled pair is drained and dropped.

module host_retire #(
    parameter integer ENGINES = 1,
    parameter integer ENGINE_BITS = 1,
    parameter integer LANES = 1                      // ports of lanes, at least 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [ENGINES-1:0] done_valid,
    output logic [ENGINES-1:0] done_ready,
    input  logic [ENGINES*4-1:0]  done_context,
    input  logic [ENGINES*8-1:0]  done_status,
    input  logic [ENGINES*16-1:0] done_length,
    input  logic [ENGINES*32-1:0] done_cycles,

    output logic [ENGINE_BITS-1:0] context_engine,   // whose request is this
    output logic [3:0]  context_number,
    input  logic [5:0]  context_pair,
    input  logic [15:0] context_command_id,
    input  logic [63:0] context_destination,
    output logic        context_release,

    input  logic [LANES-1:0] chunks,                 // lanes with a chunk
    output logic        chunk_enable,                // of this lane:
    output logic [1:0]  chunk_lane,
    input  logic        chunk_last,
    input  logic [5:0]  chunk_pair,
    input  logic [15:0] chunk_command_id,
    input  logic [63:0] chunk_address,
    input  logic [9:0]  chunk_octets,
    input  logic [5:0]  chunk_beats,
    input  logic [16:0] chunk_result,
    input  logic [7:0]  chunk_status,
    input  logic [31:0] chunk_cycles,
    input  logic        chunk_refused,
    output logic        chunk_take,
    output logic        chunk_refuse,

    input  logic [63:0] answered,                    // pairs with entries that complete without either
    output logic [5:0]  answer_pair,
    input  logic [15:0] answer_command_id,
    input  logic [7:0]  answer_status,
    input  logic        answer_pke,
    input  logic        answer_gcm,
    output logic        answer_valid,

    input  logic [63:0] live,
    input  logic [7:0]  bus_master,
    output logic        look_valid,
    input  logic        look_ready,
    output logic        look_take,
    output logic [5:0]  pair,                        // looked at and finished
    input  logic [63:0] look_address,
    input  logic        look_phase,
    input  logic [15:0] look_sq_head,
    input  logic        look_interrupt,
    input  logic [15:0] look_vector,
    output logic        finish_valid,
    input  logic        finish_ready,
    output logic        finish_refused,

    output logic        put_valid,                   // to the write channel
    input  logic        put_ready,
    output logic        put_drop,
    output logic [2:0]  put_function,
    output logic [63:0] put_address,
    output logic [15:0] put_octets,
    output logic [11:0] put_beats,
    output logic        put_entry,
    output logic        put_gcm,
    output logic [4:0]  put_index,
    output logic [127:0] put_completion,
    output logic        irq_valid,
    input  logic        irq_ready,
    output logic [2:0]  irq_function,
    output logic [15:0] irq_vector,

    output logic        count_pke,                   // a completion of the class was written
    output logic        count_gcm,
    output logic        count_ok,
    output logic [31:0] count_cycles,
    output logic        idle
);
    localparam [15:0] COMPLETION_OCTETS = 16'd16;

    typedef enum logic [2:0] {CHOOSE, TAKE, CONTEXT, RESULT, LOOK, ENTRY, INTERRUPT, FINISH} step_t;
    step_t step;
    localparam [1:0] ANSWER = 2'd0, ENGINE = 2'd1, LANE = 2'd2;
    logic [1:0] kind;

    // The request at hand.
    logic [ENGINE_BITS-1:0] engine, engine_next;
    logic [1:0] kind_next, lane_next;
    logic [3:0] context_now;
    logic pke, gcm, writable, wrote, refused, interrupt, drop, ends;
    logic [7:0] status;
    logic [15:0] octets, command_id;
    logic [16:0] length;
    logic [11:0] beats;
    logic [31:0] cycles;
    logic [63:0] address;
    logic [127:0] completion;

    logic any_answer, answer_chosen;
    assign answer_chosen = step == CHOOSE && any_answer && kind_next == ANSWER;
    logic [5:0] answer_next;
    logic [2:0] waiting;
    assign waiting = {chunks != '0, done_valid != '0, any_answer};
    host_pick #(.WIDTH(3), .INDEX(2)) kind_pick (.requests(waiting), .last(kind), .chosen(kind_next));
    host_pick #(.WIDTH(ENGINES), .INDEX(ENGINE_BITS)) engine_pick (
        .requests(done_valid), .last(engine), .chosen(engine_next));
    host_pick #(.WIDTH(LANES), .INDEX(2)) lane_pick (.requests(chunks), .last(chunk_lane), .chosen(lane_next));
    host_turns answer_turns (
        .clk, .rst, .requests(answered), .take(answer_chosen), .any(any_answer),
        .pair(answer_next));

    // The engine at hand, out of all.
    logic [3:0] engine_context;
    logic [7:0] engine_status;
    logic [15:0] engine_length;
    logic [31:0] engine_cycles;
    always_comb begin
        engine_context = '0;
        engine_status = '0;
        engine_length = '0;
        engine_cycles = '0;
        done_ready = '0;
        if (step == TAKE && kind == ENGINE)
            for (int e = 0; e < ENGINES; e = e + 1)
                if (engine == ENGINE_BITS'(e)) begin
                    done_ready[e] = 1'b1;
                    engine_context = done_context[e*4 +: 4];
                    engine_status = done_status[e*8 +: 8];
                    engine_length = done_length[e*16 +: 16];
                    engine_cycles = done_cycles[e*32 +: 32];
                end
    end

    assign context_engine = engine;
    assign context_number = context_now;
    assign context_release = step == FINISH && finish_ready && kind == ENGINE;
    assign chunk_enable = step == TAKE && kind == LANE;
    assign chunk_take = chunk_enable;
    assign chunk_refuse = !bus_master[chunk_pair[5:3]];
    assign answer_valid = step == TAKE && kind == ANSWER;
    assign look_valid = step == LOOK;
    assign look_take = writable;
    assign finish_valid = step == FINISH;
    assign finish_refused = refused;
    assign writable = live[pair] && bus_master[pair[5:3]] && !refused;
    assign irq_valid = step == INTERRUPT;
    assign irq_function = pair[5:3];
    assign count_pke = step == FINISH && finish_ready && wrote && pke;
    assign count_gcm = step == FINISH && finish_ready && wrote && gcm;
    assign count_ok = status == tlscard_map::STATUS_OK;
    assign count_cycles = cycles;
    assign idle = step == CHOOSE && waiting == '0;

    assign put_valid = step == RESULT || step == ENTRY;
    assign put_drop = step == RESULT && drop;
    assign put_function = pair[5:3];
    assign put_address = address;
    assign put_octets = step == RESULT ? octets : COMPLETION_OCTETS;
    assign put_beats = step == RESULT ? beats : 12'd1;
    assign put_entry = step == ENTRY;
    assign put_gcm = kind == LANE;
    assign put_index = kind == LANE ? {3'd0, chunk_lane} : 5'(engine);
    assign put_completion = step == ENTRY ? completion : '0;

    always_ff @(posedge clk) begin
        case (step)
            CHOOSE: begin
                wrote <= 1'b0;
                if (waiting != '0) begin
                    kind <= kind_next;
                    step <= TAKE;
                end
                if (kind_next == ENGINE) engine <= engine_next;
                if (kind_next == LANE) chunk_lane <= lane_next;
                if (kind_next == ANSWER) answer_pair <= answer_next;
            end
            TAKE: begin
                context_now <= engine_context;
                refused <= 1'b0;
                ends <= 1'b1;
                case (kind)
                    ENGINE: begin
                        status <= engine_status;
                        length <= {1'b0, engine_length};
                        octets <= engine_length;
                        beats <= engine_length[15:4] + {11'd0, engine_length[3:0] != 4'd0};
                        cycles <= engine_cycles;
                        pke <= 1'b1;
                        gcm <= 1'b0;
                        step <= CONTEXT;
                    end
                    LANE: begin
                        pair <= chunk_pair;
                        command_id <= chunk_command_id;
                        status <= chunk_status;
                        length <= chunk_result;
                        octets <= {6'd0, chunk_octets};
                        beats <= {6'd0, chunk_beats};
                        address <= chunk_address;
                        cycles <= chunk_cycles;
                        pke <= 1'b0;
                        gcm <= 1'b1;
                        ends <= chunk_last;
                        refused <= chunk_refused || chunk_refuse;
                        drop <= chunk_octets == 10'd0 || chunk_refused || chunk_refuse || !live[chunk_pair];
                        step <= chunk_beats != 6'd0 ? RESULT : LOOK;
                    end
                    default: begin
                        pair <= answer_pair;
                        command_id <= answer_command_id;
                        status <= answer_status;
                        length <= '0;
                        cycles <= '0;
                        pke <= answer_pke;
                        gcm <= answer_gcm;
                        step <= LOOK;
                    end
                endcase
            end
            CONTEXT: begin
                pair <= context_pair;
                command_id <= context_command_id;
                address <= context_destination;
                refused <= !bus_master[context_pair[5:3]];
                drop <= !live[context_pair] || !bus_master[context_pair[5:3]];
                step <= length == 17'd0 ? LOOK : RESULT;
            end
            RESULT: if (put_ready) step <= ends ? LOOK : CHOOSE;
            LOOK: if (look_ready) begin
                completion <= {look_phase, 15'd0, look_sq_head, cycles, 15'd0, length, 8'd0, status, command_id};
                address <= look_address;
                interrupt <= look_interrupt;
                irq_vector <= look_vector;
                refused <= refused || !bus_master[pair[5:3]];
                step <= writable ? ENTRY : FINISH;
            end
            ENTRY: if (put_ready) begin
                wrote <= 1'b1;
                step <= interrupt ? INTERRUPT : FINISH;
            end
            INTERRUPT: if (irq_ready) step <= FINISH;
            FINISH: if (finish_ready) step <= CHOOSE;
            default: step <= CHOOSE;
        endcase
        if (rst) begin
            step <= CHOOSE;
            kind <= ANSWER;
            engine <= '0;
            chunk_lane <= '0;
        end
    end
endmodule
