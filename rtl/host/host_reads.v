// SPDX-License-Identifier: Apache-2.0
// The read channel's users: asks for entries and operands, and hands each answer to who asked.
//
// Answers come in the order of requests, so a short queue of who asked is all that is kept.
// Operands pass through to their engine in the cycle in which they come; nothing holds them here.

module host_reads #(
    parameter integer ENGINES = 1,
    parameter integer LANES = 1           // ports of lanes, at least 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic        entry_valid,      // read an entry
    output logic        entry_ready,
    input  logic [5:0]  entry_pair,
    input  logic [63:0] entry_address,

    input  logic        operand_valid,    // read the key, then the source of a request
    output logic        operand_ready,
    input  logic        operand_first,    // of the request, which has one or two
    input  logic        operand_last,
    input  logic        operand_gcm,      // for a lane, not an engine
    input  logic [5:0]  operand_pair,
    input  logic [63:0] operand_address,
    input  logic [16:0] operand_length,
    input  logic [4:0]  operand_index,    // which lane or engine
    input  logic [31:0] operand_command,  // of an engine {context, opcode, parameter}, of a lane {open, 256, aad, length}

    output logic        rd_valid,
    input  logic        rd_ready,
    output logic [2:0]  rd_function,
    output logic [63:0] rd_address,
    output logic [16:0] rd_length,
    input  logic        rd_data_valid,
    output logic        rd_data_ready,
    input  logic [127:0] rd_data,
    input  logic        rd_data_last,
    input  logic [7:0]  rd_data_status,

    output logic        slot_valid,       // beats of an entry
    input  logic        slot_ready,
    output logic [5:0]  slot_pair,

    input  logic [63:0] live,
    output logic [ENGINES-1:0] cmd_valid,
    input  logic [ENGINES-1:0] cmd_ready,
    output logic [3:0]  cmd_context,
    output logic [7:0]  cmd_opcode,
    output logic [15:0] cmd_parameter,
    output logic [ENGINES-1:0] in_valid,
    input  logic [ENGINES-1:0] in_ready,
    output logic [127:0] in_data,
    output logic        in_last,
    output logic        in_abort,
    output logic [7:0]  in_abort_status,

    output logic [LANES-1:0] lane_cmd_valid,    // the in signals without valid and ready serve the lanes as well
    input  logic [LANES-1:0] lane_cmd_ready,
    output logic        lane_cmd_open,
    output logic        lane_cmd_key_256,
    output logic [12:0] lane_cmd_aad,
    output logic [16:0] lane_cmd_length,
    output logic [LANES-1:0] lane_in_valid,
    input  logic [LANES-1:0] lane_in_ready,
    output logic        idle
);
    localparam [16:0] ENTRY_OCTETS = 17'd64;

    typedef struct packed {
        logic        entry;      // or an operand
        logic        first;
        logic        last;
        logic        gcm;
        logic [5:0]  pair;
        logic [4:0]  index;
        logic [31:0] command;
    } who_t;
    localparam integer WHO_BITS = 47;
    who_t asked, answered;
    logic room, waiting, answer_ends;
    fifo #(.WIDTH(WHO_BITS), .DEPTH(32)) who (
        .clk, .rst, .in_valid(rd_valid && rd_ready), .in_ready(room), .in_data(asked),
        .out_valid(waiting), .out_ready(answer_ends), .out_data(answered));
    assign idle = !waiting;

    // Requests: operands first, of which there are two at most, then none for a cycle. A choice made
    // stands until the request is accepted.
    logic chosen, chosen_operand, operand;
    assign operand = chosen ? chosen_operand : operand_valid;
    assign rd_valid = room && (operand_valid || entry_valid);
    assign operand_ready = rd_ready && room && operand;
    assign entry_ready = rd_ready && room && !operand;
    assign rd_function = operand ? operand_pair[5:3] : entry_pair[5:3];
    assign rd_address = operand ? operand_address : entry_address;
    assign rd_length = operand ? operand_length : ENTRY_OCTETS;

    always_comb begin
        asked = '0;
        asked.entry = !operand;
        asked.pair = operand ? operand_pair : entry_pair;
        if (operand) begin
            asked.first = operand_first;
            asked.last = operand_last;
            asked.gcm = operand_gcm;
            asked.index = operand_index;
            asked.command = operand_command;
        end
    end

    // Answers: for whoever asked first. The command comes before the first operand.
    logic commanded, abandoned, stream;
    logic [7:0] key_status, bad_status;
    assign {cmd_context, cmd_opcode, cmd_parameter} = answered.command[27:0];
    assign {lane_cmd_open, lane_cmd_key_256, lane_cmd_aad, lane_cmd_length} = answered.command;
    assign stream = waiting && rd_data_valid && !answered.entry && (!answered.first || commanded);
    assign slot_valid = waiting && rd_data_valid && answered.entry;
    assign slot_pair = answered.pair;
    assign in_data = rd_data;
    assign in_last = answered.last && rd_data_last;

    // An engine's request whose pair was disabled before its key had come is ended rather than computed;
    // one without a key, when that was before its last beat was offered: from there on in_abort stands.
    assign bad_status = key_status != tlscard_map::STATUS_OK ? key_status
        : rd_data_status != tlscard_map::STATUS_OK ? rd_data_status
        : abandoned ? tlscard_map::STATUS_DMA_COMPLETER_ABORT : tlscard_map::STATUS_OK;
    assign in_abort = in_last && bad_status != tlscard_map::STATUS_OK;
    assign in_abort_status = bad_status;

    logic command, accepted;
    assign command = answered.first && !commanded;
    always_comb begin
        cmd_valid = '0;
        in_valid = '0;
        lane_cmd_valid = '0;
        lane_in_valid = '0;
        rd_data_ready = 1'b0;
        accepted = 1'b0;
        if (waiting && answered.entry) rd_data_ready = slot_ready;
        if (waiting && !answered.entry && answered.gcm)
            for (int l = 0; l < LANES; l = l + 1)
                if (answered.index == 5'(l)) begin
                    lane_cmd_valid[l] = command;
                    lane_in_valid[l] = stream;
                    accepted = lane_cmd_ready[l];
                    rd_data_ready = !command && lane_in_ready[l];
                end
        if (waiting && !answered.entry && !answered.gcm)
            for (int e = 0; e < ENGINES; e = e + 1)
                if (answered.index == 5'(e)) begin
                    cmd_valid[e] = command;
                    in_valid[e] = stream;
                    accepted = cmd_ready[e];
                    rd_data_ready = !command && in_ready[e];
                end
    end
    assign answer_ends = rd_data_valid && rd_data_ready && rd_data_last;

    always_ff @(posedge clk) begin
        if (rd_valid) begin
            chosen <= !rd_ready;
            chosen_operand <= operand;
        end
        if (waiting) begin
            if (answered.first && !(answered.last && stream && rd_data_last))
                abandoned <= !answered.gcm && !live[answered.pair];
            if (command && accepted) begin
                commanded <= 1'b1;
                key_status <= tlscard_map::STATUS_OK;
            end
            if (answer_ends && !answered.entry) begin
                commanded <= 1'b0;
                if (!answered.last) key_status <= rd_data_status;
            end
        end
        if (rst) begin
            chosen <= 1'b0;
            commanded <= 1'b0;
            abandoned <= 1'b0;
            key_status <= '0;
        end
    end
endmodule
