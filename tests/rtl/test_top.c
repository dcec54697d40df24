// SPDX-License-Identifier: Apache-2.0
// The whole card through its link: registers, requests checked against libcrypto, interrupts, errors, resets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

#include "tests/rtl/top_bench.h"

/* Made for these tests and used nowhere else. */
static const char prime_p[] =
    "f67755dbd5e5848b84392e772da0b11c8ece30e9cc453422ec10f41d3f37b527363b445a8914b9dc367bb2ddc67231b6"
    "394fd6d6d98b458feee992bb6177d66c8f069a02ef88a7edbd0b23a890272d63858842f0a0249238b66d6680d15d0d34"
    "888987e4d99967a50f99bf502f5a332237d1dd927ec082bfba947f70b875461d";
static const char prime_q[] =
    "be41a7932d37509d843f2cde8d2dbf81660d2e10b6a6ad690ec11fe3d677ca2081f0327438f60d1350691ff779503e6e"
    "400e3e70a859ddc93faf9c743ad91bbe10420df89c3c6ae7382ad134b7261327e0fadc1295ee536bb44226834de9ca4b"
    "0390ab8e843965fc58d86bdf5772a690c0cd70ae4bc92b4cfa3473d4de3c8409";

enum { K = 256, HALF = 128, CRT_KEY = K + 16 + 5 * HALF, MAX_K = 512, SMALL = 128 };

/* The private key as the card reads it, and what checks its results. */
struct key {
    BN_CTX *context;
    BIGNUM *n, *e, *d;
    uint8_t block[CRT_KEY];
};

static void put_number(uint8_t **place, const BIGNUM *number, int octets) {
    assert_int_equal(BN_bn2binpad(number, *place, octets), octets);
    *place += octets;
}

static void key_make(struct key *key) {
    BN_CTX *context = key->context = BN_CTX_new();
    BIGNUM *p = NULL, *q = NULL, *p1 = BN_new(), *q1 = BN_new(), *part = BN_new();
    key->n = BN_new();
    key->e = BN_new();
    key->d = BN_new();
    assert_true(BN_hex2bn(&p, prime_p) && BN_hex2bn(&q, prime_q) && BN_set_word(key->e, 65537));
    assert_true(BN_mul(key->n, p, q, context) && BN_sub(p1, p, BN_value_one()) && BN_sub(q1, q, BN_value_one()));
    assert_true(BN_mul(part, p1, q1, context) && BN_mod_inverse(key->d, key->e, part, context));
    uint8_t *place = key->block;
    put_number(&place, key->n, K);
    put_number(&place, key->e, 16);
    put_number(&place, p, HALF);
    put_number(&place, q, HALF);
    assert_true(BN_mod(part, key->d, p1, context));
    put_number(&place, part, HALF);
    assert_true(BN_mod(part, key->d, q1, context));
    put_number(&place, part, HALF);
    assert_non_null(BN_mod_inverse(part, q, p, context));
    put_number(&place, part, HALF);
    BN_free(p);
    BN_free(q);
    BN_free(p1);
    BN_free(q1);
    BN_free(part);
}

static void key_free(struct key *key) {
    BN_free(key->n);
    BN_free(key->e);
    BN_free(key->d);
    BN_CTX_free(key->context);
}

static void fill(struct top *top, uint8_t *octets, unsigned count) {
    for (unsigned i = 0; i < count; i++) octets[i] = (uint8_t)link_random(&top->link, 256);
}

/* base ^ exponent mod modulus, as the octets that the card must write. */
static void expected_power(uint8_t *result, unsigned k, const uint8_t *base, const BIGNUM *exponent, const uint8_t *modulus) {
    BN_CTX *context = BN_CTX_new();
    BIGNUM *b = BN_bin2bn(base, (int)k, NULL), *m = BN_bin2bn(modulus, (int)k, NULL), *r = BN_new();
    assert_true(BN_mod_exp(r, b, exponent, m, context));
    assert_int_equal(BN_bn2binpad(r, result, (int)k), k);
    BN_free(b);
    BN_free(m);
    BN_free(r);
    BN_CTX_free(context);
}

