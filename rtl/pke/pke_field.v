// SPDX-License-Identifier: Apache-2.0
// Memory of the field elements of P-256 and Curve25519, with the reducer and the linear unit behind it.
//
// A row is one element of 260 bits; a context has 256: 128 registers, then 32 entries of four of the
// table. Two copies give a multiplication or a linear operation its two rows in one cycle. A
// multiplication reads with its first slot and holds its rows, so that the ports are free for the
// linear unit in the slots after it. Writes: the reducer's results first; a linear operation begins
// only where its result will not meet one of these; then the loader, then the clearing.

module pke_field #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    // a slot of the multiplier, and its words a cycle later
    input  logic                      slot_valid,
    input  logic                      slot_fresh,       // read the rows
    input  logic [CONTEXT_BITS+8:0]   slot_a,           // {row, word}
    input  logic [CONTEXT_BITS+8:0]   slot_b,
    input  logic                      slot_base,        // b is from pke_base,
    input  logic [11:0]               slot_base_address,
    output logic [129:0]              a,
    output logic [129:0]              b,
    // a product to be reduced, at least three cycles after the one before
    input  logic                      product_valid,
    input  logic                      product_curve25519,
    input  logic [519:0]              product,
    input  logic [CONTEXT_BITS+7:0]   product_row,
    // a linear operation, taken as ready is high
    input  logic                      linear_valid,
    output logic                      linear_ready,
    input  logic [CONTEXT_BITS+7:0]   linear_a,
    input  logic [CONTEXT_BITS+7:0]   linear_b,
    input  logic                      linear_base,
    input  logic [11:0]               linear_base_address,
    input  logic [CONTEXT_BITS+7:0]   linear_d,
    input  logic [1:0]                linear_factor,
    input  logic                      linear_subtract,
    input  logic [2:0]                linear_multiple,
    input  logic                      linear_curve25519,
    input  logic                      linear_flag,
    // results are being written
    output logic                      multiplied_valid,
    output logic [CONTEXT_BITS-1:0]   multiplied_context,
    output logic                      added_valid,
    output logic [CONTEXT_BITS-1:0]   added_context,
    output logic                      added_flag_valid,
    output logic                      added_flag,
    // other writers, each done in the cycle in which its ready is high
    input  logic                      load_valid,
    output logic                      load_ready,
    input  logic [CONTEXT_BITS+8:0]   load_address,     // {row, word}
    input  logic [129:0]              load_word,
    input  logic                      clear_valid,
    output logic                      clear_ready,
    input  logic [CONTEXT_BITS+7:0]   clear_row
);
    localparam integer ROW_BITS = CONTEXT_BITS + 8;
    localparam integer REDUCE_LATENCY = 4, LINEAR_LATENCY = 3;

    // Rows read
    logic slot_read, linear_go, read, read_base, fresh_1, from_base, a_word_1, b_word_1;
    logic [ROW_BITS-1:0] row_a, row_b;
    logic [129:0] a_low, a_high, b_low, b_high, word_b_low, word_b_high;
    logic [129:0] held_a_low, held_a_high, held_b_low, held_b_high;
    logic [255:0] base_coordinate;
    assign slot_read = slot_valid && slot_fresh;
    assign linear_go = linear_valid && linear_ready;
    assign read = slot_read || linear_go;
    assign row_a = slot_read ? slot_a[ROW_BITS:1] : linear_a;
    assign row_b = slot_read ? slot_b[ROW_BITS:1] : linear_b;
    assign read_base = slot_read ? slot_base : linear_base;
    assign b_low = from_base ? base_coordinate[129:0] : word_b_low;
    assign b_high = from_base ? {4'd0, base_coordinate[255:130]} : word_b_high;

    pke_base base (
        .clk(clk), .read(read && read_base), .address(slot_read ? slot_base_address : linear_base_address),
        .coordinate(base_coordinate)
    );

    always_ff @(posedge clk) begin
        fresh_1 <= slot_read;
        if (read) from_base <= read_base;
        if (slot_valid) begin
            a_word_1 <= slot_a[0];
            b_word_1 <= slot_b[0];
        end
        if (fresh_1) begin
            held_a_low <= a_low;
            held_a_high <= a_high;
            held_b_low <= b_low;
            held_b_high <= b_high;
        end
    end
    // a chain's first slot has word 0 of a
    assign a = fresh_1 ? a_low : a_word_1 ? held_a_high : held_a_low;
    assign b = fresh_1 ? (b_word_1 ? b_high : b_low) : b_word_1 ? held_b_high : held_b_low;

    // Products on their way through the reducer, and where they go: a new one at most every third
    // cycle, so four places are enough.
    logic [REDUCE_LATENCY:1] reducing;
    logic [ROW_BITS-1:0] destination [0:3];
    logic [1:0] put, taken;
    logic reduced_valid;
    logic [259:0] reduced;
    pke_reduce reduce (
        .clk(clk), .valid(product_valid), .curve25519(product_curve25519), .product(product),
        .result_valid(reduced_valid), .result(reduced)
    );
    always_ff @(posedge clk) begin
        reducing <= {reducing[REDUCE_LATENCY-1:1], product_valid};
        if (product_valid) begin
            destination[put] <= product_row;
            put <= put + 2'd1;
        end
        if (multiplied_valid) taken <= taken + 2'd1;
        if (rst) begin
            reducing <= '0;
            put <= 2'd0;
            taken <= 2'd0;
        end
    end
    assign multiplied_valid = reduced_valid && reducing[REDUCE_LATENCY];
    assign multiplied_context = destination[taken][ROW_BITS-1:8];

    // A product that came REDUCE_LATENCY - LINEAR_LATENCY cycles ago is written when this would be.
    logic [ROW_BITS-1:0] added_row;
    logic [259:0] added;
    assign linear_ready = !slot_read && !reducing[REDUCE_LATENCY-LINEAR_LATENCY];
    assign added_context = added_row[ROW_BITS-1:8];
    pke_linear #(.ROW_BITS(ROW_BITS)) linear (
        .clk(clk), .rst(rst), .valid(linear_go), .factor(linear_factor), .subtract(linear_subtract), .multiple(linear_multiple),
        .curve25519(linear_curve25519), .flag_valid(linear_flag), .d(linear_d), .x({a_high, a_low}), .y({b_high, b_low}),
        .write_valid(added_valid), .write_flag_valid(added_flag_valid), .write_flag(added_flag), .write_row(added_row),
        .write_word(added)
    );

    logic result_write, write_low, write_high;
    logic [ROW_BITS-1:0] write_row, load_row;
    logic [259:0] write_word;
    assign load_row = load_address[ROW_BITS:1];
    assign result_write = multiplied_valid || added_valid;
    assign load_ready = !result_write;
    assign clear_ready = !result_write && !load_valid;
    assign write_low = result_write || (load_valid ? !load_address[0] : clear_valid);
    assign write_high = result_write || (load_valid ? load_address[0] : clear_valid);
    always_comb begin
        write_row = clear_row;
        write_word = 260'd0;
        if (load_valid) begin
            write_row = load_row;
            write_word = {2{load_word}};
        end
        if (added_valid) begin
            write_row = added_row;
            write_word = added;
        end
        if (multiplied_valid) begin
            write_row = destination[taken];
            write_word = reduced;
        end
    end

    pke_ram #(.WIDTH(130), .ADDRESS_BITS(ROW_BITS)) memory_a_low (
        .clk(clk), .write(write_low), .write_address(write_row), .write_data(write_word[129:0]),
        .read(read), .read_address(row_a), .read_data(a_low)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(ROW_BITS)) memory_a_high (
        .clk(clk), .write(write_high), .write_address(write_row), .write_data(write_word[259:130]),
        .read(read), .read_address(row_a), .read_data(a_high)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(ROW_BITS)) memory_b_low (
        .clk(clk), .write(write_low), .write_address(write_row), .write_data(write_word[129:0]),
        .read(read), .read_address(row_b), .read_data(word_b_low)
    );
    pke_ram #(.WIDTH(130), .ADDRESS_BITS(ROW_BITS)) memory_b_high (
        .clk(clk), .write(write_high), .write_address(write_row), .write_data(write_word[259:130]),
        .read(read), .read_address(row_b), .read_data(word_b_high)
    );
endmodule
