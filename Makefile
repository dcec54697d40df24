# SPDX-License-Identifier: Apache-2.0
# tlscard: a TLS offload card in Verilog, its driver, its OpenSSL provider and its simulation.
#
# Each directory has its own NAME.mk, read below; this file holds what they share.

BUILD ?= build
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
VERILATOR_ROOT ?= $(shell $(VERILATOR) -V 2>/dev/null | sed -n 's/^ *VERILATOR_ROOT *= *\(\/.*\)/\1/p' | head -n 1)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wpointer-arith
CPPFLAGS += -D_GNU_SOURCE -I.
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARNINGS) -fPIC -fvisibility=hidden -fstack-protector-strong -MMD -MP $(CFLAGS)
ALL_CXXFLAGS := -std=gnu++17 -Wall -Werror -fPIC -fvisibility=hidden -MMD -MP $(CFLAGS)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Objects: $(BUILD)/obj for what ships, $(BUILD)/san with sanitizers for the tests.
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
sanitized = $(patsubst %.c,$(BUILD)/san/%.o,$(1))

# What `make`, `make test` and `make lint` do; the fragments add to these.
PRODUCTS :=
TEST_PROGRAMS :=
LINTS :=

.PHONY: all
all: dependencies products

include $(wildcard rtl/rtl.mk sim/sim.mk driver/driver.mk provider/provider.mk tools/tools.mk tests/*.mk tests/*/*.mk)

.PHONY: products test lint demo map install clean help dependencies
products: $(PRODUCTS)

dependencies:
	@tools/dependencies

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CCACHE) $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	$(CCACHE) $(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) -c -o $@ $<

$(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) -I$(VERILATOR_ROOT)/include -c -o $@ $<

# A Verilated module with a C interface.
#   $(eval $(call verilated_model,NAME,SOURCES,FLAGS))
# gives $(BUILD)/model/NAME/libNAME.a and NAME_model.h beside it (see sim/model.py). Link with
# $(VERILATED_RUNTIME) -lstdc++ -lz -latomic -pthread.
MODEL_CXXFLAGS ?= -O2 -fPIC -fvisibility=hidden
define verilated_model
$(BUILD)/model/$(1)/$(1)_model.h: $(2) sim/model.py
	@mkdir -p $$(@D)
	$(VERILATOR) --cc -Wall --x-assign fast --x-initial fast --noassert -O3 \
	    --top-module $(1) -Mdir $(BUILD)/model/$(1) --prefix V$(1) $(3) $(filter %.v %.vlt,$(2))
	$(PYTHON) sim/model.py $(1) $(BUILD)/model/$(1)

$(BUILD)/model/$(1)/lib$(1).a: $(BUILD)/model/$(1)/$(1)_model.h
	+$$(MAKE) -s -C $(BUILD)/model/$(1) -f V$(1).mk CXX="$(CCACHE) $(CXX)" OPT_FAST="$(MODEL_CXXFLAGS)" \
	    OPT_SLOW="-O1 -fPIC -fvisibility=hidden" OPT_GLOBAL="$(MODEL_CXXFLAGS)" V$(1)__ALL.a
	$(CCACHE) $(CXX) -std=gnu++17 $(MODEL_CXXFLAGS) -I$(BUILD)/model/$(1) -I$(VERILATOR_ROOT)/include \
	    -I$(VERILATOR_ROOT)/include/vltstd -DVM_TRACE=$(if $(findstring --trace-fst,$(3)),1,0) \
	    -c -o $(BUILD)/model/$(1)/$(1)_model.o $(BUILD)/model/$(1)/$(1)_model.cpp
	cp $(BUILD)/model/$(1)/V$(1)__ALL.a $$@
	ar r $$@ $(BUILD)/model/$(1)/$(1)_model.o
endef

VERILATED_RUNTIME := $(BUILD)/model/libverilated.a
VERILATED_LIBS := -lstdc++ -lz -latomic -lm -pthread
$(VERILATED_RUNTIME): sim/verilated_hooks.cpp
	@mkdir -p $(@D)
	for file in verilated verilated_fst_c verilated_threads; do \
	    $(CCACHE) $(CXX) -std=gnu++17 $(MODEL_CXXFLAGS) -I$(VERILATOR_ROOT)/include \
	        -I$(VERILATOR_ROOT)/include/vltstd -I$(VERILATOR_ROOT)/include/gtkwave -DVM_TRACE=1 -DVM_TRACE_FST=1 \
	        -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL \
	        -c -o $(BUILD)/model/$$file.o $(VERILATOR_ROOT)/include/$$file.cpp || exit 1; done
	$(CCACHE) $(CXX) -std=gnu++17 $(MODEL_CXXFLAGS) -I$(VERILATOR_ROOT)/include -I$(VERILATOR_ROOT)/include/vltstd \
	    -c -o $(BUILD)/model/verilated_hooks.o sim/verilated_hooks.cpp
	ar rcs $@ $(addprefix $(BUILD)/model/,verilated.o verilated_fst_c.o verilated_threads.o verilated_hooks.o)

map:
	$(PYTHON) rtl/mapgen.py

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj $(BUILD)/san -name '*.d' 2>/dev/null)
