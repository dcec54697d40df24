#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs with property queries and default properties of their own, by the ways to name the provider in openssl.cnf.
. "$(dirname "$0")/tap.sh"
QUERIES=$BUILD/tests/e2e/queries

# file NAME PROPERTIES LIST...: a configuration whose list of providers is this.
file() {
    name=$1
    properties=$2
    shift 2
    {
        printf '%s\n' 'openssl_conf = init' '[init]' 'providers = list' 'alg_section = algorithms' '[algorithms]' "$properties" \
            '[standard]' 'activate = 1' '[card]' "module = $BUILD/lib/ossl-modules/tlscard.so" 'activate = 1' \
            'address = vfio-user:/nonexistent' '[validated]' "module = $BUILD/tests/e2e/modules/validated.so" 'activate = 1' \
            '[req]' 'distinguished_name = list' '[list]' "$@"
    } >"$WORK/$name.cnf"
}

# goes NAME PROVIDER QUERY [PROPERTIES [FURTHER]]: what the provider has is PROVIDER's, and the digest $digest's.
digest=default
goes() {
    name=$1
    provider=$2
    shift 2
    OPENSSL_CONF="$WORK/$name.cnf" "$QUERIES" "$@" >"$WORK/found" || return 1
    cat "$WORK/found"
    [ "$(head -n 4 "$WORK/found" | sort -u)" = "$provider" ] && [ "$(tail -n 1 "$WORK/found")" = "$digest" ]
}

file card 'default_properties = ?tlscard.card=yes' 'default = standard' 'tlscard = card'
file old 'default_properties = ?provider=tlscard' 'default = standard' 'tlscard = card'
file first '' 'card = card' 'default = standard'
for query in "" 'provider!=fips' -fips 'fips!=yes' '?provider=another' '?fips=yes'; do
    check "asked with \"$query\", the property finds the card" goes card tlscard "$query"
done
check "asked for the default provider, there is none of the card" goes card default provider=default
check "asked for nothing of the card, there is none" goes card default -tlscard.card
for query in "" -fips '?fips=yes'; do
    check "asked with \"$query\", the provider's name finds the card" goes old tlscard "$query"
done
check "a query with a provider's name displaces that name" goes old default 'provider!=fips'
for name in card old; do
    check "properties that a program sets displace the file's ($name)" goes $name default "" -fips
done
# In that case nothing prefers one over the other, and the first in libcrypto's list is taken. It sorts the list by
# name when a program asks for a provider by its name.
check "listed first, under a name before \"default\", the card is found all the same" goes first card "" -fips
check "and when the program has loaded another provider" goes first card "" -fips base

# Where validated algorithms are required, neither the card nor the default provider takes their place.
file required 'default_properties = fips=yes' 'base = standard' 'validated = validated' 'tlscard = card' 'default = standard'
file both 'default_properties = fips=yes,?tlscard.card=yes' 'base = standard' 'validated = validated' 'tlscard = card' \
    'default = standard'
file wished 'default_properties = ?fips=yes,?tlscard.card=yes,?provider=tlscard' 'validated = validated' 'tlscard = card' \
    'default = standard'
digest=validated
for query in "" '?fips=yes' 'provider!=default' '?provider=tlscard' '?tlscard.card=yes'; do
    check "fips=yes is kept when asked with \"$query\"" goes required validated "$query"
done
for query in "" 'provider!=default' '?provider=tlscard'; do
    check "and with a preference for the card beside it, asked with \"$query\"" goes both validated "$query"
done
check "a query that takes it back finds the card" goes both tlscard -fips
check "?fips=yes is a wish, and the card's two names outweigh it" goes wished tlscard ""
digest=none
for query in tlscard.card=yes provider=tlscard provider=default; do
    check "fips=yes leaves nothing to \"$query\"" goes required none "$query"
done

# uses QUERY ALGORITHM...: a key of this kind is made and signs with this query.
uses() {
    query=$1
    shift
    OPENSSL_CONF="$WORK/both.cnf" openssl genpkey -propquery "$query" -out "$WORK/key" "$@" || return 1
    head -c 32 /dev/zero >"$WORK/digest"
    OPENSSL_CONF="$WORK/both.cnf" openssl pkeyutl -propquery "$query" -sign -inkey "$WORK/key" -in "$WORK/digest" \
        -out "$WORK/signature"
}
for query in -fips provider=tlscard,-fips; do
    check "with \"$query\" the provider's software is found: RSA" uses "$query" -algorithm RSA
    check "with \"$query\" the provider's software is found: ECDSA" uses "$query" -algorithm EC -pkeyopt group:P-256
    check "with \"$query\" the provider's software is found: X25519" env OPENSSL_CONF="$WORK/required.cnf" \
        openssl genpkey -propquery "$query" -out "$WORK/key" -algorithm X25519
done
done_testing
