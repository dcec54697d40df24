#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The openssl command with the provider as a module: keys, certificates, signatures, messages and handshakes.
# What one end does with the provider, the other undoes without it.

BUILD=${BUILD:-$(cd "$(dirname "$0")/../.." && pwd)/build}
MODULE=$BUILD/tests/provider/modules/tlscard.so
WORK=$(mktemp -d /tmp/tlscard-command.XXXXXX)
cd "$WORK" || exit 1
SERVER=
trap '[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null; wait 2>/dev/null; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM
TESTS=0
FAILED=0
FAKE_DRIVER_LOG=$WORK/requests
export FAKE_DRIVER_LOG
: >"$FAKE_DRIVER_LOG"

# extensions: from 4.0 on x509 -req takes the first section for extensions where it does not name some.
cat >with.cnf <<CONF
openssl_conf = init
extensions = none
[init]
providers = providers
alg_section = algorithms
[providers]
default = standard
tlscard = card
[standard]
activate = 1
[card]
module = $MODULE
activate = 1
policy = always
[algorithms]
default_properties = ?provider=tlscard
[req]
distinguished_name = name
x509_extensions = authority
[name]
[none]
[authority]
basicConstraints = critical, CA:true
CONF
printf '[req]\ndistinguished_name = name\n[name]\n' >without.cnf

with() {
    OPENSSL_CONF=$WORK/with.cnf openssl "$@"
}

without() {
    OPENSSL_CONF=$WORK/without.cnf openssl "$@"
}

check() {
    TESTS=$((TESTS + 1))
    name=$1
    shift
    if "$@" >output 2>&1; then
        echo "ok $TESTS - $name"
    else
        FAILED=$((FAILED + 1))
        echo "not ok $TESTS - $name"
        sed 's/^/#   /' output
    fi
}

# on_card NAME COMMAND...: as check, and the card was asked once at least.
on_card() {
    before=$(wc -c <"$FAKE_DRIVER_LOG")
    check "$@"
    check "$1, on the card" [ "$(wc -c <"$FAKE_DRIVER_LOG")" -gt "$before" ]
}

same() {
    cmp "$1" "$2"
}

echo "a message" >message
check "the provider is listed" sh -c "OPENSSL_CONF=with.cnf openssl list -providers | grep -q 'tlscard TLS offload card'"
for kind in RSA RSA-PSS; do
    check "genpkey $kind" with genpkey -algorithm $kind -pkeyopt rsa_keygen_bits:2048 -out $kind.key
    check "pkey -check $kind" with pkey -in $kind.key -check -noout
    check "pkey -pubout $kind" with pkey -in $kind.key -pubout -out $kind.pub
    without pkey -in $kind.key -pubout -out expected.pub
    check "pkey -pubout $kind, the same" same $kind.pub expected.pub
    with pkey -in $kind.key -text -noout >mine.txt
    without pkey -in $kind.key -text -noout >expected.txt
    check "pkey -text $kind, the same" same mine.txt expected.txt
    on_card "req -x509 $kind" with req -x509 -new -key $kind.key -subj /CN=localhost -days 2 -out $kind.pem
    check "x509 $kind" with x509 -in $kind.pem -noout -text
    check "verify $kind" with verify -CAfile $kind.pem $kind.pem
    check "verify $kind without" without verify -CAfile $kind.pem $kind.pem
    on_card "req $kind" with req -new -key $kind.key -subj /CN=leaf -out $kind.csr
    check "req -verify $kind without" without req -in $kind.csr -verify -noout
    on_card "x509 -req $kind" with x509 -req -in $kind.csr -CA $kind.pem -CAkey $kind.key -days 2 -out leaf.pem
    check "verify the leaf of $kind without" without verify -partial_chain -trusted $kind.pem leaf.pem
done

on_card "dgst -sign" with dgst -sha256 -sign RSA.key -out signature message
check "dgst -verify without" without dgst -sha256 -verify RSA.pub -signature signature message
check "dgst -verify" with dgst -sha256 -verify RSA.pub -signature signature message
without dgst -sha256 -sign RSA.key -out expected message
check "dgst -sign, the same" same signature expected
without dgst -sha256 -binary -out digest message
on_card "pkeyutl -sign, PSS" with pkeyutl -sign -inkey RSA.key -in digest -out signature \
    -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32
check "pkeyutl -verify without, PSS" without pkeyutl -verify -pubin -inkey RSA.pub -in digest -sigfile signature \
    -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32
