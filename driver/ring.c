/* SPDX-License-Identifier: Apache-2.0 */
/* Submission and completion queue in memory. */
#include "driver/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define PHASE_BIT 0x8000u

size_t ring_memory_size(unsigned entries)
{
    /* The completion queue's base is 64-octet aligned as it follows whole submission entries. */
    return (size_t)entries * (sizeof(struct tlscard_submission) + sizeof(struct tlscard_completion));
}

void ring_start(struct ring *ring, void *memory, unsigned entries)
{
    memset(memory, 0, ring_memory_size(entries));
    memset(ring, 0, sizeof *ring);
    ring->submissions = memory;
    ring->completions = (struct tlscard_completion *)(ring->submissions + entries);
    ring->mask = (uint16_t)(entries - 1);
    ring->phase = PHASE_BIT;
}

int ring_push(struct ring *ring, const struct tlscard_submission *entry)
{
    if (ring->unanswered == ring->mask)
        return -EAGAIN;
    ring->submissions[ring->tail] = *entry;
    ring->tail = (uint16_t)((ring->tail + 1u) & ring->mask);
    ring->unanswered++;
    /* The entry and its operands are in memory before the doorbell that follows. */
    atomic_thread_fence(memory_order_seq_cst);
    return 0;
}

/* The head that the card tells lies between the last one told and the tail. */
static int head_in_range(const struct ring *ring, uint16_t told)
{
    uint16_t advance = (uint16_t)((told - ring->fetched) & ring->mask);
    uint16_t waiting = (uint16_t)((ring->tail - ring->fetched) & ring->mask);

    return told <= ring->mask && advance <= waiting;
}

int ring_pop(struct ring *ring, struct tlscard_completion *completion)
{
    struct tlscard_completion *entry = &ring->completions[ring->head];
    uint16_t phase = __atomic_load_n(&entry->phase, __ATOMIC_ACQUIRE);

    if ((phase & PHASE_BIT) != ring->phase)
        return 0;
    *completion = *entry;
    completion->phase = phase;
    if ((phase & ~PHASE_BIT) != 0 || completion->reserved != 0 || ring->unanswered == 0 ||
        !head_in_range(ring, completion->sq_head))
        return -EPROTO;
    ring->fetched = completion->sq_head;
    ring->unanswered--;
    ring->head = (uint16_t)((ring->head + 1u) & ring->mask);
    if (ring->head == 0)
        ring->phase ^= PHASE_BIT;
    return 1;
}
