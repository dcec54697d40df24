# SPDX-License-Identifier: Apache-2.0
# The tests of driver, provider and simulation once more, built with ThreadSanitizer: `make test-threads`.
#
# A tree of its own beside the first, for which the compiler instruments everything, shared libraries included. The
# Verilated models are those of the first build: they run on the card's thread alone, and are not instrumented.
# Warnings are the first build's affair as well.

THREADS_BUILD := $(BUILD)/tsan
THREADS_MAKE = $(MAKE) --no-print-directory -j$(JOBS) BUILD=$(THREADS_BUILD) MODELS=$(MODELS) \
    CC='$(CC) -fsanitize=thread' WARNINGS=-w SANITIZE=-fno-omit-frame-pointer

# exitcode: a report fails its program. die_after_fork: tests start threads in forked children.
THREADS_OPTIONS = halt_on_error=0:second_deadlock_stack=1:exitcode=66:die_after_fork=0:suppressions=$(abspath \
    tests/threads.supp)

# Children of sim/test_library have a card of their own and end beside its thread, for which the sanitizer gives them a
# status of its own. Threads that are cancelled at any instruction or jump out of signal handlers (provider/test_leaving), and
# one that has given up what it shares with the others (driver/test_folder), are what the sanitizer itself does not stand.
# tlscard-sim, which sim/test_main starts, has one thread, and gcc 12's sanitizer now and then keeps a signal that comes
# just before a call that blocks until that call has ended: SIGTERM then ends nothing.
# What compares each call's answer with the default provider's has one thread, and takes minutes here.
THREADS_OMITTED := sim/test_library sim/test_main driver/test_folder provider/test_leaving provider/test_malformed \
    provider/test_same_generation provider/test_same_keys provider/test_signing_again provider/test_signing_same

THREADS_PROGRAMS = $(patsubst $(BUILD)/%,$(THREADS_BUILD)/%,$(filter-out $(THREADS_OMITTED:%=$(BUILD)/tests/%), \
    $(filter $(BUILD)/tests/driver/% $(BUILD)/tests/provider/% $(BUILD)/tests/sim/%,$(TEST_PROGRAMS))))

.PHONY: test-threads
test-threads:
	+@$(THREADS_MAKE) $(THREADS_BUILD)/lib/libtlscard-sim.so $(THREADS_PROGRAMS)
	@BUILD=$(abspath $(THREADS_BUILD)) TSAN_OPTIONS='$(THREADS_OPTIONS)' tests/run $(THREADS_PROGRAMS)