/* A request of the public exponent 65537 with a random odd modulus of k octets, and its result. */
static struct tlscard_submission public_request(struct top *top, unsigned function, unsigned slot, unsigned k,
                                                uint8_t *expected) {
    uint8_t key[MAX_K + 16] = {0}, source[MAX_K];
    BIGNUM *e = BN_new();
    fill(top, key, k);
    fill(top, source, k);
    key[0] |= 0x80;
    key[k - 1] |= 1;
    source[0] &= 0x7f;
    key[k + 13] = key[k + 15] = 1;
    assert_true(BN_set_word(e, 65537));
    expected_power(expected, k, source, e, key);
    BN_free(e);
    return top_request(top, function, slot, TLSCARD_OP_RSA_PUBLIC, k, key, k + 16, source);
}

static void assert_result(struct top *top, unsigned function, unsigned slot, const uint8_t *expected, unsigned k) {
    const uint8_t *result = top_destination(top, function, slot);
    assert_memory_equal(result, expected, k);
    assert_int_equal(result[-1], 0xa5);
    assert_int_equal(result[k], 0xa5);
}

static void test_registers(void **state) {
    struct top *top = *state;
    for (unsigned f = 0; f < TOP_FUNCTIONS; f++) {
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_NAME_LO), TLSCARD_NAME_LO);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_MAP_HASH), TLSCARD_MAP_HASH_VALUE);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_CAPS_QUEUES),
                         TLSCARD_MAX_LOG2_ENTRIES << 24 | TOP_PAIRS << 16 | f << 8 | TOP_FUNCTIONS);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_CAPS_ENGINES), TOP_LANES << 16 | 2u << 8 | TOP_ENGINES);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_CLOCK_HZ), 200000000);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_STATUS), 1);
        assert_int_equal(top_read(top, f, 0, 0xfffc), 0);
    }
    uint32_t before = top_read(top, 0, 0, TLSCARD_REG_CYCLES_LO);
    top_run(top, 500);
    assert_in_range(top_read(top, 0, 0, TLSCARD_REG_CYCLES_LO) - before, 500, 1000);
}

/* No octets of a private key may stand anywhere in the card: in whatever order, memory or register. */
static void assert_forgotten(const struct top *top, const uint8_t *secret, unsigned octets) {
    const struct top_bench_model *m = &top->model;
    const uint8_t *first = (const uint8_t *)m->dut__reg_valid;
    const uint8_t *last = (const uint8_t *)m->dut__engines__BRA__1__KET____engine__datapath__memory_c__words;
    enum { WINDOW = 8 };
    assert_true(last > first);
    for (unsigned i = 0; i + WINDOW <= octets; i++) {
        uint8_t reversed[WINDOW];
        for (unsigned j = 0; j < WINDOW; j++) reversed[j] = secret[i + WINDOW - 1 - j];
        assert_null(memmem(first, (size_t)(last - first), secret + i, WINDOW));
        assert_null(memmem(first, (size_t)(last - first), reversed, WINDOW));
    }
}

/* RSA private with the second representation, on two functions at once; the key is forgotten. */
static void test_private(void **state) {
    struct top *top = *state;
    struct key key;
    struct top_pair pairs[2];
    uint8_t source[2][K], expected[2][K];
    key_make(&key);
    for (unsigned f = 0; f < 2; f++) {
        top_enable(top, &pairs[f], f, f, 3, -1);
        fill(top, source[f], K);
        source[f][0] &= 0x7f;
        expected_power(expected[f], K, source[f], key.d, key.block);
        struct tlscard_submission request =
            top_request(top, f, 0, TLSCARD_OP_RSA_PRIVATE_CRT, K, key.block, CRT_KEY, source[f]);
        top_put(top, &pairs[f], &request);
        top_ring(top, &pairs[f]);
    }
    for (unsigned f = 0; f < 2; f++) {
        struct tlscard_completion completion = top_wait(top, &pairs[f], 2000000);
        assert_int_equal(completion.status, TLSCARD_STATUS_OK);
        assert_int_equal(completion.result_length, K);
        assert_int_equal(completion.command_id, 0x5a00);
        assert_true(completion.cycles > 10000);
        assert_result(top, f, 0, expected[f], K);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_PKE_COMPLETED), 1);
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_BUSY_CYCLES_LO), completion.cycles);
    }
    /* Both engines worked: the one counter of the card says so to each function. */
    uint32_t multiplied = top_read(top, 0, 0, TLSCARD_REG_MULTIPLIER_CYCLES_LO);
    assert_true(multiplied > 10000);
    top_settle(top, 20000);
    assert_in_range(top_read(top, 1, 0, TLSCARD_REG_MULTIPLIER_CYCLES_LO) - multiplied, 0, 20000);
    assert_int_equal(top_residue(top), 0);
    assert_forgotten(top, key.block + K + 16, 5 * HALF);
    /* A key that does not belong together gives a status and not an octet. */
    key.block[CRT_KEY - 1] ^= 1;
    struct tlscard_submission request = top_request(top, 0, 0, TLSCARD_OP_RSA_PRIVATE_CRT, K, key.block, CRT_KEY, source[0]);
    top_put(top, &pairs[0], &request);
    top_ring(top, &pairs[0]);
    struct tlscard_completion completion = top_wait(top, &pairs[0], 2000000);
    assert_int_equal(completion.status, TLSCARD_STATUS_CHECK_FAILED);
    assert_int_equal(completion.result_length, 0);
    for (unsigned i = 0; i < K; i++) assert_int_equal(top_destination(top, 0, 0)[i], 0xa5);
    assert_int_equal(top_read(top, 0, 0, TLSCARD_REG_PKE_FAILED), 1);
    key_free(&key);
}

