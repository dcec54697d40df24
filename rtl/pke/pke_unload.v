// SPDX-License-Identifier: Apache-2.0
// Reports finished contexts, one at a time, and sends their results: words become octet beats.
//
// A result is one number, of a curve also two, one after the other in a register's lanes, or none.
// Beat j holds bits 128 j .. 128 j + 127 of the result: the low bits of word j above the top 2 j
// bits of word j - 1. Beats leave from the top, the most significant octet first; X25519's from the
// bottom, the least significant octet first.

module pke_unload #(
    parameter integer CONTEXTS = 4,
    parameter integer CONTEXT_BITS = 2
) (
    input  logic                      clk,
    input  logic                      rst,
    input  logic [CONTEXTS-1:0]       finished,
    // of the context `which`
    output logic [CONTEXT_BITS-1:0]   which,
    input  logic [7:0]                status,
    input  logic [5:0]                words,            // of a number
    input  logic [1:0]                numbers,
    input  logic                      little,           // octet order
    input  logic [3:0]                register_number,
    input  logic [31:0]               cycles,
    output logic                      done_valid,
    input  logic                      done_ready,
    output logic [3:0]                done_context,
    output logic [7:0]                done_status,
    output logic [15:0]               done_length,
    output logic [31:0]               done_cycles,
    output logic                      out_valid,
    input  logic                      out_ready,
    output logic [127:0]              out_data,
    output logic                      unload_valid,
    input  logic                      unload_ready,
    output logic [CONTEXT_BITS+9:0]   unload_address,
    input  logic [129:0]              unload_word,
    output logic                      release_valid     // one cycle: `which` may be cleared
);
    typedef enum logic [2:0] {IDLE, LOOK, DONE, READ, TAKE, SHIFT, SEND} state_t;
    state_t state;
    logic lane;
    logic priming;              // the topmost word is fetched, no beat leaves yet
    logic [4:0] index;          // of the beat
    logic [4:0] steps;          // still to be made
    logic [129:0] previous;     // the word read before: above the next one, or below where `little`
    logic [127:0] beat;
    logic [61:0] from_below;    // the top of the word below the beat's own, which its shift takes in

    // Round robin: the next finished context after `which`.
    function automatic [CONTEXT_BITS-1:0] after(input [CONTEXTS-1:0] set, input [CONTEXT_BITS-1:0] last);
        integer n;
        begin
            after = last;
            for (n = CONTEXTS - 1; n >= 0; n = n - 1)
                if (set[n]) after = n[CONTEXT_BITS-1:0];
            for (n = CONTEXTS - 1; n >= 0; n = n - 1)
                if (set[n] && n > {{(32 - CONTEXT_BITS){1'b0}}, last}) after = n[CONTEXT_BITS-1:0];
        end
    endfunction

    assign unload_valid = state == READ;
    assign unload_address = {which, register_number, lane, priming || little ? index : index - 5'd1};

    genvar g;
    generate
        for (g = 0; g < 16; g = g + 1) begin : octet
            assign out_data[8 * g +: 8] = little ? beat[8 * g +: 8] : beat[8 * (15 - g) +: 8];
        end
    endgenerate

    always_ff @(posedge clk) begin
        release_valid <= 1'b0;
        case (state)
            IDLE:
                if (|finished && !release_valid) begin
                    which <= after(finished, which);
                    state <= LOOK;
                end
            LOOK: begin
                done_valid <= 1'b1;
                done_context <= 4'(which);
                done_status <= status;
                done_length <= status != tlscard_map::STATUS_OK || numbers == 2'd0 ? 16'd0
                    : numbers == 2'd2 ? {5'd0, words, 5'd0} : {6'd0, words, 4'd0};
                done_cycles <= cycles;
                index <= little ? 5'd0 : words[4:0] - 5'd1;
                priming <= !little;
                lane <= 1'b0;
                state <= DONE;
            end
            DONE:
                if (done_ready) begin
                    done_valid <= 1'b0;
                    release_valid <= done_length == 16'd0;
                    state <= done_length != 16'd0 ? READ : IDLE;
                end
            READ: if (unload_ready) state <= TAKE;
            TAKE: begin
                previous <= unload_word;
                beat <= priming ? 128'd0 : little ? unload_word[127:0] : previous[127:0];
                from_below <= little ? previous[129:68] : unload_word[129:68];
                steps <= index;
                out_valid <= !priming && index == 5'd0;
                priming <= 1'b0;
                state <= priming ? READ : index == 5'd0 ? SEND : SHIFT;
            end
            // two bits a cycle: a barrel shifter would be a fifth of the engine
            SHIFT: begin
                {beat, from_below} <= {beat[125:0], from_below, 2'b00};
                steps <= steps - 5'd1;
                out_valid <= steps == 5'd1;
                if (steps == 5'd1) state <= SEND;
            end
            default: // SEND
                if (out_ready) begin
                    out_valid <= 1'b0;
                    beat <= 128'd0;
                    from_below <= 62'd0;
                    index <= little ? index + 5'd1 : index - 5'd1;
                    state <= READ;
                    if (index == (little ? words[4:0] - 5'd1 : 5'd0)) begin
                        previous <= 130'd0;
                        lane <= 1'b1;
                        index <= words[4:0] - 5'd1;
                        priming <= 1'b1;
                        if (lane == numbers[1]) begin
                            release_valid <= 1'b1;
                            state <= IDLE;
                        end
                    end
                end
        endcase
        if (rst) begin
            state <= IDLE;
            done_valid <= 1'b0;
            out_valid <= 1'b0;
            which <= '0;
            previous <= 130'd0;
            from_below <= 62'd0;
            beat <= 128'd0;
        end
    end
endmodule
