#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Load, unload and exit in every order of freeing, with a card (the driver's double) and without: nothing crashes, nothing is
# used after it was freed, and nothing is lost. What the default provider alone does with the same program is the measure.
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../e2e/tap.sh"
FAKE_DRIVER_LOG=$WORK/requests
export FAKE_DRIVER_LOG

# configuration WORLD [MODULE]
configuration() {
    cat >"$WORK/$1.cnf" <<CONF
openssl_conf = init
[init]
providers = providers
alg_section = algorithms
[providers]
default = standard
tlscard = card
[standard]
activate = 1
[card]
${2:+module = $2}
activate = 1
[algorithms]
default_properties = ?provider=tlscard
CONF
}

# in_world WORLD COMMAND...
in_world() {
    world=$1
    shift
    case $world in
    plain) timeout 300 env OPENSSL_CONF=/dev/null "$@" ;;
    card) timeout 300 env OPENSSL_CONF="$WORK/card.cnf" LIFETIME_MODULES="$BUILD/tests/provider/modules" TLSCARD_POLICY=always "$@" ;;
    absent)
        timeout 300 env OPENSSL_CONF="$WORK/absent.cnf" LIFETIME_MODULES="$BUILD/lib/ossl-modules" \
            TLSCARD_ADDRESS="vfio-user:$WORK/nowhere" TLSCARD_POLICY=always "$@"
        ;;
    sanitized) timeout 300 env OPENSSL_CONF="$WORK/sanitized.cnf" LIFETIME_MODULES=inside TLSCARD_POLICY=always "$@" ;;
    sanitized-absent)
        timeout 300 env OPENSSL_CONF="$WORK/sanitized.cnf" LIFETIME_MODULES=inside TLSCARD_POLICY=always \
            TLSCARD_ADDRESS=vfio-user:/nowhere "$@"
        ;;
    esac
}

watched() {
    world=$1
    shift
    in_world "$world" valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible,indirect \
        --errors-for-leak-kinds=definite,possible --suppressions="$HERE/../e2e/valgrind.supp" "$@"
}

asked() {
    [ -s "$FAKE_DRIVER_LOG" ]
}

configuration card "$BUILD/tests/provider/modules/tlscard.so"
configuration absent "$BUILD/lib/ossl-modules/tlscard.so"
configuration sanitized
LIFETIME=$BUILD/tests/provider/lifetime
for order in $("$LIFETIME"); do
    for world in plain card absent; do
        : >"$FAKE_DRIVER_LOG"
        check "$order, $world" in_world $world "$LIFETIME" "$order"
        [ $world != card ] || check "$order: the card was asked" asked
    done
    for world in sanitized sanitized-absent; do
        : >"$FAKE_DRIVER_LOG"
        check "$order, $world" in_world $world "${LIFETIME}_sanitized" "$order"
        [ $world != sanitized ] || check "$order, sanitized: the card was asked" asked
    done
    if command -v valgrind >/dev/null; then
        check "$order, with a card, watched" watched card "$LIFETIME" "$order"
        check "$order, without a card, watched" watched absent "$LIFETIME" "$order"
    else
        skip "$order, watched" "no valgrind here: install the package valgrind"
    fi
done
done_testing