for padding in pkcs1 oaep; do
    without pkeyutl -encrypt -pubin -inkey RSA.pub -in message -out encrypted -pkeyopt rsa_padding_mode:$padding
    on_card "pkeyutl -decrypt, $padding" with pkeyutl -decrypt -inkey RSA.key -in encrypted -out decrypted \
        -pkeyopt rsa_padding_mode:$padding
    check "pkeyutl -decrypt, $padding, the same" same decrypted message
    check "pkeyutl -encrypt, $padding" with pkeyutl -encrypt -pubin -inkey RSA.pub -in message -out encrypted \
        -pkeyopt rsa_padding_mode:$padding
    without pkeyutl -decrypt -inkey RSA.key -in encrypted -out decrypted -pkeyopt rsa_padding_mode:$padding
    check "pkeyutl -encrypt, $padding, the same" same decrypted message
done
on_card "cms -sign" with cms -sign -binary -nodetach -in message -signer RSA.pem -inkey RSA.key -outform DER -out signed
check "cms -verify without" without cms -verify -binary -inform DER -in signed -CAfile RSA.pem -purpose any -out verified
check "cms -verify, the same" same verified message
on_card "cms -sign, PSS" with cms -sign -binary -nodetach -in message -signer RSA.pem -inkey RSA.key -keyopt rsa_padding_mode:pss \
    -outform DER -out signed
check "cms -verify without, PSS" without cms -verify -binary -inform DER -in signed -CAfile RSA.pem -purpose any -out verified
without cms -encrypt -binary -in message -outform DER -out enveloped RSA.pem
on_card "cms -decrypt" with cms -decrypt -binary -inform DER -in enveloped -inkey RSA.key -recip RSA.pem -out opened
check "cms -decrypt, the same" same opened message
without cms -encrypt -binary -in message -outform DER -out enveloped -recip RSA.pem -keyopt rsa_padding_mode:oaep
on_card "cms -decrypt, OAEP" with cms -decrypt -binary -inform DER -in enveloped -inkey RSA.key -recip RSA.pem -out opened
check "pkcs12 -export" with pkcs12 -export -inkey RSA.key -in RSA.pem -passout pass:secret -out bag.p12
check "pkcs12 without" without pkcs12 -in bag.p12 -passin pass:secret -nodes -out bag.pem

for curve in P-256 P-384 P-521 secp256k1; do
    case $curve in
    P-256 | P-384) where=on_card ;;
    *) where=check ;;
    esac
    $where "genpkey EC $curve" with genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out $curve.key
    check "pkey -check EC $curve" with pkey -in $curve.key -check -noout
    with pkey -in $curve.key -pubout -out $curve.pub
    without pkey -in $curve.key -pubout -out expected.pub
    check "pkey -pubout EC $curve, the same" same $curve.pub expected.pub
    with pkey -in $curve.key -text -noout >mine.txt
    without pkey -in $curve.key -text -noout >expected.txt
    check "pkey -text EC $curve, the same" same mine.txt expected.txt
    with ec -in $curve.key -out mine.txt 2>/dev/null
    without ec -in $curve.key -out expected.txt 2>/dev/null
    check "ec $curve, the same" same mine.txt expected.txt
    $where "req -x509 EC $curve" with req -x509 -new -key $curve.key -subj /CN=localhost -days 2 -out $curve.pem
    check "verify EC $curve" with verify -CAfile $curve.pem $curve.pem
    check "verify EC $curve without" without verify -CAfile $curve.pem $curve.pem
    $where "req EC $curve" with req -new -key $curve.key -subj /CN=leaf -out $curve.csr
    check "req -verify EC $curve without" without req -in $curve.csr -verify -noout
    $where "x509 -req EC $curve" with x509 -req -in $curve.csr -CA $curve.pem -CAkey $curve.key -days 2 -out leaf.pem
    check "verify the leaf of EC $curve without" without verify -partial_chain -trusted $curve.pem leaf.pem
    without dgst -sha256 -binary -out digest message
    $where "pkeyutl -sign EC $curve" with pkeyutl -sign -inkey $curve.key -in digest -out signature
    check "pkeyutl -verify EC $curve without" without pkeyutl -verify -pubin -inkey $curve.pub -in digest -sigfile signature
    $where "pkeyutl -verify EC $curve" with pkeyutl -verify -pubin -inkey $curve.pub -in digest -sigfile signature
    $where "cms -sign EC $curve" with cms -sign -binary -nodetach -in message -signer $curve.pem -inkey $curve.key \
        -outform DER -out signed
    check "cms -verify EC $curve without" without cms -verify -binary -inform DER -in signed -CAfile $curve.pem \
        -purpose any -out verified
    check "cms -verify EC $curve, the same" same verified message
    without cms -encrypt -binary -in message -outform DER -out enveloped $curve.pem
    check "cms -decrypt EC $curve" with cms -decrypt -binary -inform DER -in enveloped -inkey $curve.key \
        -recip $curve.pem -out opened
    check "cms -decrypt EC $curve, the same" same opened message
    check "cms -encrypt EC $curve" with cms -encrypt -binary -in message -outform DER -out enveloped $curve.pem
    without cms -decrypt -binary -inform DER -in enveloped -inkey $curve.key -recip $curve.pem -out opened
    check "cms -encrypt EC $curve, the same" same opened message
    check "pkcs12 -export EC $curve" with pkcs12 -export -inkey $curve.key -in $curve.pem -passout pass:secret -out bag.p12
    check "pkcs12 EC $curve without" without pkcs12 -in bag.p12 -passin pass:secret -nodes -out bag.pem
