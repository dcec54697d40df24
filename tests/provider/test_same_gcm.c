/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts of AES-GCM at each step of a record or a message, and whatever may be called there: in each world alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "tests/provider/worlds.h"

#define PAYLOAD 32
#define TAG 16

/* How far a context has come. Those on the card are where it has records done. */
enum step {
    BLANK,     /* no cipher */
    TYPED,     /* no key */
    KEYED,     /* no nonce */
    NONCED,    /* and, to open, with the tag */
    HEADED,    /* a record's header of TLS 1.3 is the additional data */
    DONE,      /* its payload, on the card */
    ENDED,     /* and final: a record of TLS 1.3 */
    MESSAGE,   /* other additional data and half of the payload */
    CLOSED,    /* all of that, and final */
    FIXED,     /* the fixed part of the nonce for TLS 1.2 */
    ANNOUNCED, /* and additional data of TLS 1.2 */
    RECORD,    /* a record of TLS 1.2, on the card */
    STEPS
};
static const char *const step_names[STEPS] = {"blank",  "typed",   "keyed",  "nonced", "headed",    "done",
                                              "ended", "message", "closed", "fixed",  "announced", "record"};

struct gcm_case {
    const char *cipher;
    enum step step;
    int seals;
    const struct call *call;
};

/* A context in a world, with what it has sealed or is to open. */
struct subject {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *context;
    const struct gcm_case *is;
    int hides; /* what comes out is another each time, or nobody's */
};

static uint8_t key[32] = "a key that everybody may know", nonce[12] = "and a nonce";
static const uint8_t text[PAYLOAD] = "thirty-two octets of a secret";
static uint8_t header[5] = {0x17, 3, 3, 0, PAYLOAD + TAG};
static const uint8_t other_data[6] = "other";

static void say_octets_of(struct world *world, const struct subject *subject, const char *name, const uint8_t *octets,
                          size_t length)
{
    if (subject->hides)
        say(world, "%s: %zu octets", name, length);
    else
        say_octets(world, name, octets, length);
}

/* By software, the same in each world. TLS 1.2 has the explicit nonce in front. */
static void seal(struct world *world, const struct gcm_case *is, const uint8_t *data, size_t data_length,
                 uint8_t out[PAYLOAD + TAG])
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(world->other, is->cipher, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length;

    assert_true(EVP_EncryptInit_ex2(context, cipher, key, nonce, NULL) &&
                EVP_EncryptUpdate(context, NULL, &length, data, (int)data_length) &&
                EVP_EncryptUpdate(context, out, &length, text, PAYLOAD) && EVP_EncryptFinal_ex(context, out, &length) &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, out + PAYLOAD) == 1);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
}

static void fill_aad12(uint8_t aad[13], int seals)
{
    static const uint8_t start[] = {0, 0, 0, 0, 0, 0, 0, 5, 0x17, 3, 3, 0};

    memcpy(aad, start, sizeof start);
    aad[12] = seals ? PAYLOAD + 8 : PAYLOAD + 8 + TAG;
}

static void update(struct world *world, struct subject *subject, uint8_t *out, const uint8_t *in, int length)
{
    int out_length = -1, result = EVP_CipherUpdate(subject->context, out, &out_length, in, length);

    say(world, "update %d = %d, %d", length, result, result > 0 ? out_length : 0);
    say_errors(world);
    if (result > 0 && out != NULL)
        say_octets_of(world, subject, "  gives", out, (size_t)out_length);
}

static void final(struct world *world, struct subject *subject)
{
    uint8_t out[64];
    int length = -1, result = EVP_CipherFinal_ex(subject->context, out, &length);

    say(world, "final = %d, %d", result, result > 0 ? length : 0);
    say_errors(world);
}

static void bring_nonce(struct world *world, struct subject *subject, uint8_t *tag)
{
    CALL(world, EVP_CipherInit_ex2(subject->context, NULL, NULL, nonce, subject->is->seals, NULL));
    if (!subject->is->seals)
        CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_SET_TAG, TAG, tag));
}

static void bring_record13(struct world *world, struct subject *subject)
{
    uint8_t sealed[PAYLOAD + TAG], out[PAYLOAD];

    seal(world, subject->is, header, sizeof header, sealed);
    bring_nonce(world, subject, sealed + PAYLOAD);
    if (subject->is->step >= HEADED)
        update(world, subject, NULL, header, sizeof header);
    if (subject->is->step >= DONE)
        update(world, subject, out, subject->is->seals ? text : sealed, PAYLOAD);
    if (subject->is->step >= ENDED)
        final(world, subject);
}

