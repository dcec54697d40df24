// SPDX-License-Identifier: Apache-2.0
// One round of AES encryption (FIPS 197 section 5.1), a block a cycle. Octet n of the state is [8 n + 7 : 8 n].

module gcm_round #(
    parameter [0:0] REST = 1'b0, // with a key of 128 bits the block is handed on as it is
    parameter [0:0] LAST = 1'b0  // no MixColumns
) (
    input                clk,
    input                valid,
    input                live,   // 0: the block becomes zeros
    input                key_256,
    input        [127:0] round_key,
    input        [127:0] state_in,
    output logic [127:0] state
);
    logic [7:0] sbox [0:255];
    initial for (integer i = 0; i < 256; i = i + 1) sbox[i] = gcm_sbox::TABLE[8 * i +: 8];

    // MixColumns on a column, its first octet in [7:0]: 2 a + 3 b + c + d for each octet a and those below it.
    function automatic [31:0] mix(input [31:0] a);
        logic [31:0] high, twice, sum;
        high = a >> 7 & 32'h01010101;
        twice = (a << 1 & 32'hfefefefe) ^ high ^ high << 1 ^ high << 3 ^ high << 4;
        sum = a ^ twice;
        mix = LAST ? a : twice ^ {sum[7:0], sum[31:8]} ^ {a[15:0], a[31:16]} ^ {a[23:0], a[31:24]};
    endfunction

    // SubBytes and ShiftRows: row r of column c comes from column c + r.
    always_ff @(posedge clk)
        if (valid) begin
            if (!live) state <= '0;
            else if (REST && !key_256) state <= state_in;
            else begin
                state[31:0] <= round_key[31:0] ^ mix({sbox[state_in[127:120]], sbox[state_in[87:80]],
                    sbox[state_in[47:40]], sbox[state_in[7:0]]});
                state[63:32] <= round_key[63:32] ^ mix({sbox[state_in[31:24]], sbox[state_in[119:112]],
                    sbox[state_in[79:72]], sbox[state_in[39:32]]});
                state[95:64] <= round_key[95:64] ^ mix({sbox[state_in[63:56]], sbox[state_in[23:16]],
                    sbox[state_in[111:104]], sbox[state_in[71:64]]});
                state[127:96] <= round_key[127:96] ^ mix({sbox[state_in[95:88]], sbox[state_in[55:48]],
                    sbox[state_in[15:8]], sbox[state_in[103:96]]});
            end
        end
endmodule
