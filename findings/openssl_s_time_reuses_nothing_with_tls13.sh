#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL: `s_time -reuse` and `s_client -reconnect` make full handshakes only, once the server has TLS 1.3.
#
# Versions: Debian's openssl 3.0.20-1~deb12u2, 3.5.9-1~deb13u1 and 4.0.3-1 (experimental).
# Guess: -reuse measures resumed handshakes, to be set against -new: so it is described, without a word on versions.
# Seen: under "Now timing with session id reuse." each connection prints `*`, a full handshake, none `r`. A session can
# be resumed only once the server's ticket was read; with TLS 1.3 it comes after the handshake, when s_time has
# closed the connection. s_client -reconnect prints "New" six times likewise. Both are right with TLS 1.2. Whoever measures
# what an offload leaves of resumed handshakes this way has measured the full ones twice. Remedy: -www PATH, by which s_time
# reads an answer and the tickets before it; or -tls1_2.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

cat >measure.sh <<'MEASURE'
cd /tmp
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout key.pem -out cert.pem -days 2 2>/dev/null
openssl s_server -accept 127.0.0.1:0 -key key.pem -cert cert.pem -www >server.log 2>&1 &
server=$!
trap 'kill $server' EXIT
tries=0
until port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.log) && [ -n "$port" ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || exit 1
    sleep 0.1
done
time_with() {
    timeout 120 openssl s_time -connect "127.0.0.1:$port" -reuse -time 2 "$@" 2>&1 |
        sed -n 's/^\([r*]*\)$/\1/p' # the marks stand in a line of their own
}
time_with >plain
time_with -www / >read
time_with -tls1_2 >old
timeout 120 openssl s_client -connect "127.0.0.1:$port" -reconnect </dev/null 2>/dev/null | grep '^New,\|^Reused,' >again
timeout 120 openssl s_client -connect "127.0.0.1:$port" -tls1_2 -reconnect </dev/null 2>/dev/null | grep '^New,\|^Reused,' >again_old
MEASURE

seen() {
    lay "$@" coreutils dash sed grep
    within "$1" openssl version
    within "$1" sh -e <measure.sh || { echo "It changed: the measurement fails."; exit 1; }
    cd "$1/tmp"
    case $(cat plain) in
    *r*) echo "It changed: -reuse reuses."; exit 1 ;;
    esac
    [ -s plain ] || { echo "It changed: no connections."; exit 1; }
    grep -q r read || { echo "It changed: -www / is no remedy."; exit 1; }
    grep -q r old || { echo "It changed: -tls1_2 is no remedy."; exit 1; }
    if grep -q Reused again; then
        echo "It changed: s_client -reconnect reuses."
        exit 1
    fi
    grep -q Reused again_old || { echo "It changed: s_client -reconnect reuses nothing with TLS 1.2."; exit 1; }
    cat again
    cd "$work"
}
seen bookworm bookworm openssl=3.0.20-1~deb12u2 libssl3=3.0.20-1~deb12u2
seen trixie trixie openssl=3.5.9-1~deb13u1 libssl3t64=3.5.9-1~deb13u1
seen experimental experimental openssl=4.0.3-1 libssl4=4.0.3-1
echo "As seen: with TLS 1.3 each connection is a full handshake."
