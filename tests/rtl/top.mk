# SPDX-License-Identifier: Apache-2.0
# Tests of the whole card at its link.

$(eval $(call verilated_model,top_bench,$(RTL_SOURCES) rtl/lint.vlt tests/rtl/top_bench.v))

TOP_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/rtl/test_top*.c))
TOP_BENCH := $(call sanitized,tests/rtl/top_bench.c tests/rtl/link.c tests/rtl/link_check.c)
TEST_PROGRAMS += $(TOP_TESTS)

TOP_BENCH_USERS := $(call sanitized,tests/rtl/top_bench.c $(wildcard tests/rtl/test_top*.c))
$(TOP_BENCH_USERS): CPPFLAGS += -I$(MODELS)/top_bench
$(TOP_BENCH_USERS): $(MODELS)/top_bench/top_bench_model.h

$(TOP_TESTS): $(BUILD)/tests/rtl/%: $(BUILD)/san/tests/rtl/%.o $(TOP_BENCH) $(MODELS)/top_bench/libtop_bench.a \
    $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka -lcrypto $(VERILATED_LIBS)
