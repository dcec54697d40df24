// SPDX-License-Identifier: Apache-2.0
// All lanes: which takes the next record, and the chunk of a result that is to be written next.

module host_lanes #(
    parameter integer LANES = 1              // 1 .. 4
) (
    input  logic        clk,
    input  logic        rst,

    output logic        ready,               // some lane takes another record
    output logic [1:0]  least,               // the least loaded one
    input  logic        record_valid,        // operands of a record were asked for
    input  logic [1:0]  record_lane,
    input  logic [5:0]  record_pair,
    input  logic [15:0] record_command_id,
    input  logic [63:0] record_destination,
    input  logic [16:0] record_result,

    input  logic [LANES-1:0] lane_out_valid,
    output logic [LANES-1:0] lane_out_ready,
    input  logic [LANES*128-1:0] lane_out_data,
    input  logic [LANES-1:0] lane_done_valid,
    output logic [LANES-1:0] lane_done_ready,
    input  logic [LANES*8-1:0]  lane_done_status,
    input  logic [LANES*32-1:0] lane_done_cycles,

    output logic [LANES-1:0] chunks,         // lanes with a chunk
    input  logic        chunk_enable,        // of this lane:
    input  logic [1:0]  chunk_lane,
    output logic        chunk_last,
    output logic [5:0]  chunk_pair,
    output logic [15:0] chunk_command_id,
    output logic [63:0] chunk_address,
    output logic [9:0]  chunk_octets,
    output logic [5:0]  chunk_beats,
    output logic [16:0] chunk_result,
    output logic [7:0]  chunk_status,
    output logic [31:0] chunk_cycles,
    output logic        chunk_refused,
    input  logic        chunk_take,
    input  logic        chunk_refuse,

    output logic [LANES-1:0] out_valid,      // beats of the chunks taken
    input  logic [LANES-1:0] out_ready,
    output logic [LANES*128-1:0] out_data,
    output logic        idle
);
    localparam integer CHUNK_BITS = 1 + 6 + 16 + 64 + 10 + 6 + 17 + 8 + 32 + 1;
    logic [LANES*CHUNK_BITS-1:0] all_chunks;
    logic [LANES*4-1:0] records;
    logic [LANES-1:0] room;

    for (genvar l = 0; l < LANES; l = l + 1) begin : lanes
        logic take;
        assign take = chunk_take && chunk_lane == 2'(l);
        host_lane lane (
            .clk, .rst, .record_valid(record_valid && record_lane == 2'(l)), .record_ready(room[l]), .record_pair,
            .record_command_id, .record_destination, .record_result, .records(records[l*4 +: 4]),
            .lane_out_valid(lane_out_valid[l]), .lane_out_ready(lane_out_ready[l]),
            .lane_out_data(lane_out_data[l*128 +: 128]), .lane_done_valid(lane_done_valid[l]),
            .lane_done_ready(lane_done_ready[l]), .lane_done_status(lane_done_status[l*8 +: 8]),
            .lane_done_cycles(lane_done_cycles[l*32 +: 32]), .chunk_valid(chunks[l]),
            .chunk_last(all_chunks[l*CHUNK_BITS + 160 +: 1]), .chunk_pair(all_chunks[l*CHUNK_BITS + 154 +: 6]),
            .chunk_command_id(all_chunks[l*CHUNK_BITS + 138 +: 16]),
            .chunk_address(all_chunks[l*CHUNK_BITS + 74 +: 64]), .chunk_octets(all_chunks[l*CHUNK_BITS + 64 +: 10]),
            .chunk_beats(all_chunks[l*CHUNK_BITS + 58 +: 6]), .chunk_result(all_chunks[l*CHUNK_BITS + 41 +: 17]),
            .chunk_status(all_chunks[l*CHUNK_BITS + 33 +: 8]), .chunk_cycles(all_chunks[l*CHUNK_BITS + 1 +: 32]),
            .chunk_refused(all_chunks[l*CHUNK_BITS +: 1]), .chunk_take(take), .chunk_refuse,
            .out_valid(out_valid[l]), .out_ready(out_ready[l]), .out_data(out_data[l*128 +: 128]));
    end

    logic [CHUNK_BITS-1:0] chunk;
    assign {chunk_last, chunk_pair, chunk_command_id, chunk_address, chunk_octets, chunk_beats, chunk_result, chunk_status,
            chunk_cycles, chunk_refused} = chunk;
    assign ready = room != '0;
    assign idle = records == '0 && out_valid == '0;

    logic [3:0] fewest;
    always_comb begin
        chunk = '0;
        least = '0;
        fewest = 4'd15;
        for (int l = 0; l < LANES; l = l + 1) begin
            if (room[l] && records[l*4 +: 4] < fewest) begin
                least = 2'(l);
                fewest = records[l*4 +: 4];
            end
            if (chunk_enable && chunk_lane == 2'(l)) chunk = all_chunks[l*CHUNK_BITS +: CHUNK_BITS];
        end
    end
endmodule
