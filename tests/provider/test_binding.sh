#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs linked to libcrypto in different ways load the provider. Where it calls the libcrypto that loads it, it works; where
# that would be another one in the same process, it refuses with an error that says why; and the program goes on and ends well.
# shellcheck disable=SC2086 # $libraries is a list
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../e2e/tap.sh"
MODULES=$BUILD/tests/provider/modules
FAKE_DRIVER_LOG=$WORK/requests
export FAKE_DRIVER_LOG
libraries=$(pkg-config --libs --static libcrypto 2>/dev/null | sed 's/-lcrypto//')

# build NAME OPTION...
build() {
    output=$WORK/$1
    shift
    ${CC:-gcc} -o "$output" "$HERE/own_libcrypto.c" "$@"
}

# says WHAT COMMAND...: the program ends well, has said that, and the card was asked exactly where the provider is active.
says() {
    expected=$1
    shift
    : >"$FAKE_DRIVER_LOG"
    OPENSSL_CONF=/dev/null TLSCARD_POLICY=always timeout 120 "$@" "$MODULES" >"$WORK/said" 2>&1 || {
        echo "exit status $?"
        cat "$WORK/said"
        return 1
    }
    cat "$WORK/said"
    grep -q "^$expected" "$WORK/said" || return 1
    if [ "$expected" = active ]; then
        [ -s "$FAKE_DRIVER_LOG" ]
    else
        [ ! -s "$FAKE_DRIVER_LOG" ]
    fi
}

# linked NAME EXPECTED OPTION...
linked() {
    name=$1
    expected=$2
    shift 2
    if build "$name" "$@" >"$WORK/built" 2>&1; then
        check "$name: $expected" says "$expected" "$WORK/$name"
    else
        skip "$name" "cannot be linked here: $(grep -m 1 -E 'error|cannot|undefined' "$WORK/built")"
    fi
}

check "a program is built" build shared -lcrypto
check "shared: active" says active "$WORK/shared"
interpreter=$(readelf -p .interp "$WORK/shared" | sed -n 's/.*  \(\/.*\)/\1/p')
check "shared, by a dynamic linker that was named: active" says active "$interpreter" "$WORK/shared"
check "shared, bound at first use: active" says active env -u LD_BIND_NOW "$WORK/shared"
linked pointers active -DPOINTERS -fno-pic -no-pie -lcrypto
why="refused: tlscard: this program has a libcrypto of its own ([0-9].*), not the shared library that tlscard was built for"
linked static-libcrypto "$why" -l:libcrypto.a $libraries
linked partly-exported "$why" -Wl,--export-dynamic-symbol=CRYPTO_zalloc,--export-dynamic-symbol=CRYPTO_free -l:libcrypto.a $libraries
linked exported active -rdynamic -Wl,--whole-archive -l:libcrypto.a -Wl,--no-whole-archive $libraries
linked all-static "$why" -static -lcrypto $libraries
done_testing
