/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on curves and their operations: what is taken, how it is laid out, what the card may answer. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/key.h"
#include "driver/queue.h"
#include "driver/tlscard.h"
#include "tests/driver/fixture.h"

static const struct {
    enum tlscard_ec_curve curve;
    size_t size;
} curves[] = {{TLSCARD_EC_P256, 32}, {TLSCARD_EC_P384, 48}, {TLSCARD_EC_X25519, 32}};

static const uint8_t octets[512] = {[0 ... 31] = 0x11, [32 ... 47] = 0x12, [48 ... 95] = 0x21, [96 ... 511] = 0x31};

enum { SCALAR = 1, POINT = 2 };

static struct tlscard_ec_components halves_of(size_t size, int halves)
{
    struct tlscard_ec_components components = {{NULL, 0}, {NULL, 0}};

    if ((halves & SCALAR) != 0)
        components.scalar = (struct tlscard_octets){octets, size};
    if ((halves & POINT) != 0)
        components.point = (struct tlscard_octets){octets + 100, 2 * size};
    return components;
}

static struct tlscard_ec_key *make(struct tlscard *card, enum tlscard_ec_curve curve, int halves)
{
    struct tlscard_ec_components components = halves_of(curve == TLSCARD_EC_P384 ? 48 : 32, halves);
    struct tlscard_ec_key *key;

    assert_int_equal(tlscard_ec_key_create(card, curve, &components, &key), 0);
    return key;
}

static int create(struct fixture *fixture, enum tlscard_ec_curve curve, const struct tlscard_ec_components *components)
{
    struct tlscard_ec_key *key = (struct tlscard_ec_key *)1;
    int error = tlscard_ec_key_create(fixture->card, curve, components, &key);

    assert_int_equal(key != NULL, error == 0);
    tlscard_ec_key_free(key);
    return error;
}

static void halves_and_lengths(void **state)
{
    for (unsigned index = 0; index < 3; index++)
        for (int halves = 0; halves <= (SCALAR | POINT); halves++) {
            size_t size = curves[index].size;
            int fits = halves != 0 && !(curves[index].curve == TLSCARD_EC_X25519 && (halves & POINT) != 0);
            struct tlscard_ec_components components = halves_of(size, halves);

            assert_int_equal(create(*state, curves[index].curve, &components), fits ? 0 : -EINVAL);
            for (int change = -1; change <= 1 && halves != 0; change += 2) {
                if ((halves & SCALAR) != 0)
                    components.scalar.length = size + (size_t)change;
                else
                    components.point.length = 2 * size + (size_t)change;
                assert_int_equal(create(*state, curves[index].curve, &components), -EINVAL);
                components = halves_of(size, halves);
                if ((halves & POINT) != 0)
                    components.point.length = 2 * size + (size_t)change;
                if (halves == (SCALAR | POINT))
                    assert_int_equal(create(*state, curves[index].curve, &components), -EINVAL);
            }
        }
}

static void other_curves_are_refused(void **state)
{
    struct tlscard_ec_components components = halves_of(32, SCALAR);

    assert_int_equal(create(*state, (enum tlscard_ec_curve)0, &components), -EINVAL);
    assert_int_equal(create(*state, (enum tlscard_ec_curve)4, &components), -EINVAL);
    tlscard_ec_key_free(NULL);
}

