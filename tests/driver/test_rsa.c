/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys and operations: what is taken, and how it is laid out for the card. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/device.h"
#include "tests/driver/fixture.h"

static int create(struct fixture *fixture, const struct key_octets *octets)
{
    struct tlscard_rsa_key *key;
    int error = tlscard_rsa_key_create(fixture->card, &octets->components, &key);

    assert_int_equal(key != NULL, error == 0);
    tlscard_rsa_key_free(key);
    return error;
}

static void sizes_of_private_keys(void **state)
{
    struct key_octets octets;

    for (size_t size = 16; size <= 512; size += 8) {
        make_components(&octets, size, 1);
        assert_int_equal(create(*state, &octets), size == 256 || size == 384 || size == 512 ? 0 : -ENOTSUP);
    }
}

static void sizes_of_public_keys(void **state)
{
    struct key_octets octets;

    for (size_t size = 16; size <= 512; size++) {
        make_components(&octets, size, 0);
        assert_int_equal(create(*state, &octets), size >= 128 && size % 16 == 0 ? 0 : -ENOTSUP);
    }
}

static void exponents(void **state)
{
    static const struct {
        uint8_t octets[9];
        size_t length;
        int error;
    } cases[] = {
        {{3}, 1, 0},
        {{1}, 1, -ENOTSUP},
        {{2}, 1, -EINVAL},
        {{0}, 1, -EINVAL},
        {{0, 0, 0, 0, 0, 0, 0, 0, 3}, 9, 0},
        {{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, 0},
        {{1, 0, 0, 0, 0, 0, 0, 0, 1}, 9, -ENOTSUP},
        {{3}, 0, -EINVAL},
    };
    struct key_octets octets;

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        make_components(&octets, 256, index % 2 == 0);
        octets.components.e = (struct tlscard_octets){cases[index].octets, cases[index].length};
        assert_int_equal(create(*state, &octets), cases[index].error);
    }
}

static void components_that_are_missing_or_even_or_long(void **state)
{
    struct key_octets octets;
    struct tlscard_octets *parts[] = {&octets.components.p, &octets.components.q, &octets.components.dp,
                                      &octets.components.dq, &octets.components.qinv};
    uint8_t longer[129];

    memset(longer, 0xff, sizeof longer);
    for (unsigned index = 0; index < 5; index++) {
        make_components(&octets, 256, 1);
        parts[index]->data = NULL;
        assert_int_equal(create(*state, &octets), -EINVAL);
        make_components(&octets, 256, 1);
        *parts[index] = (struct tlscard_octets){longer, sizeof longer};
        assert_int_equal(create(*state, &octets), -EINVAL);
        make_components(&octets, 256, 1);
        octets.parts[index][127] &= 0xfe;
        assert_int_equal(create(*state, &octets), index < 2 ? -EINVAL : 0);
    }
    make_components(&octets, 256, 1);
    octets.n[255] &= 0xfe;
    assert_int_equal(create(*state, &octets), -EINVAL);
    octets.components.n.data = NULL;
    assert_int_equal(create(*state, &octets), -EINVAL);
}

/* The card takes a prime for shorter than claimed when its first 64 bits are zero. */
static void unbalanced_primes(void **state)
{
    struct key_octets octets;

    for (unsigned prime = 0; prime < 2; prime++) {
        make_components(&octets, 256, 1);
        memset(octets.parts[prime], 0, 7);
        octets.parts[prime][7] = 1;
        assert_int_equal(create(*state, &octets), 0);
        octets.parts[prime][7] = 0;
        assert_int_equal(create(*state, &octets), -ENOTSUP);
    }
}

static void opcodes_that_are_not_served(void **state)
{
    struct fixture *fixture = *state;
    struct key_octets octets;

    make_components(&octets, 256, 1);
    fixture->card->opcodes = 1ull << TLSCARD_OP_RSA_PUBLIC;
    assert_int_equal(create(fixture, &octets), -ENOTSUP);
    make_components(&octets, 256, 0);
    assert_int_equal(create(fixture, &octets), 0);
    fixture->card->opcodes = 1ull << TLSCARD_OP_RSA_PRIVATE_CRT;
    assert_int_equal(create(fixture, &octets), -ENOTSUP);
}

