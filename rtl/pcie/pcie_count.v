// SPDX-License-Identifier: Apache-2.0
// Counts what each function has under way: up to 63 pieces.

module pcie_count (
    input              clk,
    input              rst,
    input              up,
    input        [2:0] up_function,
    input              down,
    input        [2:0] down_function,
    output logic [7:0] busy
);
    logic [5:0] count[0:7];
    logic [5:0] raised, lowered;
    wire same = up && down && up_function == down_function;

    always_comb begin
        raised = '0;
        lowered = '0;
        if (up) raised = count[up_function] + 6'd1;
        if (down) lowered = count[down_function] - 6'd1;
    end

    always_ff @(posedge clk) begin
        if (up && !same) begin
            count[up_function] <= raised;
            busy[up_function] <= 1'b1;
        end
        if (down && !same) begin
            count[down_function] <= lowered;
            busy[down_function] <= lowered != '0;
        end
        if (rst) begin
            for (integer i = 0; i < 8; i = i + 1) count[i] <= '0;
            busy <= '0;
        end
    end
endmodule
