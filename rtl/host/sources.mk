# SPDX-License-Identifier: Apache-2.0
# The sources of rtl/host.
RTL_HOST := $(addprefix rtl/host/,host_pick.v host_turns.v host_check.v host_pairs.v host_log.v host_registers.v \
    host_reset.v host_fetch.v host_slots.v host_contexts.v host_dispatch.v host_reads.v host_lane.v host_lanes.v \
    host_retire.v host_write.v host.v)
