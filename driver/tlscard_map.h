/* SPDX-License-Identifier: Apache-2.0 */
/* The card's programming interface. Made by rtl/mapgen.py from rtl/map.toml. */
#ifndef TLSCARD_MAP_H
#define TLSCARD_MAP_H

#include <stddef.h>
#include <stdint.h>

#define TLSCARD_PCI_VENDOR_ID 0x1234u
#define TLSCARD_PCI_DEVICE_ID 0x7c5du
#define TLSCARD_PCI_SUBSYSTEM_VENDOR_ID 0x1234u
#define TLSCARD_PCI_SUBSYSTEM_ID 0x1u
#define TLSCARD_PCI_REVISION_ID 0x1u
#define TLSCARD_PCI_CLASS_CODE 0x100000u
#define TLSCARD_PCI_BAR0_SIZE 0x10000u
#define TLSCARD_PCI_BAR2_SIZE 0x2000u
#define TLSCARD_PCI_MSIX_TABLE_BAR 0x2u
#define TLSCARD_PCI_MSIX_TABLE_OFFSET 0x0u
#define TLSCARD_PCI_MSIX_PBA_BAR 0x2u
#define TLSCARD_PCI_MSIX_PBA_OFFSET 0x1000u
#define TLSCARD_NAME_LO 0x63736c74u
#define TLSCARD_NAME_HI 0x20647261u
#define TLSCARD_VERSION 0x10000u
#define TLSCARD_MAX_FUNCTIONS 0x8u
#define TLSCARD_MAX_QUEUE_PAIRS 0x8u
#define TLSCARD_MAX_LOG2_ENTRIES 0xau
#define TLSCARD_MAX_KEY_OCTETS 0x1030u
#define TLSCARD_MAX_SOURCE_OCTETS 0x10010u
#define TLSCARD_MAX_DESTINATION_OCTETS 0x10010u
#define TLSCARD_MAX_ADDITIONAL_OCTETS 0x1000u
#define TLSCARD_MAX_PAYLOAD_OCTETS 0x10000u
#define TLSCARD_DOORBELL_BASE 0x1000u
#define TLSCARD_DOORBELL_STRIDE 0x1000u
#define TLSCARD_QUEUE_BASE 0x100u
#define TLSCARD_QUEUE_STRIDE 0x40u
#define TLSCARD_PUBLIC_EXPONENT_OCTETS 0x10u
#define TLSCARD_MAP_HASH_VALUE 0xc8ee7315u
#define TLSCARD_REG_NAME_LO 0x0u
#define TLSCARD_REG_NAME_HI 0x4u
#define TLSCARD_REG_VERSION 0x8u
#define TLSCARD_REG_MAP_HASH 0xcu
#define TLSCARD_REG_CAPS_QUEUES 0x10u
#define TLSCARD_REG_CAPS_FLAGS 0x14u
#define TLSCARD_REG_CAPS_ENGINES 0x18u
#define TLSCARD_REG_CLOCK_HZ 0x1cu
#define TLSCARD_REG_OPCODES_LO 0x20u
#define TLSCARD_REG_OPCODES_HI 0x24u
#define TLSCARD_REG_CYCLES_LO 0x30u
#define TLSCARD_REG_CYCLES_HI 0x34u
#define TLSCARD_REG_CONTROL 0x40u
#define TLSCARD_REG_STATUS 0x44u
#define TLSCARD_REG_ERROR_COUNT 0x50u
#define TLSCARD_REG_ERROR_CODE 0x54u
#define TLSCARD_REG_ERROR_ADDRESS_LO 0x58u
#define TLSCARD_REG_ERROR_ADDRESS_HI 0x5cu
#define TLSCARD_REG_ERROR_CLEAR 0x60u
#define TLSCARD_REG_PKE_COMPLETED 0x80u
#define TLSCARD_REG_PKE_FAILED 0x84u
#define TLSCARD_REG_GCM_COMPLETED 0x88u
#define TLSCARD_REG_GCM_FAILED 0x8cu
#define TLSCARD_REG_BUSY_CYCLES_LO 0x90u
#define TLSCARD_REG_BUSY_CYCLES_HI 0x94u
#define TLSCARD_REG_MULTIPLIER_CYCLES_LO 0x98u
#define TLSCARD_REG_MULTIPLIER_CYCLES_HI 0x9cu
#define TLSCARD_QREG_SQ_BASE_LO 0x0u
#define TLSCARD_QREG_SQ_BASE_HI 0x4u
#define TLSCARD_QREG_CQ_BASE_LO 0x8u
#define TLSCARD_QREG_CQ_BASE_HI 0xcu
#define TLSCARD_QREG_SIZE 0x10u
#define TLSCARD_QREG_VECTOR 0x14u
#define TLSCARD_QREG_ENABLE 0x18u
#define TLSCARD_QREG_STATE 0x1cu
#define TLSCARD_QREG_POSITIONS 0x20u
#define TLSCARD_DOORBELL_SQ_TAIL 0x0u
#define TLSCARD_DOORBELL_CQ_HEAD 0x4u
#define TLSCARD_OP_NOP 0x1u
#define TLSCARD_OP_MODEXP 0x10u
#define TLSCARD_OP_RSA_PUBLIC 0x11u
#define TLSCARD_OP_RSA_PRIVATE_CRT 0x12u
#define TLSCARD_OP_EC_MULTIPLY 0x18u
#define TLSCARD_OP_EC_MULTIPLY_BASE 0x19u
#define TLSCARD_OP_ECDSA_SIGN 0x1au
#define TLSCARD_OP_ECDSA_VERIFY 0x1bu
#define TLSCARD_OP_X25519 0x1cu
#define TLSCARD_OP_AES_GCM_SEAL 0x20u
#define TLSCARD_OP_AES_GCM_OPEN 0x21u
#define TLSCARD_CURVE_P256 0x1u
#define TLSCARD_CURVE_P384 0x2u
#define TLSCARD_CURVE_X25519 0x3u
#define TLSCARD_STATUS_OK 0x0u
#define TLSCARD_STATUS_INVALID_OPCODE 0x1u
#define TLSCARD_STATUS_INVALID_FIELD 0x2u
#define TLSCARD_STATUS_DESTINATION_TOO_SMALL 0x3u
#define TLSCARD_STATUS_INVALID_MODULUS 0x4u
#define TLSCARD_STATUS_INVALID_EXPONENT 0x5u
#define TLSCARD_STATUS_OPERAND_RANGE 0x6u
#define TLSCARD_STATUS_CHECK_FAILED 0x7u
#define TLSCARD_STATUS_INVALID_POINT 0x8u
#define TLSCARD_STATUS_INVALID_SCALAR 0x9u
#define TLSCARD_STATUS_INVALID_RESULT 0xau
#define TLSCARD_STATUS_SIGNATURE_INVALID 0xbu
#define TLSCARD_STATUS_TAG_MISMATCH 0xcu
#define TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST 0x10u
#define TLSCARD_STATUS_DMA_COMPLETER_ABORT 0x11u
#define TLSCARD_STATUS_DMA_POISONED 0x12u
#define TLSCARD_STATUS_DMA_TIMEOUT 0x13u
#define TLSCARD_STATUS_DMA_MALFORMED 0x14u
#define TLSCARD_ERROR_NONE 0x0u
#define TLSCARD_ERROR_INVALID_DOORBELL 0x20u
#define TLSCARD_ERROR_INVALID_QUEUE 0x21u
#define TLSCARD_ERROR_UNSUPPORTED_REQUEST 0x22u
#define TLSCARD_ERROR_UNEXPECTED_COMPLETION 0x23u
#define TLSCARD_ERROR_POISONED_WRITE 0x24u
#define TLSCARD_ERROR_BUS_MASTER_DISABLED 0x25u
#define TLSCARD_OPCODES_NONE 0x2ull
#define TLSCARD_OPCODES_PKE 0x1f070000ull
#define TLSCARD_OPCODES_GCM 0x300000000ull

