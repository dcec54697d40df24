/* SPDX-License-Identifier: Apache-2.0 */
/* How well-known programs come to OpenSSL, as Debian 12 has them. docs/programs.md is made of this. */
#include "tools/programs.h"

#include <string.h>

#define SERVER "its key exchanges, signatures of its certificate, records"
#define CLIENT "its key exchanges, signatures of its own certificate, records"
#define HELD "the folder of the sockets is kept when it loads the provider as root"
#define PROGRAMS "test_programs.sh"

static const struct program programs[] = {
    {.name = "nginx", .package = "nginx", .application = "nginx", .settings = "/etc/nginx/nginx.conf", .user = "www-data",
     .offloaded = SERVER, .software = "Workers are that user: the sockets' mode has to admit it. Reads the section that "
     "nginx names in the place of openssl_conf.", .test = "test_nginx.sh"},
    {.name = "haproxy", .package = "haproxy", .settings = "/etc/haproxy/haproxy.cfg", .chroot = "/var/lib/haproxy",
     .user = "haproxy", .offloaded = SERVER, .software = "In a chroot by then: " HELD ". ssl-propquery in its configuration "
     "takes the place of default_properties.", .test = "test_haproxy.sh " PROGRAMS},
    {.name = "apache2", .package = "apache2", .object = "/usr/lib/apache2/modules/mod_ssl.so", .user = "www-data",
     .offloaded = SERVER, .software = "PrivateTmp in its unit: sockets under /tmp are not seen.", .test = PROGRAMS},
    {.name = "lighttpd", .package = "lighttpd-mod-openssl", .object = "/usr/lib/lighttpd/mod_openssl.so",
     .user = "www-data", .offloaded = SERVER, .software = "With mod_openssl; its modules for GnuTLS, NSS and Mbed TLS pass "
     "by.", .test = PROGRAMS},
    {.name = "curl", .package = "curl", .offloaded = CLIENT, .test = "test_clients.sh"},
    {.name = "wget", .package = "wget", .library = "GnuTLS", .test = PROGRAMS},
    {.name = "openssl", .package = "openssl", .offloaded = "s_server, s_client: " SERVER "; req, ca, x509, dgst: signatures",
     .test = "test_s_server.sh"},
    {.name = "stunnel stunnel4", .package = "stunnel4", .query = "provider!=fips", .offloaded = SERVER,
     .software = "With default_properties = ?tlscard.card=yes only: its query displaces ?provider=tlscard. With chroot in its "
     "configuration " HELD ".", .test = PROGRAMS},
    {.name = "postfix smtpd", .package = "postfix", .object = "/usr/lib/postfix/libpostfix-tls.so", .clears_environment = 1,
     .chroot = "/var/spool/postfix", .user = "postfix", .offloaded = SERVER, .software = "In a chroot by then: " HELD ". Its "
     "processes get no OPENSSL_CONF: the provider has to stand in the system's openssl.cnf.",
     .test = PROGRAMS},
    {.name = "dovecot imap-login pop3-login", .package = "dovecot-imapd dovecot-pop3d",
     .object = "/usr/lib/dovecot/modules/libssl_iostream_openssl.so", .clears_environment = 1, .chroot = "/run/dovecot/login",
     .user = "dovenull", .offloaded = SERVER, .software = "In a chroot by then: " HELD ". Its login processes get no "
     "OPENSSL_CONF: the provider has to stand in the system's openssl.cnf.", .test = PROGRAMS},
    {.name = "openvpn", .package = "openvpn", .offloaded = "key exchanges and signatures of its certificate",
     .software = "With chroot in its configuration " HELD ", but Debian's units take the right to mount (CAP_SYS_ADMIN) away "
     "from it: bind-mount the folder there. Packets are no records of TLS.", .test = PROGRAMS},
    {.name = "sshd ssh", .package = "openssh-server", .software = "Nothing: it calls libcrypto's functions for keys directly, "
     "which know no providers, and does X25519 itself.", .test = PROGRAMS},
    {.name = "postgres", .package = "postgresql", .user = "postgres", .loads_as_user = 1, .offloaded = SERVER,
     .software = "Each connection is a process of its own, which opens a function of the card.", .test = PROGRAMS},
    {.name = "mariadbd mysqld", .package = "mariadb-server", .user = "mysql", .offloaded = SERVER, .test = PROGRAMS},
    {.name = "redis-server", .package = "redis-server", .user = "redis", .loads_as_user = 1, .offloaded = SERVER,
     .software = "Its unit filters system calls.", .test = PROGRAMS},
    {.name = "named", .package = "bind9", .user = "bind", .offloaded = SERVER, .software = "DNS over TLS.",
     .test = PROGRAMS},
    {.name = "dig", .package = "bind9-dnsutils", .offloaded = CLIENT, .software = "With +tls.", .test = PROGRAMS},
    {.name = "dnssec-signzone dnssec-keygen", .package = "bind9-utils", .offloaded = "signatures of zones; new keys on P-256 "
     "and P-384", .software = "From 9.20 on they bring jemalloc, which a card simulated inside them does not use.", .test = PROGRAMS},
    {.name = "delv", .package = "bind9-dnsutils", .software = "Nothing: it verifies signatures only, which the host does.",
     .test = "It has no TLS, and needs name servers with signed zones up to the root."},
    {.name = "unbound", .package = "unbound", .user = "unbound", .offloaded = SERVER, .software = "DNS over TLS. With chroot in "
     "its configuration (Debian's has none) " HELD ".", .test = PROGRAMS},
    {.name = "pki", .package = "strongswan-pki", .object = "/usr/lib/ipsec/plugins/libstrongswan-openssl.so",
     .offloaded = "signatures of certificates", .software = "Where strongSwan's plugin openssl does them, "
     "not gmp or another.", .test = PROGRAMS},
    {.name = "node nodejs", .package = "nodejs", .application = "nodejs_conf", .exact = 1, .offloaded = CLIENT,
     .software = "Reads no section but the one that nodejs_conf names, unless it is started with --openssl-shared-config. "
     "NodeSource's build has an OpenSSL of its own linked in.", .test = PROGRAMS},
    {.name = "python3", .package = "python3", .offloaded = SERVER, .software = "By its module ssl.", .test = "test_clients.sh"},
    {.name = "ruby", .package = "ruby", .offloaded = CLIENT, .test = PROGRAMS},
    {.name = "php", .package = "php-cli", .offloaded = CLIENT, .test = PROGRAMS},
    {.name = "perl", .package = "libnet-ssleay-perl", .offloaded = CLIENT, .software = "By Net::SSLeay.", .test = PROGRAMS},
    {.name = "exim4 exim", .package = "exim4-daemon-light", .library = "GnuTLS", .test = "Debian has it installed in the place "
     "of Postfix only; what it is linked with was seen in its file."},
    {.name = "squid", .package = "squid-openssl", .user = "proxy", .offloaded = SERVER, .software = "The package squid is "
     "built with GnuTLS.", .test = PROGRAMS},
    {.name = "freeradius radiusd", .package = "freeradius", .user = "freerad", .loads_as_user = 1, .properties = "-fips",
     .offloaded = SERVER, .software = "From 3.2.7 on it sets its own default properties in the place of the file's: list the "
     "provider before the default one, under a name that is before \"default\" in the alphabet (card = tlscard).",
     .test = PROGRAMS},
    {.name = "git", .package = "git", .library = "GnuTLS", .software = "By libcurl-gnutls.", .test = PROGRAMS},
    {.name = "java", .package = "default-jre-headless", .library = "Java's own code", .test = PROGRAMS},
    {.name = "go", .package = "golang-go", .library = "Go's own code", .software = "And so that of all programs that it builds.",
     .test = PROGRAMS},
};

