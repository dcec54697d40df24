// SPDX-License-Identifier: Apache-2.0
// AES encryption, a block a cycle, under keys of 128 and 256 bits: the result comes 15 cycles after the block.
//
// key_load comes with, or before, the first block of a record, in the first cycle that shows the
// record's key; the key must stand until the record's last block. Blocks of the record before must
// all have come earlier. A key of 128 bits rests for four rounds, so both sizes take equally long.

module gcm_aes (
    input          clk,
    input          rst,
    input          key_load,
    input          live,                // 0: the key and this block are zeros that wipe the pipeline
    input          key_256,
    input  [127:0] key_first,           // octets 0 .. 15
    input  [127:0] key_second,          // octets 16 .. 31, or zeros
    input          valid,
    input  [127:0] block,
    output [127:0] result
);
    localparam ROUNDS = 14;
    // Round constants for keys of 128 bits, of steps 14 down to 1
    localparam [8*ROUNDS-1:0] CONSTANTS = {80'h361b8040201008040201, 32'd0};

    wire [127:0] current [0:ROUNDS], following [0:ROUNDS], state [0:ROUNDS];
    wire [ROUNDS:0] lives, sizes;
    logic [127:0] whitened;
    logic [ROUNDS:1] valids;            // a block reaches round r in this cycle
    logic [ROUNDS-1:1] loads;           // a key reaches step r + 1 in this cycle

    assign current[0] = key_first;
    assign following[0] = key_second;
    assign lives[0] = live;
    assign sizes[0] = key_256;
    assign state[0] = whitened;
    assign result = state[ROUNDS];

    always_ff @(posedge clk) begin
        if (valid) whitened <= live ? block ^ key_first : '0;
        valids <= {valids[ROUNDS-1:1], valid};
        loads <= {loads[ROUNDS-2:1], key_load};
        if (rst) begin
            valids <= '0;
            loads <= '0;
        end
    end

    for (genvar r = 1; r <= ROUNDS; r = r + 1) begin : round
        wire load = r == 1 ? key_load : loads[r-1];
        gcm_schedule #(
            .REST(r <= 4), .ROTATE(r % 2 == 1),
            .CONSTANT_128(CONSTANTS[8*(r-1) +: 8]), .CONSTANT_256(8'd1 << (r - 1) / 2)
        ) schedule (
            .clk, .load, .live_in(lives[r-1]), .key_256_in(sizes[r-1]), .current_in(current[r-1]),
            .next_in(following[r-1]), .live(lives[r]), .key_256(sizes[r]), .current(current[r]), .next(following[r])
        );
        gcm_round #(.REST(r <= 4), .LAST(r == ROUNDS)) cipher (
            .clk, .valid(valids[r]), .live(lives[r]), .key_256(sizes[r]), .round_key(current[r]),
            .state_in(state[r-1]), .state(state[r])
        );
    end
endmodule
