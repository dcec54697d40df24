// SPDX-License-Identifier: Apache-2.0
// Chooses whose entry comes next: round robin over functions, then over the pairs of the function.
//
// A pair has a few entry slots, each taken from the claim of an entry until its operands were asked
// for or it was answered. So a pair that floods its queue holds these slots and no more.

module host_fetch (
    input  logic        clk,
    input  logic        rst,

    input  logic [63:0] want,             // pairs that have an entry to claim
    input  logic [63:0] slots_full,       // pairs that have no slot free

    output logic        claim_valid,
    input  logic        claim_ready,
    output logic [5:0]  claim_pair,
    input  logic        claim_ok,
    input  logic [63:0] claim_address,
    output logic        slot_take,        // one of claim_pair's

    output logic        ask_valid,        // read the entry
    input  logic        ask_ready,
    output logic [5:0]  ask_pair,
    output logic [63:0] ask_address,
    output logic        idle
);
    typedef enum logic [1:0] {PICK, CLAIM, ASK} step_t;
    step_t step;
    logic [5:0] pair, next_pair;
    logic any, picks;
    assign picks = step == PICK && any;
    host_turns turns (
        .clk, .rst, .requests(want & ~slots_full), .take(picks), .any, .pair(next_pair));

    assign claim_valid = step == CLAIM;
    assign claim_pair = pair;
    assign slot_take = step == CLAIM && claim_ready && claim_ok;
    assign ask_valid = step == ASK;
    assign ask_pair = pair;
    assign idle = step == PICK && !any;

    always_ff @(posedge clk) begin
        case (step)
            PICK: if (picks) begin
                pair <= next_pair;
                step <= CLAIM;
            end
            CLAIM: if (claim_ready) begin
                ask_address <= claim_address;
                step <= claim_ok ? ASK : PICK;
            end
            ASK: if (ask_ready) step <= PICK;
            default: step <= PICK;
        endcase
        if (rst) step <= PICK;
    end
endmodule