static void bring_message(struct world *world, struct subject *subject)
{
    uint8_t sealed[PAYLOAD + TAG], out[PAYLOAD];

    seal(world, subject->is, other_data, sizeof other_data, sealed);
    bring_nonce(world, subject, sealed + PAYLOAD);
    update(world, subject, NULL, other_data, sizeof other_data);
    update(world, subject, out, subject->is->seals ? text : sealed, PAYLOAD / 2);
    if (subject->is->step < CLOSED)
        return;
    update(world, subject, out, (subject->is->seals ? text : sealed) + PAYLOAD / 2, PAYLOAD / 2);
    final(world, subject);
}

/* With the whole nonce given (-1), none of it is drawn. */
static void bring_record12(struct world *world, struct subject *subject)
{
    uint8_t record[8 + PAYLOAD + TAG] = {0}, aad[13];

    fill_aad12(aad, 1);
    aad[12] = PAYLOAD;
    seal(world, subject->is, aad, sizeof aad, record + 8);
    memcpy(record, nonce + 4, 8);
    if (subject->is->seals)
        memcpy(record + 8, text, PAYLOAD);
    fill_aad12(aad, subject->is->seals);
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_SET_IV_FIXED, -1, nonce));
    if (subject->is->step >= ANNOUNCED)
        CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_TLS1_AAD, sizeof aad, aad));
    if (subject->is->step >= RECORD)
        update(world, subject, record, record, sizeof record);
}

static void bring(struct world *world, struct subject *subject)
{
    int seals = subject->is->seals;
    enum step step = subject->is->step;

    if (step >= TYPED)
        CALL(world, EVP_CipherInit_ex2(subject->context, subject->cipher, NULL, NULL, seals, NULL));
    if (step >= KEYED)
        CALL(world, EVP_CipherInit_ex2(subject->context, NULL, key, NULL, seals, NULL));
    if (step >= FIXED)
        bring_record12(world, subject);
    else if (step >= MESSAGE)
        bring_message(world, subject);
    else if (step >= NONCED)
        bring_record13(world, subject);
    /* A nonce that is not given is drawn. What is not what a tag is for is zeros where the card has opened a record of TLS 1.3. */
    subject->hides = seals ? step <= KEYED : step == HEADED;
}

/* One parameter, with as much room. The next explicit nonce is another thing's value: to ask for it draws it. */
static void say_param(struct world *world, struct subject *subject, const OSSL_PARAM *kind, size_t room)
{
    uint8_t value[32] = {0};
    OSSL_PARAM params[] = {*kind, OSSL_PARAM_construct_end()};
    int result;

    params[0].data = value;
    params[0].data_size = room;
    params[0].return_size = OSSL_PARAM_UNMODIFIED;
    result = EVP_CIPHER_CTX_get_params(subject->context, params);
    say(world, "%s in %zu = %d, size %zu", kind->key, room, result, result > 0 ? params[0].return_size : 0);
    say_errors(world);
    if (result > 0 && OSSL_PARAM_modified(params))
        say_octets_of(world, subject, "  ", value, room);
}

static void say_values(struct world *world, struct subject *subject)
{
    const OSSL_PARAM *kind = subject->is->step == BLANK ? NULL : EVP_CIPHER_CTX_gettable_params(subject->context);

    for (; kind != NULL && kind->key != NULL; kind++) {
        if (kind->data_type == OSSL_PARAM_UNSIGNED_INTEGER || kind->data_type == OSSL_PARAM_INTEGER) {
            say_param(world, subject, kind, sizeof(uint32_t));
            say_param(world, subject, kind, sizeof(size_t));
        } else if (strcmp(kind->key, OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN) != 0) {
            say_param(world, subject, kind, TAG);
            say_param(world, subject, kind, 12);
            say_param(world, subject, kind, 0);
        }
    }
}

/* And to the end, whatever there was before. */
static void go_on(struct world *world, struct subject *subject)
{
    uint8_t out[PAYLOAD + 32], tag[TAG];

    update(world, subject, out, text, PAYLOAD);
    final(world, subject);
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_GET_TAG, TAG, tag));
    say_values(world, subject);
}

