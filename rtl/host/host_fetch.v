// SPDX-License-Identifier: Apache-2.0
// Chooses whose entry comes next: round robin over functions, then over the pairs of the function.
//
// A function has one entry slot, taken from the claim of an entry until its operands were asked
// for or it was answered. So a function that floods its queues holds one slot and no more.

module host_fetch (
    input  logic        clk,
    input  logic        rst,

    input  logic [63:0] want,             // pairs that have an entry to claim
    input  logic [7:0]  slot_taken,

    output logic        claim_valid,
    input  logic        claim_ready,
    output logic [5:0]  claim_pair,
    input  logic        claim_ok,
    input  logic [63:0] claim_address,
    output logic        slot_take,        // with claim_pair's function

    output logic        ask_valid,        // read the entry
    input  logic        ask_ready,
    output logic [5:0]  ask_pair,
    output logic [63:0] ask_address,
    output logic        idle
);
    typedef enum logic [1:0] {PICK, CLAIM, ASK} step_t;
    step_t step;
    logic [5:0] pair;
    logic [2:0] last_function;
    logic [23:0] last_pairs;    // three bits for each function

    logic [7:0] functions, pairs;
    logic [2:0] next_function, next_pair;
    always_comb begin
        functions = '0;
        if (want != 64'd0)
            for (int f = 0; f < 8; f = f + 1)
                functions[f] = want[f*8 +: 8] != 8'd0 && !slot_taken[f];
    end
    assign pairs = functions == 8'd0 ? 8'd0 : want[{next_function, 3'd0} +: 8];
    host_pick #(.WIDTH(8), .INDEX(3)) function_pick (
        .requests(functions), .last(last_function), .chosen(next_function));
    host_pick #(.WIDTH(8), .INDEX(3)) pair_pick (
        .requests(pairs), .last(last_pairs[5'(next_function) * 5'd3 +: 3]), .chosen(next_pair));

    assign claim_valid = step == CLAIM;
    assign claim_pair = pair;
    assign slot_take = step == CLAIM && claim_ready && claim_ok;
    assign ask_valid = step == ASK;
    assign ask_pair = pair;
    assign idle = step == PICK && functions == 8'd0;

    always_ff @(posedge clk) begin
        case (step)
            PICK: if (functions != 8'd0) begin
                pair <= {next_function, next_pair};
                last_function <= next_function;
                last_pairs[5'(next_function) * 5'd3 +: 3] <= next_pair;
                step <= CLAIM;
            end
            CLAIM: if (claim_ready) begin
                ask_address <= claim_address;
                step <= claim_ok ? ASK : PICK;
            end
            ASK: if (ask_ready) step <= PICK;
            default: step <= PICK;
        endcase
        if (rst) begin
            step <= PICK;
            last_function <= '0;
            last_pairs <= '0;
        end
    end
endmodule
