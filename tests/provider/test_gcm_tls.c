/* SPDX-License-Identifier: Apache-2.0 */
/* Records through libssl: the provider at one end, the plain default provider at the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/provider/fixture.h"

#define DATA 100000 /* several records each way */

static struct fixture fixture;
static EVP_PKEY *key;
static X509 *certificate;

struct connection {
    SSL_CTX *contexts[2];
    SSL *ends[2]; /* client, server */
};

static void make_certificate(void)
{
    key = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", "P-256");
    certificate = X509_new_ex(fixture.plain, NULL);
    assert_non_null(key);
    assert_true(X509_set_version(certificate, 2) && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
                X509_gmtime_adj(X509_getm_notBefore(certificate), -60) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) != NULL &&
                X509_set_pubkey(certificate, key) && X509_sign(certificate, key, EVP_sha256()) > 0);
}

static void open_with(const char *setting)
{
    fixture_open(&fixture, setting, "POLICY_RSA=never", "POLICY_EC=never", NULL);
    make_certificate();
}

static int close_all(void **state)
{
    (void)state;
    X509_free(certificate);
    EVP_PKEY_free(key);
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
    return 0;
}

/* The end of our library context is the server's where ours is 1, else the client's. */
static struct connection join(int ours, int version, const char *suite)
{
    struct connection connection;
    BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());

    for (int end = 0; end < 2; end++) {
        OSSL_LIB_CTX *library = end == ours ? fixture.library : fixture.plain;
        SSL_CTX *context = SSL_CTX_new_ex(library, NULL, end ? TLS_server_method() : TLS_client_method());

        assert_non_null(context);
        assert_true(SSL_CTX_set_min_proto_version(context, version) && SSL_CTX_set_max_proto_version(context, version));
        assert_true(version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(context, suite)
                                              : SSL_CTX_set_cipher_list(context, suite));
        assert_true(end == 0 || (SSL_CTX_use_certificate(context, certificate) && SSL_CTX_use_PrivateKey(context, key)));
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        connection.contexts[end] = context;
        connection.ends[end] = SSL_new(context);
    }
    BIO_set_mem_eof_return(up, -1);
    BIO_set_mem_eof_return(down, -1);
    BIO_up_ref(up);
    BIO_up_ref(down);
    SSL_set_bio(connection.ends[0], down, up);
    SSL_set_bio(connection.ends[1], up, down);
    SSL_set_connect_state(connection.ends[0]);
    SSL_set_accept_state(connection.ends[1]);
    return connection;
}

static void part(struct connection *connection)
{
    for (int end = 0; end < 2; end++) {
        SSL_free(connection->ends[end]);
        SSL_CTX_free(connection->contexts[end]);
    }
}

static void handshake(struct connection *connection)
{
    int done = 0;

    for (int turn = 0; turn < 10 && done != 3; turn++)
        for (int end = 0; end < 2; end++)
            if (SSL_do_handshake(connection->ends[end]) == 1)
                done |= 1 << end;
    assert_int_equal(done, 3);
    ERR_clear_error();
}

/* One end writes all of it, the other reads the same. */
static void transfer(struct connection *connection, int from)
{
    static uint8_t sent[DATA], got[DATA];
    size_t length = 0, count;

    random_octets(sent, sizeof sent);
    assert_int_equal(SSL_write(connection->ends[from], sent, sizeof sent), sizeof sent);
    while (length < sizeof got && SSL_read_ex(connection->ends[!from], got + length, sizeof got - length, &count))
        length += count;
    assert_int_equal(length, sizeof got);
    assert_memory_equal(got, sent, sizeof sent);
}

static void exchange(int ours, int version, const char *suite)
{
    struct connection connection = join(ours, version, suite);

    handshake(&connection);
    transfer(&connection, 0);
    transfer(&connection, 1);
    if (version == TLS1_3_VERSION)
        for (int end = 0; end < 2; end++) {
            assert_true(SSL_key_update(connection.ends[end], SSL_KEY_UPDATE_REQUESTED));
            transfer(&connection, end);
            transfer(&connection, !end);
        }
    part(&connection);
}

static const struct suite {
    int version;
    const char *name;
} suites[] = {
    {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
    {TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
};

static void exchange_all(void)
{
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        for (int ours = 0; ours < 2; ours++)
            exchange(ours, suites[i].version, suites[i].name);
}

static void test_on_the_card(void **state)
{
    (void)state;
    open_with("POLICY=always");
    exchange_all();
    assert_true(fake.sealed > 8 * 7 && fake.unsealed > 8 * 7);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), fake.sealed + fake.unsealed);
}

static void test_in_software(void **state)
{
    (void)state;
    open_with("POLICY_GCM=never");
    exchange_all();
    assert_int_equal(fake.opened, 0);
    assert_true(fixture_gcm_count(&fixture, "policy-never") > 8 * 14);
}

/* A card that fails now and then, in every way: nobody notices. */
static void test_on_a_bad_card(void **state)
{
    static const int submit_errors[] = {0, -11, 0, 0}, statuses[] = {0, 0, 7, 0}, wrong[] = {0, 0, 0, 1};

    (void)state;
    open_with("POLICY=always");
    for (int i = 0; i < 8; i++) {
        const struct suite *suite = &suites[i % 4];
        struct connection connection = join(i & 1, suite->version, suite->name);

        handshake(&connection);
        fake.submit_error = submit_errors[i % 4];
        fake.status = statuses[i % 4];
        fake.wrong = 0;
        transfer(&connection, 0);
        transfer(&connection, 1);
        part(&connection);
        fake.submit_error = fake.status = 0;
        fake.wrong = wrong[i % 4];
    }
    assert_true(fixture_gcm_count(&fixture, "queue-full") > 0);
}

/* The error is in the queue, which is empty then. Before it stands the cipher's own; from 3.2 on one of the record
 * layer follows. */
static int raised(int reason)
{
    unsigned long error;
    int found = 0;

    while ((error = ERR_get_error()) != 0)
        found |= ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == reason;
    return found;
}

/* A record altered on its way: the reader says bad_record_mac, whoever opens its records. */
static void altered(int ours, const struct suite *suite)
{
    struct connection connection = join(ours, suite->version, suite->name);
    SSL *reader = connection.ends[1];
    uint8_t octets[100] = {0}, *data;
    long length;

    handshake(&connection);
    SSL_read(connection.ends[0], octets, 1); /* tickets */
    ERR_clear_error();
    assert_int_equal(SSL_write(connection.ends[0], octets, sizeof octets), sizeof octets);
    length = BIO_get_mem_data(SSL_get_rbio(reader), &data);
    assert_true(length > 100);
    data[length - 30] ^= 4;
    assert_int_equal(SSL_read(reader, octets, sizeof octets), -1);
    assert_int_equal(SSL_get_error(reader, -1), SSL_ERROR_SSL);
    assert_true(raised(SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC));
    assert_int_not_equal(SSL_read(connection.ends[0], octets, sizeof octets), 1);
    assert_true(raised(SSL_R_SSLV3_ALERT_BAD_RECORD_MAC));
    part(&connection);
}

static void test_altered_records(void **state)
{
    (void)state;
    open_with("POLICY=always");
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        for (int ours = 0; ours < 2; ours++)
            altered(ours, &suites[i]);
    assert_int_equal(fixture_gcm_count(&fixture, "card-refused"), 4);
}

#define TEST(function) cmocka_unit_test_teardown(function, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_on_the_card), TEST(test_in_software), TEST(test_on_a_bad_card),
                                       TEST(test_altered_records)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
