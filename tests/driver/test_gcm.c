/* SPDX-License-Identifier: Apache-2.0 */
/* Records of AES-GCM against a fake card that seals and opens by libcrypto, and lies where it is told to. */
#include <errno.h>
#include <string.h>

#include "driver/queue.h"
#include "tests/driver/fixture.h"
#include "tests/driver/records.h"

static struct sample sample;

static void sealed_and_opened(void **state)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 63, 64, 65, 1350, 4096, 16384, 16401, TLSCARD_GCM_MOST_PAYLOAD - 1,
                                     TLSCARD_GCM_MOST_PAYLOAD};
    static const size_t aads[] = {0, 1, 5, 13, 16, 4095, 4096};
    struct tlscard_queue *queue = open_queue(*state, 4);

    for (unsigned index = 0; index < sizeof lengths / sizeof lengths[0]; index++)
        for (unsigned aad = 0; aad < sizeof aads / sizeof aads[0]; aad++) {
            make_sample(&sample, (index + aad) % 2 != 0 ? 16 : 32, aads[aad], lengths[index], index * 8 + aad);
            for (int open = 0; open < 2; open++) {
                struct tlscard_gcm_record record = record_of(&sample, open);

                expect_record(submit_record(queue, &record), &sample, open);
            }
        }
}

/* The record is copied when it is submitted, and its result may go where it was. */
static void the_output_may_be_the_input(void **state)
{
    struct tlscard_queue *queue = open_queue(*state, 4);
    static struct sample changed;
    struct tlscard_request *request;

    make_sample(&sample, 16, 13, 5000, 1);
    changed = sample;
    struct tlscard_gcm_record record = record_of(&changed, 0);
    request = submit_record(queue, &record);
    memset(changed.key, 0, sizeof changed.key);
    memset(changed.nonce, 0, sizeof changed.nonce);
    memset(changed.aad, 0, 13);
    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    assert_int_equal(tlscard_gcm_result(request, changed.plain, 5000, changed.tag, NULL), 0);
    assert_memory_equal(changed.plain, sample.sealed, 5000);
    assert_memory_equal(changed.tag, sample.tag, sizeof sample.tag);
    tlscard_request_release(request);
}

static void what_is_no_record_is_refused(void **state)
{
    static const size_t keys[] = {0, 15, 17, 24, 31, 33, SIZE_MAX};
    struct tlscard_queue *queue = open_queue(*state, 4);

    make_sample(&sample, 16, 13, 64, 1);
    for (int open = 0; open < 2; open++) {
        const struct tlscard_gcm_record sound = record_of(&sample, open);
        struct tlscard_gcm_record record = sound;

        for (unsigned index = 0; index < sizeof keys / sizeof keys[0]; index++) {
            record.key.length = keys[index];
            assert_int_equal(refusal(queue, &record), -EINVAL);
        }
        record = sound, record.key.data = NULL;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.nonce = NULL;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.aad.data = NULL;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.aad.length = TLSCARD_GCM_MOST_AAD + 1;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.aad.length = SIZE_MAX;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.input.data = NULL;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.input.length = TLSCARD_GCM_MOST_PAYLOAD + 1;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.input.length = SIZE_MAX;
        assert_int_equal(refusal(queue, &record), -EINVAL);
        record = sound, record.tag = NULL; /* which sealing has no use for */
        if (open)
            assert_int_equal(refusal(queue, &record), -EINVAL);
        else
            expect_record(submit_record(queue, &record), &sample, 0);
    }
    assert_int_equal(tlscard_queue_depth(queue), 0);
}

static void opcodes_that_are_not_served(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);

    make_sample(&sample, 16, 13, 64, 1);
    for (int open = 0; open < 2; open++) {
        struct tlscard_gcm_record record = record_of(&sample, open);

        fixture->card->opcodes = ~(1ull << (open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL));
        assert_int_equal(refusal(queue, &record), -ENOTSUP);
        record = record_of(&sample, !open);
        expect_record(submit_record(queue, &record), &sample, !open);
    }
}

static void each_kind_of_request_has_its_own_result(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_result result;
    uint8_t output[256] = {0x11}, tag[TLSCARD_GCM_TAG] = {0x22};

    make_sample(&sample, 16, 13, 64, 1);
    struct tlscard_gcm_record record = record_of(&sample, 0);
    CHANGE(fixture, script, hold);
    struct tlscard_request *sealing = submit_record(queue, &record), *other = submit(queue, key, 1);
    assert_int_equal(tlscard_gcm_result(sealing, output, 64, tag, &result), -EINPROGRESS);
    await_held(fixture, 2);
    answer(fixture, 0);
    answer(fixture, 0);
    assert_int_equal(tlscard_request_wait(sealing, 60000), 0);
    assert_int_equal(tlscard_request_wait(other, 60000), 0);
    assert_int_equal(tlscard_request_result(sealing, output, 256, &result), -EINVAL);
    assert_int_equal(tlscard_gcm_result(other, output, 256, tag, &result), -EINVAL);
    assert_int_equal(tlscard_gcm_result(sealing, output, 64, NULL, &result), -EINVAL);
    assert_int_equal(tlscard_gcm_result(sealing, output, 63, tag, &result), -ENOSPC);
    assert_int_equal(result.length, 64);
    assert_int_equal(output[0], 0x11);
    assert_int_equal(tag[0], 0x22);
    expect_record(sealing, &sample, 0);
    expect_result(other, key, 1);
    /* A slot that had a record is an ordinary one again. */
    CHANGE(fixture, script, NULL);
    for (unsigned index = 0; index < 4; index++)
        expect_result(submit(queue, key, 2), key, 2);
    tlscard_rsa_key_free(key);
}

