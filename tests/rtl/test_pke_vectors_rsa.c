/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's RSA against NIST's signatures (tests/vectors/rsa): RSAVP1 and RSASP1 of RFC 8017.
 *
 * Messages are encoded here (RFC 8017 section 9), so each vector tells what the primitives must give. With
 * TLSCARD_TEST_OPERATIONS of 1000 or more the slow exponentiations are made for every vector, not for some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "tests/rtl/pke_keys.h"
#include "tests/rtl/pke_vectors.h"

enum { OCTETS = 512, EVERY = 1000 };

static struct pke_bench bench;
static struct pke_vectors vectors;
static int every;
static BN_CTX *context;

/* One vector: its key's size, encoded message and signature as octets of the modulus' length. */
struct vector {
    unsigned octets;
    const EVP_MD *hash;
    uint8_t encoded[OCTETS], signature[OCTETS], salt[64];
    size_t salt_length;
};

static BIGNUM *number(const char *name)
{
    BIGNUM *value = pke_vectors_number(&vectors, name);
    if (!value)
        fail_msg("line %lu: no number %s", vectors.line, name);
    return value;
}

/* EMSA-PKCS1-v1_5 (section 9.2): 00 01 ff .. 00 and the DER of DigestInfo. */
static void encode_pkcs1(struct vector *v, const uint8_t *digest, unsigned length)
{
    const ASN1_OBJECT *oid = OBJ_nid2obj(EVP_MD_get_type(v->hash));
    uint8_t oid_length = (uint8_t)OBJ_length(oid), *info = v->encoded + v->octets - length - oid_length - 10;
    const uint8_t head[] = {0x30, (uint8_t)(oid_length + length + 8), 0x30, (uint8_t)(oid_length + 4), 6, oid_length};
    memset(v->encoded, 0xff, v->octets);
    v->encoded[0] = info[-1] = 0;
    v->encoded[1] = 1;
    memcpy(info, head, sizeof(head));
    memcpy(info + 6, OBJ_get0_data(oid), oid_length);
    memcpy(info + 6 + oid_length, (const uint8_t[]){5, 0, 4, (uint8_t)length}, 4);
    memcpy(info + 10 + oid_length, digest, length);
}

/* Exclusive or with MGF1 of the seed (section B.2.1). */
static void mask(const EVP_MD *hash, uint8_t *octets, size_t count, const uint8_t *seed, unsigned length)
{
    uint8_t block[EVP_MAX_MD_SIZE + 4] = {0}, out[EVP_MAX_MD_SIZE];
    memcpy(block, seed, length);
    for (size_t n = 0; n < count; n++) {
        if (n % length == 0) {
            block[length + 3] = (uint8_t)(n / length);
            EVP_Digest(block, length + 4, out, NULL, hash, NULL);
        }
        octets[n] ^= out[n % length];
    }
}

/* EMSA-PSS (section 9.1.1) with the vector's salt; moduli have whole octets, so one bit on top is cleared. */
static void encode_pss(struct vector *v, const uint8_t *digest, unsigned length)
{
    uint8_t inner[8 + 2 * EVP_MAX_MD_SIZE] = {0}, *seed = v->encoded + v->octets - length - 1;
    memcpy(inner + 8, digest, length);
    memcpy(inner + 8 + length, v->salt, v->salt_length);
    memset(v->encoded, 0, v->octets);
    EVP_Digest(inner, 8 + length + v->salt_length, seed, NULL, v->hash, NULL);
    memcpy(seed - v->salt_length, v->salt, v->salt_length);
    seed[-(ptrdiff_t)v->salt_length - 1] = 1;
    mask(v->hash, v->encoded, (size_t)(seed - v->encoded), seed, length);
    v->encoded[0] &= 0x7f;
    v->encoded[v->octets - 1] = 0xbc;
}

static void read_vector(struct vector *v, void (*encode)(struct vector *, const uint8_t *, unsigned))
{
    uint8_t message[512], digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    *v = (struct vector){.octets = (unsigned)strtoul(vectors.section + 6, NULL, 10) / 8};
    v->hash = EVP_get_digestbyname(pke_vectors_text(&vectors, "SHAAlg"));
    v->salt_length = pke_vectors_octets(&vectors, "SaltVal", v->salt, sizeof(v->salt));
    size_t count = pke_vectors_octets(&vectors, "Msg", message, sizeof(message));
    assert_true(v->hash && count > 0);
    assert_int_equal(EVP_Digest(message, count, digest, &length, v->hash, NULL), 1);
    encode(v, digest, length);
    BIGNUM *signature = number("S");
    assert_int_equal(BN_bn2binpad(signature, v->signature, (int)v->octets), (int)v->octets);
    BN_free(signature);
}

static void run(struct pke_job *job)
{
    assert_int_equal(pke_bench_run(&bench, job, 1), 0);
    assert_int_equal(pke_bench_residue(&bench), 0);
}

static void expect(const struct pke_job *job, const uint8_t *result, const char *what)
{
    if (job->status != TLSCARD_STATUS_OK || job->result_length != job->parameter
        || memcmp(job->result, result, job->parameter) != 0)
        fail_msg("line %lu: %s: status %02x or another result", vectors.line, what, job->status);
}

/* signature ^ e mod n */
static void recover(struct pke_job *job, const struct vector *v)
{
    BIGNUM *n = number("n"), *e = number("e"), *s = number("S");
    pke_job_public(job, n, e, s, v->octets);
    BN_free(n);
    BN_free(e);
    BN_free(s);
    run(job);
}

