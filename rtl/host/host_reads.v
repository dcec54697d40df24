// SPDX-License-Identifier: Apache-2.0
// The read channel's users: asks for entries and operands, and hands each answer to who asked.
//
// Answers come in the order of requests, so a short queue of who asked is all that is kept.
// Operands pass through to their engine in the cycle in which they come; nothing holds them here.

module host_reads #(
    parameter integer ENGINES = 1,
    parameter integer ENGINE_BITS = 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic        entry_valid,      // read an entry
    output logic        entry_ready,
    input  logic [5:0]  entry_pair,
    input  logic [63:0] entry_address,

    input  logic        operand_valid,    // read the key, then the source of a request
    output logic        operand_ready,
    input  logic        operand_source,
    input  logic        operand_sole,     // of a request whose key block is empty
    input  logic [5:0]  operand_pair,
    input  logic [63:0] operand_address,
    input  logic [12:0] operand_length,
    input  logic [ENGINE_BITS-1:0] operand_engine,
    input  logic [3:0]  operand_context,
    input  logic [7:0]  operand_opcode,
    input  logic [15:0] operand_parameter,

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
    output logic        idle
);
    localparam [12:0] ENTRY_OCTETS = 13'd64;

    typedef enum logic [1:0] {ENTRY, KEY, SOURCE, SOLE} kind_t;
    localparam integer WHO_BITS = 2 + 6 + ENGINE_BITS + 4 + 8 + 16;
    logic [WHO_BITS-1:0] asked, answered;
    logic room, waiting, answer_ends;
    fifo #(.WIDTH(WHO_BITS), .DEPTH(8)) who (
        .clk, .rst, .in_valid(rd_valid && rd_ready), .in_ready(room), .in_data(asked),
        .out_valid(waiting), .out_ready(answer_ends), .out_data(answered));
    assign idle = !waiting;

    // Requests: operands first, of which there are two, then none for some cycles. A choice made
    // stands until the request is accepted.
    logic chosen, chosen_operand, operand;
    assign operand = chosen ? chosen_operand : operand_valid;
    assign rd_valid = room && (operand_valid || entry_valid);
    assign operand_ready = rd_ready && room && operand;
    assign entry_ready = rd_ready && room && !operand;
    assign rd_function = operand ? operand_pair[5:3] : entry_pair[5:3];
    assign rd_address = operand ? operand_address : entry_address;
    assign rd_length = {4'd0, operand ? operand_length : ENTRY_OCTETS};

    kind_t operand_kind;
    assign operand_kind = operand_sole ? SOLE : operand_source ? SOURCE : KEY;
    assign asked = operand
        ? {operand_kind, operand_pair, operand_engine, operand_context, operand_opcode, operand_parameter}
        : {ENTRY, entry_pair, {ENGINE_BITS{1'b0}}, 4'd0, 8'd0, 16'd0};

    // Answers: for whoever asked first.
    logic [1:0] kind;
    logic [5:0] pair;
    logic [ENGINE_BITS-1:0] engine;
    logic commanded, abandoned, stream, commands;
    logic [7:0] key_status, bad_status;
    assign {kind, pair, engine, cmd_context, cmd_opcode, cmd_parameter} = answered;
    assign commands = kind == KEY || kind == SOLE;    // the first operand, before which comes the command
    assign stream = waiting && rd_data_valid && (kind == SOURCE || (commands && commanded));
    assign slot_valid = waiting && rd_data_valid && kind == ENTRY;
    assign slot_pair = pair;
    assign in_data = rd_data;
    assign in_last = (kind == SOURCE || kind == SOLE) && rd_data_last;

    // A request whose pair was disabled before its key had come is ended rather than computed; one
    // without a key, when that was before its last beat was offered: from there on in_abort stands.
    assign bad_status = key_status != tlscard_map::STATUS_OK ? key_status
        : rd_data_status != tlscard_map::STATUS_OK ? rd_data_status
        : abandoned ? tlscard_map::STATUS_DMA_COMPLETER_ABORT : tlscard_map::STATUS_OK;
    assign in_abort = in_last && bad_status != tlscard_map::STATUS_OK;
    assign in_abort_status = bad_status;

    always_comb begin
        cmd_valid = '0;
        in_valid = '0;
        rd_data_ready = 1'b0;
        if (waiting) begin
            for (int e = 0; e < ENGINES; e = e + 1)
                if (engine == ENGINE_BITS'(e)) begin
                    cmd_valid[e] = commands && !commanded;
                    in_valid[e] = stream;
                    if (kind == SOURCE || (commands && commanded)) rd_data_ready = in_ready[e];
                end
            if (kind == ENTRY) rd_data_ready = slot_ready;
        end
    end
    assign answer_ends = rd_data_valid && rd_data_ready && rd_data_last;

    always_ff @(posedge clk) begin
        if (rd_valid) begin
            chosen <= !rd_ready;
            chosen_operand <= operand;
        end
        if (waiting) begin
            if (kind == KEY || (kind == SOLE && !(stream && rd_data_last))) abandoned <= !live[pair];
            if ((cmd_valid & cmd_ready) != '0) begin
                commanded <= 1'b1;
                key_status <= tlscard_map::STATUS_OK;
            end
            if (answer_ends) begin
                commanded <= 1'b0;
                if (kind == KEY) key_status <= rd_data_status;
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
