// SPDX-License-Identifier: Apache-2.0
// Turns records' beats into items, one a beat, and one more at the end of a sealed record.
//
// The last beat of a key gives SUBKEY, the nonce MASK, then come ADDITIONAL, PAYLOAD and END. A record
// that ends before its lengths say so, aborted or not, gives END with a status at once; one that goes
// on for longer gives it with its last beat. Between records, once the lane is empty, WIPE follows.

module gcm_input (
    input                clk,
    input                rst,
    input                cmd_valid,
    output               cmd_ready,
    input                cmd_open,
    input                cmd_key_256,
    input        [12:0]  cmd_aad,
    input        [16:0]  cmd_length,
    input                in_valid,
    output logic         in_ready,
    input        [127:0] in_data,
    input                in_last,
    input                in_abort,
    input        [7:0]   in_abort_status,
    input                room,          // for at least three items more
    input                empty,         // no record is in the lane
    output               first,         // a record's first beat moves
    output               busy,
    // the item, and the key it is under
    output logic [2:0]   kind,          // of gcm_item
    output logic         open,
    output logic         aborted,       // with END
    output logic [4:0]   octets,        // of payload in the block, 1 .. 16; with END of its last block, 0 .. 15
    output logic         final_blocks,  // GHASH has at most three blocks after this
    output logic [1:0]   power,         // if so: how many
    output logic [127:0] data,
    output logic         cipher_valid,
    output logic [127:0] cipher_block,
    output logic         key_load,
    output logic         live,
    output logic         key_256,
    output logic [127:0] key_first,
    output logic [127:0] key_second
);
    // What the next beat is; CLOSE has none
    localparam [2:0] KEY = 3'd0, KEY_SECOND = 3'd1, NONCE = 3'd2, ADDITIONAL = 3'd3, PAYLOAD = 3'd4, TAG = 3'd5,
        CLOSE = 3'd6, EXCESS = 3'd7;
    localparam [2:0] SPACING = 3'd5;    // gcm_powers takes a subkey every six cycles
    localparam [5:0] REST = 6'd63;      // cycles that erase: sixteen of WIPE, and those that bring it through
    localparam [5:0] WIPED = 6'd47;

    logic [2:0] state, after_nonce, after_additional;
    logic next_valid, next_open, next_key_256;      // the record whose first beat has not come
    logic [12:0] next_additional, additional;       // octets still to come
    logic [16:0] next_length, length;
    logic [3:0] remainder;                          // octets of the payload's last block, 0 for 16
    logic [13:0] blocks;                            // for GHASH still to come
    logic [2:0] spacing;
    logic [5:0] rest;
    logic [95:0] nonce;
    logic [31:0] counter;
    logic [127:0] held;                             // a key's first half; what came of the tag with the payload
    logic ends;                                     // by its lengths the record's last beat

    wire beat = in_valid && in_ready;
    wire idle = state == KEY && !next_valid && empty;
    wire bad = in_last && (in_abort || !ends || state == EXCESS);
    wire [15:0] additional_bits = {additional, 3'd0};
    wire [19:0] length_bits = {length, 3'd0};
    wire [31:0] counter_octets = {counter[7:0], counter[15:8], counter[23:16], counter[31:24]};

    assign cmd_ready = !next_valid;
    assign first = beat && state == KEY;
    assign busy = !idle || rest != 6'd0;

    // The block's first octets, the rest zero; 16 is given as 0.
    function automatic [127:0] shortened(input [127:0] block, input [3:0] count);
        shortened = block;
        if (count != 4'd0)
            for (integer n = 1; n < 16; n = n + 1) if (count <= n[3:0]) shortened[8 * n +: 8] = '0;
    endfunction

    always_comb begin
        after_additional = length != 17'd0 ? PAYLOAD : open ? TAG : CLOSE;
        after_nonce = additional != 13'd0 ? ADDITIONAL : after_additional;
        case (state)
            KEY: in_ready = next_valid && room && (next_key_256 || spacing == 3'd0);
            KEY_SECOND: in_ready = room && spacing == 3'd0;
            CLOSE: in_ready = 1'b0;
            default: in_ready = room;
        endcase
        case (state)
            NONCE: ends = after_nonce == CLOSE;
            ADDITIONAL: ends = additional <= 13'd16 && after_additional == CLOSE;
            PAYLOAD: ends = length <= 17'd16 && !open;
            TAG, EXCESS: ends = 1'b1;
            default: ends = 1'b0;
        endcase
    end

    always_ff @(posedge clk) begin
        kind <= gcm_item::NONE;
        cipher_valid <= 1'b0;
        key_load <= 1'b0;
        if (spacing != 3'd0) spacing <= spacing - 1'b1;

        if (cmd_valid && cmd_ready) begin
            next_valid <= 1'b1;
            next_open <= cmd_open;
            next_key_256 <= cmd_key_256;
            next_additional <= cmd_aad;
            next_length <= cmd_length;
        end

        if (beat) begin
            rest <= REST;
            aborted <= 1'b0;
            case (state)
                KEY: begin
                    next_valid <= 1'b0;
                    open <= next_open;
                    additional <= next_additional;
                    length <= next_length;
                    remainder <= next_length[3:0];
                    blocks <= {5'd0, next_additional[12:4]} + {1'd0, next_length[16:4]}
                        + {13'd0, next_additional[3:0] != 4'd0} + {13'd0, next_length[3:0] != 4'd0} + 14'd1;
                    counter <= 32'd1;
                    if (next_key_256) begin
                        held <= in_data;
                        state <= KEY_SECOND;
                    end else begin
                        key_first <= in_data;
                        key_second <= '0;
                        state <= NONCE;
                    end
                end
                KEY_SECOND: begin
                    key_first <= held;
                    key_second <= in_data;
                    held <= '0;
                    state <= NONCE;
                end
                NONCE: begin
                    kind <= gcm_item::MASK;
                    data <= {length_bits[7:0], length_bits[15:8], 4'd0, length_bits[19:16], 40'd0,
                             additional_bits[7:0], additional_bits[15:8], 48'd0};
                    nonce <= in_data[95:0];
                    cipher_valid <= 1'b1;
                    cipher_block <= {counter_octets, in_data[95:0]};
                    state <= after_nonce;
                end
                ADDITIONAL: begin
                    kind <= gcm_item::ADDITIONAL;
                    data <= additional < 13'd16 ? shortened(in_data, additional[3:0]) : in_data;
                    additional <= additional - 13'd16;
                    if (additional <= 13'd16) state <= after_additional;
                end
                PAYLOAD: begin
                    kind <= gcm_item::PAYLOAD;
                    data <= in_data;
                    octets <= 5'd16;
                    length <= length - 17'd16;
                    cipher_valid <= 1'b1;
                    cipher_block <= {counter_octets, nonce};
                    if (length <= 17'd16) begin
                        data <= shortened(in_data, remainder);
                        octets <= {remainder == 4'd0, remainder};
                        held <= remainder == 4'd0 ? '0 : in_data >> {remainder, 3'd0};
                        state <= open ? TAG : CLOSE;
                    end
                end
                TAG: begin
                    kind <= gcm_item::END;
                    octets <= {1'b0, remainder};
                    data <= remainder == 4'd0 ? in_data : held | in_data << 8'd128 - {1'b0, remainder, 3'd0};
                    held <= '0;
                    state <= KEY;
                end
                default: ;
            endcase

            if (state == KEY_SECOND || state == KEY && !next_key_256) begin
                kind <= gcm_item::SUBKEY;
                data <= '0;
                key_load <= 1'b1;
                live <= 1'b1;
                key_256 <= state == KEY_SECOND;
                cipher_valid <= 1'b1;
                cipher_block <= '0;
                spacing <= SPACING;
            end
            if (state == NONCE || state == PAYLOAD) counter <= counter + 32'd1;
            if (state == ADDITIONAL || state == PAYLOAD || state == TAG) blocks <= blocks - 14'd1;
            final_blocks <= blocks <= 14'd4;
            power <= blocks[1:0] - 2'd1;

            if (bad) begin
                kind <= gcm_item::END;
                aborted <= 1'b1;
                octets <= '0;
                data <= {120'd0, in_abort && in_abort_status != tlscard_map::STATUS_OK[7:0] ? in_abort_status
                                                                    : tlscard_map::STATUS_DMA_MALFORMED[7:0]};
                cipher_valid <= 1'b0;
                key_load <= 1'b0;
                held <= '0;
                state <= KEY;
            end else if (ends && !in_last) begin
                if (state == TAG) kind <= gcm_item::NONE;
                state <= EXCESS;
            end
        end

        if (state == CLOSE && room) begin
            kind <= gcm_item::END;
            aborted <= 1'b0;
            octets <= {1'b0, remainder};
            data <= '0;
            final_blocks <= 1'b1;
            power <= 2'd0;
            state <= KEY;
        end

        if (idle && rest != 6'd0) begin
            rest <= rest - 1'b1;
            if (rest > WIPED) begin
                kind <= gcm_item::WIPE;
                final_blocks <= 1'b1;
                power <= 2'd0;
                data <= '0;
                cipher_valid <= 1'b1;
                cipher_block <= '0;
                key_load <= 1'b1;
                live <= 1'b0;
                nonce <= '0;
                key_first <= '0;
                key_second <= '0;
            end
        end

        if (rst) begin
            kind <= gcm_item::NONE;
            cipher_valid <= 1'b0;
            key_load <= 1'b0;
            state <= KEY;
            next_valid <= 1'b0;
            spacing <= '0;
            rest <= REST;
            held <= '0;
        end
    end
endmodule