/* Little-endian in memory. */
struct tlscard_submission {
    uint8_t opcode; /* What to do. */
    uint8_t flags; /* Zero. */
    uint16_t command_id; /* Returned in the completion entry. */
    uint32_t parameter; /* Octets of the modulus, for the RSA opcodes and MODEXP; a curve id, for curves; octets of the key, 16 or 32, for AES-GCM. */
    uint64_t key_address; /* Address of the key block, any alignment. */
    uint32_t key_length; /* Octets of the key block. */
    uint32_t source_length; /* Octets of the source. */
    uint64_t source_address; /* Address of the source, any alignment. */
    uint64_t destination_address; /* Address of the result, any alignment. */
    uint32_t destination_length; /* Octets that the destination can take; a longer result is an error, and none of it is written. */
    uint8_t reserved[20]; /* Zero. */
};
_Static_assert(offsetof(struct tlscard_submission, opcode) == 0,
               "offset of submission opcode");
_Static_assert(sizeof(((struct tlscard_submission *)0)->opcode) == 1,
               "size of submission opcode");
_Static_assert(offsetof(struct tlscard_submission, flags) == 1,
               "offset of submission flags");
_Static_assert(sizeof(((struct tlscard_submission *)0)->flags) == 1,
               "size of submission flags");
_Static_assert(offsetof(struct tlscard_submission, command_id) == 2,
               "offset of submission command_id");
