/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the driver's double share. */
#ifndef FAKE_INTERNAL_H
#define FAKE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "driver/tlscard.h"
#include "tests/provider/fake_driver.h"

struct tlscard {
    pid_t pid;
    atomic_uint resets; /* odd while one lasts; a queue follows from its own thread, as the driver's do */
    atomic_int queues;
    pthread_mutex_t lock; /* of keys */
    struct tlscard_rsa_key *keys;
};

struct tlscard_queue {
    struct tlscard *card;
    int timer;
    unsigned entries, depth, resets;
    atomic_int busy; /* a call is under way */
    struct tlscard_request *requests;
};

struct tlscard_request {
    struct tlscard_request *next;
    struct tlscard_queue *queue; /* NULL once the queue is closed */
    int done, cancelled, released;
    int number;   /* of those submitted before */
    uint64_t due; /* 0: never */
    uint8_t output[512];
    size_t length;
    int status;
    int is_record;
    uint8_t *payload; /* of a record */
    uint8_t tag[TLSCARD_GCM_TAG];
};

int fake_usable(const struct tlscard *card);

/* One call at a time on a queue. */
void fake_enter(struct tlscard_queue *queue);
void fake_leave(struct tlscard_queue *queue);

/* End what a reset has ended; with the queue entered. */
void fake_follow(struct tlscard_queue *queue);

/* 0, or why nothing can be submitted. */
int fake_room(struct tlscard_queue *queue);

/* Submit a request whose answer is known already. */
void fake_enqueue(struct tlscard_queue *queue, struct tlscard_request *fresh, struct tlscard_request **request);

#endif
