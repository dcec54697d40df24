# SPDX-License-Identifier: Apache-2.0
# Tests of rtl/pcie and rtl/lib.

-include rtl/lib/sources.mk rtl/pcie/sources.mk

# The endpoint with few functions, to see those that are not there, and a short completion timeout.
$(eval $(call verilated_model,pcie,rtl/tlscard_map.v $(RTL_LIB) $(RTL_PCIE),-GFUNCTIONS=3 -GVECTORS=9 -GTIMEOUT_CYCLES=10000))

PCIE_TESTS := $(addprefix $(BUILD)/tests/rtl/,test_pcie test_pcie_faults test_pcie_bar test_pcie_order)
PCIE_BENCH := $(call sanitized,tests/rtl/pcie_bench.c tests/rtl/link.c tests/rtl/link_check.c)
TEST_PROGRAMS += $(PCIE_TESTS)

PCIE_BENCH_USERS := $(patsubst $(BUILD)/%,$(BUILD)/san/%.o,$(PCIE_TESTS)) $(call sanitized,tests/rtl/pcie_bench.c)
$(PCIE_BENCH_USERS): CPPFLAGS += -I$(BUILD)/model/pcie
$(PCIE_BENCH_USERS): $(BUILD)/model/pcie/pcie_model.h

$(PCIE_TESTS): $(BUILD)/tests/rtl/%: $(BUILD)/san/tests/rtl/%.o $(PCIE_BENCH) $(BUILD)/model/pcie/libpcie.a \
    $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka $(VERILATED_LIBS)
