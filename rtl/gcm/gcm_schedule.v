// SPDX-License-Identifier: Apache-2.0
// One step of the key schedule of AES (FIPS 197 section 5.2), for keys of 128 and 256 bits.
//
// The pipeline has 14 such steps. A record's key goes through them once, a step a cycle, one cycle
// ahead of the record's first block, and each step keeps its round key until the next record's comes.
// A key of 128 bits rests in the first four steps, as blocks do in the first four rounds.
// The first octet of the key is [7:0], so RotWord moves a word right.

module gcm_schedule #(
    parameter [0:0] REST = 1'b0,        // a key of 128 bits is handed on as it is
    parameter [0:0] ROTATE = 1'b0,      // of 256 bits: the word is rotated and the constant added
    parameter [7:0] CONSTANT_128 = 8'd0,
    parameter [7:0] CONSTANT_256 = 8'd0
) (
    input                clk,
    input                load,
    input                live_in,       // 0: zeros come, which wipe
    input                key_256_in,
    input        [127:0] current_in,    // the round key of the step before
    input        [127:0] next_in,       // with a key of 256 bits: the round key after it
    output logic         live,
    output logic         key_256,
    output logic [127:0] current,
    output logic [127:0] next
);
    logic [7:0] sbox [0:255];
    initial for (integer i = 0; i < 256; i = i + 1) sbox[i] = gcm_sbox::TABLE[8 * i +: 8];

    // The four words that follow, each combined with the one before it
    function automatic [127:0] follow(input [127:0] words, input [31:0] added);
        follow[31:0] = words[31:0] ^ added;
        follow[63:32] = words[63:32] ^ follow[31:0];
        follow[95:64] = words[95:64] ^ follow[63:32];
        follow[127:96] = words[127:96] ^ follow[95:64];
    endfunction

    always_ff @(posedge clk)
        if (load) begin
            live <= live_in;
            key_256 <= key_256_in;
            next <= '0;
            if (!live_in) current <= '0;
            else if (key_256_in) begin
                current <= next_in;
                next <= follow(current_in, ROTATE
                    ? {sbox[next_in[103:96]], sbox[next_in[127:120]], sbox[next_in[119:112]],
                       sbox[next_in[111:104]] ^ CONSTANT_256}
                    : {sbox[next_in[127:120]], sbox[next_in[119:112]], sbox[next_in[111:104]], sbox[next_in[103:96]]});
            end else if (REST) current <= current_in;
            else
                current <= follow(current_in, {sbox[current_in[103:96]], sbox[current_in[127:120]],
                    sbox[current_in[119:112]], sbox[current_in[111:104]] ^ CONSTANT_128});
        end
endmodule
