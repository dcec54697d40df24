# SPDX-License-Identifier: Apache-2.0
# Sourced by the end-to-end tests: TAP output, a temporary directory, and processes that end with the test.

BUILD=${BUILD:-$(cd "$(dirname "$0")/../.." && pwd)/build}
PATH=$BUILD/bin:$PATH
WORK=$(mktemp -d /tmp/tlscard-e2e.XXXXXX)
TESTS=0
FAILED=0
PROCESSES=

finish() {
    # shellcheck disable=SC2086 # a list
    [ -z "$PROCESSES" ] || kill -KILL $PROCESSES 2>/dev/null
    wait 2>/dev/null
    rm -rf "$WORK"
}
trap finish EXIT
trap 'exit 1' INT TERM

# check NAME COMMAND...: one test, passed when the command succeeds; its output is shown when not.
check() {
    TESTS=$((TESTS + 1))
    what=$1
    shift
    if "$@" >"$WORK/output" 2>&1; then
        echo "ok $TESTS - $what"
    else
        FAILED=$((FAILED + 1))
        echo "not ok $TESTS - $what"
        echo "#   command: $*"
        tail -n 40 "$WORK/output" | sed 's/^/#   /'
    fi
}

skip() {
    TESTS=$((TESTS + 1))
    echo "ok $TESTS # SKIP $1: $2"
}

# background LOG COMMAND...: run beside the test; its process id is in $process.
background() {
    log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    process=$!
    PROCESSES="$PROCESSES $process"
}

# libcrypto FILE...: the libcrypto that a program or a library is linked with, by its name.
libcrypto() {
    ldd "$@" 2>/dev/null | sed -n 's/.*\(libcrypto\.so\.[0-9]*\) => .*/\1/p' | sort -u
}

# same_libcrypto NAME FILE: 0 where that is the provider's libcrypto; where not, says as a skipped test that NAME is not tested.
same_libcrypto() {
    ours=$(libcrypto "$BUILD/lib/ossl-modules/tlscard.so")
    theirs=$(libcrypto "$2")
    [ "$theirs" != "$ours" ] || return 0
    skip "$1" "it is linked with ${theirs:-no libcrypto}, the provider with $ours"
    return 1
}

# within SECONDS COMMAND...: until the command succeeds, at most so long.
within() {
    tenths=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tenths=$((tenths - 1))
        [ "$tenths" -gt 0 ] || return 1
        sleep 0.1
    done
}

# start_card FUNCTIONS [OPTION...]: tlscard-sim with sockets in $WORK/sockets; $card is its process id.
start_card() {
    functions=$1
    shift
    mkdir -p "$WORK/sockets"
    background "$WORK/card.log" tlscard-sim --socket-dir "$WORK/sockets" --functions "$functions" --stats "$@"
    card=$process
    within 120 grep -q listening "$WORK/card.log"
}

# card_counters: what each function of the card has completed so far, in order.
card_counters() {
    lines=$(wc -l <"$WORK/card.log")
    kill -USR1 "$card"
    within 120 sh -c "[ \$(wc -l <'$WORK/card.log') -gt $lines ]" || return 1
    tail -n 1 "$WORK/card.log" | /usr/bin/python3 -c 'import json, sys
print(*(f["pke_completed"] for f in json.load(sys.stdin)["functions"]))'
}

# card_completed: the sum of them.
card_completed() {
    card_counters | awk 'NF { sum = 0; for (n = 1; n <= NF; n++) sum += $n; print sum; seen = 1 } END { exit !seen }'
}

# configuration FILE ADDRESS [LINE...]: an openssl.cnf that offloads everything to the card at ADDRESS.
configuration() {
    file=$1
    {
        cat <<CONF
openssl_conf = openssl_init
[openssl_init]
providers = providers
alg_section = algorithms
[providers]
default = default_provider
tlscard = tlscard_provider
[default_provider]
activate = 1
[algorithms]
default_properties = ?tlscard.card=yes
[tlscard_provider]
module = $BUILD/lib/ossl-modules/tlscard.so
activate = 1
address = $2
policy = always
CONF
        shift 2
        printf '%s\n' "$@"
        # For `openssl req`, which looks for its section in the same file.
        printf '[req]\ndistinguished_name = name\n[name]\n'
    } >"$file"
}

# certificate NAME ALGORITHM...: $WORK/NAME.key and .pem, made without the card.
certificate() {
    certificate=$1
    shift
    openssl req -x509 -newkey "$@" -nodes -subj "/CN=localhost" -days 2 \
        -keyout "$WORK/$certificate.key" -out "$WORK/$certificate.pem" 2>/dev/null
}

# free_port: a TCP port that nobody listens on now.
free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_server CONFIGURATION NAME [OPTION...]: openssl s_server with certificate NAME; sets $port, $server
# and $certificate, by which `request` verifies it.
start_server() {
    port=$(free_port)
    conf=$1
    certificate=$2
    shift 2
    background "$WORK/server-$port.log" env OPENSSL_CONF="$conf" openssl s_server -accept "127.0.0.1:$port" \
        -cert "$WORK/$certificate.pem" -key "$WORK/$certificate.key" -www "$@"
    server=$process
    within 120 grep -q ACCEPT "$WORK/server-$port.log"
}

# request [OPTION...]: one HTTP request by a client that knows nothing of the card; its output.
request() {
    printf 'GET / HTTP/1.0\r\n\r\n' | timeout 600 openssl s_client -connect "127.0.0.1:$port" \
        -CAfile "$WORK/$certificate.pem" -verify_return_error -ign_eof "$@" 2>&1
}

# The last command of a test: its exit status is the test's.
done_testing() {
    echo "1..$TESTS"
    [ "$FAILED" = 0 ]
}
