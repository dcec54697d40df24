# SPDX-License-Identifier: Apache-2.0
# Tests of the AES-GCM lane.
include rtl/gcm/sources.mk

GCM_SOURCES := rtl/tlscard_map.v rtl/lib/fifo.v rtl/lib/ram_erase.v rtl/lib/clock_gate.v $(RTL_GCM)
$(eval $(call verilated_model,gcm,$(GCM_SOURCES)))

# A program NAME on a model, with further C files
#   $(eval $(call gcm_test,NAME,MODEL,FILES))
define gcm_test
$(BUILD)/tests/rtl/$(1): $(call sanitized,tests/rtl/$(1).c $(3)) $(MODELS)/$(2)/lib$(2).a $(VERILATED_RUNTIME)
	@mkdir -p $$(@D)
	$(CC) $(SANITIZE) -o $$@ $$^ -lcmocka -lcrypto $(VERILATED_LIBS)
$(call sanitized,tests/rtl/$(1).c $(3)): CPPFLAGS += -I$(MODELS)/$(2)
$(call sanitized,tests/rtl/$(1).c $(3)): $(MODELS)/$(2)/$(2)_model.h
TEST_PROGRAMS += $(BUILD)/tests/rtl/$(1)
endef

GCM_BENCH := tests/rtl/gcm_bench.c tests/rtl/gcm_records.c
$(eval $(call gcm_test,test_gcm,gcm,$(GCM_BENCH)))
$(eval $(call gcm_test,test_gcm_cycles,gcm,$(GCM_BENCH)))
$(eval $(call gcm_test,test_gcm_vectors,gcm,tests/rtl/gcm_bench.c))

# The parts alone
GCM_UNITS := gcm_clmul gcm_reduce gcm_multiply gcm_powers gcm_ghash gcm_schedule gcm_round gcm_aes gcm_delay gcm_fifo \
    gcm_input gcm_output
GCM_UNIT_FLAGS_gcm_schedule := "-GROTATE=1'b1" "-GCONSTANT_128=8'h36" "-GCONSTANT_256=8'h01"
GCM_UNIT_FLAGS_gcm_delay := -GWIDTH=33 -GCYCLES=6
GCM_UNIT_FLAGS_gcm_fifo := -GWIDTH=33 -GDEPTH=8
$(foreach unit,$(GCM_UNITS),$(eval $(call verilated_model,$(unit),$(GCM_SOURCES),$(GCM_UNIT_FLAGS_$(unit)))))
$(foreach unit,$(GCM_UNITS),$(eval $(call gcm_test,test_$(unit),$(unit),)))

# A lane in which every signal can be seen
$(MODELS)/gcm_state.vlt: $(GCM_SOURCES) tests/rtl/gcm_state.v
$(eval $(call verilated_model,gcm_state,$(MODELS)/gcm_state.vlt $(GCM_SOURCES) tests/rtl/gcm_state.v))
$(eval $(call gcm_test,test_gcm_state,gcm_state,))
$(call sanitized,tests/rtl/test_gcm_state.c): $(MODELS)/gcm_state/gcm_state_state.h

# Many random records against libcrypto: GCM_RECORDS of them.
GCM_RECORDS ?= 1000000
.PHONY: test-gcm-long
test-gcm-long: $(BUILD)/tests/rtl/test_gcm
	TLSCARD_GCM_RECORDS=$(GCM_RECORDS) $<

# How fast the lane is simulated, alone; not a test.
.PHONY: bench-gcm
bench-gcm: $(BUILD)/tests/rtl/gcm_speed
	$<
$(BUILD)/obj/tests/rtl/gcm_speed.o: CPPFLAGS += -I$(MODELS)/gcm
$(BUILD)/obj/tests/rtl/gcm_speed.o: $(MODELS)/gcm/gcm_model.h
$(BUILD)/tests/rtl/gcm_speed: $(call objects,tests/rtl/gcm_speed.c) $(MODELS)/gcm/libgcm.a $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(VERILATED_LIBS)

LINTS += lint-gcm
.PHONY: lint-gcm
lint-gcm: $(BUILD)/lint/gcm

# As lint-rtl has it: Icarus says "sorry" without a finding, and a small memory made registers is none to Yosys.
$(BUILD)/lint/gcm: $(GCM_SOURCES)
	@mkdir -p $(@D)
	$(VERILATOR) --lint-only -Wall --top-module gcm $(GCM_SOURCES) >/dev/null
	iverilog -g2012 -Wall -t null -s gcm $(GCM_SOURCES) > $@.log 2>&1 || { grep -v sorry: $@.log; exit 1; }
	yosys -q -w 'Replacing memory' -e '.*' -p 'read_verilog -sv $(GCM_SOURCES); hierarchy -check -top gcm'
	@touch $@

# What the lane takes of an FPGA: rtl/gcm/README.md. Modules are kept apart; some minutes, not part of the tests.
.PHONY: area-gcm
area-gcm:
	@mkdir -p $(BUILD)/area
	ulimit -v 8000000; yosys -q -p 'read_verilog -sv $(GCM_SOURCES); hierarchy -top gcm' \
	    -p 'synth_xilinx -family xcup -top gcm -noiopad; tee -q -o $(BUILD)/area/gcm stat' >$(BUILD)/area/gcm.log 2>&1 \
	    || { tail $(BUILD)/area/gcm.log; exit 1; }
	sed -n '/design hierarchy/,$$p' $(BUILD)/area/gcm
