/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA signatures: digests, curves and calls, with the plain default provider at the other end; faults. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "driver/tlscard_map.h"
#include "tests/provider/fixture.h"

static struct fixture fixture;
static EVP_PKEY *plain, *ours; /* the same key, on P-256 */

static void open_with(const char *setting)
{
    fixture_open(&fixture, setting, "TRACE=yes", NULL);
    plain = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", "P-256");
    ours = key_in(fixture.library, plain);
}

static int open_all(void **state)
{
    (void)state;
    open_with("POLICY=always");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    EVP_PKEY_free(plain);
    EVP_PKEY_free(ours);
    fixture_close(&fixture);
    return 0;
}

static const uint8_t message[1000] = "a message of a thousand octets, most of them zero";

/* In one call, or by an update of each hundred octets with a copied context in between. */
static int sign(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *digest, int whole, uint8_t *signature, size_t *length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new(), *copy = EVP_MD_CTX_new();
    size_t room = *length;
    int ok = EVP_DigestSignInit_ex(context, NULL, digest, library, NULL, key, NULL) > 0;

    for (int i = 0; ok && !whole && i < 10; i++)
        ok = EVP_DigestSignUpdate(context, message + i * 100, 100) > 0;
    ok = ok && EVP_MD_CTX_copy_ex(copy, context) > 0;
    if (whole)
        ok = ok && EVP_DigestSign(copy, NULL, length, message, sizeof message) > 0 && *length <= room &&
             EVP_DigestSign(copy, signature, length, message, sizeof message) > 0;
    else
        ok = ok && EVP_DigestSignFinal(copy, NULL, length) > 0 && *length <= room &&
             EVP_DigestSignFinal(copy, signature, length) > 0;
    EVP_MD_CTX_free(context);
    EVP_MD_CTX_free(copy);
    return ok;
}

