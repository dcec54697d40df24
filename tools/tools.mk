# SPDX-License-Identifier: Apache-2.0
# The tlscard command.

TOOL_SOURCES := $(wildcard tools/*.c)
TOOL_LIBS = $(shell pkg-config --libs jansson libssl libcrypto) -lm

$(BUILD)/bin/tlscard: $(call objects,$(TOOL_SOURCES)) $(BUILD)/lib/libtlscard.so
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -L$(BUILD)/lib -ltlscard -Wl,-rpath,'$$ORIGIN/../lib' $(TOOL_LIBS)

ifneq ($(wildcard driver/driver.mk),)
PRODUCTS += $(BUILD)/bin/tlscard
endif
