// SPDX-License-Identifier: Apache-2.0
// The multiplier array as written beside the netlist that synthesis reads from it: random columns.

module pke_product_netlist;
    reg clk = 0, ended = 1;
    reg valid, first, last, zero, one, twice, column_valid, column_empty, column_wide, chain_first, addend_enable, addend_invert;
    reg [2:0] constant;
    reg [129:0] a, b, c;
    wire written_valid, netlist_valid;
    wire [129:0] written_word, netlist_word, written_above, netlist_above;
    integer n, different = 0, words = 0;

    pke_product written (
        .clk(clk), .valid(valid), .first(first), .last(last), .zero(zero), .one(one), .twice(twice), .a(a), .b(b),
        .column_valid(column_valid), .column_empty(column_empty), .column_wide(column_wide), .chain_first(chain_first), .addend_enable(addend_enable), .addend_invert(addend_invert), .c(c),
        .constant(constant), .word_valid(written_valid), .word(written_word), .word_above(written_above)
    );
    pke_netlist netlist (
        .clk(clk), .valid(valid), .first(first), .last(last), .zero(zero), .one(one), .twice(twice), .a(a), .b(b),
        .column_valid(column_valid), .column_empty(column_empty), .column_wide(column_wide), .chain_first(chain_first), .addend_enable(addend_enable), .addend_invert(addend_invert), .c(c),
        .constant(constant), .word_valid(netlist_valid), .word(netlist_word), .word_above(netlist_above)
    );

    initial begin
        for (n = 0; n < 4000; n = n + 1) begin
            // the first twenty columns are one product each, so that nothing stays unknown
            valid = n < 20 || ($random & 7) != 0;
            first = n < 20 || ended || ($random & 7) == 0;
            last = n < 20 || ($random & 1) != 0;
            if (valid) ended = last;
            zero = ($random & 15) == 0;
            one = ($random & 15) == 0;
            twice = $random;
            column_valid = n < 20 || ($random & 1) != 0;
            column_empty = n >= 20 && ($random & 3) == 0;
            column_wide = n < 20 || ($random & 3) == 0;
            chain_first = n < 20 || ($random & 7) == 0;
            addend_enable = $random;
            addend_invert = $random;
            constant = ($random & 15) % 5;
            a = {$random, $random, $random, $random, $random};
            b = {$random, $random, $random, $random, $random};
            c = {$random, $random, $random, $random, $random};
            #1 clk = 1;
            #1 clk = 0;
            if (n > 40 && (written_valid !== netlist_valid
                           || (written_valid && {written_above, written_word} !== {netlist_above, netlist_word})))
                different = different + 1;
            if (n > 40 && written_valid) words = words + 1;
        end
        if (different != 0 || words < 1000) $display("pke_product: %0d of %0d words differ from the netlist's", different, words);
        else $display("same");
        $finish;
    end
endmodule