static int verify(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *digest, int whole, const uint8_t *signature,
                  size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = EVP_DigestVerifyInit_ex(context, NULL, digest, library, NULL, key, NULL) > 0;

    for (int i = 0; ok && !whole && i < 10; i++)
        ok = EVP_DigestVerifyUpdate(context, message + i * 100, 100) > 0;
    ok = ok && (whole ? EVP_DigestVerify(context, signature, length, message, sizeof message)
                      : EVP_DigestVerifyFinal(context, signature, length)) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

/* Here and there, both ways; a changed signature is refused. */
static void round_trip(EVP_PKEY *here, EVP_PKEY *there, const char *digest)
{
    uint8_t mine[160], theirs[160];
    size_t mine_length, theirs_length;

    for (int whole = 0; whole < 2; whole++) {
        mine_length = theirs_length = sizeof mine;
        assert_true(sign(fixture.library, here, digest, whole, mine, &mine_length));
        assert_true(sign(fixture.plain, there, digest, whole, theirs, &theirs_length));
        assert_true(verify(fixture.plain, there, digest, whole, mine, mine_length));
        assert_true(verify(fixture.library, here, digest, whole, theirs, theirs_length));
        theirs[theirs_length - 1] ^= 1;
        assert_false(verify(fixture.library, here, digest, whole, theirs, theirs_length));
        ERR_clear_error();
    }
}

static void test_digests(void **state)
{
    static const char *const digests[] = {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512"};

    (void)state;
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        round_trip(ours, plain, digests[i]);
    /* signed twice and verified twice each; refusals are confirmed by software */
    assert_int_equal(fixture_ec_count(&fixture, "card"), 7 * 4);
    assert_int_equal(fixture_ec_count(&fixture, "card-refused"), 7 * 2);
}

static void test_every_curve(void **state)
{
    size_t count = EC_get_builtin_curves(NULL, 0);
    EC_builtin_curve curves[128];

    (void)state;
    EC_get_builtin_curves(curves, count);
    for (size_t i = 0; i < count; i++) {
        const char *name = OBJ_nid2sn(curves[i].nid);
        EVP_PKEY *there, *here;

        /* no prime order, or no curve of the EC key management */
        if (curves[i].nid == NID_sm2 || strncmp(name, "Oakley", 6) == 0 || strncmp(name, "wap-wsg", 7) == 0)
            continue;
        there = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", name);
        here = key_in(fixture.library, there);
        round_trip(here, there, "SHA256");
        EVP_PKEY_free(here);
        EVP_PKEY_free(there);
    }
    assert_int_equal(fixture_ec_count(&fixture, "card"), 2 * 4); /* P-256 and P-384 */
    assert_true(fixture_ec_count(&fixture, "unsupported-curve") > 100);
}

/* Two signatures of one digest never share r. */
static void test_nonces_differ(void **state)
{
    uint8_t first[160], second[160];
    size_t one = sizeof first, other = sizeof second;

    (void)state;
    assert_true(sign(fixture.library, ours, "SHA256", 1, first, &one));
    assert_true(sign(fixture.library, ours, "SHA256", 1, second, &other));
    assert_memory_not_equal(first + 5, second + 5, 24);
}

/* Digests of any length, one octet included, signed as they are. */
static void test_bare_digests(void **state)
{
    static const size_t lengths[] = {1, 20, 31, 32, 33, 64};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
        EVP_PKEY_CTX *verifying = EVP_PKEY_CTX_new_from_pkey(fixture.plain, plain, NULL);
        uint8_t digest[64], signature[160];
        size_t length = sizeof signature;

        random_octets(digest, sizeof digest);
        assert_int_equal(EVP_PKEY_sign_init(signing), 1);
        assert_int_equal(EVP_PKEY_sign(signing, signature, &length, digest, lengths[i]), 1);
        assert_int_equal(EVP_PKEY_verify_init(verifying), 1);
        assert_int_equal(EVP_PKEY_verify(verifying, signature, length, digest, lengths[i]), 1);
        EVP_PKEY_CTX_free(signing);
        EVP_PKEY_CTX_free(verifying);
    }
    assert_int_equal(fixture_ec_count(&fixture, "card"), sizeof lengths / sizeof *lengths);
}

/* A digest of another length than its name says, and too little room, are software's to refuse. */
static void test_refusals(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
    uint8_t signature[160];
    size_t length = 10;

    (void)state;
    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_true(EVP_PKEY_sign(context, signature, &length, message, 32) <= 0);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
    length = sizeof signature;
    assert_true(EVP_PKEY_sign(context, signature, &length, message, 31) <= 0);
    ERR_clear_error();
    length = sizeof signature;
    assert_int_equal(EVP_PKEY_sign(context, signature, &length, message, 32), 1);
    EVP_PKEY_CTX_free(context);
    assert_int_equal(fixture_ec_count(&fixture, "unsupported-use"), 2);
    assert_int_equal(fixture_ec_count(&fixture, "card"), 1);
}

/* No DER, DER with something behind it, r that is negative or longer than the order: never accepted. */
static void test_bad_signatures(void **state)
{
    static const uint8_t negative[] = {0x30, 0x06, 0x02, 0x01, 0x80, 0x02, 0x01, 0x01};
    uint8_t signature[161] = {0};
    size_t length = 160;

    (void)state;
    assert_false(verify(fixture.library, ours, "SHA256", 1, negative, sizeof negative));
    assert_false(verify(fixture.library, ours, "SHA256", 1, (const uint8_t *)"nonsense", 8));
    assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
    assert_true(verify(fixture.library, ours, "SHA256", 1, signature, length));
    assert_false(verify(fixture.library, ours, "SHA256", 1, signature, length + 1));
    assert_false(verify(fixture.library, ours, "SHA256", 1, signature, length - 1));
    ERR_clear_error();
}

static void test_algorithm_identifier(void **state)
{
    uint8_t here[64], there[64];
    EVP_MD_CTX *mine = EVP_MD_CTX_new(), *theirs = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, here, sizeof here),
        OSSL_PARAM_construct_end(),
    };
    size_t length;

    (void)state;
    assert_int_equal(EVP_DigestSignInit_ex(mine, &context, "SHA384", fixture.library, NULL, ours, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_get_params(context, params), 1);
    length = params[0].return_size;
    params[0].data = there;
    assert_int_equal(EVP_DigestSignInit_ex(theirs, &context, "SHA384", fixture.plain, NULL, plain, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_get_params(context, params), 1);
    assert_int_equal(params[0].return_size, length);
    assert_memory_equal(here, there, length);
    EVP_MD_CTX_free(mine);
    EVP_MD_CTX_free(theirs);
}

static void test_wrong_answer(void **state)
{
    (void)state;
    fake.wrong = 1;
    for (int whole = 0; whole < 2; whole++) {
        uint8_t signature[160];
        size_t length = sizeof signature;

        assert_true(sign(fixture.library, ours, "SHA256", whole, signature, &length));
        assert_true(verify(fixture.plain, plain, "SHA256", whole, signature, length));
    }
    assert_int_equal(fixture_ec_count(&fixture, "wrong-answer"), 1);
    assert_int_equal(fixture_ec_count(&fixture, "breaker-open"), 1);
}

/* A right signature that the card calls wrong is right. */
static void test_wrong_verification(void **state)
{
    uint8_t signature[160];
    size_t length = sizeof signature;

    (void)state;
    assert_true(sign(fixture.plain, plain, "SHA256", 1, signature, &length));
    fake.wrong = 1;
    assert_true(verify(fixture.library, ours, "SHA256", 1, signature, length));
    assert_int_equal(fixture_ec_count(&fixture, "wrong-answer"), 1);
}

/* r or s was zero: another nonce is tried. A card that says so for ever is left. */
static void test_another_nonce(void **state)
{
    uint8_t signature[160];
    size_t length = sizeof signature;

    (void)state;
    fake.refusal_status = TLSCARD_STATUS_INVALID_RESULT;
    fake.refusals = 2;
    assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
    assert_int_equal(fake.submitted, 3);
    assert_int_equal(fixture_ec_count(&fixture, "card"), 1);
    fake.refusals = 100;
    length = sizeof signature;
    assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
    assert_int_equal(fake.submitted, 6);
    assert_int_equal(fixture_ec_count(&fixture, "wrong-answer"), 1);
    assert_true(verify(fixture.plain, plain, "SHA256", 1, signature, length));
}

static void test_faults(void **state)
{
    static const char *const reasons[] = {"card-error", "unsupported-key", "queue-full", "unsupported-opcode"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        uint8_t signature[160];
        size_t length = sizeof signature;

        fake.status = i == 0 ? TLSCARD_STATUS_DMA_TIMEOUT : 0;
        fake.key_error = i == 1 ? -ENOTSUP : 0;
        fake.submit_error = i == 2 ? -EAGAIN : 0;
        fake.missing = i == 3 ? 1l << TLSCARD_OP_ECDSA_SIGN : 0;
        if (i == 3) { /* what a card serves is asked when it is opened */
            close_all(NULL);
            open_all(NULL);
            fake.missing = 1l << TLSCARD_OP_ECDSA_SIGN;
        }
        assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
        assert_true(verify(fixture.plain, plain, "SHA256", 1, signature, length));
        assert_int_equal(fixture_ec_count(&fixture, reasons[i]), 1);
    }
}

/* Unless the policy is always, verification stays on the host. */
static void test_public_operations(void **state)
{
    uint8_t signature[160];
    size_t length = sizeof signature;

    (void)state;
    open_with("POLICY=auto");
    assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
    assert_true(verify(fixture.library, ours, "SHA256", 1, signature, length));
    assert_int_equal(fixture_ec_count(&fixture, "card"), 1);
    assert_int_equal(fixture_ec_count(&fixture, "public-operation"), 1);
}

/* What was not verified on the host is wrong where the card is. */
static void test_without_verification(void **state)
{
    uint8_t signature[160];
    size_t length = sizeof signature;

    (void)state;
    open_with("VERIFY_RESULTS=no");
    assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
    assert_true(verify(fixture.plain, plain, "SHA256", 1, signature, length));
    fake.wrong = 1;
    length = sizeof signature;
    assert_true(sign(fixture.library, ours, "SHA256", 1, signature, &length));
    assert_false(verify(fixture.plain, plain, "SHA256", 1, signature, length));
    ERR_clear_error();
}

static void test_names_in_report(void **state)
{
    char *report;

    (void)state;
    round_trip(ours, plain, "SHA256");
    report = fixture_param(&fixture, "tlscard-operations");
    assert_non_null(strstr(report, "\"ECDSA P-256 sign\",\"purpose\":\"sign\",\"where\":\"card\""));
    assert_non_null(strstr(report, "\"ECDSA P-256 verify\",\"purpose\":\"verify\",\"where\":\"card\""));
    OPENSSL_free(report);
}

/* A public key that takes another's place in its object verifies what that one signed, and no longer what the first did. */
static void test_changed_key(void **state)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", "P-256");
    uint8_t first[160], second[160];
    size_t one = sizeof first, two = sizeof second, length;
    unsigned char *point;

    (void)state;
    assert_true(sign(fixture.plain, plain, "SHA256", 1, first, &one));
    assert_true(sign(fixture.plain, other, "SHA256", 1, second, &two));
    assert_true(verify(fixture.library, ours, "SHA256", 1, first, one));
    length = EVP_PKEY_get1_encoded_public_key(other, &point);
    assert_int_equal(EVP_PKEY_set1_encoded_public_key(ours, point, length), 1);
    assert_true(verify(fixture.library, ours, "SHA256", 1, second, two));
    assert_false(verify(fixture.library, ours, "SHA256", 1, first, one));
    ERR_clear_error();
    OPENSSL_free(point);
    EVP_PKEY_free(other);
}

