/* SPDX-License-Identifier: Apache-2.0 */
/* ECDH and X25519: every curve, with the plain default provider at the other end; faults and refusals. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "driver/tlscard_map.h"
#include "tests/provider/fixture.h"

static struct fixture fixture;

static int open_all(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", "TRACE=yes", NULL);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
    return 0;
}

/* A group by name, or X25519. */
static EVP_PKEY *generate(OSSL_LIB_CTX *library, const char *group)
{
    EVP_PKEY *key = strcmp(group, "X25519") == 0 ? EVP_PKEY_Q_keygen(library, NULL, "X25519")
                                                 : EVP_PKEY_Q_keygen(library, NULL, "EC", group);

    assert_non_null(key);
    return key;
}

static int derive(OSSL_LIB_CTX *library, EVP_PKEY *key, EVP_PKEY *peer, const OSSL_PARAM *params, uint8_t *secret,
                  size_t *length)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL), *copy;
    size_t room = *length, needed = 0;
    int ok = EVP_PKEY_derive_init_ex(context, params) > 0 && EVP_PKEY_derive_set_peer(context, peer) > 0;

    copy = ok ? EVP_PKEY_CTX_dup(context) : NULL;
    ok = ok && EVP_PKEY_derive(copy, NULL, &needed) > 0 && needed <= room;
    *length = room;
    ok = ok && EVP_PKEY_derive(copy, secret, length) > 0;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_CTX_free(copy);
    return ok;
}

/* A public key as TLS sends it, into a blank key of the same group. */
static EVP_PKEY *sent(OSSL_LIB_CTX *library, EVP_PKEY *from, EVP_PKEY *like)
{
    uint8_t *share = NULL;
    size_t length = EVP_PKEY_get1_encoded_public_key(from, &share);
    EVP_PKEY *peer = EVP_PKEY_new();

    (void)library;
    assert_true(length > 0);
    assert_int_equal(EVP_PKEY_copy_parameters(peer, like), 1);
    assert_int_equal(EVP_PKEY_set1_encoded_public_key(peer, share, length), 1);
    OPENSSL_free(share);
    return peer;
}

static void agree(const char *group, const OSSL_PARAM *params)
{
    EVP_PKEY *mine = generate(fixture.library, group), *theirs = generate(fixture.plain, group);
    EVP_PKEY *mine_there = sent(fixture.plain, mine, theirs), *theirs_here = sent(fixture.library, theirs, mine);
    uint8_t here[128], there[128];
    size_t here_length = sizeof here, there_length = sizeof there;

    assert_true(derive(fixture.library, mine, theirs_here, params, here, &here_length));
    assert_true(derive(fixture.plain, theirs, mine_there, params, there, &there_length));
    assert_int_equal(here_length, there_length);
    assert_memory_equal(here, there, here_length);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(mine_there);
    EVP_PKEY_free(theirs_here);
}

static void test_card_curves(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        agree("P-256", NULL);
        agree("P-384", NULL);
        agree("X25519", NULL);
    }
    assert_int_equal(fixture_ec_count(&fixture, "card"), 48);
    assert_int_equal(fake.submitted, 48);
}

static void test_names_in_report(void **state)
{
    static const char *const names[] = {"ECDH P-256 key generation", "ECDH P-256 derivation", "X25519 key generation",
                                        "X25519 derivation", "ECDH secp521r1 derivation"};
    char *report;

    (void)state;
    agree("P-256", NULL);
    agree("X25519", NULL);
    agree("P-521", NULL);
    report = fixture_param(&fixture, "tlscard-operations");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(strstr(report, names[i]));
    OPENSSL_free(report);
}

static void test_every_curve(void **state)
{
    size_t count = EC_get_builtin_curves(NULL, 0), served = 0;
    EC_builtin_curve curves[128];

    (void)state;
    assert_true(count <= 128);
    EC_get_builtin_curves(curves, count);
    for (size_t i = 0; i < count; i++) {
        const char *name = OBJ_nid2sn(curves[i].nid);

        if (curves[i].nid == NID_sm2 || strncmp(name, "Oakley", 6) == 0 || strncmp(name, "wap-wsg", 7) == 0)
            continue;
        agree(name, NULL);
        served++;
    }
    assert_true(served > 20);
    assert_true(fixture_ec_count(&fixture, "unsupported-curve") > 20);
}

static void test_derivation_function(void **state)
{
    size_t length = 77;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, (char *)"X963KDF", 0),
        OSSL_PARAM_construct_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, &length),
        OSSL_PARAM_construct_end(),
    };

    (void)state;
    agree("P-256", params);
    assert_int_equal(fixture_ec_count(&fixture, "unsupported-use"), 1);
}

static void test_cofactor_mode(void **state)
{
    int mode = 1;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, &mode),
        OSSL_PARAM_construct_end(),
    };

    (void)state;
    agree("P-256", params);
    agree("sect283k1", params);
    assert_int_equal(fixture_ec_count(&fixture, "unsupported-use"), 1);
}

/* Whatever the card does, the two ends agree. */
static void test_faults(void **state)
{
    (void)state;
    fake.status = TLSCARD_STATUS_CHECK_FAILED;
    agree("P-256", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "card-error"), 2);
    fake.status = 0;
    agree("P-256", NULL); /* a success resets the breaker's count */
    fake.key_error = -ENOTSUP;
    agree("X25519", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "unsupported-key"), 2);
    fake.key_error = 0;
    fake.submit_error = -EAGAIN;
    agree("P-384", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "queue-full"), 2);
    fake.submit_error = 0;
    fake.failed = 1;
    agree("X25519", NULL);
    fake.failed = 0;
}

