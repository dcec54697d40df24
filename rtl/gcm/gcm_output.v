// SPDX-License-Identifier: Apache-2.0
// Joins payload and tag into result beats, compares the tag of an opened record, and says done.
//
// A sealed record's last, incomplete block waits for the tag, which follows its last octet. done comes
// when the record's last beat has moved, and no beat of the next record before done is taken.

module gcm_output (
    input                clk,
    input                rst,
    // payload, and the end of each record
    input                entry_valid,
    output logic         entry_take,
    input                entry_end,
    input                entry_open,
    input                entry_aborted, // with end: data is its status
    input        [4:0]   entry_octets,
    input        [127:0] entry_data,    // with end: what the hash must be equal to, or becomes the tag with
    // the hash of each record
    input                hash_valid,
    output               hash_take,
    input        [127:0] hash,
    // the time of each record's first beat
    input        [31:0]  start,
    output logic         start_take,
    input        [31:0]  now,
    output logic         out_valid,
    input                out_ready,
    output logic [127:0] out_data,
    output logic         done_valid,
    input                done_ready,
    output logic [7:0]   done_status,
    output logic [31:0]  done_cycles
);
    logic [127:0] part;                 // an incomplete block, then what is left of the tag
    logic second;                       // the last beat of a tag in two beats is due
    logic closing;                      // the beat in the output register is its record's last
    logic [127:0] tag, beat;
    logic emit, hold, finish;

    wire free = !out_valid || out_ready;
    wire done_free = !closing && (!done_valid || done_ready);
    wire [6:0] bits = {entry_octets[3:0], 3'd0};
    wire sealed = entry_end && !entry_open && !entry_aborted;
    wire partial = !entry_end && !entry_open && !entry_octets[4];

    assign hash_take = finish;

    always_comb begin
        {emit, hold, finish} = '0;
        tag = '0;
        beat = '0;
        if (entry_valid) begin
            if (!entry_end) begin
                hold = partial;
                emit = !partial && free && done_free;
                beat = entry_data;
            end else if (hash_valid && done_free) begin
                emit = sealed && free;
                finish = !sealed || free && (second || entry_octets[3:0] == 4'd0);
                tag = hash ^ entry_data;
                beat = second ? part : part | tag << bits;
            end
        end
        entry_take = emit && !entry_end || hold || finish;
        start_take = closing ? out_ready : finish && !emit && free;
    end

    always_ff @(posedge clk) begin
        if (out_ready && out_valid) begin
            out_valid <= 1'b0;
            out_data <= '0;
        end
        if (emit) begin
            out_valid <= 1'b1;
            out_data <= beat;
        end
        if (hold) part <= entry_data;
        if (emit && sealed) begin
            second <= !finish;
            part <= finish ? '0 : tag >> 8'd128 - {1'b0, bits};
        end
        if (finish && entry_aborted) part <= '0;

        if (done_ready) done_valid <= 1'b0;
        if (finish) begin
            done_status <= entry_aborted ? entry_data[7:0]
                : entry_open && tag != '0 ? tlscard_map::STATUS_TAG_MISMATCH[7:0] : tlscard_map::STATUS_OK[7:0];
            closing <= emit || !free;
        end
        if (closing && out_ready) closing <= 1'b0;
        if (start_take) begin
            done_valid <= 1'b1;
            done_cycles <= now - start;
        end

        if (rst) begin
            out_valid <= 1'b0;
            out_data <= '0;
            done_valid <= 1'b0;
            closing <= 1'b0;
            second <= 1'b0;
            part <= '0;
        end
    end
endmodule
