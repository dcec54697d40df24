# SPDX-License-Identifier: Apache-2.0
# Sources of the public-key engine, packages first.
RTL_PKE := $(addprefix rtl/pke/,pke_isa.v pke_microcode.v pke_constants.v pke_base.v pke_ram.v pke_product.v pke_reduce.v \
    pke_linear.v pke_field.v pke_issue.v pke_sequencer.v pke_slots.v pke_datapath.v pke_load.v pke_unload.v pke.v)
