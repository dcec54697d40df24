// SPDX-License-Identifier: Apache-2.0
// Queue pairs to engines and lanes: joins registers, fetch, dispatch and retire of all functions.

module host #(
    parameter integer FUNCTIONS = 4,      // 1 .. 8
    parameter integer QUEUE_PAIRS = 4,    // of a function, 1 .. 8
    parameter integer ENGINES = 1,        // 1 .. 32
    parameter integer CONTEXTS = 4,       // of an engine, 1 .. 16
    parameter integer LANES = 0,          // of AES-GCM, 0 .. 4
    parameter integer LANE_PORTS = LANES > 0 ? LANES : 1,    // not to be set
    parameter integer CLOCK_HZ = 250000000,
    parameter integer SIMULATED = 0,
    parameter integer CURVES = 0          // 1: the engines serve the elliptic-curve opcodes
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [FUNCTIONS-1:0] cfg_bus_master,
    input  logic [FUNCTIONS-1:0] cfg_flr,
    output logic [FUNCTIONS-1:0] cfg_flr_done,
    output logic        idle,             // nothing in flight, nothing that can progress

    input  logic        reg_valid,
    input  logic        reg_write,
    input  logic [2:0]  reg_function,
    input  logic [15:0] reg_address,
    input  logic [31:0] reg_wdata,
    input  logic [3:0]  reg_wstrb,
    output logic        reg_ready,
    output logic [31:0] reg_rdata,

    output logic        rd_valid,
    input  logic        rd_ready,
    output logic [2:0]  rd_function,
    output logic [63:0] rd_address,
    output logic [16:0] rd_length,
    input  logic        rd_data_valid,
    output logic        rd_data_ready,
    input  logic [127:0] rd_data,
    input  logic        rd_data_last,
    input  logic [7:0]  rd_data_status,

    output logic        wr_valid,
    input  logic        wr_ready,
    output logic [2:0]  wr_function,
    output logic [63:0] wr_address,
    output logic [16:0] wr_length,
    output logic        wr_data_valid,
    input  logic        wr_data_ready,
    output logic [127:0] wr_data,

    output logic        irq_valid,
    input  logic        irq_ready,
    output logic [2:0]  irq_function,
    output logic [15:0] irq_vector,

    input  logic        event_valid,
    input  logic [2:0]  event_function,
    input  logic [7:0]  event_code,
    input  logic [63:0] event_address,
    input  logic [FUNCTIONS-1:0] function_quiet,
    output logic [FUNCTIONS-1:0] function_reset,

    // Engines: one bit or field of each for every engine; what only one engine takes at a time is shared.
    output logic [ENGINES-1:0] cmd_valid,
    input  logic [ENGINES-1:0] cmd_ready,
    output logic [3:0]  cmd_context,
    output logic [7:0]  cmd_opcode,
    output logic [15:0] cmd_parameter,
    output logic [ENGINES-1:0] in_valid,
    input  logic [ENGINES-1:0] in_ready,
    output logic [127:0] in_data,
    output logic        in_last,
    output logic        in_abort,
    output logic [7:0]  in_abort_status,
    input  logic [ENGINES-1:0] done_valid,
    output logic [ENGINES-1:0] done_ready,
    input  logic [ENGINES*4-1:0]  done_context,
    input  logic [ENGINES*8-1:0]  done_status,
    input  logic [ENGINES*16-1:0] done_length,
    input  logic [ENGINES*32-1:0] done_cycles,
    input  logic [ENGINES-1:0] out_valid,
    output logic [ENGINES-1:0] out_ready,
    input  logic [ENGINES*128-1:0] out_data,
    input  logic [ENGINES*16-1:0] context_free,
    input  logic [ENGINES-1:0] mul_busy,

    // Lanes, likewise. Their input is in_data, in_last, in_abort and in_abort_status.
    output logic [LANE_PORTS-1:0] lane_cmd_valid,
    input  logic [LANE_PORTS-1:0] lane_cmd_ready,
    output logic        lane_cmd_open,
    output logic        lane_cmd_key_256,
    output logic [12:0] lane_cmd_aad,
    output logic [16:0] lane_cmd_length,
    output logic [LANE_PORTS-1:0] lane_in_valid,
    input  logic [LANE_PORTS-1:0] lane_in_ready,
    input  logic [LANE_PORTS-1:0] lane_out_valid,
    output logic [LANE_PORTS-1:0] lane_out_ready,
    input  logic [LANE_PORTS*128-1:0] lane_out_data,
    input  logic [LANE_PORTS-1:0] lane_done_valid,
    output logic [LANE_PORTS-1:0] lane_done_ready,
    input  logic [LANE_PORTS*8-1:0]  lane_done_status,
    input  logic [LANE_PORTS*32-1:0] lane_done_cycles
);
    localparam integer ENGINE_BITS = ENGINES > 16 ? 5 : ENGINES > 8 ? 4 : ENGINES > 4 ? 3 : ENGINES > 2 ? 2 : 1;

    localparam [63:0] CURVE_OPCODES =
        (64'd1 << tlscard_map::OP_EC_MULTIPLY) | (64'd1 << tlscard_map::OP_EC_MULTIPLY_BASE)
        | (64'd1 << tlscard_map::OP_ECDSA_SIGN) | (64'd1 << tlscard_map::OP_ECDSA_VERIFY)
        | (64'd1 << tlscard_map::OP_X25519);
    localparam [63:0] PKE_OPCODES = tlscard_map::OPCODES_PKE & (CURVES != 0 ? ~64'd0 : ~CURVE_OPCODES);

    localparam [63:0] GCM_OPCODES = LANES > 0 ? tlscard_map::OPCODES_GCM : 64'd0;

    logic [7:0] bus_master, resetting;
    logic [63:0] live, want, busy;

    // The clock within stands still while there is nothing to do: while engines compute, too. The
    // cycle counters count on.
    logic gated, awake;
    logic [3:0] linger;
    logic [63:0] cycles, multiplier_cycles;
    logic [5:0] multipliers;   // at work in the cycle before
    clock_gate gate (.clk, .enable(rst || awake || linger != 4'd0), .running(), .gated);
    always_ff @(posedge gated) bus_master <= 8'(cfg_bus_master);
    function automatic [5:0] count_of(input [ENGINES-1:0] bits);
        count_of = '0;
        for (int e = 0; e < ENGINES; e = e + 1) count_of = count_of + {5'd0, bits[e]};
    endfunction
    always_ff @(posedge clk) begin
        cycles <= rst ? 64'd0 : cycles + 64'd1;
        multipliers <= rst ? 6'd0 : count_of(mul_busy);
        multiplier_cycles <= rst ? 64'd0 : multiplier_cycles + {58'd0, multipliers};
    end

    // Registers, log, reset
    logic access_valid, access_ready, access_doorbell, control_valid, error_clear_valid;
    logic [5:0] access_pair, access_offset;
    logic [31:0] access_rdata, error_count;
    logic [15:0] error_error;
    logic [63:0] error_address;
    logic clear_valid, pair_clear_valid, pair_clear_ready;
    logic [2:0] clear_function;
    logic [5:0] pair_clear;
    logic log_valid, log_ready, log_idle, reset_idle;
    logic [5:0] log_pair;
    logic [7:0] log_code;
    logic [63:0] log_address;
    logic count_pke, count_gcm, count_ok;
    logic [31:0] count_cycles;
    logic [5:0] retire_pair;

    host_registers #(
        .FUNCTIONS(FUNCTIONS), .QUEUE_PAIRS(QUEUE_PAIRS), .ENGINES(ENGINES), .CONTEXTS(CONTEXTS),
        .LANES(LANES), .CLOCK_HZ(CLOCK_HZ), .SIMULATED(SIMULATED), .PKE_OPCODES(PKE_OPCODES), .GCM_OPCODES(GCM_OPCODES)
    ) registers (
        .clk(gated), .rst, .cycles, .multiplier_cycles, .reg_valid, .reg_write, .reg_function, .reg_address, .reg_wdata_0(reg_wdata[0]), .reg_wstrb,
        .reg_ready, .reg_rdata,
        .pair_valid(access_valid), .pair_ready(access_ready), .pair_doorbell(access_doorbell),
        .pair_index(access_pair), .pair_offset(access_offset), .pair_rdata(access_rdata),
        .control_valid, .error_clear_valid, .resetting, .clear_valid, .clear_function,
        .error_count, .error_error, .error_address,
        .count_pke, .count_gcm, .count_function(retire_pair[5:3]), .count_ok, .count_cycles);

    host_log log (
        .clk(gated), .rst, .event_valid, .event_function, .event_code, .event_address,
        .pair_valid(log_valid), .pair_ready(log_ready), .pair_index(log_pair), .pair_code(log_code),
        .pair_address(log_address), .clear_valid(error_clear_valid), .clear_function(reg_function),
        .reset_valid(clear_valid), .reset_function(clear_function), .read_function(reg_function),
        .read_count(error_count), .read_error(error_error), .read_address(error_address), .idle(log_idle));

    host_reset #(.FUNCTIONS(FUNCTIONS)) reset (
        .clk(gated), .rst, .control_valid, .control_function(reg_function), .cfg_flr, .cfg_flr_done,
        .busy, .function_quiet, .function_reset, .resetting,
        .pair_valid(pair_clear_valid), .pair_ready(pair_clear_ready), .pair(pair_clear),
        .clear_valid, .clear_function, .idle(reset_idle));

    // Queue pairs
    logic claim_valid, claim_ready, claim_ok;
    logic [5:0] claim_pair;
    logic [63:0] claim_address;
    logic fetched_valid, fetched_ready, fetched_live;
    logic [5:0] fetched_pair;
    logic [7:0] fetched_status;
    logic look_valid, look_ready, look_phase, look_interrupt;
    logic [63:0] look_address;
    logic [15:0] look_sq_head, look_vector;
    logic finish_valid, finish_ready, finish_refused, look_take;

    host_pairs pairs (
        .clk(gated), .rst, .claim_valid, .claim_ready, .claim_pair, .claim_ok, .claim_address,
        .fetched_valid, .fetched_ready, .fetched_pair, .fetched_status, .fetched_live,
        .look_valid, .look_ready, .look_take, .look_pair(retire_pair), .look_address, .look_phase, .look_sq_head,
        .look_interrupt, .look_vector,
        .finish_valid, .finish_ready, .finish_pair(retire_pair), .finish_refused,
        .access_valid, .access_ready, .access_write(reg_write), .access_doorbell, .access_pair, .access_offset,
        .access_address(reg_address), .access_wdata(reg_wdata), .access_wstrb(reg_wstrb), .access_rdata,
        .resetting, .clear_valid(pair_clear_valid), .clear_ready(pair_clear_ready), .clear_pair(pair_clear),
        .bus_master, .live, .want, .busy, .log_valid, .log_ready, .log_pair, .log_code, .log_address);

    // Fetch
    logic slot_take, entry_ask, entry_asked, fetch_idle;
    logic [5:0] entry_pair, beat_pair;
    logic [63:0] entry_address, slots_full;
    logic beat_valid, beat_ready;

    host_fetch fetch (
        .clk(gated), .rst, .want, .slots_full, .claim_valid, .claim_ready, .claim_pair, .claim_ok, .claim_address,
        .slot_take, .ask_valid(entry_ask), .ask_ready(entry_asked), .ask_pair(entry_pair),
        .ask_address(entry_address), .idle(fetch_idle));

    logic [63:0] pke_waits, gcm_waits, answered;
    logic pick_valid, pick_gcm, picked_valid, picked_gcm, answer_valid, answer_pke, answer_gcm;
    logic [5:0] pick_pair, picked_pair, answer_pair;
    logic [7:0] picked_opcode, answer_status;
    logic [15:0] picked_command_id, picked_parameter, answer_command_id;
    logic [63:0] picked_key_address, picked_source_address, picked_destination;
    logic [12:0] picked_key_length;
    logic [16:0] picked_source_length, picked_payload;

    host_slots #(.PKE_OPCODES(PKE_OPCODES), .GCM_OPCODES(GCM_OPCODES)) slots (
        .clk(gated), .rst, .take_valid(slot_take), .take_pair(claim_pair), .full(slots_full),
        .beat_valid, .beat_ready, .beat_pair, .beat_data(rd_data), .beat_last(rd_data_last),
        .beat_status(rd_data_status),
        .fetched_valid, .fetched_ready, .fetched_pair, .fetched_status, .fetched_live, .live,
        .pke_waits, .gcm_waits, .answered, .pick_valid, .pick_pair, .pick_gcm,
        .picked_pair, .picked_opcode, .picked_command_id, .picked_parameter, .picked_key_address, .picked_key_length,
        .picked_source_address, .picked_source_length, .picked_destination, .picked_valid,
        .answer_pair, .answer_command_id, .answer_status, .answer_pke, .answer_gcm, .answer_valid);

    // Dispatch
    logic search, found, operand_valid, operand_ready, operand_first, operand_last, operand_gcm;
    logic [ENGINE_BITS-1:0] found_engine, context_engine;
    logic [3:0] found_context, context_number;
    logic [4:0] operand_index;
    logic [31:0] operand_command;
    logic [63:0] operand_address, context_destination;
    logic [16:0] operand_length;
    logic [5:0] context_pair;
    logic [15:0] context_command_id;
    logic context_release, available, dispatch_idle, reads_idle, retire_idle, write_idle;
    logic lanes_ready, lanes_idle;
    logic [1:0] least;

    host_dispatch #(.ENGINE_BITS(ENGINE_BITS)) dispatch (
        .clk(gated), .rst, .pke_waits, .gcm_waits, .pick_valid, .pick_pair, .pick_gcm, .picked_opcode, .picked_parameter,
        .picked_key_address, .picked_key_length, .picked_source_address, .picked_source_length, .picked_valid,
        .picked_gcm, .picked_payload, .search, .found, .found_engine, .found_context,
        .lane_ready(lanes_ready && LANES > 0), .lane(least), .operand_valid, .operand_ready, .operand_first, .operand_last,
        .operand_gcm, .operand_address, .operand_length, .operand_index, .operand_command, .idle(dispatch_idle));

    host_contexts #(.ENGINES(ENGINES), .CONTEXTS(CONTEXTS), .ENGINE_BITS(ENGINE_BITS)) contexts (
        .clk(gated), .rst, .context_free, .available, .search, .found, .found_engine, .found_context,
        .take_valid(picked_valid && !picked_gcm), .take_pair(picked_pair), .take_command_id(picked_command_id),
        .take_destination(picked_destination), .read_engine(context_engine), .read_context(context_number),
        .read_pair(context_pair), .read_command_id(context_command_id), .read_destination(context_destination),
        .release_valid(context_release));

    host_reads #(.ENGINES(ENGINES), .LANES(LANE_PORTS)) reads (
        .clk(gated), .rst, .entry_valid(entry_ask), .entry_ready(entry_asked), .entry_pair, .entry_address,
        .operand_valid, .operand_ready, .operand_first, .operand_last, .operand_gcm, .operand_pair(picked_pair),
        .operand_address, .operand_length, .operand_index, .operand_command,
        .rd_valid, .rd_ready, .rd_function, .rd_address, .rd_length, .rd_data_valid, .rd_data_ready, .rd_data,
        .rd_data_last, .rd_data_status,
        .slot_valid(beat_valid), .slot_ready(beat_ready), .slot_pair(beat_pair), .live,
        .cmd_valid, .cmd_ready, .cmd_context, .cmd_opcode, .cmd_parameter,
        .in_valid, .in_ready, .in_data, .in_last, .in_abort, .in_abort_status,
        .lane_cmd_valid, .lane_cmd_ready, .lane_cmd_open, .lane_cmd_key_256, .lane_cmd_aad, .lane_cmd_length,
        .lane_in_valid, .lane_in_ready, .idle(reads_idle));

    // Lanes' results
    logic [LANE_PORTS-1:0] chunks, chunk_out_valid, chunk_out_ready;
    logic [LANE_PORTS*128-1:0] chunk_out_data;
    logic chunk_enable, chunk_last, chunk_refused, chunk_take, chunk_refuse;
    logic [1:0] chunk_lane;
    logic [5:0] chunk_pair, chunk_beats;
    logic [15:0] chunk_command_id;
    logic [63:0] chunk_address;
    logic [9:0] chunk_octets;
    logic [16:0] chunk_result;
    logic [7:0] chunk_status;
    logic [31:0] chunk_cycles;

    host_lanes #(.LANES(LANE_PORTS)) lanes (
        .clk(gated), .rst, .ready(lanes_ready), .least, .record_valid(picked_valid && picked_gcm),
        .record_lane(operand_index[1:0]), .record_pair(picked_pair), .record_command_id(picked_command_id),
        .record_destination(picked_destination),
        .record_result(picked_opcode == tlscard_map::OP_AES_GCM_OPEN ? picked_payload : picked_payload + 17'd16),
        .lane_out_valid, .lane_out_ready, .lane_out_data, .lane_done_valid, .lane_done_ready, .lane_done_status,
        .lane_done_cycles, .chunks, .chunk_enable, .chunk_lane, .chunk_last, .chunk_pair, .chunk_command_id,
        .chunk_address, .chunk_octets, .chunk_beats, .chunk_result, .chunk_status, .chunk_cycles, .chunk_refused,
        .chunk_take, .chunk_refuse, .out_valid(chunk_out_valid), .out_ready(chunk_out_ready), .out_data(chunk_out_data),
        .idle(lanes_idle));

    // Retire
    logic put_valid, put_ready, put_drop, put_entry, put_gcm;
    logic [2:0] put_function;
    logic [63:0] put_address;
    logic [15:0] put_octets;
    logic [11:0] put_beats;
    logic [4:0] put_index;
    logic [127:0] put_completion;

    host_retire #(.ENGINES(ENGINES), .ENGINE_BITS(ENGINE_BITS), .LANES(LANE_PORTS)) retire (
        .clk(gated), .rst, .done_valid, .done_ready, .done_context, .done_status, .done_length, .done_cycles,
        .context_engine, .context_number, .context_pair, .context_command_id, .context_destination, .context_release,
        .chunks, .chunk_enable, .chunk_lane, .chunk_last, .chunk_pair, .chunk_command_id, .chunk_address, .chunk_octets,
        .chunk_beats, .chunk_result, .chunk_status, .chunk_cycles, .chunk_refused, .chunk_take, .chunk_refuse,
        .answered, .answer_pair, .answer_command_id, .answer_status, .answer_pke, .answer_gcm, .answer_valid,
        .live, .bus_master, .look_valid, .look_ready, .look_take, .pair(retire_pair), .look_address, .look_phase,
        .look_sq_head, .look_interrupt, .look_vector, .finish_valid, .finish_ready, .finish_refused,
        .put_valid, .put_ready, .put_drop, .put_function, .put_address, .put_octets, .put_beats, .put_entry, .put_gcm,
        .put_index, .put_completion, .irq_valid, .irq_ready, .irq_function, .irq_vector,
        .count_pke, .count_gcm, .count_ok, .count_cycles, .idle(retire_idle));

    host_write #(.ENGINES(ENGINES), .LANES(LANE_PORTS)) write (
        .clk(gated), .rst, .put_valid, .put_ready, .put_drop, .put_function, .put_address, .put_octets, .put_beats,
        .put_entry, .put_gcm, .put_index, .put_completion,
        .wr_valid, .wr_ready, .wr_function, .wr_address, .wr_length, .wr_data_valid, .wr_data_ready, .wr_data,
        .out_valid, .out_ready, .out_data,
        .lane_valid(chunk_out_valid), .lane_ready(chunk_out_ready), .lane_data(chunk_out_data), .idle(write_idle));

    // What has work, or is offered some. An entry that waits for a context does nothing until one is
    // free; its pair may be disabled, for which there are some cycles after every access.
    assign awake = reg_valid || reg_ready || event_valid || rd_data_valid || fetched_valid || !log_idle || !reset_idle
        || !fetch_idle || !reads_idle || !retire_idle || !write_idle || !lanes_idle || !dispatch_idle
        || gcm_waits != 64'd0 || (pke_waits != 64'd0 && (available || found));
    always_ff @(posedge gated)
        if (rst || awake) linger <= 4'd15;
        else linger <= linger - 4'd1;

    // `busy` covers a request from its claim to its end, wherever it is, but for data on their way;
    // `want` an entry to be claimed.
    assign idle = !reg_valid && !reg_ready && !event_valid && want == 64'd0 && busy == 64'd0 && log_idle
        && reset_idle && fetch_idle && write_idle;
endmodule
