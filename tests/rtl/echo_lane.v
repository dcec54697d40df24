// SPDX-License-Identifier: Apache-2.0
// A test lane: gives a record's payload back, with a tag that depends on every beat and its place.
//
// The tag starts as zero; for each beat of key, nonce, additional data and payload, zeros behind the
// last octet of each, it is turned left by one bit and the beat is added to it by exclusive or.

module echo_lane (
    input  logic         clk,
    input  logic         rst,
    input  logic [3:0]   stall,        // of 16 cycles, those in which no input is taken
    input  logic         cmd_valid,
    output logic         cmd_ready,
    input  logic         cmd_open,
    input  logic         cmd_key_256,
    input  logic [12:0]  cmd_aad,
    input  logic [16:0]  cmd_length,
    input  logic         in_valid,
    output logic         in_ready,
    input  logic [127:0] in_data,
    input  logic         in_last,
    input  logic         in_abort,
    input  logic [7:0]   in_abort_status,
    output logic         out_valid,
    input  logic         out_ready,
    output logic [127:0] out_data,
    output logic         done_valid,
    input  logic         done_ready,
    output logic [7:0]   done_status,
    output logic [31:0]  done_cycles,  // beats of the input, 1000 more
    output logic         busy,
    output logic         misused       // the last beat came elsewhere than the lengths say
);
    typedef enum logic [2:0] {COMMAND, HEADER, PAYLOAD, FLUSH, DONE} step_t;
    step_t step;
    logic open, whole;
    logic [9:0] header;                // beats of the key block yet to come
    logic [16:0] left;                 // octets of payload yet to come
    logic [3:0] rest;                  // octets in the last beat of payload
    logic [127:0] tag, given;          // made, and found behind the payload
    logic [7:0] status;
    logic [31:0] beats;
    logic [15:0] chance;

    logic put, room, some, ends;
    logic [128:0] put_word, word;
    fifo #(.WIDTH(129), .DEPTH(8)) results (
        .clk, .rst, .in_valid(put), .in_ready(room), .in_data(put_word), .out_valid(some),
        .out_ready(ends ? done_ready : out_ready), .out_data(word));
    assign ends = word[128];
    assign out_valid = some && !ends;
    assign out_data = out_valid ? word[127:0] : '0;
    assign done_valid = some && ends;
    assign {done_cycles, done_status} = word[39:0];
    assign busy = step != COMMAND || some;

    function automatic [127:0] first_octets(input [127:0] data, input [4:0] octets);
        first_octets = data & ~({128{1'b1}} << {octets, 3'b000});
    endfunction

    logic take, last_beat, partial;
    logic [127:0] beat, tag_next;
    logic [4:0] kept;                  // octets of payload in this beat
    assign cmd_ready = step == COMMAND && chance[3:0] >= stall;
    assign in_ready = (step == HEADER || step == PAYLOAD) && room && chance[7:4] >= stall;
    assign take = in_valid && in_ready;
    assign partial = left < 17'd16;
    assign kept = partial ? left[4:0] : 5'd16;
    assign beat = step == PAYLOAD ? first_octets(in_data, kept) : in_data;
    assign tag_next = step == PAYLOAD && kept == 5'd0 ? tag : {tag[126:0], tag[127]} ^ beat;
    // What an opened record has behind its payload takes one beat more where it does not fit.
    assign last_beat = step == HEADER ? header == 10'd1 && left == 17'd0 && !open
        : whole ? 1'b1 : open ? left == 17'd0 : left <= 17'd16;

    always_comb begin
        put = 1'b0;
        put_word = '0;
        case (step)
            PAYLOAD: begin
                put = take && !in_abort && kept != 5'd0 && !whole;
                put_word = {1'b0, open || !partial ? beat : beat | (tag_next << {kept, 3'b000})};
            end
            FLUSH: begin
                put = room;
                put_word = {1'b0, rest == 4'd0 ? tag : tag >> {5'd16 - {1'b0, rest}, 3'b000}};
            end
            DONE: begin
                put = room;
                put_word = {1'b1, 88'd0, beats + 32'd1000,
                            status != 8'd0 ? status : open && tag != given ? tlscard_map::STATUS_TAG_MISMATCH : 8'd0};
            end
            default: ;
        endcase
    end

    always_ff @(posedge clk) begin
        chance <= {chance[14:0], chance[15] ^ chance[13] ^ chance[12] ^ chance[10]};
        if (take) begin
            beats <= beats + 32'd1;
            tag <= whole ? tag : tag_next;
            if (in_last != last_beat && !in_abort) misused <= 1'b1;
            if (in_abort && !in_last) misused <= 1'b1;
        end
        case (step)
            COMMAND: if (cmd_valid && cmd_ready) begin
                step <= HEADER;
                open <= cmd_open;
                header <= (cmd_key_256 ? 10'd3 : 10'd2) + {1'b0, cmd_aad[12:4]} + {9'd0, cmd_aad[3:0] != 4'd0};
                left <= cmd_length;
                rest <= cmd_length[3:0];
                whole <= 1'b0;
                tag <= '0;
                given <= '0;
                beats <= '0;
            end
            HEADER: if (take) begin
                header <= header - 10'd1;
                if (header == 10'd1) step <= in_last ? FLUSH : PAYLOAD;
            end
            PAYLOAD: if (take) begin
                left <= left - {12'd0, kept};
                if (whole) given <= given | (in_data << {5'd16 - {1'b0, rest}, 3'b000});
                else if (open && partial) begin
                    given <= in_data >> {kept, 3'b000};
                    whole <= 1'b1;
                end
                if (in_last) step <= open ? DONE : FLUSH;
            end
            FLUSH: if (put) step <= DONE;
            DONE: if (put) step <= COMMAND;
            default: step <= COMMAND;
        endcase
        if (take) status <= in_last && in_abort ? in_abort_status : 8'd0;
        if (take && in_last && in_abort) step <= DONE;
        if (rst) begin
            step <= COMMAND;
            chance <= 16'hace1;
            misused <= 1'b0;
            status <= '0;
        end
    end
endmodule
