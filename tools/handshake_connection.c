/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS client and server of one process, joined by memory. */
#include "tools/handshake_connection.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "tools/handshake_trace.h"

/* Turns of both sides after which a handshake that has not ended never will; three are needed. */
#define MAX_TURNS 16

static const char *const application_data[] = {
    [CLIENT] = "Hello from the client.",
    [SERVER] = "Hello from the server.",
};

struct connection {
    struct handshake *run;
    SSL_CTX *contexts[2];
    SSL *ends[2];
    struct trace trace;
};

/* Keep OpenSSL's first reason, and who had it. */
static void note_error(struct handshake *run, const char *who, const char *doing)
{
    unsigned long error = ERR_peek_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    if (run->error[0])
        return;
    snprintf(run->error, sizeof run->error, "%s, %s: %s", who, doing, reason ? reason : "no reason given");
    ERR_clear_error();
}

/* The group asked for; in TLS 1.2 the certificates' curve must be in the list as well (RFC 8422
 * section 5.1), behind it. */
static int choose_groups(SSL_CTX *context, const struct handshake *run)
{
    const char *group = run->options->group;
    const char *curve = strcmp(run->options->key, "p384") == 0 ? "P-384" : "P-256";
    char list[32];
    int alone = run->tls13 || strncmp(run->options->key, "rsa", 3) == 0 || strcmp(group, curve) == 0;
    snprintf(list, sizeof list, "%s%s%s", group, alone ? "" : ":", alone ? "" : curve);
    return SSL_CTX_set1_groups_list(context, list);
}

/* RSA key transport, or ECDHE; AES-GCM either way. */
static int choose_algorithms(SSL_CTX *context, const struct handshake *run)
{
    int version = run->tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    return SSL_CTX_set_min_proto_version(context, version) && SSL_CTX_set_max_proto_version(context, version) &&
           SSL_CTX_set_cipher_list(context, run->rsa_transport ? "kRSA+AESGCM" : "ECDHE+AESGCM") &&
           SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256") &&
           choose_groups(context, run);
}

/* Only the messages of RFC 5246 figure 1 and RFC 8446 figure 1: no tickets, no sessions to resume, no
 * ChangeCipherSpec that merely humours middleboxes, no authority's certificate, which the peer has, and
 * no certificate as the CompressedCertificate of RFC 8879, which OpenSSL 3.2 and later can send. */
