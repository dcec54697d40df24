/* SPDX-License-Identifier: Apache-2.0 */
/* Transaction-layer packets: their headers (PCIe base specification chapter 2) taken apart and put together. */
#ifndef SIM_TLP_H
#define SIM_TLP_H

#include <stdbool.h>
#include <stdint.h>

#define TLP_MAX_WORDS 1024u
#define TLP_HOST_ID 0u /* requester and completer ID of the root complex */

/* A packet on its way over the link. data holds the payload's octets in address order. */
struct tlp {
    struct tlp *next;
    uint32_t header[4];
    uint8_t function; /* that it is for, or comes from */
    uint8_t bar;      /* that a request to the card hit */
    uint16_t words;   /* of payload */
    uint32_t data[TLP_MAX_WORDS];
};

enum tlp_kind { TLP_READ, TLP_WRITE, TLP_COMPLETION, TLP_UNKNOWN };

enum { TLP_STATUS_SUCCESS = 0, TLP_STATUS_UNSUPPORTED = 1, TLP_STATUS_ABORT = 4 };

/* A memory request. */
struct tlp_request {
    bool write;
    bool long_address; /* a 4-doubleword header */
    uint16_t requester;
    uint8_t tag;
    uint8_t first_enable, last_enable; /* octets of the first and last doubleword */
    uint16_t words;                    /* 1 .. 1024 */
    uint64_t address;                  /* multiple of 4 */
};

struct tlp_completion {
    uint16_t completer, requester;
    uint8_t tag, status, lower_address;
    uint16_t byte_count; /* octets still to come, this packet's included: 1 .. 4096 */
    uint16_t words;      /* of payload, 0 for a completion without data */
};

enum tlp_kind tlp_kind(const struct tlp *tlp);
bool tlp_has_data(const struct tlp *tlp);
bool tlp_poisoned(const struct tlp *tlp);

/* Length field, 1 .. 1024. */
unsigned tlp_length(const struct tlp *tlp);

struct tlp_request tlp_get_request(const struct tlp *tlp);
struct tlp_completion tlp_get_completion(const struct tlp *tlp);

/* The payload is the caller's to fill; addresses from 4 GiB on get the long header. */
void tlp_set_request(struct tlp *tlp, const struct tlp_request *request);
void tlp_set_completion(struct tlp *tlp, const struct tlp_completion *completion);

/* Octets that a request asks for, from the first enabled to the last (table 2-38): 1 .. 4096. */
unsigned tlp_request_octets(const struct tlp_request *request);

/* Octets before the first enabled one: 0 .. 3. */
unsigned tlp_request_skip(const struct tlp_request *request);

#endif