static void test_public_sizes(void **state) {
    struct top *top = *state;
    static const unsigned sizes[] = {128, 144, 256, 272, 384, 512};
    struct top_pair pair;
    top_enable(top, &pair, 2, 0, 3, -1);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t expected[MAX_K];
        struct tlscard_submission request = public_request(top, 2, 0, sizes[i], expected);
        top_put(top, &pair, &request);
        top_ring(top, &pair);
        struct tlscard_completion completion = top_wait(top, &pair, 1000000);
        assert_int_equal(completion.status, TLSCARD_STATUS_OK);
        assert_result(top, 2, 0, expected, sizes[i]);
    }
}

/* A message for each completion, after its entry; a masked vector's message waits. */
static void test_interrupts(void **state) {
    struct top *top = *state;
    const struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP};
    struct top_pair pair, silent;
    struct tlscard_completion completion;
    top_vector(top, 1, 2, false);
    top_enable(top, &pair, 1, 0, 4, 2);
    top_enable(top, &silent, 1, 1, 4, -1);
    for (unsigned i = 1; i <= 3; i++) {
        top_put(top, &pair, &nop);
        top_ring(top, &pair);
        while (top->messages[1] < i) {
            assert_true(top->cycle < 100000);
            top_step(top);
        }
        assert_true(top_take(top, &pair, &completion)); /* the entry is there when the message is */
    }
    top_put(top, &silent, &nop);
    top_ring(top, &silent);
    top_wait(top, &silent, 2000);
    assert_int_equal(top->messages[1], 3);
    top_write(top, 1, 2, 16 * 2 + 12, 1);
    top_put(top, &pair, &nop);
    top_ring(top, &pair);
    top_wait(top, &pair, 2000);
    top_settle(top, 2000);
    assert_int_equal(top->messages[1], 3);
    assert_int_equal(top_read(top, 1, 2, TLSCARD_PCI_MSIX_PBA_OFFSET), 4);
    top_write(top, 1, 2, 16 * 2 + 12, 0);
    top_settle(top, 2000);
    assert_int_equal(top->messages[1], 4);
    assert_int_equal(top_read(top, 1, 2, TLSCARD_PCI_MSIX_PBA_OFFSET), 0);
    *top->model.cfg_msix_enable = 5;
    top_put(top, &pair, &nop);
    top_ring(top, &pair);
    top_wait(top, &pair, 2000);
    top_settle(top, 2000);
    assert_int_equal(top->messages[1], 4);
}

struct fault {
    uint64_t address;
    unsigned octets;
    enum link_fault fault;
};
static struct fault armed;

static enum link_fault choose_fault(void *context, const struct link_packet *read) {
    unsigned octets;
    uint64_t address = link_span(read, &octets);
    (void)context;
    return address < armed.address + armed.octets && armed.address < address + octets ? armed.fault : LINK_GOOD;
}

