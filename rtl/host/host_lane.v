// SPDX-License-Identifier: Apache-2.0
// The far side of one lane: what records are in it, and their results cut into chunks to be written.
//
// A chunk is given out when all of it has come, so that its write never waits for a read. Chunks end
// where the destination's address is a multiple of 512, to a beat; the last one goes with the
// record's end. Beats are erased as they are read.

module host_lane (
    input  logic        clk,
    input  logic        rst,

    input  logic        record_valid,        // operands of a record were asked for
    output logic        record_ready,
    input  logic [5:0]  record_pair,
    input  logic [15:0] record_command_id,
    input  logic [63:0] record_destination,
    input  logic [16:0] record_result,       // octets, where it ends well
    output logic [3:0]  records,             // asked for and not ended, 0 .. 9

    input  logic        lane_out_valid,
    output logic        lane_out_ready,
    input  logic [127:0] lane_out_data,
    input  logic        lane_done_valid,
    output logic        lane_done_ready,
    input  logic [7:0]  lane_done_status,
    input  logic [31:0] lane_done_cycles,

    output logic        chunk_valid,         // a chunk of the oldest record, or its end
    output logic        chunk_last,
    output logic [5:0]  chunk_pair,
    output logic [15:0] chunk_command_id,
    output logic [63:0] chunk_address,
    output logic [9:0]  chunk_octets,        // 0 .. 512
    output logic [5:0]  chunk_beats,         // in the buffer; none may have to be written
    output logic [16:0] chunk_result,        // octets of the whole result
    output logic [7:0]  chunk_status,
    output logic [31:0] chunk_cycles,
    output logic        chunk_refused,       // one of the record's chunks was, before
    input  logic        chunk_take,
    input  logic        chunk_refuse,        // with take: it is not written

    output logic        out_valid,           // the beats of chunks taken
    input  logic        out_ready,
    output logic [127:0] out_data
);
    localparam integer BEATS = 64;           // of the buffer
    localparam [5:0] CHUNK_BEATS = 6'd32;

    logic head_valid, ends;
    logic [63:0] destination;
    logic [16:0] result;
    fifo #(.WIDTH(103), .DEPTH(8)) queue (
        .clk, .rst, .in_valid(record_valid), .in_ready(record_ready),
        .in_data({record_pair, record_command_id, record_destination, record_result}),
        .out_valid(head_valid), .out_ready(ends),
        .out_data({chunk_pair, chunk_command_id, destination, result}));

    // The record at hand: what was given out of it, and what waits to be.
    logic begun;
    logic [16:0] given, left;                // octets
    logic [5:0] gathered, limit;             // beats
    logic [16:0] come;                       // octets, rounded up to beats
    logic whole;
    assign left = result - given;
    assign limit = begun ? CHUNK_BEATS : CHUNK_BEATS - {1'b0, destination[8:4]};
    assign whole = head_valid && gathered >= limit && left > {7'd0, limit, 4'd0};
    assign come = {7'd0, gathered, 4'd0};

    assign chunk_valid = whole || (head_valid && lane_done_valid);
    assign chunk_last = !whole;
    assign chunk_address = destination + {47'd0, given};
    assign chunk_beats = whole ? limit : gathered;
    assign chunk_octets = whole ? {limit, 4'd0} : lane_done_status == tlscard_map::STATUS_OK ? left[9:0] : 10'd0;
    assign chunk_result = lane_done_status == tlscard_map::STATUS_OK ? result : 17'd0;
    assign chunk_status = lane_done_status;
    assign chunk_cycles = lane_done_cycles;
    assign ends = chunk_take && chunk_last;
    assign lane_done_ready = ends;

    // Beats of the next record wait until the end of this one was given out.
    logic full, move;
    logic [6:0] written, read;
    assign full = written[6] != read[6] && written[5:0] == read[5:0];
    assign lane_out_ready = !full && head_valid && gathered != 6'd63 && come < left && !lane_done_valid;
    assign move = lane_out_valid && lane_out_ready;

    logic load;
    assign load = written != read && (!out_valid || out_ready);
    ram_erase #(.WIDTH(128), .DEPTH(BEATS)) buffer (
        .clk, .put_enable(move), .put_address(written[5:0]), .put_data(lane_out_data),
        .take_enable(load), .take_address(read[5:0]), .take_clear(out_valid && out_ready && !load),
        .take_data(out_data));

    always_ff @(posedge clk) begin
        records <= records + {3'd0, record_valid} - {3'd0, ends};
        gathered <= gathered + {5'd0, move} - (chunk_take ? chunk_beats : 6'd0);
        if (chunk_take) begin
            begun <= !chunk_last;
            given <= chunk_last ? 17'd0 : given + {7'd0, chunk_octets};
            chunk_refused <= !chunk_last && (chunk_refused || chunk_refuse);
        end
        if (move) written <= written + 7'd1;
        if (load) read <= read + 7'd1;
        if (load) out_valid <= 1'b1;
        else if (out_ready) out_valid <= 1'b0;
        if (rst) begin
            records <= '0;
            gathered <= '0;
            begun <= 1'b0;
            given <= '0;
            chunk_refused <= 1'b0;
            written <= '0;
            read <= '0;
            out_valid <= 1'b0;
        end
    end
endmodule
