#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The doctor with a simulated card behind sockets: permissions, and a root of the program's own. As root only.
. "$(dirname "$0")/tap.sh"

if [ "$(id -u)" != 0 ]; then
    skip "the doctor" "needs root"
    done_testing
    exit 0
fi

# well WORDS...: it has nothing to say, and the operations are done by the card.
well() {
    tlscard doctor --conf "$WORK/openssl.cnf" "$@" && tlscard doctor --conf "$WORK/openssl.cnf" "$@" | grep -q '^  RSA-2048.* card '
}

# finds CODE REMEDY WORDS...: it has one finding, with this in its remedy. $as is a command that it is run by.
finds() {
    code=$1
    remedy=$2
    shift 2
    # shellcheck disable=SC2086 # a command and its options
    $as tlscard doctor --conf "$WORK/openssl.cnf" --json "$@" >"$WORK/report"
    [ $? = 1 ] || return 1
    cat "$WORK/report"
    /usr/bin/python3 - "$WORK/report" "$code" "$remedy" <<'PYTHON'
import json, sys
(finding,) = json.load(open(sys.argv[1]))["findings"]
assert finding["code"] == sys.argv[2] and sys.argv[3] in finding["remedy"], finding
PYTHON
}

# A process that may not mount cannot keep the folder.
as_unprivileged_root() {
    as="setpriv --bounding-set -sys_admin --inh-caps -sys_admin"
}

card_for_nobody() {
    kill "$card" && within 20 sh -c "! kill -0 $card 2>/dev/null" && start_card 2 --mode 660 --group nogroup
}

as=
chmod 755 "$WORK"
mkdir "$WORK/root"
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets"
check "the card starts for its user" start_card 2 --mode 600
check "all is well for root" well
check "another user may not connect" finds no-permission --group openssl --chroot / --user nobody
check "nor before anything is read" finds no-permission --mode --user nobody
check "the card starts for a group" card_for_nobody
check "that user may connect" well openssl --chroot / --user nobody
if unshare --mount true 2>/dev/null; then
    check "in a chroot as well, by the folder that is kept" well openssl --chroot "$WORK/root" --user nobody
else
    skip "in a chroot" "root may not mount here"
fi
as_unprivileged_root
check "without the right to mount, what is to be mounted is said" \
    finds no-card-in-chroot "mount --bind $WORK/sockets $WORK/root$WORK/sockets" openssl --chroot "$WORK/root" --user nobody
as=
configuration "$WORK/openssl.cnf" sim
check "a simulation inside the process is not found in a chroot" finds no-card-in-chroot vfio-user openssl --chroot "$WORK/root" \
    --user nobody
done_testing
