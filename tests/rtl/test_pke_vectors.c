/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's curves against published vectors (tests/vectors): NIST's ECDSA and ECC CDH.
 * Those of RFC 6979 and RFC 7748 are in test_pke_ec.c and test_pke_ec_x25519.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "tests/rtl/pke_curves.h"
#include "tests/rtl/pke_vectors.h"

/* Vectors are run as many at a time as keep every context busy. */
enum { BATCH = 60, MESSAGE = 512 };

static struct pke_bench bench;
static struct pke_curve curves[2];
static struct pke_vectors vectors;
static struct pke_job jobs[BATCH];
static unsigned long lines[BATCH]; /* of the vectors in their file */

static const struct pke_curve *curve_of_section(void)
{
    int is_256 = strncmp(vectors.section, "P-256", 5) == 0 || strncmp(vectors.section, "EC - ", 5) == 0;
    assert_true(is_256 || strncmp(vectors.section, "P-384", 5) == 0 || strncmp(vectors.section, "ED - ", 5) == 0);
    return &curves[!is_256];
}

static BIGNUM *number(const char *name)
{
    BIGNUM *value = pke_vectors_number(&vectors, name);
    if (!value)
        fail_msg("line %lu: no number %s", vectors.line, name);
    return value;
}

static void append(struct pke_job *job, const struct pke_curve *curve, const char *name)
{
    BIGNUM *value = number(name);
    pke_curve_number(job, curve, value);
    BN_free(value);
}

/* The digest's leftmost octets, as many as the order has (FIPS 186-5 section 6.4.1). The section is "curve,hash". */
static void append_digest(struct pke_job *job, const struct pke_curve *curve)
{
    uint8_t message[MESSAGE], digest[EVP_MAX_MD_SIZE] = {0}, field[PKE_COORDINATE] = {0};
    char name[16] = "SHA";
    unsigned length = 0;
    size_t count = pke_vectors_octets(&vectors, "Msg", message, sizeof(message));
    snprintf(name + 3, sizeof(name) - 3, "%s", strchr(vectors.section, ',') + 5);
    assert_true(count > 0);
    assert_int_equal(EVP_Digest(message, count, digest, &length, EVP_get_digestbyname(name), NULL), 1);
    unsigned used = length < curve->octets ? length : curve->octets;
    memcpy(field + curve->octets - used, digest, used);
    pke_curve_octets(job, field, curve->octets);
}

static int is_number(const uint8_t *octets, unsigned count, const char *name)
{
    BIGNUM *got = BN_bin2bn(octets, (int)count, NULL), *wanted = number(name);
    int same = BN_cmp(got, wanted) == 0;
    BN_free(got);
    BN_free(wanted);
    return same;
}

/* Whether a job gave the numbers of these names. */
static int gave(const struct pke_job *job, const struct pke_curve *curve, const char *first, const char *second)
{
    return job->status == TLSCARD_STATUS_OK && job->result_length == 2 * curve->octets
           && is_number(job->result, curve->octets, first) && is_number(job->result + curve->octets, curve->octets, second);
}

static void run(unsigned count)
{
    assert_int_equal(pke_bench_run(&bench, jobs, count), 0);
    assert_int_equal(pke_bench_residue(&bench), 0);
}

static void open_vectors(const char *path)
{
    if (pke_vectors_open(&vectors, path))
        fail_msg("tests/vectors/%s is missing: run from the top of the tree", path);
}

/* Read the file twice: `make` fills a job for each vector, `check` looks at its result, with the same fields at
 * hand. The last field's name ends a vector. */
static unsigned each_vector(const char *path, const char *last, unsigned jobs_each, void (*make)(struct pke_job *),
                            void (*check)(const struct pke_job *))
{
    static struct pke_vectors second;
    unsigned total = 0;
    int more = 1;
    open_vectors(path);
    second = vectors;
    open_vectors(path);
    while (more == 1) {
        unsigned count = 0;
        while (count + jobs_each <= BATCH && (more = pke_vectors_next(&vectors, last)) == 1) {
            lines[count] = vectors.line;
            make(&jobs[count]);
            count += jobs_each;
        }
        if (more < 0)
            fail_msg("%s: line %lu is not understood", path, vectors.line);
        run(count);
        struct pke_vectors ahead = vectors;
        vectors = second;
        for (unsigned n = 0; n < count; n += jobs_each) {
            assert_int_equal(pke_vectors_next(&vectors, last), 1);
            assert_int_equal(vectors.line, lines[n]);
            check(&jobs[n]);
        }
        second = vectors;
        vectors = ahead;
        total += count / jobs_each;
    }
    pke_vectors_close(&vectors);
    pke_vectors_close(&second);
    print_message("# %s: %u vectors\n", path, total);
    return total;
}

/* d, k and the message give r and s; and Q is d G. */
static void make_sign(struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    pke_curve_job(&job[0], TLSCARD_OP_ECDSA_SIGN, curve->id);
    append(&job[0], curve, "d");
    append_digest(&job[0], curve);
    append(&job[0], curve, "k");
    pke_curve_job(&job[1], TLSCARD_OP_EC_MULTIPLY_BASE, curve->id);
    append(&job[1], curve, "d");
}

static void check_sign(const struct pke_job *job)
{
    if (!gave(&job[0], curve_of_section(), "R", "S"))
        fail_msg("line %lu: status %02x or another r or s", vectors.line, job[0].status);
    if (!gave(&job[1], curve_of_section(), "Qx", "Qy"))
        fail_msg("line %lu: status %02x or another Q", vectors.line, job[1].status);
}

static void signatures(void **state)
{
    (void)state;
    assert_int_equal(each_vector("ecdsa/SigGen.txt", "S", 2, make_sign, check_sign), 150);
}