/* Leading zeros in the components, none in the block: each at its place, padded to its size. */
static void the_key_block_is_as_the_map_says(void **state)
{
    static const size_t sizes[] = {256, 384, 512};
    struct fixture *fixture = *state;
    struct tlscard_queue *queue;

    assert_int_equal(tlscard_queue_open(fixture->card, 4, &queue), 0);
    for (unsigned which = 0; which < 3; which++) {
        size_t size = sizes[which], half = size / 2;
        struct key_octets octets;
        struct tlscard_rsa_key *key;
        uint8_t padded[520] = {0}, source[512] = {0}, expected[16] = {[13] = 1, [15] = 1};
        struct tlscard_request *request;

        make_components(&octets, size, 1);
        memcpy(padded + 8, octets.n, size);
        octets.components.n = (struct tlscard_octets){padded, size + 8};
        octets.components.dq = (struct tlscard_octets){octets.parts[3] + 5, half - 5};
        assert_int_equal(tlscard_rsa_key_create(fixture->card, &octets.components, &key), 0);
        assert_int_equal(tlscard_rsa_key_size(key), size);
        assert_int_equal(tlscard_rsa_private(queue, key, source, size, &request), 0);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_int_equal(seen(fixture)->entry.opcode, TLSCARD_OP_RSA_PRIVATE_CRT);
        assert_int_equal(fixture->fake.entry.flags, 0);
        assert_int_equal(fixture->fake.entry.parameter, size);
        assert_int_equal(fixture->fake.entry.key_length, size + 16 + 5 * half);
        assert_int_equal(fixture->fake.entry.source_length, size);
        assert_int_equal(fixture->fake.entry.destination_length, size);
        const uint8_t *block = fixture->fake.key_block;
        assert_memory_equal(block, octets.n, size);
        assert_memory_equal(block + size, expected, 16);
        for (unsigned part = 0; part < 5; part++) {
            if (part == 3)
                memset(octets.parts[3], 0, 5);
            assert_memory_equal(block + size + 16 + part * half, octets.parts[part], half);
        }
        tlscard_request_release(request);
        tlscard_rsa_key_free(key);
    }
}

static void a_private_key_serves_public_operations(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *keys[2] = {make_key(fixture->card, 256, 1), make_key(fixture->card, 256, 0)};
    struct tlscard_queue *queue;
    uint8_t source[256];

    memset(source, 1, sizeof source);
    assert_int_equal(tlscard_queue_open(fixture->card, 4, &queue), 0);
    for (unsigned index = 0; index < 2; index++) {
        struct tlscard_request *request;

        assert_int_equal(tlscard_rsa_public(queue, keys[index], source, 256, &request), 0);
        expect_result(request, keys[index], 1);
        assert_int_equal(seen(fixture)->entry.opcode, TLSCARD_OP_RSA_PUBLIC);
        assert_int_equal(fixture->fake.entry.key_length, 256 + 16);
        tlscard_rsa_key_free(keys[index]);
    }
}

static void operations_that_do_not_fit_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 0);
    struct tlscard_queue *queue;
    struct tlscard_request *request;
    uint8_t source[512] = {0};

    assert_int_equal(tlscard_queue_open(fixture->card, 4, &queue), 0);
    assert_int_equal(tlscard_rsa_private(queue, key, source, 256, &request), -EINVAL);
    assert_null(request);
    assert_int_equal(tlscard_rsa_public(queue, key, source, 255, &request), -EINVAL);
    assert_int_equal(tlscard_rsa_public(queue, key, source, 257, &request), -EINVAL);
    assert_null(request);
    fixture->card->opcodes = 1ull << TLSCARD_OP_RSA_PRIVATE_CRT;
    assert_int_equal(tlscard_rsa_public(queue, key, source, 256, &request), -ENOTSUP);
    assert_int_equal(seen(fixture)->requests, 0);
    tlscard_rsa_key_free(key);
    tlscard_rsa_key_free(NULL);
}

static void a_freed_key_is_wiped(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 512, 1);
    const uint8_t *block = fixture->card->space.regions->memory;
    const size_t size = 512 + 16 + 5 * 256;

    assert_int_not_equal(block[0], 0);
    assert_int_not_equal(block[size - 1], 0);
    tlscard_rsa_key_free(key);
    for (size_t index = 0; index < size; index++)
        assert_int_equal(block[index], 0);
}

static void many_keys_need_few_mappings(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *keys[100];

    for (unsigned index = 0; index < 100; index++)
        keys[index] = make_key(fixture->card, 512, 1);
    for (unsigned index = 0; index < 100; index += 2)
        tlscard_rsa_key_free(keys[index]);
    for (unsigned index = 0; index < 100; index += 2)
        keys[index] = make_key(fixture->card, 256, 1);
    unsigned count = 0;
    for (struct dma_region *region = fixture->card->space.regions; region != NULL; region = region->next)
        count++;
    assert_int_equal(count, 4);
    for (unsigned index = 100; index-- > 0;)
        tlscard_rsa_key_free(keys[index]);
    assert_null(fixture->card->first_key);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(sizes_of_private_keys),
        OPENED(sizes_of_public_keys),
        OPENED(exponents),
        OPENED(components_that_are_missing_or_even_or_long),
        OPENED(unbalanced_primes),
        OPENED(opcodes_that_are_not_served),
        OPENED(the_key_block_is_as_the_map_says),
        OPENED(a_private_key_serves_public_operations),
        OPENED(operations_that_do_not_fit_are_refused),
        OPENED(a_freed_key_is_wiped),
        OPENED(many_keys_need_few_mappings),
    };

    return cmocka_run_group_tests_name("rsa", tests, NULL, NULL);
}
