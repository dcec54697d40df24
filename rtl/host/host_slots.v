// SPDX-License-Identifier: Apache-2.0
// The entry slots of each pair: entries fetched and checked, until dispatched or answered.
//
// Entries of the two classes pass one another here: of a pair as many wait as it has slots, and
// those of either class are taken in turn.

module host_slots #(
    parameter [63:0] PKE_OPCODES = tlscard_map::OPCODES_PKE,
    parameter [63:0] GCM_OPCODES = tlscard_map::OPCODES_GCM
) (
    input  logic        clk,
    input  logic        rst,

    input  logic        take_valid,      // an entry of this pair was claimed
    input  logic [5:0]  take_pair,
    output logic [63:0] full,            // pairs without a free slot

    input  logic        beat_valid,      // its four beats; entries come in the order of claims
    output logic        beat_ready,
    input  logic [5:0]  beat_pair,
    input  logic [127:0] beat_data,
    input  logic        beat_last,
    input  logic [7:0]  beat_status,

    output logic        fetched_valid,   // to the state of its pair
    input  logic        fetched_ready,
    output logic [5:0]  fetched_pair,
    output logic [7:0]  fetched_status,
    input  logic        fetched_live,
    input  logic [63:0] live,

    output logic [63:0] pke_waits,       // pairs with an entry that waits for an engine
    output logic [63:0] gcm_waits,       // or for a lane
    output logic [63:0] answered,        // or that completes without one

    input  logic        pick_valid,      // one entry of the pair and class is no longer waiting
    input  logic [5:0]  pick_pair,
    input  logic        pick_gcm,
    output logic [5:0]  picked_pair,     // it, from the next cycle on
    output logic [7:0]  picked_opcode,
    output logic [15:0] picked_command_id,
    output logic [15:0] picked_parameter,
    output logic [63:0] picked_key_address,
    output logic [12:0] picked_key_length,
    output logic [63:0] picked_source_address,
    output logic [16:0] picked_source_length,
    output logic [63:0] picked_destination,
    input  logic        picked_valid,    // its operands were asked for: the slot is free

    input  logic [5:0]  answer_pair,     // the next one of this pair
    output logic [15:0] answer_command_id,
    output logic [7:0]  answer_status,
    output logic        answer_pke,
    output logic        answer_gcm,
    input  logic        answer_valid     // taken over: the slot is free
);
    localparam integer SLOTS = 4;        // of a pair

    // The entry that arrives, lowest octets first, and whether it is whole.
    logic [511:0] entry;
    logic whole;
    logic [5:0] pair;
    logic [7:0] status;
    assign beat_ready = !whole;
    assign fetched_valid = whole;
    assign fetched_pair = pair;
    assign fetched_status = status;

    logic [7:0] check_status;
    logic check_pke, check_gcm;
    logic [12:0] check_key_length;
    logic [16:0] check_source_length;
    host_check #(.PKE_OPCODES(PKE_OPCODES), .GCM_OPCODES(GCM_OPCODES)) check (
        .enable(whole), .entry(entry), .status(check_status), .pke(check_pke), .gcm(check_gcm),
        .key_length(check_key_length), .source_length(check_source_length));

    // What each slot is in: one bit for each pair. A slot taken that is in none of the others holds
    // the entry picked.
    logic [63:0] taken  [0:SLOTS-1];
    logic [63:0] coming [0:SLOTS-1];     // claimed, and being read
    logic [63:0] pke    [0:SLOTS-1];
    logic [63:0] gcm    [0:SLOTS-1];
    logic [63:0] ends   [0:SLOTS-1];     // to be answered
    assign full = taken[0] & taken[1] & taken[2] & taken[3];
    assign pke_waits = pke[0] | pke[1] | pke[2] | pke[3];
    assign gcm_waits = gcm[0] | gcm[1] | gcm[2] | gcm[3];
    assign answered = ends[0] | ends[1] | ends[2] | ends[3];

    // Entries, indexed {slot, pair}.
    logic [63:0] key_addresses    [0:64*SLOTS-1];
    logic [63:0] source_addresses [0:64*SLOTS-1];
    logic [63:0] destinations     [0:64*SLOTS-1];
    logic [53:0] requests         [0:64*SLOTS-1];    // {opcode, parameter, key length, source length}
    logic [15:0] command_ids      [0:64*SLOTS-1];
    logic [9:0]  answers          [0:64*SLOTS-1];    // {status, classes}

    // Which slot of its pair each operation is about.
    logic [1:0] last [0:63];             // picked before, so that no slot waits for ever
    logic [1:0] free_slot, come_slot, pick_slot, answer_slot, last_slot;
    logic [3:0] pick_slots;
    always_comb begin
        free_slot = '0;
        come_slot = '0;
        answer_slot = '0;
        pick_slots = '0;
        last_slot = '0;
        for (int n = SLOTS - 1; n >= 0; n = n - 1) begin
            if (take_valid && !taken[n][take_pair]) free_slot = 2'(n);
            if (whole && coming[n][pair]) come_slot = 2'(n);
            if (ends[n][answer_pair]) answer_slot = 2'(n);
            if (pick_valid) pick_slots[n] = pick_gcm ? gcm[n][pick_pair] : pke[n][pick_pair];
        end
        if (pick_valid) last_slot = last[pick_pair];
    end
    host_pick #(.WIDTH(4), .INDEX(2)) pick (.requests(pick_slots), .last(last_slot), .chosen(pick_slot));

    logic [7:0] picked;                  // {slot, pair}
    logic [53:0] picked_request;
    logic [9:0] answer;
    assign picked_pair = picked[5:0];
    assign picked_request = requests[picked];
    assign {picked_opcode, picked_parameter, picked_key_length, picked_source_length} = picked_request;
    assign picked_command_id = command_ids[picked];
    assign picked_key_address = key_addresses[picked];
    assign picked_source_address = source_addresses[picked];
    assign picked_destination = destinations[picked];
    assign answer = answers[{answer_slot, answer_pair}];
    assign answer_command_id = command_ids[{answer_slot, answer_pair}];
    assign {answer_status, answer_pke, answer_gcm} = answer;

    // Entries of a pair disabled meanwhile are answered, which drops them.
    logic [63:0] dead;
    assign dead = (pke_waits | gcm_waits) & ~live;

    logic [7:0] place;
    assign place = {come_slot, pair};
    always_ff @(posedge clk) begin
        if (beat_valid && beat_ready) begin
            entry <= {beat_data, entry[511:128]};
            pair <= beat_pair;
            status <= beat_status;
            whole <= beat_last;
        end
        if (pick_valid) begin
            last[pick_pair] <= pick_slot;
            picked <= {pick_slot, pick_pair};
        end
        if (whole && fetched_ready) begin
            whole <= 1'b0;
            requests[place] <= {entry[tlscard_map::SQE_OPCODE_LSB +: 8], entry[tlscard_map::SQE_PARAMETER_LSB +: 16],
                                check_key_length, check_source_length};
            command_ids[place] <= entry[tlscard_map::SQE_COMMAND_ID_LSB +: 16];
            answers[place] <= {check_status, check_pke, check_gcm};
            key_addresses[place] <= entry[tlscard_map::SQE_KEY_ADDRESS_LSB +: 64];
            source_addresses[place] <= entry[tlscard_map::SQE_SOURCE_ADDRESS_LSB +: 64];
            destinations[place] <= entry[tlscard_map::SQE_DESTINATION_ADDRESS_LSB +: 64];
        end
        if (rst) whole <= 1'b0;
    end

    logic fetched, ends_now;
    assign fetched = whole && fetched_ready;
    assign ends_now = !(check_pke || check_gcm) || check_status != tlscard_map::STATUS_OK;
    // Vectors, not elements of arrays: of those the simulator notes each that is written, every cycle.
    for (genvar n = 0; n < SLOTS; n = n + 1) begin : slots
        logic [63:0] is_taken, is_coming, waits_pke, waits_gcm, is_ended;
        assign taken[n] = is_taken;
        assign coming[n] = is_coming;
        assign pke[n] = waits_pke;
        assign gcm[n] = waits_gcm;
        assign ends[n] = is_ended;
        always_ff @(posedge clk) begin
            if (take_valid && free_slot == 2'(n)) begin
                is_taken[take_pair] <= 1'b1;
                is_coming[take_pair] <= 1'b1;
            end
            if (dead != 64'd0) begin
                is_ended <= is_ended | ((waits_pke | waits_gcm) & dead);
                waits_pke <= waits_pke & ~dead;
                waits_gcm <= waits_gcm & ~dead;
            end
            if (pick_valid && pick_slot == 2'(n)) begin
                waits_pke[pick_pair] <= 1'b0;
                waits_gcm[pick_pair] <= 1'b0;
                is_ended[pick_pair] <= 1'b0;
            end
            if (picked_valid && picked[7:6] == 2'(n)) is_taken[picked_pair] <= 1'b0;
            if (answer_valid && answer_slot == 2'(n)) begin
                is_taken[answer_pair] <= 1'b0;
                is_ended[answer_pair] <= 1'b0;
            end
            if (fetched && come_slot == 2'(n)) begin
                is_coming[pair] <= 1'b0;
                if (!fetched_live) is_taken[pair] <= 1'b0;
                else if (ends_now) is_ended[pair] <= 1'b1;
                else if (check_gcm) waits_gcm[pair] <= 1'b1;
                else waits_pke[pair] <= 1'b1;
            end
            if (rst) begin
                is_taken <= '0;
                is_coming <= '0;
                waits_pke <= '0;
                waits_gcm <= '0;
                is_ended <= '0;
            end
        end
    end
endmodule
