// SPDX-License-Identifier: Apache-2.0
// The error log of each function: how many, and the oldest one not yet cleared.

module host_log (
    input  logic        clk,
    input  logic        rst,

    // Events of the link, one cycle each; they belong to no queue pair and are logged as of pair 255.
    input  logic        event_valid,
    input  logic [2:0]  event_function,
    input  logic [7:0]  event_code,
    input  logic [63:0] event_address,

    // Events of a queue pair {function, pair}.
    input  logic        pair_valid,
    output logic        pair_ready,
    input  logic [5:0]  pair_index,
    input  logic [7:0]  pair_code,
    input  logic [63:0] pair_address,

    input  logic        clear_valid,       // the driver has read the oldest
    input  logic [2:0]  clear_function,
    input  logic        reset_valid,
    input  logic [2:0]  reset_function,

    input  logic [2:0]  read_function,
    output logic [31:0] read_count,
    output logic [15:0] read_error,        // {pair, code}
    output logic [63:0] read_address,
    output logic        idle
);
    localparam [7:0] NO_PAIR = 8'hff;

    logic [31:0] counts    [0:7];
    logic [15:0] errors    [0:7];
    logic [63:0] addresses [0:7];

    // A pair's event waits here while one of the link is logged.
    logic        held;
    logic [5:0]  held_index;
    logic [7:0]  held_code;
    logic [63:0] held_address;
    assign pair_ready = !held;
    assign idle = !held;

    logic        entry;
    logic [2:0]  index;
    logic [15:0] entry_error;
    logic [63:0] entry_address;
    assign entry = event_valid || held;
    assign index = event_valid ? event_function : held_index[5:3];
    assign entry_error = event_valid ? {NO_PAIR, event_code} : {5'd0, held_index[2:0], held_code};
    assign entry_address = event_valid ? event_address : held_address;

    assign read_count = counts[read_function];
    assign read_error = errors[read_function];
    assign read_address = addresses[read_function];

    always_ff @(posedge clk) begin
        if (pair_valid && pair_ready) begin
            held_index <= pair_index;
            held_code <= pair_code;
            held_address <= pair_address;
        end
        held <= (pair_valid && pair_ready) || (held && event_valid);
        if (clear_valid) begin
            errors[clear_function] <= '0;
            addresses[clear_function] <= '0;
        end
        if (entry) begin
            if (counts[index] != 32'hffffffff) counts[index] <= counts[index] + 32'd1;
            if (errors[index] == 16'd0 || (clear_valid && clear_function == index)) begin
                errors[index] <= entry_error;
                addresses[index] <= entry_address;
            end
        end
        if (reset_valid) begin
            counts[reset_function] <= '0;
            errors[reset_function] <= '0;
            addresses[reset_function] <= '0;
        end
        if (rst) held <= 1'b0;
    end
endmodule