static void make_verify(struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    pke_curve_job(job, TLSCARD_OP_ECDSA_VERIFY, curve->id);
    append(job, curve, "Qx");
    append(job, curve, "Qy");
    append_digest(job, curve);
    append(job, curve, "R");
    append(job, curve, "S");
}

/* "P (0 )" or "F (reason)"; a changed Q is another point of the curve. */
static void check_verify(const struct pke_job *job)
{
    int good = pke_vectors_text(&vectors, "Result")[0] == 'P';
    assert_int_equal(job->result_length, 0);
    if (job->status != (good ? TLSCARD_STATUS_OK : TLSCARD_STATUS_SIGNATURE_INVALID))
        fail_msg("line %lu: status %02x for %s", vectors.line, job->status, pke_vectors_text(&vectors, "Result"));
}

static void verifications(void **state)
{
    (void)state;
    assert_int_equal(each_vector("ecdsa/SigVer.rsp", "Result", 1, make_verify, check_verify), 150);
}

/* d G is Q, by the fixed base and with G as any other point. */
static void make_pair(struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    BIGNUM *x = BN_new(), *y = BN_new();
    assert_int_equal(pke_curve_multiply(curve, BN_value_one(), NULL, x, y), 0);
    pke_curve_job(&job[0], TLSCARD_OP_EC_MULTIPLY_BASE, curve->id);
    append(&job[0], curve, "d");
    pke_curve_job(&job[1], TLSCARD_OP_EC_MULTIPLY, curve->id);
    append(&job[1], curve, "d");
    pke_curve_number(&job[1], curve, x);
    pke_curve_number(&job[1], curve, y);
    BN_free(x);
    BN_free(y);
}

static void check_pair(const struct pke_job *job)
{
    for (unsigned n = 0; n < 2; n++)
        if (!gave(&job[n], curve_of_section(), "Qx", "Qy"))
            fail_msg("line %lu: status %02x or another Q", vectors.line, job[n].status);
}

static void key_pairs(void **state)
{
    (void)state;
    assert_int_equal(each_vector("ecdsa/KeyPair.rsp", "Qy", 2, make_pair, check_pair), 20);
}

/* Public keys, of which some are none. A coordinate with more octets than the field's cannot be asked for: its
 * low octets are. */
static void make_public(struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    static const char *const names[] = {"Qx", "Qy"};
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY, curve->id);
    pke_curve_number(job, curve, BN_value_one());
    for (unsigned n = 0; n < 2; n++) {
        BIGNUM *coordinate = number(names[n]);
        if (BN_num_bytes(coordinate) > (int)curve->octets)
            BN_mask_bits(coordinate, (int)curve->octets * 8);
        pke_curve_number(job, curve, coordinate);
        BN_free(coordinate);
    }
}

static void check_public(const struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    if (pke_vectors_text(&vectors, "Result")[0] == 'P' && !gave(job, curve, "Qx", "Qy"))
        fail_msg("line %lu: status %02x or another point", vectors.line, job->status);
    if (pke_vectors_text(&vectors, "Result")[0] == 'F'
        && (job->status != TLSCARD_STATUS_INVALID_POINT || job->result_length != 0))
        fail_msg("line %lu: status %02x for %s", vectors.line, job->status, pke_vectors_text(&vectors, "Result"));
}

static void public_keys(void **state)
{
    (void)state;
    assert_int_equal(each_vector("ecdsa/PKV.rsp", "Result", 1, make_public, check_public), 24);
}

/* ECC CDH: Z is x of dsIUT QsCAVS; and dsIUT G is QsIUT. */
static void make_agreement(struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    pke_curve_job(&job[0], TLSCARD_OP_EC_MULTIPLY, curve->id);
    append(&job[0], curve, "dsIUT");
    append(&job[0], curve, "QsCAVSx");
    append(&job[0], curve, "QsCAVSy");
    pke_curve_job(&job[1], TLSCARD_OP_EC_MULTIPLY_BASE, curve->id);
    append(&job[1], curve, "dsIUT");
}

/* Passes where both are so; reasons 1 and 2 say that the peer's point is none, the others that a number of this
 * side or Z was changed. */
static void check_agreement(const struct pke_job *job)
{
    const struct pke_curve *curve = curve_of_section();
    const char *verdict = pke_vectors_text(&vectors, "Result");
    int no_point = strncmp(verdict, "F (1 ", 5) == 0 || strncmp(verdict, "F (2 ", 5) == 0;
    int agrees = job[0].status == TLSCARD_STATUS_OK && is_number(job[0].result, curve->octets, "Z")
                 && gave(&job[1], curve, "QsIUTx", "QsIUTy");
    if (job[0].status != (no_point ? TLSCARD_STATUS_INVALID_POINT : TLSCARD_STATUS_OK)
        || agrees != (verdict[0] == 'P') || (no_point && job[0].result_length))
        fail_msg("line %lu: status %02x, agreement %d for %s", vectors.line, job[0].status, agrees, verdict);
}

static void agreements(void **state)
{
    (void)state;
    assert_int_equal(each_vector("ecdh/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax", "Result", 2,
                                 make_agreement, check_agreement), 60);
    assert_int_equal(each_vector("ecdh/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_resp.fax", "Result", 2,
                                 make_agreement, check_agreement), 60);
}

static int setup(void **state)
{
    (void)state;
    return pke_curve_open(&curves[0], TLSCARD_CURVE_P256) || pke_curve_open(&curves[1], TLSCARD_CURVE_P384)
           || pke_bench_open(&bench, 1);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    pke_curve_close(&curves[0]);
    pke_curve_close(&curves[1]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),  cmocka_unit_test(verifications), cmocka_unit_test(key_pairs),
        cmocka_unit_test(public_keys), cmocka_unit_test(agreements),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
