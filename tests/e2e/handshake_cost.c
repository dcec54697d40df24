/* SPDX-License-Identifier: Apache-2.0 */
/* TLS handshakes in one process, to compare what a server's side costs with the provider and without it. */
/*
 * handshake_cost MODULES COUNT KEY VERSION     one line for each round: without, with, their ratio; and the ratio of two
 *                                              sides without, which is what the measurement itself is worth
 * handshake_cost MODULES COUNT KEY VERSION plain|provider     under callgrind, which collects in counted_accept
 *
 * KEY is "rsa" or "p256", VERSION "1.2" or "1.3". The provider's settings are those of the environment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define ROUNDS 10
#define SIDES 3 /* without, without, with */
#define TURN 20

struct side {
    OSSL_LIB_CTX *libctx;
    SSL_CTX *server;
    double seconds; /* of the server's side, processor time */
    int (*accept)(SSL *ssl);
};

static SSL_CTX *client;

static void need(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "handshake_cost: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* Apart from each other, so that callgrind can count the one and not the other. */
__attribute__((noinline)) static int counted_accept(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);

    __asm__ volatile("" : "+r"(result));
    return result;
}

__attribute__((noinline)) static int warming_accept(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);

    __asm__ volatile("" : "+r"(result) : : "memory");
    return result;
}

static X509 *certify(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_NAME_new(); /* the certificate's own is constant in OpenSSL 4.0 */

    need(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) && X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
             X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) && X509_set_pubkey(certificate, key) &&
             X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) &&
             X509_set_subject_name(certificate, name) && X509_set_issuer_name(certificate, name) &&
             X509_sign(certificate, key, EVP_sha256()),
         "the certificate");
    X509_NAME_free(name);
    return certificate;
}

/* The library context that a configuration file would make, with a server of the key and certificate in DER. */
static void open_side(struct side *side, const char *modules, const unsigned char *key, long key_length, X509 *certificate,
                      int version)
{
    side->accept = warming_accept;
    side->libctx = OSSL_LIB_CTX_new();
    need(OSSL_PROVIDER_load(side->libctx, "default") != NULL, "the default provider");
    if (modules != NULL) {
        need(OSSL_PROVIDER_set_default_search_path(side->libctx, modules) &&
                 OSSL_PROVIDER_load(side->libctx, "tlscard") != NULL &&
                 EVP_set_default_properties(side->libctx, "?provider=tlscard"),
             "the provider");
    }
    side->server = SSL_CTX_new_ex(side->libctx, NULL, TLS_server_method());
    EVP_PKEY *ours = d2i_AutoPrivateKey_ex(NULL, &key, key_length, side->libctx, NULL);
    need(ours != NULL && SSL_CTX_use_certificate(side->server, certificate) && SSL_CTX_use_PrivateKey(side->server, ours) &&
             SSL_CTX_set_min_proto_version(side->server, version) && SSL_CTX_set_max_proto_version(side->server, version),
         "the server");
    SSL_CTX_set_session_cache_mode(side->server, SSL_SESS_CACHE_OFF);
    EVP_PKEY_free(ours);
}

static double processor_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void handshake(struct side *side)
{
    SSL *from = SSL_new(client), *to = SSL_new(side->server);
    BIO *up, *down;
    int done = 0;

    need(BIO_new_bio_pair(&up, 0, &down, 0), "the connection");
    SSL_set_bio(from, up, up);
    SSL_set_bio(to, down, down);
    SSL_set_connect_state(from);
    SSL_set_accept_state(to);
    for (int turn = 0; turn < 20 && !done; turn++) {
        int ours = SSL_do_handshake(from);
        double began = processor_time();
        int theirs = side->accept(to);

        side->seconds += processor_time() - began;
        done = ours == 1 && theirs == 1;
    }
    need(done, "a handshake");
    SSL_free(from);
    SSL_free(to);
}

static void run(struct side *side, int count)
{
    for (int i = 0; i < count; i++)
        handshake(side);
}

/* Of two sides, the first's time over the other's. */
static double ratio(const struct side *one, const struct side *other)
{
    return one->seconds / other->seconds;
}

/* One side's turn: so long that the caches are its own, as they are a server's, after a handshake that is not counted. */
static void take_turn(struct side *side)
{
    double before = side->seconds;

    handshake(side);
    side->seconds = before;
    run(side, TURN);
}

/* Each side is as often the first. */
static void compare(struct side *sides, int count)
{
    double with = 0, control = 0;
    int turns = (count + TURN - 1) / TURN;

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SIDES; i++)
            sides[i].seconds = 0;
        for (int turn = 0; turn < turns; turn++)
            for (int side = 0; side < SIDES; side++)
                take_turn(&sides[(side + turn) % SIDES]);
        printf("  without %8.1f, with %8.1f handshakes per second of the server's processor time; "
               "ratio %.3f, control %.3f\n",
               turns * TURN / sides[0].seconds, turns * TURN / sides[2].seconds, ratio(&sides[0], &sides[2]),
               ratio(&sides[0], &sides[1]));
        with += ratio(&sides[0], &sides[2]);
        control += ratio(&sides[0], &sides[1]);
    }
    printf("  mean ratio %.3f, control %.3f\n", with / ROUNDS, control / ROUNDS);
}

int main(int count, char **words)
{
    struct side sides[SIDES] = {{0}};
    unsigned char *key = NULL;

    if (count < 5) {
        fprintf(stderr, "usage: handshake_cost MODULES COUNT rsa|p256 1.2|1.3 [plain|provider]\n");
        return 2;
    }
    int version = strcmp(words[4], "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION, only = count > 5;
    EVP_PKEY *made = strcmp(words[3], "rsa") == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509 *certificate = certify(made);
    int length = i2d_PrivateKey(made, &key);
    int provided = !only || strcmp(words[5], "provider") == 0;
    client = SSL_CTX_new(TLS_client_method());
    open_side(&sides[0], only && provided ? words[1] : NULL, key, length, certificate, version);
    if (!only) {
        open_side(&sides[1], NULL, key, length, certificate, version);
        open_side(&sides[2], words[1], key, length, certificate, version);
    }
    for (int i = 0; i < (only ? 1 : SIDES); i++) {
        run(&sides[i], only ? 2 : 20);
        sides[i].accept = counted_accept;
    }
    if (only)
        run(&sides[0], atoi(words[2]));
    else
        compare(sides, atoi(words[2]));
    return 0; /* all of it ends with the process */
}
