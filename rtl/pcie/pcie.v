// SPDX-License-Identifier: Apache-2.0
// The PCIe endpoint at transaction-layer packets: BAR access, DMA, MSI-X. docs/rtl.md has the contract.
//
// rx -> receive -> requests -> target -> completions -.
//               -> completions -> read --> packets ----+-> transmit -> tx
//       wr, irq -> posted -> write, msix -> packets ---'
//
// The clock within stands still while there is nothing to do.

module pcie #(
    parameter DATA_WIDTH = 128, // no other is supported
    parameter FUNCTIONS = 8,
    parameter VECTORS = 9,      // MSI-X vectors of a function, at most 256
    parameter TAGS = 32,        // outstanding reads, a power of two; above 32 the host must enable extended tags
    parameter TIMEOUT_CYCLES = 12500000
) (
    input                   clk,
    input                   rst,

    input                   rx_valid,
    output                  rx_ready,
    input                   rx_sop,
    input                   rx_eop,
    input  [127:0]          rx_hdr,
    input  [DATA_WIDTH-1:0] rx_data,
    input  [2:0]            rx_function,
    input  [2:0]            rx_bar,
    output                  tx_valid,
    input                   tx_ready,
    output                  tx_sop,
    output                  tx_eop,
    output [127:0]          tx_hdr,
    output [DATA_WIDTH-1:0] tx_data,

    input  [FUNCTIONS-1:0]  cfg_bus_master,
    input  [FUNCTIONS-1:0]  cfg_msix_enable,
    input  [FUNCTIONS-1:0]  cfg_msix_mask,
    input  [2:0]            cfg_max_payload,
    input  [2:0]            cfg_max_read,
    input  [12:0]           cfg_bus_device,

    output                  reg_valid,
    output                  reg_write,
    output [2:0]            reg_function,
    output [15:0]           reg_address,
    output [31:0]           reg_wdata,
    output [3:0]            reg_wstrb,
    input                   reg_ready,
    input  [31:0]           reg_rdata,

    input                   rd_valid,
    output                  rd_ready,
    input  [2:0]            rd_function,
    input  [63:0]           rd_address,
    input  [16:0]           rd_length,
    output                  rd_data_valid,
    input                   rd_data_ready,
    output [127:0]          rd_data,
    output                  rd_data_last,
    output [7:0]            rd_data_status,

    input                   wr_valid,
    output                  wr_ready,
    input  [2:0]            wr_function,
    input  [63:0]           wr_address,
    input  [16:0]           wr_length,
    input                   wr_data_valid,
    output                  wr_data_ready,
    input  [127:0]          wr_data,

    input                   irq_valid,
    output                  irq_ready,
    input  [2:0]            irq_function,
    input  [15:0]           irq_vector,

    output logic            event_valid,
    output logic [2:0]      event_function,
    output logic [7:0]      event_code,
    output logic [63:0]     event_address,

    output                  pcie_idle,
    output [FUNCTIONS-1:0]  function_quiet,
    input  [FUNCTIONS-1:0]  function_reset
);
    // Configuration, of eight functions: those that are not there are disabled
    wire [7:0] bus_master, msix_enable, msix_mask, resets;
    logic [3*FUNCTIONS+18:0] configuration;
    wire [3*FUNCTIONS+18:0] configured = {cfg_bus_master, cfg_msix_enable, cfg_msix_mask, cfg_max_payload, cfg_max_read,
                                          cfg_bus_device};
    wire reconfigured = configuration != configured;
    wire [FUNCTIONS-1:0] masters, enables, masks;
    wire [2:0] max_payload, max_read;
    wire [12:0] bus_device;
    assign {masters, enables, masks, max_payload, max_read, bus_device} = configuration;
    always_ff @(posedge gated) if (reconfigured) configuration <= configured;

    genvar i;
    generate
        if (DATA_WIDTH != 128 || FUNCTIONS < 1 || FUNCTIONS > 8 || VECTORS < 1 || VECTORS > 256) begin : check
            pcie_parameter_out_of_range unsupported();
        end
        for (i = 0; i < 8; i = i + 1) begin : functions
            if (i < FUNCTIONS) begin : present
                assign {bus_master[i], msix_enable[i], msix_mask[i], resets[i]} =
                    {masters[i], enables[i], masks[i], function_reset[i]};
                assign function_quiet[i] = !(reads_busy[i] || posted_busy[i]);
            end else begin : absent
                assign {bus_master[i], msix_enable[i], msix_mask[i], resets[i]} = 4'b0000;
            end
        end
    endgenerate

    // What makes the clock run: work, or a tag's quarantine, which is a time
    wire gated, running, quarantined;
    wire link_ready, reads_ready, writes_ready, data_ready, interrupts_ready;
    clock_gate gate (
        .clk(clk), .enable(rst || !pcie_idle || quarantined || rx_valid || rd_valid || wr_valid || irq_valid ||
                           function_reset != '0),
        .running(running), .gated(gated)
    );
    assign rx_ready = running && link_ready;
    assign rd_ready = running && reads_ready;
    assign wr_ready = running && writes_ready;
    assign wr_data_ready = running && data_ready;
    assign irq_ready = running && interrupts_ready;

    // Packets from the link
    wire completion_valid, packet_valid, packet_ready, first, last, bad, stray, receive_busy;
    wire [127:0] header, data;
    wire [2:0] function_, bar;

    pcie_receive receive (
        .clk(gated), .rst(rst), .rx_valid(rx_valid), .rx_ready(link_ready), .rx_sop(rx_sop), .rx_eop(rx_eop),
        .rx_hdr(rx_hdr), .rx_data(rx_data), .rx_function(rx_function), .rx_bar(rx_bar),
        .completion_valid(completion_valid), .request_valid(packet_valid), .request_ready(packet_ready),
        .first(first), .last(last), .bad(bad), .header(header), .data(data), .function_(function_), .bar(bar),
        .stray(stray), .busy(receive_busy)
    );

    // Requests wait here, so that completions behind them reach the reorder buffer.
    wire waiting_valid, waiting_ready, waiting_first, waiting_last, waiting_bad;
    wire [127:0] waiting_header, waiting_data;
    wire [2:0] waiting_function, waiting_bar;

    fifo #(.WIDTH(265), .DEPTH(32)) waiting (
        .clk(gated), .rst(rst), .in_valid(packet_valid), .in_ready(packet_ready),
        .in_data({first, last, bad, header, data, function_, bar}), .out_valid(waiting_valid),
        .out_ready(waiting_ready), .out_data({waiting_first, waiting_last, waiting_bad, waiting_header, waiting_data,
                                              waiting_function, waiting_bar})
    );

    // BAR access
    wire access_valid, access_write, access_bar2, access_ready, msix_access_ready, target_busy;
    wire [2:0] access_function;
    wire [15:0] access_address;
    wire [31:0] access_wdata, msix_rdata;
    wire [3:0] access_wstrb;
    wire completion_tx_valid, completion_tx_ready, completion_tx_sop, completion_tx_eop;
    wire [127:0] completion_tx_hdr, completion_tx_data;
    wire target_event, target_event_ready;
    wire [7:0] target_event_code;
    wire [2:0] target_event_function;
    wire [63:0] target_event_address;
    wire [7:0] posted_accepted, posted_finished;

    assign reg_valid = access_valid && !access_bar2;
    assign reg_write = access_write;
    assign reg_function = access_function;
    assign reg_address = access_address;
    assign reg_wdata = access_wdata;
    assign reg_wstrb = access_wstrb;
    assign access_ready = access_bar2 ? msix_access_ready : reg_ready;

    pcie_target #(.FUNCTIONS(FUNCTIONS)) target (
        .clk(gated), .rst(rst), .cfg_bus_device(bus_device), .in_valid(waiting_valid), .in_ready(waiting_ready),
        .in_first(waiting_first), .in_last(waiting_last), .in_bad(waiting_bad), .in_header(waiting_header),
        .in_data(waiting_data), .in_function(waiting_function), .in_bar(waiting_bar),
        .access_valid(access_valid), .access_write(access_write), .access_bar2(access_bar2),
        .access_function(access_function), .access_address(access_address), .access_wdata(access_wdata),
        .access_wstrb(access_wstrb), .access_ready(access_ready), .access_rdata(access_bar2 ? msix_rdata : reg_rdata),
        .posted_accepted(posted_accepted), .posted_finished(posted_finished),
        .tx_valid(completion_tx_valid), .tx_ready(completion_tx_ready), .tx_sop(completion_tx_sop),
        .tx_eop(completion_tx_eop), .tx_hdr(completion_tx_hdr), .tx_data(completion_tx_data),
        .event_valid(target_event), .event_ready(target_event_ready), .event_code(target_event_code),
        .event_function(target_event_function), .event_address(target_event_address), .busy(target_busy)
    );

    // DMA read
    wire read_tx_valid, read_tx_ready, unexpected;
    wire [127:0] read_tx_hdr;
    wire [7:0] reads_busy;

    pcie_read #(.TAGS(TAGS), .TIMEOUT_CYCLES(TIMEOUT_CYCLES)) read (
        .clk(gated), .rst(rst), .bus_master(bus_master), .cfg_max_read(max_read), .cfg_bus_device(bus_device),
        .rd_valid(rd_valid), .rd_ready(reads_ready), .rd_function(rd_function), .rd_address(rd_address),
        .rd_length(rd_length), .rd_data_valid(rd_data_valid), .rd_data_ready(rd_data_ready), .rd_data(rd_data),
        .rd_data_last(rd_data_last), .rd_data_status(rd_data_status), .tx_valid(read_tx_valid),
        .tx_ready(read_tx_ready), .tx_hdr(read_tx_hdr), .completion_valid(completion_valid),
        .completion_first(first), .completion_last(last), .completion_bad(bad), .completion_header(header),
        .completion_data(data), .completion_function(function_), .unexpected(unexpected), .quarantined(quarantined), .busy(reads_busy)
    );

    // DMA write and interrupts
    wire write_valid, write_ready, write_busy, write_done, message_valid, message_done;
    wire [2:0] head_function, write_done_function;
    wire [63:0] head_address;
    wire [16:0] head_length;
    wire [7:0] posted_busy;
    wire write_tx_valid, write_tx_ready, write_tx_sop, write_tx_eop;
    wire [127:0] write_tx_hdr, write_tx_data;
    wire denied, denied_ready;
    wire [2:0] denied_function;
    wire [63:0] denied_address;
    wire message_tx_valid, message_tx_ready, msix_busy;
    wire [127:0] message_tx_hdr;
    wire [31:0] message_tx_data;

    pcie_posted posted (
        .clk(gated), .rst(rst), .wr_valid(wr_valid), .wr_ready(writes_ready), .wr_function(wr_function),
        .wr_address(wr_address), .wr_length(wr_length), .irq_valid(irq_valid), .irq_ready(interrupts_ready),
        .irq_function(irq_function), .irq_vector(irq_vector), .write_valid(write_valid), .write_ready(write_ready),
        .write_busy(write_busy), .write_done(write_done), .write_done_function(write_done_function),
        .message_valid(message_valid), .message_done(message_done), .head_function(head_function),
        .head_address(head_address), .head_length(head_length),
        .accepted(posted_accepted), .finished(posted_finished), .busy(posted_busy)
    );

    pcie_write write (
        .clk(gated), .rst(rst), .bus_master(bus_master), .cfg_max_payload(max_payload),
        .cfg_bus_device(bus_device), .request_valid(write_valid), .request_ready(write_ready),
        .request_function(head_function), .request_address(head_address), .request_length(head_length),
        .data_valid(wr_data_valid), .data_ready(data_ready), .data(wr_data), .tx_valid(write_tx_valid),
        .tx_ready(write_tx_ready), .tx_sop(write_tx_sop), .tx_eop(write_tx_eop), .tx_hdr(write_tx_hdr),
        .tx_data(write_tx_data), .denied(denied), .denied_ready(denied_ready), .denied_function(denied_function),
        .denied_address(denied_address), .done(write_done), .done_function(write_done_function), .busy(write_busy)
    );

    pcie_msix #(.FUNCTIONS(FUNCTIONS), .VECTORS(VECTORS)) msix (
        .clk(gated), .rst(rst), .bus_master(bus_master), .msix_enable(msix_enable), .msix_mask(msix_mask),
        .cfg_bus_device(bus_device), .function_reset(resets), .irq_valid(message_valid),
        .irq_function(head_function), .irq_vector(head_address[15:0]), .irq_done(message_done),
        .access_valid(access_valid && access_bar2), .access_write(access_write), .access_function(access_function),
        .access_address(access_address[12:0]), .access_wdata(access_wdata), .access_wstrb(access_wstrb),
        .access_ready(msix_access_ready), .access_rdata(msix_rdata), .tx_valid(message_tx_valid),
        .tx_ready(message_tx_ready), .tx_hdr(message_tx_hdr), .tx_data(message_tx_data), .busy(msix_busy)
    );

    pcie_transmit transmit (
        .clk(gated), .rst(rst), .write_valid(write_tx_valid), .write_ready(write_tx_ready), .write_sop(write_tx_sop),
        .write_eop(write_tx_eop), .write_hdr(write_tx_hdr), .write_data(write_tx_data),
        .message_valid(message_tx_valid), .message_ready(message_tx_ready), .message_hdr(message_tx_hdr),
        .message_data(message_tx_data), .completion_valid(completion_tx_valid),
        .completion_ready(completion_tx_ready), .completion_sop(completion_tx_sop),
        .completion_eop(completion_tx_eop), .completion_hdr(completion_tx_hdr),
        .completion_data(completion_tx_data), .read_valid(read_tx_valid), .read_ready(read_tx_ready),
        .read_hdr(read_tx_hdr), .tx_valid(tx_valid), .tx_ready(tx_ready), .tx_sop(tx_sop), .tx_eop(tx_eop),
        .tx_hdr(tx_hdr), .tx_data(tx_data)
    );

    // Events: what comes from the link cannot wait, the others do.
    wire link_event = unexpected || stray;
    assign target_event_ready = !link_event;
    assign denied_ready = !link_event && !target_event;

    always_ff @(posedge gated) begin
        event_valid <= link_event || target_event || denied;
        if (link_event) begin
            event_function <= function_;
            event_code <= unexpected ? tlscard_map::ERROR_UNEXPECTED_COMPLETION
                                     : tlscard_map::ERROR_UNSUPPORTED_REQUEST;
            event_address <= unexpected ? {56'd0, header[79:72]} : 64'd0; // the tag
        end else if (target_event) begin
            event_function <= target_event_function;
            event_code <= target_event_code;
            event_address <= target_event_address;
        end else if (denied) begin
            event_function <= denied_function;
            event_code <= tlscard_map::ERROR_BUS_MASTER_DISABLED;
            event_address <= denied_address;
        end
        if (rst) event_valid <= 1'b0;
    end

    assign pcie_idle = !(receive_busy || waiting_valid || target_busy || reads_busy != '0 || posted_busy != '0 ||
                         msix_busy || tx_valid || event_valid || reconfigured);
endmodule
