/* SPDX-License-Identifier: Apache-2.0 */
/* A vfio-user client for the tests, plain enough to send what no good client would, and the small device's commands.
 *
 * Failures of the machinery end the test through cmocka's assertions.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/message.h"

#define IOVA 0x100000u

struct peer {
    int fd;
    uint16_t id;
    struct memory_block *memory; /* to serve DMA messages from while a reply is waited for, or NULL */
    unsigned dma_reads, dma_writes; /* such messages served */
};

/* Memory of the client's, at IOVA once mapped. */
struct memory_block {
    int fd;
    uint8_t *data;
    size_t size;
};

/* Wait until the card of the clients before has gone with its thread. */
void card_wait_gone(void);
/* Attach to a card inside this process, with or without the version exchange; with options (as
 * tlscard_sim_attach) to a new one. */
struct peer client_attach_raw(const char *options);
struct peer client_attach(const char *options);
struct peer client_connect(const char *path);
/* Close, and wait until the card has taken notice. */
void client_close(struct peer *client);
void client_version(struct peer *client);

/* Send a message with descriptors. */
void client_send(struct peer *client, uint16_t command, uint32_t flags, const void *payload, size_t size,
                 const int *fds, unsigned fd_count);
void client_send_bytes(struct peer *client, const void *data, size_t size);
/* Receive the reply to the last message: its error as a negative errno, or the octets of its payload. */
int client_receive(struct peer *client, uint16_t command, void *payload, size_t capacity);
/* Both. */
int client_exchange(struct peer *client, uint16_t command, const void *payload, size_t size, void *reply,
                    size_t capacity);
int client_exchange_fds(struct peer *client, uint16_t command, const void *payload, size_t size, const int *fds,
                        unsigned fd_count);
/* Whether the server has closed the connection; waits for it up to a minute. */
bool client_closed(struct peer *client);

/* 0 or a negative errno value. */
int client_read(struct peer *client, unsigned region, uint64_t offset, void *data, uint32_t size);
int client_write(struct peer *client, unsigned region, uint64_t offset, const void *data, uint32_t size);
int client_map(struct peer *client, uint64_t address, uint64_t size, uint64_t offset, uint32_t flags, int fd);
int client_unmap(struct peer *client, uint64_t address, uint64_t size);
int client_irqs(struct peer *client, uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
                const void *data, size_t data_size, const int *fds, unsigned fd_count);

uint32_t client_get(struct peer *client, unsigned region, uint64_t offset, unsigned size);
void client_put(struct peer *client, unsigned region, uint64_t offset, uint32_t value, unsigned size);

struct memory_block memory_create(size_t size);
void memory_free(struct memory_block *memory);

/* The small device: see loop_top.v. */
enum { LOOP_ADDRESS = 0x800, LOOP_SHAPE = 0x808, LOOP_COMMAND = 0x80c, LOOP_STATUS = 0x810, LOOP_ORDER = 0x814,
       LOOP_STALL = 0x818, LOOP_SPOIL = 0x81c, LOOP_RAW = 0x820, LOOP_FINISH = 0x830, LOOP_BUFFER = 0x4000,
       LOOP_SLOT = 0x1000 };
enum { LOOP_DO_RAW, LOOP_DO_READ, LOOP_DO_WRITE, LOOP_DO_INTERRUPT };
void loop_start(struct peer *client, unsigned command, uint64_t address, unsigned words, unsigned first_enable,
                unsigned last_enable, unsigned tag);
/* Wait until nothing is outstanding; returns the completions' number and the last bad status << 16. */
uint32_t loop_wait(struct peer *client);
void loop_enable(struct peer *client); /* memory and bus mastering */

/* Count of an eventfd, 0 if it does not come within twenty seconds. */
uint64_t event_wait(int fd);
bool event_clear(int fd); /* it is not signalled */

#endif
