// SPDX-License-Identifier: Apache-2.0
// Clock gate: passes the clock cycles that begin while enable is high. An FPGA's gated clock buffer does the same.
//
// enable is looked at while the clock is low; running tells the cycle's registers that they will be
// clocked. What is clocked by gated may exchange signals with what is clocked by clk, if it takes
// part in a handshake only while running is high.

module clock_gate (
    input        clk,
    input        enable,
    output logic running,
    output       gated
);
    always_latch if (!clk) running = enable;

    assign gated = clk && running;
endmodule
