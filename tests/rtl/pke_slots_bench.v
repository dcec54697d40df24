// SPDX-License-Identifier: Apache-2.0
// pke_slots one level down: a C struct of the names inside it could not have the one called `short`.
module pke_slots_bench #(
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    input  logic                      chain_valid,
    output logic                      chain_ready,
    input  logic [3:0]                chain_op,
    input  logic [5:0]                chain_length,
    input  logic [CONTEXT_BITS+9:0]   chain_a,
    input  logic [CONTEXT_BITS+11:0]  chain_b,
    input  logic [CONTEXT_BITS+9:0]   chain_c,
    input  logic [CONTEXT_BITS+10:0]  chain_d,
    input  logic                      chain_lane,
    input  logic                      chain_zero,
    input  logic                      chain_double,
    input  logic                      chain_add,
    input  logic                      chain_invert,
    input  logic                      chain_short,
    input  logic                      chain_raised,
    input  logic [2:0]                chain_constant,
    input  logic                      chain_flag,
    output logic                      slot_valid,
    output logic                      slot_product,
    output logic                      slot_first,
    output logic                      slot_last,
    output logic                      slot_zero,
    output logic                      slot_one,
    output logic                      slot_double,
    output logic [CONTEXT_BITS+9:0]   slot_a,
    output logic [CONTEXT_BITS+11:0]  slot_b,
    output logic                      note_valid,
    output logic                      note_empty,
    output logic                      note_chain_first,
    output logic                      note_chain_last,
    output logic                      note_add,
    output logic                      note_invert,
    output logic [2:0]                note_constant,
    output logic                      note_write,
    output logic                      note_flag,
    output logic                      note_lane,
    output logic [CONTEXT_BITS+9:0]   note_c,
    output logic [CONTEXT_BITS+10:0]  note_d
);
    pke_slots #(.CONTEXT_BITS(CONTEXT_BITS)) slots (.*);
endmodule
