# SPDX-License-Identifier: Apache-2.0
# Unit tests of rtl/host: the module with test engines on a bench in C, and some of its parts alone.

-include rtl/lib/sources.mk rtl/host/sources.mk

$(eval $(call verilated_model,host_bench,rtl/tlscard_map.v $(RTL_LIB) $(RTL_HOST) rtl/lint.vlt tests/rtl/echo_engine.v tests/rtl/echo_lane.v tests/rtl/host_bench.v))
$(eval $(call verilated_model,host_pick,rtl/host/host_pick.v,-GWIDTH=5))
$(eval $(call verilated_model,host_turns,rtl/host/host_pick.v rtl/host/host_turns.v))
$(eval $(call verilated_model,host_fetch,rtl/host/host_pick.v rtl/host/host_turns.v rtl/host/host_fetch.v))
$(eval $(call verilated_model,host_check,rtl/tlscard_map.v rtl/host/host_check.v))
$(eval $(call verilated_model,host_log,rtl/host/host_log.v))
$(eval $(call verilated_model,host_pairs,rtl/tlscard_map.v rtl/host/host_pairs.v))
$(eval $(call verilated_model,host_slots,rtl/tlscard_map.v rtl/host/host_pick.v rtl/host/host_check.v rtl/host/host_slots.v))
$(eval $(call verilated_model,host_dispatch,rtl/tlscard_map.v rtl/host/host_pick.v rtl/host/host_turns.v rtl/host/host_dispatch.v,-GENGINE_BITS=2))
$(eval $(call verilated_model,host_reads,rtl/tlscard_map.v rtl/lib/fifo.v rtl/host/host_reads.v,-GENGINES=3 -GLANES=2))
$(eval $(call verilated_model,host_lane,rtl/tlscard_map.v rtl/lib/fifo.v rtl/lib/ram_erase.v rtl/host/host_lane.v))
$(eval $(call verilated_model,host_lanes,rtl/tlscard_map.v rtl/lib/fifo.v rtl/lib/ram_erase.v rtl/host/host_lane.v rtl/host/host_lanes.v,-GLANES=3))
$(eval $(call verilated_model,host_retire,rtl/tlscard_map.v rtl/host/host_pick.v rtl/host/host_turns.v rtl/host/host_retire.v,-GENGINES=3 -GENGINE_BITS=2 -GLANES=2))
$(eval $(call verilated_model,host_write,rtl/lib/fifo.v rtl/host/host_write.v,-GENGINES=3 -GLANES=2))
$(eval $(call verilated_model,host_contexts,rtl/host/host_contexts.v,-GENGINES=5 -GCONTEXTS=3 -GENGINE_BITS=3))

# host_test,PROGRAM,MODEL,OTHER SOURCES
define host_test
TEST_PROGRAMS += $(BUILD)/tests/rtl/$(1)
$(call sanitized,tests/rtl/$(1).c $(3)): CPPFLAGS += -I$(MODELS)/$(2)
$(call sanitized,tests/rtl/$(1).c $(3)): $(MODELS)/$(2)/$(2)_model.h
$(BUILD)/tests/rtl/$(1): $(call sanitized,tests/rtl/$(1).c $(3)) $(MODELS)/$(2)/lib$(2).a $(VERILATED_RUNTIME)
	@mkdir -p $$(@D)
	$(CXX) $(SANITIZE) -o $$@ $$^ -lcmocka $(VERILATED_LIBS)
endef

$(foreach test,test_host_registers test_host_queues test_host_requests test_host_curves test_host_reset test_host_records,\
    $(eval $(call host_test,$(test),host_bench,tests/rtl/host_bench.c)))
$(eval $(call host_test,test_host_pick,host_pick,))
$(eval $(call host_test,test_host_contexts,host_contexts,))
$(foreach unit,host_turns host_fetch host_check host_log host_pairs host_slots host_dispatch host_reads host_lane \
    host_lanes host_retire host_write,\
    $(eval $(call host_test,test_$(unit),$(unit),)))
