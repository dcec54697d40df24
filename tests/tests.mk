# SPDX-License-Identifier: Apache-2.0
# Tests of the tree as a whole, and of whole paths.
TEST_PROGRAMS += tests/test_map.py tests/test_layers.py $(wildcard tests/e2e/test_*.sh tests/e2e/test_*.py)

# Programs that the e2e scripts run.
E2E_PROGRAMS := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/*.c))
$(E2E_PROGRAMS): $(BUILD)/tests/e2e/%: $(BUILD)/obj/tests/e2e/%.o
	@mkdir -p $(@D)
	$(CC) -o $@ $< -lssl -lcrypto -pthread
test-programs: $(E2E_PROGRAMS)
