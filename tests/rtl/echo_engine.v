// SPDX-License-Identifier: Apache-2.0
// A test engine: each context gives its source back as the result, a set time after the last operand.
//
// A result that is longer than the source repeats it; ECDSA_VERIFY has no result.
//
// A source whose first octet is 0xee ends with the status in its second octet instead.

module echo_engine #(
    parameter integer CONTEXTS = 2
) (
    input  logic        clk,
    input  logic        rst,
    input  logic [15:0] delay,      // cycles of every request

    input  logic        cmd_valid,
    output logic        cmd_ready,
    input  logic [3:0]  cmd_context,
    input  logic [7:0]  cmd_opcode,
    input  logic [15:0] cmd_parameter,
    input  logic        in_valid,
    output logic        in_ready,
    input  logic [127:0] in_data,
    input  logic        in_last,
    input  logic        in_abort,
    input  logic [7:0]  in_abort_status,
    output logic        done_valid,
    input  logic        done_ready,
    output logic [3:0]  done_context,
    output logic [7:0]  done_status,
    output logic [15:0] done_length,
    output logic [31:0] done_cycles,
    output logic        out_valid,
    input  logic        out_ready,
    output logic [127:0] out_data,
    output logic [15:0] context_free,
    output logic        busy,
    output logic [31:0] accepted,   // commands so far
    output logic        misused     // a command for a context in use, or operands of another length than its opcode's
);
    logic [127:0] memory  [0:511];
    logic [15:0]  lengths [0:15];
    logic [4:0]   sources [0:15];    // beats
    logic [7:0]   results [0:15];
    logic [15:0]  timers  [0:15];
    logic [15:0]  running, finished;

    // Operands: the key's beats are counted and dropped.
    logic loading;
    logic [3:0] context_in;
    logic [15:0] result_in, key_beats, source_beats, beat;
    logic [15:0] key_octets, source_octets, result_octets, octets;
    logic stalled;    // every fourth beat waits a cycle
    assign cmd_ready = !loading;
    assign in_ready = loading && (beat[1:0] != 2'd3 || stalled);

    assign octets = cmd_parameter == {8'd0, tlscard_map::CURVE_P384} ? 16'd48 : 16'd32;
    always_comb begin
        source_octets = cmd_parameter;
        result_octets = cmd_parameter;
        case (cmd_opcode)
            tlscard_map::OP_MODEXP:     key_octets = {cmd_parameter[14:0], 1'b0};
            tlscard_map::OP_RSA_PUBLIC: key_octets = cmd_parameter + 16'd16;
            tlscard_map::OP_EC_MULTIPLY, tlscard_map::OP_ECDSA_SIGN: begin
                key_octets = octets;
                source_octets = octets << 1;
                result_octets = octets << 1;
            end
            tlscard_map::OP_EC_MULTIPLY_BASE: begin
                key_octets = '0;
                source_octets = octets;
                result_octets = octets << 1;
            end
            tlscard_map::OP_ECDSA_VERIFY: begin
                key_octets = octets << 1;
                source_octets = octets + (octets << 1);
                result_octets = '0;
            end
            tlscard_map::OP_X25519: begin
                key_octets = octets;
                source_octets = octets;
                result_octets = octets;
            end
            default: key_octets = cmd_parameter + 16'd16 + {cmd_parameter[14:0], 1'b0} + {1'b0, cmd_parameter[15:1]};
        endcase
    end

    // Results: one context at a time, then its memory is cleared beat by beat.
    typedef enum logic [1:0] {WAIT, SEND, ERASE} step_t;
    step_t step;
    logic [3:0] context_out;
    logic [4:0] position, place;
    assign place = position >= sources[context_out] ? position - sources[context_out] : position;
    logic [15:0] left;

    // The lowest finished context is offered, and stays so until it is taken.
    logic [3:0] offered, done_held;
    logic done_stands;
    always_comb begin
        offered = done_held;
        if (!done_stands)
            for (int i = CONTEXTS - 1; i >= 0; i = i - 1)
                if (finished[i]) offered = 4'(i);
    end
    assign done_context = offered;
    assign done_valid = step == WAIT && finished != '0;
    assign done_status = results[offered];
    assign done_length = results[offered] == tlscard_map::STATUS_OK ? lengths[offered] : 16'd0;
    assign done_cycles = {16'd0, delay};
    assign out_valid = step == SEND;
    assign out_data = out_valid ? memory[{context_out, place}] : '0;
    assign busy = context_free != 16'hffff >> (16 - CONTEXTS);

    always_ff @(posedge clk) begin
        stalled <= in_valid && !in_ready;
        if (cmd_valid && cmd_ready) begin
            loading <= 1'b1;
            context_in <= cmd_context;
            result_in <= result_octets;
            key_beats <= key_octets >> 4;
            source_beats <= source_octets >> 4;
            beat <= '0;
            context_free[cmd_context] <= 1'b0;
            accepted <= accepted + 32'd1;
            if (!context_free[cmd_context]) misused <= 1'b1;
        end
        if (in_valid && in_ready) begin
            beat <= beat + 16'd1;
            if (beat >= key_beats) memory[{context_in, 5'(beat - key_beats)}] <= in_data;
            if (beat == key_beats)
                results[context_in] <= in_data[7:0] == 8'hee ? in_data[15:8] : tlscard_map::STATUS_OK;
            if (in_last) begin
                loading <= 1'b0;
                lengths[context_in] <= result_in;
                sources[context_in] <= 5'(source_beats);
                if (beat + 16'd1 != key_beats + source_beats) misused <= 1'b1;
                timers[context_in] <= delay;
                running[context_in] <= 1'b1;
                if (in_abort) begin
                    results[context_in] <= in_abort_status;
                    timers[context_in] <= '0;
                end
            end
        end
        for (int i = 0; i < CONTEXTS; i = i + 1)
            if (running[i]) begin
                if (timers[i] != 16'd0) timers[i] <= timers[i] - 16'd1;
                else begin
                    running[i] <= 1'b0;
                    finished[i] <= 1'b1;
                end
            end
        done_stands <= done_valid && !done_ready;
        done_held <= offered;
        case (step)
            WAIT: if (done_valid && done_ready) begin
                finished[offered] <= 1'b0;
                context_out <= offered;
                left <= {4'd0, done_length[15:4]};
                position <= '0;
                step <= done_length == 16'd0 ? ERASE : SEND;
            end
            SEND: if (out_ready) begin
                position <= position + 5'd1;
                if (left == 16'd1) begin
                    position <= '0;
                    step <= ERASE;
                end
                left <= left - 16'd1;
            end
            ERASE: begin
                memory[{context_out, position}] <= '0;
                position <= position + 5'd1;
                if (position == 5'd31) begin
                    step <= WAIT;
                    context_free[context_out] <= 1'b1;
                end
            end
            default: step <= WAIT;
        endcase
        if (rst) begin
            loading <= 1'b0;
            running <= '0;
            finished <= '0;
            stalled <= 1'b0;
            done_stands <= 1'b0;
            step <= WAIT;
            context_free <= 16'hffff >> (16 - CONTEXTS);
            accepted <= '0;
            misused <= 1'b0;
        end
    end
endmodule
