# SPDX-License-Identifier: Apache-2.0
# Unit tests of rtl/host: the module with test engines on a bench in C.

-include rtl/lib/sources.mk rtl/host/sources.mk

$(eval $(call verilated_model,host_bench,rtl/tlscard_map.v $(RTL_LIB) $(RTL_HOST) tests/rtl/echo_engine.v tests/rtl/host_bench.v))

HOST_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/rtl/test_host*.c))
TEST_PROGRAMS += $(HOST_TESTS)
HOST_BENCH_OBJECTS := $(call sanitized,tests/rtl/host_bench.c)

$(call sanitized,$(wildcard tests/rtl/host_bench.c tests/rtl/test_host*.c)): CPPFLAGS += -I$(BUILD)/model/host_bench
$(call sanitized,$(wildcard tests/rtl/host_bench.c tests/rtl/test_host*.c)): $(BUILD)/model/host_bench/host_bench_model.h

$(HOST_TESTS): $(BUILD)/tests/rtl/%: $(BUILD)/san/tests/rtl/%.o $(HOST_BENCH_OBJECTS) \
    $(BUILD)/model/host_bench/libhost_bench.a $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka $(VERILATED_LIBS)
