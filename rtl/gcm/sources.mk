# SPDX-License-Identifier: Apache-2.0
# Sources of the AES-GCM lane, packages first. It uses clock_gate, fifo and ram_erase of rtl/lib, and rtl/tlscard_map.v.
RTL_GCM := $(addprefix rtl/gcm/,gcm_sbox.v gcm_item.v gcm_schedule.v gcm_round.v gcm_aes.v gcm_delay.v gcm_fifo.v \
    gcm_reduce.v gcm_clmul.v gcm_multiply.v gcm_powers.v gcm_ghash.v gcm_input.v gcm_output.v gcm.v)
