// SPDX-License-Identifier: Apache-2.0
// Checks a submission entry: its status, and what lengths its opcode has.

module host_check #(
    parameter [63:0] PKE_OPCODES = tlscard_map::OPCODES_PKE,   // served, of the public-key class
    parameter [63:0] GCM_OPCODES = tlscard_map::OPCODES_GCM    // served, of the AES-GCM class
) (
    input  logic         enable,       // outputs are zero without
    /* verilator lint_off UNUSEDSIGNAL */ // addresses and the command id need no check
    input  logic [511:0] entry,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic [7:0]   status,
    output logic         pke,          // of the public-key class, whatever the status
    output logic         gcm,          // of the AES-GCM class, likewise
    output logic [12:0]  key_length,   // as the entry says: where the status is OK, what the opcode takes
    output logic [16:0]  source_length
);
    localparam [63:0] OPCODES = tlscard_map::OPCODES_NONE | PKE_OPCODES | GCM_OPCODES;
    localparam [31:0] NONCE_OCTETS = 32'd16;    // with the four zeros behind it
    localparam [31:0] TAG_OCTETS = 32'd16;
    localparam [31:0] MODULUS_MIN = 32'd128;
    localparam [31:0] MODULUS_MAX = 32'd512;

    logic [7:0] opcode;
    logic [31:0] parameter_value, key_given, source_given, destination_length, key_needed, source_needed, result_needed;
    logic modulus_valid, private_valid, prime_valid, parameter_valid, served, opens;
    logic [31:0] additional_given, payload_given;    // what AES-GCM takes them for
    logic [7:0] octets, octets_2, octets_3;    // of a coordinate or scalar of a prime curve, and multiples
    assign opcode = entry[tlscard_map::SQE_OPCODE_LSB +: tlscard_map::SQE_OPCODE_WIDTH];
    assign parameter_value = entry[tlscard_map::SQE_PARAMETER_LSB +: tlscard_map::SQE_PARAMETER_WIDTH];
    assign destination_length =
        entry[tlscard_map::SQE_DESTINATION_LENGTH_LSB +: tlscard_map::SQE_DESTINATION_LENGTH_WIDTH];
    assign key_given = entry[tlscard_map::SQE_KEY_LENGTH_LSB +: tlscard_map::SQE_KEY_LENGTH_WIDTH];
    assign source_given = entry[tlscard_map::SQE_SOURCE_LENGTH_LSB +: tlscard_map::SQE_SOURCE_LENGTH_WIDTH];
    assign modulus_valid = parameter_value >= MODULUS_MIN && parameter_value <= MODULUS_MAX
        && parameter_value[3:0] == 4'd0;
    assign private_valid = parameter_value == 32'd256 || parameter_value == 32'd384 || parameter_value == 32'd512;

    assign prime_valid = parameter_value == {24'd0, tlscard_map::CURVE_P256}
        || parameter_value == {24'd0, tlscard_map::CURVE_P384};
    assign octets = parameter_value[7:0] == tlscard_map::CURVE_P384 ? 8'd48 : 8'd32;
    assign octets_2 = {octets[6:0], 1'b0};
    assign octets_3 = octets_2 + octets;

    // A length below what must be there wraps round, beyond every maximum.
    assign opens = opcode == tlscard_map::OP_AES_GCM_OPEN;
    assign additional_given = key_given - parameter_value - NONCE_OCTETS;
    assign payload_given = opens ? source_given - TAG_OCTETS : source_given;

    // What is needed is meaningful where the parameter is valid.
    always_comb begin
        served = 1'b0;
        pke = 1'b0;
        gcm = 1'b0;
        parameter_valid = 1'b0;
        key_needed = '0;
        source_needed = '0;
        result_needed = '0;
        if (enable) begin
            served = opcode < 8'd64 && OPCODES[opcode[5:0]];
            pke = opcode < 8'd64 && PKE_OPCODES[opcode[5:0]];
            gcm = opcode < 8'd64 && GCM_OPCODES[opcode[5:0]];
            if (pke) source_needed = parameter_value;
            if (pke) result_needed = parameter_value;
            case (opcode)
                tlscard_map::OP_MODEXP: begin
                    parameter_valid = modulus_valid;
                    key_needed = {parameter_value[30:0], 1'b0};
                end
                tlscard_map::OP_RSA_PUBLIC: begin
                    parameter_valid = modulus_valid;
                    key_needed = parameter_value + tlscard_map::PUBLIC_EXPONENT_OCTETS;
                end
                tlscard_map::OP_RSA_PRIVATE_CRT: begin
                    parameter_valid = private_valid;
                    key_needed = parameter_value + tlscard_map::PUBLIC_EXPONENT_OCTETS
                        + {parameter_value[30:0], 1'b0} + {1'b0, parameter_value[31:1]};
                end
                tlscard_map::OP_EC_MULTIPLY, tlscard_map::OP_ECDSA_SIGN: begin
                    parameter_valid = prime_valid;
                    key_needed = {24'd0, octets};
                    source_needed = {24'd0, octets_2};
                    result_needed = {24'd0, octets_2};
                end
                tlscard_map::OP_EC_MULTIPLY_BASE: begin
                    parameter_valid = prime_valid;
                    source_needed = {24'd0, octets};
                    result_needed = {24'd0, octets_2};
                end
                tlscard_map::OP_ECDSA_VERIFY: begin
                    parameter_valid = prime_valid;
                    key_needed = {24'd0, octets_2};
                    source_needed = {24'd0, octets_3};
                    result_needed = '0;
                end
                tlscard_map::OP_X25519: begin
                    parameter_valid = parameter_value == {24'd0, tlscard_map::CURVE_X25519};
                    key_needed = 32'd32;
                    source_needed = 32'd32;
                    result_needed = 32'd32;
                end
                tlscard_map::OP_AES_GCM_SEAL, tlscard_map::OP_AES_GCM_OPEN: begin
                    parameter_valid = (parameter_value == 32'd16 || parameter_value == 32'd32)
                        && additional_given <= tlscard_map::MAX_ADDITIONAL_OCTETS
                        && payload_given <= tlscard_map::MAX_PAYLOAD_OCTETS;
                    key_needed = key_given;
                    source_needed = source_given;
                    result_needed = opens ? payload_given : payload_given + TAG_OCTETS;
                end
                default: parameter_valid = parameter_value == 32'd0;
            endcase
        end
    end

    logic fields_valid;
    assign fields_valid = parameter_valid
        && entry[tlscard_map::SQE_FLAGS_LSB +: tlscard_map::SQE_FLAGS_WIDTH] == '0
        && entry[tlscard_map::SQE_RESERVED_LSB +: tlscard_map::SQE_RESERVED_WIDTH] == '0
        && key_given == key_needed && source_given == source_needed;

    always_comb begin
        status = '0;
        if (enable) begin
            if (!served) status = tlscard_map::STATUS_INVALID_OPCODE;
            else if (!fields_valid) status = tlscard_map::STATUS_INVALID_FIELD;
            else if (destination_length < result_needed) status = tlscard_map::STATUS_DESTINATION_TOO_SMALL;
            else status = tlscard_map::STATUS_OK;
        end
    end

    assign key_length = enable ? key_given[12:0] : '0;
    assign source_length = enable ? source_given[16:0] : '0;
endmodule
