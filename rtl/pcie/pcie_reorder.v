// SPDX-License-Identifier: Apache-2.0
// The reorder buffer: takes completions' data in any order, gives requests' data in order from lane 0.
//
// A tag's slot is 32 rows of 16 octets, laid out as memory is: lane n of a row holds an octet whose
// address ends in n. Four banks of doublewords let a beat of any doubleword alignment in at once.
// Rows are erased as they are read; a row that no completion filled reads as zero.

module pcie_reorder #(
    parameter TAGS = 32
) (
    input                     clk,
    input                     rst,

    input                     request_valid, // a read, before its first segment
    output                    request_ready,
    input  [2:0]              request_function,
    input  [3:0]              request_shift, // lane of its first octet
    input  [16:0]             request_length,
    input                     segment_valid,
    output                    segment_ready,
    input                     segment_denied, // no packet was sent: zeros and Unsupported Request
    input  [$clog2(TAGS)-1:0] segment_tag,
    input  [4:0]              segment_row,   // its first
    input  [4:0]              segment_rows,  // less one
    input                     segment_last,  // of the request

    input  [3:0]              put_enable,
    input  [$clog2(TAGS)-1:0] put_tag,
    input  [19:0]             put_rows,
    input  [127:0]            put_data,

    output [$clog2(TAGS)-1:0] drain_tag,
    input                     drain_done,
    input  [7:0]              drain_status,
    output                    drain_release,

    output logic              out_valid,
    input                     out_ready,
    output logic [127:0]      out_data,
    output logic              out_last,
    output logic [7:0]        out_status,
    output logic [2:0]        out_function
);
    localparam T = $clog2(TAGS);

    wire read_valid, head_valid, denied, ends_request;
    wire [2:0] read_function;
    wire [3:0] read_shift;
    wire [16:0] read_length;
    wire [4:0] first_row, rows;

    logic [4:0] issued;          // rows of the segment at the head
    logic begun;                 // some row of the request was issued
    wire issue, ends_segment;
    wire take = issue && !denied;
    wire [T+4:0] take_address = {drain_tag, first_row + issued};

    // The row read last, on its way to the output
    logic row_valid, row_first, row_last, flush;
    logic [7:0] row_status;
    logic [3:0] shift;
    logic [2:0] function_;
    logic [16:0] left;           // octets of the request yet to leave
    logic [7:0] bad;             // status of its first bad row, OK without one
    logic [127:0] previous;      // row before it
    wire [127:0] taken;

    logic fills, gives, consumes, clears;
    logic [7:0] status;
    logic [127:0] row, result;
    wire free = !out_valid || out_ready;

    fifo #(.WIDTH(24), .DEPTH(32)) reads (
        .clk(clk), .rst(rst), .in_valid(request_valid), .in_ready(request_ready),
        .in_data({request_function, request_shift, request_length}),
        .out_valid(read_valid), .out_ready(issue && !begun), .out_data({read_function, read_shift, read_length})
    );

    fifo #(.WIDTH(T + 12), .DEPTH(TAGS)) segments (
        .clk(clk), .rst(rst), .in_valid(segment_valid), .in_ready(segment_ready),
        .in_data({segment_denied, segment_last, segment_tag, segment_row, segment_rows}),
        .out_valid(head_valid), .out_ready(issue && ends_segment),
        .out_data({denied, ends_request, drain_tag, first_row, rows})
    );

    genvar bank;
    generate
        for (bank = 0; bank < 4; bank = bank + 1) begin : banks
            ram_erase #(.WIDTH(32), .DEPTH(32 * TAGS)) buffer (
                .clk(clk), .put_enable(put_enable[bank]), .put_address({put_tag, put_rows[5*bank +: 5]}),
                .put_data(put_data[32*bank +: 32]), .take_enable(take), .take_address(take_address),
                .take_clear(consumes && !take), .take_data(taken[32*bank +: 32])
            );
        end
    endgenerate

    assign issue = head_valid && (begun || read_valid) && (denied || drain_done) && (!row_valid || clears);
    assign ends_segment = issued == rows;
    assign drain_release = issue && ends_segment && !denied;

    always_comb begin
        fills = 1'b0;
        gives = 1'b0;
        consumes = 1'b0;
        clears = 1'b0;
        status = tlscard_map::STATUS_OK;
        row = '0;
        result = '0;
        if (row_valid) begin
            fills = row_first && shift != '0 && !flush; // gives nothing yet
            gives = !fills && free;
            consumes = fills || gives;
            // done with the row, unless octets of it are left that no further row pushes out
            clears = consumes && (!row_last || (fills ? 1'b0 : left <= 17'd16));
            status = !row_first && bad != tlscard_map::STATUS_OK ? bad : row_status;
            if (consumes && !flush && status == tlscard_map::STATUS_OK) row = taken;
            if (gives) begin
                result = shift == '0 ? row : 128'({row, previous} >> {shift, 3'b000});
                if (left < 17'd16)
                    for (integer i = 0; i < 16; i = i + 1)
                        if (i >= {28'd0, left[3:0]}) result[8*i +: 8] = '0;
            end
        end
    end

    always_ff @(posedge clk) begin
        if (consumes) begin
            bad <= status;
            previous <= gives && left <= 17'd16 ? '0 : row;
            if (gives) left <= left - 17'd16;
            flush <= row_last && !clears;
            row_valid <= !clears && row_last;
        end
        if (issue) begin
            row_valid <= 1'b1;
            row_first <= !begun;
            row_last <= ends_segment && ends_request;
            row_status <= denied ? tlscard_map::STATUS_DMA_UNSUPPORTED_REQUEST : drain_status;
            begun <= !(ends_segment && ends_request);
            issued <= ends_segment ? '0 : issued + 5'd1;
            if (!begun) begin
                shift <= read_shift;
                function_ <= read_function;
                left <= read_length;
                flush <= 1'b0;
            end
        end
        if (free && (gives || out_valid)) begin // what has left is erased
            out_valid <= gives;
            out_data <= result;
            out_last <= gives && left <= 17'd16;
            out_status <= gives && left <= 17'd16 ? status : tlscard_map::STATUS_OK;
            out_function <= function_;
        end
        if (rst) begin
            issued <= '0;
            begun <= 1'b0;
            row_valid <= 1'b0;
            previous <= '0;
            out_valid <= 1'b0;
            out_data <= '0;
        end
    end
endmodule
