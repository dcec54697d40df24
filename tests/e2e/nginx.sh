# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests with nginx, after servers.sh: a server for each kind of certificate.
PATH=$PATH:/usr/sbin
needs nginx

# server KIND PORT [LINE...]: a server block.
server() {
    kind=$1
    port=$2
    shift 2
    cat <<CONF
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $WORK/$kind.pem;
        ssl_certificate_key $WORK/$kind.key;
        $*
        location / { return 200 "served\n"; }
    }
CONF
}

nginx_configuration() {
    cat <<CONF
daemon off;
user $(id -un) $(id -gn);
worker_processes 2;
pid $WORK/nginx.pid;
error_log $WORK/nginx-errors.log info;
events { worker_connections 128; }
http {
    access_log off;
    client_header_timeout 600s;
    client_body_temp_path $WORK/nginx-1;
    proxy_temp_path $WORK/nginx-2;
    fastcgi_temp_path $WORK/nginx-3;
    uwsgi_temp_path $WORK/nginx-4;
    scgi_temp_path $WORK/nginx-5;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:all:1m;
CONF
    for kind in $KINDS; do
        eval "plain=\$port_$kind mutual=\$mutual_$kind"
        server "$kind" "$plain"
        server "$kind" "$mutual" "ssl_verify_client on; ssl_client_certificate $WORK/client.pem;"
    done
    echo "}"
}

# start_nginx: $master is its process id; $port_KIND and $mutual_KIND are its ports.
start_nginx() {
    for kind in $KINDS; do
        eval "port_$kind=$(free_port) mutual_$kind=$(free_port)"
    done
    nginx_configuration >"$WORK/nginx.conf"
    background "$WORK/nginx.log" env OPENSSL_CONF="$WORK/openssl.cnf" nginx -c "$WORK/nginx.conf" \
        -e "$WORK/nginx-errors.log"
    master=$process
    # shellcheck disable=SC2154 # set by eval
    within 120 answers "$port_rsa2048" rsa2048
}

nginx_ends() {
    kill -QUIT "$master"
    within 120 sh -c "! kill -0 $master 2>/dev/null"
}