/* Whether word is one of names, which are separated by spaces. */
static int is_among(const char *names, const char *word)
{
    size_t length = strlen(word);
    for (; *names != '\0'; names += strspn(names, " ")) {
        size_t size = strcspn(names, " ");
        if (size == length && strncmp(names, word, length) == 0)
            return 1;
        names += size;
    }
    return 0;
}

const struct program *program_find(const char *name)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (is_among(programs[i].name, name))
            return &programs[i];
    return NULL;
}

static json_t *row(const struct program *program)
{
    json_t *object = json_object();
    const struct {
        const char *name, *text;
    } texts[] = {
        {"name", program->name},         {"package", program->package},       {"application", program->application},
        {"library", program->library},   {"object", program->object},         {"query", program->query},
        {"properties", program->properties}, {"settings", program->settings}, {"chroot", program->chroot},
        {"user", program->user},         {"offloaded", program->offloaded},   {"software", program->software},
        {"test", program->test},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].text)
            json_object_set_new(object, texts[i].name, json_string(texts[i].text));
    if (program->exact)
        json_object_set_new(object, "exact", json_true());
    if (program->clears_environment)
        json_object_set_new(object, "clears_environment", json_true());
    if (program->loads_as_user)
        json_object_set_new(object, "loads_as_user", json_true());
    return object;
}

json_t *program_table(void)
{
    json_t *table = json_array();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        json_array_append_new(table, row(&programs[i]));
    return table;
}
