#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL: a group that libssl does not know, in system_default of openssl.cnf, undoes the whole line in silence.
#
# Versions: Debian's openssl 3.0.20-1~deb12u2 and 3.5.9-1~deb13u1.
# Guess: `Groups = P-256:X25519MLKEM768` for all programs is an error where the second is not known, as it is with the
# option -groups of the same version; or the second is left out.
# Seen: no program says anything, the line has no effect at all, and the other lines of the section have theirs: a server that
# was meant to have P-256 takes P-384 from a client that prefers it. So one file for machines of several versions
# gives other groups on each, and what was to be offloaded is not. Remedy: from 3.5 on `?` before a group that may be missing;
# with 3.0 its own groups only, and a handshake to see them. In -groups the same list is an error.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

cat >serve.sh <<'SERVE'
cd /tmp
printf 'openssl_conf = i\n[i]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nGroups = %s\nMaxProtocol = TLSv1.2\n' "$1" >system.cnf
[ -e key.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout key.pem -out cert.pem -days 2 2>/dev/null
OPENSSL_CONF=/tmp/system.cnf openssl s_server -accept 127.0.0.1:0 -key key.pem -cert cert.pem -www >server.log 2>&1 &
server=$!
trap "kill $server || :" EXIT
tries=0
until port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.log) && [ -n "$port" ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || exit 1
    sleep 0.1
done
timeout 60 openssl s_client -connect "127.0.0.1:$port" -groups P-384:P-256 </dev/null 2>/dev/null |
    sed -n 's/.*Temp Key: ECDH, \([a-z0-9]*\).*/\1/p; s/^New, \(TLSv1.[23]\),.*/\1/p' | tr '\n' ' '
SERVE

# expect GROUPS WHAT: the group and version that a server takes by this line.
expect() {
    taken=$(within "$place" sh -e /serve.sh "$1")
    echo "Groups = $1: $taken"
    [ "$taken" = "$2 " ] || { echo "It changed: not $2."; exit 1; }
}

seen() {
    place=$1
    lay "$@" coreutils dash sed
    cp serve.sh "$place"
    expect P-256 'prime256v1 TLSv1.2'
    expect P-256:nosuch 'secp384r1 TLSv1.2'
    if within "$place" timeout 60 openssl s_server -groups P-256:nosuch -accept 127.0.0.1:0 -nocert >output 2>&1; then
        echo "It changed: -groups takes such a list."
        exit 1
    fi
    grep -q 'SSL_CONF_cmd' output || { echo "It changed: another failure of -groups."; exit 1; }
}
seen bookworm bookworm openssl=3.0.20-1~deb12u2 libssl3=3.0.20-1~deb12u2
seen trixie trixie openssl=3.5.9-1~deb13u1 libssl3t64=3.5.9-1~deb13u1
expect 'P-256:?nosuch' 'prime256v1 TLSv1.2'
echo "As seen: one group that is not known undoes the line."
