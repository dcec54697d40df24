// SPDX-License-Identifier: Apache-2.0
// DMA write engine: moves lane-0 data into memory write packets of any alignment, a beat in each cycle.
//
// A packet leaves as its data come; nothing but a part of the last beat is held, and that is erased
// at the end of the request. The data of a function that may not master the bus are swallowed.

module pcie_write (
    input                clk,
    input                rst,
    input        [7:0]   bus_master,
    input        [2:0]   cfg_max_payload,
    input        [12:0]  cfg_bus_device,

    input                request_valid,
    output               request_ready,
    input        [2:0]   request_function,
    input        [63:0]  request_address,
    input        [16:0]  request_length,

    input                data_valid,
    output               data_ready,
    input        [127:0] data,

    output               tx_valid,
    input                tx_ready,
    output logic         tx_sop,
    output               tx_eop,
    output logic [127:0] tx_hdr,
    output logic [127:0] tx_data,

    output               denied, // a request's first packet that was swallowed
    input                denied_ready,
    output       [2:0]   denied_function,
    output       [63:0]  denied_address,
    output               done, // the last beat of a request leaves
    output       [2:0]   done_function,
    output               busy
);
    wire split_valid, split_first, split_last;
    wire [2:0] split_function;
    wire [63:0] split_address;
    wire [12:0] split_octets;
    wire [127:0] split_header;

    logic active;         // a packet is on its way
    logic swallow;        // and is not sent
    logic reported;       // the request's refusal was reported
    logic last;           // the packet ends its request
    logic [2:0] function_;
    logic [3:0] start;    // lane of memory in which the request began
    logic [12:0] left;    // octets of the packet yet to leave, with those before its first enabled one
    logic [4:0] skew;     // 1 .. 16: octets of held that are behind the packet's next one
    logic [127:0] held;   // the beat taken last

    logic more;           // the beat to leave needs a beat of data
    logic ends;
    logic ready;
    logic [127:0] window;

    wire step = active && ready && (swallow || tx_ready);
    wire finish = step && ends;
    wire allowed = bus_master[split_function];
    wire report = !allowed && (split_first || !reported);
    wire load = split_valid && (!active || finish) && (!report || denied_ready);

    pcie_split #(.WRITE(1)) split (
        .clk(clk), .rst(rst), .cfg_bus_device(cfg_bus_device), .size(cfg_max_payload),
        .in_valid(request_valid), .in_ready(request_ready), .in_function(request_function),
        .in_address(request_address), .in_length(request_length),
        .out_valid(split_valid), .out_ready(load), .out_function(split_function), .out_address(split_address),
        .out_octets(split_octets), .out_header(split_header), .out_first(split_first), .out_last(split_last)
    );

    assign tx_valid = active && ready && !swallow;
    assign tx_eop = ends;
    assign data_ready = active && more && (swallow || tx_ready);
    assign denied = split_valid && (!active || finish) && report;
    assign denied_function = split_function;
    assign denied_address = split_address;
    assign done = finish && last;
    assign done_function = function_;
    assign busy = split_valid || active;

    always_comb begin
        more = 1'b0;
        ends = 1'b0;
        ready = 1'b0;
        window = '0;
        tx_data = '0;
        if (active) begin
            ends = left <= 13'd16;
            more = left > {8'd0, 5'd16 - skew};
            ready = !more || data_valid;
            if (ready && !swallow) begin
                window = more ? data : '0;
                tx_data = 128'({window, held} >> {skew, 3'b000});
                if (left < 13'd16)
                    for (integer i = 0; i < 16; i = i + 1)
                        if (i >= {28'd0, left[3:0]}) tx_data[8*i +: 8] = '0;
            end
        end
    end

    always_ff @(posedge clk) begin
        if (step) begin
            tx_sop <= 1'b0;
            left <= left - 13'd16;
            if (more) held <= data;
            if (ends) begin
                active <= 1'b0;
                if (last) held <= '0;
            end
        end
        if (load) begin
            active <= 1'b1;
            swallow <= !allowed;
            reported <= !allowed || (reported && !split_first);
            last <= split_last;
            function_ <= split_function;
            tx_sop <= 1'b1;
            tx_hdr <= split_header;
            left <= split_octets + {11'd0, split_address[1:0]};
            if (split_first) begin
                start <= split_address[3:0];
                skew <= 5'd16 - {3'd0, split_address[1:0]};
            end else
                skew <= 5'd16 - {1'b0, start};
        end
        if (rst) begin
            active <= 1'b0;
            held <= '0;
        end
    end
endmodule
