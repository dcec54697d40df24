// SPDX-License-Identifier: Apache-2.0
// What travels through the lane: an item a cycle, of one of these kinds.

package gcm_item;
    localparam [2:0] NONE = 3'd0;
    localparam [2:0] SUBKEY = 3'd1;     // the zero block, which becomes the hash subkey H
    localparam [2:0] MASK = 3'd2;       // J0, which becomes the tag's mask; beside it the block of lengths
    localparam [2:0] ADDITIONAL = 3'd3; // a block of additional data
    localparam [2:0] PAYLOAD = 3'd4;    // a counter block, and beside it the payload
    localparam [2:0] END = 3'd5;        // beside it the tag that came, or the status of an abort
    localparam [2:0] WIPE = 3'd6;       // zeros that nothing remains of the records before
endpackage
