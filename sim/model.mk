# SPDX-License-Identifier: Apache-2.0
# How a Verilated model is made: of the card for the simulation, and of its modules for their tests.

VERILATOR ?= verilator
# Asked once: each use of a variable that is set by ?= would run the command again.
ifeq ($(origin VERILATOR_ROOT),undefined)
VERILATOR_ROOT := $(shell $(VERILATOR) -V 2>/dev/null | sed -n 's/^ *VERILATOR_ROOT *= *\(\/.*\)/\1/p' | head -n 1)
endif

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
