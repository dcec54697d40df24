/* SPDX-License-Identifier: Apache-2.0 */
/* A root complex with host memory at the card's transaction-layer link, for tests.
 *
 * It serves the card's reads from the memory given to it, in random order and in random legal
 * pieces, takes the card's writes into that memory, and sends requests of the host to the card's
 * BARs. Every packet of the card is checked against the PCIe base specification; a violation is
 * counted and the first is described. It knows the Verilated module only as pointers to its ports.
 *
 * For each clock cycle: set the ports with link_drive, settle the module with the clock low, take
 * what moves with link_sample (which changes no port), then raise the clock.
 */
#ifndef TESTS_RTL_LINK_H
#define TESTS_RTL_LINK_H

#include <stddef.h>
#include <stdint.h>

#define LINK_TAGS 256
#define LINK_REGIONS 4
#define LINK_MAX_DWORDS 1024

/* The link's ports, docs/rtl.md */
struct link_ports {
    uint8_t *rx_valid, *rx_ready, *rx_sop, *rx_eop, *rx_function, *rx_bar;
    uint32_t *rx_hdr, *rx_data;
    uint8_t *tx_valid, *tx_ready, *tx_sop, *tx_eop;
    uint32_t *tx_hdr, *tx_data;
};

struct link_packet {
    uint32_t header[4];
    uint32_t data[LINK_MAX_DWORDS + 4];
    unsigned dwords;  /* of data */
    uint8_t function, bar;
    int beats;        /* sent, where that is not what dwords says; 0 otherwise */
};

/* What is wrong with the answer to a read of the card. */
enum link_fault {
    LINK_GOOD,
    LINK_UNSUPPORTED,         /* Unsupported Request */
    LINK_RETRY,               /* Configuration Request Retry Status, which no memory read may get */
    LINK_ABORT,               /* Completer Abort */
    LINK_ABORT_LATER,         /* the same after a good part */
    LINK_POISONED,            /* all parts */
    LINK_POISONED_PART,       /* the first part alone */
    LINK_LOST,                /* never answered */
    LINK_LATE,                /* answered link.late cycles after the read */
    LINK_WRONG_FUNCTION,      /* an answer to another function, and no other */
    LINK_WRONG_TAG,           /* an answer to a tag that is not outstanding, and no other */
    LINK_WRONG_BYTE_COUNT,
    LINK_WRONG_LOWER_ADDRESS,
    LINK_TOO_LONG,
    LINK_TOO_SHORT,           /* one doubleword less, as if complete */
    LINK_NO_DATA,             /* a Cpl with status Successful Completion */
    LINK_DUPLICATE,           /* a good answer, twice */
    LINK_ENDS_EARLY,          /* eop before the last beat */
    LINK_ENDS_LATE,           /* eop after the last beat */
    LINK_FAULTS
};

/* A read that the card has outstanding. */
struct link_read {
    int active;
    enum link_fault fault;
    int parts;                /* sent so far */
    uint8_t function;
    uint64_t address;         /* of the next octet */
    unsigned octets;          /* yet to be sent */
    uint64_t asked;           /* cycle */
    uint64_t due;             /* cycle before which nothing is sent */
};

/* A read of a BAR by the host. */
struct link_answer {
    int waiting;
    unsigned status;          /* of the completion: 0 successful, 1 unsupported */
    uint32_t data[LINK_MAX_DWORDS];
    unsigned dwords;          /* received */
    int parts;
    /* what is expected */
    uint32_t header[4];
    uint8_t function;
    unsigned octets;
    unsigned lower_address;
    unsigned wanted;
};

struct link {
    struct link_ports ports;
    uint64_t random;          /* state of the generator, never 0 */
    uint64_t cycle;
    /* Set by the test, at any time: */
    unsigned rx_stall;        /* percent of cycles in which nothing is offered */
    unsigned tx_stall;        /* percent of cycles in which nothing is taken */
    unsigned max_payload;     /* octets */
    unsigned max_read;
    unsigned boundary;        /* read completion boundary, 64 or 128 */
    int whole;                /* 1: answers in the largest parts, in order */
    unsigned latency;         /* cycles from a read to its answer, at least; at most twice that unless whole */
    unsigned late;
    unsigned garbage;         /* percent of beats that are made up, outside of packets of the root complex */
    unsigned bus_device;
    enum link_fault (*choose_fault)(void *context, const struct link_packet *read);
    void (*observe)(void *context, const struct link_packet *packet); /* every packet of the card */
    void *context;
    /* For the test to look at: */
    unsigned violations;
    char violation[256];      /* the first */
    unsigned long reads, writes, completions;
    unsigned reads_outstanding;
    /* Within */
    struct { uint64_t address; uint8_t *octets; size_t size; } regions[LINK_REGIONS];
    struct link_read read[LINK_TAGS];
    unsigned oldest[LINK_TAGS], oldest_count; /* tags in order of asking */
    struct link_answer *answer;               /* LINK_TAGS of them */
    struct link_packet *queue;                /* of the host's requests */
    unsigned queue_head, queue_count;
    struct link_packet *incoming, *outgoing, *repeat;
    int repeat_ready;
    int sending, beat, receiving;
    int moved;                                /* the beat offered was taken */
};

/* 0, or -1 without memory. The ports are copied. link_destroy frees what it took. */
int link_create(struct link *link, const struct link_ports *ports, uint64_t seed);
void link_destroy(struct link *link);
/* Forget all packets, reads, answers and violations, as after a reset of the card. */
void link_restart(struct link *link);

/* Let the card reach octets as bus addresses from address on. The memory stays the caller's. */
void link_map(struct link *link, uint64_t address, uint8_t *octets, size_t size);

void link_drive(struct link *link);
void link_sample(struct link *link);
/* 1 while there is something to send or to be answered. */
int link_busy(const struct link *link);

/* Queue a packet as it is: 0, or -1 where the queue is full. */
int link_send(struct link *link, const struct link_packet *packet);
/* Write dwords doublewords to a BAR with the byte enables given. */
int link_write(struct link *link, unsigned function, unsigned bar, uint64_t address, const uint32_t *data,
               unsigned dwords, unsigned first_enables, unsigned last_enables);
/* Read: the tag, whose link->answer says waiting until complete, or -1. */
int link_read(struct link *link, unsigned function, unsigned bar, uint64_t address, unsigned dwords,
              unsigned first_enables, unsigned last_enables);
/* Queue a packet that wants an answer: its tag is chosen here. octets and lower_address are what
 * its completion must say, dwords what it must carry. */
int link_ask(struct link *link, struct link_packet *packet, unsigned octets, unsigned lower_address, unsigned dwords);

/* A number below limit. */
uint64_t link_random(struct link *link, uint64_t limit);
/* Where the card reaches address, for size octets; NULL where nothing is mapped. */
uint8_t *link_memory(struct link *link, uint64_t address, size_t size);
/* The first octet's address, and the number of octets, of a memory request whose enables are contiguous. */
uint64_t link_span(const struct link_packet *packet, unsigned *octets);

#endif