_Static_assert(sizeof(((struct tlscard_submission *)0)->command_id) == 2,
               "size of submission command_id");
_Static_assert(offsetof(struct tlscard_submission, parameter) == 4,
               "offset of submission parameter");
_Static_assert(sizeof(((struct tlscard_submission *)0)->parameter) == 4,
               "size of submission parameter");
_Static_assert(offsetof(struct tlscard_submission, key_address) == 8,
               "offset of submission key_address");
_Static_assert(sizeof(((struct tlscard_submission *)0)->key_address) == 8,
               "size of submission key_address");
_Static_assert(offsetof(struct tlscard_submission, key_length) == 16,
               "offset of submission key_length");
_Static_assert(sizeof(((struct tlscard_submission *)0)->key_length) == 4,
               "size of submission key_length");
_Static_assert(offsetof(struct tlscard_submission, source_length) == 20,
               "offset of submission source_length");
_Static_assert(sizeof(((struct tlscard_submission *)0)->source_length) == 4,
               "size of submission source_length");
_Static_assert(offsetof(struct tlscard_submission, source_address) == 24,
               "offset of submission source_address");
_Static_assert(sizeof(((struct tlscard_submission *)0)->source_address) == 8,
               "size of submission source_address");
_Static_assert(offsetof(struct tlscard_submission, destination_address) == 32,
               "offset of submission destination_address");
_Static_assert(sizeof(((struct tlscard_submission *)0)->destination_address) == 8,
               "size of submission destination_address");
_Static_assert(offsetof(struct tlscard_submission, destination_length) == 40,
               "offset of submission destination_length");
_Static_assert(sizeof(((struct tlscard_submission *)0)->destination_length) == 4,
               "size of submission destination_length");
_Static_assert(offsetof(struct tlscard_submission, reserved) == 44,
               "offset of submission reserved");
_Static_assert(sizeof(((struct tlscard_submission *)0)->reserved) == 20,
               "size of submission reserved");
_Static_assert(sizeof(struct tlscard_submission) == 64, "size of a submission entry");

