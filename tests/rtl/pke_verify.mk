# SPDX-License-Identifier: Apache-2.0
# Verification of the public-key engine at its ports: published vectors, long random runs, constant time, zeros.
# Read after pke.mk, whose macros and model it uses.

PKE_VERIFY := $(PKE_CURVES) tests/rtl/pke_primes.c tests/rtl/pke_vectors.c
PKE_VERIFY_TESTS := test_pke_vectors test_pke_vectors_rsa test_pke_edges test_pke_random
PKE_VERIFY_OBJECTS := $(call sanitized,$(PKE_VERIFY) $(PKE_VERIFY_TESTS:%=tests/rtl/%.c))
$(PKE_VERIFY_OBJECTS): CPPFLAGS += $(PKE_TEST_FLAGS)
$(PKE_VERIFY_OBJECTS): $(BUILD)/model/pke/pke_model.h

$(foreach test,$(PKE_VERIFY_TESTS),$(eval $(call pke_test,$(test),pke,$(PKE_VERIFY))))

# 100,000 random operations; with TLSCARD_TEST_SEED and TLSCARD_TEST_FIRST a run is repeated or resumed.
PKE_LONG_OPERATIONS ?= 100000
.PHONY: test-pke-long
test-pke-long: $(BUILD)/tests/rtl/test_pke_random
	TLSCARD_TEST_OPERATIONS=$(PKE_LONG_OPERATIONS) $<
