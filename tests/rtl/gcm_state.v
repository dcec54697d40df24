// SPDX-License-Identifier: Apache-2.0
// The AES-GCM lane with all its signals public, for a test that looks at what remains in them.

module gcm_state (
    input          clk,
    input          rst,
    input          cmd_valid,
    output         cmd_ready,
    input          cmd_open,
    input          cmd_key_256,
    input  [12:0]  cmd_aad,
    input  [16:0]  cmd_length,
    input          in_valid,
    output         in_ready,
    input  [127:0] in_data,
    input          in_last,
    input          in_abort,
    input  [7:0]   in_abort_status,
    output         out_valid,
    input          out_ready,
    output [127:0] out_data,
    output         done_valid,
    input          done_ready,
    output [7:0]   done_status,
    output [31:0]  done_cycles,
    output         busy
);
    gcm lane (.*);
endmodule
