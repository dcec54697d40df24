/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver's test double is told to do, and what it saw. */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

#include <stdatomic.h>

/* The socket where there is no card. */
#define FAKE_NO_CARD "/nowhere"

/* Set by tests, from any thread. All zero: a real (not simulated) card of one queue pair that answers at once. */
struct fake {
    /* orders */
    atomic_int open_error;
    atomic_int open_delay_ms;
    void (*_Atomic at_opening)(void); /* called while a card is opened */
    void (*_Atomic at_work)(void); /* called with each request that was submitted */
    void (*_Atomic at_reset)(void); /* called while it is reset */
    atomic_int queue_delay_ms; /* to open a queue after the first */
    atomic_int queue_error;    /* the same */
    atomic_int reset_delay_ms;
    atomic_int simulated;
    atomic_int queue_pairs;   /* 0: one */
    atomic_int entries;       /* of a queue; 0: 1024 */
    atomic_int delay_ms;      /* until an answer */
    atomic_int silent;        /* never answer */
    atomic_int held;          /* keep answers back while this is set, however late they are */
    atomic_int answered;      /* no more than the first so many requests; 0: all */
    atomic_int wrong;         /* flip a bit of the answer */
    atomic_int status;        /* answer with this status */
    atomic_int submit_error;
    atomic_int key_error;
    atomic_int refusals;      /* answer this many requests on curves or records with the status below, then rightly */
    atomic_int refusal_status;
    atomic_long missing;      /* opcodes not served, a bit for each */
    atomic_int failed;        /* every call on the card gives -EIO */
    /* sightings */
    atomic_int sealed, unsealed; /* records, by what was asked */
    atomic_int longest;          /* payload of a record, in octets */
    atomic_int opening, opening_queue, resetting; /* under way */
    atomic_int polls, given_up;  /* polls of queues; requests released before their answer */
    atomic_int unguarded;        /* calls in which a signal handler could be left by longjmp */
    atomic_int opened, closed, keys, queues, requests, submitted, resets, most_in_flight, in_flight, foreign_calls;
};

extern struct fake fake;

void fake_reset(void);

#endif