/* encoded ^ d mod n, for keys without their primes */
static void sign(struct pke_job *job, const struct vector *v)
{
    BIGNUM *n = number("n"), *d = number("d"), *m = BN_bin2bn(v->encoded, (int)v->octets, NULL);
    pke_job_modexp(job, n, d, m, v->octets);
    BN_free(n);
    BN_free(d);
    BN_free(m);
    run(job);
}

static unsigned generations(const char *path, void (*encode)(struct vector *, const uint8_t *, unsigned))
{
    static struct pke_job job;
    static struct vector v;
    char section[sizeof(vectors.section)] = "";
    unsigned count = 0, exponentiations = 0;
    int more;
    if (pke_vectors_open(&vectors, path))
        fail_msg("tests/vectors/%s is missing: run from the top of the tree", path);
    while ((more = pke_vectors_next(&vectors, "S")) == 1) {
        read_vector(&v, encode);
        recover(&job, &v);
        expect(&job, v.encoded, "signature ^ e");
        if (every || strcmp(section, vectors.section) != 0) {
            sign(&job, &v);
            expect(&job, v.signature, "encoded message ^ d");
            exponentiations++;
        }
        strcpy(section, vectors.section);
        count++;
    }
    assert_int_equal(more, 0);
    pke_vectors_close(&vectors);
    print_message("# %s: %u vectors, %u of them signed\n", path, count, exponentiations);
    return count;
}

static void generation_pkcs1(void **state)
{
    (void)state;
    assert_int_equal(generations("rsa/SigGen15_186-2.txt", encode_pkcs1), 150);
}

static void generation_pss(void **state)
{
    (void)state;
    assert_int_equal(generations("rsa/SigGenPSS_186-2.txt", encode_pss), 150);
}

/* The key with its primes; dP and dQ are d modulo each prime less one. */
static void read_key(struct pke_key *key, unsigned octets)
{
    BIGNUM *d = number("d"), *less = BN_new();
    *key = (struct pke_key){octets,      number("n"), number("e"), number("p"), number("q"),
                            BN_new(), BN_new(),    BN_new()};
    assert_true(BN_sub(less, key->p, BN_value_one()) && BN_mod(key->dp, d, less, context)
                && BN_sub(less, key->q, BN_value_one()) && BN_mod(key->dq, d, less, context)
                && BN_mod_inverse(key->qinv, key->q, key->p, context));
    BN_free(d);
    BN_free(less);
}

static void sign_crt(struct pke_job *job, const struct vector *v)
{
    struct pke_key key;
    read_key(&key, v->octets);
    BIGNUM *m = BN_bin2bn(v->encoded, (int)v->octets, NULL);
    pke_job_private(job, &key, m);
    pke_key_free(&key);
    BN_free(m);
    run(job);
}

/* What a vector says of its signature: passed; or message, e, S or the encoding was changed. Where e was, the key
 * is not consistent, and the card must say so. Some vectors give the wrong encoding itself. */
static unsigned verifications(const char *path, void (*encode)(struct vector *, const uint8_t *, unsigned))
{
    static struct pke_job job;
    static struct vector v;
    unsigned count = 0, keys = 0, inconsistent = 0;
    int more;
    if (pke_vectors_open(&vectors, path))
        fail_msg("tests/vectors/%s is missing: run from the top of the tree", path);
    while ((more = pke_vectors_next(&vectors, "Result")) == 1) {
        const char *verdict = pke_vectors_text(&vectors, "Result");
        read_vector(&v, encode);
        recover(&job, &v);
        assert_int_equal(job.status, TLSCARD_STATUS_OK);
        assert_int_equal(job.result_length, v.octets);
        if ((memcmp(job.result, v.encoded, v.octets) == 0) != (verdict[0] == 'P'))
            fail_msg("line %lu: other verdict than %s", vectors.line, verdict);
        if (verdict[0] == 'P') {
            sign_crt(&job, &v);
            expect(&job, v.signature, "encoded message ^ d, from the primes");
            keys++;
        } else if (verdict[3] == '2' && (every || v.octets == 256)) {
            sign_crt(&job, &v);
            assert_int_equal(job.status, TLSCARD_STATUS_CHECK_FAILED);
            assert_int_equal(job.result_length, 0);
            inconsistent++;
        }
        count++;
    }
    assert_int_equal(more, 0);
    pke_vectors_close(&vectors);
    print_message("# %s: %u vectors, %u of them signed, %u with another e than the key's\n", path, count, keys, inconsistent);
    return count;
}

static void verification_pkcs1(void **state)
{
    (void)state;
    assert_int_equal(verifications("rsa/SigVer15_186-3.rsp", encode_pkcs1), 108);
}

static void verification_pss(void **state)
{
    (void)state;
    assert_int_equal(verifications("rsa/SigVerPSS_186-3.rsp", encode_pss), 108);
}

static int setup(void **state)
{
    (void)state;
    const char *count = getenv("TLSCARD_TEST_OPERATIONS");
    every = count && strtoul(count, NULL, 0) >= EVERY;
    context = BN_CTX_new();
    return !context || pke_bench_open(&bench, 1);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    BN_CTX_free(context);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generation_pkcs1),
        cmocka_unit_test(generation_pss),
        cmocka_unit_test(verification_pkcs1),
        cmocka_unit_test(verification_pss),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
