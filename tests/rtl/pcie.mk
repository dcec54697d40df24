# SPDX-License-Identifier: Apache-2.0
# Tests of rtl/pcie and rtl/lib: each module by itself, then the endpoint between a root complex and a host.

-include rtl/lib/sources.mk rtl/pcie/sources.mk

PCIE_UNITS := fifo ram ram_erase arbiter clock_gate pcie_split pcie_receive pcie_transmit pcie_count pcie_posted pcie_write \
    pcie_read pcie_tags pcie_reorder pcie_msix pcie_target
PCIE_WHOLE := test_pcie test_pcie_faults test_pcie_bar test_pcie_order test_pcie_fuzz

PCIE_FLAGS_fifo := -GWIDTH=40 -GDEPTH=8
PCIE_FLAGS_ram := -GWIDTH=32 -GDEPTH=64
PCIE_FLAGS_ram_erase := -GWIDTH=32 -GDEPTH=64
PCIE_FLAGS_arbiter := -GCOUNT=5
PCIE_FLAGS_pcie_split := -GWRITE=1
PCIE_FLAGS_pcie_read := -GTAGS=4 -GTIMEOUT_CYCLES=800
PCIE_FLAGS_pcie_tags := -GTAGS=8 -GTIMEOUT_CYCLES=800
PCIE_FLAGS_pcie_reorder := -GTAGS=4
PCIE_FLAGS_pcie_msix := -GFUNCTIONS=2 -GVECTORS=40
PCIE_FLAGS_pcie_target := -GFUNCTIONS=2
# Few functions, to see those that are not there, and a short completion timeout.
PCIE_FLAGS_pcie := -GFUNCTIONS=3 -GVECTORS=9 -GTIMEOUT_CYCLES=10000

$(foreach unit,pcie $(PCIE_UNITS),$(eval $(call verilated_model,$(unit),rtl/tlscard_map.v $(RTL_LIB) $(RTL_PCIE),$(PCIE_FLAGS_$(unit)))))

PCIE_TESTS := $(addprefix $(BUILD)/tests/rtl/,$(PCIE_WHOLE))
PCIE_BENCH := $(call sanitized,tests/rtl/pcie_bench.c tests/rtl/link.c tests/rtl/link_check.c)
PCIE_BENCH_USERS := $(patsubst $(BUILD)/%,$(BUILD)/san/%.o,$(PCIE_TESTS)) $(call sanitized,tests/rtl/pcie_bench.c)
$(PCIE_BENCH_USERS): CPPFLAGS += -I$(MODELS)/pcie
$(PCIE_BENCH_USERS): $(MODELS)/pcie/pcie_model.h
$(PCIE_TESTS): $(BUILD)/tests/rtl/%: $(BUILD)/san/tests/rtl/%.o $(PCIE_BENCH) $(MODELS)/pcie/libpcie.a \
    $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka $(VERILATED_LIBS)

define pcie_unit_test
$(BUILD)/san/tests/rtl/test_$(1).o: CPPFLAGS += -I$(MODELS)/$(1)
$(BUILD)/san/tests/rtl/test_$(1).o: $(MODELS)/$(1)/$(1)_model.h
$(BUILD)/tests/rtl/test_$(1): $(BUILD)/san/tests/rtl/test_$(1).o $(MODELS)/$(1)/lib$(1).a $(VERILATED_RUNTIME)
	@mkdir -p $$(@D)
	$$(CXX) $$(SANITIZE) -o $$@ $$^ -lcmocka $$(VERILATED_LIBS)
endef
$(foreach unit,$(PCIE_UNITS),$(eval $(call pcie_unit_test,$(unit))))

TEST_PROGRAMS += $(PCIE_TESTS) $(addprefix $(BUILD)/tests/rtl/test_,$(PCIE_UNITS))

.PHONY: lint-pcie
LINTS += lint-pcie
lint-pcie:
	$(VERILATOR) --lint-only -Wall --top-module pcie rtl/tlscard_map.v $(RTL_LIB) $(RTL_PCIE) >/dev/null
	iverilog -g2012 -t null -s pcie rtl/tlscard_map.v $(RTL_LIB) $(RTL_PCIE) 2>&1 | { ! grep -v 'sorry: constant selects'; }
	yosys -q -p 'read_verilog -sv rtl/tlscard_map.v $(RTL_LIB) $(RTL_PCIE); hierarchy -check -top pcie'
