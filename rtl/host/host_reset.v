// SPDX-License-Identifier: Apache-2.0
// Reset of a function: wait until nothing of it is in flight, clear its state, say that it is done.
//
// While a function is in `resetting` its pairs are disabled. All functions begin so, which puts the
// memories that hold registers at their reset values.

module host_reset #(
    parameter integer FUNCTIONS = 4
) (
    input  logic        clk,
    input  logic        rst,

    input  logic                 control_valid,    // CONTROL bit 0 was written
    input  logic [2:0]           control_function,
    input  logic [FUNCTIONS-1:0] cfg_flr,
    output logic [FUNCTIONS-1:0] cfg_flr_done,

    input  logic [63:0]          busy,             // pairs with requests in flight
    input  logic [FUNCTIONS-1:0] function_quiet,
    output logic [FUNCTIONS-1:0] function_reset,
    output logic [7:0]           resetting,

    output logic                 pair_valid,       // clear this pair
    input  logic                 pair_ready,
    output logic [5:0]           pair,
    output logic                 clear_valid,      // clear what else the function has
    output logic [2:0]           clear_function,
    output logic                 idle
);
    logic [7:0] flr_now, flr_seen, flr_pending, quiet;
    assign flr_now = 8'(cfg_flr);
    assign quiet = 8'(function_quiet);

    typedef enum logic [1:0] {WAIT, PAIRS, CLEAR} step_t;
    step_t step;
    logic [2:0] current;    // the function looked at, then the one cleared
    logic [2:0] sweep;

    // In flight: requests from their claim to their end, and what the link still holds.
    logic drained;
    assign drained = busy[{current, 3'd0} +: 8] == 8'd0 && quiet[current];

    assign pair_valid = step == PAIRS;
    assign pair = {current, sweep};
    assign clear_valid = step == CLEAR;
    assign clear_function = current;
    assign idle = resetting == 8'd0 && flr_now == flr_seen && cfg_flr_done == '0 && function_reset == '0;

    always_ff @(posedge clk) begin
        function_reset <= '0;
        cfg_flr_done <= '0;
        flr_seen <= flr_now;
        for (int f = 0; f < FUNCTIONS; f = f + 1)
            if (flr_now[f] && !flr_seen[f]) begin
                flr_pending[f] <= 1'b1;
                resetting[f] <= 1'b1;
            end
        if (control_valid) resetting[control_function] <= 1'b1;
        if (resetting != 8'd0)
            case (step)
                WAIT: begin
                    sweep <= '0;
                    if (resetting[current] && drained) step <= PAIRS;
                    else current <= current + 3'd1;
                end
                PAIRS: if (pair_ready) begin
                    sweep <= sweep + 3'd1;
                    if (sweep == 3'd7) step <= CLEAR;
                end
                CLEAR: begin
                    for (int f = 0; f < FUNCTIONS; f = f + 1)
                        if (current == 3'(f)) begin
                            function_reset[f] <= 1'b1;
                            cfg_flr_done[f] <= flr_pending[f] || (flr_now[f] && !flr_seen[f]);
                        end
                    flr_pending[current] <= 1'b0;
                    resetting[current] <= 1'b0;
                    step <= WAIT;
                end
                default: step <= WAIT;
            endcase
        if (rst) begin
            flr_seen <= '0;
            flr_pending <= '0;
            resetting <= 8'hff >> (8 - FUNCTIONS);
            step <= WAIT;
            current <= '0;
        end
    end
endmodule