static void test_deadline(void **state)
{
    (void)state;
    fixture_close(&fixture);
    fixture_open(&fixture, "POLICY=always", "DEADLINE_MS=50", NULL);
    fake.silent = 1;
    agree("X25519", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "deadline"), 2);
}

/* A flipped bit leaves no point of the curve; on X25519 key generation is compared. */
static void test_wrong_answers(void **state)
{
    static const char *const groups[] = {"P-256", "P-384"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *key = generate(fixture.library, groups[i]), *peer = generate(fixture.plain, groups[i]);
        uint8_t secret[64];
        size_t length = sizeof secret;

        fake.wrong = 1;
        assert_true(derive(fixture.library, key, peer, NULL, secret, &length));
        assert_int_equal(fixture_ec_count(&fixture, "wrong-answer"), 1);
        EVP_PKEY_free(key);
        EVP_PKEY_free(peer);
        close_all(NULL);
        open_all(NULL);
    }
    fake.wrong = 1;
    agree("X25519", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "wrong-answer"), 1);
    assert_int_equal(fixture_ec_count(&fixture, "breaker-open"), 1);
}

/* The breaker opens at the wrong answer, and its probes close it. */
static void test_breaker(void **state)
{
    int closed = 0;

    (void)state;
    for (int without = 0; without < 2; without++) {
        fake.missing = without ? 1l << TLSCARD_OP_EC_MULTIPLY : 0;
        fake_clock_stop();
        fake.wrong = 1;
        agree("X25519", NULL);
        fake.wrong = 0;
        for (int i = 0; i < 400 && !closed; i++) {
            char *counters;

            agree("X25519", NULL);
            counters = fixture_param(&fixture, "tlscard-counters");
            closed = strstr(strstr(counters, "\"ec\""), "\"breaker\":\"closed\"") != NULL;
            OPENSSL_free(counters);
            fake_clock_forward(50);
        }
        assert_true(closed);
        close_all(NULL);
        open_all(NULL);
        closed = 0;
    }
}

/* Three refusals in a row, as a peer could provoke them, are no fault of the card. */
static void test_refusal_is_checked(void **state)
{
    EVP_PKEY *key = generate(fixture.library, "X25519"), *peer;
    static const uint8_t zero[32];
    uint8_t secret[64];
    size_t length;

    (void)state;
    peer = EVP_PKEY_new_raw_public_key_ex(fixture.library, "X25519", NULL, zero, 32);
    for (int i = 0; i < 5; i++) {
        length = sizeof secret;
        assert_false(derive(fixture.library, key, peer, NULL, secret, &length));
        assert_int_not_equal(ERR_peek_error(), 0);
        ERR_clear_error();
    }
    assert_int_equal(fixture_ec_count(&fixture, "card-refused"), 5);
    agree("X25519", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "card"), 3);
    EVP_PKEY_free(peer);
    fake.refusals = 1;
    fake.refusal_status = TLSCARD_STATUS_INVALID_POINT;
    peer = generate(fixture.plain, "X25519");
    length = sizeof secret;
    assert_true(derive(fixture.library, key, peer, NULL, secret, &length));
    assert_int_equal(fixture_ec_count(&fixture, "wrong-answer"), 1);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(key);
}

static void test_missing_opcodes(void **state)
{
    (void)state;
    fake.missing = 1l << TLSCARD_OP_X25519 | 1l << TLSCARD_OP_EC_MULTIPLY_BASE;
    agree("X25519", NULL);
    agree("P-256", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "unsupported-opcode"), 3);
    assert_int_equal(fixture_ec_count(&fixture, "card"), 1);
}

static void test_policy(void **state)
{
    (void)state;
    fixture_close(&fixture);
    fixture_open(&fixture, "POLICY=always", "POLICY_EC=never", NULL);
    agree("P-256", NULL);
    assert_int_equal(fixture_ec_count(&fixture, "policy-never"), 2);
    assert_int_equal(fake.submitted, 0);
}

/* Points that are none: an x without y, one coordinate changed, infinity. */
static void test_bad_points(void **state)
{
    EVP_PKEY *key = generate(fixture.library, "P-256"), *peer = EVP_PKEY_new();
    uint8_t *share = NULL, secret[64];
    size_t length = EVP_PKEY_get1_encoded_public_key(key, &share), secret_length = sizeof secret;

    (void)state;
    assert_int_equal(EVP_PKEY_copy_parameters(peer, key), 1);
    share[length - 1] ^= 1;
    assert_int_not_equal(EVP_PKEY_set1_encoded_public_key(peer, share, length), 1);
    share[0] = 0;
    if (EVP_PKEY_set1_encoded_public_key(peer, share, 1) == 1)
        assert_false(derive(fixture.library, key, peer, NULL, secret, &secret_length));
    assert_int_equal(fixture_ec_count(&fixture, "card"), 1); /* the generation */
    ERR_clear_error();
    OPENSSL_free(share);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_card_curves),     TEST(test_names_in_report), TEST(test_every_curve),
        TEST(test_derivation_function), TEST(test_cofactor_mode), TEST(test_faults),
        TEST(test_deadline),        TEST(test_wrong_answers),   TEST(test_breaker),
        TEST(test_refusal_is_checked), TEST(test_missing_opcodes), TEST(test_policy),
        TEST(test_bad_points),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
