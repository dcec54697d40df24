# SPDX-License-Identifier: Apache-2.0
# Tests of the tree as a whole, and of whole paths.
TEST_PROGRAMS += tests/test_map.py tests/test_layers.py $(wildcard tests/e2e/test_*.sh)

# A GiB in each way without a card, 64 MiB through the simulated one, and what a GiB of CMS costs with the provider.
.PHONY: test-records-long
test-records-long: products
	@BUILD=$(abspath $(BUILD)) RECORDS_MIB=1024 RECORDS_CARD_KIB=65536 CMS_MIB=1024 tests/e2e/test_records.sh
