# SPDX-License-Identifier: Apache-2.0
# Tests of the tlscard command: the command itself, sanitized, on a double of the driver.

# The command on the double stands where its provider would be found from: beside lib/.
$(BUILD)/tests/tools/bin/tlscard: $(call sanitized,$(TOOL_SOURCES) tests/tools/fake_tlscard.c)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(TOOL_LIBS)
