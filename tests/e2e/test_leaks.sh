#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Valgrind over the module as it ships, from its loading by a configuration file to its unloading.
# The card runs in a process of its own, not under valgrind.
. "$(dirname "$0")/tap.sh"
HERE=$(cd "$(dirname "$0")" && pwd)

# watched CONFIGURATION KEY MODE: four connections, TLS 1.3 and 1.2 by turns, with a record each; then everything is freed.
# A job that was paused for good holds keys, and so the provider: pointers to its insides are all that is left of it then.
watched() {
    case $3 in abandon) kinds=definite ;; *) kinds=definite,possible ;; esac
    timeout 1800 env OPENSSL_CONF=/dev/null valgrind --quiet --error-exitcode=9 --leak-check=full \
        --show-leak-kinds=definite,possible,indirect --errors-for-leak-kinds=$kinds \
        --suppressions="$HERE/valgrind.supp" \
        "$BUILD/tests/e2e/async_server" "$1" "$WORK/$2.pem" "$WORK/$2.key" 4 both "$3" >"$WORK/report"
    status=$?
    cat "$WORK/report"
    return $status
}

# reported PATTERN: what the run before was meant to exercise did happen.
reported() {
    cat "$WORK/report"
    grep -q "$1" "$WORK/report"
}

if ! command -v valgrind >/dev/null; then
    skip "memory" "no valgrind here: install the package valgrind"
    done_testing
    exit
fi
check "the card starts" start_card 1
check "a certificate for P-256 is made" certificate p256 ec -pkeyopt ec_paramgen_curve:P-256
check "a certificate for RSA is made" certificate rsa rsa:2048
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets"
for mode in sync async; do
    for kind in p256 rsa; do
        check "$kind, $mode: nothing is lost or misused" watched "$WORK/openssl.cnf" $kind $mode
        check "$kind, $mode: the card did handshakes and records" reported \
            '"served":4,.*"ec":{"card":[1-9].*"gcm":{"card":[1-9]'
    done
done
check "unloaded with jobs paused: nothing of ours is lost or misused" watched "$WORK/openssl.cnf" p256 abandon
check "jobs were paused" reported '"abandoned":[1-9]'
configuration "$WORK/late.cnf" "vfio-user:$WORK/sockets" "deadline-ms = 1"
check "unloaded after requests were given up: nothing is lost or misused" watched "$WORK/late.cnf" rsa sync
check "requests were given up" reported '"served":4,.*"deadline":[1-9]'
configuration "$WORK/absent.cnf" "vfio-user:$WORK/nowhere"
check "without a card: nothing is lost or misused" watched "$WORK/absent.cnf" p256 async
check "there was no card" reported '"served":4,.*"no-card":[1-9]'
done_testing
