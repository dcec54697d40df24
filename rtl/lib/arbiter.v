// SPDX-License-Identifier: Apache-2.0
// Round-robin arbiter: grants one of the requests, beginning after the one granted last.
//
// grant is combinational, one-hot, zero without a request. With next high the grant is taken: the
// granted request becomes the last in turn. Without it the grant may move to another request.

module arbiter #(
    parameter COUNT = 4
) (
    input                    clk,
    input                    rst,
    input        [COUNT-1:0] request,
    input                    next,
    output logic [COUNT-1:0] grant
);
    logic [COUNT-1:0] later; // requests whose turn comes before starting again at request 0
    logic [COUNT-1:0] first;

    always_comb begin
        first = '0;
        grant = '0;
        if (request != '0) begin
            first = (request & later) != '0 ? request & later : request;
            grant = first & (~first + 1'b1);
        end
    end

    always_ff @(posedge clk) begin
        if (next && grant != '0) later <= ~(grant | (grant - 1'b1));
        if (rst) later <= '0;
    end
endmodule
