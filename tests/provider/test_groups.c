/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over each group and with EC certificates, the plain default provider at the other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tests/provider/fixture.h"

static struct fixture fixture;

static int open_all(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
    return 0;
}

static X509 *certificate_of(OSSL_LIB_CTX *library, EVP_PKEY *key)
{
    X509 *certificate = X509_new_ex(library, NULL);
    X509_NAME *name = X509_NAME_new(); /* the certificate's own is constant in OpenSSL 4.0 */

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"localhost", -1, -1, 0);
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate, name);
    X509_NAME_free(name);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static SSL *end(SSL_CTX *context, BIO *bio)
{
    SSL *ssl = SSL_new(context);

    SSL_set_bio(ssl, bio, bio);
    return ssl;
}

static SSL_CTX *context_of(OSSL_LIB_CTX *library, const SSL_METHOD *method, const char *group, int version)
{
    SSL_CTX *context = SSL_CTX_new_ex(library, NULL, method);

    assert_non_null(context);
    assert_int_equal(SSL_CTX_set_min_proto_version(context, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, version), 1);
    assert_int_equal(SSL_CTX_set1_groups_list(context, group), 1);
    return context;
}

/* Nonzero where both ends have finished, on the first of the groups. */
static int handshake(SSL_CTX *client_context, SSL_CTX *server_context, const char *groups)
{
    BIO *client_side, *server_side;
    SSL *client, *server;
    int done = 0;

    BIO_new_bio_pair(&client_side, 0, &server_side, 0);
    client = end(client_context, client_side);
    server = end(server_context, server_side);
    for (int i = 0; i < 20 && !done; i++) {
        int one = SSL_connect(client), other = SSL_accept(server);

        done = one == 1 && other == 1;
    }
    done = done && SSL_get_negotiated_group(client) == SSL_get_negotiated_group(server) &&
           (SSL_get_negotiated_group(client) == NID_X9_62_prime256v1) == (strncmp(groups, "P-256", 5) == 0);
    SSL_free(client);
    SSL_free(server);
    return done;
}

static void connect_with(OSSL_LIB_CTX *client_library, OSSL_LIB_CTX *server_library, const char *curve,
                         const char *group, int version)
{
    SSL_CTX *client = context_of(client_library, TLS_client_method(), group, version);
    SSL_CTX *server = context_of(server_library, TLS_server_method(), group, version);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(server_library, NULL, "EC", curve);
    X509 *certificate = certificate_of(server_library, key);

    assert_int_equal(SSL_CTX_use_certificate(server, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server, key), 1);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client), certificate);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
    assert_true(handshake(client, server, group));
    X509_free(certificate);
    EVP_PKEY_free(key);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* Nonzero for a group that libssl knows with the default provider alone. */
static int is_group(const char *name)
{
    SSL_CTX *context = SSL_CTX_new_ex(fixture.plain, NULL, TLS_method());
    int known = SSL_CTX_set1_groups_list(context, name) == 1;

    SSL_CTX_free(context);
    ERR_clear_error();
    return known;
}

static void test_tls13(void **state)
{
    static const char *const groups[] = {"X25519", "P-256", "P-384", "P-521", "X448"};

    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        connect_with(fixture.library, fixture.plain, "P-256", groups[i], TLS1_3_VERSION);
        connect_with(fixture.plain, fixture.library, "P-384", groups[i], TLS1_3_VERSION);
    }
    assert_true(fixture_ec_count(&fixture, "card") >= 3 * 4 + 5);
}

static void test_tls12(void **state)
{
    static const char *const groups[] = {"X25519",         "P-256",           "P-384",           "P-521",
                                         "X448",           "secp256k1",       "brainpoolP256r1", "brainpoolP384r1",
                                         "brainpoolP512r1", "sect283k1",      "secp224r1"};

    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        char list[64];

        if (!is_group(groups[i])) /* libssl 4.0 has left out the oldest */
            continue;

        /* the certificate's curve must be among the client's groups */
        snprintf(list, sizeof list, "%s%s", groups[i], strcmp(groups[i], "P-256") == 0 ? "" : ":P-256");
        connect_with(fixture.library, fixture.plain, "P-256", list, TLS1_2_VERSION);
        connect_with(fixture.plain, fixture.library, "P-256", list, TLS1_2_VERSION);
    }
}

struct listing {
    unsigned count, of_our_keys;
};

static int add(const OSSL_PARAM params[], void *argument)
{
    struct listing *listing = argument;
    const OSSL_PARAM *algorithm = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_ALG);
    const char *name = NULL;

    assert_int_equal(OSSL_PARAM_get_utf8_string_ptr(algorithm, &name), 1);
    listing->count++;
    listing->of_our_keys += strcmp(name, "EC") == 0 || strcmp(name, "X25519") == 0;
    return 1;
}

/* Every group of the default provider with our keys, and no other capability. */
static void test_capabilities(void **state)
{
    struct listing mine = {0}, all = {0};

    (void)state;
    assert_int_equal(OSSL_PROVIDER_get_capabilities(fixture.tlscard, "TLS-GROUP", add, &mine), 1);
    assert_int_equal(OSSL_PROVIDER_get_capabilities(fixture.plain_standard, "TLS-GROUP", add, &all), 1);
    assert_true(mine.count > 0);
    assert_int_equal(mine.count, mine.of_our_keys);
    assert_int_equal(mine.count, all.of_our_keys);
    assert_true(mine.count < all.count);
    assert_int_equal(OSSL_PROVIDER_get_capabilities(fixture.tlscard, "OTHER", add, &mine), 0);
    ERR_clear_error();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_tls13), TEST(test_tls12), TEST(test_capabilities)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