/* Little-endian in memory; the phase bit is bit 15 of phase. */
struct tlscard_completion {
    uint16_t command_id; /* From the submission entry. */
    uint8_t status; /* A status code; the destination was written where it is OK, and not touched otherwise, AES-GCM excepted: there it may hold octets that nobody has authenticated, and is to be wiped. */
    uint8_t reserved; /* Zero. */
    uint32_t result_length; /* Octets written to the destination. */
    uint32_t cycles; /* Engine cycles from the last operand octet loaded to the result ready; for AES-GCM the lane's, from the first octet of the key block in to the last of the result ready. */
    uint16_t sq_head; /* Head of the submission queue: entries before it may be written again. */
    uint16_t phase; /* Bit 15: the phase bit, inverted on each pass through the queue. The rest is zero. */
};
_Static_assert(offsetof(struct tlscard_completion, command_id) == 0,
               "offset of completion command_id");
_Static_assert(sizeof(((struct tlscard_completion *)0)->command_id) == 2,
               "size of completion command_id");
_Static_assert(offsetof(struct tlscard_completion, status) == 2,
               "offset of completion status");
_Static_assert(sizeof(((struct tlscard_completion *)0)->status) == 1,
               "size of completion status");
_Static_assert(offsetof(struct tlscard_completion, reserved) == 3,
               "offset of completion reserved");
_Static_assert(sizeof(((struct tlscard_completion *)0)->reserved) == 1,
               "size of completion reserved");
_Static_assert(offsetof(struct tlscard_completion, result_length) == 4,
               "offset of completion result_length");
_Static_assert(sizeof(((struct tlscard_completion *)0)->result_length) == 4,
               "size of completion result_length");
_Static_assert(offsetof(struct tlscard_completion, cycles) == 8,
               "offset of completion cycles");
_Static_assert(sizeof(((struct tlscard_completion *)0)->cycles) == 4,
               "size of completion cycles");
_Static_assert(offsetof(struct tlscard_completion, sq_head) == 12,
               "offset of completion sq_head");
_Static_assert(sizeof(((struct tlscard_completion *)0)->sq_head) == 2,
               "size of completion sq_head");
_Static_assert(offsetof(struct tlscard_completion, phase) == 14,
               "offset of completion phase");
_Static_assert(sizeof(((struct tlscard_completion *)0)->phase) == 2,
               "size of completion phase");
_Static_assert(sizeof(struct tlscard_completion) == 16, "size of a completion entry");

/* X(name, value, text) for each opcode */
#define TLSCARD_OPCODE_LIST(X) \
    X(NOP, 0x01, "Completes at once.") \
    X(MODEXP, 0x10, "Modular exponentiation, odd modulus of 128 .. 512 octets in steps of 16; cycles depend on k alone.") \
    X(RSA_PUBLIC, 0x11, "RSAEP and RSAVP1 of RFC 8017; k is a multiple of 16 octets in 128 .. 512; e is odd, 3 .. 2^64 - 1; cycles depend on k and e.") \
    X(RSA_PRIVATE_CRT, 0x12, "RSADP and RSASP1 of RFC 8017 with the second representation of the key (sections 3.2 and 5.1.2); k is 256, 384 or 512 octets; either prime may be the larger; cycles depend on k and e.") \
    X(EC_MULTIPLY, 0x18, "k * (x, y) on P-256 or P-384; the elliptic curve Diffie-Hellman primitive of SP 800-56A section 5.7.1.2 and SEC 1 section 3.3.1. 0 < k < order and the point on the curve are checked; cycles depend on the curve alone.") \
    X(EC_MULTIPLY_BASE, 0x19, "k * G: the public key of k on P-256 or P-384. 0 < k < order is checked; cycles depend on the curve alone.") \
    X(ECDSA_SIGN, 0x1a, "FIPS 186-5 section 6.4.1 steps 3 to 11 with the nonce k; e is the leftmost bits of the digest as an integer of n octets. 0 < d < order and 0 < k < order are checked; cycles depend on the curve alone.") \
    X(ECDSA_VERIFY, 0x1b, "FIPS 186-5 section 6.4.2 under the public key (x, y): status OK or SIGNATURE_INVALID and no result. The point on the curve is checked.") \
    X(X25519, 0x1c, "RFC 7748 section 5, little-endian, with the scalar's clamping and the mask of the top bit of u on the card; parameter is the id of X25519; cycles never vary. An all-zero result is refused (section 6.1).") \
    X(AES_GCM_SEAL, 0x20, "GCM-AE of SP 800-38D section 7.1 with AES-128 or AES-256: k, the parameter, is 16 or 32. key_length gives the additional data's length and source_length the plaintext's; cycles depend on these alone.") \
    X(AES_GCM_OPEN, 0x21, "GCM-AD of SP 800-38D section 7.2: status OK, or TAG_MISMATCH with result_length 0. The plaintext is written before the tag is known: the driver keeps it to itself until the status says OK, and wipes it otherwise.")

