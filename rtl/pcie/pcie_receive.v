// SPDX-License-Identifier: Apache-2.0
// Takes packets from the link, checks their framing and tells completions from requests.
//
// A packet has as many beats as its header's Length says. What is offered on always ends with last:
// at the beat in which the packet should end, or at the one in which it did, whichever comes first.
// If these differ, bad is set with last, and beats up to eop are dropped. Beats that do not begin
// with sop are dropped up to eop as well, and counted as stray.

module pcie_receive (
    input                clk,
    input                rst,
    input                rx_valid,
    output               rx_ready,
    input                rx_sop,
    input                rx_eop,
    input        [127:0] rx_hdr,
    input        [127:0] rx_data,
    input        [2:0]   rx_function,
    input        [2:0]   rx_bar,

    output               completion_valid, // must be taken at once
    output               request_valid,
    input                request_ready,
    output logic         first,
    output logic         last,
    output logic         bad,
    output logic [127:0] header, // of both, valid with first
    output logic [127:0] data,
    output logic [2:0]   function_,
    output logic [2:0]   bar,

    output               stray, // one cycle
    output               busy
);
    logic valid, sop, eop;       // the beat held
    logic midway;               // it is not the first of its packet
    logic midway_completion;
    logic discard;               // beats up to eop
    logic [8:0] left;            // beats that should come, this one included
    logic [8:0] beats;
    logic is_completion, wanted;

    wire take = valid && (!request_valid || request_ready);

    assign rx_ready = !valid || take;
    assign completion_valid = wanted && is_completion;
    assign request_valid = wanted && !is_completion;
    assign stray = valid && !discard && !midway && !sop;
    assign busy = valid;

    always_comb begin
        first = 1'b0;
        last = 1'b0;
        bad = 1'b0;
        beats = 9'd1;
        is_completion = 1'b0;
        wanted = 1'b0;
        if (valid) begin
            first = !midway;
            wanted = !discard && (midway || sop);
            if (midway)
                beats = left;
            else if (header[30]) // with data; Length 0 is 1024 doublewords
                beats = header[9:0] == '0 ? 9'd256 : 9'((11'(header[9:0]) + 11'd3) >> 2);
            is_completion = midway ? midway_completion : !header[31] && header[28:25] == 4'b0101;
            last = eop || beats == 9'd1;
            bad = eop != (beats == 9'd1);
        end
    end

    always_ff @(posedge clk) begin
        if (take) begin
            if (discard || !wanted)
                discard <= !eop;
            else begin
                discard <= last && !eop;
                midway <= !last;
                midway_completion <= is_completion;
                left <= beats - 9'd1;
            end
        end
        if (rx_ready) begin
            valid <= rx_valid;
            if (rx_valid) begin
                sop <= rx_sop;
                eop <= rx_eop;
                header <= rx_hdr;
                data <= rx_data;
                function_ <= rx_function;
                bar <= rx_bar;
            end else if (valid)
                data <= '0; // it may have been an operand
        end
        if (rst) begin
            valid <= 1'b0;
            midway <= 1'b0;
            discard <= 1'b0;
        end
    end
endmodule
