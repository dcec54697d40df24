# SPDX-License-Identifier: Apache-2.0
# Small modules that the others are made of.
RTL_LIB := rtl/lib/fifo.v rtl/lib/ram.v rtl/lib/ram_erase.v rtl/lib/arbiter.v rtl/lib/clock_gate.v
