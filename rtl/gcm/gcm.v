// SPDX-License-Identifier: Apache-2.0
// The AES-GCM lane: seals and opens records of TLS, 128 bits a cycle, each under a key of its own.
//
// Ports: docs/rtl.md, "rtl/host -> a lane". How it works: README.md.

module gcm (
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
    localparam ENTRIES = 64;            // covers the cipher's 15 cycles and the 14 that a tag comes after its END
    localparam RECORDS = 16;            // one more may be in the lane

    // What stands still in an empty lane takes no clock: all that moves begins with a cmd.
    wire gated;
    /* verilator lint_off PINCONNECTEMPTY */ // that there is a cycle is known by what moves in it
    clock_gate gate (.clk, .enable(rst || busy || cmd_valid), .running(), .gated);
    /* verilator lint_on PINCONNECTEMPTY */

    // what gcm_input gives: an item, and the key
    wire [2:0] kind;
    wire open, aborted, final_blocks, cipher_valid, key_load, live, key_256;
    wire [4:0] octets;
    wire [1:0] power;
    wire [127:0] data, cipher_block, key_first, key_second;
    wire first, records_ready, records_valid, start_take;
    wire [31:0] start;
    logic [31:0] now;
    logic [6:0] entries;                // in the queue of results, or on their way to it
    wire reserve = kind == gcm_item::PAYLOAD || kind == gcm_item::END;
    wire entry_take, entry_sweeping, hash_sweeping;
    wire sweeping = entry_sweeping || hash_sweeping;
    wire room = entries < 7'(ENTRIES - 3) && records_ready && !sweeping;

    gcm_input inlet (
        .clk(gated), .rst, .cmd_valid, .cmd_ready, .cmd_open, .cmd_key_256, .cmd_aad, .cmd_length, .in_valid, .in_ready,
        .in_data, .in_last, .in_abort, .in_abort_status, .room, .empty(!records_valid && !done_valid && !sweeping),
        .first, .busy, .kind, .open, .aborted, .octets, .final_blocks, .power, .data, .cipher_valid, .cipher_block, .key_load,
        .live, .key_256, .key_first, .key_second
    );

    fifo #(.WIDTH(32), .DEPTH(RECORDS)) starts (
        .clk(gated), .rst, .in_valid(first), .in_ready(records_ready), .in_data(now), .out_valid(records_valid),
        .out_ready(start_take), .out_data(start)
    );

    // The cipher, and beside it the item for as long
    wire [127:0] stream, data_e;
    wire [2:0] kind_ring, kind_e;
    wire open_e, aborted_e, final_e;
    wire [4:0] octets_e;
    wire [1:0] power_e;

    gcm_aes aes (
        .clk(gated), .rst, .key_load, .live, .key_256, .key_first, .key_second, .valid(cipher_valid),
        .block(cipher_block), .result(stream)
    );
    gcm_delay #(.WIDTH(141), .CYCLES(15)) beside (
        .clk(gated),
        .in({kind, open, aborted, octets, final_blocks, power, kind == gcm_item::NONE ? 128'd0 : data}),
        .out({kind_ring, open_e, aborted_e, octets_e, final_e, power_e, data_e})
    );
    assign kind_e = sweeping ? gcm_item::NONE : kind_ring;

    // The result, the block for GHASH, and what the tag is masked with
    logic [127:0] result, hashed, subkey, mask, lengths;

    function automatic [127:0] swap(input [127:0] block);
        for (integer n = 0; n < 16; n = n + 1) swap[8 * n +: 8] = block[120 - 8 * n +: 8];
    endfunction

    function automatic [127:0] keep(input [127:0] block, input [4:0] count);
        keep = block;
        if (!count[4])
            for (integer n = 1; n < 16; n = n + 1) if (count <= n[4:0]) keep[8 * n +: 8] = '0;
    endfunction

    always_comb begin
        result = '0;
        hashed = '0;
        subkey = '0;
        case (kind_e)
            gcm_item::SUBKEY: subkey = swap(stream);
            gcm_item::ADDITIONAL: hashed = swap(data_e);
            gcm_item::PAYLOAD: begin
                result = keep(stream ^ data_e, octets_e);
                hashed = swap(open_e ? data_e : result);
            end
            gcm_item::END: begin
                result = aborted_e ? data_e : mask ^ data_e;
                hashed = swap(lengths);
            end
            default: ;
        endcase
    end

    always_ff @(posedge gated) begin
        if (kind_e == gcm_item::MASK) begin
            mask <= stream;
            lengths <= data_e;
        end
        if (kind_e == gcm_item::END || rst) mask <= '0;
        now <= now + 32'd1;
        entries <= entries + {6'd0, reserve} - {6'd0, entry_take};
        if (rst) begin
            entries <= '0;
            now <= '0;
        end
    end

    // GHASH, later by as much as the powers of H take
    wire [2:0] kind_late, kind_g;
    wire [127:0] power_1, power_2, power_3, power_4, block_g, hash;
    wire aborted_g, final_g, hash_done;
    wire [1:0] power_g;

    gcm_powers powers (
        .clk(gated), .rst, .start(kind_e == gcm_item::SUBKEY || kind_e == gcm_item::WIPE), .subkey,
        .power_1, .power_2, .power_3, .power_4
    );
    gcm_delay #(.WIDTH(135), .CYCLES(6)) behind (
        .clk(gated), .in({kind_e, aborted_e, final_e, power_e, hashed}),
        .out({kind_late, aborted_g, final_g, power_g, block_g})
    );
    assign kind_g = sweeping ? gcm_item::NONE : kind_late;

    gcm_ghash ghash (
        .clk(gated), .rst, .load(kind_g == gcm_item::SUBKEY || kind_g == gcm_item::WIPE),
        .power_1, .power_2, .power_3, .power_4,
        .valid(kind_g == gcm_item::ADDITIONAL || kind_g == gcm_item::PAYLOAD || kind_g == gcm_item::END
            || kind_g == gcm_item::WIPE),
        .block(block_g), .final_in(final_g || aborted_g), .power(power_g), .last(kind_g == gcm_item::END),
        .flush(aborted_g), .done(hash_done), .hash
    );

    // Results wait for the reader, and incomplete ones for their tag
    wire entry_valid, entry_end, entry_open, entry_aborted, hash_valid, hash_take;
    wire [4:0] entry_octets;
    wire [127:0] entry_data, hash_out;

    gcm_fifo #(.WIDTH(136), .DEPTH(ENTRIES)) results (
        .clk(gated), .rst, .sweeping(entry_sweeping), .put(kind_e == gcm_item::PAYLOAD || kind_e == gcm_item::END),
        .in({kind_e == gcm_item::END, open_e, aborted_e, octets_e, result}), .valid(entry_valid),
        .out({entry_end, entry_open, entry_aborted, entry_octets, entry_data}), .take(entry_take)
    );
    gcm_fifo #(.WIDTH(128), .DEPTH(2 * RECORDS)) hashes (
        .clk(gated), .rst, .sweeping(hash_sweeping), .put(hash_done), .in(hash_done ? swap(hash) : 128'd0),
        .valid(hash_valid), .out(hash_out), .take(hash_take)
    );
    gcm_output outlet (
        .clk(gated), .rst, .entry_valid, .entry_take, .entry_end, .entry_open, .entry_aborted, .entry_octets,
        .entry_data, .hash_valid, .hash_take, .hash(hash_out), .start, .start_take, .now, .out_valid, .out_ready, .out_data,
        .done_valid, .done_ready, .done_status, .done_cycles
    );
endmodule