/* A key that no served opcode takes is refused at once. */
static void keys_that_no_opcode_serves(void **state)
{
    static const struct {
        unsigned opcode;
        int scalar, point, montgomery;
    } cases[] = {
        {TLSCARD_OP_EC_MULTIPLY, 0, -ENOTSUP, -ENOTSUP},  {TLSCARD_OP_EC_MULTIPLY_BASE, 0, -ENOTSUP, -ENOTSUP},
        {TLSCARD_OP_ECDSA_SIGN, 0, -ENOTSUP, -ENOTSUP},   {TLSCARD_OP_ECDSA_VERIFY, -ENOTSUP, 0, -ENOTSUP},
        {TLSCARD_OP_X25519, -ENOTSUP, -ENOTSUP, 0},       {TLSCARD_OP_RSA_PUBLIC, -ENOTSUP, -ENOTSUP, -ENOTSUP},
    };
    struct fixture *fixture = *state;
    struct tlscard_ec_components scalar = halves_of(32, SCALAR), point = halves_of(32, POINT);

    for (unsigned index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        fixture->card->opcodes = 1ull << cases[index].opcode;
        assert_int_equal(create(fixture, TLSCARD_EC_P256, &scalar), cases[index].scalar);
        assert_int_equal(create(fixture, TLSCARD_EC_P256, &point), cases[index].point);
        assert_int_equal(create(fixture, TLSCARD_EC_X25519, &scalar), cases[index].montgomery);
    }
}

/* The calls, with inputs that fit: by opcode. On X25519 the first two are one opcode. */
static int call(unsigned opcode, struct tlscard_queue *queue, struct tlscard_ec_key *key,
                struct tlscard_request **request)
{
    size_t size = tlscard_ec_key_size(key);

    switch (opcode) {
    case TLSCARD_OP_EC_MULTIPLY_BASE:
        return tlscard_ec_public(queue, key, request);
    case TLSCARD_OP_EC_MULTIPLY:
        return tlscard_ec_derive(queue, key, octets, 2 * size, request);
    case TLSCARD_OP_X25519:
        return tlscard_ec_derive(queue, key, octets, size, request);
    case TLSCARD_OP_ECDSA_SIGN:
        return tlscard_ecdsa_sign(queue, key, octets, size, octets + 150, request);
    default:
        return tlscard_ecdsa_verify(queue, key, octets, size, octets + 90, request);
    }
}

static const unsigned prime_opcodes[] = {TLSCARD_OP_EC_MULTIPLY, TLSCARD_OP_EC_MULTIPLY_BASE, TLSCARD_OP_ECDSA_SIGN,
                                         TLSCARD_OP_ECDSA_VERIFY};

/* Wait for it and compare with what the fake card makes of such a source and key. */
static void expect_echo(struct tlscard_request *request, const uint8_t *source, size_t source_length,
                        const uint8_t *key, size_t key_length, size_t length)
{
    struct tlscard_result result;
    uint8_t output[512];

    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    assert_int_equal(tlscard_request_result(request, length > 0 ? output : NULL, length, &result), 0);
    assert_int_equal(result.length, length);
    for (size_t index = 0; index < length; index++)
        assert_int_equal(output[index],
                         (uint8_t)(source[index % source_length] + (index < key_length ? key[index] : 0)));
    tlscard_request_release(request);
}

static void expect_entry(struct fixture *fixture, unsigned opcode, unsigned parameter, size_t key_length,
                         size_t source_length, size_t result_length)
{
    const struct tlscard_submission *entry = &seen(fixture)->entry;

    assert_int_equal(entry->opcode, opcode);
    assert_int_equal(entry->parameter, parameter);
    assert_int_equal(entry->flags, 0);
    assert_int_equal(entry->key_length, key_length);
    assert_int_equal(entry->source_length, source_length);
    assert_int_equal(entry->destination_length, result_length);
}

