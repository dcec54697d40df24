# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of whole servers, after tap.sh: certificates, and clients that know nothing of the card.

KINDS="rsa2048 p256 p384"

# server_certificates: one of each kind, and a client's, with their keys in $WORK.
server_certificates() {
    certificate rsa2048 rsa:2048 && certificate p256 ec -pkeyopt ec_paramgen_curve:P-256 &&
        certificate p384 ec -pkeyopt ec_paramgen_curve:P-384 && certificate client rsa:2048
}

# needs PROGRAM: ends the test as skipped where the program is not installed, or is another libcrypto's than the provider.
needs() {
    if command -v "$1" >/dev/null 2>&1; then
        same_libcrypto "$1" "$(command -v "$1")" && return 0
    else
        skip "$1" "$1 is not installed"
    fi
    done_testing
    exit 0
}

# server_configuration: $WORK/openssl.cnf, all on the card, for programs that look for their own section as well.
server_configuration() {
    configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets"
    printf 'openssl_conf = openssl_init\nnginx = openssl_init\n' | cat - "$WORK/openssl.cnf" >"$WORK/with-nginx.cnf"
    mv "$WORK/with-nginx.cnf" "$WORK/openssl.cnf"
}

# answers PORT KIND [OPTION...]: one HTTP request to the server with that kind of certificate.
answers() {
    port=$1
    certificate=$2
    shift 2
    request "$@" >"$WORK/page" && grep -q 'HTTP/1.[01] 200' "$WORK/page" && return 0
    grep -v '^    [0-9a-f]* - ' "$WORK/page"
    return 1
}

# by_card COMMAND...: the command succeeds, and the card has completed more operations than before.
by_card() {
    before=$(card_completed) || return 1
    "$@" || return 1
    after=$(card_completed) || return 1
    echo "completed by the card: $before before, $after after"
    [ "$after" -gt "$before" ]
}

# resumes PORT KIND VERSION: a second connection takes the first one's session up.
resumes() {
    rm -f "$WORK/session"
    answers "$1" "$2" "$3" -sess_out "$WORK/session" || return 1
    answers "$1" "$2" "$3" -sess_in "$WORK/session" || return 1
    grep -q '^Reused, TLS' "$WORK/page" && return 0
    cat "$WORK/page"
    return 1
}

# refuses_without_certificate PORT KIND VERSION: a client without a certificate is not served.
refuses_without_certificate() {
    ! answers "$1" "$2" "$3"
}

# server_checks NAME KIND PORT MUTUAL_PORT: what every server has to do with one kind of certificate.
server_checks() {
    for version in -tls1_2 -tls1_3; do
        check "$1, $2, $version: a handshake, on the card" by_card answers "$3" "$2" "$version"
        check "$1, $2, $version: the session is resumed" resumes "$3" "$2" "$version"
        check "$1, $2, $version: a client with a certificate, on the card" by_card answers "$4" "$2" "$version" \
            -cert "$WORK/client.pem" -key "$WORK/client.key"
        check "$1, $2, $version: one without is refused" refuses_without_certificate "$4" "$2" "$version"
    done
}
