# SPDX-License-Identifier: Apache-2.0
# Tests of the tlscard command: the command itself, sanitized, on a double of the driver; and its parts.

FAKE_DRIVER := $(addprefix tests/tools/,fake_tlscard.c fake_curves.c fake_gcm.c)

# The command on the double, in a bin/ of its own: its provider would be found beside that.
$(BUILD)/tests/tools/bin/tlscard: $(call sanitized,$(TOOL_SOURCES) $(FAKE_DRIVER))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(TOOL_LIBS)
test-programs: $(BUILD)/tests/tools/bin/tlscard $(BUILD)/tests/tools/lib/ossl-modules/tlscard.so

# The provider as it ships, but in a folder where it finds the double of the driver instead.
$(BUILD)/tests/tools/lib/libtlscard.so: $(call objects,$(FAKE_DRIVER))
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-soname,libtlscard.so -o $@ $^ -lcrypto
$(BUILD)/tests/tools/lib/ossl-modules/tlscard.so: $(BUILD)/lib/ossl-modules/tlscard.so \
    $(BUILD)/tests/tools/lib/libtlscard.so
	@mkdir -p $(@D)
	cp $< $@

# Each unit test links all of the command but its main program.
TOOL_TESTS := $(patsubst tests/tools/%.c,$(BUILD)/tests/tools/%,$(wildcard tests/tools/test_*.c))
$(TOOL_TESTS): $(BUILD)/tests/tools/%: $(BUILD)/san/tests/tools/%.o \
    $(call sanitized,$(filter-out tools/tlscard.c,$(TOOL_SOURCES)) $(FAKE_DRIVER))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(TOOL_LIBS) -lcmocka

TEST_PROGRAMS += $(TOOL_TESTS) $(wildcard tests/tools/test_*.py)
