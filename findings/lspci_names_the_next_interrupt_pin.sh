#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pciutils 3.15: lspci names the interrupt pin after the one that a card has.
#
# Versions: Debian's pciutils 1:3.15.0-2 (sid); not with 1:3.9.0-4 and 1:3.13.0-2.
# Guess: octet 3Dh of configuration space, 1 to 4 for INTA to INTD, is shown as pin A to D, as ever.
# Seen: 3.15 has the line in a new form, "Interrupts: pin B disabled" where it was "Interrupt: pin A routed to IRQ 11", and the
# letter is one too high: INTA is pin B, INTD pin E, which there is not; so it is where the pins are not disabled. ("disabled"
# is right here: the command register says so.) Remedy: the octet itself, `lspci -x`; and no script that reads that line.
#
# Run outside CI on amd64 with Debian's apt; the packages go to a temporary folder. Exit status 0 while it is as seen.
. "$(dirname "$0")/apt.sh"

# dump PIN: an endpoint's header as lspci -F reads it, interrupts disabled.
dump() {
    cat <<DUMP
00:03.0 Network and computing encryption device
00: 36 12 34 12 06 04 00 00 01 00 00 10 00 00 00 00
10: 00 00 00 fe 00 00 00 00 00 00 00 00 00 00 00 00
20: 00 00 00 00 00 00 00 00 00 00 00 00 36 12 34 12
30: 00 00 00 00 00 00 00 00 00 00 00 00 0b 0$1 00 00
DUMP
}

# seen LETTERS ROOT SUITE PACKAGE...: what pins 1 to 4 are called there.
seen() {
    letters=$1 place=$2
    shift
    lay "$@"
    shown=
    for pin in 1 2 3 4; do
        dump $pin >"$place/dump"
        within "$place" lspci -F /dump -v -v -n 2>/dev/null >output
        line=$(grep 'pin [A-Z]' output)
        echo "$pin:$line"
        shown=$shown$(echo "$line" | sed 's/.*pin \([A-Z]\).*/\1/')
    done
    [ "$shown" = "$letters" ] || { echo "It changed."; exit 1; }
}
seen ABCD bookworm bookworm pciutils=1:3.9.0-4
seen ABCD trixie trixie pciutils=1:3.13.0-2
seen BCDE sid sid pciutils=1:3.15.0-2
echo "As seen: pciutils 3.15 shows INTA as pin B."
