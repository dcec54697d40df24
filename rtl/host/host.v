// SPDX-License-Identifier: Apache-2.0
// Queue pairs to engines: joins registers, fetch, dispatch and retire of all functions.

module host #(
    parameter integer FUNCTIONS = 4,      // 1 .. 8
    parameter integer QUEUE_PAIRS = 4,    // of a function, 1 .. 8
    parameter integer ENGINES = 1,        // 1 .. 32
    parameter integer CONTEXTS = 4,       // of an engine, 1 .. 16
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
    input  logic [ENGINES-1:0] mul_busy
);
    localparam integer ENGINE_BITS = ENGINES > 16 ? 5 : ENGINES > 8 ? 4 : ENGINES > 4 ? 3 : ENGINES > 2 ? 2 : 1;

    localparam [63:0] CURVE_OPCODES =
        (64'd1 << tlscard_map::OP_EC_MULTIPLY) | (64'd1 << tlscard_map::OP_EC_MULTIPLY_BASE)
        | (64'd1 << tlscard_map::OP_ECDSA_SIGN) | (64'd1 << tlscard_map::OP_ECDSA_VERIFY)
        | (64'd1 << tlscard_map::OP_X25519);
    localparam [63:0] PKE_OPCODES = tlscard_map::OPCODES_PKE & (CURVES != 0 ? ~64'd0 : ~CURVE_OPCODES);

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
    logic count_valid, count_ok;
    logic [31:0] count_cycles;
    logic [5:0] retire_pair;

    host_registers #(
        .FUNCTIONS(FUNCTIONS), .QUEUE_PAIRS(QUEUE_PAIRS), .ENGINES(ENGINES), .CONTEXTS(CONTEXTS),
        .CLOCK_HZ(CLOCK_HZ), .SIMULATED(SIMULATED), .PKE_OPCODES(PKE_OPCODES)
    ) registers (
        .clk(gated), .rst, .cycles, .multiplier_cycles, .reg_valid, .reg_write, .reg_function, .reg_address, .reg_wdata_0(reg_wdata[0]), .reg_wstrb,
        .reg_ready, .reg_rdata,
        .pair_valid(access_valid), .pair_ready(access_ready), .pair_doorbell(access_doorbell),
        .pair_index(access_pair), .pair_offset(access_offset), .pair_rdata(access_rdata),
        .control_valid, .error_clear_valid, .resetting, .clear_valid, .clear_function,
        .error_count, .error_error, .error_address,
        .count_valid, .count_function(retire_pair[5:3]), .count_ok, .count_cycles);

    host_log log (
        .clk(gated), .rst, .event_valid, .event_function, .event_code, .event_address,
        .pair_valid(log_valid), .pair_ready(log_ready), .pair_index(log_pair), .pair_code(log_code),
        .pair_address(log_address), .clear_valid(error_clear_valid), .clear_function(reg_function),
        .reset_valid(clear_valid), .reset_function(clear_function), .read_function(reg_function),
        .read_count(error_count), .read_error(error_error), .read_address(error_address), .idle(log_idle));

    logic [7:0] slot_taken, slot_held, slot_answered;
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
    logic [63:0] entry_address;
    logic beat_valid, beat_ready;

    host_fetch fetch (
        .clk(gated), .rst, .want, .slot_taken, .claim_valid, .claim_ready, .claim_pair, .claim_ok, .claim_address,
        .slot_take, .ask_valid(entry_ask), .ask_ready(entry_asked), .ask_pair(entry_pair),
        .ask_address(entry_address), .idle(fetch_idle));

    logic pick_valid, picked_valid, answer_valid, answer_pke;
    logic [2:0] pick_function, pick_pair, answer_function, answer_pair;
    logic [7:0] pick_opcode, answer_status;
    logic [15:0] pick_command_id, pick_parameter, answer_command_id;
    logic [63:0] pick_key_address, pick_source_address, pick_destination;
    logic [12:0] pick_key_length;
    logic [9:0] pick_source_length;

    host_slots #(.PKE_OPCODES(PKE_OPCODES)) slots (
        .clk(gated), .rst, .take_valid(slot_take), .take_function(claim_pair[5:3]),
        .beat_valid, .beat_ready, .beat_pair, .beat_data(rd_data), .beat_last(rd_data_last),
        .beat_status(rd_data_status),
        .fetched_valid, .fetched_ready, .fetched_pair, .fetched_status, .fetched_live, .live,
        .taken(slot_taken), .held(slot_held), .answered(slot_answered),
        .pick_valid, .pick_function, .pick_pair, .pick_opcode, .pick_command_id, .pick_parameter,
        .pick_key_address, .pick_key_length, .pick_source_address, .pick_source_length, .pick_destination,
        .picked_valid, .answer_function, .answer_pair, .answer_command_id, .answer_status, .answer_pke,
        .answer_valid);

    // Dispatch
    logic search, found, operand_valid, operand_ready, operand_source, operand_sole;
    logic [ENGINE_BITS-1:0] found_engine, operand_engine, context_engine;
    logic [3:0] found_context, operand_context, context_number;
    logic [63:0] operand_address, context_destination;
    logic [12:0] operand_length;
    logic [5:0] context_pair;
    logic [15:0] context_command_id;
    logic context_release, available, dispatch_idle, reads_idle, retire_idle;

    host_dispatch #(.ENGINE_BITS(ENGINE_BITS)) dispatch (
        .clk(gated), .rst, .held(slot_held), .pick_valid, .pick_function, .pick_key_address, .pick_key_length,
        .pick_source_address, .pick_source_length, .picked_valid, .search, .found, .found_engine, .found_context, .idle(dispatch_idle),
        .operand_valid, .operand_ready, .operand_source, .operand_sole, .operand_address, .operand_length,
        .operand_engine, .operand_context);

    host_contexts #(.ENGINES(ENGINES), .CONTEXTS(CONTEXTS), .ENGINE_BITS(ENGINE_BITS)) contexts (
        .clk(gated), .rst, .context_free, .available, .search, .found, .found_engine, .found_context,
        .take_valid(picked_valid), .take_pair({pick_function, pick_pair}), .take_command_id(pick_command_id),
        .take_destination(pick_destination), .read_engine(context_engine), .read_context(context_number),
        .read_pair(context_pair), .read_command_id(context_command_id), .read_destination(context_destination),
        .release_valid(context_release));

    host_reads #(.ENGINES(ENGINES), .ENGINE_BITS(ENGINE_BITS)) reads (
        .clk(gated), .rst, .entry_valid(entry_ask), .entry_ready(entry_asked), .entry_pair, .entry_address,
        .operand_valid, .operand_ready, .operand_source, .operand_sole, .operand_pair({pick_function, pick_pair}),
        .operand_address, .operand_length, .operand_engine, .operand_context, .operand_opcode(pick_opcode),
        .operand_parameter(pick_parameter),
        .rd_valid, .rd_ready, .rd_function, .rd_address, .rd_length, .rd_data_valid, .rd_data_ready, .rd_data,
        .rd_data_last, .rd_data_status,
        .slot_valid(beat_valid), .slot_ready(beat_ready), .slot_pair(beat_pair), .live,
        .cmd_valid, .cmd_ready, .cmd_context, .cmd_opcode, .cmd_parameter,
        .in_valid, .in_ready, .in_data, .in_last, .in_abort, .in_abort_status, .idle(reads_idle));

    // Retire
    host_retire #(.ENGINES(ENGINES), .ENGINE_BITS(ENGINE_BITS)) retire (
        .clk(gated), .rst, .done_valid, .done_ready, .done_context, .done_status, .done_length, .done_cycles,
        .out_valid, .out_ready, .out_data, .context_engine, .context_number, .context_pair, .context_command_id,
        .context_destination, .context_release,
        .answered(slot_answered), .answer_function, .answer_pair, .answer_command_id, .answer_status, .answer_pke,
        .answer_valid, .live, .bus_master, .look_valid, .look_ready, .look_take, .pair(retire_pair), .look_address, .look_phase,
        .look_sq_head, .look_interrupt, .look_vector, .finish_valid, .finish_ready, .finish_refused,
        .wr_valid, .wr_ready, .wr_function, .wr_address, .wr_length, .wr_data_valid, .wr_data_ready, .wr_data,
        .irq_valid, .irq_ready, .irq_function, .irq_vector, .count_valid, .count_ok, .count_cycles,
        .idle(retire_idle));

    // What has work, or is offered some. An entry that waits for a context does nothing until one is
    // free; its pair may be disabled, for which there are some cycles after every access.
    assign awake = reg_valid || reg_ready || event_valid || rd_data_valid || fetched_valid || !log_idle || !reset_idle
        || !fetch_idle || !reads_idle || !retire_idle || !dispatch_idle || (slot_held != 8'd0 && (available || found));
    always_ff @(posedge gated)
        if (rst || awake) linger <= 4'd15;
        else linger <= linger - 4'd1;

    // `busy` covers a request from its claim to its end, wherever it is; `want` an entry to be claimed.
    assign idle = !reg_valid && !reg_ready && !event_valid && want == 64'd0 && busy == 64'd0 && log_idle
        && reset_idle && fetch_idle;
endmodule
