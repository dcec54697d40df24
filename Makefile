# SPDX-License-Identifier: Apache-2.0
# tlscard: a TLS offload card in Verilog, its driver, its OpenSSL provider and its simulation.
#
# Each directory has its own NAME.mk, read below; this file holds what they share.

BUILD ?= build
MODELS ?= $(BUILD)/model
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=

CCACHE := $(shell command -v ccache 2>/dev/null)
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
PYTHON ?= /usr/bin/python3

# Recipes are shown with V=1; otherwise a word and a file for each.
ifeq ($(V),)
.SILENT:
endif
say = @printf '  %-9s %s\n' $(1) $(2)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wpointer-arith
CPPFLAGS += -D_GNU_SOURCE -DTLSCARD_RELEASE='"$(VERSION)"' -I.
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARNINGS) -fPIC -fvisibility=hidden -fstack-protector-strong -MMD -MP $(CFLAGS)
ALL_CXXFLAGS := -std=gnu++17 -Wall -Werror -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# cmocka 2 deprecates names for which cmocka 1 has no other.
TEST_CPPFLAGS := -DCMOCKA_DISABLE_DEPRECATION_WARNINGS

# Objects: $(BUILD)/obj for what ships, $(BUILD)/san with sanitizers for the tests.
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
sanitized = $(patsubst %.c,$(BUILD)/san/%.o,$(1))

# What `make`, `make test` and `make lint` do; the fragments add to these.
PRODUCTS :=
TEST_PROGRAMS :=
LINTS :=

.PHONY: all
all:
	@tools/dependencies
	+@$(MAKE) --no-print-directory -j$(JOBS) products

# The fragments use what stands above; what stands below uses what they have added.
include sim/model.mk
include $(wildcard rtl/rtl.mk sim/sim.mk driver/driver.mk provider/provider.mk tools/tools.mk tests/*.mk tests/*/*.mk)

# Every C file once more with clang: the other compiler's warnings are errors as well.
.PHONY: lint-clang
LINTS += lint-clang
CLANG ?= clang
CLANG_OBJECTS = $(patsubst %.c,$(BUILD)/clang/%.o,$(wildcard driver/*.c provider/*.c sim/*.c tools/*.c))
lint-clang: $(CLANG_OBJECTS)
$(BUILD)/clang/%.o: %.c
	$(call say,CLANG,$<)
	@mkdir -p $(@D)
	@$(CCACHE) $(CLANG) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

.PHONY: products test test-programs lint demo map install clean help
products: $(PRODUCTS)

test-programs: $(filter $(BUILD)/%,$(SELECTED_TESTS))

lint: $(LINTS)

demo: all
	@BUILD=$(abspath $(BUILD)) tools/demo

$(BUILD)/obj/tests/%.o: CPPFLAGS += $(TEST_CPPFLAGS)
$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(CCACHE) $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/san/%.o: %.c
	$(call say,CC-SAN,$<)
	@mkdir -p $(@D)
	$(CCACHE) $(CC) $(CPPFLAGS) $(TEST_CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) -c -o $@ $<

$(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) -I$(VERILATOR_ROOT)/include -c -o $@ $<

map:
	$(PYTHON) rtl/mapgen.py

MODULES_DIR ?= $(PREFIX)/lib/ossl-modules
install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib lib/pkgconfig share/man/man1 share/man/man3 share/man/man7 share/tlscard)
	install -d $(DESTDIR)$(MODULES_DIR)
	install -m 755 $(BUILD)/bin/tlscard $(BUILD)/bin/tlscard-sim $(DESTDIR)$(PREFIX)/bin
	install -m 644 driver/tlscard.h $(DESTDIR)$(PREFIX)/include
	install -m 755 $(BUILD)/lib/libtlscard.so $(BUILD)/lib/libtlscard-sim.so $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(BUILD)/lib/ossl-modules/tlscard.so $(DESTDIR)$(MODULES_DIR)
	sed 's,@PREFIX@,$(PREFIX),g; s,@VERSION@,$(VERSION),g' driver/libtlscard.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/libtlscard.pc
	install -m 644 docs/examples/* $(DESTDIR)$(PREFIX)/share/tlscard
	install -m 644 docs/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 docs/*.3 $(DESTDIR)$(PREFIX)/share/man/man3
	install -m 644 docs/*.7 $(DESTDIR)$(PREFIX)/share/man/man7

clean:
	rm -rf $(BUILD)

help:
	@echo 'make          install what is missing, then build into $(BUILD)/'
	@echo 'make demo     the same, then run simulated TLS handshakes on the card'
	@echo 'make test     install, build, lint and run all tests'
	@echo 'make test-matrix  the same tests on other Debian releases, in chroots (SUITES="trixie sid experimental")'
	@echo 'make test-threads  tests of driver, provider and simulation with ThreadSanitizer; part of make test'
	@echo 'make test-loaded  the tests beside $(LOAD) busy processes (LOAD)'
	@echo 'make run-tests TESTS="tests/e2e build/tests/driver"  those tests alone, by the beginnings of their paths'
	@echo 'make lint     warnings of gcc, clang, Verilator, Icarus Verilog and Yosys'
	@echo 'make map      regenerate what rtl/map.toml describes'
	@echo 'make bench-nocard  what the provider costs a server without a card'
	@echo 'make install  into PREFIX ($(PREFIX)), under DESTDIR'
	@echo 'make clean    remove $(BUILD)/'

-include $(shell find $(BUILD)/obj $(BUILD)/san -name '*.d' 2>/dev/null)