/* Reads that fail: of an entry they halt the pair, of an operand they end the request. */
static void test_read_errors(void **state) {
    struct top *top = *state;
    static const struct {
        enum link_fault fault;
        uint8_t status;
    } faults[] = {
        {LINK_UNSUPPORTED, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST}, {LINK_ABORT, TLSCARD_STATUS_DMA_COMPLETER_ABORT},
        {LINK_POISONED, TLSCARD_STATUS_DMA_POISONED}, {LINK_LOST, TLSCARD_STATUS_DMA_TIMEOUT},
        {LINK_TOO_LONG, TLSCARD_STATUS_DMA_MALFORMED},
    };
    top->link.choose_fault = choose_fault;
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct top_pair pair;
        uint8_t expected[MAX_K];
        top_enable(top, &pair, 0, 0, 3, -1);
        for (unsigned which = 0; which < 2; which++) {
            struct tlscard_submission request = public_request(top, 0, 0, SMALL, expected);
            armed = (struct fault){which ? request.source_address : request.key_address, SMALL, faults[i].fault};
            top_put(top, &pair, &request);
            top_ring(top, &pair);
            struct tlscard_completion completion = top_wait(top, &pair, 200000);
            assert_int_equal(completion.status, faults[i].status);
            for (unsigned j = 0; j < SMALL; j++) assert_int_equal(top_destination(top, 0, 0)[j], 0xa5);
        }
        armed = (struct fault){top_address(0, pair.sq + 2 * 64), 64, faults[i].fault};
        struct tlscard_submission request = public_request(top, 0, 0, SMALL, expected);
        top_put(top, &pair, &request);
        top_ring(top, &pair);
        top_settle(top, 200000);
        assert_int_equal(top_queue_read(top, &pair, TLSCARD_QREG_STATE), (unsigned)faults[i].status << 8 | 1);
        assert_int_equal(top_read(top, 0, 0, TLSCARD_REG_ERROR_CODE) & 0xff, faults[i].status);
        armed.octets = 0;
        top_write(top, 0, 0, TLSCARD_REG_CONTROL, 1);
        while (top_read(top, 0, 0, TLSCARD_REG_STATUS) != 1) assert_true(top->cycle < 10000000);
    }
}

/* Bus Master Enable is taken away with work in the queue: the pair halts, and nothing leaves. */
static void test_bus_master(void **state) {
    struct top *top = *state;
    struct top_pair pair;
    const struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP};
    top_enable(top, &pair, 1, 1, 2, -1);
    top_settle(top, 1000);
    *top->model.cfg_bus_master = 5;
    unsigned long reads = top->link.reads, writes = top->link.writes;
    top_put(top, &pair, &nop);
    top_ring(top, &pair);
    top_settle(top, 1000);
    assert_int_equal(top_queue_read(top, &pair, TLSCARD_QREG_STATE), TLSCARD_ERROR_BUS_MASTER_DISABLED << 8 | 1);
    assert_true(top->link.reads == reads && top->link.writes == writes);
}

/* Resets at any moment of a request: nothing of the function is written afterwards, the others go on. */
static void test_resets(void **state) {
    struct top *top = *state;
    for (unsigned round = 0; round < 24; round++) {
        struct top_pair victim, other;
        uint8_t expected[MAX_K], unused[MAX_K];
        top_vector(top, 1, 0, false);
        top_enable(top, &victim, 1, 0, 3, 0);
        top_enable(top, &other, 2, 0, 3, -1);
        for (unsigned i = 0; i < 6; i++) {
            struct tlscard_submission request = public_request(top, 1, i, SMALL, unused);
            top_put(top, &victim, &request);
        }
        struct tlscard_submission request = public_request(top, 2, 0, SMALL, expected);
        top_put(top, &other, &request);
        top_ring(top, &victim);
        top_ring(top, &other);
        top_run(top, round * round * 15);
        unsigned done = top->flr_done[1];
        if (round % 2) *top->model.cfg_flr = 2;
        else top_write(top, 1, 0, TLSCARD_REG_CONTROL, 1);
        top_run(top, 100);
        while (top_read(top, 1, 0, TLSCARD_REG_STATUS) != 1) assert_true(top->cycle < 10000000);
        uint64_t ready = top->cycle;
        assert_int_equal(top->flr_done[1], done + round % 2);
        assert_int_equal(top_read(top, 1, 2, 0), 0); /* the MSI-X table is at its reset values */
        assert_int_equal(top_queue_read(top, &victim, TLSCARD_QREG_SQ_BASE_LO), 0);
        assert_int_equal(top_wait(top, &other, 200000).status, TLSCARD_STATUS_OK);
        assert_result(top, 2, 0, expected, SMALL);
        top_settle(top, 200000);
        assert_true(top->last_write[1] < ready);
        assert_int_equal(top_residue(top), 0);
        top_write(top, 2, 0, TLSCARD_REG_CONTROL, 1);
        top_settle(top, 200000);
    }
}

