// SPDX-License-Identifier: Apache-2.0
// Registers in BAR 0: decodes an access, serves those of the function, hands on those of a queue pair.

module host_registers #(
    parameter integer FUNCTIONS = 4,
    parameter integer QUEUE_PAIRS = 4,
    parameter integer ENGINES = 1,
    parameter integer CONTEXTS = 4,
    parameter integer LANES = 0,
    parameter integer CLOCK_HZ = 250000000,
    parameter integer SIMULATED = 0,
    parameter [63:0] PKE_OPCODES = tlscard_map::OPCODES_PKE,
    parameter [63:0] GCM_OPCODES = tlscard_map::OPCODES_GCM
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [63:0] cycles,
    input  logic [63:0] multiplier_cycles,
    input  logic        reg_valid,
    input  logic        reg_write,
    input  logic [2:0]  reg_function,
    input  logic [15:0] reg_address,
    input  logic        reg_wdata_0,       // all that a register of the function takes
    input  logic [3:0]  reg_wstrb,
    output logic        reg_ready,
    output logic [31:0] reg_rdata,

    output logic        pair_valid,
    input  logic        pair_ready,
    output logic        pair_doorbell,
    output logic [5:0]  pair_index,
    output logic [5:0]  pair_offset,
    input  logic [31:0] pair_rdata,

    output logic        control_valid,
    output logic        error_clear_valid,
    input  logic [7:0]  resetting,
    input  logic        clear_valid,       // the function's counters and latches go to their reset values
    input  logic [2:0]  clear_function,

    input  logic [31:0] error_count,
    input  logic [15:0] error_error,
    input  logic [63:0] error_address,

    // A completion of the class was written, with this status, after so many cycles.
    input  logic        count_pke,
    input  logic        count_gcm,
    input  logic [2:0]  count_function,
    input  logic        count_ok,
    input  logic [31:0] count_cycles
);
    localparam [63:0] OPCODES = tlscard_map::OPCODES_NONE | PKE_OPCODES | GCM_OPCODES;

    logic [31:0] cycles_latches [0:7];
    logic [31:0] busy_latches   [0:7];
    logic [31:0] multiplier_latches [0:7];
    logic [63:0] busy_cycles    [0:7];
    logic [31:0] completed      [0:15];    // {function, class}: 0 public-key, 1 AES-GCM
    logic [31:0] failed         [0:15];

    // Where an access goes. Page 0 holds the registers, page 1 + n the doorbells of pair n.
    logic [3:0] page, register_pair, doorbell_pair;
    logic known, to_register, to_doorbell, to_function;
    assign page = reg_address[15:12];
    assign known = {1'b0, reg_function} < 4'(FUNCTIONS);
    assign register_pair = reg_address[9:6] - tlscard_map::QUEUE_BASE[9:6];
    assign doorbell_pair = page - tlscard_map::DOORBELL_BASE[15:12];
    assign to_register = known && page == 4'd0 && reg_address[11:10] == 2'd0
        && reg_address[9:6] >= tlscard_map::QUEUE_BASE[9:6] && register_pair < 4'(QUEUE_PAIRS);
    assign to_doorbell = known && page != 4'd0 && doorbell_pair < 4'(QUEUE_PAIRS)
        && (reg_address[11:0] == tlscard_map::DOORBELL_SQ_TAIL[11:0]
            || reg_address[11:0] == tlscard_map::DOORBELL_CQ_HEAD[11:0]);
    assign to_function = known && reg_address < tlscard_map::QUEUE_BASE[15:0];

    logic start;
    assign start = reg_valid && !reg_ready;
    assign pair_valid = start && (to_register || to_doorbell);
    assign pair_doorbell = to_doorbell;
    assign pair_index = {reg_function, to_doorbell ? doorbell_pair[2:0] : register_pair[2:0]};
    assign pair_offset = reg_address[5:0];

    logic write_function, read_function;
    assign write_function = start && to_function && reg_write && reg_wstrb != 4'd0;
    assign read_function = start && to_function && !reg_write;
    assign control_valid = write_function && reg_address == tlscard_map::REG_CONTROL
        && reg_wstrb[0] && reg_wdata_0;
    assign error_clear_valid = write_function && reg_address == tlscard_map::REG_ERROR_CLEAR
        && !resetting[reg_function];

    logic [31:0] function_rdata;
    always_comb begin
        function_rdata = '0;
        if (read_function)
            case (reg_address)
                tlscard_map::REG_NAME_LO:          function_rdata = tlscard_map::NAME_LO;
                tlscard_map::REG_NAME_HI:          function_rdata = tlscard_map::NAME_HI;
                tlscard_map::REG_VERSION:          function_rdata = tlscard_map::VERSION;
                tlscard_map::REG_MAP_HASH:         function_rdata = tlscard_map::MAP_HASH_VALUE;
                tlscard_map::REG_CAPS_QUEUES:
                    function_rdata = {tlscard_map::MAX_LOG2_ENTRIES[7:0], 8'(QUEUE_PAIRS), 5'd0, reg_function, 8'(FUNCTIONS)};
                tlscard_map::REG_CAPS_FLAGS:       function_rdata = {31'd0, SIMULATED != 0};
                tlscard_map::REG_CAPS_ENGINES:     function_rdata = {8'd0, 8'(LANES), 8'(CONTEXTS), 8'(ENGINES)};
                tlscard_map::REG_CLOCK_HZ:         function_rdata = 32'(CLOCK_HZ);
                tlscard_map::REG_OPCODES_LO:       function_rdata = OPCODES[31:0];
                tlscard_map::REG_OPCODES_HI:       function_rdata = OPCODES[63:32];
                tlscard_map::REG_CYCLES_LO:        function_rdata = cycles[31:0];
                tlscard_map::REG_CYCLES_HI:        function_rdata = cycles_latches[reg_function];
                tlscard_map::REG_STATUS:           function_rdata = {30'd0, resetting[reg_function], !resetting[reg_function]};
                tlscard_map::REG_ERROR_COUNT:      function_rdata = error_count;
                tlscard_map::REG_ERROR_CODE:       function_rdata = {16'd0, error_error};
                tlscard_map::REG_ERROR_ADDRESS_LO: function_rdata = error_address[31:0];
                tlscard_map::REG_ERROR_ADDRESS_HI: function_rdata = error_address[63:32];
                tlscard_map::REG_PKE_COMPLETED:    function_rdata = completed[{reg_function, 1'b0}];
                tlscard_map::REG_PKE_FAILED:       function_rdata = failed[{reg_function, 1'b0}];
                tlscard_map::REG_GCM_COMPLETED:    function_rdata = completed[{reg_function, 1'b1}];
                tlscard_map::REG_GCM_FAILED:       function_rdata = failed[{reg_function, 1'b1}];
                tlscard_map::REG_BUSY_CYCLES_LO:   function_rdata = busy_cycles[reg_function][31:0];
                tlscard_map::REG_BUSY_CYCLES_HI:   function_rdata = busy_latches[reg_function];
                tlscard_map::REG_MULTIPLIER_CYCLES_LO: function_rdata = multiplier_cycles[31:0];
                tlscard_map::REG_MULTIPLIER_CYCLES_HI: function_rdata = multiplier_latches[reg_function];
                default:                           function_rdata = '0;
            endcase
    end

    always_ff @(posedge clk) begin
        reg_ready <= start && (!pair_valid || pair_ready);
        if (start) reg_rdata <= reg_write ? 32'd0 : pair_valid ? pair_rdata : function_rdata;
        if (read_function && reg_address == tlscard_map::REG_CYCLES_LO)
            cycles_latches[reg_function] <= cycles[63:32];
        if (read_function && reg_address == tlscard_map::REG_BUSY_CYCLES_LO)
            busy_latches[reg_function] <= busy_cycles[reg_function][63:32];
        if (read_function && reg_address == tlscard_map::REG_MULTIPLIER_CYCLES_LO)
            multiplier_latches[reg_function] <= multiplier_cycles[63:32];
        if (count_pke || count_gcm) begin
            busy_cycles[count_function] <= busy_cycles[count_function] + {32'd0, count_cycles};
            if (count_ok) completed[{count_function, count_gcm}] <= completed[{count_function, count_gcm}] + 32'd1;
            else failed[{count_function, count_gcm}] <= failed[{count_function, count_gcm}] + 32'd1;
        end
        if (clear_valid) begin
            cycles_latches[clear_function] <= '0;
            busy_latches[clear_function] <= '0;
            multiplier_latches[clear_function] <= '0;
            busy_cycles[clear_function] <= '0;
            completed[{clear_function, 1'b0}] <= '0;
            completed[{clear_function, 1'b1}] <= '0;
            failed[{clear_function, 1'b0}] <= '0;
            failed[{clear_function, 1'b1}] <= '0;
        end
        if (rst) reg_ready <= 1'b0;
    end
endmodule
