// SPDX-License-Identifier: Apache-2.0
// DMA read: cuts requests into read packets, one tag each, and answers them in order.
//
// A packet asks for at most 512 octets, a slot of the reorder buffer, even where more is allowed.

module pcie_read #(
    parameter TAGS = 32,
    parameter TIMEOUT_CYCLES = 12500000
) (
    input                clk,
    input                rst,
    input        [7:0]   bus_master,
    input        [2:0]   cfg_max_read,
    input        [12:0]  cfg_bus_device,

    input                rd_valid,
    output               rd_ready,
    input        [2:0]   rd_function,
    input        [63:0]  rd_address,
    input        [16:0]  rd_length,
    output               rd_data_valid,
    input                rd_data_ready,
    output       [127:0] rd_data,
    output               rd_data_last,
    output       [7:0]   rd_data_status,

    output logic         tx_valid, // a packet of one beat
    input                tx_ready,
    output logic [127:0] tx_hdr,

    input                completion_valid,
    input                completion_first,
    input                completion_last,
    input                completion_bad,
    input        [127:0] completion_header,
    input        [127:0] completion_data,
    input        [2:0]   completion_function,
    output               unexpected,
    output               quarantined, // some tag is

    output       [7:0]   busy // per function: a read has not been answered
);
    localparam T = $clog2(TAGS);

    wire split_ready, reads_ready, segment_ready;
    wire split_valid, split_last;
    /* verilator lint_off UNUSEDSIGNAL */ // only write packets care which is the first
    wire split_first;
    /* verilator lint_on UNUSEDSIGNAL */
    wire [2:0] split_function;
    /* verilator lint_off UNUSEDSIGNAL */ // what is below the slot's size
    wire [63:0] split_address;
    /* verilator lint_on UNUSEDSIGNAL */
    wire [12:0] split_octets;
    wire [127:0] split_header;
    wire accept = rd_valid && rd_ready;

    wire free_valid, drain_done, drain_release;
    wire [T-1:0] free_tag, drain_tag, put_tag;
    wire [7:0] drain_status;
    wire [3:0] put_enable;
    wire [19:0] put_rows;
    wire [127:0] put_data;
    wire [2:0] done_function;

    // The packet to leave and what its tag is to remember
    logic [T-1:0] tx_tag;
    logic [2:0] tx_function;
    logic [8:0] tx_offset;
    logic [9:0] tx_octets;

    wire denied = !bus_master[split_function];
    wire room = split_valid && segment_ready && (!tx_valid || tx_ready);
    wire send = room && !denied && free_valid;
    wire segment = room && (denied || free_valid);
    wire [4:0] rows = 5'((13'(split_address[3:0]) + split_octets - 13'd1) >> 4);

    assign rd_ready = split_ready && reads_ready;

    pcie_split split (
        .clk(clk), .rst(rst), .cfg_bus_device(cfg_bus_device), .size(cfg_max_read > 3'd2 ? 3'd2 : cfg_max_read),
        .in_valid(accept), .in_ready(split_ready), .in_function(rd_function), .in_address(rd_address),
        .in_length(rd_length), .out_valid(split_valid), .out_ready(segment), .out_function(split_function),
        .out_address(split_address), .out_octets(split_octets), .out_header(split_header),
        .out_first(split_first), .out_last(split_last)
    );

    pcie_tags #(.TAGS(TAGS), .TIMEOUT_CYCLES(TIMEOUT_CYCLES)) tags (
        .clk(clk), .rst(rst), .want(room && !denied), .free_valid(free_valid), .free_tag(free_tag), .take(send),
        .sent(tx_valid && tx_ready), .sent_tag(tx_tag), .sent_function(tx_function), .sent_offset(tx_offset),
        .sent_octets(tx_octets), .beat_valid(completion_valid), .beat_first(completion_first),
        .beat_last(completion_last), .beat_bad(completion_bad), .beat_header(completion_header),
        .beat_data(completion_data), .beat_function(completion_function), .unexpected(unexpected), .quarantined(quarantined),
        .put_enable(put_enable), .put_tag(put_tag), .put_rows(put_rows), .put_data(put_data),
        .drain_tag(drain_tag), .drain_done(drain_done), .drain_status(drain_status), .drain_release(drain_release)
    );

    pcie_reorder #(.TAGS(TAGS)) reorder (
        .clk(clk), .rst(rst), .request_valid(accept), .request_ready(reads_ready), .request_function(rd_function),
        .request_shift(rd_address[3:0]), .request_length(rd_length), .segment_valid(segment),
        .segment_ready(segment_ready), .segment_denied(denied), .segment_tag(free_tag),
        .segment_row(split_address[8:4]), .segment_rows(rows), .segment_last(split_last),
        .put_enable(put_enable), .put_tag(put_tag), .put_rows(put_rows), .put_data(put_data),
        .drain_tag(drain_tag), .drain_done(drain_done), .drain_status(drain_status), .drain_release(drain_release),
        .out_valid(rd_data_valid), .out_ready(rd_data_ready), .out_data(rd_data), .out_last(rd_data_last),
        .out_status(rd_data_status), .out_function(done_function)
    );

    pcie_count unanswered (
        .clk(clk), .rst(rst), .up(accept), .up_function(rd_function),
        .down(rd_data_valid && rd_data_ready && rd_data_last), .down_function(done_function), .busy(busy)
    );

    always_ff @(posedge clk) begin
        if (tx_ready) tx_valid <= 1'b0;
        if (send) begin
            tx_valid <= 1'b1;
            tx_hdr <= split_header | {80'd0, 8'(free_tag), 40'd0};
            tx_tag <= free_tag;
            tx_function <= split_function;
            tx_offset <= split_address[8:0];
            tx_octets <= split_octets[9:0];
        end
        if (rst) tx_valid <= 1'b0;
    end
endmodule