static void entries_are_as_the_map_says(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_request *request;

    for (unsigned index = 0; index < 2; index++) {
        size_t n = curves[index].size;
        unsigned curve = curves[index].curve;
        struct tlscard_ec_key *key = make(fixture->card, curves[index].curve, SCALAR | POINT);
        uint8_t source[144];

        assert_int_equal(tlscard_ec_key_size(key), n);
        assert_int_equal(tlscard_ec_public(queue, key, &request), 0);
        expect_echo(request, octets, n, NULL, 0, 2 * n);
        expect_entry(fixture, TLSCARD_OP_EC_MULTIPLY_BASE, curve, 0, n, 2 * n);

        assert_int_equal(tlscard_ec_derive(queue, key, octets + 40, 2 * n, &request), 0);
        expect_echo(request, octets + 40, 2 * n, octets, n, 2 * n);
        expect_entry(fixture, TLSCARD_OP_EC_MULTIPLY, curve, n, 2 * n, 2 * n);

        assert_int_equal(tlscard_ecdsa_sign(queue, key, octets + 30, n, octets + 20, &request), 0);
        memcpy(source, octets + 30, n);
        memcpy(source + n, octets + 20, n);
        expect_echo(request, source, 2 * n, octets, n, 2 * n);
        expect_entry(fixture, TLSCARD_OP_ECDSA_SIGN, curve, n, 2 * n, 2 * n);

        assert_int_equal(tlscard_ecdsa_verify(queue, key, octets + 30, n, octets + 60, &request), 0);
        memcpy(source + n, octets + 60, 2 * n);
        expect_echo(request, source, 3 * n, NULL, 0, 0);
        expect_entry(fixture, TLSCARD_OP_ECDSA_VERIFY, curve, 2 * n, 3 * n, 0);
        assert_memory_equal(seen(fixture)->key_block, octets + 100, 2 * n);
        assert_memory_equal(seen(fixture)->source, source, 3 * n);
        tlscard_ec_key_free(key);
    }
}

static void x25519_entries(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_X25519, SCALAR);
    struct tlscard_request *request;
    static const uint8_t nine[32] = {9};

    assert_int_equal(tlscard_ec_public(queue, key, &request), 0);
    expect_echo(request, nine, 32, octets, 32, 32);
    expect_entry(fixture, TLSCARD_OP_X25519, TLSCARD_CURVE_X25519, 32, 32, 32);
    assert_int_equal(tlscard_ec_derive(queue, key, octets + 80, 32, &request), 0);
    expect_echo(request, octets + 80, 32, octets, 32, 32);
    expect_entry(fixture, TLSCARD_OP_X25519, TLSCARD_CURVE_X25519, 32, 32, 32);
    tlscard_ec_key_free(key);
}

/* Leftmost octets of a long digest, zeros before a short one. */
static void digests_of_any_length(void **state)
{
    static const size_t lengths[] = {1, 20, 31, 32, 33, 48, 64};
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
    struct tlscard_request *request;

    for (unsigned index = 0; index < sizeof lengths / sizeof lengths[0]; index++) {
        size_t used = lengths[index] < 32 ? lengths[index] : 32;
        uint8_t expected[32] = {0};

        memcpy(expected + 32 - used, octets + 16, used);
        for (int verify = 0; verify <= 1; verify++) {
            memset(queue->free->source, 0xff, SLOT_SOURCE_OCTETS); /* whatever stood there */
            assert_int_equal(verify ? tlscard_ecdsa_verify(queue, key, octets + 16, lengths[index], octets, &request)
                                    : tlscard_ecdsa_sign(queue, key, octets + 16, lengths[index], octets, &request),
                             0);
            assert_int_equal(tlscard_request_wait(request, 60000), 0);
            assert_memory_equal(seen(fixture)->source, expected, 32);
            tlscard_request_release(request);
        }
    }
    assert_int_equal(tlscard_ecdsa_sign(queue, key, octets, 0, octets, &request), -EINVAL);
    assert_int_equal(tlscard_ecdsa_verify(queue, key, octets, 0, octets, &request), -EINVAL);
    tlscard_ec_key_free(key);
}

