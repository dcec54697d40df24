/* SPDX-License-Identifier: Apache-2.0 */
/* PCI configuration space of one function, which a card's hard block holds and the RTL does not.
 *
 * It starts as a host's kernel hands a function to a user: memory decoding on, bus mastering off,
 * payloads of 256 and read requests of 512 octets, tags of 8 bits.
 */
#ifndef SIM_CONFIG_SPACE_H
#define SIM_CONFIG_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_SPACE_SIZE 4096u

struct config_space {
    uint8_t value[CONFIG_SPACE_SIZE];
    uint8_t writable[CONFIG_SPACE_SIZE]; /* bits that a write sets */
    uint8_t clears[CONFIG_SPACE_SIZE];   /* bits that writing 1 clears */
};

void config_space_init(struct config_space *config, unsigned vectors);

/* offset + size must be at most CONFIG_SPACE_SIZE. Returns whether a function-level reset was asked for. */
bool config_space_write(struct config_space *config, size_t offset, const void *data, size_t size);

bool config_space_memory_enabled(const struct config_space *config);
bool config_space_bus_master(const struct config_space *config);
bool config_space_msix_enabled(const struct config_space *config);
bool config_space_msix_masked(const struct config_space *config);
void config_space_set_msix_enable(struct config_space *config, bool enable);

/* As the Device Control register codes them: 128 << n octets. */
unsigned config_space_max_payload(const struct config_space *config);
unsigned config_space_max_read(const struct config_space *config);

#endif
