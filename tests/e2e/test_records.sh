#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records through s_server, s_client and curl, and messages of openssl cms: the provider on one side alone. Without a
# card in bulk, and through the simulated card where it has an AES-GCM lane.
#
# RECORDS_MIB       how much to transfer without a card, in MiB (default 8)
# RECORDS_CARD_KIB  how much through the card, in KiB (default 128, which is eight records of 2^14 octets)
# CMS_MIB           how long a message is (default 8); from 256 on its processor time is compared as well
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/tap.sh"
cd "$WORK" || exit 1
RECORDS_MIB=${RECORDS_MIB:-8}
RECORDS_CARD_KIB=${RECORDS_CARD_KIB:-128}
CMS_MIB=${CMS_MIB:-8}

configuration with.cnf vfio-user:/nowhere
sed -i 's/^policy = .*/policy = auto/' with.cnf
printf '[req]\ndistinguished_name = name\n[name]\n' >without.cnf
certificate server ec -pkeyopt ec_paramgen_curve:P-256
certificate recipient rsa:2048

# bulk KIB: a file to transfer, and its digest in $digest.
bulk() {
    head -c $(($1 * 1024)) /dev/urandom >"$WORK/bulk"
    digest=$(sha256sum <"$WORK/bulk")
}

# What s_server reads from: nothing, and no end of it.
mkfifo idle
exec 9<>idle

# serve CONFIGURATION OPTION...: s_server for files, or for what OPTION says; sets $port.
serve() {
    port=$(free_port)
    conf=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    background "$WORK/server-$port.log" sh -c 'exec "$@" <idle >received' sh env OPENSSL_CONF="$WORK/$conf" openssl s_server \
        -accept "127.0.0.1:$port" -cert server.pem -key server.key "$@"
    server=$process
    within 120 grep -q "$(printf '0100007F:%04X .* 0A ' "$port")" /proc/net/tcp
}

same_digest() {
    got=$(sha256sum)
    [ "$got" = "$digest" ] || { echo "$got, not $digest"; return 1; }
}

# download CONFIGURATION OPTION...: by curl.
download() {
    conf=$1
    shift
    OPENSSL_CONF=$WORK/$conf timeout 3000 curl --silent --show-error --fail --cacert server.pem \
        --resolve "localhost:$port:127.0.0.1" "$@" "https://localhost:$port/bulk" | same_digest
}

# upload CONFIGURATION OPTION...: by s_client to an s_server that writes what it gets.
upload() {
    conf=$1
    shift
    serve "$other" -quiet -naccept 1 "$@" || return 1
    OPENSSL_CONF=$WORK/$conf timeout 3000 openssl s_client -connect "127.0.0.1:$port" -CAfile server.pem -quiet \
        -verify_return_error -no_ign_eof -nocommands <"$WORK/bulk" >"$WORK/client.log" 2>&1
    wait "$server"
    same_digest <received || { cat "$WORK/server-$port.log" "$WORK/client.log"; return 1; }
}

stop() {
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
}

# both_ways CONFIGURATION WHAT: downloads and uploads in both versions, with that configuration at one end.
both_ways() {
    for side in server client; do
        [ $side = server ] && here=$1 other=without.cnf
        [ $side = client ] && here=without.cnf other=$1
        check "$2: a server starts ($side has the provider)" serve "$here" -WWW -cipher "$CIPHERS"
        check "$2, $side: TLS 1.3" download "$other" --tlsv1.3
        check "$2, $side: TLS 1.2, AES-128" download "$other" --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
        check "$2, $side: TLS 1.2, AES-256" download "$other" --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384
        stop
        check "$2, $side: TLS 1.3, upload" upload "$here" -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256
        check "$2, $side: TLS 1.2, upload" upload "$here" -tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384
    done
}
CIPHERS=ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384

arrived() {
    for number in first second third; do
        grep -q "$number $1" "$2" || { cat "$2"; return 1; }
    done
}

