#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memory, descriptors and threads that cannot be had, at points of a handshake: a sample of what `make test-exhaustion` tries.
. "$(dirname "$0")/tap.sh"
STEP=${EXHAUSTED_STEP:-29}

# exhausted OWNER MANNER STEP
exhausted() {
    OPENSSL_CONF=/dev/null TLSCARD_DEADLINE_MS=5000 "$BUILD/tests/e2e/exhausted" "$WORK/openssl.cnf" "$@"
}

configuration "$WORK/openssl.cnf" sim
check "one acquisition of the project's own fails" exhausted own once "$STEP"
check "it and all that follow" exhausted own on "$STEP"
done_testing