/* X(name, value, text) for each status code */
#define TLSCARD_STATUS_LIST(X) \
    X(OK, 0x00, "Done; the result is in memory.") \
    X(INVALID_OPCODE, 0x01, "The opcode is not served.") \
    X(INVALID_FIELD, 0x02, "A reserved field is not zero, or a length or the parameter does not fit the opcode.") \
    X(DESTINATION_TOO_SMALL, 0x03, "The result is longer than destination_length.") \
    X(INVALID_MODULUS, 0x04, "A modulus or prime is even, zero, or shorter than the size claimed (its top 64 bits are zero).") \
    X(INVALID_EXPONENT, 0x05, "The public exponent is even, less than 3, or longer than 64 bits.") \
    X(OPERAND_RANGE, 0x06, "The source is not less than the modulus.") \
    X(CHECK_FAILED, 0x07, "The private result did not verify under the public key; the key is inconsistent or the card is faulty.") \
    X(INVALID_POINT, 0x08, "A coordinate is not less than the field's prime, or the point is not on the curve.") \
    X(INVALID_SCALAR, 0x09, "A scalar, private key or nonce is zero or not less than the order.") \
    X(INVALID_RESULT, 0x0a, "The result is the point at infinity, the all-zero value of X25519, or a signature with r or s zero, which needs another nonce.") \
    X(SIGNATURE_INVALID, 0x0b, "The signature is not one of this digest under this key.") \
    X(TAG_MISMATCH, 0x0c, "The tag is not that of key, nonce, additional data and ciphertext.") \
    X(DMA_UNSUPPORTED_REQUEST, 0x10, "A read was answered Unsupported Request (PCIe base specification section 2.2.9).") \
    X(DMA_COMPLETER_ABORT, 0x11, "A read was answered Completer Abort.") \
    X(DMA_POISONED, 0x12, "A read was answered with poisoned data (EP set, section 2.7.2).") \
    X(DMA_TIMEOUT, 0x13, "A read was not answered in time (section 2.8).") \
    X(DMA_MALFORMED, 0x14, "A completion had a length or byte count that does not fit its request.")

/* X(name, value, text) for each error code */
#define TLSCARD_ERROR_LIST(X) \
    X(NONE, 0x00, "No error.") \
    X(INVALID_DOORBELL, 0x20, "A doorbell value is not an index of the queue, or would overrun it. The pair halts.") \
    X(INVALID_QUEUE, 0x21, "The pair was enabled with a size or base that it cannot take. It stays disabled.") \
    X(UNSUPPORTED_REQUEST, 0x22, "A request from the host that this card does not serve.") \
    X(UNEXPECTED_COMPLETION, 0x23, "A completion for a tag that is not outstanding.") \
    X(POISONED_WRITE, 0x24, "A write to a BAR came poisoned and was dropped.") \
    X(BUS_MASTER_DISABLED, 0x25, "A queue needed DMA while Bus Master Enable was clear. The pair halts.")

#endif
