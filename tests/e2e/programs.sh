# SPDX-License-Identifier: Apache-2.0
# Sourced by test_programs.sh: how each program of `tlscard doctor --programs` is started, and what it is asked.
#
# try_NAME gives the checks for one row. The system's openssl.cnf has the provider; only clients that shall know nothing
# of the card are given another by OPENSSL_CONF, which the programs themselves never see.

# serve COMMAND...: in the background with the system's openssl.cnf; $server is its process id.
serve() {
    background "$WORK/server.log" env -u OPENSSL_CONF "$@"
    server=$process
}

# stop: the server and what it has started; the next one gets the card's functions.
stop() {
    pkill -TERM -P "$server" 2>/dev/null
    kill -TERM "$server" 2>/dev/null
    within 30 sh -c "! kill -0 $server 2>/dev/null" || kill -KILL "$server"
    wait "$server" 2>/dev/null
    true
}

# handshake [OPTION...]: a client's whole handshake with the server on $port, which shows the certificate rsa2048.
handshake() {
    timeout 60 openssl s_client -connect "127.0.0.1:$port" -CAfile "$WORK/rsa2048.pem" -verify_return_error "$@" \
        </dev/null >"$WORK/client.log" 2>&1 && return 0
    tail -n 20 "$WORK/client.log" "$WORK/server.log"
    return 1
}

# server_check WHAT [OPTION...]: the server is up, and its handshake is done by the card.
server_check() {
    subject=$1
    shift
    check "$subject: starts, and is well for a client" within 60 handshake "$@"
    check "$subject: a handshake, on the card" by_card handshake "$@"
    stop
}

# without_card COMMAND...: the command succeeds, and the card has completed nothing for it.
without_card() {
    before=$(card_completed) || return 1
    "$@" || return 1
    after=$(card_completed) || return 1
    echo "completed by the card: $before before, $after after"
    [ "$after" -eq "$before" ]
}

# plain_server: an s_server without the card on $port; $server.
plain_server() {
    OPENSSL_CONF=/dev/null start_server /dev/null rsa2048
}

# client_check WHAT COMMAND...: a client's handshake with such a server is done by the card.
client_check() {
    subject=$1
    shift
    check "a server for $subject starts" plain_server
    check "$subject: a handshake, on the card" by_card env -u OPENSSL_CONF PORT="$port" CA="$WORK/rsa2048.pem" "$@"
    stop
}

try_haproxy() {
    port=$(free_port)
    mkdir -p "$WORK/empty"
    cat >"$WORK/haproxy.cfg" <<CONF
global
    maxconn 100
    chroot $WORK/empty
    user haproxy
    group haproxy
defaults
    mode http
    timeout client 60s
    timeout server 5s
    timeout connect 5s
frontend f
    bind 127.0.0.1:$port ssl crt $WORK/rsa2048.both
    http-request return status 200
CONF
    serve haproxy -Ws -f "$WORK/haproxy.cfg"
    server_check "HAProxy in its chroot, as its user"
}

try_apache2() {
    port=$(free_port)
    mkdir -p "$WORK/apache"
    cat >"$WORK/apache.conf" <<CONF
ServerRoot $WORK/apache
ServerName localhost
PidFile $WORK/apache/pid
ErrorLog $WORK/apache/error.log
User www-data
Group www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
StartServers 1
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $WORK/rsa2048.pem
SSLCertificateKeyFile $WORK/rsa2048.key
CONF
    serve apache2 -X -f "$WORK/apache.conf"
    server_check "Apache httpd"
}

try_lighttpd() {
    port=$(free_port)
    cat >"$WORK/lighttpd.conf" <<CONF
server.document-root = "$WORK/empty"
server.bind = "127.0.0.1"
server.port = $port
server.username = "www-data"
server.groupname = "www-data"
server.modules = ("mod_openssl")
ssl.engine = "enable"
ssl.pemfile = "$WORK/rsa2048.both"
CONF
    serve lighttpd -D -f "$WORK/lighttpd.conf"
    server_check "lighttpd"
}