static void leave_out_extras(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_clear_options(context, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
#ifdef SSL_OP_NO_TX_CERTIFICATE_COMPRESSION
    SSL_CTX_set_options(context, SSL_OP_NO_TX_CERTIFICATE_COMPRESSION | SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
#endif
}

static int trust(SSL_CTX *context, OSSL_LIB_CTX *libctx, const struct der *authority)
{
    const unsigned char *data = authority->data;
    X509 *certificate = X509_new_ex(libctx, NULL);
    int done = certificate && d2i_X509(&certificate, &data, authority->length) &&
               X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
    X509_free(certificate);
    return done;
}

static int identify(SSL_CTX *context, enum side side, const struct handshake *run,
                    const struct credentials *credentials)
{
    const struct der *certificate = &credentials->certificate[side], *key = &credentials->key[side];
    int type = strncmp(run->options->key, "rsa", 3) == 0 ? EVP_PKEY_RSA : EVP_PKEY_EC;
    return SSL_CTX_use_certificate_ASN1(context, certificate->length, certificate->data) &&
           SSL_CTX_use_PrivateKey_ASN1(type, context, key->data, key->length);
}

static SSL_CTX *make_context(enum side side, const struct handshake *run, const struct credentials *credentials)
{
    SSL_CTX *context = SSL_CTX_new_ex(run->libctx, NULL, side == CLIENT ? TLS_client_method() : TLS_server_method());
    if (!context)
        return NULL;
    leave_out_extras(context);
    int shows = side == SERVER || run->options->mutual, checks = side == CLIENT || run->options->mutual;
    SSL_CTX_set_verify(context, checks ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, NULL);
    if (choose_algorithms(context, run) && (!shows || identify(context, side, run, credentials)) &&
        (!checks || trust(context, run->libctx, &credentials->authority)))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* One direction: what one end writes, the other reads; an empty one is no end of file. */
static BIO *make_pipe(void)
{
    BIO *pipe = BIO_new(BIO_s_mem());
    if (pipe)
        BIO_set_mem_eof_return(pipe, -1);
    return pipe;
}

static int join(SSL *client, SSL *server)
{
    BIO *up = make_pipe(), *down = make_pipe();
    if (!up || !down || !BIO_up_ref(up) || !BIO_up_ref(down))
        return 0;
    SSL_set_bio(client, down, up);
    SSL_set_bio(server, up, down);
    return 1;
}

/* SSL_set1_host(3), which OpenSSL 4.0 deprecates for a function that no earlier version has. */
static int expect_name(SSL *ssl, const char *name)
{
    return X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), name, 0);
}

static int make_end(struct connection *connection, enum side side, const struct credentials *credentials)
{
    connection->contexts[side] = make_context(side, connection->run, credentials);
    SSL *ssl = connection->contexts[side] ? SSL_new(connection->contexts[side]) : NULL;
    connection->ends[side] = ssl;
    if (!ssl)
        return 0;
    trace_attach(&connection->trace, side, ssl);
    if (side == CLIENT) {
        SSL_set_connect_state(ssl);
        return expect_name(ssl, SERVER_NAME) && SSL_set_tlsext_host_name(ssl, SERVER_NAME);
    }
    SSL_set_accept_state(ssl);
    return !connection->run->options->mutual || expect_name(ssl, CLIENT_NAME);
}

/* Let one side do what it can: 1 when it has finished its handshake, 0 to go on, -1 for failure. */
static int turn(struct connection *connection, enum side side)
{
    SSL *ssl = connection->ends[side];
    ERR_clear_error();
    trace_enter(&connection->trace, side);
    int result = SSL_do_handshake(ssl);
    int wants = SSL_get_error(ssl, result);
    if (result != 1 && wants != SSL_ERROR_WANT_READ)
        note_error(connection->run, side_name(side), "handshake");
    trace_leave(&connection->trace);
    if (result == 1)
        return 1;
    return wants == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void handshake(struct connection *connection)
{
    int done[2] = {0, 0};
    for (int turns = 0; turns < MAX_TURNS && !(done[CLIENT] && done[SERVER]); turns++)
        for (int side = CLIENT; side <= SERVER; side++) {
            done[side] = turn(connection, side);
            if (done[side] < 0)
                return;
        }
    struct handshake *run = connection->run;
    SSL *client = connection->ends[CLIENT];
    run->completed = done[CLIENT] == 1 && done[SERVER] == 1;
    if (!run->completed) {
        snprintf(run->error, sizeof run->error, "neither side goes on");
        return;
    }
    snprintf(run->version, sizeof run->version, "%s", SSL_get_version(client));
    snprintf(run->cipher, sizeof run->cipher, "%s", SSL_CIPHER_get_name(SSL_get_current_cipher(client)));
    snprintf(run->suite, sizeof run->suite, "%s", SSL_CIPHER_standard_name(SSL_get_current_cipher(client)));
}

/* One side writes its data, the other must read the same. */
static void send_data(struct connection *connection, enum side from)
{
    enum side to = from == CLIENT ? SERVER : CLIENT;
    const char *data = application_data[from];
    char received[64];
    int length = (int)strlen(data);
    trace_enter(&connection->trace, from);
    int sent = SSL_write(connection->ends[from], data, length);
    if (sent == length)
        trace_application_data(&connection->trace, data, (size_t)length);
    else
        note_error(connection->run, side_name(from), "writing application data");
    trace_leave(&connection->trace);

    trace_enter(&connection->trace, to);
    int got = SSL_read(connection->ends[to], received, sizeof received);
    connection->run->delivered[to] = got == length && memcmp(received, data, (size_t)length) == 0;
    if (connection->run->delivered[to])
        trace_application_data_read(&connection->trace);
    else
        note_error(connection->run, side_name(to), "reading application data");
    trace_leave(&connection->trace);
}

/* Both send close_notify (RFC 8446 section 6.1), and the client reads the server's. */
static void close_both(struct connection *connection)
{
    static const enum side order[] = {CLIENT, SERVER, CLIENT};
    for (size_t index = 0; index < sizeof order / sizeof *order; index++) {
        trace_enter(&connection->trace, order[index]);
        SSL_shutdown(connection->ends[order[index]]);
        trace_leave(&connection->trace);
    }
    trace_enter(&connection->trace, SERVER);
    SSL_shutdown(connection->ends[SERVER]);
    trace_leave(&connection->trace);
}

void connection_run(struct handshake *run, const struct credentials *credentials)
{
    struct connection connection = {.run = run, .trace = {.run = run}};
    int made = make_end(&connection, CLIENT, credentials) && make_end(&connection, SERVER, credentials) &&
               join(connection.ends[CLIENT], connection.ends[SERVER]);
    if (made)
        handshake(&connection);
    else
        note_error(run, "both", "setting up");
    if (run->completed) {
        send_data(&connection, CLIENT);
        send_data(&connection, SERVER);
        close_both(&connection);
    }
    if (made)
        trace_finish(&connection.trace);
    for (int side = CLIENT; side <= SERVER; side++) {
        SSL_free(connection.ends[side]);
        SSL_CTX_free(connection.contexts[side]);
    }
}
