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

# What the sanitizer itself does not stand is skipped case by case, with its reason beside it. These have one thread, and
# take minutes here: they have their turn in `make test-threads-long`.
THREADS_LONG := provider/test_malformed provider/test_same_generation
# And tlscard-sim, which sim/test_main starts, has one thread; gcc 12's sanitizer now and then keeps a signal that comes
# just before a call that blocks until that call has ended: SIGTERM then ends nothing.
THREADS_OMITTED := sim/test_main

THREADS_ALL = $(patsubst $(BUILD)/%,$(THREADS_BUILD)/%, \
    $(filter $(BUILD)/tests/driver/% $(BUILD)/tests/provider/% $(BUILD)/tests/sim/%,$(TEST_PROGRAMS)))
THREADS_PROGRAMS = $(filter-out $(addprefix $(THREADS_BUILD)/tests/,$(THREADS_LONG) $(THREADS_OMITTED)),$(THREADS_ALL))

.PHONY: test-threads
test-threads:
	+@$(THREADS_MAKE) $(THREADS_BUILD)/lib/libtlscard-sim.so $(THREADS_PROGRAMS)
	@BUILD=$(abspath $(THREADS_BUILD)) TSAN_OPTIONS='$(THREADS_OPTIONS)' tests/run $(THREADS_PROGRAMS)

.PHONY: test-threads-long
test-threads-long:
	+@$(THREADS_MAKE) $(THREADS_LONG:%=$(THREADS_BUILD)/tests/%)
	@BUILD=$(abspath $(THREADS_BUILD)) TSAN_OPTIONS='$(THREADS_OPTIONS)' tests/run $(THREADS_LONG:%=$(THREADS_BUILD)/tests/%)
