/* SPDX-License-Identifier: Apache-2.0 */
/* Many TLS connections served by one thread, with SSL_MODE_ASYNC or without, their clients in the same thread. */
/*
 * async_server CONFIGURATION CERTIFICATE KEY CONNECTIONS 1.2|1.3|both async|sync|abandon
 *
 * The servers use the library context that CONFIGURATION makes, the clients one without a card. Printed as JSON: how many
 * handshakes were done, the most requests that were in flight at once and the provider's counters. A connection
 * whose job is paused and whose descriptor is not readable has one request on the card. "abandon" frees the
 * connections, and unloads the provider, as soon as all have met their first pause.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/async.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

#define CONNECTIONS_MAX 256
#define WAIT_MS 600000 /* for any descriptor */

struct connection {
    SSL *client, *server;
    int paused, served, asked;
};

static struct connection connections[CONNECTIONS_MAX];
static int count, most, abandoned;

static void need(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "async_server: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void connect_pair(struct connection *connection, SSL_CTX *client, SSL_CTX *server, int version)
{
    BIO *up, *down;

    connection->client = SSL_new(client);
    connection->server = SSL_new(server);
    need(SSL_set_max_proto_version(connection->client, version) && BIO_new_bio_pair(&up, 0, &down, 0), "the connection");
    SSL_set_bio(connection->client, up, up);
    SSL_set_bio(connection->server, down, down);
    SSL_set_connect_state(connection->client);
    SSL_set_accept_state(connection->server);
}

static int descriptor_of(SSL *ssl)
{
    OSSL_ASYNC_FD descriptor = -1;
    size_t descriptors = 1;

    need(SSL_get_all_async_fds(ssl, NULL, &descriptors) && descriptors == 1 &&
             SSL_get_all_async_fds(ssl, &descriptor, &descriptors),
         "one descriptor for a connection");
    return descriptor;
}

static void serve(struct connection *connection)
{
    char octet;
    int result = SSL_do_handshake(connection->server), error = SSL_get_error(connection->server, result);

    if (result == 1)
        result = SSL_read(connection->server, &octet, 1), error = SSL_get_error(connection->server, result);
    connection->paused = error == SSL_ERROR_WANT_ASYNC;
    connection->served = result == 1;
    need(connection->served || connection->paused || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE,
         "a server's side");
}

static void ask(struct connection *connection)
{
    int result = SSL_do_handshake(connection->client);

    if (result == 1)
        result = SSL_write(connection->client, "?", 1);
    connection->asked = result == 1;
    need(result == 1 || SSL_get_error(connection->client, result) == SSL_ERROR_WANT_READ, "a client's side");
}

/* Of all connections those that can go on; whether any is left. */
static int pass(struct pollfd *descriptors)
{
    int in_flight = 0, runnable = 0, left = 0;

    for (int i = 0; i < count; i++) {
        struct connection *connection = &connections[i];

        descriptors[i] = (struct pollfd){.fd = connection->paused ? descriptor_of(connection->server) : -1,
                                         .events = POLLIN};
        left += !connection->served;
        runnable += !connection->served && !connection->paused;
    }
    if (left == 0)
        return 0;
    need(poll(descriptors, (nfds_t)count, runnable ? 0 : WAIT_MS) > 0 || runnable, "to be woken");
    for (int i = 0; i < count; i++)
        in_flight += descriptors[i].fd >= 0 && descriptors[i].revents == 0;
    if (in_flight > most)
        most = in_flight;
    for (int i = 0; i < count; i++) {
        struct connection *connection = &connections[i];

        if (connection->served || (connection->paused && descriptors[i].revents == 0))
            continue;
        if (!connection->asked && !connection->paused)
            ask(connection);
        serve(connection);
    }
    return 1;
}

static void run(int abandon)
{
    static struct pollfd descriptors[CONNECTIONS_MAX];

    while (pass(descriptors))
        if (abandon) {
            for (int i = 0; i < count; i++)
                abandoned += connections[i].paused;
            if (abandoned > 0)
                return;
        }
}

static SSL_CTX *context(OSSL_LIB_CTX *library, const SSL_METHOD *method, int least, int greatest)
{
    SSL_CTX *made = SSL_CTX_new_ex(library, NULL, method);

    need(made != NULL && SSL_CTX_set_min_proto_version(made, least) && SSL_CTX_set_max_proto_version(made, greatest) &&
             SSL_CTX_set1_groups_list(made, "P-256"),
         "a context");
    return made;
}

static void report(OSSL_LIB_CTX *library)
{
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(library, "tlscard");
    char counters[4096] = "";
    OSSL_PARAM parameters[] = {OSSL_PARAM_utf8_string("tlscard-counters", counters, sizeof counters), OSSL_PARAM_END};
    int served = 0;

    for (int i = 0; i < count; i++)
        served += connections[i].served;
    need(provider != NULL && OSSL_PROVIDER_get_params(provider, parameters) && counters[0] != '\0', "the counters");
    printf("{\"served\":%d,\"depth\":%d,\"abandoned\":%d,\"counters\":%s}\n", served, most, abandoned, counters);
    OSSL_PROVIDER_unload(provider);
}

int main(int words, char **word)
{
    if (words != 7 || (count = atoi(word[4])) < 1 || count > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: async_server CONFIGURATION CERTIFICATE KEY CONNECTIONS 1.2|1.3|both async|sync|abandon\n");
        return 2;
    }
    int least = strcmp(word[5], "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
    int greatest = strcmp(word[5], "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new(), *plain = OSSL_LIB_CTX_new();
    need(OSSL_LIB_CTX_load_config(library, word[1]), "the configuration");
    SSL_CTX *server = context(library, TLS_server_method(), least, greatest);
    SSL_CTX *client = context(plain, TLS_client_method(), least, greatest);
    need(SSL_CTX_use_certificate_file(server, word[2], SSL_FILETYPE_PEM) == 1 &&
             SSL_CTX_use_PrivateKey_file(server, word[3], SSL_FILETYPE_PEM) == 1,
         "certificate and key");
    if (strcmp(word[6], "sync") != 0)
        SSL_CTX_set_mode(server, SSL_MODE_ASYNC);
    for (int i = 0; i < count; i++)
        connect_pair(&connections[i], client, server, i % 2 == 0 ? greatest : least);
    run(strcmp(word[6], "abandon") == 0);
    report(library);
    for (int i = 0; i < count; i++) {
        SSL_free(connections[i].client);
        SSL_free(connections[i].server);
    }
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    ASYNC_cleanup_thread();
    OSSL_LIB_CTX_free(library);
    OSSL_LIB_CTX_free(plain);
    OPENSSL_cleanup();
    return 0;
}
