# SPDX-License-Identifier: Apache-2.0
# Fuzzing of the vfio-user server: `make fuzz-vfio-user FUZZ_SECONDS=300`; the corpus is replayed by `make test`.

FUZZ_SECONDS ?= 300
FUZZ_CC ?= clang
VFIO_USER_CORPUS := tests/fuzz/corpus/vfio_user
VFIO_USER_FUZZ_MODEL := $(MODELS)/loop_top/libloop_top.a $(VERILATED_RUNTIME)
VFIO_USER_FUZZ_SOURCES := $(SIM_SOURCES) tests/sim/loop_model.c tests/fuzz/vfio_user_fuzz.c
VFIO_USER_FUZZ_FLAGS := -I$(MODELS)/loop_top -I.

$(BUILD)/fuzz/vfio_user_fuzz: $(VFIO_USER_FUZZ_SOURCES) $(wildcard sim/*.h) $(VFIO_USER_FUZZ_MODEL)
	@mkdir -p $(@D)
	$(FUZZ_CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -Werror -O1 -g -fno-sanitize-recover=all \
	    -fsanitize=fuzzer,address,undefined $(VFIO_USER_FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(VFIO_USER_FUZZ_MODEL) \
	    $(VERILATED_LIBS)

.PHONY: fuzz-vfio-user
fuzz-vfio-user: $(BUILD)/fuzz/vfio_user_fuzz
	@mkdir -p $(BUILD)/fuzz/vfio_user
	cd $(BUILD)/fuzz && ./vfio_user_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=20 \
	    -print_final_stats=1 vfio_user $(abspath $(VFIO_USER_CORPUS))

$(BUILD)/tests/fuzz/vfio_user_replay: $(VFIO_USER_FUZZ_SOURCES) tests/fuzz/replay.c $(wildcard sim/*.h) \
    $(VFIO_USER_FUZZ_MODEL)
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=gnu11 $(WARNINGS) -Wno-missing-prototypes -O1 -g $(SANITIZE) $(VFIO_USER_FUZZ_FLAGS) \
	    -DCORPUS='"$(abspath $(VFIO_USER_CORPUS))"' -o $@ $(filter %.c,$^) $(VFIO_USER_FUZZ_MODEL) $(VERILATED_LIBS)

TEST_PROGRAMS += $(BUILD)/tests/fuzz/vfio_user_replay
