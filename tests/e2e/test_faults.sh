#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No card, a dying card, a thing that is no card: the handshake completes in software, and says why.
. "$(dirname "$0")/tap.sh"

# software JSON REASON...: completed, and every RSA private operation in software for one of the reasons.
software() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as file:
    result = json.load(file)
private = [o for o in result["operations"] if "private" in o["op"]]
print(result["completed"], private)
assert result["completed"] is True
assert private
assert all(o["where"] == "software" for o in private)
assert any(o["reason"] in sys.argv[2:] for o in private), "no such reason"
PYTHON
}

# falls_back ADDRESS REASON...: a handshake told to use that card ends in software and fails to please.
falls_back() {
    address=$1
    shift
    timeout 600 tlscard handshake --tls 1.3 --card "$address" --json >"$WORK/result.json"
    status=$?
    [ "$status" = 1 ] || { echo "exit status $status, not 1"; return 1; }
    software "$WORK/result.json" "$@"
}

check "never started" falls_back "vfio-user:$WORK/none.sock" no-card
echo "not a socket" >"$WORK/plain.sock"
check "a plain file" falls_back "vfio-user:$WORK/plain.sock" no-card
check "the plain file is untouched" grep -q "not a socket" "$WORK/plain.sock"

# ticks PID: processor time used so far, in clock ticks.
ticks() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

busy() {
    [ "$(ticks "$card")" -gt "$1" ]
}

# The engine of an RSA-4096 operation runs for a good while: the card is killed once it is at work.
killed_at_work() {
    idle=$(ticks "$card")
    timeout 600 tlscard handshake --tls 1.3 --key rsa4096 --card "vfio-user:$WORK/sockets" --json >"$WORK/result.json" &
    handshake=$!
    within 120 busy $((idle + 5)) || return 1
    kill -KILL "$card"
    wait "$handshake"
    status=$?
    [ "$status" = 1 ] || { echo "exit status $status, not 1"; cat "$WORK/result.json"; return 1; }
    software "$WORK/result.json" card-error deadline
}

check "the card starts" start_card 1
check "SIGKILL in the middle of a handshake" killed_at_work

# The dead card's socket file is still there, with nobody behind it.
check "a stale socket" falls_back "vfio-user:$WORK/sockets/function0.sock" no-card
check "a new card takes the stale socket over" start_card 1
check "and serves" tlscard handshake --tls 1.3 --card "vfio-user:$WORK/sockets/function0.sock"

# A server lives through its card's death: the first request is the card's, the next is software's.
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets/function0.sock"
certificate server rsa:2048
check "a server starts" start_server "$WORK/openssl.cnf" server
answered() {
    request -tls1_3 >"$WORK/page" && grep -q 'HTTP/1.0 200 ok' "$WORK/page"
}
check "it answers with its card" answered
kill -KILL "$card"
check "it answers after its card was killed" answered
check "and again" answered
done_testing
