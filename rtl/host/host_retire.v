// SPDX-License-Identifier: Apache-2.0
// Ends requests: result, completion entry, interrupt, in this order; one request at a time.
//
// It serves finished contexts, round robin over engines, and entries answered without an engine,
// round robin over functions, in turn. What belongs to a disabled pair is drained and dropped.

module host_retire #(
    parameter integer ENGINES = 1,
    parameter integer ENGINE_BITS = 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [ENGINES-1:0] done_valid,
    output logic [ENGINES-1:0] done_ready,
    input  logic [ENGINES*4-1:0]  done_context,
    input  logic [ENGINES*8-1:0]  done_status,
    input  logic [ENGINES*16-1:0] done_length,
    input  logic [ENGINES*32-1:0] done_cycles,
    input  logic [ENGINES-1:0] out_valid,
    output logic [ENGINES-1:0] out_ready,
    input  logic [ENGINES*128-1:0] out_data,

    output logic [ENGINE_BITS-1:0] context_engine,   // whose request is this
    output logic [3:0]  context_number,
    input  logic [5:0]  context_pair,
    input  logic [15:0] context_command_id,
    input  logic [63:0] context_destination,
    output logic        context_release,

    input  logic [7:0]  answered,                    // slots that complete without an engine
    output logic [2:0]  answer_function,
    input  logic [2:0]  answer_pair,
    input  logic [15:0] answer_command_id,
    input  logic [7:0]  answer_status,
    input  logic        answer_pke,
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

    output logic        wr_valid,
    input  logic        wr_ready,
    output logic [2:0]  wr_function,
    output logic [63:0] wr_address,
    output logic [16:0] wr_length,
    output logic        wr_data_valid,
    input  logic        wr_data_ready,
    output logic [127:0] wr_data,
    output logic        irq_valid,
    input  logic        irq_ready,
    output logic [2:0]  irq_function,
    output logic [15:0] irq_vector,

    output logic        count_valid,                 // a completion of the public-key class was written
    output logic        count_ok,
    output logic [31:0] count_cycles,
    output logic        idle
);
    localparam [16:0] COMPLETION_OCTETS = 17'd16;

    typedef enum logic [3:0] {CHOOSE, TAKE, CONTEXT, RESULT, RESULT_DATA, DRAIN,
                              LOOK, ENTRY, ENTRY_DATA, INTERRUPT, FINISH} step_t;
    step_t step;

    // The request at hand.
    logic [ENGINE_BITS-1:0] engine, engine_next;
    logic [2:0] function_next;
    logic [3:0] context_now;
    logic from_engine, pke, writable, wrote, refused, interrupt, answers_turn;
    logic [7:0] status;
    logic [15:0] length, command_id;
    logic [12:0] beats;
    logic [31:0] cycles;
    logic [63:0] address;
    logic [127:0] completion;

    host_pick #(.WIDTH(ENGINES), .INDEX(ENGINE_BITS)) engine_pick (
        .requests(done_valid), .last(engine), .chosen(engine_next));
    host_pick #(.WIDTH(8), .INDEX(3)) answer_pick (
        .requests(answered), .last(answer_function), .chosen(function_next));

    // The engine at hand, out of all.
    logic engine_out_valid;
    logic [127:0] engine_out_data;
    logic [3:0] engine_context;
    logic [7:0] engine_status;
    logic [15:0] engine_length;
    logic [31:0] engine_cycles;
    always_comb begin
        engine_out_valid = 1'b0;
        engine_out_data = '0;
        engine_context = '0;
        engine_status = '0;
        engine_length = '0;
        engine_cycles = '0;
        out_ready = '0;
        done_ready = '0;
        if (step != CHOOSE)
            for (int e = 0; e < ENGINES; e = e + 1)
                if (engine == ENGINE_BITS'(e)) begin
                    done_ready[e] = step == TAKE && from_engine;
                    out_ready[e] = step == DRAIN || (step == RESULT_DATA && wr_data_ready);
                    engine_out_valid = out_valid[e];
                    engine_out_data = out_data[e*128 +: 128];
                    engine_context = done_context[e*4 +: 4];
                    engine_status = done_status[e*8 +: 8];
                    engine_length = done_length[e*16 +: 16];
                    engine_cycles = done_cycles[e*32 +: 32];
                end
    end

    assign context_engine = engine;
    assign context_number = context_now;
    assign context_release = step == FINISH && finish_ready && from_engine;
    assign answer_valid = step == TAKE && !from_engine;
    assign look_valid = step == LOOK;
    assign look_take = writable;
    assign finish_valid = step == FINISH;
    assign finish_refused = refused;
    assign writable = live[pair] && bus_master[pair[5:3]] && !refused;
    assign wr_valid = step == RESULT || step == ENTRY;
    assign wr_function = pair[5:3];
    assign wr_address = address;
    assign wr_length = step == RESULT ? {1'b0, length} : COMPLETION_OCTETS;
    assign wr_data_valid = step == ENTRY_DATA || (step == RESULT_DATA && engine_out_valid);
    assign wr_data = step == RESULT_DATA ? engine_out_data : completion;
    assign irq_valid = step == INTERRUPT;
    assign irq_function = pair[5:3];
    assign count_valid = step == FINISH && finish_ready && wrote && pke;
    assign count_ok = status == tlscard_map::STATUS_OK;
    assign count_cycles = cycles;
    assign idle = step == CHOOSE && done_valid == '0 && answered == 8'd0;

    logic [12:0] beats_needed;
    assign beats_needed = {1'b0, engine_length[15:4]} + {12'd0, engine_length[3:0] != 4'd0};

    always_ff @(posedge clk) begin
        case (step)
            CHOOSE: begin
                wrote <= 1'b0;
                refused <= 1'b0;
                if (done_valid != '0 && !(answers_turn && answered != 8'd0)) begin
                    engine <= engine_next;
                    from_engine <= 1'b1;
                    answers_turn <= 1'b1;
                    step <= TAKE;
                end else if (answered != 8'd0) begin
                    answer_function <= function_next;
                    from_engine <= 1'b0;
                    answers_turn <= 1'b0;
                    step <= TAKE;
                end
            end
            TAKE: begin
                context_now <= engine_context;
                status <= from_engine ? engine_status : answer_status;
                length <= from_engine ? engine_length : 16'd0;
                beats <= beats_needed;
                cycles <= from_engine ? engine_cycles : 32'd0;
                pke <= from_engine || answer_pke;
                pair <= {answer_function, answer_pair};
                command_id <= answer_command_id;
                step <= from_engine ? CONTEXT : LOOK;
            end
            CONTEXT: begin
                pair <= context_pair;
                command_id <= context_command_id;
                address <= context_destination;
                refused <= !bus_master[context_pair[5:3]];
                if (length == 16'd0) step <= LOOK;
                else step <= live[context_pair] && bus_master[context_pair[5:3]] ? RESULT : DRAIN;
            end
            RESULT: if (wr_ready) step <= RESULT_DATA;
            RESULT_DATA: if (engine_out_valid && wr_data_ready) begin
                beats <= beats - 13'd1;
                if (beats == 13'd1) step <= LOOK;
            end
            DRAIN: if (engine_out_valid) begin
                beats <= beats - 13'd1;
                if (beats == 13'd1) step <= LOOK;
            end
            LOOK: if (look_ready) begin
                completion <= {look_phase, 15'd0, look_sq_head, cycles, 16'd0, length, 8'd0, status, command_id};
                address <= look_address;
                interrupt <= look_interrupt;
                irq_vector <= look_vector;
                refused <= refused || !bus_master[pair[5:3]];
                step <= writable ? ENTRY : FINISH;
            end
            ENTRY: if (wr_ready) step <= ENTRY_DATA;
            ENTRY_DATA: if (wr_data_ready) begin
                wrote <= 1'b1;
                step <= interrupt ? INTERRUPT : FINISH;
            end
            INTERRUPT: if (irq_ready) step <= FINISH;
            FINISH: if (finish_ready) step <= CHOOSE;
            default: step <= CHOOSE;
        endcase
        if (rst) begin
            step <= CHOOSE;
            engine <= '0;
            answer_function <= '0;
            answers_turn <= 1'b0;
        end
    end
endmodule
