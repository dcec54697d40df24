# SPDX-License-Identifier: Apache-2.0
# The PCIe endpoint; needs RTL_LIB and the map.
RTL_PCIE := $(addprefix rtl/pcie/,pcie.v pcie_receive.v pcie_target.v pcie_read.v pcie_tags.v pcie_reorder.v \
    pcie_split.v pcie_posted.v pcie_write.v pcie_msix.v pcie_transmit.v pcie_count.v)
