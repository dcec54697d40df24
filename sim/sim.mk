# SPDX-License-Identifier: Apache-2.0
# The simulated card: tlscard-sim and libtlscard-sim.so.

# What the card is built with; its registers tell the driver.
SIM_FUNCTIONS ?= 4
SIM_QUEUE_PAIRS ?= 4
SIM_VECTORS ?= 5
SIM_ENGINES ?= 1
# Contexts of an engine; empty: as many as rtl/tlscard_top.v has by itself.
SIM_CONTEXTS ?=
SIM_LANES ?= 1
SIM_CLOCK_HZ ?= 250000000
SIM_TOP_FLAGS ?= -GFUNCTIONS=$(SIM_FUNCTIONS) -GQUEUE_PAIRS=$(SIM_QUEUE_PAIRS) -GVECTORS=$(SIM_VECTORS) \
    -GENGINES=$(SIM_ENGINES) $(if $(SIM_CONTEXTS),-GCONTEXTS=$(SIM_CONTEXTS)) -GLANES=$(SIM_LANES) \
    -GCLOCK_HZ=$(SIM_CLOCK_HZ) -GSIMULATED=1 --trace-fst

SIM_SOURCES := $(addprefix sim/,access.c card.c commands.c config_space.c connection.c counters.c function.c identity.c \
    interrupt.c json.c link.c mapping.c message.c negotiate.c options.c ports.c reads.c remote.c reset.c rules.c \
    server.c server_device.c server_dma.c server_irq.c server_region.c stats.c tlp.c upstream.c)

# Of its symbols only the one in the script is seen, and none is bound to another library's. Its C++ runtime is inside:
# the operators new and delete of the program that it is loaded into are not meant for it.
SIM_LIBRARY_FLAGS := -shared -Wl,-Bsymbolic -Wl,-z,defs -Wl,-z,relro,-z,now -Wl,--version-script=sim/library.map \
    -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,--wrap=strdup -static-libgcc
SIM_LIBRARY_OBJECTS := $(call objects,sim/library.c) $(BUILD)/obj/sim/cxx_memory.o
SIM_LIBRARY_LIBS := -Wl,-Bstatic -lstdc++ -Wl,-Bdynamic $(filter-out -lstdc++,$(VERILATED_LIBS))

ifneq ($(strip $(RTL_SOURCES)),)
$(eval $(call verilated_model,tlscard_top,$(wildcard rtl/lint.vlt) $(RTL_SOURCES),$(SIM_TOP_FLAGS)))

SIM_MODEL := $(MODELS)/tlscard_top/libtlscard_top.a
SIM_OBJECTS := $(call objects,$(SIM_SOURCES) sim/top.c)

SIM_TOP_CPPFLAGS := -I$(MODELS)/tlscard_top -DSIM_FUNCTIONS=$(SIM_FUNCTIONS)u -DSIM_VECTORS=$(SIM_VECTORS)u \
    -DSIM_CLOCK_HZ=$(SIM_CLOCK_HZ)u

$(BUILD)/obj/sim/top.o $(BUILD)/clang/sim/top.o: CPPFLAGS += $(SIM_TOP_CPPFLAGS)
$(BUILD)/obj/sim/top.o $(BUILD)/clang/sim/top.o: $(MODELS)/tlscard_top/tlscard_top_model.h

$(BUILD)/bin/tlscard-sim: $(SIM_OBJECTS) $(call objects,sim/main.c sim/listener.c) $(SIM_MODEL) $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(VERILATED_LIBS)

$(BUILD)/lib/libtlscard-sim.so: $(SIM_OBJECTS) $(SIM_LIBRARY_OBJECTS) $(SIM_MODEL) $(VERILATED_RUNTIME) \
    sim/library.map
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(SIM_LIBRARY_FLAGS) -Wl,-soname,libtlscard-sim.so -o $@ $(filter %.o %.a,$^) $(SIM_LIBRARY_LIBS)

PRODUCTS += $(BUILD)/bin/tlscard-sim $(BUILD)/lib/libtlscard-sim.so
endif