# stunnel_as WORDS [LINE...]: with these lines in its configuration, in front of a server that just listens.
stunnel_as() {
    subject=$1
    shift
    port=$(free_port)
    printf '%s\n' 'foreground = yes' 'pid =' "$@" '[x]' "accept = 127.0.0.1:$port" "connect = 127.0.0.1:$behind" \
        "cert = $WORK/rsa2048.pem" "key = $WORK/rsa2048.key" >"$WORK/stunnel.conf"
    serve stunnel "$WORK/stunnel.conf"
    server_check "$subject"
}

try_stunnel() {
    mkdir -p "$WORK/empty"
    check "a server behind stunnel starts" plain_server
    behind=$port
    behind_server=$server
    stunnel_as "stunnel"
    stunnel_as "stunnel in a chroot, as a user" "chroot = $WORK/empty" "setuid = nobody" "setgid = nogroup"
    server=$behind_server
    stop
}

try_postfix() {
    port=$(free_port)
    queue=$WORK/postfix-queue
    mkdir -p "$WORK/postfix" "$queue" "$WORK/postfix-data"
    chown postfix "$WORK/postfix-data"
    cp /etc/postfix/postfix-files /etc/postfix/post-install /etc/postfix/postfix-script "$WORK/postfix" 2>/dev/null
    cat >"$WORK/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $queue
data_directory = $WORK/postfix-data
mynetworks = 127.0.0.0/8
myhostname = localhost
inet_interfaces = 127.0.0.1
maillog_file = /var/log/tlscard-postfix.log
maillog_file_prefixes = /var
smtpd_tls_security_level = may
smtpd_tls_cert_file = $WORK/rsa2048.pem
smtpd_tls_key_file = $WORK/rsa2048.key
CONF
    cat >"$WORK/postfix/master.cf" <<CONF
127.0.0.1:$port inet n - y - - smtpd
tlsmgr unix - - y 1000? 1 tlsmgr
anvil unix - - y - 1 anvil
rewrite unix - - y - - trivial-rewrite
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
CONF
    serve postfix -c "$WORK/postfix" start-fg
    server_check "Postfix's smtpd in its chroot" -starttls smtp
}

try_dovecot() {
    port=$(free_port)
    mkdir -p "$WORK/dovecot"
    cat >"$WORK/dovecot.conf" <<CONF
base_dir = $WORK/dovecot
state_dir = $WORK/dovecot
log_path = $WORK/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <$WORK/rsa2048.pem
ssl_key = <$WORK/rsa2048.key
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = $port
    ssl = yes
  }
}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}
CONF
    serve dovecot -F -c "$WORK/dovecot.conf"
    server_check "Dovecot's imap-login in its chroot"
}

openvpn_handshake() {
    env OPENSSL_CONF=/dev/null timeout 60 openvpn --dev null --ifconfig-noexec --remote 127.0.0.1 "$port" --proto tcp-client \
        --tls-client --ca "$WORK/rsa2048.pem" --cert "$WORK/client.pem" --key "$WORK/client.key" --verb 3 \
        --connect-retry-max 3 >"$WORK/openvpn.log" 2>&1 &
    client=$!
    within 50 grep -q 'Peer Connection Initiated' "$WORK/openvpn.log"
    status=$?
    kill "$client" 2>/dev/null
    wait "$client" 2>/dev/null
    [ $status = 0 ] || tail -n 20 "$WORK/openvpn.log" "$WORK/server.log"
    return $status
}

try_openvpn() {
    port=$(free_port)
    mkdir -p "$WORK/empty/tmp"
    serve openvpn --dev null --ifconfig-noexec --local 127.0.0.1 --lport "$port" --proto tcp-server --tls-server --dh none \
        --ca "$WORK/client.pem" --cert "$WORK/rsa2048.pem" --key "$WORK/rsa2048.key" --verb 3 \
        --chroot "$WORK/empty" --user nobody --group nogroup --keepalive 10 60
    within 30 grep -q 'Listening for incoming' "$WORK/server.log"
    check "OpenVPN with a chroot: a handshake, on the card" by_card openvpn_handshake
    stop
}

