# SPDX-License-Identifier: Apache-2.0
# Fuzzing of the provider's AES-GCM beside the default provider's: `make fuzz-gcm FUZZ_SECONDS=600`; the corpus is
# replayed by `make test`.

GCM_CORPUS := tests/fuzz/corpus/gcm
GCM_FUZZ_SOURCES := $(PROVIDER_SOURCES) tests/provider/fake_driver.c tests/provider/fake_ec.c \
    tests/provider/fake_gcm.c tests/fuzz/gcm_worlds.c tests/fuzz/gcm_fuzz.c
GCM_FUZZ_HEADERS := $(wildcard provider/*.h tests/provider/*.h tests/fuzz/*.h) driver/tlscard.h

$(BUILD)/fuzz/gcm_fuzz: $(GCM_FUZZ_SOURCES) $(GCM_FUZZ_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -Werror -O1 -g -fno-sanitize-recover=all \
	    -fsanitize=fuzzer,address,undefined -I. -o $@ $(filter %.c,$^) -lcrypto -pthread

.PHONY: fuzz-gcm
fuzz-gcm: $(BUILD)/fuzz/gcm_fuzz
	@mkdir -p $(BUILD)/fuzz/gcm
	cd $(BUILD)/fuzz && ./gcm_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=512 -timeout=20 \
	    -print_final_stats=1 gcm $(abspath $(GCM_CORPUS))

$(BUILD)/tests/fuzz/gcm_replay: $(GCM_FUZZ_SOURCES) tests/fuzz/replay.c $(GCM_FUZZ_HEADERS)
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=gnu11 $(WARNINGS) -Wno-missing-prototypes -O1 -g $(SANITIZE) -I. \
	    -DCORPUS='"$(abspath $(GCM_CORPUS))"' -o $@ $(filter %.c,$^) -lcrypto -pthread

TEST_PROGRAMS += $(BUILD)/tests/fuzz/gcm_replay
