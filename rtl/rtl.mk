# SPDX-License-Identifier: Apache-2.0
# The RTL's sources, and its lint with three tools.

-include rtl/lib/sources.mk rtl/pcie/sources.mk rtl/host/sources.mk rtl/pke/sources.mk rtl/gcm/sources.mk

RTL_SOURCES := rtl/tlscard_map.v $(RTL_LIB) $(RTL_PCIE) $(RTL_HOST) $(RTL_PKE) $(RTL_GCM) rtl/tlscard_top.v

# The smallest, the default, an odd and the largest card
LINT_SHAPES := FUNCTIONS=1/QUEUE_PAIRS=1/ENGINES=1/CONTEXTS=1/LANES=0 FUNCTIONS=4 \
    FUNCTIONS=3/QUEUE_PAIRS=3/ENGINES=5/CONTEXTS=3/LANES=3 FUNCTIONS=8/QUEUE_PAIRS=8/ENGINES=32/CONTEXTS=16/LANES=4

LINTS += lint-rtl
.PHONY: lint-rtl
lint-rtl: $(BUILD)/lint/verilator $(BUILD)/lint/iverilog $(BUILD)/lint/yosys

$(BUILD)/lint/verilator: $(RTL_SOURCES) rtl/lint.vlt
	@mkdir -p $(@D)
	$(foreach shape,$(LINT_SHAPES),$(VERILATOR) --lint-only -Wall --top-module tlscard_top \
	    $(subst /, -G,/$(shape)) rtl/lint.vlt $(RTL_SOURCES) >/dev/null &&) true
	@touch $@

# Icarus says "sorry" where it is more sensitive than the language asks; that is no finding.
$(BUILD)/lint/iverilog: $(RTL_SOURCES)
	@mkdir -p $(@D)
	iverilog -g2012 -Wall -t null -s tlscard_top $(RTL_SOURCES) > $@.log 2>&1 || { grep -v sorry: $@.log; exit 1; }
	@touch $@

# A small memory made registers is no finding; every other warning is.
$(BUILD)/lint/yosys: $(RTL_SOURCES)
	@mkdir -p $(@D)
	yosys -q -w 'Replacing memory' -e '.*' -p 'read_verilog -sv $(RTL_SOURCES); hierarchy -check -top tlscard_top'
	@touch $@

# What an engine takes of an FPGA: docs/area.md. Four minutes; not part of the tests.
AREA_SYNTH = synth_xilinx -family xcup -top pke -noiopad -nowidelut
.PHONY: area
area:
	@mkdir -p $(BUILD)/area
	ulimit -v 14000000; for way in modules flatten; do [ $$way = modules ] && option= || option=-flatten; \
	    echo "synthesis of the engine: $$way"; \
	    yosys -q -p 'read_verilog -sv -DTLSCARD_DSP48E2 rtl/tlscard_map.v rtl/vendor/dsp48e2_pair.v $(RTL_PKE); hierarchy -top pke' \
	        -p "$(AREA_SYNTH) $$option -run :coarse; techmap -map rtl/vendor/yosys_adders.v" \
	        -p "$(AREA_SYNTH) $$option -run coarse:; tee -q -o $(BUILD)/area/$$way stat" >$(BUILD)/area/$$way.log 2>&1 \
	        || { tail $(BUILD)/area/$$way.log; exit 1; }; done
	$(PYTHON) rtl/area.py $(BUILD)/area/modules $(BUILD)/area/flatten "$$(yosys -V | cut -d ' ' -f 1,2)"
