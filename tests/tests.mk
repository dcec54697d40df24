# SPDX-License-Identifier: Apache-2.0
# Tests of the tree as a whole, and of whole paths.
TEST_PROGRAMS += tests/test_map.py tests/test_layers.py $(wildcard tests/e2e/test_*.sh tests/e2e/test_*.py)
