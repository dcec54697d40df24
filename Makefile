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
VERILATOR ?= verilator
# Asked once: each use of a variable that is set by ?= would run the command again.
ifeq ($(origin VERILATOR_ROOT),undefined)
VERILATOR_ROOT := $(shell $(VERILATOR) -V 2>/dev/null | sed -n 's/^ *VERILATOR_ROOT *= *\(\/.*\)/\1/p' | head -n 1)
endif

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

# A Verilated module with a C interface. Newer Verilators print statistics to standard output.
# They also report each constant of a package that a part alone does not use.
#   $(eval $(call verilated_model,NAME,SOURCES,FLAGS))
# gives $(MODELS)/NAME/libNAME.a and NAME_model.h beside it (see sim/model.py). Link with
# $(VERILATED_RUNTIME) -lstdc++ -lz -latomic -pthread.
# Models are built where they run, so they may have the instructions of this processor: with those of x86-64-v3, and
# with nothing aligned and no loop vectorised, which a model's long straight code does not gain from, a simulation is a
# tenth faster. For a model that other processors run as well: make MODEL_ARCH=
MODEL_ARCH ?= $(if $(shell grep -m 1 '^flags.* avx2 .*bmi2 ' /proc/cpuinfo 2>/dev/null),-march=x86-64-v3)
MODEL_CXXFLAGS ?= -O2 -fPIC -fvisibility=hidden $(MODEL_ARCH) -falign-functions=1 -falign-jumps=1 -falign-loops=1 \
    -falign-labels=1 -fno-tree-loop-vectorize
define verilated_model
$(MODELS)/$(1)/$(1)_model.h: $(2) sim/model.py
	$$(call say,VERILATE,$(1))
	@mkdir -p $$(@D)
	$(VERILATOR) --cc -Wall -Wno-UNUSEDPARAM --x-assign fast --x-initial fast --noassert -O3 \
	    --top-module $(1) -Mdir $(MODELS)/$(1) --prefix V$(1) $(3) $(filter %.v %.vlt,$(2)) >/dev/null
	$(PYTHON) sim/model.py $(1) $(MODELS)/$(1)

$(MODELS)/$(1)/lib$(1).a: $(MODELS)/$(1)/$(1)_model.h
	$$(call say,CXX,$$@)
	+$$(MAKE) -s -C $(MODELS)/$(1) -f V$(1).mk CXX="$(CCACHE) $(CXX)" OPT_FAST="$(MODEL_CXXFLAGS)" \
	    OPT_SLOW="-O1 -fPIC -fvisibility=hidden" OPT_GLOBAL="$(MODEL_CXXFLAGS)" V$(1)__ALL.a >/dev/null
	$(CCACHE) $(CXX) -std=gnu++17 $(MODEL_CXXFLAGS) -I$(MODELS)/$(1) -I$(VERILATOR_ROOT)/include \
	    -I$(VERILATOR_ROOT)/include/vltstd -DVM_TRACE=$(if $(findstring --trace-fst,$(3)),1,0) \
	    -c -o $(MODELS)/$(1)/$(1)_model.o $(MODELS)/$(1)/$(1)_model.cpp
	cp $(MODELS)/$(1)/V$(1)__ALL.a $$@
	ar rc $$@ $(MODELS)/$(1)/$(1)_model.o
endef

VERILATED_RUNTIME := $(MODELS)/libverilated.a
VERILATED_LIBS := -lstdc++ -lz -latomic -lm -pthread
# Its thread-local objects are allocated with the thread that uses them, not at their first use, where a want of memory
# would end the process. So that there is room for them, what nobody calls can be left out (-Wl,--gc-sections).
RUNTIME_CXXFLAGS := $(MODEL_CXXFLAGS) -ftls-model=initial-exec -ffunction-sections -fdata-sections
$(VERILATED_RUNTIME): sim/verilated_hooks.cpp
	@mkdir -p $(@D)
	for file in verilated verilated_fst_c verilated_threads; do \
	    $(CCACHE) $(CXX) -std=gnu++17 $(RUNTIME_CXXFLAGS) -I$(VERILATOR_ROOT)/include \
	        -I$(VERILATOR_ROOT)/include/vltstd -I$(VERILATOR_ROOT)/include/gtkwave -DVM_TRACE=1 -DVM_TRACE_FST=1 \
	        -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL \
	        -c -o $(MODELS)/$$file.o $(VERILATOR_ROOT)/include/$$file.cpp || exit 1; done
	$(CCACHE) $(CXX) -std=gnu++17 $(RUNTIME_CXXFLAGS) -I$(VERILATOR_ROOT)/include -I$(VERILATOR_ROOT)/include/vltstd \
	    -c -o $(MODELS)/verilated_hooks.o sim/verilated_hooks.cpp
	ar rcs $@ $(addprefix $(MODELS)/,verilated.o verilated_fst_c.o verilated_threads.o verilated_hooks.o)

# The fragments use what stands above; what stands below uses what they have added.
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

# What is built for and run by `make test`, `make run-tests`, `make test-loaded`: the programs whose paths begin so.
TESTS := tests $(BUILD)/tests
SELECTED_TESTS = $(filter $(addsuffix %,$(TESTS)),$(TEST_PROGRAMS))

test-programs: $(filter $(BUILD)/%,$(SELECTED_TESTS))

# The second make reads this file anew: what has just been installed is found then.
test:
	@tools/dependencies test
	+@$(MAKE) --no-print-directory -j$(JOBS) products test-programs
	+@$(MAKE) --no-print-directory lint
	+@$(MAKE) --no-print-directory run-tests
	+@$(MAKE) --no-print-directory test-threads

.PHONY: run-tests
run-tests:
	@[ -n '$(SELECTED_TESTS)' ] || { echo 'make: no test program begins with TESTS="$(TESTS)"; see make list-tests' >&2; exit 1; }
	@BUILD=$(abspath $(BUILD)) tests/run $(SELECTED_TESTS)

# The tests beside so many busy processes: none may depend on how soon something happens. Not part of `make test`.
LOAD ?= 8
.PHONY: test-loaded
test-loaded: products test-programs
	@BUILD=$(abspath $(BUILD)) tests/loaded $(LOAD) $(SELECTED_TESTS)

# The programs that run-tests runs, a line each.
.PHONY: list-tests
list-tests:
	@printf '%s\n' $(SELECTED_TESTS)

# The same tests with other versions of OpenSSL: see tests/matrix/run. Not part of `make test`; as root.
.PHONY: test-matrix
test-matrix:
	@BUILD=$(abspath $(BUILD)) tests/matrix/run $(SUITES)

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
