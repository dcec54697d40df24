# SPDX-License-Identifier: Apache-2.0
# Tests of the driver: units, and the whole of it against a fake card that misbehaves on demand.

DRIVER_TESTS := address arena device discovery ec filter folder fork fork_threads gcm gcm_flight memory \
    open queue request ring rsa shortage sim sim_ec sim_gcm status taken threads vfio_user
DRIVER_TEST_PROGRAMS := $(patsubst %,$(BUILD)/tests/driver/test_%,$(DRIVER_TESTS))
DRIVER_TEST_SHARED := $(call sanitized,tests/driver/fixture.c tests/driver/fake_card.c tests/driver/fake_gcm.c \
    tests/driver/fake_server.c tests/driver/records.c tests/driver/simulation.c)
TEST_PROGRAMS += $(DRIVER_TEST_PROGRAMS)

# Processes with several threads are forked in these, which gcc 12's AddressSanitizer does not stand: see provider.mk.
DRIVER_FORKING := $(patsubst %,$(BUILD)/tests/driver/test_%,folder fork_threads)
$(DRIVER_FORKING): $(BUILD)/tests/driver/%: $(call objects,tests/driver/%.c tests/driver/fixture.c tests/driver/fake_card.c \
    tests/driver/fake_gcm.c tests/driver/fake_server.c tests/driver/records.c tests/driver/simulation.c $(DRIVER_SOURCES))
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lcmocka -lcrypto $(DRIVER_LIBS)

$(filter-out $(DRIVER_FORKING),$(DRIVER_TEST_PROGRAMS)): $(BUILD)/tests/driver/%: $(BUILD)/san/tests/driver/%.o $(DRIVER_TEST_SHARED) $(DRIVER_SANITIZED)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(TEST_LINK) -o $@ $^ -lcmocka -lcrypto $(DRIVER_LIBS)

$(BUILD)/tests/driver/test_discovery: TEST_LINK := -Wl,--wrap=pci_scan_bus
# What can be short.
$(BUILD)/tests/driver/test_shortage: TEST_LINK := -Wl,--wrap=calloc,--wrap=mmap,--wrap=madvise,--wrap=memfd_create \
    -Wl,--wrap=ftruncate,--wrap=eventfd,--wrap=socket,--wrap=open,--wrap=sendmsg,--wrap=poll

$(BUILD)/tests/driver/libfake-sim.so: $(BUILD)/obj/tests/driver/fake_sim.o
	@mkdir -p $(@D)
	$(CC) -shared -o $@ $^

$(BUILD)/tests/driver/test_sim: | $(BUILD)/tests/driver/libfake-sim.so
