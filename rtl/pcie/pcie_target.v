// SPDX-License-Identifier: Apache-2.0
// Serves memory requests to the BARs, a doubleword at a time, and completes what needs an answer.
//
// A read is completed in parts that end at multiples of 128 octets, the read completion boundary of
// an endpoint (PCIe base specification section 2.3.1.1); no part is longer than any max payload.
// Doublewords without an enabled octet are neither read nor written. Of a write whose packet ends
// too early or too late, what came before its last beat has been written, and the rest is not.

module pcie_target #(
    parameter FUNCTIONS = 8
) (
    input                clk,
    input                rst,
    input        [12:0]  cfg_bus_device,

    input                in_valid, // beats of request packets
    output               in_ready,
    input                in_first,
    input                in_last,
    input                in_bad,
    input        [127:0] in_header,
    input        [127:0] in_data,
    input        [2:0]   in_function,
    input        [2:0]   in_bar,

    output               access_valid, // a doubleword of a BAR, held until access_ready
    output               access_write,
    output               access_bar2,
    output       [2:0]   access_function,
    output       [15:0]  access_address,
    output       [31:0]  access_wdata,
    output       [3:0]   access_wstrb,
    input                access_ready,
    input        [31:0]  access_rdata,

    input        [7:0]   posted_accepted,
    input        [7:0]   posted_finished,

    output               tx_valid,
    input                tx_ready,
    output               tx_sop,
    output               tx_eop,
    output       [127:0] tx_hdr,
    output       [127:0] tx_data,

    output               event_valid,
    input                event_ready,
    output       [7:0]   event_code,
    output       [2:0]   event_function,
    output       [63:0]  event_address,
    output               busy
);
    /* verilator lint_off UNUSEDSIGNAL */ // reserved bits, hints, address bits 1:0; 4096 is 0 in Byte Count
    wire [127:0] hdr = in_header;

    // What the packet at hand is, from its first beat
    logic is_read, is_write, awaits, locked, fits, served;
    logic [10:0] dwords;
    logic [12:0] span;        // octets from the first enabled to the last
    /* verilator lint_on UNUSEDSIGNAL */
    logic [1:0] lead, trail;  // octets before and after these in the first and last doubleword
    logic [63:0] address;

    localparam [2:0] IDLE = 3'd0, WRITE = 3'd1, DROP = 3'd2, READ = 3'd3, ORDER = 3'd4, SEND = 3'd5;
    logic [2:0] state;
    logic bar2;
    logic [2:0] function_;
    logic [13:0] word;        // doubleword of the BAR
    logic [10:0] left;        // doublewords yet to be read or written
    logic first;              // the next one is the request's first
    logic [1:0] lane;
    logic [3:0] first_enables, last_enables;
    // of the completion
    logic owes;               // it is to be sent when the packet has ended
    logic success, lock;
    logic [11:0] bytes;       // Byte Count
    logic [6:0] lower_address;
    logic [10:0] part;        // doublewords gathered
    logic [7:0] ticket;       // posted requests that must leave before it
    logic [7:0] tag;
    logic [15:0] requester;
    logic [2:0] traffic_class;
    logic [2:0] attributes;
    logic sop;
    logic [127:0] gathered;   // doublewords of a beat not yet complete

    wire write_beat = state == WRITE && in_valid;
    wire last_word = left == 11'd1;
    logic [3:0] enables;
    wire skip = enables == '0;
    wire step = ((write_beat && !in_bad) || state == READ) && (skip || access_ready);
    wire part_ends = last_word || word[4:0] == 5'd31;
    wire beat_ends = lane == 2'd3 || last_word;

    always_comb begin
        is_read = 1'b0;
        is_write = 1'b0;
        awaits = 1'b0;
        locked = 1'b0;
        fits = 1'b0;
        served = 1'b0;
        dwords = '0;
        address = '0;
        if (state == IDLE && in_valid && in_first) begin
            is_read = !hdr[31] && !hdr[30] && hdr[28:24] == 5'b00000;
            is_write = !hdr[31] && hdr[30] && hdr[28:24] == 5'b00000;
            locked = !hdr[31] && !hdr[30] && hdr[28:24] == 5'b00001;
            // non-posted: reads, I/O, configuration, deferrable writes, atomics
            awaits = !hdr[31] && (is_read || locked || hdr[28:24] == 5'b00010 || hdr[28:25] == 4'b0010 ||
                                  hdr[28:24] == 5'b11011 ||
                                  (hdr[30] && hdr[28:26] == 3'b011 && hdr[25:24] != 2'b11));
            dwords = hdr[9:0] == '0 ? 11'd1024 : {1'b0, hdr[9:0]};
            address = hdr[29] ? {hdr[95:64], hdr[127:98], 2'b00} : {32'd0, hdr[95:66], 2'b00};
            fits = {1'b0, in_function} < 4'(FUNCTIONS) && (in_bar == 3'd0
                ? {1'b0, address[15:2]} + {4'd0, dwords} <= 15'(tlscard_map::PCI_BAR0_SIZE / 4)
                : in_bar == 3'd2 && {1'b0, address[12:2]} + {1'b0, dwords} <= 12'(tlscard_map::PCI_BAR2_SIZE / 4));
            served = fits && (is_read || (is_write && !hdr[14]));
        end
    end

    // Byte Count and Lower Address, table 2-38 of section 2.2.9
    always_comb begin
        lead = '0;
        trail = '0;
        span = '0;
        if (is_read || locked) begin
            casez (hdr[35:32])
                4'b???1, 4'b0000: lead = 2'd0;
                4'b??10: lead = 2'd1;
                4'b?100: lead = 2'd2;
                default: lead = 2'd3;
            endcase
            casez (dwords == 11'd1 ? hdr[35:32] : hdr[39:36])
                4'b1???: trail = 2'd0;
                4'b01??: trail = 2'd1;
                4'b001?: trail = 2'd2;
                4'b0001: trail = 2'd3;
                default: trail = dwords == 11'd1 ? 2'd3 : 2'd0;
            endcase
            span = {dwords, 2'b00} - {11'd0, lead} - {11'd0, trail};
        end else if (awaits)
            span = 13'd4;
    end

    // The doubleword at hand
    always_comb begin
        enables = '0;
        if (state == WRITE || state == READ) begin
            enables = first ? first_enables : last_word ? last_enables : 4'b1111;
        end
    end

    assign access_valid = ((write_beat && !in_bad) || state == READ) && !skip;
    assign access_write = state == WRITE;
    assign access_bar2 = bar2;
    assign access_function = function_;
    assign access_address = {word, 2'b00};
    assign access_wdata = in_data[32*lane +: 32];
    assign access_wstrb = state == WRITE ? enables : 4'b0000;

    // One event for each packet: when it is refused, or with its last beat if its framing was bad
    wire refuse = state == IDLE && in_valid && in_first && !served;
    wire broken = in_valid && in_last && in_bad && (state == WRITE || (state == IDLE && served));
    assign event_valid = refuse || broken;
    assign event_code = refuse && is_write && fits ? tlscard_map::ERROR_POISONED_WRITE
                                                   : tlscard_map::ERROR_UNSUPPORTED_REQUEST;
    assign event_function = in_function;
    assign event_address = state == WRITE ? {48'd0, word, 2'b00} : address;

    // A write's first beat stays for WRITE; a packet whose framing is bad gets no answer.
    assign in_ready = (state == IDLE && (!in_valid || !event_valid || event_ready) && !(served && is_write && !in_bad)) ||
                      (state == WRITE && (in_bad ? event_ready : step && beat_ends)) ||
                      state == DROP;

    wire [31:0] read_word = skip ? 32'd0 : access_rdata;
    logic [127:0] filled;
    always_comb begin
        filled = gathered;
        if (state == READ) filled[32*lane +: 32] = read_word;
    end

    wire beats_valid;
    /* verilator lint_off UNUSEDSIGNAL */ // a part fits
    wire beats_ready;
    /* verilator lint_on UNUSEDSIGNAL */
    wire [127:0] beat;
    wire beats_left; // after this one
    fifo #(.WIDTH(129), .DEPTH(8)) beats (
        .clk(clk), .rst(rst), .in_valid(state == READ && step && (beat_ends || part_ends)), .in_ready(beats_ready),
        .in_data({!part_ends, filled}), .out_valid(beats_valid), .out_ready(state == SEND && tx_ready),
        .out_data({beats_left, beat})
    );

    assign tx_valid = state == SEND;
    assign tx_sop = sop;
    assign tx_eop = !success || !beats_left;
    assign tx_data = success ? beat : '0;
    assign tx_hdr = {32'd0, requester, tag, 1'b0, lower_address,
                     cfg_bus_device, function_, success ? 3'b000 : 3'b001, 1'b0, bytes,
                     1'b0, success, 1'b0, 4'b0101, lock, 1'b0, traffic_class, 1'b0, attributes[2], 2'b00,
                     2'b00, attributes[1:0], 2'b00, success ? part[9:0] : 10'd0};
    assign busy = state != IDLE;

    /* verilator lint_off UNUSEDSIGNAL */ // the sign says it
    wire [7:0] behind = posted_finished - ticket;
    /* verilator lint_on UNUSEDSIGNAL */

    always_ff @(posedge clk) begin
        case (state)
            IDLE:
                if (in_valid && in_first && !(event_valid && !event_ready)) begin
                    bar2 <= in_bar == 3'd2;
                    function_ <= in_function;
                    word <= in_bar == 3'd2 ? {3'd0, address[12:2]} : address[15:2];
                    left <= dwords;
                    first <= 1'b1;
                    lane <= '0;
                    first_enables <= hdr[35:32];
                    last_enables <= hdr[39:36];
                    owes <= awaits;
                    success <= served;
                    lock <= locked;
                    bytes <= span[11:0];
                    lower_address <= is_read || locked ? {address[6:2], lead} : '0;
                    part <= '0;
                    tag <= hdr[47:40];
                    requester <= hdr[63:48];
                    traffic_class <= hdr[22:20];
                    attributes <= {hdr[18], hdr[13:12]};
                    gathered <= '0;
                    if (in_bad && in_last) state <= IDLE;
                    else if (served) state <= is_write ? WRITE : READ;
                    else if (!in_last) state <= DROP;
                    else if (awaits) state <= ORDER;
                    ticket <= posted_accepted;
                end
            WRITE:
                if (write_beat && in_bad) begin
                    if (event_ready) state <= IDLE;
                end else if (step) begin
                    word <= word + 14'd1;
                    left <= left - 11'd1;
                    lane <= lane + 2'd1;
                    first <= 1'b0;
                    if (last_word) state <= IDLE;
                end
            DROP:
                if (in_valid && in_last) state <= owes && !in_bad ? ORDER : IDLE;
            READ:
                if (step) begin
                    word <= word + 14'd1;
                    left <= left - 11'd1;
                    lane <= part_ends ? '0 : lane + 2'd1;
                    first <= 1'b0;
                    part <= part + 11'd1;
                    gathered <= beat_ends || part_ends ? '0 : filled;
                    if (part_ends) begin
                        state <= ORDER;
                        ticket <= posted_accepted;
                    end
                end
            ORDER:
                if (!behind[7] && (!success || beats_valid)) begin
                    state <= SEND;
                    sop <= 1'b1;
                end
            default: // SEND
                if (tx_ready) begin
                    sop <= 1'b0;
                    if (tx_eop) begin
                        state <= success && left != '0 ? READ : IDLE;
                        bytes <= bytes - {part[9:0], 2'b00} + {10'd0, lower_address[1:0]};
                        lower_address <= '0;
                        part <= '0;
                    end
                end
        endcase
        if (rst) state <= IDLE;
    end
endmodule