static void try_values(struct world *world, struct subject *subject)
{
    say_values(world, subject);
}

static void try_update(struct world *world, struct subject *subject)
{
    uint8_t out[PAYLOAD + 32] = {0};

    update(world, subject, out, text, 0);
    update(world, subject, out, text, 1);
    update(world, subject, NULL, text, 1);
}

static void try_overlapping(struct world *world, struct subject *subject)
{
    uint8_t octets[PAYLOAD + 64] = {0};

    update(world, subject, octets + 3, octets, PAYLOAD);
    update(world, subject, octets, octets, PAYLOAD);
}

static void try_final(struct world *world, struct subject *subject)
{
    final(world, subject);
    final(world, subject);
}

static void try_begun_again(struct world *world, struct subject *subject)
{
    CALL(world, EVP_CipherInit_ex2(subject->context, NULL, NULL, NULL, subject->is->seals, NULL));
    say_values(world, subject);
    go_on(world, subject);
    CALL(world, EVP_CipherInit_ex2(subject->context, NULL, NULL, nonce, subject->is->seals, NULL));
}

static void try_key(struct world *world, struct subject *subject)
{
    CALL(world, EVP_CipherInit_ex2(subject->context, NULL, key, NULL, subject->is->seals, NULL));
}

static void try_turned(struct world *world, struct subject *subject)
{
    subject->hides |= subject->is->step <= KEYED;
    CALL(world, EVP_CipherInit_ex2(subject->context, NULL, NULL, NULL, !subject->is->seals, NULL));
    say_values(world, subject);
    go_on(world, subject);
    CALL(world, EVP_CipherInit_ex2(subject->context, NULL, NULL, nonce, !subject->is->seals, NULL));
}

static void try_other_cipher(struct world *world, struct subject *subject)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(world->library, "AES-128-CBC", NULL);

    CALL(world, EVP_CipherInit_ex2(subject->context, subject->cipher, NULL, nonce, subject->is->seals, NULL));
    say_values(world, subject);
    CALL(world, EVP_CipherInit_ex2(subject->context, cipher, key, key, subject->is->seals, NULL));
    EVP_CIPHER_free(cipher);
}

static void try_tag(struct world *world, struct subject *subject)
{
    static const int lengths[] = {TAG, 12, 4, 1, 0, 17, -1};
    uint8_t tag[32] = {0};

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_GET_TAG, lengths[i], tag));
        CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_SET_TAG, lengths[i], tag));
        say_values(world, subject);
    }
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_SET_TAG, 8, NULL));
}

static void try_nonce_length(struct world *world, struct subject *subject)
{
    static const int lengths[] = {12, 7, 0, 16, 1000};

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_SET_IVLEN, lengths[i], NULL));
        say(world, "nonce of %d", subject->is->step == BLANK ? 0 : EVP_CIPHER_CTX_get_iv_length(subject->context));
    }
    subject->hides = 1;
}

static void try_nonce(struct world *world, struct subject *subject)
{
    uint8_t part[12] = {0};

    subject->hides |= subject->is->seals;
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_IV_GEN, 8, part));
    say_octets_of(world, subject, "explicit", part, 8);
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_SET_IV_INV, 8, part));
    say_values(world, subject);
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_SET_IV_FIXED, 3, nonce));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_SET_IV_FIXED, 4, nonce));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_IV_GEN, 8, part));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_GCM_SET_IV_INV, 8, part));
}

static void try_tls12(struct world *world, struct subject *subject)
{
    uint8_t aad[13], record[8 + PAYLOAD + TAG] = {0};

    fill_aad12(aad, subject->is->seals);
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_TLS1_AAD, 12, aad));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_TLS1_AAD, sizeof aad, aad));
    update(world, subject, record, record, sizeof record - 1 - TAG - PAYLOAD);
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_TLS1_AAD, sizeof aad, aad));
    say_values(world, subject);
    update(world, subject, record, record, sizeof record);
    aad[12] = 1;
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_TLS1_AAD, sizeof aad, aad));
}

