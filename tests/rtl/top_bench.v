// SPDX-License-Identifier: Apache-2.0
// The card for its own tests: three functions, two engines of two contexts, a lane, a short completion timeout.

module top_bench (
    input  logic        clk,
    input  logic        rst,
    output logic        idle,
    input  logic        rx_valid,
    output logic        rx_ready,
    input  logic        rx_sop,
    input  logic        rx_eop,
    input  logic [127:0] rx_hdr,
    input  logic [127:0] rx_data,
    input  logic [2:0]  rx_function,
    input  logic [2:0]  rx_bar,
    output logic        tx_valid,
    input  logic        tx_ready,
    output logic        tx_sop,
    output logic        tx_eop,
    output logic [127:0] tx_hdr,
    output logic [127:0] tx_data,
    input  logic [2:0]  cfg_bus_master,
    input  logic [2:0]  cfg_msix_enable,
    input  logic [2:0]  cfg_msix_mask,
    input  logic [2:0]  cfg_flr,
    output logic [2:0]  cfg_flr_done,
    input  logic [2:0]  cfg_max_payload,
    input  logic [2:0]  cfg_max_read,
    input  logic [12:0] cfg_bus_device
);
    tlscard_top #(
        .FUNCTIONS(3), .QUEUE_PAIRS(2), .ENGINES(2), .CONTEXTS(2), .LANES(1), .CLOCK_HZ(200000000), .SIMULATED(1),
        .TIMEOUT_CYCLES(20000)
    ) dut (.*);
endmodule