static void operations_need_their_half(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *scalar = make(fixture->card, TLSCARD_EC_P384, SCALAR);
    struct tlscard_ec_key *point = make(fixture->card, TLSCARD_EC_P384, POINT);
    struct tlscard_ec_key *montgomery = make(fixture->card, TLSCARD_EC_X25519, SCALAR);

    for (unsigned index = 0; index < 4; index++) {
        struct tlscard_request *request = (struct tlscard_request *)1;
        int verify = prime_opcodes[index] == TLSCARD_OP_ECDSA_VERIFY;

        assert_int_equal(call(prime_opcodes[index], queue, verify ? scalar : point, &request), -EINVAL);
        assert_null(request);
        assert_int_equal(call(prime_opcodes[index], queue, verify ? point : scalar, &request), 0);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        tlscard_request_release(request);
        if (prime_opcodes[index] == TLSCARD_OP_EC_MULTIPLY_BASE)
            continue;
        assert_int_equal(call(prime_opcodes[index], queue, montgomery, &request), -EINVAL);
        assert_null(request);
    }
    tlscard_ec_key_free(scalar);
    tlscard_ec_key_free(point);
    tlscard_ec_key_free(montgomery);
}

static void peers_of_another_length_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_request *request;

    for (unsigned index = 0; index < 3; index++) {
        struct tlscard_ec_key *key = make(fixture->card, curves[index].curve, SCALAR);
        size_t length = curves[index].curve == TLSCARD_EC_X25519 ? 32 : 2 * curves[index].size;

        for (size_t other = 0; other <= 2 * length + 1; other++)
            if (other != length)
                assert_int_equal(tlscard_ec_derive(queue, key, octets, other, &request), -EINVAL);
        tlscard_ec_key_free(key);
    }
    assert_int_equal(seen(fixture)->requests, 0);
}

static void opcodes_that_are_not_served(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
    struct tlscard_ec_key *montgomery = make(fixture->card, TLSCARD_EC_X25519, SCALAR);
    struct tlscard_request *request;

    for (unsigned index = 0; index < 4; index++) {
        fixture->card->opcodes = ~(1ull << prime_opcodes[index]);
        assert_int_equal(call(prime_opcodes[index], queue, key, &request), -ENOTSUP);
        assert_null(request);
    }
    fixture->card->opcodes = ~(1ull << TLSCARD_OP_X25519);
    assert_int_equal(tlscard_ec_public(queue, montgomery, &request), -ENOTSUP);
    assert_int_equal(tlscard_ec_derive(queue, montgomery, octets, 32, &request), -ENOTSUP);
    assert_int_equal(seen(fixture)->requests, 0);
    tlscard_ec_key_free(key);
    tlscard_ec_key_free(montgomery);
}

static unsigned answer_status(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                              struct tlscard_completion *completion)
{
    (void)number;
    (void)entry;
    completion->status = *(uint8_t *)fake->script_context;
    completion->result_length = 0;
    return 0;
}

static void statuses_come_back(void **state)
{
    static const uint8_t statuses[] = {TLSCARD_STATUS_INVALID_POINT, TLSCARD_STATUS_INVALID_SCALAR,
                                       TLSCARD_STATUS_INVALID_RESULT, TLSCARD_STATUS_SIGNATURE_INVALID};
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P384, SCALAR | POINT);
    static uint8_t status;

    CHANGE(fixture, script_context, &status);
    CHANGE(fixture, script, answer_status);
    for (unsigned index = 0; index < 16; index++) {
        struct tlscard_request *request;
        struct tlscard_result result;
        uint8_t output[96] = {0}, untouched[96] = {0};

        seen(fixture);
        status = statuses[index / 4];
        assert_int_equal(call(prime_opcodes[index % 4], queue, key, &request), 0);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_int_equal(tlscard_request_result(request, output, sizeof output, &result), -EBADMSG);
        assert_int_equal(result.status, status);
        assert_int_equal(result.length, 0);
        assert_memory_equal(output, untouched, sizeof output);
        tlscard_request_release(request);
    }
    tlscard_ec_key_free(key);
}

static unsigned answer_length(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                              struct tlscard_completion *completion)
{
    (void)number;
    (void)entry;
    completion->result_length += *(uint32_t *)fake->script_context;
    return 0;
}

