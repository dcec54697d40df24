// SPDX-License-Identifier: Apache-2.0
// MSI-X: the table and pending bits in BAR 2, and the messages (PCIe base specification section 6.1.4).
//
// A vector raised while it, its function or bus mastering is masked becomes pending, and its message
// leaves when nothing masks it any more. With MSI-X disabled a vector raised is dropped; vectors
// pending by then stay so. A function's reset masks its vectors, drops what is pending, and then
// writes zeros to its table, during which accesses wait.

module pcie_msix #(
    parameter FUNCTIONS = 8,
    parameter VECTORS = 9
) (
    input                clk,
    input                rst,
    input        [7:0]   bus_master,
    input        [7:0]   msix_enable,
    input        [7:0]   msix_mask,
    input        [12:0]  cfg_bus_device,
    input        [7:0]   function_reset,

    input                irq_valid, // held until irq_done
    input        [2:0]   irq_function,
    input        [15:0]  irq_vector,
    output               irq_done,

    input                access_valid, // held until access_ready
    input                access_write,
    /* verilator lint_off UNUSEDSIGNAL */ // the target knows functions that are not there
    input        [2:0]   access_function,
    /* verilator lint_on UNUSEDSIGNAL */
    input        [12:0]  access_address,
    input        [31:0]  access_wdata,
    input        [3:0]   access_wstrb,
    output               access_ready,
    output logic [31:0]  access_rdata,

    output               tx_valid, // a packet of one beat
    input                tx_ready,
    output       [127:0] tx_hdr,
    output       [31:0]  tx_data,
    output               busy
);
    localparam F = FUNCTIONS > 1 ? $clog2(FUNCTIONS) : 1;
    localparam V = VECTORS > 1 ? $clog2(VECTORS) : 1;
    localparam ENTRIES = 1 << (F + V); // index: {function, vector}
    localparam [12:0] PBA = tlscard_map::PCI_MSIX_PBA_OFFSET[12:0];

    logic [ENTRIES-1:0] masked, pending, sendable;

    localparam [2:0] IDLE = 3'd0, CLEAR = 3'd1, FETCH = 3'd2, ADDRESS_LO = 3'd3, ADDRESS_HI = 3'd4, SEND = 3'd5,
                     ACCESS = 3'd6, ANSWER = 3'd7;
    logic [2:0] state;
    logic for_irq;            // the message is irq's, not one that was pending
    logic favour_access;      // it waited while a message was sent
    logic [7:0] to_clear;     // functions
    logic [2:0] clear_function;
    logic [V+1:0] clear_word;
    logic [F+V-1:0] entry;    // of the message
    logic [F+V-1:0] scan;     // where to look for a sendable one next
    /* verilator lint_off UNUSEDSIGNAL */ // bits 1:0 are zero in a header
    logic [31:0] address_lo, address_hi;
    /* verilator lint_on UNUSEDSIGNAL */

    // What is wanted of the function and vector of irq and access
    wire irq_exists = {1'b0, irq_function} < 4'(FUNCTIONS) && irq_vector < 16'(VECTORS);
    wire [F+V-1:0] irq_entry = {irq_function[F-1:0], irq_vector[V-1:0]};
    wire irq_blocked = masked[irq_entry] || msix_mask[irq_function] || !bus_master[irq_function];
    wire in_table = access_address < 13'(16 * VECTORS);
    wire [F+V-1:0] access_entry = {access_function[F-1:0], access_address[4 +: V]};
    wire [12:0] pending_word = (access_address - PBA) >> 2;

    wire take_access = state == IDLE && to_clear == '0 && access_valid && (favour_access || !irq_valid);
    wire take_irq = state == IDLE && to_clear == '0 && irq_valid && !take_access;
    wire send_irq = take_irq && irq_exists && msix_enable[irq_function] && !irq_blocked;
    wire take_pending = state == IDLE && to_clear == '0 && !access_valid && !irq_valid && sendable != '0;
    wire write_table = state == ANSWER && access_write && in_table;

    logic [31:0] merged;
    wire [31:0] word;
    logic read_enable;
    logic [F+V+1:0] read_address;

    ram #(.WIDTH(32), .DEPTH(4 * ENTRIES)) table_ (
        .clk(clk), .write_enable(state == CLEAR || write_table),
        .write_address(state == CLEAR ? {clear_function[F-1:0], clear_word} : {access_entry, access_address[3:2]}),
        .write_data(state == CLEAR ? 32'd0 : merged),
        .read_enable(read_enable), .read_address(read_address), .read_data(word)
    );

    assign irq_done = (take_irq && !send_irq) || (state == SEND && for_irq && tx_ready);
    assign access_ready = state == ANSWER;
    assign busy = state != IDLE || to_clear != '0 || sendable != '0;

    // The message: one doubleword. The data are what the table's read port holds in SEND.
    wire wide = address_hi != '0;
    wire [2:0] message_function = 3'(entry[F+V-1:V]);
    assign tx_valid = state == SEND;
    assign tx_data = word;
    assign tx_hdr = {wide ? {address_lo[31:2], 2'b00, address_hi} : {32'd0, address_lo[31:2], 2'b00},
                     cfg_bus_device, message_function, 8'd0, 4'b0000, 4'b1111,
                     2'b01, wide, 5'b00000, 14'd0, 10'd1};

    always_comb begin
        read_enable = 1'b0;
        read_address = {entry, 2'd0};
        case (state)
            FETCH: read_enable = 1'b1;
            ADDRESS_LO: {read_enable, read_address[1:0]} = {1'b1, 2'd1};
            ADDRESS_HI: {read_enable, read_address[1:0]} = {1'b1, 2'd2};
            ACCESS: {read_enable, read_address} = {1'b1, access_entry, access_address[3:2]};
            default: ;
        endcase
    end

    always_comb begin
        sendable = '0;
        if (pending != '0)
            for (integer i = 0; i < FUNCTIONS; i = i + 1)
                if (msix_enable[i] && !msix_mask[i] && bus_master[i])
                    sendable[i << V +: 1 << V] = pending[i << V +: 1 << V] & ~masked[i << V +: 1 << V];
    end

    always_comb begin
        access_rdata = '0;
        merged = '0;
        if (state == ANSWER) begin
            if (in_table)
                access_rdata = access_address[3:2] == 2'd3 ? {31'd0, masked[access_entry]} : word;
            else if (access_address >= PBA)
                for (integer i = 0; i < VECTORS; i = i + 1)
                    if (pending_word == 13'(i / 32))
                        access_rdata[i % 32] = pending[{access_function[F-1:0], V'(i)}];
            for (integer i = 0; i < 4; i = i + 1)
                merged[8*i +: 8] = access_wstrb[i] ? access_wdata[8*i +: 8] : word[8*i +: 8];
        end
    end

    always_ff @(posedge clk) begin
        case (state)
            IDLE: begin
                if (to_clear != '0) begin
                    state <= CLEAR;
                    clear_word <= '0;
                    for (integer i = 7; i >= 0; i = i - 1)
                        if (to_clear[i]) clear_function <= 3'(i);
                end else if (take_access) begin
                    state <= ACCESS;
                    favour_access <= 1'b0;
                end else if (take_irq) begin
                    if (send_irq) state <= FETCH;
                    else if (irq_exists && msix_enable[irq_function]) pending[irq_entry] <= 1'b1;
                    entry <= irq_entry;
                    for_irq <= 1'b1;
                    favour_access <= 1'b1;
                end else if (take_pending) begin
                    scan <= scan + 1'b1;
                    if (sendable[scan]) begin
                        state <= FETCH;
                        pending[scan] <= 1'b0;
                        entry <= scan;
                        for_irq <= 1'b0;
                        favour_access <= 1'b1;
                    end
                end
            end
            CLEAR: begin
                clear_word <= clear_word + 1'b1;
                if (clear_word == '1) begin
                    state <= IDLE;
                    to_clear[clear_function] <= 1'b0;
                end
            end
            FETCH: state <= ADDRESS_LO;
            ADDRESS_LO: begin
                address_lo <= word;
                state <= ADDRESS_HI;
            end
            ADDRESS_HI: begin
                address_hi <= word;
                state <= SEND;
            end
            SEND: if (tx_ready) state <= IDLE;
            ACCESS: state <= ANSWER;
            ANSWER: begin
                state <= IDLE;
                if (write_table && access_address[3:2] == 2'd3 && access_wstrb[0])
                    masked[access_entry] <= access_wdata[0];
            end
        endcase
        if (function_reset != '0) begin
            to_clear <= to_clear | function_reset;
            for (integer i = 0; i < FUNCTIONS; i = i + 1)
                if (function_reset[i]) begin
                    masked[i << V +: 1 << V] <= '1;
                    pending[i << V +: 1 << V] <= '0;
                end
        end
        if (rst) begin
            state <= IDLE;
            favour_access <= 1'b0;
            to_clear <= 8'((9'd1 << FUNCTIONS) - 9'd1);
            masked <= '1;
            pending <= '0;
            scan <= '0;
        end
    end
endmodule
