#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs with the provider in the system-wide openssl.cnf: what `tlscard doctor --programs` says of each is seen, of those
# that are installed. As root, in a mount namespace of its own, where the file lies over the system's.
if [ "$(id -u)" = 0 ] && [ -z "$TLSCARD_OWN_MOUNTS" ] && unshare --mount true 2>/dev/null; then
    TLSCARD_OWN_MOUNTS=yes exec unshare --mount --propagation private "$0" "$@"
fi
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"
. "$(dirname "$0")/programs.sh"
PATH=$PATH:/usr/sbin:/usr/lib/postgresql/15/bin
SYSTEM=$(readlink -f "$(openssl version -d | cut -d '"' -f 2)/openssl.cnf")

if [ -z "$TLSCARD_OWN_MOUNTS" ] || ! [ -f "$SYSTEM" ]; then
    skip "programs" "needs root, mount namespaces, and an openssl.cnf of the system's"
    done_testing
    exit 0
fi

# system_configuration: the file lies over the system's, and whoever runs a server may read what it needs.
system_configuration() {
    chmod 755 "$WORK"
    configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets"
    printf '[default]\nopenssl_conf = openssl_init\nnginx = openssl_init\nnodejs_conf = openssl_init\n' >>"$WORK/openssl.cnf"
    cat "$WORK/rsa2048.pem" "$WORK/rsa2048.key" >"$WORK/rsa2048.both"
    chmod 644 "$WORK"/*.key "$WORK"/*.both
    mount --bind "$WORK/openssl.cnf" "$SYSTEM"
}

# The files that a doctor's table names, for those which are installed.
installed() {
    for file in $1; do
        command -v "$file" >/dev/null 2>&1 && return 0
    done
    return 1
}

# has_other_libcrypto NAMES: of another name than the provider's; a script has none of its own.
has_other_libcrypto() {
    for file in $1; do
        theirs=$(libcrypto "$(command -v "$file")")
        [ -n "$theirs" ] && [ "$theirs" != "$(libcrypto "$BUILD/lib/ossl-modules/tlscard.so")" ] && return 0
    done
    return 1
}

# refuses PROGRAM: the module, and the doctor says so.
refuses() {
    env -u OPENSSL_CONF tlscard doctor "$1" >"$WORK/doctor.log"
    [ $? = 1 ] && grep -q "refuses to be loaded there" "$WORK/doctor.log"
}

# row NAMES LIBRARY: one of the table.
row() {
    name=${1%% *}
    if ! installed "$1"; then
        skip "$name" "it is not installed"
    elif [ -n "$2" ]; then
        check "$name: its TLS is not OpenSSL's, and the doctor says so" passes_by "$name"
    elif has_other_libcrypto "$1"; then
        check "$name: it has another libcrypto, and the doctor says so" refuses "$name"
    else
        "try_$(echo "$name" | tr - _)"
    fi
}

export OPENSSL_CONF=/dev/null
check "certificates are made" server_certificates
check "the card starts" start_card 4 --mode 666
check "the provider is in the system's openssl.cnf" system_configuration
tlscard doctor --programs --json | /usr/bin/python3 -c 'import json, sys
for row in json.load(sys.stdin):
    if "test_programs.sh" in row["test"]:
        print(row["name"], row.get("library", ""), sep="|")' >"$WORK/table"
while IFS='|' read -r names library; do
    [ $# = 0 ] || case " $* " in *" ${names%% *} "*) ;; *) continue ;; esac
    row "$names" "$library"
done <"$WORK/table"
done_testing