/* The card writes the plaintext before it knows the tag: none of it is handed on or kept. */
static void what_does_not_authenticate_is_wiped(void **state)
{
    struct tlscard_queue *queue = open_queue(*state, 4);
    static uint8_t output[1350];

    for (unsigned wrong = 0; wrong < 5; wrong++) {
        struct tlscard_result result;

        make_sample(&sample, 32, 13, sizeof output, wrong);
        uint8_t *const spoilt[] = {sample.tag, &sample.tag[15], sample.aad, &sample.sealed[700], &sample.nonce[11]};
        *spoilt[wrong] ^= 0x80;
        struct tlscard_gcm_record record = record_of(&sample, 1);
        struct tlscard_request *request = submit_record(queue, &record);
        struct arena_piece piece = request->record;
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_true(is_zero(piece.memory, piece.units * ARENA_UNIT));
        memset(output, 0x11, sizeof output);
        assert_int_equal(tlscard_gcm_result(request, output, sizeof output, NULL, &result), -EBADMSG);
        assert_int_equal(result.status, TLSCARD_TAG_MISMATCH);
        assert_int_equal(result.length, 0);
        assert_int_equal(output[0], 0x11);
        assert_memory_equal(output, output + 1, sizeof output - 1);
        tlscard_request_release(request);
    }
}

/* What a completion says, beside or instead of what it should. */
struct lie {
    const char *name;
    int open;
    uint8_t status;
    uint32_t length;       /* exclusive-or */
    int result;
};

static unsigned tell(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                     struct tlscard_completion *completion)
{
    const struct lie *lie = fake->script_context;

    (void)number;
    (void)entry;
    completion->status = lie->status;
    completion->result_length ^= lie->length;
    return 0;
}

static void run_lie(const struct lie *lie)
{
    static uint8_t output[64], tag[TLSCARD_GCM_TAG];
    void *inner = NULL;

    fixture_prepared(&inner);
    struct fixture *fixture = inner;
    CHANGE(fixture, script, tell);
    CHANGE(fixture, script_context, (void *)lie);
    assert_int_equal(fixture_open(fixture, 0), 0);
    struct tlscard_queue *queue = open_queue(fixture, 4);
    make_sample(&sample, 16, 13, 64, 1);
    memset(output, 0x11, sizeof output);
    memset(tag, 0x22, sizeof tag);
    struct tlscard_gcm_record record = record_of(&sample, lie->open);
    struct tlscard_request *request = submit_record(queue, &record);
    struct arena_piece piece = request->record;
    tlscard_request_wait(request, 60000);
    assert_int_equal(tlscard_request_done(request), 1);
    assert_int_equal(tlscard_gcm_result(request, output, sizeof output, tag, NULL), lie->result);
    assert_int_equal(output[0], 0x11);
    assert_memory_equal(output, output + 1, sizeof output - 1);
    assert_int_equal(tag[0], 0x22);
    assert_true(is_zero(piece.memory, piece.units * ARENA_UNIT));
    tlscard_request_release(request);
    CHANGE(fixture, script, NULL);
    if (lie->result == -EPROTO)
        assert_int_equal(refusal(queue, &record), -EIO);
    else
        expect_record(submit_record(queue, &record), &sample, lie->open);
    assert_int_equal(fixture_end(&inner), 0);
}

static void completions_are_checked_against_the_record(void **state)
{
    static const struct lie lies[] = {
        {"sealed, an octet less", 0, TLSCARD_STATUS_OK, 80 ^ 79, -EPROTO},
        {"sealed, without the tag", 0, TLSCARD_STATUS_OK, 80 ^ 64, -EPROTO},
        {"sealed, nothing", 0, TLSCARD_STATUS_OK, 80, -EPROTO},
        {"sealed, more than there is room for", 0, TLSCARD_STATUS_OK, 0x80000000, -EPROTO},
        {"opened, an octet more", 1, TLSCARD_STATUS_OK, 64 ^ 65, -EPROTO},
        {"opened, with the tag", 1, TLSCARD_STATUS_OK, 64 ^ 80, -EPROTO},
        {"opened, nothing", 1, TLSCARD_STATUS_OK, 64, -EPROTO},
        {"a wrong tag, and a result", 1, TLSCARD_STATUS_TAG_MISMATCH, 0, -EPROTO},
        {"a wrong tag, and one octet", 1, TLSCARD_STATUS_TAG_MISMATCH, 64 ^ 1, -EPROTO},
        {"a wrong tag of a sealed record", 0, TLSCARD_STATUS_TAG_MISMATCH, 80, -EBADMSG},
        {"an error of DMA", 1, TLSCARD_STATUS_DMA_TIMEOUT, 64, -EBADMSG},
        {"a status of no meaning", 0, 0xfe, 80, -EBADMSG},
    };

    (void)state;
    for (size_t index = 0; index < sizeof lies / sizeof lies[0]; index++) {
        print_message("# %s\n", lies[index].name);
        run_lie(&lies[index]);
    }
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(sealed_and_opened),
        OPENED(the_output_may_be_the_input),
        OPENED(what_is_no_record_is_refused),
        OPENED(opcodes_that_are_not_served),
        OPENED(each_kind_of_request_has_its_own_result),
        OPENED(what_does_not_authenticate_is_wiped),
        cmocka_unit_test(completions_are_checked_against_the_record),
    };

    return cmocka_run_group_tests_name("gcm", tests, NULL, NULL);
}
