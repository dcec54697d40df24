/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated card in this process, end to end: the driver on the card's RTL, against OpenSSL's
 * arithmetic. Those tests are skipped where libtlscard-sim.so has not been built.
 */
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "tests/driver/simulation.h"

static void expect_failure(int error, const char *words)
{
    char message[TLSCARD_MESSAGE_SIZE];
    struct tlscard *card;

    assert_int_equal(tlscard_open("sim", 1000, &card, message), error);
    assert_null(card);
    assert_non_null(strstr(message, words));
}

static void a_library_that_does_not_work(void **state)
{
    (void)state;
    choose_library("absent.so");
    expect_failure(-ENODEV, "absent.so");
    setenv("TLSCARD_SIM_LIBRARY", "libm.so.6", 1);
    expect_failure(-ENODEV, "no tlscard_sim_attach");
    choose_library("libfake-sim.so");
    setenv("FAKE_SIM", "busy", 1);
    expect_failure(-EBUSY, "every function is taken");
    setenv("FAKE_SIM", "positive", 1);
    expect_failure(-EIO, "did not start");
    setenv("FAKE_SIM", "closed", 1);
    expect_failure(-EPROTO, "closed the connection");
    /* The default: beside the library, which here is the program, then where dlopen looks. */
    unsetenv("TLSCARD_SIM_LIBRARY");
    if (access("/usr/local/lib/libtlscard-sim.so", F_OK) != 0 && access("/usr/lib/libtlscard-sim.so", F_OK) != 0)
        expect_failure(-ENODEV, "libtlscard-sim.so");
}

/* A key of OpenSSL's making, its numbers by the names of the driver's components. */
struct key {
    BIGNUM *numbers[8]; /* n, e, p, q, dP, dQ, qInv, d */
    size_t size;
    struct tlscard_rsa_key *on_card;
};

static void make_key(struct tlscard *card, unsigned bits, struct key *key)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_D};
    EVP_PKEY *generated = EVP_RSA_gen(bits);
    struct tlscard_rsa_components components;
    struct tlscard_octets *parts[] = {&components.n,  &components.e,  &components.p,   &components.q,
                                      &components.dp, &components.dq, &components.qinv};
    uint8_t octets[7][512];

    assert_non_null(generated);
    memset(key, 0, sizeof *key);
    key->size = bits / 8;
    for (unsigned index = 0; index < 8; index++)
        assert_int_equal(EVP_PKEY_get_bn_param(generated, names[index], &key->numbers[index]), 1);
    for (unsigned index = 0; index < 7; index++)
        *parts[index] =
            (struct tlscard_octets){octets[index], (size_t)BN_bn2bin(key->numbers[index], octets[index])};
    assert_int_equal(tlscard_rsa_key_create(card, &components, &key->on_card), 0);
    EVP_PKEY_free(generated);
}

static void free_key(struct key *key)
{
    tlscard_rsa_key_free(key->on_card);
    for (unsigned index = 0; index < 8; index++)
        BN_free(key->numbers[index]);
}

typedef int operation(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input, size_t length,
                      struct tlscard_request **request);

/* A random number below the modulus, and its power by OpenSSL. */
static void make_case(const struct key *key, const BIGNUM *exponent, uint8_t *input, uint8_t *expected)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *base = BN_new(), *power = BN_new();

    assert_int_equal(BN_rand_range(base, key->numbers[0]), 1);
    assert_int_equal(BN_mod_exp(power, base, exponent, key->numbers[0], context), 1);
    BN_bn2binpad(base, input, (int)key->size);
    BN_bn2binpad(power, expected, (int)key->size);
    BN_free(base);
    BN_free(power);
    BN_CTX_free(context);
}

static uint32_t compute(struct tlscard_queue *queue, const struct key *key, operation *submit,
                        const BIGNUM *exponent)
{
    struct tlscard_request *request;
    struct tlscard_result result;
    uint8_t input[512], expected[512], output[512];

    make_case(key, exponent, input, expected);
    assert_int_equal(submit(queue, key->on_card, input, key->size, &request), 0);
    assert_int_equal(tlscard_request_wait(request, 300000), 0);
    assert_int_equal(tlscard_request_result(request, output, sizeof output, &result), 0);
    assert_int_equal(result.length, key->size);
    assert_true(result.cycles > 0);
    assert_memory_equal(output, expected, key->size);
    tlscard_request_release(request);
    return result.cycles;
}

