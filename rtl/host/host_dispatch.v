// SPDX-License-Identifier: Apache-2.0
// Gives waiting entries to free contexts and to lanes, and asks for their operands.
//
// Pairs take turns, and so do the two classes where either could go.

module host_dispatch #(
    parameter integer ENGINE_BITS = 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [63:0] pke_waits,        // pairs with entries that wait
    input  logic [63:0] gcm_waits,
    output logic        pick_valid,       // one of them goes
    output logic [5:0]  pick_pair,
    output logic        pick_gcm,
    input  logic [7:0]  picked_opcode,    // it, from the next cycle on
    input  logic [15:0] picked_parameter,
    input  logic [63:0] picked_key_address,
    input  logic [12:0] picked_key_length,
    input  logic [63:0] picked_source_address,
    input  logic [16:0] picked_source_length,
    output logic        picked_valid,     // its operands have been asked for
    output logic        picked_gcm,
    output logic [16:0] picked_payload,   // octets of payload, of AES-GCM

    output logic        search,
    input  logic        found,
    input  logic [ENGINE_BITS-1:0] found_engine,
    input  logic [3:0]  found_context,
    input  logic        lane_ready,       // a lane takes another record
    input  logic [1:0]  lane,

    output logic        operand_valid,
    input  logic        operand_ready,
    output logic        operand_first,    // of the request
    output logic        operand_last,
    output logic        operand_gcm,
    output logic [63:0] operand_address,
    output logic [16:0] operand_length,
    output logic [4:0]  operand_index,    // engine or lane
    output logic [31:0] operand_command,  // of an engine {context, opcode, parameter}, of a lane {open, 256, aad, length}
    output logic        idle
);
    typedef enum logic [1:0] {PICK, KEY, SOURCE} step_t;
    step_t step;
    logic [1:0] lane_now;
    logic pke_any, gcm_any, pke_goes, gcm_goes;
    logic [5:0] pke_pair, gcm_pair;
    host_turns pke_turns (
        .clk, .rst, .requests(pke_waits), .take(pick_valid && !pick_gcm), .any(pke_any), .pair(pke_pair));
    host_turns gcm_turns (
        .clk, .rst, .requests(gcm_waits), .take(pick_valid && pick_gcm), .any(gcm_any), .pair(gcm_pair));

    assign search = pke_any;
    assign pke_goes = pke_any && found;
    assign gcm_goes = gcm_any && lane_ready;
    assign pick_valid = step == PICK && (pke_goes || gcm_goes);
    assign pick_gcm = gcm_goes && !(pke_goes && picked_gcm);
    assign pick_pair = pick_gcm ? gcm_pair : pke_pair;
    assign idle = step == PICK;

    // Either of the two operands may be empty, but not both.
    logic keyless, sourceless;
    logic [12:0] additional;
    logic opens;
    assign keyless = picked_key_length == 13'd0;
    assign sourceless = picked_source_length == 17'd0;
    assign operand_valid = (step == KEY && !keyless) || step == SOURCE;
    assign operand_first = step == KEY || keyless;
    assign operand_last = step == SOURCE || sourceless;
    assign operand_gcm = picked_gcm;
    assign operand_address = step == SOURCE ? picked_source_address : picked_key_address;
    assign operand_length = step == SOURCE ? picked_source_length : {4'd0, picked_key_length};
    assign operand_index = picked_gcm ? {3'd0, lane_now} : 5'(found_engine);
    assign picked_valid = operand_valid && operand_ready && operand_last;

    assign opens = picked_opcode == tlscard_map::OP_AES_GCM_OPEN;
    assign additional = picked_key_length - picked_parameter[12:0] - 13'd16;
    assign picked_payload = opens ? picked_source_length - 17'd16 : picked_source_length;
    assign operand_command = picked_gcm ? {opens, picked_parameter[5], additional, picked_payload}
        : {4'd0, found_context, picked_opcode, picked_parameter};

    always_ff @(posedge clk) begin
        case (step)
            PICK: if (pick_valid) begin
                picked_gcm <= pick_gcm;
                lane_now <= lane;
                step <= KEY;
            end
            KEY: if (operand_ready || keyless) step <= sourceless ? PICK : SOURCE;
            SOURCE: if (operand_ready) step <= PICK;
            default: step <= PICK;
        endcase
        if (rst) begin
            step <= PICK;
            picked_gcm <= 1'b0;
        end
    end
endmodule