static void *sign_once(void *good)
{
    uint8_t signature[160];
    size_t length = sizeof signature;

    *(int *)good = sign(fixture.library, ours, "SHA256", 1, signature, &length) &&
                   verify(fixture.plain, plain, "SHA256", 1, signature, length);
    return NULL;
}

/* A fresh key in many threads at once, each of which may be the first to need it for software. */
static void test_first_of_many(void **state)
{
    enum { THREADS = 8, ROUNDS = 10 };
    pthread_t threads[THREADS];
    int good[THREADS];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        EVP_PKEY_free(ours);
        ours = key_in(fixture.library, plain);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, sign_once, &good[i]), 0);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_true(good[i]);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_digests),
        TEST(test_every_curve),
        TEST(test_nonces_differ),
        TEST(test_bare_digests),
        TEST(test_refusals),
        TEST(test_bad_signatures),
        TEST(test_algorithm_identifier),
        TEST(test_wrong_answer),
        TEST(test_wrong_verification),
        TEST(test_another_nonce),
        TEST(test_faults),
        cmocka_unit_test_teardown(test_public_operations, close_all),
        cmocka_unit_test_teardown(test_without_verification, close_all),
        TEST(test_names_in_report),
        TEST(test_changed_key),
        TEST(test_first_of_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
