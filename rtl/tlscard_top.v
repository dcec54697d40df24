// SPDX-License-Identifier: Apache-2.0
// The card: PCIe endpoint, queues, and as many public-key engines and AES-GCM lanes as asked for. docs/rtl.md has the ports.

module tlscard_top #(
    parameter integer FUNCTIONS = 4,              // 1 .. 8
    parameter integer QUEUE_PAIRS = 4,            // of a function, 1 .. 8
    parameter integer VECTORS = QUEUE_PAIRS + 1,  // MSI-X vectors of a function
    parameter integer ENGINES = 1,                // 1 .. 32
    parameter integer CONTEXTS = 8,               // of an engine
    parameter integer LANES = 1,                  // of AES-GCM, 0 .. 4
    parameter integer CLOCK_HZ = 250000000,
    parameter integer SIMULATED = 0,
    parameter integer DATA_WIDTH = 128,           // no other is supported
    parameter integer TAGS = 32,                  // outstanding reads
    parameter integer TIMEOUT_CYCLES = 12500000   // of a read, 50 ms at 250 MHz
) (
    input  logic        clk,
    input  logic        rst,
    output logic        idle,

    input  logic        rx_valid,
    output logic        rx_ready,
    input  logic        rx_sop,
    input  logic        rx_eop,
    input  logic [127:0] rx_hdr,
    input  logic [DATA_WIDTH-1:0] rx_data,
    input  logic [2:0]  rx_function,
    input  logic [2:0]  rx_bar,
    output logic        tx_valid,
    input  logic        tx_ready,
    output logic        tx_sop,
    output logic        tx_eop,
    output logic [127:0] tx_hdr,
    output logic [DATA_WIDTH-1:0] tx_data,

    input  logic [FUNCTIONS-1:0] cfg_bus_master,
    input  logic [FUNCTIONS-1:0] cfg_msix_enable,
    input  logic [FUNCTIONS-1:0] cfg_msix_mask,
    input  logic [FUNCTIONS-1:0] cfg_flr,
    output logic [FUNCTIONS-1:0] cfg_flr_done,
    input  logic [2:0]  cfg_max_payload,
    input  logic [2:0]  cfg_max_read,
    input  logic [12:0] cfg_bus_device
);
    logic reg_valid, reg_write, reg_ready;
    logic [2:0] reg_function;
    logic [15:0] reg_address;
    logic [31:0] reg_wdata, reg_rdata;
    logic [3:0] reg_wstrb;
    logic rd_valid, rd_ready, rd_data_valid, rd_data_ready, rd_data_last;
    logic [2:0] rd_function;
    logic [63:0] rd_address;
    logic [16:0] rd_length;
    logic [127:0] rd_data;
    logic [7:0] rd_data_status;
    logic wr_valid, wr_ready, wr_data_valid, wr_data_ready;
    logic [2:0] wr_function;
    logic [63:0] wr_address;
    logic [16:0] wr_length;
    logic [127:0] wr_data;
    logic irq_valid, irq_ready;
    logic [2:0] irq_function;
    logic [15:0] irq_vector;
    logic event_valid;
    logic [2:0] event_function;
    logic [7:0] event_code;
    logic [63:0] event_address;
    logic [FUNCTIONS-1:0] function_quiet, function_reset;
    logic pcie_idle, host_idle;

    pcie #(
        .DATA_WIDTH(DATA_WIDTH), .FUNCTIONS(FUNCTIONS), .VECTORS(VECTORS), .TAGS(TAGS), .TIMEOUT_CYCLES(TIMEOUT_CYCLES)
    ) endpoint (
        .clk, .rst, .rx_valid, .rx_ready, .rx_sop, .rx_eop, .rx_hdr, .rx_data, .rx_function, .rx_bar,
        .tx_valid, .tx_ready, .tx_sop, .tx_eop, .tx_hdr, .tx_data,
        .cfg_bus_master, .cfg_msix_enable, .cfg_msix_mask, .cfg_max_payload, .cfg_max_read, .cfg_bus_device,
        .reg_valid, .reg_write, .reg_function, .reg_address, .reg_wdata, .reg_wstrb, .reg_ready, .reg_rdata,
        .rd_valid, .rd_ready, .rd_function, .rd_address, .rd_length,
        .rd_data_valid, .rd_data_ready, .rd_data, .rd_data_last, .rd_data_status,
        .wr_valid, .wr_ready, .wr_function, .wr_address, .wr_length, .wr_data_valid, .wr_data_ready, .wr_data,
        .irq_valid, .irq_ready, .irq_function, .irq_vector,
        .event_valid, .event_function, .event_code, .event_address,
        .pcie_idle, .function_quiet, .function_reset);

    // One bit or field for each engine
    logic [ENGINES-1:0] cmd_valid, cmd_ready, in_valid, in_ready, done_valid, done_ready, out_valid, out_ready, busy, mul_busy;
    logic [3:0] cmd_context;
    logic [7:0] cmd_opcode, in_abort_status;
    logic [15:0] cmd_parameter;
    logic [127:0] in_data;
    logic in_last, in_abort;
    logic [ENGINES*4-1:0] done_context;
    logic [ENGINES*8-1:0] done_status;
    logic [ENGINES*16-1:0] done_length, context_free;
    logic [ENGINES*32-1:0] done_cycles;
    logic [ENGINES*128-1:0] out_data;

    // One bit or field for each lane, and for the first of none
    localparam integer LANE_PORTS = LANES > 0 ? LANES : 1;
    logic [LANE_PORTS-1:0] lane_cmd_ready, lane_in_ready, lane_out_valid, lane_done_valid, lane_busy;
    /* verilator lint_off UNUSEDSIGNAL */ // where there is no lane
    logic [LANE_PORTS-1:0] lane_cmd_valid, lane_in_valid, lane_out_ready, lane_done_ready;
    logic lane_cmd_open, lane_cmd_key_256;
    logic [12:0] lane_cmd_aad;
    logic [16:0] lane_cmd_length;
    /* verilator lint_on UNUSEDSIGNAL */
    logic [LANE_PORTS*128-1:0] lane_out_data;
    logic [LANE_PORTS*8-1:0] lane_done_status;
    logic [LANE_PORTS*32-1:0] lane_done_cycles;

    host #(
        .FUNCTIONS(FUNCTIONS), .QUEUE_PAIRS(QUEUE_PAIRS), .ENGINES(ENGINES), .CONTEXTS(CONTEXTS), .LANES(LANES),
        .CLOCK_HZ(CLOCK_HZ), .SIMULATED(SIMULATED), .CURVES(1)
    ) queues (
        .clk, .rst, .cfg_bus_master, .cfg_flr, .cfg_flr_done, .idle(host_idle),
        .reg_valid, .reg_write, .reg_function, .reg_address, .reg_wdata, .reg_wstrb, .reg_ready, .reg_rdata,
        .rd_valid, .rd_ready, .rd_function, .rd_address, .rd_length,
        .rd_data_valid, .rd_data_ready, .rd_data, .rd_data_last, .rd_data_status,
        .wr_valid, .wr_ready, .wr_function, .wr_address, .wr_length, .wr_data_valid, .wr_data_ready, .wr_data,
        .irq_valid, .irq_ready, .irq_function, .irq_vector,
        .event_valid, .event_function, .event_code, .event_address, .function_quiet, .function_reset,
        .cmd_valid, .cmd_ready, .cmd_context, .cmd_opcode, .cmd_parameter,
        .in_valid, .in_ready, .in_data, .in_last, .in_abort, .in_abort_status,
        .done_valid, .done_ready, .done_context, .done_status, .done_length, .done_cycles,
        .out_valid, .out_ready, .out_data, .context_free, .mul_busy,
        .lane_cmd_valid, .lane_cmd_ready, .lane_cmd_open, .lane_cmd_key_256, .lane_cmd_aad, .lane_cmd_length,
        .lane_in_valid, .lane_in_ready, .lane_out_valid, .lane_out_ready, .lane_out_data,
        .lane_done_valid, .lane_done_ready, .lane_done_status, .lane_done_cycles);

    // What stands still in an engine without a request takes no clock: all that moves begins with a cmd. Some
    // cycles more, and nothing is left in its pipelines.
    for (genvar e = 0; e < ENGINES; e = e + 1) begin : engines
        logic gated;
        logic [4:0] linger;
        /* verilator lint_off PINCONNECTEMPTY */ // that there is a cycle is known by what moves in it
        clock_gate gate (.clk, .enable(rst || busy[e] || cmd_valid[e] || linger != 5'd0), .running(), .gated);
        /* verilator lint_on PINCONNECTEMPTY */
        always_ff @(posedge gated) linger <= rst || busy[e] || cmd_valid[e] ? 5'd31 : linger - 5'd1;

        pke #(.CONTEXTS(CONTEXTS)) engine (
            .clk(gated), .rst, .cmd_valid(cmd_valid[e]), .cmd_ready(cmd_ready[e]), .cmd_context, .cmd_opcode, .cmd_parameter,
            .in_valid(in_valid[e]), .in_ready(in_ready[e]), .in_data, .in_last, .in_abort, .in_abort_status,
            .done_valid(done_valid[e]), .done_ready(done_ready[e]), .done_context(done_context[e*4 +: 4]),
            .done_status(done_status[e*8 +: 8]), .done_length(done_length[e*16 +: 16]),
            .done_cycles(done_cycles[e*32 +: 32]), .out_valid(out_valid[e]), .out_ready(out_ready[e]),
            .out_data(out_data[e*128 +: 128]), .context_free(context_free[e*16 +: 16]), .busy(busy[e]),
            .mul_busy(mul_busy[e]));
    end

    generate
        if (LANES == 0) begin : lanes_absent
            assign lane_cmd_ready = '0;
            assign lane_in_ready = '0;
            assign lane_out_valid = '0;
            assign lane_out_data = '0;
            assign lane_done_valid = '0;
            assign lane_done_status = '0;
            assign lane_done_cycles = '0;
            assign lane_busy = '0;
        end
        for (genvar l = 0; l < LANES; l = l + 1) begin : lanes
            gcm lane (
                .clk, .rst, .cmd_valid(lane_cmd_valid[l]), .cmd_ready(lane_cmd_ready[l]), .cmd_open(lane_cmd_open),
                .cmd_key_256(lane_cmd_key_256), .cmd_aad(lane_cmd_aad), .cmd_length(lane_cmd_length),
                .in_valid(lane_in_valid[l]), .in_ready(lane_in_ready[l]), .in_data, .in_last, .in_abort, .in_abort_status,
                .out_valid(lane_out_valid[l]), .out_ready(lane_out_ready[l]), .out_data(lane_out_data[l*128 +: 128]),
                .done_valid(lane_done_valid[l]), .done_ready(lane_done_ready[l]),
                .done_status(lane_done_status[l*8 +: 8]), .done_cycles(lane_done_cycles[l*32 +: 32]),
                .busy(lane_busy[l]));
        end
    endgenerate

    assign idle = !rst && !rx_valid && pcie_idle && host_idle && busy == '0 && lane_busy == '0;
endmodule