# updates CONFIGURATION OTHER: client and server send lines, and change keys and ask for a change in between.
updates() {
    port=$(free_port)
    server_log=$WORK/updates-server-$port.log
    client_log=$WORK/updates-client-$port.log
    "$HERE/lines.py" server "$server_log" "$client_log" | OPENSSL_CONF=$WORK/$1 timeout 600 openssl s_server -naccept 1 -tls1_3 \
        -accept "127.0.0.1:$port" -cert server.pem -key server.key >"$server_log" 2>&1 &
    PROCESSES="$PROCESSES $!"
    within 120 grep -q ACCEPT "$server_log" || return 1
    "$HERE/lines.py" client "$client_log" "$server_log" | OPENSSL_CONF=$WORK/$2 timeout 600 openssl s_client -tls1_3 \
        -connect "127.0.0.1:$port" -CAfile server.pem -verify_return_error >"$client_log" 2>&1
    arrived "from the server" "$client_log" && arrived "from the client" "$server_log" && grep -q KEYUPDATE "$client_log"
}

bulk $((RECORDS_MIB * 1024))
both_ways with.cnf "$RECORDS_MIB MiB without a card"
check "curl loads the provider" sh -c "LD_DEBUG=files OPENSSL_CONF=with.cnf curl -s https://localhost:1/ 2>&1 | grep -q tlscard.so"
check "KeyUpdate, the server has the provider" updates with.cnf without.cnf
check "KeyUpdate, the client has the provider" updates without.cnf with.cnf

# message ENCRYPTS DECRYPTS OPTION...: what one configuration encrypts, the other decrypts.
message() {
    encrypts=$1
    decrypts=$2
    shift 2
    OPENSSL_CONF=$encrypts openssl cms -encrypt -binary -outform DER "$@" -in bulk -out message recipient.pem &&
        OPENSSL_CONF=$decrypts openssl cms -decrypt -binary -inform DER -in message -inkey recipient.key \
            -recip recipient.pem | same_digest
}

[ "$CMS_MIB" = "$RECORDS_MIB" ] || bulk $((CMS_MIB * 1024))
for cipher in -aes-128-gcm -aes-256-gcm; do
    check "cms $cipher, $CMS_MIB MiB, encrypted with the provider" message with.cnf without.cnf $cipher -stream
    check "cms $cipher, $CMS_MIB MiB, decrypted with the provider" message without.cnf with.cnf $cipher -stream
done
altered() {
    size=$(wc -c <message)
    cp message altered
    printf x | dd of=altered bs=1 seek=$((size - 100000)) conv=notrunc 2>/dev/null
    ! OPENSSL_CONF=$1 openssl cms -decrypt -binary -inform DER -in altered -inkey recipient.key -recip recipient.pem \
        >/dev/null
}
check "an altered message is refused with the provider" altered with.cnf
check "and without" altered without.cnf

if [ "$CMS_MIB" -ge 256 ]; then
    check "cms -encrypt costs a twentieth more at most" "$HERE/cost.py" 6 1.05 "$WORK/with.cnf" "$WORK/without.cnf" \
        openssl cms -encrypt -aes-256-gcm -binary -stream -outform DER -in bulk -out message recipient.pem
    check "cms -decrypt costs a twentieth more at most" "$HERE/cost.py" 6 1.05 "$WORK/with.cnf" "$WORK/without.cnf" \
        openssl cms -decrypt -binary -inform DER -in message -inkey recipient.key -recip recipient.pem -out decrypted
    sed -n 's/^/# /p' "$WORK/output"
fi

# records_completed: records that the card has sealed and opened.
records_completed() {
    lines=$(wc -l <"$WORK/card.log")
    kill -USR1 "$card"
    within 120 sh -c "[ \$(wc -l <'$WORK/card.log') -gt $lines ]" || return 1
    tail -n 1 "$WORK/card.log" |
        /usr/bin/python3 -c 'import json, sys; print(sum(f["gcm_completed"] for f in json.load(sys.stdin)["functions"]))'
}

check "a card starts" start_card 1
if tlscard info --card "vfio-user:$WORK/sockets" | grep -q '^AES-GCM lanes *none'; then
    skip "records through the card" "this card has no AES-GCM lane"
    done_testing
    exit 0
fi
configuration card.cnf "vfio-user:$WORK/sockets"
bulk "$RECORDS_CARD_KIB"
before=$(records_completed)
both_ways card.cnf "$RECORDS_CARD_KIB KiB through the card"
check "KeyUpdate, the server has the card" updates card.cnf without.cnf
check "KeyUpdate, the client has the card" updates without.cnf card.cnf
worked() {
    after=$(records_completed) || return 1
    echo "records: $before before, $after after"
    [ "$after" -gt $((before + RECORDS_CARD_KIB / 16 * 10)) ] # of 2^14 octets, ten transfers
}
check "the card has done the records" worked
done_testing
