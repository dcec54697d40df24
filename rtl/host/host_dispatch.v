// SPDX-License-Identifier: Apache-2.0
// Gives waiting entries to free contexts, round robin over functions, and asks for their operands.

module host_dispatch #(
    parameter integer ENGINE_BITS = 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [7:0]  held,
    output logic        pick_valid,
    output logic [2:0]  pick_function,
    input  logic [63:0] pick_key_address,
    input  logic [12:0] pick_key_length,
    input  logic [63:0] pick_source_address,
    input  logic [9:0]  pick_source_length,
    output logic        picked_valid,

    output logic        search,
    input  logic        found,
    input  logic [ENGINE_BITS-1:0] found_engine,
    input  logic [3:0]  found_context,

    output logic        operand_valid,
    input  logic        operand_ready,
    output logic        operand_source,
    output logic        operand_sole,     // there is no key block
    output logic [63:0] operand_address,
    output logic [12:0] operand_length,
    output logic [ENGINE_BITS-1:0] operand_engine,
    output logic [3:0]  operand_context,
    output logic        idle
);
    typedef enum logic [1:0] {SEARCH, PICK, KEY, SOURCE} step_t;
    step_t step;
    logic [2:0] last, chosen;
    host_pick #(.WIDTH(8), .INDEX(3)) pick (.requests(held), .last(last), .chosen(chosen));

    logic keyless;
    assign keyless = pick_key_length == 13'd0;
    assign idle = step == SEARCH;
    assign search = step == SEARCH && held != 8'd0;
    assign pick_valid = step == PICK && held != 8'd0;
    assign pick_function = step == PICK ? chosen : last;
    assign operand_valid = (step == KEY && !keyless) || step == SOURCE;
    assign operand_source = step == SOURCE;
    assign operand_sole = step == SOURCE && keyless;
    assign operand_address = step == SOURCE ? pick_source_address : pick_key_address;
    assign operand_length = step == SOURCE ? {3'd0, pick_source_length} : pick_key_length;
    assign operand_engine = found_engine;
    assign operand_context = found_context;
    assign picked_valid = step == SOURCE && operand_ready;

    always_ff @(posedge clk) begin
        case (step)
            SEARCH: if (search && found) step <= PICK;
            PICK: begin
                last <= chosen;
                step <= held != 8'd0 ? KEY : SEARCH;
            end
            KEY: if (operand_ready || keyless) step <= SOURCE;
            SOURCE: if (operand_ready) step <= SEARCH;
            default: step <= SEARCH;
        endcase
        if (rst) begin
            step <= SEARCH;
            last <= '0;
        end
    end
endmodule
