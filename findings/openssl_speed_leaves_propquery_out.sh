#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL: `openssl speed -propquery` does not reach keys; RSA, ECDH and ECDSA are measured with whatever comes first.
#
# Versions: Debian's openssl 3.0.20-1~deb12u2, 3.5.9-1~deb13u1 and 4.0.3-1 (experimental).
# Guess: -propquery provider=NAME measures that provider, for key operations as for ciphers, and a name that no provider has
# is an error, as it is for pkeyutl, genpkey and dgst.
# Seen: with `-propquery provider=nosuch` rsa2048, ecdhp256, ecdhx25519 and ecdsap256 are measured as ever and the exit status
# is 0; -evp aes-128-gcm with the same query fails, sha256 has 0.00. So a comparison of two providers' keys by
# their queries compares the same one twice. Remedy: default_properties in openssl.cnf, which counts for all of them.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

speed() {
    within "$place" timeout 120 openssl speed -seconds 1 -bytes 1024 -propquery provider=nosuch "$@" 2>&1
}

seen() {
    place=$1
    lay "$@"
    within "$1" openssl version
    for algorithm in rsa2048 ecdhp256 ecdhx25519 ecdsap256; do
        speed "$algorithm" >output || { echo "It changed: $algorithm is not measured with such a query."; exit 1; }
        tail -n 1 output
        tail -n 1 output | awk '{ exit !($NF > 0) }' || { echo "It changed: $algorithm has 0 operations."; exit 1; }
    done
    if speed -evp aes-128-gcm >output; then
        echo "It changed: -evp leaves the query out as well."
        exit 1
    fi
    if within "$1" openssl genpkey -propquery provider=nosuch -algorithm EC -pkeyopt group:P-256 >output 2>&1; then
        echo "It changed: genpkey leaves the query out as well."
        exit 1
    fi
    printf 'openssl_conf = i\n[i]\nproviders = p\nalg_section = a\n[p]\ndefault = d\n[d]\nactivate = 1\n[a]\n%s\n' \
        'default_properties = provider=nosuch' >"$1/nosuch.cnf"
    if within "$1" env OPENSSL_CONF=/nosuch.cnf openssl speed -seconds 1 ecdhx25519 >output 2>&1 &&
        ! grep -qi 'fail\|error' output; then
        echo "It changed: default_properties is no remedy."
        exit 1
    fi
}
seen bookworm bookworm openssl=3.0.20-1~deb12u2 libssl3=3.0.20-1~deb12u2 coreutils
seen trixie trixie openssl=3.5.9-1~deb13u1 libssl3t64=3.5.9-1~deb13u1 coreutils
seen experimental experimental openssl=4.0.3-1 libssl4=4.0.3-1 coreutils
echo "As seen: openssl speed leaves the query out where it measures keys."
