// SPDX-License-Identifier: Apache-2.0
// The outstanding reads: which tags are in use, what each still expects, and how each ended.
//
// A read never covers more than one aligned block of 512 octets, its tag's slot of the reorder
// buffer. A completion is taken only if function, Lower Address, Byte Count and Length are exactly
// what the tag still expects, so no packet can reach another read's slot (PCIe base specification
// section 2.3.2). Anything else ends the read with MALFORMED, or is unexpected.
//
// A tag whose read ended while more completions may come (timeout, malformed) is in quarantine: not
// used again until its last completion came, known after a timeout by its Byte Count, or until
// QUARANTINE_TICKS have passed, about 25 times the timeout. Completers give up in far less, so the
// tag's next read cannot take an old completion for its own. Ticks are an eighth of the timeout:
// a read times out after 1 to 9/8 of TIMEOUT_CYCLES.

module pcie_tags #(
    parameter TAGS = 32,
    parameter TIMEOUT_CYCLES = 12500000
) (
    input                       clk,
    input                       rst,

    input                       want, // a tag is wanted
    output                      free_valid,
    output logic [$clog2(TAGS)-1:0] free_tag,
    input                       take, // the free tag is taken

    input                       sent, // the read of a taken tag leaves
    input  [$clog2(TAGS)-1:0]   sent_tag,
    input  [2:0]                sent_function,
    input  [8:0]                sent_offset, // of its first octet in the slot
    input  [9:0]                sent_octets,

    input                       beat_valid, // of a completion
    input                       beat_first,
    input                       beat_last,
    input                       beat_bad,
    /* verilator lint_off UNUSEDSIGNAL */ // what a completion is not told by
    input  [127:0]              beat_header,
    /* verilator lint_on UNUSEDSIGNAL */
    input  [127:0]              beat_data,
    input  [2:0]                beat_function,
    output                      quarantined, // some tag is
    output logic                unexpected, // one cycle, with the first beat of an unexpected completion

    output logic [3:0]          put_enable, // doublewords of the reorder buffer's banks
    output logic [$clog2(TAGS)-1:0] put_tag,
    output logic [19:0]         put_rows, // of each bank, 5 bits
    output logic [127:0]        put_data,

    input  [$clog2(TAGS)-1:0]   drain_tag,
    output                      drain_done,
    output [7:0]                drain_status, // valid with drain_done
    input                       drain_release
);
    localparam T = $clog2(TAGS);
    localparam TICK_CYCLES = TIMEOUT_CYCLES / 8 > TAGS ? TIMEOUT_CYCLES / 8 : TAGS;
    localparam [7:0] TIMEOUT_TICKS = 8'd9;
    localparam [7:0] QUARANTINE_TICKS = 8'd200;

    generate
        if (TAGS < 2 || TAGS > 256 || (TAGS & (TAGS - 1)) != 0) begin : check
            TAGS_must_be_a_power_of_two_from_2_to_256 unsupported();
        end
    endgenerate

    // State of each tag
    logic [TAGS-1:0] used;       // from take to release
    logic [TAGS-1:0] pending;    // sent, and not ended
    logic [TAGS-1:0] done;       // ended, its data in place
    logic [TAGS-1:0] timed_out;
    logic [TAGS-1:0] poisoned;
    logic [TAGS-1:0] started;    // some completion was taken: progress is valid
    logic [TAGS-1:0] quarantine;
    logic [TAGS-1:0] distrusted; // no completion ends the quarantine
    logic [21:0] request[0:TAGS-1];  // function, offset, octets
    logic [18:0] progress[0:TAGS-1]; // offset and octets yet to come
    logic [7:0] ended[0:TAGS-1];     // status
    logic [7:0] stamp[0:TAGS-1];     // tick at which it was sent

    // The completion at hand: combinational from its first beat, held for the others
    localparam [1:0] IGNORE = 2'd0, ADVANCE = 2'd1, FINISH = 2'd2, ABANDON = 2'd3;
    logic [1:0] action, held_action;
    logic [7:0] status, held_status;
    logic [T-1:0] tag, held_tag;
    logic [8:0] offset, held_offset;      // of the slot, at which it begins
    logic [9:0] rest, held_rest;          // octets that it leaves to come
    logic [10:0] dwords, held_dwords;     // yet to be stored
    logic [8:0] next_offset, held_next;   // at which the next one should begin
    logic [4:0] row, held_row;
    logic poison, held_poison;
    logic frees, held_frees;              // it is the last one of a tag in quarantine

    logic fits, final_, belongs;
    logic [2:0] request_function;
    logic [9:0] octets;
    logic [7:0] needed;                   // doublewords that would complete the read
    logic [12:0] carried;                 // octets that the packet holds
    logic [127:0] turned;

    // Where the data go in the next cycle, and what ends with them
    logic finish;
    logic [T-1:0] finish_tag;

    assign free_valid = !(used[free_tag] || pending[free_tag] || quarantine[free_tag]);
    assign quarantined = quarantine != '0;
    assign drain_done = done[drain_tag];
    assign drain_status = !drain_done ? 8'd0 : timed_out[drain_tag] ? tlscard_map::STATUS_DMA_TIMEOUT : ended[drain_tag];

    always_comb begin
        action = held_action;
        status = held_status;
        tag = held_tag;
        offset = held_offset;
        rest = held_rest;
        dwords = held_dwords;
        next_offset = held_next;
        row = held_row;
        poison = held_poison;
        frees = held_frees;
        unexpected = 1'b0;
        fits = 1'b0;
        final_ = 1'b0;
        belongs = 1'b0;
        request_function = '0;
        octets = '0;
        needed = '0;
        carried = '0;
        if (beat_valid && beat_first) begin
            tag = beat_header[72 +: T];
            {request_function, offset, octets} = request[tag];
            if (started[tag]) {offset, octets} = progress[tag];
            // Type 01010, tag bits 9:8 zero, and a tag and function that asked
            belongs = beat_header[28:24] == 5'b01010 && !beat_header[23] && !beat_header[19] &&
                      beat_header[79:72] == 8'(tag) && beat_function == request_function;
            dwords = beat_header[9:0] == '0 ? 11'd1024 : {1'b0, beat_header[9:0]};
            carried = {dwords, 2'b00} - {11'd0, beat_header[65:64]};
            needed = 8'((octets + {8'd0, offset[1:0]} + 10'd3) >> 2);
            final_ = dwords == {3'd0, needed};
            next_offset = {offset[8:2] + dwords[6:0], 2'b00};
            fits = beat_header[30] && beat_header[43:32] == {2'd0, octets} && beat_header[70:64] == offset[6:0] &&
                   (final_ || (dwords < {3'd0, needed} && next_offset[5:0] == '0));
            rest = octets - carried[9:0];
            row = offset[8:4];
            poison = beat_header[14];
            frees = belongs && quarantine[tag] && !distrusted[tag] &&
                    (beat_header[47:45] != 3'b000 ||
                     (beat_header[43:32] != '0 && {1'b0, beat_header[43:32]} <= carried));
            unexpected = !(belongs && pending[tag]);
            status = tlscard_map::STATUS_OK;
            action = IGNORE;
            if (!unexpected) begin
                if (beat_header[47:45] != 3'b000) begin // reserved ones count as Unsupported Request
                    action = FINISH;
                    status = beat_header[47:45] == 3'b100 ? tlscard_map::STATUS_DMA_COMPLETER_ABORT
                                                          : tlscard_map::STATUS_DMA_UNSUPPORTED_REQUEST;
                end else if (!fits) begin
                    action = ABANDON;
                end else begin
                    action = final_ ? FINISH : ADVANCE;
                    if (poison || poisoned[tag]) status = tlscard_map::STATUS_DMA_POISONED;
                end
            end
        end
        if (beat_valid && beat_last && beat_bad && action != IGNORE) action = ABANDON;
        if (action == ABANDON) status = tlscard_map::STATUS_DMA_MALFORMED;
    end

    always_comb begin
        turned = '0;
        if (beat_valid)
            case (offset[3:2])
                2'd0: turned = beat_data;
                2'd1: turned = {beat_data[95:0], beat_data[127:96]};
                2'd2: turned = {beat_data[63:0], beat_data[127:64]};
                default: turned = {beat_data[31:0], beat_data[127:32]};
            endcase
    end

    // Data: doubleword i of a beat goes to bank (offset + i) mod 4, in the next row where that wraps.
    always_ff @(posedge clk) begin
        put_enable <= '0;
        finish <= 1'b0;
        if (beat_valid) begin
            if (action != IGNORE && action != ABANDON && status == tlscard_map::STATUS_OK) begin
                for (integer bank = 0; bank < 4; bank = bank + 1) begin
                    put_enable[bank] <= dwords > {9'd0, 2'(bank) - offset[3:2]};
                    put_rows[5*bank +: 5] <= row + {4'd0, 2'(bank) < offset[3:2]};
                end
                put_data <= turned;
                put_tag <= tag;
            end
            held_action <= action;
            held_status <= status;
            held_tag <= tag;
            held_offset <= offset;
            held_rest <= rest;
            held_dwords <= dwords - 11'd4;
            held_next <= next_offset;
            held_row <= row + 5'd1;
            held_poison <= poison;
            held_frees <= frees;
            if (beat_last) begin
                held_action <= IGNORE;
                finish <= action == FINISH || action == ABANDON;
                finish_tag <= tag;
            end
        end else if (put_enable != '0)
            put_data <= '0;
        if (sweep_hits && sweep_tag == held_tag && !beat_valid) held_action <= IGNORE;
        if (rst) begin
            put_enable <= '0;
            put_data <= '0;
            finish <= 1'b0;
            held_action <= IGNORE;
        end
    end

    // Time: a tick now and then, after which a sweep looks at one tag in each cycle.
    logic [31:0] prescaler;
    logic [7:0] tick;
    logic sweeping;
    logic [T-1:0] sweep_tag;
    logic [7:0] sweep_age;
    wire sweep_waits = beat_valid && action != IGNORE && tag == sweep_tag;
    wire sweep_hits = sweeping && !sweep_waits && pending[sweep_tag] && sweep_age >= TIMEOUT_TICKS;

    always_comb begin
        sweep_age = '0;
        if (sweeping) sweep_age = tick - stamp[sweep_tag];
    end

    always_ff @(posedge clk) begin
        if ((pending | quarantine) != '0) begin
            prescaler <= prescaler + 32'd1;
            if (prescaler == TICK_CYCLES - 1) begin
                prescaler <= '0;
                tick <= tick + 8'd1;
                sweeping <= 1'b1;
                sweep_tag <= '0;
            end
        end
        if (sweeping && !sweep_waits) begin
            sweep_tag <= sweep_tag + 1'b1;
            if (sweep_tag == T'(TAGS - 1)) sweeping <= 1'b0;
        end
        if (rst) begin
            prescaler <= '0;
            tick <= '0;
            sweeping <= 1'b0;
        end
    end

    // The state of the tags
    always_ff @(posedge clk) begin
        if (want && !free_valid) free_tag <= free_tag + 1'b1;
        if (take) begin
            used[free_tag] <= 1'b1;
            free_tag <= free_tag + 1'b1;
        end
        if (sent) begin
            pending[sent_tag] <= 1'b1;
            started[sent_tag] <= 1'b0;
            poisoned[sent_tag] <= 1'b0;
            timed_out[sent_tag] <= 1'b0;
            distrusted[sent_tag] <= 1'b0;
        end
        if (beat_valid && beat_last) begin
            if (action == ADVANCE) begin
                started[tag] <= 1'b1;
                if (poison) poisoned[tag] <= 1'b1;
            end
            if (action == FINISH || action == ABANDON) pending[tag] <= 1'b0;
            if (action == ABANDON) begin
                quarantine[tag] <= 1'b1;
                distrusted[tag] <= 1'b1;
            end
            if (frees) quarantine[tag] <= 1'b0;
        end
        if (sweep_hits) begin
            pending[sweep_tag] <= 1'b0;
            timed_out[sweep_tag] <= 1'b1;
            done[sweep_tag] <= 1'b1;
            quarantine[sweep_tag] <= 1'b1;
        end
        if (sweeping && quarantine[sweep_tag] && sweep_age >= QUARANTINE_TICKS) quarantine[sweep_tag] <= 1'b0;
        if (finish) done[finish_tag] <= 1'b1;
        if (drain_release) begin
            done[drain_tag] <= 1'b0;
            used[drain_tag] <= 1'b0;
        end
        if (rst) begin
            free_tag <= '0;
            used <= '0;
            pending <= '0;
            done <= '0;
            quarantine <= '0;
        end
    end

    always_ff @(posedge clk) begin
        if (sent) begin
            request[sent_tag] <= {sent_function, sent_offset, sent_octets};
            stamp[sent_tag] <= tick;
        end
        if (beat_valid && beat_last) begin
            if (action == ADVANCE) progress[tag] <= {next_offset, rest};
            if (action == FINISH || action == ABANDON) ended[tag] <= status;
        end
    end
endmodule
