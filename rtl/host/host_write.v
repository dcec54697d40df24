// SPDX-License-Identifier: Apache-2.0
// The write channel: requests go out in order, and each one's data behind it from where they come.
//
// A request's data may still move while the next requests are made, so the channel has no gaps.

module host_write #(
    parameter integer ENGINES = 1,
    parameter integer LANES = 1              // ports of lanes, at least 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic        put_valid,           // a write, or beats that are to be dropped
    output logic        put_ready,
    input  logic        put_drop,
    input  logic [2:0]  put_function,
    input  logic [63:0] put_address,
    input  logic [15:0] put_octets,
    input  logic [11:0] put_beats,           // 1 or more
    input  logic        put_entry,           // the data are this completion entry
    input  logic        put_gcm,             // or from a lane, not an engine
    input  logic [4:0]  put_index,           // which lane or engine
    input  logic [127:0] put_completion,

    output logic        wr_valid,
    input  logic        wr_ready,
    output logic [2:0]  wr_function,
    output logic [63:0] wr_address,
    output logic [16:0] wr_length,
    output logic        wr_data_valid,
    input  logic        wr_data_ready,
    output logic [127:0] wr_data,

    input  logic [ENGINES-1:0] out_valid,
    output logic [ENGINES-1:0] out_ready,
    input  logic [ENGINES*128-1:0] out_data,
    input  logic [LANES-1:0] lane_valid,
    output logic [LANES-1:0] lane_ready,
    input  logic [LANES*128-1:0] lane_data,
    output logic        idle
);
    logic room, some, drop, entry, gcm, valid, ready, last;
    logic [4:0] index;
    logic [11:0] beats, moved;
    logic [127:0] completion, data;
    fifo #(.WIDTH(148), .DEPTH(4)) order (
        .clk, .rst, .in_valid(put_valid && put_ready), .in_ready(room),
        .in_data({put_drop, put_entry, put_gcm, put_index, put_beats, put_completion}),
        .out_valid(some), .out_ready(valid && ready && last),
        .out_data({drop, entry, gcm, index, beats, completion}));

    assign wr_valid = put_valid && !put_drop && room;
    assign put_ready = room && (put_drop || wr_ready);
    assign wr_function = put_function;
    assign wr_address = put_address;
    assign wr_length = {1'b0, put_octets};

    always_comb begin
        out_ready = '0;
        lane_ready = '0;
        valid = 1'b0;
        data = '0;
        if (some && entry) begin
            valid = 1'b1;
            data = completion;
        end else if (some && gcm)
            for (int l = 0; l < LANES; l = l + 1) begin
                if (index == 5'(l)) begin
                    valid = lane_valid[l];
                    data = lane_data[l*128 +: 128];
                    lane_ready[l] = ready;
                end
            end
        else if (some)
            for (int e = 0; e < ENGINES; e = e + 1)
                if (index == 5'(e)) begin
                    valid = out_valid[e];
                    data = out_data[e*128 +: 128];
                    out_ready[e] = ready;
                end
    end
    assign ready = drop || wr_data_ready;
    assign last = moved == beats - 12'd1;
    assign wr_data_valid = valid && !drop;
    assign wr_data = data;
    assign idle = !some;

    always_ff @(posedge clk) begin
        if (valid && ready) moved <= last ? 12'd0 : moved + 12'd1;
        if (rst) moved <= '0;
    end
endmodule