static void information(void **state)
{
    struct simulation *simulation = need(state);
    struct tlscard_info info;

    assert_int_equal(tlscard_info(simulation->card, &info), 0);
    assert_string_equal(info.transport, "sim");
    assert_string_equal(info.address, "sim");
    assert_int_equal(info.simulated, 1);
    assert_int_equal(info.map_hash, TLSCARD_MAP_HASH_VALUE);
    assert_true(info.pke_engines >= 1 && info.clock_hz > 0);
    for (unsigned opcode = TLSCARD_OP_MODEXP; opcode <= TLSCARD_OP_RSA_PRIVATE_CRT; opcode++)
        assert_int_equal(info.opcodes >> opcode & 1, 1);
    assert_int_equal(info.opcodes & ~(TLSCARD_OPCODES_NONE | TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_GCM), 0);
    assert_int_equal(info.error_count, 0);
}

static void private_and_public_operations(void **state)
{
    static const unsigned sizes[] = {2048, 3072, 4096};
    struct simulation *simulation = need(state);

    for (unsigned index = 0; index < 3; index++) {
        struct key key;

        make_key(simulation->card, sizes[index], &key);
        uint32_t public = compute(simulation->queue, &key, tlscard_rsa_public, key.numbers[1]);
        uint32_t private = compute(simulation->queue, &key, tlscard_rsa_private, key.numbers[7]);
        print_message("# RSA-%u: public %u cycles, private %u cycles\n", sizes[index], public, private);
        free_key(&key);
    }
}

static void several_requests_at_once(void **state)
{
    struct simulation *simulation = need(state);
    struct tlscard_request *requests[10];
    static uint8_t inputs[10][256], expected[10][256];
    uint8_t output[256];
    struct key key;

    make_key(simulation->card, 2048, &key);
    for (unsigned index = 0; index < 10; index++) {
        make_case(&key, key.numbers[1], inputs[index], expected[index]);
        assert_int_equal(
            tlscard_rsa_public(simulation->queue, key.on_card, inputs[index], 256, &requests[index]), 0);
    }
    for (unsigned index = 10; index-- > 0;) {
        assert_int_equal(tlscard_request_wait(requests[index], 300000), 0);
        assert_int_equal(tlscard_request_result(requests[index], output, sizeof output, NULL), 0);
        assert_memory_equal(output, expected[index], 256);
        tlscard_request_release(requests[index]);
    }
    free_key(&key);
}

static void an_inconsistent_key_gives_no_result(void **state)
{
    struct simulation *simulation = need(state);
    struct tlscard_request *request;
    struct tlscard_result result;
    uint8_t input[256], expected[256], output[256] = {0}, octets[7][256];
    struct key key;
    struct tlscard_rsa_key *wrong;

    make_key(simulation->card, 2048, &key);
    BN_add_word(key.numbers[4], 2);
    struct tlscard_octets parts[7];
    for (unsigned index = 0; index < 7; index++)
        parts[index] = (struct tlscard_octets){octets[index], (size_t)BN_bn2bin(key.numbers[index], octets[index])};
    const struct tlscard_rsa_components components = {parts[0], parts[1], parts[2], parts[3],
                                                      parts[4], parts[5], parts[6]};
    assert_int_equal(tlscard_rsa_key_create(simulation->card, &components, &wrong), 0);
    make_case(&key, key.numbers[1], input, expected);
    assert_int_equal(tlscard_rsa_private(simulation->queue, wrong, input, 256, &request), 0);
    assert_int_equal(tlscard_request_wait(request, 300000), 0);
    assert_int_equal(tlscard_request_result(request, output, sizeof output, &result), -EBADMSG);
    assert_int_equal(result.status, TLSCARD_STATUS_CHECK_FAILED);
    tlscard_request_release(request);
    memset(input, 0xff, sizeof input);
    assert_int_equal(tlscard_rsa_public(simulation->queue, key.on_card, input, 256, &request), 0);
    assert_int_equal(tlscard_request_wait(request, 300000), 0);
    assert_int_equal(tlscard_request_result(request, output, sizeof output, &result), -EBADMSG);
    assert_int_equal(result.status, TLSCARD_STATUS_OPERAND_RANGE);
    tlscard_request_release(request);
    tlscard_rsa_key_free(wrong);
    free_key(&key);
}

