// SPDX-License-Identifier: Apache-2.0
// Keeps DMA writes and interrupts in the order in which they were asked for.

module pcie_posted (
    input               clk,
    input               rst,

    input               wr_valid,
    output              wr_ready,
    input        [2:0]  wr_function,
    input        [63:0] wr_address,
    input        [16:0] wr_length,
    input               irq_valid,
    output              irq_ready,
    input        [2:0]  irq_function,
    input        [15:0] irq_vector,

    output              write_valid,
    input               write_ready,
    input               write_busy,
    input               write_done,
    input        [2:0]  write_done_function,
    output              message_valid, // every write before it has left
    input               message_done,
    output       [2:0]  head_function, // of the write or the message offered
    output       [63:0] head_address,  // a message's vector in bits 15:0
    output       [16:0] head_length,

    output logic [7:0]  accepted, // requests, modulo 256
    output logic [7:0]  finished, // those of them that have left
    output       [7:0]  busy      // per function: something is held
);
    wire ready, valid, is_message;
    wire accept = (wr_valid || irq_valid) && ready;
    wire [2:0] accept_function = wr_valid ? wr_function : irq_function;
    wire finish = write_done || message_done;

    assign wr_ready = ready;
    assign irq_ready = ready && !wr_valid;
    assign write_valid = valid && !is_message;
    assign message_valid = valid && is_message && !write_busy;

    fifo #(.WIDTH(85), .DEPTH(8)) queue (
        .clk(clk), .rst(rst), .in_valid(wr_valid || irq_valid), .in_ready(ready),
        .in_data(wr_valid ? {1'b0, wr_function, wr_address, wr_length}
                          : {1'b1, irq_function, 48'd0, irq_vector, 17'd0}),
        .out_valid(valid), .out_ready(is_message ? message_done : write_ready),
        .out_data({is_message, head_function, head_address, head_length})
    );

    pcie_count held (
        .clk(clk), .rst(rst), .up(accept), .up_function(accept_function),
        .down(finish), .down_function(message_done ? head_function : write_done_function), .busy(busy)
    );

    always_ff @(posedge clk) begin
        if (accept) accepted <= accepted + 8'd1;
        if (finish) finished <= finished + 8'd1;
        if (rst) begin
            accepted <= '0;
            finished <= '0;
        end
    end
endmodule
