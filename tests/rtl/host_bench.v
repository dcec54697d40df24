// SPDX-License-Identifier: Apache-2.0
// The host module with two test engines and two test lanes, for its unit tests.

module host_bench #(
    parameter integer FUNCTIONS = 3,
    parameter integer QUEUE_PAIRS = 2,
    parameter integer ENGINES = 2,
    parameter integer CONTEXTS = 2,
    parameter integer LANES = 2
) (
    input  logic        clk,
    input  logic        rst,
    input  logic [15:0] delay,
    input  logic [3:0]  stall,
    input  logic [ENGINES-1:0] mul_busy,
    output logic [31:0] accepted_0,
    output logic [31:0] accepted_1,
    output logic        misused,
    output logic        busy,

    input  logic [FUNCTIONS-1:0] cfg_bus_master,
    input  logic [FUNCTIONS-1:0] cfg_flr,
    output logic [FUNCTIONS-1:0] cfg_flr_done,
    output logic        idle,
    input  logic        reg_valid,
    input  logic        reg_write,
    input  logic [2:0]  reg_function,
    input  logic [15:0] reg_address,
    input  logic [31:0] reg_wdata,
    input  logic [3:0]  reg_wstrb,
    output logic        reg_ready,
    output logic [31:0] reg_rdata,
    output logic        rd_valid,
    input  logic        rd_ready,
    output logic [2:0]  rd_function,
    output logic [63:0] rd_address,
    output logic [16:0] rd_length,
    input  logic        rd_data_valid,
    output logic        rd_data_ready,
    input  logic [127:0] rd_data,
    input  logic        rd_data_last,
    input  logic [7:0]  rd_data_status,
    output logic        wr_valid,
    input  logic        wr_ready,
    output logic [2:0]  wr_function,
    output logic [63:0] wr_address,
    output logic [16:0] wr_length,
    output logic        wr_data_valid,
    input  logic        wr_data_ready,
    output logic [127:0] wr_data,
    output logic        irq_valid,
    input  logic        irq_ready,
    output logic [2:0]  irq_function,
    output logic [15:0] irq_vector,
    input  logic        event_valid,
    input  logic [2:0]  event_function,
    input  logic [7:0]  event_code,
    input  logic [63:0] event_address,
    input  logic [FUNCTIONS-1:0] function_quiet,
    output logic [FUNCTIONS-1:0] function_reset
);
    logic [ENGINES-1:0] cmd_valid, cmd_ready, in_valid, in_ready, done_valid, done_ready, out_valid, out_ready;
    logic [3:0] cmd_context;
    logic [7:0] cmd_opcode, in_abort_status;
    logic [15:0] cmd_parameter;
    logic [127:0] in_data;
    logic in_last, in_abort;
    logic [ENGINES*4-1:0] done_context;
    logic [ENGINES*8-1:0] done_status;
    logic [ENGINES*16-1:0] done_length, context_free;
    logic [ENGINES*32-1:0] done_cycles, accepted;
    logic [ENGINES*128-1:0] out_data;
    logic [ENGINES-1:0] engine_busy, engine_misused;
    assign busy = engine_busy != '0 || lane_busy != '0;
    assign misused = engine_misused != '0 || lane_misused != '0;
    assign {accepted_1, accepted_0} = accepted;

    logic [LANES-1:0] lane_cmd_valid, lane_cmd_ready, lane_in_valid, lane_in_ready, lane_out_valid, lane_out_ready;
    logic [LANES-1:0] lane_done_valid, lane_done_ready, lane_busy, lane_misused;
    logic lane_cmd_open, lane_cmd_key_256;
    logic [12:0] lane_cmd_aad;
    logic [16:0] lane_cmd_length;
    logic [LANES*128-1:0] lane_out_data;
    logic [LANES*8-1:0] lane_done_status;
    logic [LANES*32-1:0] lane_done_cycles;

    host #(
        .FUNCTIONS(FUNCTIONS), .QUEUE_PAIRS(QUEUE_PAIRS), .ENGINES(ENGINES), .CONTEXTS(CONTEXTS), .LANES(LANES),
        .CLOCK_HZ(123456789), .SIMULATED(1), .CURVES(1)
    ) dut (.*);

    for (genvar e = 0; e < ENGINES; e = e + 1) begin : engines
        echo_engine #(.CONTEXTS(CONTEXTS)) engine (
            .clk, .rst, .delay, .cmd_valid(cmd_valid[e]), .cmd_ready(cmd_ready[e]), .cmd_context, .cmd_opcode,
            .cmd_parameter, .in_valid(in_valid[e]), .in_ready(in_ready[e]), .in_data, .in_last, .in_abort,
            .in_abort_status, .done_valid(done_valid[e]), .done_ready(done_ready[e]),
            .done_context(done_context[e*4 +: 4]), .done_status(done_status[e*8 +: 8]),
            .done_length(done_length[e*16 +: 16]), .done_cycles(done_cycles[e*32 +: 32]),
            .out_valid(out_valid[e]), .out_ready(out_ready[e]), .out_data(out_data[e*128 +: 128]),
            .context_free(context_free[e*16 +: 16]), .busy(engine_busy[e]), .accepted(accepted[e*32 +: 32]),
            .misused(engine_misused[e]));
    end

    for (genvar l = 0; l < LANES; l = l + 1) begin : lanes
        echo_lane lane (
            .clk, .rst, .stall, .cmd_valid(lane_cmd_valid[l]), .cmd_ready(lane_cmd_ready[l]), .cmd_open(lane_cmd_open),
            .cmd_key_256(lane_cmd_key_256), .cmd_aad(lane_cmd_aad), .cmd_length(lane_cmd_length),
            .in_valid(lane_in_valid[l]), .in_ready(lane_in_ready[l]), .in_data, .in_last, .in_abort, .in_abort_status,
            .out_valid(lane_out_valid[l]), .out_ready(lane_out_ready[l]), .out_data(lane_out_data[l*128 +: 128]),
            .done_valid(lane_done_valid[l]), .done_ready(lane_done_ready[l]), .done_status(lane_done_status[l*8 +: 8]),
            .done_cycles(lane_done_cycles[l*32 +: 32]), .busy(lane_busy[l]), .misused(lane_misused[l]));
    end
endmodule
