/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's X25519: the vectors of RFC 7748, points of low order, edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_curves.h"

static struct pke_bench bench;
static uint64_t random_state;
static unsigned operations;
static struct pke_job jobs[1];

static void random_octets(uint8_t *octets, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        octets[n] = (uint8_t)(pke_bench_random(&random_state) >> 24);
}

static void run(void)
{
    assert_int_equal(pke_bench_run(&bench, jobs, 1), 0);
    assert_int_equal(pke_bench_residue(&bench), 0);
}

static void refused(uint8_t status)
{
    run();
    assert_int_equal(jobs[0].status, status);
    assert_int_equal(jobs[0].result_length, 0);
}

static void from_hex(uint8_t *octets, const char *hex)
{
    for (unsigned n = 0; hex[2 * n]; n++) {
        char digits[3] = {hex[2 * n], hex[2 * n + 1], 0};
        octets[n] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

/* RFC 7748 sections 5.2 and 6.1: scalar, coordinate, result. */
static void rfc_7748(void **state)
{
    (void)state;
    static const char *const vectors[][3] = {
        {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
         "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
         "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
        {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
         "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
         "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
        {"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
         "0900000000000000000000000000000000000000000000000000000000000000",
         "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"},
        {"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
         "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
         "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
        {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
         "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
         "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"}};
    for (unsigned n = 0; n < sizeof(vectors) / sizeof(vectors[0]); n++) {
        uint8_t scalar[32], coordinate[32], wanted[32];
        from_hex(scalar, vectors[n][0]);
        from_hex(coordinate, vectors[n][1]);
        from_hex(wanted, vectors[n][2]);
        pke_x25519_job(&jobs[0], scalar, coordinate);
        run();
        assert_int_equal(jobs[0].status, TLSCARD_STATUS_OK);
        assert_memory_equal(jobs[0].result, wanted, 32);
    }
}

/* RFC 7748 section 5.2, iterated: 1 time, and 1,000 times in a run of at least that many operations. */
static void rfc_7748_iterated(void **state)
{
    (void)state;
    uint8_t k[32] = {9}, u[32] = {9}, once[32], thousand[32];
    unsigned count = operations >= 1000 ? 1000 : 1;
    from_hex(once, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    from_hex(thousand, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
    for (unsigned n = 0; n < count; n++) {
        pke_x25519_job(&jobs[0], k, u);
        assert_int_equal(pke_bench_run(&bench, jobs, 1), 0);
        assert_int_equal(jobs[0].status, TLSCARD_STATUS_OK);
        memcpy(u, k, 32);
        memcpy(k, jobs[0].result, 32);
        if (n == 0)
            assert_memory_equal(k, once, 32);
    }
    if (count == 1000)
        assert_memory_equal(k, thousand, 32);
}

/* Coordinates of order 1, 2, 4 and 8 on the curve and its twist, each also with p added and with the top
 * bit set: the result is zero and is refused. */
static void x25519_low_order(void **state)
{
    (void)state;
    static const char *const coordinates[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    for (unsigned n = 0; n < 2 * sizeof(coordinates) / sizeof(coordinates[0]); n++) {
        uint8_t scalar[32], coordinate[32], unused[32];
        random_octets(scalar, 32);
        from_hex(coordinate, coordinates[n / 2]);
        if (n & 1)
            coordinate[31] |= 0x80;
        assert_int_equal(pke_x25519(unused, scalar, coordinate), -1);
        pke_x25519_job(&jobs[0], scalar, coordinate);
        refused(TLSCARD_STATUS_INVALID_RESULT);
    }
}

/* Scalars and coordinates of all zeros and all ones, coordinates from p to 2^255 - 1. */
static void x25519_edges(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 24; n++) {
        uint8_t scalar[32], coordinate[32], wanted[32];
        random_octets(scalar, 32);
        random_octets(coordinate, 32);
        if (n < 2)
            memset(scalar, n ? 0xff : 0, 32);
        if (n > 2) {
            memset(coordinate, 0xff, 32);
            coordinate[0] = (uint8_t)(0xed + (n - 3) % 19);
            coordinate[31] = n & 1 ? 0x7f : 0xff;
        }
        pke_x25519_job(&jobs[0], scalar, coordinate);
        if (pke_x25519(wanted, scalar, coordinate)) {
            refused(TLSCARD_STATUS_INVALID_RESULT);
            continue;
        }
        run();
        assert_int_equal(jobs[0].status, TLSCARD_STATUS_OK);
        assert_memory_equal(jobs[0].result, wanted, 32);
    }
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED"), *count = getenv("TLSCARD_TEST_OPERATIONS");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240306;
    operations = count ? (unsigned)strtoul(count, NULL, 0) : 1;
    print_message("# TLSCARD_TEST_SEED=%llu TLSCARD_TEST_OPERATIONS=%u\n", (unsigned long long)random_state, operations);
    random_state |= 1;
    return pke_bench_open(&bench, random_state);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_7748),
        cmocka_unit_test(x25519_low_order),
        cmocka_unit_test(x25519_edges),
        cmocka_unit_test(rfc_7748_iterated),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
