// SPDX-License-Identifier: Apache-2.0
// A small device with the ports of the card's top, which sends whatever packet a test asks it for.
//
// BAR 0, by octet offset:
//   0x0000  512 words of memory for each function
//   0x0800  ADDRESS_LO   0x0804 ADDRESS_HI   of the next packet
//   0x0808  SHAPE        [10:0] words, [19:16] first, [23:20] last octet enables
//   0x080c  COMMAND      [1:0] 0 raw, 1 read, 2 write, 3 interrupt; [15:8] tag, or vector
//   0x0810  STATUS       [15:0] completions, [18:16] last status that was not zero, [31:24] reads outstanding;
//                       a write clears the first two
//   0x0814  ORDER        tags of the last eight completions, four bits each, the last in [3:0]
//   0x0818  STALL        bit 0: take beats at random times only
//   0x081c  SPOIL        answer the next BAR read: 1 never, 2 unsupported request, 3 with a wrong length
//   0x0820  RAW          four header words of a raw packet; its payload, if any, is the buffer's
//   0x0830  FINISH       $finish
//   0x4000  buffer: 1024 words for each of four tags; reads fill it, writes send it
// BAR 2: 64 words for each function, the MSI-X table.
module loop_top #(
    parameter FUNCTIONS = 4
) (
    input  logic         clk,
    input  logic         rst,
    input  logic         rx_valid,
    output logic         rx_ready,
    input  logic         rx_sop,
    input  logic         rx_eop,
    input  logic [127:0] rx_hdr,
    input  logic [127:0] rx_data,
    input  logic [2:0]   rx_function,
    input  logic [2:0]   rx_bar,
    output logic         tx_valid,
    input  logic         tx_ready,
    output logic         tx_sop,
    output logic         tx_eop,
    output logic [127:0] tx_hdr,
    output logic [127:0] tx_data,
    input  logic [FUNCTIONS-1:0] cfg_bus_master,
    input  logic [FUNCTIONS-1:0] cfg_msix_enable,
    input  logic [FUNCTIONS-1:0] cfg_msix_mask,
    input  logic [FUNCTIONS-1:0] cfg_flr,
    output logic [FUNCTIONS-1:0] cfg_flr_done,
    input  logic [2:0]   cfg_max_payload,
    input  logic [2:0]   cfg_max_read,
    input  logic [12:0]  cfg_bus_device,
    output logic         idle
);
    localparam [2:0] IDLE = 3'd0, ANSWER = 3'd1, SEND = 3'd2, CLEAR = 3'd3;

    logic [2:0]  state;
    logic [31:0] memory [0:4095];
    logic [31:0] table_words [0:511];
    logic [31:0] buffer [0:4095];
    logic [31:0] control [0:15];
    logic [9:0]  filled [0:3];
    logic [15:0] lfsr;

    // The packet being received.
    logic        in_write, in_read, in_completion;
    logic [2:0]  in_function, in_bar;
    logic [13:0] in_word;
    logic [10:0] in_length, in_done;
    logic [3:0]  in_first, in_last;
    logic [1:0]  in_slot;
    logic [31:0] header0, header1, address_word;
    logic [10:0] length, base;
    logic [31:0] in_requester_tag;

    // The packet being sent.
    logic [127:0] out_hdr;
    logic [10:0]  out_length, out_done;
    logic [11:0]  out_base;
    logic         out_buffered;
    logic [127:0] out_words;

    logic [15:0] completions;
    logic [2:0]  bad_status;
    logic [7:0]  outstanding;
    logic [31:0] order;
    logic        stall;
    logic [1:0]  spoil;
    logic [8:0]  clear_word;
    logic [2:0]  clear_function;
    logic        go;
    logic [2:0]  go_function;

    assign header0 = rx_hdr[31:0];
    assign header1 = rx_hdr[63:32];
    assign length = header0[9:0] == 0 ? 11'd1024 : {1'b0, header0[9:0]};
    assign address_word = header0[29] ? rx_hdr[127:96] : rx_hdr[95:64];
    assign rx_ready = state == IDLE && !go && (!stall || lfsr[0]);
    assign idle = state == IDLE && !go && outstanding == 0 && cfg_flr == 0;

    function automatic [31:0] mask_of(input [3:0] enable);
        mask_of = {{8{enable[3]}}, {8{enable[2]}}, {8{enable[1]}}, {8{enable[0]}}};
    endfunction

    // Everything that BAR reads see.
    function automatic [31:0] peek(input [2:0] bar, input [2:0] number, input [13:0] word);
        if (bar == 3'd2) peek = table_words[{number, word[5:0]}];
        else if (word[13:12] != 0) peek = buffer[word[11:0]];
        else if (word[11:9] == 0) peek = memory[{number, word[8:0]}];
        else if (word == 14'h204) peek = {outstanding, 5'd0, bad_status, completions};
        else if (word == 14'h205) peek = order;
        else peek = control[word[3:0]];
    endfunction

    always_comb begin
        in_write = header0[28:24] == 5'd0 && header0[30];
        in_read = header0[28:24] == 5'd0 && !header0[30];
        in_completion = header0[28:24] == 5'd10;
        base = rx_sop ? 11'd0 : in_done;
    end

    assign tx_sop = out_done == 0;
    assign tx_eop = {1'b0, out_done} + 12'd4 >= {1'b0, out_length};
    assign tx_hdr = out_hdr;
    assign tx_valid = state == SEND;
    always_comb begin
        tx_data = out_words;
        if (out_buffered)
            for (int i = 0; i < 4; i++) tx_data[32 * i +: 32] = buffer[out_base + {1'b0, out_done} + i[11:0]];
    end

    logic        r_write, r_completion;
    logic        write_now, completion_now;
    logic [10:0] length_now;
    logic [13:0] word_now;
    logic [3:0]  first_now, last_now;
    logic [1:0]  slot_now;
    logic [2:0]  function_now, bar_now;
    always_comb begin
        write_now = rx_sop ? in_write : r_write;
        completion_now = rx_sop ? in_completion && header0[30] : r_completion;
        length_now = rx_sop ? length : in_length;
        word_now = rx_sop ? address_word[15:2] : in_word;
        first_now = rx_sop ? header1[3:0] : in_first;
        last_now = rx_sop ? header1[7:4] : in_last;
        slot_now = rx_sop ? rx_hdr[73:72] : in_slot;
        function_now = rx_sop ? rx_function : in_function;
        bar_now = rx_sop ? rx_bar : in_bar;
    end

    always_ff @(posedge clk) begin
        lfsr <= {lfsr[14:0], lfsr[15] ^ lfsr[13] ^ lfsr[12] ^ lfsr[10]};
        cfg_flr_done <= '0;
        if (rx_valid && rx_ready) begin
            in_done <= base + 11'd4;
            in_length <= length_now;
            in_word <= word_now;
            in_first <= first_now;
            in_last <= last_now;
            in_slot <= slot_now;
            in_function <= function_now;
            in_bar <= bar_now;
            r_write <= write_now;
            r_completion <= completion_now;
            for (int i = 0; i < 4; i++) begin
                logic [10:0] n;
                logic [13:0] word;
                logic [31:0] mask, data;
                n = base + i[10:0];
                word = word_now + {3'd0, n};
                mask = mask_of(n == 0 ? first_now : n == length_now - 11'd1 ? last_now : 4'hf);
                data = rx_data[32 * i +: 32] & mask;
                if (write_now && n < length_now) begin
                    if (bar_now == 3'd2)
                        table_words[{function_now, word[5:0]}] <=
                            (table_words[{function_now, word[5:0]}] & ~mask) | data;
                    else if (word[13:12] != 0)
                        buffer[word[11:0]] <= (buffer[word[11:0]] & ~mask) | data;
                    else if (word[11:9] == 0)
                        memory[{function_now, word[8:0]}] <= (memory[{function_now, word[8:0]}] & ~mask) | data;
                    else begin
                        control[word[3:0]] <= (control[word[3:0]] & ~mask) | data;
                        if (word == 14'h203) begin
                            go <= 1'b1;
                            go_function <= function_now;
                        end
                        if (word == 14'h204) begin
                            completions <= '0;
                            bad_status <= '0;
                        end
                        if (word == 14'h206) stall <= data[0];
                        if (word == 14'h207) spoil <= data[1:0];
                        if (word == 14'h20c) $finish;
                    end
                end
                if (completion_now && n < length_now)
                    buffer[{slot_now, filled[slot_now] + n[9:0]}] <= rx_data[32 * i +: 32];
            end
            if (rx_sop && in_completion) begin
                completions <= completions + 16'd1;
                order <= {order[27:0], rx_hdr[75:72]};
                if (header1[15:13] != 0) bad_status <= header1[15:13];
                if (header1[15:13] != 0 || {1'b0, header1[11:0]} + {11'd0, rx_hdr[65:64]} <= {length, 2'b00} &&
                    header1[11:0] != 0 || header1[11:0] == 0 && length == 11'd1024)
                    outstanding <= outstanding - 8'd1;
            end
            if (rx_eop && completion_now) filled[slot_now] <= filled[slot_now] + length_now[9:0];
            if (rx_sop && in_read) begin
                in_requester_tag <= {header1[31:8], 8'd0};
                state <= spoil == 2'd1 ? IDLE : ANSWER;
                if (spoil == 2'd1) spoil <= 2'd0;
            end
        end else if (state == IDLE && go) begin
            go <= 1'b0;
            out_done <= 11'd0;
            out_length <= control[2][10:0];
            out_base <= {control[3][9:8], 10'd0};
            out_buffered <= 1'b1;
            state <= SEND;
            case (control[3][1:0])
                2'd0: begin
                    out_hdr <= {control[11], control[10], control[9], control[8]};
                    if (!control[8][30]) out_length <= 11'd1;
                end
                2'd3: begin
                    out_length <= 11'd1;
                    out_buffered <= 1'b0;
                    out_words <= {96'd0, table_words[{go_function, control[3][11:8], 2'd2}]};
                    out_hdr <= {32'd0, table_words[{go_function, control[3][11:8], 2'd0}],
                                cfg_bus_device, go_function, 16'h000f, 32'h40000001};
                    if (!cfg_msix_enable[go_function[1:0]] || cfg_msix_mask[go_function[1:0]] ||
                        table_words[{go_function, control[3][11:8], 2'd3}][0]) state <= IDLE;
                end
                default: begin
                    out_hdr <= control[1] != 0
                        ? {control[0], control[1], cfg_bus_device, go_function, control[3][15:8], control[2][23:16],
                           1'b0, control[3][1], 6'h20, 14'd0, control[2][9:0]}
                        : {32'd0, control[0], cfg_bus_device, go_function, control[3][15:8], control[2][23:16],
                           1'b0, control[3][1], 6'h00, 14'd0, control[2][9:0]};
                    if (control[3][1:0] == 2'd1) begin
                        out_length <= 11'd1;
                        outstanding <= outstanding + 8'd1;
                        filled[control[3][9:8]] <= 10'd0;
                    end
                    if (!cfg_bus_master[go_function[1:0]]) begin
                        state <= IDLE;
                        outstanding <= outstanding;
                    end
                end
            endcase
        end else if (state == IDLE && (cfg_flr & ~cfg_flr_done) != 0) begin
            clear_word <= 9'd0;
            for (int i = 0; i < FUNCTIONS; i++) if (cfg_flr[i] && !cfg_flr_done[i]) clear_function <= i[2:0];
            state <= CLEAR;
        end else if (state == ANSWER) begin
            out_done <= 11'd0;
            out_length <= in_length;
            out_buffered <= 1'b0;
            out_words <= {64'd0, peek(in_bar, in_function, in_word + 14'd1), peek(in_bar, in_function, in_word)};
            out_hdr <= {32'd0, in_requester_tag | {25'd0, in_word[4:0], first_skip(in_first)},
                        cfg_bus_device, in_function, 4'd0, octets(in_length, in_first, in_last),
                        32'h4a000000 | {21'd0, in_length}};
            if (spoil == 2'd2) begin
                out_hdr[31:0] <= 32'h0a000000;
                out_hdr[47:45] <= 3'd1;
            end
            if (spoil == 2'd3) begin
                out_hdr[9:0] <= 10'd3;
                out_length <= 11'd3;
            end
            spoil <= 2'd0;
            state <= SEND;
        end else if (state == SEND && tx_ready) begin
            out_done <= out_done + 11'd4;
            if (tx_eop) state <= IDLE;
        end else if (state == CLEAR) begin
            memory[{clear_function, clear_word}] <= '0;
            table_words[{clear_function, clear_word[5:0]}] <= {31'd0, clear_word[1:0] == 2'd3};
            clear_word <= clear_word + 9'd1;
            if (clear_word == 9'd511) begin
                state <= IDLE;
                cfg_flr_done[clear_function[1:0]] <= 1'b1;
            end
        end
        if (rst) begin
            state <= IDLE;
            lfsr <= 16'hace1;
            completions <= '0;
            bad_status <= '0;
            outstanding <= '0;
            order <= '0;
            stall <= 1'b0;
            spoil <= '0;
            go <= 1'b0;
        end
    end

    function automatic [1:0] first_skip(input [3:0] enable);
        first_skip = enable[0] ? 2'd0 : enable[1] ? 2'd1 : enable[2] ? 2'd2 : {2{enable[3]}};
    endfunction

    function automatic [11:0] octets(input [10:0] words, input [3:0] first, input [3:0] last);
        logic [3:0] end_enable;
        logic [1:0] spare;
        end_enable = words == 11'd1 ? first : last;
        spare = end_enable[3] ? 2'd0 : end_enable[2] ? 2'd1 : end_enable[1] ? 2'd2 : {2{end_enable[0]}};
        octets = {words[9:0], 2'd0} - {10'd0, first_skip(first)} - {10'd0, spare};
    endfunction

    logic unused;
    assign unused = &{1'b0, cfg_max_payload, cfg_max_read, address_word[31:16], address_word[1:0],
                      header0[31], header0[23:10]};
endmodule
