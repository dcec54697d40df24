#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Certificates, requests and revocation lists, several signed with one key in one process, under valgrind.
# The card runs in a process of its own, not under valgrind.
. "$(dirname "$0")/tap.sh"
HERE=$(cd "$(dirname "$0")" && pwd)

# watched CONFIGURATION COMMAND...: under valgrind, which finds nothing lost or misused.
watched() {
    watched_conf=$1
    shift
    timeout 240 env OPENSSL_CONF="$watched_conf" valgrind --quiet --error-exitcode=9 --leak-check=full \
        --show-leak-kinds=definite,possible,indirect --errors-for-leak-kinds=definite,possible \
        --suppressions="$HERE/valgrind.supp" "$@"
}

# authority NAME: an empty authority in $WORK/NAME, with its section for the configuration.
authority() {
    mkdir -p "$WORK/$1/new"
    : >"$WORK/$1/index"
    echo 1000 >"$WORK/$1/serial"
    cat <<CONF
[ca]
default_ca = authority
[authority]
database = $WORK/$1/index
serial = $WORK/$1/serial
new_certs_dir = $WORK/$1/new
default_md = sha256
default_days = 2
policy = policy
[policy]
commonName = supplied
CONF
}

# issue CONFIGURATION KIND: three certificates and a revocation list by `openssl ca`, each in one process.
issue() {
    watched "$1" openssl ca -batch -config "$1" -cert "$WORK/$2.pem" -keyfile "$WORK/$2.key" \
        -infiles "$WORK/1.csr" "$WORK/2.csr" "$WORK/3.csr" &&
        watched "$1" openssl ca -gencrl -crldays 2 -config "$1" -cert "$WORK/$2.pem" -keyfile "$WORK/$2.key" \
            -out "$WORK/$2.crl"
}

# are_right NAME KIND: what was issued is what openssl verifies without the provider.
are_right() {
    [ "$(find "$WORK/$1/new" -type f | wc -l)" = 3 ] || return 1
    for issued in "$WORK/$1/new"/*; do
        openssl verify -CAfile "$WORK/$2.pem" "$issued" || return 1
    done
    openssl crl -in "$WORK/$2.crl" -CAfile "$WORK/$2.pem" -noout
}

# requested CONFIGURATION KIND: a request by `openssl req`.
requested() {
    watched "$1" openssl req -new -config "$1" -key "$WORK/$2.key" -subj /CN=again -out "$WORK/$2.csr" &&
        openssl req -in "$WORK/$2.csr" -verify -noout
}

if ! command -v valgrind >/dev/null; then
    skip "certificates" "no valgrind here: install the package valgrind"
    done_testing
    exit
fi
export OPENSSL_CONF=/dev/null
printf '[req]\ndistinguished_name = name\n[name]\n' >"$WORK/plain.cnf"
check "the card starts" start_card 1
for number in 1 2 3; do
    openssl req -new -config "$WORK/plain.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$WORK/request.key" -subj "/CN=client $number" -out "$WORK/$number.csr" 2>/dev/null
done
for kind in p256 rsa; do
    [ "$kind" = rsa ] && algorithm=rsa:2048 || algorithm="ec -pkeyopt ec_paramgen_curve:P-256"
    # shellcheck disable=SC2086 # words
    check "$kind: a certificate for the authority" openssl req -x509 -config "$WORK/plain.cnf" -newkey $algorithm -nodes \
        -subj /CN=authority -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign,cRLSign -days 2 \
        -keyout "$WORK/$kind.key" -out "$WORK/$kind.pem"
    for world in card absent; do
        [ "$world" = card ] && address="vfio-user:$WORK/sockets" || address="vfio-user:$WORK/nowhere"
        configuration "$WORK/$world-$kind.cnf" "$address" "$(authority "$world-$kind")"
        before=$(card_completed)
        check "$kind, $world: three certificates and a list in one process each" issue "$WORK/$world-$kind.cnf" $kind
        check "$kind, $world: they are right" are_right "$world-$kind" $kind
        check "$kind, $world: a request" requested "$WORK/$world-$kind.cnf" $kind
        check "$kind, $world: four of each kind in one process" watched "$WORK/$world-$kind.cnf" \
            "$BUILD/tests/e2e/sign_again" "$WORK/$kind.key"
        after=$(card_completed)
        if [ "$world" = card ]; then
            check "$kind: the card signed them" [ "$after" -ge $((before + 20)) ]
        else
            check "$kind: there was no card" [ "$after" = "$before" ]
        fi
    done
done
done_testing