enum { FLOWS = TOP_FUNCTIONS * TOP_PAIRS, FLOW_SLOTS = 6 };

struct flow {
    struct top_pair pair;
    bool used[FLOW_SLOTS], nop[FLOW_SLOTS];
    uint8_t expected[FLOW_SLOTS][SMALL];
    unsigned outstanding, taken;
};

static void flow_submit(struct top *top, struct flow *flow, unsigned first) {
    unsigned i = (unsigned)link_random(&top->link, FLOW_SLOTS);
    if (flow->used[i]) return;
    flow->used[i] = true;
    flow->nop[i] = link_random(&top->link, 2);
    struct tlscard_submission request = {.opcode = TLSCARD_OP_NOP, .command_id = (uint16_t)(0x5a00 + first + i)};
    if (!flow->nop[i]) request = public_request(top, flow->pair.function, first + i, SMALL, flow->expected[i]);
    flow->outstanding++;
    top_put(top, &flow->pair, &request);
    top_ring(top, &flow->pair);
}

static void flow_take(struct top *top, struct flow *flow, unsigned first) {
    struct tlscard_completion completion;
    if (!top_take(top, &flow->pair, &completion)) return;
    unsigned i = completion.command_id - 0x5a00u - first;
    assert_true(i < FLOW_SLOTS && flow->used[i]);
    assert_int_equal(completion.status, TLSCARD_STATUS_OK);
    assert_int_equal(completion.result_length, flow->nop[i] ? 0 : SMALL);
    if (!flow->nop[i]) assert_result(top, flow->pair.function, first + i, flow->expected[i], SMALL);
    flow->used[i] = false;
    flow->outstanding--;
    flow->taken++;
}

static void flows_finish(struct top *top, struct flow *flows) {
    for (unsigned i = 0; i < FLOWS; i++)
        for (unsigned n = 0; flows[i].outstanding != 0; n++) {
            assert_true(n < 400000);
            flow_take(top, &flows[i], i % TOP_PAIRS * FLOW_SLOTS);
            top_step(top);
        }
    top_settle(top, 20000);
}

/* Every pair of every function at work over a link that stalls and reorders at random. */
static void test_traffic(void **state) {
    struct top *top = *state;
    static struct flow flows[FLOWS];
    memset(flows, 0, sizeof(flows));
    for (unsigned f = 0; f < TOP_FUNCTIONS; f++) top_vector(top, f, 1, false);
    for (unsigned i = 0; i < FLOWS; i++) top_enable(top, &flows[i].pair, i / TOP_PAIRS, i % TOP_PAIRS, 3, 1);
    for (unsigned shape = 0; shape < 6; shape++) {
        top->link.max_payload = 128u << link_random(&top->link, 3);
        top->link.max_read = 128u << link_random(&top->link, 4);
        top->link.rx_stall = (unsigned)link_random(&top->link, 60);
        top->link.tx_stall = (unsigned)link_random(&top->link, 60);
        top->link.latency = (unsigned)link_random(&top->link, 200);
        for (unsigned round = 0; round < 1500; round++) {
            unsigned i = (unsigned)link_random(&top->link, FLOWS);
            flow_submit(top, &flows[i], i % TOP_PAIRS * FLOW_SLOTS);
            i = (unsigned)link_random(&top->link, FLOWS);
            flow_take(top, &flows[i], i % TOP_PAIRS * FLOW_SLOTS);
            top_run(top, (unsigned)link_random(&top->link, 100));
        }
        flows_finish(top, flows);
    }
    unsigned total = 0, messages = 0;
    for (unsigned i = 0; i < FLOWS; i++) {
        assert_true(flows[i].taken > 20);
        total += flows[i].taken;
    }
    for (unsigned f = 0; f < TOP_FUNCTIONS; f++) {
        messages += top->messages[f];
        assert_int_equal(top_read(top, f, 0, TLSCARD_REG_ERROR_COUNT), 0);
    }
    printf("# %u requests\n", total);
    assert_int_equal(messages, total);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_registers, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_private, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_public_sizes, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_interrupts, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_read_errors, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_bus_master, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_resets, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_traffic, top_setup, top_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
