# SPDX-License-Identifier: Apache-2.0
# Fuzzing of the simulation's JSON reader: `make fuzz-json FUZZ_SECONDS=60`; the corpus is replayed by `make test`.

JSON_CORPUS := tests/fuzz/corpus/json
JSON_FUZZ_SOURCES := sim/json.c tests/fuzz/json_fuzz.c

$(BUILD)/fuzz/json_fuzz: $(JSON_FUZZ_SOURCES) sim/json.h
	@mkdir -p $(@D)
	$(FUZZ_CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -Werror -O1 -g -fno-sanitize-recover=all \
	    -fsanitize=fuzzer,address,undefined -I. -o $@ $(filter %.c,$^)

.PHONY: fuzz-json
fuzz-json: $(BUILD)/fuzz/json_fuzz
	@mkdir -p $(BUILD)/fuzz/json
	cd $(BUILD)/fuzz && ./json_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=1024 -timeout=20 \
	    -print_final_stats=1 json $(abspath $(JSON_CORPUS))

$(BUILD)/tests/fuzz/json_replay: $(JSON_FUZZ_SOURCES) tests/fuzz/replay.c sim/json.h
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=gnu11 $(WARNINGS) -Wno-missing-prototypes -O1 -g $(SANITIZE) -I. \
	    -DCORPUS='"$(abspath $(JSON_CORPUS))"' -o $@ $(filter %.c,$^)

TEST_PROGRAMS += $(BUILD)/tests/fuzz/json_replay
