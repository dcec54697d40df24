// SPDX-License-Identifier: Apache-2.0
// Which engine context serves which request, and the search for a free one.
//
// The search takes the least loaded engine, looking at one engine a cycle: the first with no context
// in use, or the best of a round. It starts behind the engine chosen last.

module host_contexts #(
    parameter integer ENGINES = 1,
    parameter integer CONTEXTS = 4,
    parameter integer ENGINE_BITS = 1
) (
    input  logic        clk,
    input  logic        rst,

    input  logic [ENGINES*16-1:0] context_free,

    output logic        available,        // some context can be taken
    input  logic        search,           // a request waits
    output logic        found,            // held until take
    output logic [ENGINE_BITS-1:0] found_engine,
    output logic [3:0]  found_context,
    input  logic        take_valid,       // the context found serves this request
    input  logic [5:0]  take_pair,
    input  logic [15:0] take_command_id,
    input  logic [63:0] take_destination,

    input  logic [ENGINE_BITS-1:0] read_engine,
    input  logic [3:0]  read_context,
    output logic [5:0]  read_pair,
    output logic [15:0] read_command_id,
    output logic [63:0] read_destination,
    input  logic        release_valid     // the context being read has ended its request
);
    localparam integer PLACES = 16 << ENGINE_BITS;
    logic [63:0] destinations [0:PLACES-1];
    logic [21:0] requests     [0:PLACES-1];
    logic [PLACES-1:0] taken, usable;
    assign usable = PLACES'(context_free);
    assign available = (usable & ~taken) != '0;

    logic [ENGINE_BITS-1:0] engine, first, best_engine;
    logic [3:0] best_context;
    logic [4:0] best;          // contexts free in the best engine of the round so far
    logic better, round_ends;
    logic [15:0] choices;
    logic [4:0] count;
    logic [3:0] lowest;
    always_comb begin
        choices = '0;
        count = '0;
        lowest = '0;
        if (search && !found) begin
            choices = usable[{engine, 4'd0} +: 16] & ~taken[{engine, 4'd0} +: 16];
            for (int i = 15; i >= 0; i = i - 1)
                if (choices[i]) begin
                    count = count + 5'd1;
                    lowest = 4'(i);
                end
        end
    end

    logic [ENGINE_BITS-1:0] engine_after;
    assign better = count > best;
    assign round_ends = engine_after == first;
    assign engine_after = engine == ENGINE_BITS'(ENGINES - 1) ? '0 : engine + 1'b1;

    logic [ENGINE_BITS-1:0] found_after;
    assign found_after = found_engine == ENGINE_BITS'(ENGINES - 1) ? '0 : found_engine + 1'b1;

    logic [21:0] read_request;
    assign read_request = requests[{read_engine, read_context}];
    assign {read_pair, read_command_id} = read_request;
    assign read_destination = destinations[{read_engine, read_context}];

    always_ff @(posedge clk) begin
        if (search && !found) begin
            engine <= engine_after;
            best <= round_ends ? 5'd0 : better ? count : best;
            if (better) begin
                best_engine <= engine;
                best_context <= lowest;
            end
            if (count == 5'(CONTEXTS) || (round_ends && (better || best != 5'd0))) begin
                found <= 1'b1;
                found_engine <= better ? engine : best_engine;
                found_context <= better ? lowest : best_context;
            end
        end else if (!found) begin
            best <= '0;
            first <= engine;
        end
        if (take_valid) begin
            requests[{found_engine, found_context}] <= {take_pair, take_command_id};
            destinations[{found_engine, found_context}] <= take_destination;
            taken[{found_engine, found_context}] <= 1'b1;
            found <= 1'b0;
            best <= '0;
            engine <= found_after;
            first <= found_after;
        end
        if (release_valid) taken[{read_engine, read_context}] <= 1'b0;
        if (rst) begin
            found <= 1'b0;
            best <= '0;
            engine <= '0;
            first <= '0;
            taken <= '0;
        end
    end
endmodule
