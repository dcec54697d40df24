// SPDX-License-Identifier: Apache-2.0
// Merges the packets of four senders into one stream, in turn, a packet at a time.

module pcie_transmit (
    input                clk,
    input                rst,

    input                write_valid,
    output               write_ready,
    input                write_sop,
    input                write_eop,
    input        [127:0] write_hdr,
    input        [127:0] write_data,

    input                message_valid, // one beat
    output               message_ready,
    input        [127:0] message_hdr,
    input        [31:0]  message_data,

    input                completion_valid,
    output               completion_ready,
    input                completion_sop,
    input                completion_eop,
    input        [127:0] completion_hdr,
    input        [127:0] completion_data,

    input                read_valid, // one beat without data
    output               read_ready,
    input        [127:0] read_hdr,

    output logic         tx_valid,
    input                tx_ready,
    output logic         tx_sop,
    output logic         tx_eop,
    output logic [127:0] tx_hdr,
    output logic [127:0] tx_data
);
    localparam WRITE = 0, MESSAGE = 1, COMPLETION = 2, READ = 3;

    wire free = !tx_valid || tx_ready;
    wire [3:0] valid = {read_valid, completion_valid, message_valid, write_valid};
    wire [3:0] grant;
    logic midway;         // a packet
    logic [3:0] owner;    // of that packet
    logic [3:0] selected;
    logic moves, ends;

    arbiter #(.COUNT(4)) turn (
        .clk(clk), .rst(rst), .request(valid), .next(moves && !midway), .grant(grant)
    );

    assign write_ready = free && selected[WRITE];
    assign message_ready = free && selected[MESSAGE];
    assign completion_ready = free && selected[COMPLETION];
    assign read_ready = free && selected[READ];

    always_comb begin
        selected = midway ? owner : grant;
        moves = free && (selected & valid) != '0;
        ends = selected[WRITE] ? write_eop : selected[COMPLETION] ? completion_eop : 1'b1;
    end

    always_ff @(posedge clk) begin
        if (free && (moves || tx_valid)) begin // what has left is erased
            tx_valid <= moves;
            tx_sop <= selected[WRITE] ? write_sop : selected[COMPLETION] ? completion_sop : 1'b1;
            tx_eop <= ends;
            tx_hdr <= selected[WRITE] ? write_hdr : selected[MESSAGE] ? message_hdr :
                      selected[COMPLETION] ? completion_hdr : selected[READ] ? read_hdr : '0;
            tx_data <= !moves ? '0 : selected[WRITE] ? write_data : selected[MESSAGE] ? {96'd0, message_data} :
                       selected[COMPLETION] ? completion_data : '0;
        end
        if (moves) begin
            midway <= !ends;
            owner <= selected;
        end
        if (rst) begin
            tx_valid <= 1'b0;
            tx_data <= '0;
            midway <= 1'b0;
        end
    end
endmodule
