# SPDX-License-Identifier: Apache-2.0
# Verification of the public-key engine at its ports: published vectors, long random runs, constant time, zeros.
# Read after pke.mk, whose macros and model it uses.

PKE_VERIFY := $(PKE_CURVES) tests/rtl/pke_primes.c tests/rtl/pke_vectors.c
PKE_VERIFY_TESTS := test_pke_vectors test_pke_vectors_rsa test_pke_edges test_pke_random test_pke_constant_time
PKE_VERIFY_OBJECTS := $(call sanitized,$(PKE_VERIFY) $(PKE_VERIFY_TESTS:%=tests/rtl/%.c))
$(PKE_VERIFY_OBJECTS): CPPFLAGS += $(PKE_TEST_FLAGS)
$(PKE_VERIFY_OBJECTS): $(MODELS)/pke/pke_model.h

$(foreach test,$(PKE_VERIFY_TESTS),$(eval $(call pke_test,$(test),pke,$(PKE_VERIFY))))

# 100,000 random operations, every RSA vector's exponentiation, RFC 7748's iteration 1,000 times; under an hour on an
# idle core. With TLSCARD_TEST_SEED and TLSCARD_TEST_FIRST the random run is repeated or resumed.
PKE_LONG_OPERATIONS ?= 100000
.PHONY: test-pke-long
test-pke-long: $(addprefix $(BUILD)/tests/rtl/,test_pke_ec_x25519 test_pke_vectors_rsa test_pke_random)
	TLSCARD_TEST_OPERATIONS=1000 $(BUILD)/tests/rtl/test_pke_ec_x25519
	TLSCARD_TEST_OPERATIONS=1000 $(BUILD)/tests/rtl/test_pke_vectors_rsa
	TLSCARD_TEST_OPERATIONS=$(PKE_LONG_OPERATIONS) $(BUILD)/tests/rtl/test_pke_random

# 1,000 random and 100 chosen secrets for each operation (of MODEXP above 1024 bits fewer); half an hour on an idle core.
PKE_LONG_SECRETS ?= 1000
.PHONY: test-pke-constant-time-long
test-pke-constant-time-long: $(BUILD)/tests/rtl/test_pke_constant_time
	TLSCARD_TEST_OPERATIONS=$(PKE_LONG_SECRETS) $<

# A model in which every signal can be seen, for two copies of it side by side.
PKE_OPEN_SOURCES := $(filter-out rtl/pke/pke.v,$(PKE_SOURCES)) $(MODELS)/pke_open.v
$(MODELS)/pke_open.v: rtl/pke/pke.v
	@mkdir -p $(@D)
	sed 's/^module pke /module pke_open /' $< > $@
$(MODELS)/pke_open.vlt: $(PKE_OPEN_SOURCES)
$(eval $(call verilated_model,pke_open,$(MODELS)/pke_open.vlt $(PKE_OPEN_SOURCES)))

PKE_PAIR := tests/rtl/pke_pair.c tests/rtl/pke_requests.c
PKE_PAIR_TESTS := test_pke_two_copies test_pke_zeros
PKE_PAIR_OBJECTS := $(call sanitized,$(PKE_PAIR) $(PKE_PAIR_TESTS:%=tests/rtl/%.c))
$(PKE_PAIR_OBJECTS): CPPFLAGS += $(PKE_TEST_FLAGS) -I$(MODELS) -I$(MODELS)/pke_open
$(PKE_PAIR_OBJECTS): $(MODELS)/pke_open/pke_open_state.h $(MODELS)/pke/pke_model.h $(MODELS)/pke_isa.h

define pke_pair_test
$(BUILD)/tests/rtl/$(1): $(call sanitized,tests/rtl/$(1).c $(PKE_PAIR) tests/rtl/pke_primes.c $(PKE_CURVES)) \
    $(MODELS)/pke_open/libpke_open.a $(MODELS)/pke/libpke.a $(VERILATED_RUNTIME)
	@mkdir -p $$(@D)
	$(CC) $(SANITIZE) -o $$@ $$^ -lcmocka -lcrypto $(VERILATED_LIBS)
TEST_PROGRAMS += $(BUILD)/tests/rtl/$(1)
endef
$(foreach test,$(PKE_PAIR_TESTS),$(eval $(call pke_pair_test,$(test))))
