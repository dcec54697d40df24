#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# [random] in openssl.cnf: what the provider draws for the card comes of the generator and the seed source that are named there,
# and the doctor tells their names. The generator KNOWN-OCTETS gives 1, 2, 3 and so on to each call.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"

# random NAME LINE...: $WORK/NAME.cnf, with these lines in its section for generators.
random() {
    name=$1
    shift
    configuration "$WORK/$name.cnf" "vfio-user:$WORK/sockets"
    sed -i -e 's/^\[openssl_init\]$/&\nrandom = random/' -e 's/^\[providers\]$/&\ngenerator = generator/' "$WORK/$name.cnf"
    printf '%s\n' '[generator]' "module = $BUILD/tests/e2e/modules/generator.so" 'activate = 1' '[random]' "$@" >>"$WORK/$name.cnf"
}

# The public half of the X25519 key 1, 2, 3 ... 32, in hexadecimal, made without the card.
known_share() {
    /usr/bin/python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex("302e020100300506032b656e04220420") + bytes(range(1, 33)))' |
        openssl pkey -inform DER -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'
}

# share_is_known PORT KIND: the server's key share, at the end of its ServerHello, is that of the known octets.
share_is_known() {
    share=$(known_share)
    [ ${#share} = 64 ] && answers "$1" "$2" -tls1_3 -groups X25519 -msg || return 1
    sed -n '/ServerHello$/,/^[<>]/p' "$WORK/page" | grep '^    ' | tr -d ' \n' | grep -q "$share" && return 0
    sed -n '/ServerHello$/,/^[<>]/p' "$WORK/page"
    return 1
}

# signatures CONF OUT: RSA-PSS with its salt, and ECDSA with its nonce.
signatures() {
    head -c 32 /dev/zero >"$WORK/digest"
    OPENSSL_CONF=$1 openssl pkeyutl -sign -inkey "$WORK/rsa2048.key" -in "$WORK/digest" -pkeyopt digest:sha256 \
        -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32 -out "$2.pss" &&
        OPENSSL_CONF=$1 openssl pkeyutl -sign -inkey "$WORK/p256.key" -in "$WORK/digest" -out "$2.ecdsa"
}

same_signatures() {
    TLSCARD_POLICY=never signatures "$WORK/known.cnf" "$WORK/software" || return 1
    by_card signatures "$WORK/known.cnf" "$WORK/first" && by_card signatures "$WORK/known.cnf" "$WORK/second" || return 1
    cmp "$WORK/software.pss" "$WORK/first.pss" && cmp "$WORK/first.ecdsa" "$WORK/second.ecdsa"
}

# asked WORD COMMAND...: the command succeeds, and KNOWN-OCTETS was asked in this way meanwhile.
asked() {
    word=$1
    shift
    rm -f "$WORK/asked"
    "$@" || return 1
    sort "$WORK/asked" | uniq -c
    grep -q "^$word " "$WORK/asked"
}

# told NAME TEXT...: the doctor finds nothing wrong, and says each of these of the generators.
told() {
    name=$1
    shift
    tlscard doctor --conf "$WORK/$name.cnf" >"$WORK/told" || return 1
    cat "$WORK/told"
    for text; do
        tr -s ' ' <"$WORK/told" | grep -qx "$text" || return 1
    done
}

export OPENSSL_CONF=/dev/null GENERATOR_LOG="$WORK/asked"
random known 'random = KNOWN-OCTETS'
random seeded 'random = HASH-DRBG' 'digest = SHA512' 'seed = KNOWN-OCTETS'
random counter 'random = CTR-DRBG' 'cipher = AES-192-CTR' 'seed = KNOWN-OCTETS' 'seed_properties = provider=generator'
check "certificates are made" server_certificates
check "the card starts" start_card 4

for kind in rsa2048 p256; do
    check "$kind: a server whose generator is known starts" start_server "$WORK/known.cnf" $kind
    check "$kind: its key share is made of the generator's octets, by the card" by_card share_is_known "$port" $kind
    kill "$server"
done
check "salts and nonces are the generator's: equal octets, equal signatures" same_signatures
check "the doctor names the generator" told known 'random private KNOWN-OCTETS of generator' 'random public KNOWN-OCTETS of generator'

for name in seeded counter; do
    check "$name: a server with such a generator starts" asked seed start_server "$WORK/$name.cnf" rsa2048
    check "$name: a handshake, on the card" by_card answers "$port" rsa2048 -tls1_3
    kill "$server"
done
check "the doctor names digest and seed source" told seeded 'random private HASH-DRBG of default, SHA2-512' 'seed KNOWN-OCTETS'
check "the doctor names the cipher" told counter 'random private CTR-DRBG of default, AES-192-CTR' 'seed KNOWN-OCTETS'
done_testing
