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

    // What is combined with the words: the last of the four before, substituted, mostly rotated
    logic [31:0] last, added;

    always_comb begin
        last = '0;
        added = '0;
        if (load) begin
            last = key_256_in ? next_in[127:96] : current_in[127:96];
            added = {sbox[last[31:24]], sbox[last[23:16]], sbox[last[15:8]], sbox[last[7:0]]};
            if (!key_256_in || ROTATE)
                added = {added[7:0], added[31:8]} ^ {24'd0, key_256_in ? CONSTANT_256 : CONSTANT_128};
        end
    end

    always_ff @(posedge clk)
        if (load) begin
            live <= live_in;
            key_256 <= key_256_in;
            next <= live_in && key_256_in ? follow(current_in, added) : '0;
            if (!live_in) current <= '0;
            else if (key_256_in) current <= next_in;
            else current <= REST ? current_in : follow(current_in, added);
        end
endmodule