/* In flight: a request given up, then a reset; the queue goes on. */
static void reset_with_requests_in_flight(void **state)
{
    struct simulation *simulation = need(state);
    struct tlscard_request *requests[2];
    uint8_t input[256], expected[256], output[256];
    struct key key;

    make_key(simulation->card, 2048, &key);
    make_case(&key, key.numbers[7], input, expected);
    for (unsigned index = 0; index < 2; index++)
        assert_int_equal(tlscard_rsa_private(simulation->queue, key.on_card, input, 256, &requests[index]), 0);
    tlscard_request_release(requests[0]);
    assert_int_equal(tlscard_reset(simulation->card, 300000), 0);
    assert_int_equal(tlscard_request_result(requests[1], output, sizeof output, NULL), -ECANCELED);
    tlscard_request_release(requests[1]);
    assert_int_equal(tlscard_queue_depth(simulation->queue), 0);
    compute(simulation->queue, &key, tlscard_rsa_public, key.numbers[1]);
    free_key(&key);
}

/* Small queues, many times around; two functions at once; a queue closed with work in flight. */
static void queues_of_a_second_function(void **state)
{
    struct simulation *simulation = need(state);
    char message[TLSCARD_MESSAGE_SIZE];
    struct tlscard *second;
    struct tlscard_queue *queue;
    struct tlscard_request *request;
    struct key key;
    uint8_t input[256], expected[256];

    (void)simulation;
    assert_int_equal(tlscard_open("sim", 60000, &second, message), 0);
    make_key(second, 2048, &key);
    for (unsigned entries = 2; entries <= 8; entries *= 2) {
        assert_int_equal(tlscard_queue_open(second, entries, &queue), 0);
        for (unsigned round = 0; round < 2 * entries + 1; round++)
            compute(queue, &key, tlscard_rsa_public, key.numbers[1]);
        make_case(&key, key.numbers[1], input, expected);
        assert_int_equal(tlscard_rsa_public(queue, key.on_card, input, 256, &request), 0);
        tlscard_queue_close(queue);
    }
    free_key(&key);
    assert_int_equal(close_checked(second), 0);
}

struct worker {
    struct tlscard *card;
    const struct key *key;
    pthread_t thread;
    uint8_t input[256], expected[256];
    unsigned good;
};

static void *work(void *context)
{
    struct worker *worker = context;
    struct tlscard_queue *queue;
    struct tlscard_request *request;
    uint8_t output[256];

    if (tlscard_queue_open(worker->card, 4, &queue) != 0)
        return NULL;
    for (unsigned round = 0; round < 8; round++) {
        if (tlscard_rsa_public(queue, worker->key->on_card, worker->input, 256, &request) != 0)
            continue;
        worker->good += tlscard_request_wait(request, 300000) == 0 &&
                        tlscard_request_result(request, output, sizeof output, NULL) == 0 &&
                        memcmp(output, worker->expected, sizeof output) == 0;
        tlscard_request_release(request);
    }
    tlscard_queue_close(queue);
    return NULL;
}

static void threads_with_a_queue_each(void **state)
{
    struct simulation *simulation = need(state);
    struct worker workers[3];
    struct key key;

    make_key(simulation->card, 2048, &key);
    for (unsigned index = 0; index < 3; index++) {
        workers[index] = (struct worker){.card = simulation->card, .key = &key};
        make_case(&key, key.numbers[1], workers[index].input, workers[index].expected);
    }
    for (unsigned index = 0; index < 3; index++)
        assert_int_equal(pthread_create(&workers[index].thread, NULL, work, &workers[index]), 0);
    for (unsigned index = 0; index < 3; index++)
        pthread_join(workers[index].thread, NULL);
    for (unsigned index = 0; index < 3; index++)
        assert_int_equal(workers[index].good, 8);
    free_key(&key);
}

int main(void)
{
#define SIMULATED(test) cmocka_unit_test_setup_teardown(test, open_simulation, close_simulation)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_that_does_not_work),
        SIMULATED(information),
        SIMULATED(private_and_public_operations),
        SIMULATED(several_requests_at_once),
        SIMULATED(an_inconsistent_key_gives_no_result),
        SIMULATED(reset_with_requests_in_flight),
        SIMULATED(queues_of_a_second_function),
        SIMULATED(threads_with_a_queue_each),
    };

    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