static void try_controls(struct world *world, struct subject *subject)
{
    uint8_t octets[64] = {0};

    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_RAND_KEY, 0, octets));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_AEAD_SET_MAC_KEY, 16, octets));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_SET_RC2_KEY_BITS, 40, NULL));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, EVP_CTRL_CCM_SET_L, 2, NULL));
    CALL(world, EVP_CIPHER_CTX_ctrl(subject->context, 12345, 0, NULL));
    if (subject->is->step == BLANK)
        return;
    CALL(world, EVP_CIPHER_CTX_set_key_length(subject->context, 24));
    CALL(world, EVP_CIPHER_CTX_set_key_length(subject->context, EVP_CIPHER_CTX_get_key_length(subject->context)));
    CALL(world, EVP_CIPHER_CTX_set_padding(subject->context, 0));
    CALL(world, EVP_CIPHER_CTX_set_num(subject->context, 3));
    CALL(world, EVP_CIPHER_CTX_get_num(subject->context));
    CALL(world, EVP_CIPHER_CTX_get_updated_iv(subject->context, octets, 16));
    CALL(world, EVP_CIPHER_CTX_get_original_iv(subject->context, octets, 16));
    CALL(world, EVP_CIPHER_CTX_get_updated_iv(subject->context, octets, 3));
    CALL(world, EVP_CIPHER_CTX_get_tag_length(subject->context));
}

/* Parameters that are nobody's, of the wrong type, or too many at once. */
static void try_params(struct world *world, struct subject *subject)
{
    uint8_t octets[16] = {0};
    size_t size = 12;
    int number = 5;
    OSSL_PARAM sets[][3] = {
        {OSSL_PARAM_construct_end()},
        {OSSL_PARAM_construct_int("nonsense", &number), OSSL_PARAM_construct_end()},
        {OSSL_PARAM_construct_int(OSSL_CIPHER_PARAM_AEAD_TAG, &number), OSSL_PARAM_construct_end()},
        {OSSL_PARAM_construct_int(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, &number), OSSL_PARAM_construct_end()},
        {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_IVLEN, octets, 16), OSSL_PARAM_construct_end()},
        {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &size),
         OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, octets, 16), OSSL_PARAM_construct_end()},
    };

    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        CALL(world, EVP_CIPHER_CTX_set_params(subject->context, sets[i]));
        CALL(world, EVP_CIPHER_CTX_get_params(subject->context, sets[i]));
    }
    CALL(world, EVP_CIPHER_CTX_set_params(subject->context, NULL));
}

static void try_copied(struct world *world, struct subject *subject)
{
    struct subject copy = *subject;

    copy.context = EVP_CIPHER_CTX_new();
    CALL(world, EVP_CIPHER_CTX_copy(copy.context, subject->context));
    if (EVP_CIPHER_CTX_get0_cipher(copy.context) != NULL)
        go_on(world, &copy);
    EVP_CIPHER_CTX_free(copy.context);
}

static void try_once(struct world *world, struct subject *subject)
{
    uint8_t out[PAYLOAD + 32];

    if (subject->is->step == BLANK) /* with which libcrypto crashes */
        return;
    CALL(world, EVP_Cipher(subject->context, NULL, text, 3));
    CALL(world, EVP_Cipher(subject->context, out, text, PAYLOAD));
    CALL(world, EVP_Cipher(subject->context, out, NULL, 0));
    CALL(world, EVP_Cipher(subject->context, NULL, NULL, 0));
}

static void try_reset(struct world *world, struct subject *subject)
{
    CALL(world, EVP_CIPHER_CTX_reset(subject->context));
    CALL(world, EVP_CipherInit_ex2(subject->context, subject->cipher, key, nonce, subject->is->seals, NULL));
}

static const struct call {
    const char *name;
    void (*call)(struct world *world, struct subject *subject);
} calls[] = {
    {"values", try_values},       {"update", try_update},         {"overlapping", try_overlapping},
    {"final", try_final},         {"begun again", try_begun_again}, {"key", try_key},
    {"turned", try_turned},       {"other cipher", try_other_cipher}, {"tag", try_tag},
    {"nonce length", try_nonce_length}, {"nonce", try_nonce},     {"TLS 1.2", try_tls12},
    {"controls", try_controls},   {"params", try_params},         {"copied", try_copied},
    {"once", try_once},           {"reset", try_reset},
};

static void contexts(struct world *world, const void *given)
{
    const struct gcm_case *is = given;
    struct subject subject = {EVP_CIPHER_fetch(world->library, is->cipher, NULL), EVP_CIPHER_CTX_new(), is, 0};

    bring(world, &subject);
    is->call->call(world, &subject);
    go_on(world, &subject);
    EVP_CIPHER_CTX_free(subject.context);
    EVP_CIPHER_free(subject.cipher);
}