try_sshd() {
    port=$(free_port)
    mkdir -p /run/sshd
    ssh-keygen -q -t rsa -b 2048 -N '' -f "$WORK/ssh-rsa"
    serve /usr/sbin/sshd -D -e -f /dev/null -o "ListenAddress 127.0.0.1:$port" -o "HostKey $WORK/ssh-rsa" \
        -o "PidFile none" -o "KexAlgorithms ecdh-sha2-nistp256"
    within 30 sh -c "ssh-keyscan -p $port 127.0.0.1 2>/dev/null | grep -q ssh-rsa"
    check "OpenSSH's server: key exchange and host key, not on the card" without_card sh -c \
        "ssh-keyscan -t rsa -p $port 127.0.0.1 2>/dev/null | grep -q ssh-rsa"
    stop
}

try_postgres() {
    port=$(free_port)
    bin=$(echo /usr/lib/postgresql/*/bin)
    mkdir -p "$WORK/postgres"
    cp "$WORK/rsa2048.pem" "$WORK/rsa2048.key" "$WORK/postgres"
    chown -R postgres "$WORK/postgres"
    chmod 600 "$WORK/postgres/rsa2048.key"
    as_postgres="setpriv --reuid postgres --regid postgres --clear-groups"
    # shellcheck disable=SC2086 # a command and its options
    check "PostgreSQL's data are made" $as_postgres "$bin/initdb" -D "$WORK/postgres/data" -A trust -N
    # shellcheck disable=SC2086
    serve $as_postgres "$bin/postgres" -D "$WORK/postgres/data" -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c ssl=on -c "ssl_cert_file=$WORK/postgres/rsa2048.pem" \
        -c "ssl_key_file=$WORK/postgres/rsa2048.key"
    server_check "PostgreSQL" -starttls postgres
}

try_mariadbd() {
    port=$(free_port)
    mkdir -p "$WORK/mysql"
    cp "$WORK/rsa2048.pem" "$WORK/rsa2048.key" "$WORK/mysql"
    check "MariaDB's data are made" env -u OPENSSL_CONF mariadb-install-db --no-defaults --datadir="$WORK/mysql/data" \
        --user=mysql --auth-root-authentication-method=normal --skip-test-db
    chown -R mysql "$WORK/mysql"
    serve mariadbd --no-defaults --user=mysql --datadir="$WORK/mysql/data" --bind-address=127.0.0.1 --port="$port" \
        --socket="$WORK/mysql/socket" --pid-file="$WORK/mysql/pid" --ssl-cert="$WORK/mysql/rsa2048.pem" \
        --ssl-key="$WORK/mysql/rsa2048.key"
    server_check "MariaDB" -starttls mysql
}

# redis_server COMMAND...: started by this command.
redis_server() {
    port=$(free_port)
    serve "$@" redis-server --port 0 --bind 127.0.0.1 --tls-port "$port" --tls-cert-file "$WORK/rsa2048.pem" --tls-key-file \
        "$WORK/rsa2048.key" --tls-ca-cert-file "$WORK/client.pem" --tls-auth-clients no --save '' --dir "$WORK"
}

try_redis_server() {
    filter=$(cd "$(dirname "$0")" && pwd)/unit_filter.py
    redis_server
    server_check "Redis"
    "$filter" @system-service -- true
    if [ $? = 77 ] || ! lines=$(grep '^SystemCallFilter=' /lib/systemd/system/redis-server.service); then
        skip "Redis under its unit's filter" "the unit, systemd-analyze or libseccomp.so.2 is missing"
        return
    fi
    set --
    while read -r line; do
        set -- "$@" "${line#SystemCallFilter=}"
    done <<LINES
$lines
LINES
    redis_server "$filter" "$@" --
    server_check "Redis under its unit's filter of system calls"
}

try_named() {
    port=$(free_port)
    mkdir -p "$WORK/named"
    chown bind "$WORK/named"
    cat >"$WORK/named.conf" <<CONF
options {
    directory "$WORK/named";
    pid-file none;
    session-keyfile none;
    recursion no;
    listen-on { none; };
    listen-on-v6 { none; };
    listen-on port $port tls local { 127.0.0.1; };
};
controls { };
tls local { key-file "$WORK/rsa2048.key"; cert-file "$WORK/rsa2048.pem"; };
CONF
    serve named -g -n 1 -u bind -c "$WORK/named.conf"
    server_check "BIND's named, DNS over TLS"
}

# The server knows no DNS, so dig gets no answer, but a handshake.
try_dig() {
    check "a server for dig starts" plain_server
    check "dig +tls: a handshake, on the card" by_card sh -c \
        "env -u OPENSSL_CONF dig +tls +tries=1 +timeout=10 -p $port @127.0.0.1 localhost; true"
    stop
}

try_unbound() {
    port=$(free_port)
    mkdir -p "$WORK/unbound"
    cat >"$WORK/unbound.conf" <<CONF
server:
    directory: "$WORK/unbound"
    chroot: "$WORK/unbound"
    username: "unbound"
    pidfile: ""
    interface: 127.0.0.1@$port
    tls-port: $port
    tls-service-key: "$WORK/rsa2048.key"
    tls-service-pem: "$WORK/rsa2048.pem"
    use-syslog: no
    num-threads: 1
remote-control:
    control-enable: no
CONF
    serve unbound -d -c "$WORK/unbound.conf"
    server_check "unbound with a chroot"
}

try_pki() {
    openssl rsa -in "$WORK/rsa2048.key" -outform DER -out "$WORK/rsa2048.der"
    check "strongSwan's pki: a certificate, on the card" by_card sh -c \
        "env -u OPENSSL_CONF pki --self --in '$WORK/rsa2048.der' --type rsa --dn CN=ca --ca >'$WORK/pki.crt'"
}

try_node() {
    # shellcheck disable=SC2016 # of JavaScript
    client_check "Node.js" timeout 60 node -e '
        const ca = require("fs").readFileSync(process.env.CA);
        const options = {host: "127.0.0.1", port: process.env.PORT, servername: "localhost", ca: ca, ecdhCurve: "prime256v1"};
        const socket = require("tls").connect(options, () => socket.destroy());'
}

try_ruby() {
    # shellcheck disable=SC2016 # Ruby's
    client_check "Ruby" timeout 60 ruby -rsocket -ropenssl -e '
        context = OpenSSL::SSL::SSLContext.new
        context.ca_file = ENV["CA"]
        context.verify_mode = OpenSSL::SSL::VERIFY_PEER
        socket = OpenSSL::SSL::SSLSocket.new(TCPSocket.new("127.0.0.1", ENV["PORT"].to_i), context)
        socket.connect'
}

try_php() {
    # shellcheck disable=SC2016 # of PHP
    client_check "PHP" timeout 60 php -r '
        $context = stream_context_create(["ssl" => ["cafile" => getenv("CA"), "peer_name" => "localhost"]]);
        exit(stream_socket_client("ssl://127.0.0.1:" . getenv("PORT"), $code, $text, 50, STREAM_CLIENT_CONNECT, $context)
            ? 0 : 1);'
}

try_perl() {
    perl -MNet::SSLeay -e 1 2>/dev/null || { skip perl "its module Net::SSLeay is not installed"; return; }
    # shellcheck disable=SC2016 # of Perl
    client_check "Perl's Net::SSLeay" timeout 60 perl -MNet::SSLeay -e '
        my ($page, $result) = Net::SSLeay::get_https("127.0.0.1", $ENV{PORT}, "/");
        exit($result =~ / 200 / ? 0 : 1);'
}

try_squid() {
    port=$(free_port)
    mkdir -p "$WORK/squid"
    chown proxy "$WORK/squid"
    cat >"$WORK/squid.conf" <<CONF
https_port 127.0.0.1:$port tls-cert=$WORK/rsa2048.pem tls-key=$WORK/rsa2048.key
http_access allow all
pid_filename none
access_log none
cache_log $WORK/squid/cache.log
cache deny all
coredump_dir $WORK/squid
netdb_filename none
pinger_enable off
CONF
    serve squid -N -f "$WORK/squid.conf"
    server_check "Squid"
    if [ -r /etc/squid/squid.conf ]; then # which frees its SSL_CTX in a static object's destructor
        check "Squid: its configuration as it is installed is parsed" env -u OPENSSL_CONF squid -k parse -f /etc/squid/squid.conf
    fi
}

try_freeradius() {
    port=$(free_port)
    mkdir -p "$WORK/radius"
    chown freerad "$WORK/radius"
    cat >"$WORK/radius/radiusd.conf" <<CONF
prefix = /usr
libdir = /usr/lib/freeradius
logdir = $WORK/radius
run_dir = $WORK/radius
security {
    user = freerad
    group = freerad
    allow_core_dumps = no
    max_attributes = 200
    reject_delay = 1
    status_server = yes
}
thread pool {
    start_servers = 1
    max_servers = 2
    min_spare_servers = 1
    max_spare_servers = 2
    max_requests_per_server = 0
}
clients radsec {
    client local {
        ipaddr = 127.0.0.1
        proto = tls
        secret = radsec
    }
}
server default {
    listen {
        ipaddr = 127.0.0.1
        port = $port
        type = auth
        proto = tcp
        clients = radsec
        tls {
            private_key_file = $WORK/rsa2048.key
            certificate_file = $WORK/rsa2048.pem
            ca_file = $WORK/client.pem
            fragment_size = 8192
            tls_min_version = "1.2"
            tls_max_version = "1.3"
        }
    }
    authorize {
    }
    authenticate {
    }
}
CONF
    if env -u OPENSSL_CONF tlscard doctor freeradius --json | grep -q own-properties; then
        serve freeradius -f -l stdout -d "$WORK/radius"
        check "FreeRADIUS: starts, and is well for a client" within 60 handshake
        check "FreeRADIUS: passes the provider by, as the doctor says" without_card handshake
        stop
        card_first
    fi
    check "FreeRADIUS: is well for the doctor" env -u OPENSSL_CONF tlscard doctor freeradius
    serve freeradius -f -l stdout -d "$WORK/radius"
    server_check "FreeRADIUS, RADIUS over TLS"
    card_as_usual
}

# card_first: the provider is the first in the system's file, under a name before "default". In place: others have it mounted.
card_first() {
    cp "$WORK/openssl.cnf" "$WORK/usual.cnf"
    sed -e '/^default = default_provider$/d' -e 's/^tlscard = tlscard_provider$/card = tlscard_provider\ndefault = default_provider/' \
        "$WORK/usual.cnf" >"$WORK/openssl.cnf"
}

card_as_usual() {
    [ ! -e "$WORK/usual.cnf" ] || cat "$WORK/usual.cnf" >"$WORK/openssl.cnf"
}

dnssec_keys() {
    mkdir -p "$WORK/zone" || return 1
    for algorithm in ECDSAP256SHA256 ECDSAP384SHA384; do
        (cd "$WORK/zone" && env -u OPENSSL_CONF timeout 60 dnssec-keygen -q -a $algorithm -n ZONE example) || return 1
    done
    (cd "$WORK/zone" && env -u OPENSSL_CONF timeout 120 dnssec-keygen -q -a RSASHA256 -b 2048 -n ZONE example)
}

dnssec_sign() {
    printf '%s\n' '$TTL 60' '@ SOA a b 1 2 3 4 5' '@ NS a' 'a A 127.0.0.1' >"$WORK/zone/example"
    cat "$WORK"/zone/Kexample*.key >>"$WORK/zone/example"
    (cd "$WORK/zone" && env -u OPENSSL_CONF "$@" timeout 120 dnssec-signzone -x -z -o example example &&
        dnssec-verify -x -z -o example example.signed)
}

try_dnssec_signzone() {
    check "dnssec-keygen: keys of each kind, on the card" by_card dnssec_keys
    check "dnssec-signzone: signatures of each kind, on the card" by_card dnssec_sign
    check "dnssec-signzone: with a card simulated inside it" dnssec_sign TLSCARD_ADDRESS=sim
}

# passes_by PROGRAM COMMAND...: its TLS is another library's, and the doctor says so.
passes_by() {
    env -u OPENSSL_CONF tlscard doctor "$1" >"$WORK/doctor.log"
    [ $? = 1 ] && grep -q "other than OpenSSL\|not OpenSSL's libcrypto" "$WORK/doctor.log"
}