/* Each opcode and difference on a card of its own: one wrong length, and the card has failed. */
static void a_wrong_length_fails_the_card(void **state)
{
    static const int differences[] = {-1, 1, 32, 48, 0x10000};

    (void)state;
    for (unsigned index = 0; index < 25; index++) {
        void *one;
        unsigned opcode = index / 5 < 4 ? prime_opcodes[index / 5] : TLSCARD_OP_X25519;
        uint32_t difference = (uint32_t)differences[index % 5];

        assert_int_equal(fixture_opened(&one), 0);
        struct fixture *fixture = one;
        struct tlscard_queue *queue = open_queue(fixture, 4);
        struct tlscard_ec_key *key =
            opcode == TLSCARD_OP_X25519 ? make(fixture->card, TLSCARD_EC_X25519, SCALAR)
                                        : make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
        struct tlscard_request *request;
        uint8_t output[128] = {0};

        CHANGE(fixture, script_context, &difference);
        CHANGE(fixture, script, answer_length);
        assert_int_equal(call(opcode, queue, key, &request), 0);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_int_equal(tlscard_request_result(request, output, sizeof output, NULL), -EPROTO);
        assert_int_equal(output[0], 0);
        tlscard_request_release(request);
        assert_int_equal(call(opcode, queue, key, &request), -EIO);
        tlscard_ec_key_free(key);
        assert_int_equal(fixture_end(&one), 0);
    }
}

/* The card reads the block when it likes, until it has answered. */
static void a_key_freed_in_flight_lives_on(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);

    CHANGE(fixture, script, hold);
    for (unsigned index = 0; index < 4; index++) {
        struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
        const uint8_t *block = fixture->card->first_key->block.memory;
        struct tlscard_request *request;

        assert_int_equal(call(prime_opcodes[index], queue, key, &request), 0);
        await_held(fixture, 1);
        tlscard_ec_key_free(key);
        assert_int_equal(block[0], octets[0]);
        assert_non_null(fixture->card->first_key);
        pthread_mutex_lock(&fixture->fake.lock);
        fake_card_answer(&fixture->fake, 0);
        pthread_mutex_unlock(&fixture->fake.lock);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_null(fixture->card->first_key);
        for (unsigned octet = 0; octet < DMA_SMALL_BLOCK_SIZE; octet++)
            assert_int_equal(block[octet], 0);
        tlscard_request_release(request);
    }
}

/* Scalar and nonce are wiped from the slot as well, with the request or when its answer comes. */
static void a_released_request_is_wiped(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
    struct tlscard_request *request;

    assert_int_equal(tlscard_ec_public(queue, key, &request), 0);
    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    seen(fixture);
    const uint8_t *source = fake_card_memory(&fixture->fake, fixture->fake.entry.source_address, 32);
    const uint8_t *result = fake_card_memory(&fixture->fake, fixture->fake.entry.destination_address, 64);
    assert_int_equal(source[0], octets[0]);
    assert_int_equal(result[0], octets[0]);
    tlscard_request_release(request);
    for (unsigned index = 0; index < 32; index++)
        assert_int_equal(source[index] | result[index] | result[32 + index], 0);
    tlscard_ec_key_free(key);
}

static unsigned regions(const struct fixture *fixture)
{
    unsigned count = 0;

    for (struct dma_region *region = fixture->card->space.regions; region != NULL; region = region->next)
        count++;
    return count;
}

/* One key after the other, each used: nothing is mapped after the first. */
static void a_thousand_keys_in_turn_do_not_grow(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    unsigned before = regions(fixture);

    for (unsigned round = 0; round < 1000; round++) {
        struct tlscard_ec_key *key = make(fixture->card, curves[round % 3].curve, SCALAR);
        struct tlscard_request *request;

        assert_int_equal(tlscard_ec_public(queue, key, &request), 0);
        tlscard_ec_key_free(key);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        tlscard_request_release(request);
    }
    assert_int_equal(regions(fixture), before + 1);
    assert_null(fixture->card->first_key);
}