static void each_call(const char *cipher, int seals)
{
    char name[96];

    worlds_open();
    for (enum step step = BLANK; step < STEPS; step++)
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            const struct gcm_case is = {cipher, step, seals, &calls[i]};

            snprintf(name, sizeof name, "%s %s %s, %s", cipher, seals ? "sealing" : "opening", step_names[step], calls[i].name);
            same(name, contexts, &is);
        }
    assert_true(seals ? fake.sealed > 0 : fake.unsealed > 0);
    worlds_close();
}

static void test_sealing(void **state)
{
    (void)state;
    each_call("AES-128-GCM", 1);
    each_call("AES-256-GCM", 1);
}

static void test_opening(void **state)
{
    (void)state;
    each_call("AES-128-GCM", 0);
    each_call("AES-256-GCM", 0);
}

/* Alone, and beside what has another answer. */
static void say_tag_length(struct world *world, struct subject *subject)
{
    size_t length = 99, nonce_length = 99;
    uint8_t tag[TAG] = {0};
    OSSL_PARAM alone[] = {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_TAGLEN, &length), OSSL_PARAM_construct_end()};
    OSSL_PARAM both[] = {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &nonce_length), alone[0],
                         OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof tag),
                         OSSL_PARAM_construct_end()};

    CALL(world, EVP_CIPHER_CTX_get_tag_length(subject->context));
    CALL(world, EVP_CIPHER_CTX_get_params(subject->context, alone));
    say(world, "tag of %zu", length);
    CALL(world, EVP_CIPHER_CTX_get_params(subject->context, both));
    say(world, "tag of %zu, nonce of %zu", length, nonce_length);
    say_octets_of(world, subject, "tag", tag, sizeof tag);
}

struct tag_case {
    struct gcm_case is;
    int before; /* octets of the tag of a message before; 0: there was none */
};

/* A message is opened with a tag of so many octets, and then comes a whole record, or a message, under the same key. */
static void tag_lengths(struct world *world, const void *given)
{
    const struct tag_case *tag_case = given;
    struct subject subject = {EVP_CIPHER_fetch(world->library, tag_case->is.cipher, NULL), EVP_CIPHER_CTX_new(),
                              &tag_case->is, 0};
    uint8_t sealed[PAYLOAD + TAG], out[PAYLOAD];

    CALL(world, EVP_CipherInit_ex2(subject.context, subject.cipher, key, nonce, 0, NULL));
    say_tag_length(world, &subject);
    if (tag_case->before != 0) {
        seal(world, &tag_case->is, other_data, sizeof other_data, sealed);
        CALL(world, EVP_CIPHER_CTX_ctrl(subject.context, EVP_CTRL_AEAD_SET_TAG, tag_case->before, sealed + PAYLOAD));
        update(world, &subject, NULL, other_data, sizeof other_data);
        update(world, &subject, out, sealed, PAYLOAD);
        final(world, &subject);
        say_tag_length(world, &subject);
    }
    CALL(world, EVP_CipherInit_ex2(subject.context, NULL, NULL, NULL, tag_case->is.seals, NULL));
    for (int i = 0; i < 2; i++) {
        if (tag_case->is.step >= FIXED)
            bring_record12(world, &subject);
        else if (tag_case->is.step >= MESSAGE)
            bring_message(world, &subject);
        else
            bring_record13(world, &subject);
        say_tag_length(world, &subject);
    }
    EVP_CIPHER_CTX_free(subject.context);
    EVP_CIPHER_free(subject.cipher);
}

static void test_tag_lengths(void **state)
{
    static const enum step steps[] = {HEADED, DONE, ENDED, MESSAGE, CLOSED, ANNOUNCED, RECORD};
    static const int lengths[] = {0, 4, 12, TAG};
    char name[64];

    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
            for (int how = 0; how < 4; how++) {
                const struct tag_case tag_case = {
                    {how & 2 ? "AES-128-GCM" : "AES-256-GCM", steps[i], how & 1, NULL}, lengths[k]};

                snprintf(name, sizeof name, "tag of %d before, %s %d", lengths[k], step_names[steps[i]], how);
                same(name, tag_lengths, &tag_case);
            }
    assert_true(fake.sealed > 0 && fake.unsealed > 0);
    worlds_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sealing), cmocka_unit_test(test_opening),
                                       cmocka_unit_test(test_tag_lengths)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
