# SPDX-License-Identifier: Apache-2.0
# Tests of the public-key engine.
include rtl/pke/sources.mk

PKE_SOURCES := rtl/tlscard_map.v $(RTL_PKE)
$(eval $(call verilated_model,pke,$(PKE_SOURCES),))
$(eval $(call verilated_model,pke_product,rtl/pke/pke_isa.v rtl/pke/pke_product.v,))

# The model's archive and header come from the same rule chain; the objects need the header.
PKE_TEST_FLAGS = -I$(MODELS)/pke -I$(MODELS)/pke_product
PKE_BENCH := tests/rtl/pke_bench.c tests/rtl/pke_keys.c
PKE_CURVES := $(PKE_BENCH) tests/rtl/pke_curves.c
PKE_TESTS := test_pke test_pke_cycles test_pke_ec test_pke_ec_x25519 test_pke_ec_cycles
PKE_OBJECTS := $(call sanitized,$(PKE_CURVES) $(PKE_TESTS:%=tests/rtl/%.c))
$(PKE_OBJECTS): CPPFLAGS += $(PKE_TEST_FLAGS)
$(PKE_OBJECTS): $(MODELS)/pke/pke_model.h
$(call sanitized,tests/rtl/test_pke_product.c): CPPFLAGS += $(PKE_TEST_FLAGS)
$(call sanitized,tests/rtl/test_pke_product.c): $(MODELS)/pke_product/pke_product_model.h

define pke_test
$(BUILD)/tests/rtl/$(1): $(call sanitized,tests/rtl/$(1).c $(3)) $(MODELS)/$(2)/lib$(2).a $(VERILATED_RUNTIME)
	@mkdir -p $$(@D)
	$(CC) $(SANITIZE) -o $$@ $$^ -lcmocka -lcrypto $(VERILATED_LIBS)
TEST_PROGRAMS += $(BUILD)/tests/rtl/$(1)
endef

$(eval $(call pke_test,test_pke,pke,$(PKE_BENCH)))
$(eval $(call pke_test,test_pke_cycles,pke,$(PKE_BENCH)))
$(eval $(call pke_test,test_pke_ec,pke,$(PKE_CURVES)))
$(eval $(call pke_test,test_pke_ec_x25519,pke,$(PKE_CURVES)))
$(eval $(call pke_test,test_pke_ec_cycles,pke,$(PKE_CURVES)))
$(eval $(call pke_test,test_pke_product,pke_product,))

# The parts alone; narrow where a whole one would only take longer.
PKE_UNITS := pke_ram pke_reduce pke_unload pke_datapath pke_load pke_sequencer pke_field
PKE_UNIT_FLAGS_pke_ram := -GWIDTH=33 -GADDRESS_BITS=6
$(foreach unit,$(PKE_UNITS),$(eval $(call verilated_model,$(unit),$(PKE_SOURCES),$(PKE_UNIT_FLAGS_$(unit)))))
$(eval $(call verilated_model,pke_slots_bench,$(PKE_SOURCES) tests/rtl/pke_slots_bench.v))
$(eval $(call pke_test,test_pke_slots,pke_slots_bench,))
$(call sanitized,tests/rtl/test_pke_slots.c): CPPFLAGS += -I$(MODELS)/pke_slots_bench
$(call sanitized,tests/rtl/test_pke_slots.c): $(MODELS)/pke_slots_bench/pke_slots_bench_model.h
$(foreach unit,$(PKE_UNITS),$(eval $(call pke_test,test_$(unit),$(unit),)))
$(foreach unit,$(PKE_UNITS),$(eval $(call sanitized,tests/rtl/test_$(unit).c): CPPFLAGS += -I$(MODELS)/$(unit)))
$(foreach unit,$(PKE_UNITS),$(eval $(call sanitized,tests/rtl/test_$(unit).c): $(MODELS)/$(unit)/$(unit)_model.h))

# The instruction set's numbers for C.
PKE_ISA_TESTS := $(addprefix tests/rtl/test_pke_,slots.c sequencer.c load.c field.c)
$(call sanitized,$(PKE_ISA_TESTS)): CPPFLAGS += -I$(MODELS)
$(call sanitized,$(PKE_ISA_TESTS)): $(MODELS)/pke_isa.h
$(MODELS)/pke_isa.h: rtl/pke/pke_isa.v
	@mkdir -p $(@D)
	sed -nE "s/^ *localparam .* ([A-Z0-9_]+) = ([0-9]+'d)?([0-9]+);.*/#define PKE_\1 \3/p" $< > $@

LINTS += lint-pke lint-pke-netlist
.PHONY: lint-pke lint-pke-netlist
lint-pke:
	$(PYTHON) rtl/pke/microcode.py --check
	$(VERILATOR) --lint-only -Wall --top-module pke $(PKE_SOURCES) >/dev/null
	iverilog -g2012 -t null -s pke $(PKE_SOURCES)
	yosys -q -w 'Replacing memory' -p 'read_verilog -sv $(PKE_SOURCES); hierarchy -check -top pke'

# What synthesis makes of the array's loops and blocking assignments is what the simulators make of them,
# and the slices of a device do the same.
lint-pke-netlist:
	@mkdir -p $(BUILD)/lint
	for slices in 0 1; do \
	    define=; test $$slices = 0 || define='-DTLSCARD_DSP48E2 rtl/vendor/dsp48e2_pair.v'; \
	    yosys -q -w 'Replacing memory' -p "read_verilog -lib +/xilinx/cells_xtra.v" \
	        -p "read_verilog -sv $$define rtl/pke/pke_isa.v rtl/pke/pke_product.v" \
	        -p 'hierarchy -top pke_product; proc; flatten; opt; clean; rename pke_product pke_netlist' \
	        -p "write_verilog -noattr $(BUILD)/lint/pke_netlist_$$slices.v" && \
	    iverilog -g2012 -s pke_product_netlist -o $(BUILD)/lint/pke_product_netlist_$$slices \
	        tests/rtl/pke_product_netlist.v tests/rtl/dsp48e2.v $(BUILD)/lint/pke_netlist_$$slices.v rtl/pke/pke_isa.v \
	        rtl/pke/pke_product.v && \
	    vvp $(BUILD)/lint/pke_product_netlist_$$slices | grep -x same || exit 1; done
