# SPDX-License-Identifier: Apache-2.0
# Tests of the provider: linked with the driver's double, or loaded as a module by the openssl command.

PROVIDER_TEST_COMMON := tests/provider/fake_clock.c tests/provider/fake_driver.c tests/provider/fake_ec.c tests/provider/fake_gcm.c \
    tests/provider/fixture.c tests/provider/gcm_ends.c tests/provider/malformed.c tests/provider/same_keys.c \
    tests/provider/signing_ends.c tests/provider/transcript.c tests/provider/worlds.c
PROVIDER_TESTS := $(patsubst tests/provider/%.c,%,$(wildcard tests/provider/test_*.c))
TEST_PROGRAMS += $(PROVIDER_TESTS:%=$(BUILD)/tests/provider/%)

# Processes with several threads are forked in these. A child in which another thread held a lock of AddressSanitizer's own
# allocator waits for it for ever (gcc 12), so they are built as what ships is; ThreadSanitizer has its turn with them.
PROVIDER_FORKING := test_offload test_fork_generation
$(PROVIDER_FORKING:%=$(BUILD)/tests/provider/%): $(BUILD)/tests/provider/%: \
    $(call objects,tests/provider/%.c $(PROVIDER_TEST_COMMON) $(PROVIDER_SOURCES))
	@mkdir -p $(@D)
	$(CC) -Wl,--wrap=clock_gettime -o $@ $^ -lcmocka -lssl -lcrypto -pthread

$(patsubst %,$(BUILD)/tests/provider/%,$(filter-out $(PROVIDER_FORKING),$(PROVIDER_TESTS))): $(BUILD)/tests/provider/%: \
    $(call sanitized,tests/provider/%.c $(PROVIDER_TEST_COMMON) $(PROVIDER_SOURCES))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -Wl,--wrap=clock_gettime -o $@ $^ -lcmocka -lssl -lcrypto -pthread

TEST_PROGRAMS += $(wildcard tests/provider/test_*.sh tests/provider/test_*.py)

# What valgrind watches: optimised as it ships, and without sanitizers.
$(BUILD)/tests/provider/side_channel: $(call objects,tests/provider/side_channel.c tests/provider/malformed.c \
    tests/provider/fake_driver.c tests/provider/fake_ec.c tests/provider/fake_gcm.c $(PROVIDER_SOURCES))
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lcrypto -pthread
test-programs: $(BUILD)/tests/provider/side_channel

# The module with the double in the driver's place, for the openssl command.
PROVIDER_FAKE_MODULE := $(BUILD)/tests/provider/modules/tlscard.so
PROVIDER_FAKE_OBJECTS := $(call objects,$(PROVIDER_SOURCES) tests/provider/fake_driver.c tests/provider/fake_ec.c tests/provider/fake_gcm.c)
$(PROVIDER_FAKE_MODULE): $(PROVIDER_FAKE_OBJECTS) provider/tlscard.map
	@mkdir -p $(@D)
	$(CC) $(PROVIDER_LDFLAGS) -o $@ $(PROVIDER_FAKE_OBJECTS) -lcrypto
test-programs: $(PROVIDER_FAKE_MODULE)

# Freed in every order: with the module, and with all of it sanitized.
$(BUILD)/tests/provider/lifetime: $(BUILD)/obj/tests/provider/lifetime.o
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lssl -lcrypto -pthread
$(BUILD)/tests/provider/lifetime_sanitized: tests/provider/lifetime.c \
    $(call sanitized,tests/provider/fake_driver.c tests/provider/fake_ec.c tests/provider/fake_gcm.c $(PROVIDER_SOURCES))
	@mkdir -p $(@D)
	$(CCACHE) $(CC) $(CPPFLAGS) $(TEST_CPPFLAGS) -DBUILT_IN $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(SANITIZE) -o $@ $^ \
	    -lssl -lcrypto -pthread
test-programs: $(BUILD)/tests/provider/lifetime $(BUILD)/tests/provider/lifetime_sanitized
