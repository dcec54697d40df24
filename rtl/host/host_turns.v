// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: round robin over functions, then over the pairs of the function.

module host_turns (
    input  logic        clk,
    input  logic        rst,
    input  logic [63:0] requests,    // of pairs {function, pair}
    input  logic        take,        // the pair chosen is served
    output logic        any,
    output logic [5:0]  pair         // chosen, where there is any
);
    logic [2:0] last_function;
    logic [23:0] last_pairs;    // three bits for each function

    logic [7:0] functions, pairs;
    logic [2:0] next_function, next_pair;
    assign any = requests != 64'd0;
    assign pair = {next_function, next_pair};
    always_comb begin
        functions = '0;
        pairs = '0;
        if (any) begin
            for (int f = 0; f < 8; f = f + 1)
                functions[f] = requests[f*8 +: 8] != 8'd0;
            pairs = requests[{next_function, 3'd0} +: 8];
        end
    end
    host_pick #(.WIDTH(8), .INDEX(3)) function_pick (
        .requests(functions), .last(last_function), .chosen(next_function));
    host_pick #(.WIDTH(8), .INDEX(3)) pair_pick (
        .requests(pairs), .last(last_pairs[5'(next_function) * 5'd3 +: 3]), .chosen(next_pair));

    always_ff @(posedge clk) begin
        if (take) begin
            last_function <= next_function;
            last_pairs[5'(next_function) * 5'd3 +: 3] <= next_pair;
        end
        if (rst) begin
            last_function <= '0;
            last_pairs <= '0;
        end
    end
endmodule
