# SPDX-License-Identifier: Apache-2.0
# Tests of the simulation: the real server and bridge, with sanitizers, in front of a small device.

$(eval $(call verilated_model,loop_top,tests/sim/loop_top.v,--trace-fst))

SIM_TEST_MODEL := $(MODELS)/loop_top/libloop_top.a $(VERILATED_RUNTIME)
SIM_TEST_OBJECTS := $(call sanitized,$(SIM_SOURCES) tests/sim/loop_model.c)

$(BUILD)/san/tests/sim/loop_model.o $(BUILD)/obj/tests/sim/loop_model.o: CPPFLAGS += -I$(MODELS)/loop_top
$(BUILD)/san/tests/sim/loop_model.o $(BUILD)/obj/tests/sim/loop_model.o: $(MODELS)/loop_top/loop_top_model.h

# tlscard-sim with the small device.
$(BUILD)/tests/sim/tlscard-sim-loop: $(SIM_TEST_OBJECTS) $(call sanitized,sim/main.c sim/listener.c) $(SIM_TEST_MODEL)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(VERILATED_LIBS)

# libtlscard-sim.so with it, as it ships: no sanitizers.
$(BUILD)/tests/sim/libtlscard-sim-loop.so: $(call objects,$(SIM_SOURCES) tests/sim/loop_model.c) \
    $(SIM_LIBRARY_OBJECTS) $(SIM_TEST_MODEL) sim/library.map
	@mkdir -p $(@D)
	$(CC) $(SIM_LIBRARY_FLAGS) -o $@ $(filter %.o %.a,$^) $(SIM_LIBRARY_LIBS)

# A program that it is loaded into, which has the names of the C++ runtime for itself.
$(BUILD)/tests/sim/foreign: $(BUILD)/obj/tests/sim/foreign.o
	@mkdir -p $(@D)
	$(CC) -rdynamic -o $@ $^ -ldl

# Through a socket of a card in the test's own process.
SIM_TESTS := $(filter-out test_top,$(patsubst tests/sim/%.c,%,$(wildcard tests/sim/test_*.c)))

$(addprefix $(BUILD)/tests/sim/,$(SIM_TESTS)): $(BUILD)/tests/sim/%: $(BUILD)/san/tests/sim/%.o $(SIM_TEST_OBJECTS) \
    $(call sanitized,sim/library.c sim/listener.c tests/sim/client.c tests/sim/own_card.c tests/sim/no_reserve.c) \
    $(SIM_TEST_MODEL)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ -lcmocka -ldl $(VERILATED_LIBS)

TEST_PROGRAMS += $(addprefix $(BUILD)/tests/sim/,$(SIM_TESTS))

$(BUILD)/tests/sim/test_main: | $(BUILD)/tests/sim/tlscard-sim-loop
$(BUILD)/tests/sim/test_library: | $(BUILD)/tests/sim/libtlscard-sim-loop.so $(BUILD)/tests/sim/foreign

# The same with the real card.
ifneq ($(strip $(RTL_SOURCES)),)
$(BUILD)/san/sim/top.o: CPPFLAGS += $(SIM_TOP_CPPFLAGS)
$(BUILD)/san/sim/top.o: $(MODELS)/tlscard_top/tlscard_top_model.h

$(BUILD)/tests/sim/test_top: $(BUILD)/san/tests/sim/test_top.o $(call sanitized,$(SIM_SOURCES) sim/top.c sim/library.c \
    tests/sim/client.c tests/sim/own_card.c tests/sim/no_reserve.c) $(SIM_MODEL) $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ -lcmocka $(VERILATED_LIBS)

TEST_PROGRAMS += $(BUILD)/tests/sim/test_top
endif
