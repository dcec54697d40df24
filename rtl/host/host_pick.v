// SPDX-License-Identifier: Apache-2.0
// Round-robin choice: the first request after the last one chosen, as combinational logic.

module host_pick #(
    parameter integer WIDTH = 8,
    parameter integer INDEX = 3    // bits of an index; 2 ** INDEX >= WIDTH
) (
    input  logic [WIDTH-1:0] requests,
    input  logic [INDEX-1:0] last,
    output logic [INDEX-1:0] chosen    // `last` where there is no request
);
    // Two passes of lowest-first: over those above `last`, else over all.
    always_comb begin
        chosen = last;
        if (requests != '0) begin
            for (int i = WIDTH - 1; i >= 0; i = i - 1)
                if (requests[i]) chosen = INDEX'(i);
            for (int i = WIDTH - 1; i >= 0; i = i - 1)
                if (requests[i] && INDEX'(i) > last) chosen = INDEX'(i);
        end
    end
endmodule
