# SPDX-License-Identifier: Apache-2.0
# Tests of the tree as a whole, and of whole paths.
TEST_PROGRAMS += tests/test_map.py tests/test_layers.py tests/test_names.py tests/test_docs.py $(wildcard tests/e2e/test_*.sh tests/e2e/test_*.py)

# What is built for and run by `make test`, `make run-tests`, `make test-loaded`: the programs whose paths begin so.
TESTS := tests $(BUILD)/tests
SELECTED_TESTS = $(filter $(addsuffix %,$(TESTS)),$(TEST_PROGRAMS))

# The second make reads this file anew: what has just been installed is found then.
test:
	@tools/dependencies test
	+@$(MAKE) --no-print-directory -j$(JOBS) products test-programs
	+@$(MAKE) --no-print-directory lint
	+@$(MAKE) --no-print-directory run-tests
	+@$(MAKE) --no-print-directory test-threads

.PHONY: run-tests
run-tests:
	@[ -n '$(SELECTED_TESTS)' ] || { echo 'make: no test program begins with TESTS="$(TESTS)"; see make list-tests' >&2; exit 1; }
	@BUILD=$(abspath $(BUILD)) tests/run $(SELECTED_TESTS)

# The tests beside so many busy processes: none may depend on how soon something happens. Not part of `make test`.
LOAD ?= 8
.PHONY: test-loaded
test-loaded: products test-programs
	@BUILD=$(abspath $(BUILD)) tests/loaded $(LOAD) $(SELECTED_TESTS)

# The programs that run-tests runs, a line each.
.PHONY: list-tests
list-tests:
	@printf '%s\n' $(SELECTED_TESTS)

# The same tests with other versions of OpenSSL: see tests/matrix/run. Not part of `make test`; as root.
.PHONY: test-matrix
test-matrix:
	@BUILD=$(abspath $(BUILD)) tests/matrix/run $(SUITES)

# Programs that the e2e scripts run.
E2E_PROGRAMS := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/*.c))
$(E2E_PROGRAMS): $(BUILD)/tests/e2e/%: $(BUILD)/obj/tests/e2e/%.o
	@mkdir -p $(@D)
	$(CC) $(E2E_LINK) -o $@ $< -lssl -lcrypto -pthread
# It stands before the C library for all that it loads.
$(BUILD)/tests/e2e/exhausted: E2E_LINK := -rdynamic
test-programs: $(E2E_PROGRAMS)

# Providers that stand beside tlscard in their openssl.cnf.
E2E_MODULES := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/e2e/modules/*.c))
$(E2E_MODULES): $(BUILD)/%.so: %.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -shared -Wl,-z,nodelete -o $@ $< -lcrypto
test-programs: $(E2E_MODULES)

# The command and the provider with sanitizers, on the driver itself.
SANITIZED_COMMAND := $(BUILD)/san/bin/tlscard
SANITIZED_MODULE := $(BUILD)/san/lib/ossl-modules/tlscard.so
$(SANITIZED_COMMAND): $(call sanitized,$(TOOL_SOURCES)) $(DRIVER_SANITIZED)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(TOOL_LIBS) $(DRIVER_LIBS)
$(SANITIZED_MODULE): $(call sanitized,$(PROVIDER_SOURCES)) $(DRIVER_SANITIZED) provider/tlscard.map
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -shared -Wl,-z,nodelete -Wl,--version-script=provider/tlscard.map -o $@ $(filter %.o %.a,$^) \
	    $(DRIVER_LIBS) -lcrypto
test-programs: $(SANITIZED_COMMAND) $(SANITIZED_MODULE)

# What the provider costs a server that has no card: processor time side by side, then instructions.
.PHONY: bench-nocard
BENCH_HANDSHAKES ?= 200
bench-nocard: $(BUILD)/tests/e2e/handshake_cost $(PRODUCTS)
	for policy in always never; do for key in rsa p256; do for version in 1.2 1.3; do \
	    echo "policy $$policy, no card, $$key, TLS $$version:"; \
	    OPENSSL_CONF=/dev/null TLSCARD_ADDRESS=vfio-user:/nonexistent TLSCARD_POLICY=$$policy \
	        $(BUILD)/tests/e2e/handshake_cost $(BUILD)/lib/ossl-modules $(BENCH_HANDSHAKES) $$key $$version || exit 1; \
	done; done; done
	BUILD=$(abspath $(BUILD)) tests/e2e/nocard.py

# A GiB in each way without a card, 64 MiB through the simulated one, and what a GiB of CMS costs with the provider.
.PHONY: test-records-long
test-records-long: products
	@BUILD=$(abspath $(BUILD)) RECORDS_MIB=1024 RECORDS_CARD_KIB=65536 CMS_MIB=1024 tests/e2e/test_records.sh

# Each acquisition of the project's own fails in turn, alone and with all that follow. Up to half an hour.
.PHONY: test-exhaustion
test-exhaustion: products $(BUILD)/tests/e2e/exhausted
	@BUILD=$(abspath $(BUILD)) EXHAUSTED_STEP=1 tests/e2e/test_exhausted.sh