/* A thousand at once need four mappings, and again the same. */
static void a_thousand_keys_at_once(void **state)
{
    struct fixture *fixture = *state;
    static struct tlscard_ec_key *keys[1000];
    uint64_t last = 0;

    for (unsigned round = 0; round < 2; round++) {
        for (unsigned index = 0; index < 1000; index++) {
            keys[index] = make(fixture->card, TLSCARD_EC_P384, SCALAR | POINT);
            assert_int_not_equal(fixture->card->first_key->block.iova, last);
            last = fixture->card->first_key->block.iova;
            assert_int_equal(last % DMA_SMALL_BLOCK_SIZE, 0);
        }
        assert_int_equal(regions(fixture), 4);
        for (unsigned index = 0; index < 1000; index++)
            tlscard_ec_key_free(keys[(index * 7) % 1000]);
    }
    for (struct dma_region *region = fixture->card->space.regions; region != NULL; region = region->next)
        for (size_t octet = 0; octet < region->size; octet++)
            assert_int_equal(region->memory[octet], 0);
}

static void another_cards_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *foreign;
    struct tlscard_request *request;
    void *other;

    assert_int_equal(fixture_opened(&other), 0);
    foreign = make(((struct fixture *)other)->card, TLSCARD_EC_P256, SCALAR | POINT);
    for (unsigned index = 0; index < 4; index++)
        assert_int_equal(call(prime_opcodes[index], queue, foreign, &request), -EINVAL);
    tlscard_ec_key_free(foreign);
    assert_int_equal(fixture_end(&other), 0);
}

/* A queue that is full takes no more; keys left at the end go with the card. */
static void a_full_queue_asks_for_patience(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
    struct tlscard_request *request;

    CHANGE(fixture, script, hold);
    for (unsigned index = 0; index < 3; index++)
        assert_int_equal(call(prime_opcodes[index], queue, key, &request), 0);
    assert_int_equal(tlscard_ecdsa_verify(queue, key, octets, 32, octets, &request), -EAGAIN);
    assert_null(request);
}

static void a_child_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_ec_key *key = make(fixture->card, TLSCARD_EC_P256, SCALAR | POINT);
    struct tlscard_ec_components components = halves_of(32, SCALAR);
    struct tlscard_request *request;
    int status;

    pid_t child = fork();
    if (child == 0) {
        struct tlscard_ec_key *mine;
        int good = tlscard_ec_key_create(fixture->card, TLSCARD_EC_P256, &components, &mine) == -EOWNERDEAD;

        for (unsigned index = 0; index < 4; index++)
            good &= call(prime_opcodes[index], queue, key, &request) == -EOWNERDEAD;
        tlscard_ec_key_free(key);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(tlscard_ec_public(queue, key, &request), 0);
    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    tlscard_request_release(request);
    tlscard_ec_key_free(key);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(halves_and_lengths),
        OPENED(other_curves_are_refused),
        OPENED(keys_that_no_opcode_serves),
        OPENED(entries_are_as_the_map_says),
        OPENED(x25519_entries),
        OPENED(digests_of_any_length),
        OPENED(operations_need_their_half),
        OPENED(peers_of_another_length_are_refused),
        OPENED(opcodes_that_are_not_served),
        OPENED(statuses_come_back),
        cmocka_unit_test(a_wrong_length_fails_the_card),
        OPENED(a_key_freed_in_flight_lives_on),
        OPENED(a_released_request_is_wiped),
        OPENED(a_thousand_keys_in_turn_do_not_grow),
        OPENED(a_thousand_keys_at_once),
        OPENED(another_cards_key_is_refused),
        OPENED(a_full_queue_asks_for_patience),
        OPENED(a_child_is_refused),
    };

    return cmocka_run_group_tests_name("ec", tests, NULL, NULL);
}