done
on_card "ecparam -genkey" with ecparam -name prime256v1 -genkey -noout -out ecparam.key
check "ecparam -genkey, -check without" without pkey -in ecparam.key -check -noout
check "ecparam -genkey, explicit parameters" with ecparam -name prime256v1 -genkey -param_enc explicit -out explicit.key
check "req with explicit parameters" with req -new -key explicit.key -subj /CN=leaf -out explicit.csr
on_card "genpkey X25519" with genpkey -algorithm X25519 -out X25519.key
check "pkey X25519 without" without pkey -in X25519.key -pubout -out X25519.pub

for kind in P-256 P-384 P-521 X25519; do
    case $kind in
    X25519) without genpkey -algorithm X25519 -out peer.key ;;
    *) without genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$kind -out peer.key ;;
    esac
    without pkey -in peer.key -pubout -out peer.pub
    check "pkeyutl -derive $kind" with pkeyutl -derive -inkey $kind.key -peerkey peer.pub -out mine.secret
    without pkeyutl -derive -inkey peer.key -peerkey $kind.pub -out expected.secret
    check "pkeyutl -derive $kind, the same" same mine.secret expected.secret
done

# handshake CERTIFICATE SERVER_OPTION [CLIENT_OPTION...]: a server with the provider, a client without.
handshake() {
    certificate=$1
    server_option=$2
    shift 2
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    rm -f server.log
    # shellcheck disable=SC2086 # may be empty
    OPENSSL_CONF=$WORK/with.cnf openssl s_server -accept "127.0.0.1:$port" -cert "$certificate.pem" -key "$certificate.key" \
        -www $server_option -cipher DEFAULT:AES128-GCM-SHA256 >server.log 2>&1 </dev/null &
    SERVER=$!
    tries=1200
    until grep -q ACCEPT server.log 2>/dev/null; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
    printf 'GET / HTTP/1.0\r\n\r\n' | OPENSSL_CONF=$WORK/without.cnf timeout 600 openssl s_client \
        -connect "127.0.0.1:$port" -CAfile "$certificate.pem" -verify_return_error -ign_eof "$@" >page 2>&1
    kill $SERVER
    wait $SERVER 2>/dev/null
    SERVER=
    cat page server.log
    grep -q 'HTTP/1.0 200 ok' page
}

for asynchronous in "" -async; do
    on_card "TLS 1.3 $asynchronous" handshake RSA "$asynchronous" -tls1_3
    on_card "TLS 1.3, RSA-PSS key $asynchronous" handshake RSA-PSS "$asynchronous" -tls1_3
    on_card "TLS 1.2, ECDHE $asynchronous" handshake RSA "$asynchronous" -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
    on_card "TLS 1.2, RSA key transport $asynchronous" handshake RSA "$asynchronous" -tls1_2 -cipher AES128-GCM-SHA256
    for group in X25519 P-256 P-384 P-521 X448; do
        on_card "TLS 1.3, EC key, $group $asynchronous" handshake P-256 "$asynchronous" -tls1_3 -groups $group
    done
    on_card "TLS 1.2, EC key $asynchronous" handshake P-384 "$asynchronous" -tls1_2
done
echo "1..$TESTS"
[ "$FAILED" = 0 ]
