/* SPDX-License-Identifier: Apache-2.0 */
/* The AES-GCM lane with NIST's vectors and the test cases of the GCM specification: tests/vectors/aes_gcm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/gcm_bench.h"

enum { OCTETS = 128, LINE = 4096 };

struct field {
    uint8_t octets[OCTETS + GCM_TAG];
    unsigned count;
};

/* One case of a file. */
struct vector {
    struct field key, nonce, plaintext, additional, ciphertext, tag;
    int fails;
};

static struct gcm_bench bench;

static int open_lane(void **state)
{
    (void)state;
    return gcm_bench_open(&bench, 5);
}

static int close_lane(void **state)
{
    (void)state;
    gcm_bench_close(&bench);
    return 0;
}

static void parse(struct field *field, const char *text)
{
    unsigned octet;
    field->count = 0;
    while (sscanf(text, "%2x", &octet) == 1) {
        assert_in_range(field->count, 0, OCTETS - 1);
        field->octets[field->count++] = (uint8_t)octet;
        text += 2;
    }
}

static struct field *field_of(struct vector *vector, const char *name)
{
    const struct {
        const char *name;
        struct field *field;
    } fields[] = {{"Key", &vector->key},        {"IV", &vector->nonce},      {"PT", &vector->plaintext},
                  {"AAD", &vector->additional}, {"CT", &vector->ciphertext}, {"Tag", &vector->tag}};
    for (unsigned n = 0; n < sizeof(fields) / sizeof(fields[0]); n++)
        if (!strcmp(name, fields[n].name))
            return fields[n].field;
    return NULL;
}

/* The next case, up to the empty line behind it; 0 at the end. */
static int read_vector(FILE *file, struct vector *vector)
{
    char line[LINE], name[16], value[LINE];
    memset(vector, 0, sizeof(*vector));
    while (fgets(line, sizeof(line), file)) {
        value[0] = 0;
        if (!strncmp(line, "FAIL", 4))
            vector->fails = 1;
        else if (sscanf(line, " %15[A-Za-z] = %4095s", name, value) >= 1 && field_of(vector, name))
            parse(field_of(vector, name), value);
        else if (line[0] == '\n' && vector->key.count)
            return 1;
    }
    return vector->key.count != 0;
}

static void run_vector(const struct vector *vector, int open)
{
    uint8_t payload[OCTETS + GCM_TAG], expected[OCTETS + GCM_TAG], result[OCTETS + 2 * GCM_TAG];
    const struct field *from = open ? &vector->ciphertext : &vector->plaintext;
    const struct field *to = open ? &vector->plaintext : &vector->ciphertext;
    struct gcm_job job = {.open = open,
                          .key_octets = vector->key.count,
                          .additional = vector->additional.octets,
                          .additional_octets = vector->additional.count,
                          .payload = payload,
                          .octets = from->count,
                          .result = result};
    assert_int_equal(vector->nonce.count, GCM_NONCE);
    assert_int_equal(vector->tag.count, GCM_TAG);
    memcpy(job.key, vector->key.octets, vector->key.count);
    memcpy(job.nonce, vector->nonce.octets, GCM_NONCE);
    memcpy(payload, from->octets, from->count);
    memcpy(payload + from->count, vector->tag.octets, GCM_TAG);
    memcpy(expected, to->octets, to->count);
    memcpy(expected + to->count, vector->tag.octets, GCM_TAG);
    assert_int_equal(gcm_bench_run(&bench, &job, 1), 0);
    assert_int_equal(job.status, vector->fails ? TLSCARD_STATUS_TAG_MISMATCH : TLSCARD_STATUS_OK);
    if (!vector->fails)
        assert_memory_equal(result, expected, gcm_bench_result_octets(&job));
}

/* A case that passes runs both ways; one that fails is opened. */
static void run_file(const char *name, unsigned count)
{
    char path[256];
    struct vector vector;
    unsigned found = 0;
    snprintf(path, sizeof(path), "tests/vectors/aes_gcm/%s.rsp", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (; read_vector(file, &vector); found++) {
        run_vector(&vector, 1);
        if (!vector.fails)
            run_vector(&vector, 0);
    }
    fclose(file);
    assert_int_equal(found, count);
}

static void test_specification(void **state)
{
    (void)state;
    run_file("specification", 8);
}

static void test_encrypt(void **state)
{
    (void)state;
    run_file("encrypt_128", 125);
    run_file("encrypt_256", 125);
}

static void test_decrypt(void **state)
{
    (void)state;
    run_file("decrypt_128", 125);
    run_file("decrypt_256", 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specification),
        cmocka_unit_test(test_encrypt),
        cmocka_unit_test(test_decrypt),
    };
    return cmocka_run_group_tests(tests, open_lane, close_lane);
}
