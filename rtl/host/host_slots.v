// SPDX-License-Identifier: Apache-2.0
// The entry slot of each function: an entry fetched and checked, until dispatched or answered.

module host_slots #(
    parameter [63:0] PKE_OPCODES = tlscard_map::OPCODES_PKE
) (
    input  logic        clk,
    input  logic        rst,

    input  logic        take_valid,      // an entry was claimed
    input  logic [2:0]  take_function,

    input  logic        beat_valid,      // its four beats
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

    output logic [7:0]  taken,
    output logic [7:0]  held,            // waits for an engine
    output logic [7:0]  answered,        // completes without one

    input  logic        pick_valid,      // no longer held: its operands are being asked for
    input  logic [2:0]  pick_function,   // whose slot is read
    output logic [2:0]  pick_pair,
    output logic [7:0]  pick_opcode,
    output logic [15:0] pick_command_id,
    output logic [15:0] pick_parameter,
    output logic [63:0] pick_key_address,
    output logic [12:0] pick_key_length,
    output logic [63:0] pick_source_address,
    output logic [9:0]  pick_source_length,
    output logic [63:0] pick_destination,
    input  logic        picked_valid,    // they were: the slot is free

    input  logic [2:0]  answer_function,
    output logic [2:0]  answer_pair,
    output logic [15:0] answer_command_id,
    output logic [7:0]  answer_status,
    output logic        answer_pke,
    input  logic        answer_valid     // taken over: the slot is free
);
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
    logic check_pke;
    logic [12:0] check_key_length;
    logic [9:0] check_source_length;
    host_check #(.PKE_OPCODES(PKE_OPCODES)) check (
        .enable(whole), .entry(entry), .status(check_status), .pke(check_pke),
        .key_length(check_key_length), .source_length(check_source_length));

    logic [63:0] key_addresses    [0:7];
    logic [63:0] source_addresses [0:7];
    logic [63:0] destinations     [0:7];
    logic [49:0] requests         [0:7];    // {opcode, parameter, key length, source length, pair}
    logic [24:0] answers          [0:7];    // {command id, status, class}
    logic [2:0]  answer_pairs     [0:7];

    logic [49:0] picked;
    assign picked = requests[pick_function];
    assign {pick_opcode, pick_parameter, pick_key_length, pick_source_length, pick_pair} = picked;
    assign pick_command_id = answers[pick_function][24:9];
    assign pick_key_address = key_addresses[pick_function];
    assign pick_source_address = source_addresses[pick_function];
    assign pick_destination = destinations[pick_function];
    assign {answer_command_id, answer_status, answer_pke} = answers[answer_function];
    assign answer_pair = answer_pairs[answer_function];

    // Entries of a pair disabled meanwhile are answered, which drops them; one slot is looked at a cycle.
    logic [2:0] looked;
    logic dead;
    assign dead = held[looked] && !live[{looked, answer_pairs[looked]}];

    always_ff @(posedge clk) begin
        if (take_valid) taken[take_function] <= 1'b1;
        if (beat_valid && beat_ready) begin
            entry <= {beat_data, entry[511:128]};
            pair <= beat_pair;
            status <= beat_status;
            whole <= beat_last;
        end
        if (held != 8'd0) begin
            looked <= looked + 3'd1;
            if (dead) begin
                held[looked] <= 1'b0;
                answered[looked] <= 1'b1;
            end
        end
        if (pick_valid) begin
            held[pick_function] <= 1'b0;
            answered[pick_function] <= 1'b0;
        end
        if (picked_valid) taken[pick_function] <= 1'b0;
        if (answer_valid) begin
            taken[answer_function] <= 1'b0;
            answered[answer_function] <= 1'b0;
        end
        if (whole && fetched_ready) begin
            whole <= 1'b0;
            if (!fetched_live) taken[pair[5:3]] <= 1'b0;
            else if (check_pke && check_status == tlscard_map::STATUS_OK) held[pair[5:3]] <= 1'b1;
            else answered[pair[5:3]] <= 1'b1;
            requests[pair[5:3]] <= {entry[tlscard_map::SQE_OPCODE_LSB +: 8], entry[tlscard_map::SQE_PARAMETER_LSB +: 16],
                                    check_key_length, check_source_length, pair[2:0]};
            answers[pair[5:3]] <= {entry[tlscard_map::SQE_COMMAND_ID_LSB +: 16], check_status, check_pke};
            answer_pairs[pair[5:3]] <= pair[2:0];
            key_addresses[pair[5:3]] <= entry[tlscard_map::SQE_KEY_ADDRESS_LSB +: 64];
            source_addresses[pair[5:3]] <= entry[tlscard_map::SQE_SOURCE_ADDRESS_LSB +: 64];
            destinations[pair[5:3]] <= entry[tlscard_map::SQE_DESTINATION_ADDRESS_LSB +: 64];
        end
        if (rst) begin
            taken <= '0;
            held <= '0;
            answered <= '0;
            whole <= 1'b0;
            looked <= '0;
        end
    end
endmodule
