# SPDX-License-Identifier: Apache-2.0
# Models whose every signal is public and listed: NAME.vlt, which depends on the model's Verilog, and NAME/NAME_state.h.

$(MODELS)/%.vlt: tests/rtl/public_signals.py
	@mkdir -p $(@D)
	$(PYTHON) $< $@ $(filter %.v,$^)

STATE_HEADERS := $(foreach model,gcm_state pke_open,$(MODELS)/$(model)/$(model)_state.h)
$(STATE_HEADERS): %_state.h: %_model.h tests/rtl/state.py
	$(PYTHON) tests/rtl/state.py $(notdir $*) $(@D) $@
