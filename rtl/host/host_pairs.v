// SPDX-License-Identifier: Apache-2.0
// State of every queue pair: one operation at a time reads and rewrites one pair.
//
// A pair is indexed {function, pair}. Of its n entries at most n - 1 are used in either queue, so
// equal indices mean an empty queue; an entry is claimed only while claimed and unconsumed ones
// together stay below n - 1, so a completion always finds its place. A pair that halts takes no more
// entries, but those that it has taken complete. A pair enabled again with old requests still
// in flight is `draining`: nothing is fetched, and they are dropped, until the last has ended.

module host_pairs (
    input  logic        clk,
    input  logic        rst,

    // Claim: take the next entry of a pair, its address given, or (ok low) find that there is none.
    input  logic        claim_valid,
    output logic        claim_ready,
    input  logic [5:0]  claim_pair,
    output logic        claim_ok,
    output logic [63:0] claim_address,

    // Fetched: the oldest entry claimed has come, or could not be read, which halts the pair. Not live:
    // the request has ended with this; so do those claimed before the pair halted that come after.
    input  logic        fetched_valid,
    output logic        fetched_ready,
    input  logic [5:0]  fetched_pair,
    input  logic [7:0]  fetched_status,
    output logic        fetched_live,

    // Look: what a completion of the pair needs; take gives it the place in the queue. The place
    // counts from here, because the driver may have consumed the entry before the request finishes.
    input  logic        look_valid,
    input  logic        look_take,
    output logic        look_ready,
    input  logic [5:0]  look_pair,
    output logic [63:0] look_address,
    output logic        look_phase,
    output logic [15:0] look_sq_head,
    output logic        look_interrupt,
    output logic [15:0] look_vector,

    // Finish: a request has ended; it may have been refused for want of bus mastership.
    input  logic        finish_valid,
    output logic        finish_ready,
    input  logic [5:0]  finish_pair,
    input  logic        finish_refused,

    // Registers and doorbells; read data is valid with ready.
    input  logic        access_valid,
    output logic        access_ready,
    input  logic        access_write,
    input  logic        access_doorbell,
    input  logic [5:0]  access_pair,
    input  logic [5:0]  access_offset,
    input  logic [15:0] access_address,    // in BAR 0, for the error log
    input  logic [31:0] access_wdata,
    input  logic [3:0]  access_wstrb,
    output logic [31:0] access_rdata,

    // Reset: pairs of these functions are disabled and stay so; clear puts one at its reset values.
    input  logic [7:0]  resetting,
    input  logic        clear_valid,
    output logic        clear_ready,
    input  logic [5:0]  clear_pair,

    input  logic [7:0]  bus_master,
    output logic [63:0] live,     // enabled, and not draining
    output logic [63:0] want,     // an entry can be claimed
    output logic [63:0] busy,     // requests in flight

    output logic        log_valid,
    input  logic        log_ready,
    output logic [5:0]  log_pair,
    output logic [7:0]  log_code,
    output logic [63:0] log_address
);
    localparam [5:0] OFFSET_ENABLE = tlscard_map::QREG_ENABLE[5:0];

    typedef struct packed {
        logic [9:0] sq_head;    // of the entries that have come
        logic [9:0] sq_next;    // to be claimed
        logic [9:0] sq_tail;
        logic [9:0] cq_head;
        logic [9:0] cq_tail;
        logic [9:0] in_flight;
        logic       phase;
        logic [7:0] error;
    } state_t;

    // What the driver sets while the pair is disabled, and what moves.
    logic [63:0] sq_bases [0:63];
    logic [63:0] cq_bases [0:63];
    logic [20:0] settings [0:63];    // {size, interrupt, vector}
    logic [68:0] states   [0:63];

    logic [63:0] enabled, draining;
    assign live = enabled & ~draining;

    // One operation a cycle; what ends requests comes before what begins them.
    logic active;
    logic [5:0] index;
    assign finish_ready  = log_ready;
    assign fetched_ready = log_ready && !finish_valid;
    assign look_ready    = log_ready && !finish_valid && !fetched_valid;
    assign claim_ready   = log_ready && !finish_valid && !fetched_valid && !look_valid;
    assign access_ready  = log_ready && !finish_valid && !fetched_valid && !look_valid && !claim_valid;
    assign clear_ready   = log_ready && !finish_valid && !fetched_valid && !look_valid && !claim_valid && !access_valid;
    assign active = log_ready &&
        (finish_valid || fetched_valid || look_valid || claim_valid || access_valid || clear_valid);
    assign index = finish_valid ? finish_pair : fetched_valid ? fetched_pair : look_valid ? look_pair
        : claim_valid ? claim_pair : access_valid ? access_pair : clear_pair;

    // The pair at hand.
    state_t now, next;
    logic [63:0] sq_base, cq_base, sq_base_next, cq_base_next, entry_address;
    logic [20:0] setting, setting_next;
    logic [9:0] mask;
    logic now_enabled, now_draining, next_enabled, next_draining, next_want, set;

    function automatic [31:0] merge(input [31:0] old, input [31:0] data, input [3:0] enables);
        merge = {enables[3] ? data[31:24] : old[31:24], enables[2] ? data[23:16] : old[23:16],
                 enables[1] ? data[15:8] : old[15:8], enables[0] ? data[7:0] : old[7:0]};
    endfunction

    // The octets written; those not enabled count as zero.
    logic [31:0] written;
    assign written = merge(32'd0, access_wdata, access_wstrb);

    // A doorbell moves an index forward only: the new distance from the other end of the queue
    // shows an overrun.
    logic [9:0] sq_ahead_old, sq_ahead_new, cq_ahead_old, cq_ahead_new;
    logic beyond;
    assign sq_ahead_old = (now.sq_tail - now.sq_head) & mask;
    assign sq_ahead_new = (written[9:0] - now.sq_head) & mask;
    assign cq_ahead_old = (now.cq_tail - now.cq_head) & mask;
    assign cq_ahead_new = (written[9:0] - now.cq_head) & mask;
    assign beyond = (written & ~{22'd0, mask}) != 32'd0;

    logic queue_valid;
    assign queue_valid = setting[20:17] >= 4'd1 && setting[20:17] <= tlscard_map::MAX_LOG2_ENTRIES[3:0]
        && sq_base[5:0] == 6'd0 && cq_base[5:0] == 6'd0;

    always_comb begin
        now = '0;
        sq_base = '0;
        cq_base = '0;
        setting = '0;
        now_enabled = 1'b0;
        now_draining = 1'b0;
        mask = '0;
        entry_address = '0;
        if (active) begin
            now = states[index];
            sq_base = sq_bases[index];
            cq_base = cq_bases[index];
            setting = settings[index];
            now_enabled = enabled[index];
            now_draining = draining[index];
            mask = ~(10'h3ff << setting[20:17]);
            entry_address = sq_base + {48'd0, fetched_valid ? now.sq_head : now.sq_next, 6'd0};
        end
    end

    assign look_address = cq_base + {50'd0, now.cq_tail, 4'd0};
    assign look_phase = now.phase;
    assign look_sq_head = {6'd0, now.sq_head};
    assign look_interrupt = setting[16];
    assign look_vector = setting[15:0];
    assign claim_address = entry_address;
    assign fetched_live = now_enabled && !now_draining && now.error == tlscard_map::ERROR_NONE
        && fetched_status == tlscard_map::STATUS_OK;

    always_comb begin
        next = now;
        next_enabled = now_enabled;
        next_draining = now_draining;
        sq_base_next = sq_base;
        cq_base_next = cq_base;
        setting_next = setting;
        set = 1'b0;
        claim_ok = 1'b0;
        log_code = tlscard_map::ERROR_NONE;
        log_address = '0;
        if (active) begin
            if (finish_valid) begin
                next.in_flight = now.in_flight - 10'd1;
                if (now_enabled && !now_draining && finish_refused) begin
                    log_code = tlscard_map::ERROR_BUS_MASTER_DISABLED;
                    log_address = look_address;
                end
            end else if (fetched_valid) begin
                if (!fetched_live) next.in_flight = now.in_flight - 10'd1;
                else next.sq_head = (now.sq_head + 10'd1) & mask;
                if (now_enabled && !now_draining && now.error == tlscard_map::ERROR_NONE && !fetched_live) begin
                    log_code = fetched_status;
                    log_address = entry_address;
                end
            end else if (look_valid) begin
                if (look_take) begin
                    next.cq_tail = (now.cq_tail + 10'd1) & mask;
                    next.phase = now.phase ^ (now.cq_tail == mask);
                end
            end else if (claim_valid) begin
                if (want[claim_pair]) begin
                    if (bus_master[claim_pair[5:3]]) begin
                        claim_ok = 1'b1;
                        next.sq_next = (now.sq_next + 10'd1) & mask;
                        next.in_flight = now.in_flight + 10'd1;
                    end else begin
                        log_code = tlscard_map::ERROR_BUS_MASTER_DISABLED;
                        log_address = entry_address;
                    end
                end
            end else if (access_valid) begin
                if (access_write && access_wstrb != 4'd0 && !resetting[index[5:3]]) begin
                    log_address = {48'd0, access_address};
                    if (access_doorbell) begin
                        if (!now_enabled) log_code = tlscard_map::ERROR_INVALID_DOORBELL;
                        else if (now.error == tlscard_map::ERROR_NONE) begin
                            if (access_offset == tlscard_map::DOORBELL_SQ_TAIL[5:0]) begin
                                if (beyond || sq_ahead_new < sq_ahead_old) log_code = tlscard_map::ERROR_INVALID_DOORBELL;
                                else next.sq_tail = written[9:0];
                            end else begin
                                if (beyond || cq_ahead_new > cq_ahead_old) log_code = tlscard_map::ERROR_INVALID_DOORBELL;
                                else next.cq_head = written[9:0];
                            end
                        end
                    end else if (access_offset == OFFSET_ENABLE) begin
                        if (access_wstrb[0] && !access_wdata[0]) begin
                            next_enabled = 1'b0;
                            next_draining = 1'b0;
                        end else if (access_wstrb[0] && !now_enabled) begin
                            if (queue_valid) begin
                                next_enabled = 1'b1;
                                next_draining = now.in_flight != 10'd0;
                                next = '0;
                                next.in_flight = now.in_flight;
                                next.phase = 1'b1;
                            end else log_code = tlscard_map::ERROR_INVALID_QUEUE;
                        end
                    end else if (!now_enabled) begin
                        set = 1'b1;
                        case (access_offset)
                            tlscard_map::QREG_SQ_BASE_LO[5:0]:
                                sq_base_next[31:0] = merge(sq_base[31:0], access_wdata, access_wstrb);
                            tlscard_map::QREG_SQ_BASE_HI[5:0]:
                                sq_base_next[63:32] = merge(sq_base[63:32], access_wdata, access_wstrb);
                            tlscard_map::QREG_CQ_BASE_LO[5:0]:
                                cq_base_next[31:0] = merge(cq_base[31:0], access_wdata, access_wstrb);
                            tlscard_map::QREG_CQ_BASE_HI[5:0]:
                                cq_base_next[63:32] = merge(cq_base[63:32], access_wdata, access_wstrb);
                            // A size with any higher bit set is kept as 15, which is no size either.
                            tlscard_map::QREG_SIZE[5:0]:
                                setting_next[20:17] = written[31:4] != 28'd0 ? 4'd15
                                    : access_wstrb[0] ? written[3:0] : setting[20:17];
                            tlscard_map::QREG_VECTOR[5:0]: begin
                                setting_next[15:8] = access_wstrb[1] ? access_wdata[15:8] : setting[15:8];
                                setting_next[7:0] = access_wstrb[0] ? access_wdata[7:0] : setting[7:0];
                                setting_next[16] = access_wstrb[3] ? access_wdata[31] : setting[16];
                            end
                            default: set = 1'b0;
                        endcase
                    end
                end
            end else begin
                next = '0;
                next_enabled = 1'b0;
                next_draining = 1'b0;
                sq_base_next = '0;
                cq_base_next = '0;
                setting_next = '0;
                set = 1'b1;
            end
            if (next.in_flight == 10'd0) next_draining = 1'b0;
            // A logged error halts an enabled pair; the first one stays.
            if (log_code != tlscard_map::ERROR_NONE && now_enabled && now.error == tlscard_map::ERROR_NONE)
                next.error = log_code;
        end
    end

    logic [10:0] places_used;
    assign places_used = {1'b0, next.in_flight} + {1'b0, (next.cq_tail - next.cq_head) & mask};
    assign next_want = next_enabled && !next_draining && next.error == tlscard_map::ERROR_NONE
        && next.sq_tail != next.sq_next && places_used < {1'b0, mask};

    assign log_valid = active && log_code != tlscard_map::ERROR_NONE;
    assign log_pair = index;

    always_comb begin
        access_rdata = '0;
        if (active && !access_doorbell)
            case (access_offset)
                tlscard_map::QREG_SQ_BASE_LO[5:0]: access_rdata = sq_base[31:0];
                tlscard_map::QREG_SQ_BASE_HI[5:0]: access_rdata = sq_base[63:32];
                tlscard_map::QREG_CQ_BASE_LO[5:0]: access_rdata = cq_base[31:0];
                tlscard_map::QREG_CQ_BASE_HI[5:0]: access_rdata = cq_base[63:32];
                tlscard_map::QREG_SIZE[5:0]:       access_rdata = {28'd0, setting[20:17]};
                tlscard_map::QREG_VECTOR[5:0]:     access_rdata = {setting[16], 15'd0, setting[15:0]};
                tlscard_map::QREG_ENABLE[5:0]:     access_rdata = {31'd0, now_enabled};
                tlscard_map::QREG_STATE[5:0]:
                    access_rdata = {16'd0, now.error, 6'd0, now.in_flight != 10'd0, now_enabled};
                tlscard_map::QREG_POSITIONS[5:0]:  access_rdata = {6'd0, now.cq_tail, 6'd0, now.sq_head};
                default: access_rdata = '0;
            endcase
    end

    // The summary vectors, with the pair at hand updated and the functions in reset masked out.
    logic [63:0] reset_mask, enabled_next, draining_next, want_next;
    always_comb begin
        reset_mask = '0;
        enabled_next = enabled;
        draining_next = draining;
        want_next = want;
        if (active) begin
            enabled_next[index] = next_enabled;
            draining_next[index] = next_draining;
            want_next[index] = next_want;
        end
        if (resetting != 8'd0) begin
            for (int f = 0; f < 8; f = f + 1)
                reset_mask[f*8 +: 8] = {8{resetting[f]}};
            enabled_next = enabled_next & ~reset_mask;
            draining_next = draining_next & ~reset_mask;
            want_next = want_next & ~reset_mask;
        end
    end

    always_ff @(posedge clk) begin
        if (active) states[index] <= next;
        if (active && set) begin
            sq_bases[index] <= sq_base_next;
            cq_bases[index] <= cq_base_next;
            settings[index] <= setting_next;
        end
        if (rst) begin
            enabled <= '0;
            draining <= '0;
            want <= '0;
            busy <= '0;
        end else begin
            enabled <= enabled_next;
            draining <= draining_next;
            want <= want_next;
            if (active) busy[index] <= next.in_flight != 10'd0;
        end
    end
endmodule
