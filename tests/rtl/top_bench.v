// SPDX-License-Identifier: Apache-2.0
// The card for its own tests: three functions, two engines of two contexts, a lane, a short completion timeout.

module top_bench (
    input  logic        clk,
    input  logic        rst,
    input  logic        single,        // not the card, but one like it with one engine and no lane
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
    // Of the two cards one is at the link: the other's clock stands still.
    logic [1:0] idles, rx_readies, tx_valids, tx_sops, tx_eops;
    logic [2:0] flr_dones [0:1];
    logic [127:0] tx_hdrs [0:1];
    logic [127:0] tx_datas [0:1];
    assign {idle, rx_ready, tx_valid, tx_sop, tx_eop} =
        {idles[single], rx_readies[single], tx_valids[single], tx_sops[single], tx_eops[single]};
    assign cfg_flr_done = flr_dones[single];
    assign tx_hdr = tx_hdrs[single];
    assign tx_data = tx_datas[single];

    tlscard_top #(
        .FUNCTIONS(3), .QUEUE_PAIRS(2), .ENGINES(2), .CONTEXTS(2), .LANES(1), .CLOCK_HZ(200000000), .SIMULATED(1),
        .TIMEOUT_CYCLES(20000)
    ) dut (
        .clk(clk && !single), .idle(idles[0]), .rx_ready(rx_readies[0]), .tx_valid(tx_valids[0]), .tx_sop(tx_sops[0]),
        .tx_eop(tx_eops[0]), .tx_hdr(tx_hdrs[0]), .tx_data(tx_datas[0]), .cfg_flr_done(flr_dones[0]), .*);

    tlscard_top #(
        .FUNCTIONS(3), .QUEUE_PAIRS(2), .ENGINES(1), .CONTEXTS(2), .LANES(0), .CLOCK_HZ(200000000), .SIMULATED(1),
        .TIMEOUT_CYCLES(20000)
    ) one (
        .clk(clk && single), .idle(idles[1]), .rx_ready(rx_readies[1]), .tx_valid(tx_valids[1]), .tx_sop(tx_sops[1]),
        .tx_eop(tx_eops[1]), .tx_hdr(tx_hdrs[1]), .tx_data(tx_datas[1]), .cfg_flr_done(flr_dones[1]), .*);
endmodule
