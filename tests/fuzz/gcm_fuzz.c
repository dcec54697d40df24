/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-GCM of the provider beside the default provider's: the input is a sequence of EVP calls, made in three
 * worlds at once, and whatever they answer must be the same.
 *
 * The worlds are the default provider alone, ours with a card (the driver's double, which seals and opens with
 * libcrypto) under the policy always, and ours without one. One difference is allowed: where the default provider
 * gives the plaintext of a record whose tag is wrong before it refuses it, ours may give zeros.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "tests/fuzz/gcm_worlds.h"
#include "tests/provider/fake_driver.h"

#define SLOTS 2
#define ROOM 20480
#define STEPS 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One slot's context in each world, and what the interpreter must know of it. */
struct slot {
    EVP_CIPHER_CTX *contexts[WORLDS];
    int started, has_iv, encrypts, has_fixed;
    uint8_t key[32];
};

static struct machine {
    const uint8_t *at, *end;
    struct slot slots[SLOTS];
    struct slot *slot;
    int which; /* of the two ciphers */
    uint8_t tag[16]; /* the last that was given out */
    uint8_t buffers[WORLDS][ROOM];
} machine;

static unsigned octet(void)
{
    return machine.at < machine.end ? *machine.at++ : 0;
}

/* Octets that follow from one of the input. */
static void fill(uint8_t *octets, size_t length)
{
    unsigned state = octet() * 2654435761u + 12345u;

    for (size_t i = 0; i < length; i++) {
        state = state * 1103515245u + 12345u;
        octets[i] = (uint8_t)(state >> 16);
    }
}

static size_t some_length(void)
{
    static const size_t lengths[] = {0, 1, 5, 13, 15, 16, 17, 24, 31, 32, 33, 40, 64, 100, 255, 256, 1000, 1024, 4097, 16384};
    unsigned choice = octet();

    return choice < 200 ? lengths[choice % (sizeof lengths / sizeof *lengths)] : choice - 200;
}

/* What a call gave in each world. */
struct answer {
    int result[WORLDS];
    unsigned long error[WORLDS];
};

#define EACH(answer, call) \
    do { \
        for (int w = 0; w < WORLDS; w++) { \
            EVP_CIPHER_CTX *context = machine.slot->contexts[w]; \
            (void)context; \
            ERR_clear_error(); \
            (answer).result[w] = (call); \
            (answer).error[w] = ERR_peek_last_error(); \
        } \
        ERR_clear_error(); \
    } while (0)

static void require_same(const struct answer *answer, const char *what)
{
    for (int w = 1; w < WORLDS; w++) {
        REQUIRE(answer->result[w] == answer->result[PLAIN], what);
        REQUIRE(answer->error[w] == answer->error[PLAIN], what);
    }
}

static void same_octets(const uint8_t *a, const uint8_t *b, size_t length, const char *what)
{
    REQUIRE(memcmp(a, b, length) == 0, what);
}

static void set_iv(const uint8_t *iv)
{
    struct answer answer;

    EACH(answer, EVP_CipherInit_ex(context, NULL, NULL, NULL, iv, -1));
    require_same(&answer, "init with a nonce");
    machine.slot->has_iv |= answer.result[PLAIN] > 0;
}

/* A nonce that the provider draws would not be the same in all worlds: they are given one before. */
static void agree_on_iv(void)
{
    static const uint8_t iv[128] = {1, 2, 3};

    if (!machine.slot->has_iv && machine.slot->encrypts && machine.slot->started)
        set_iv(iv);
}

static void start(int with_key, int with_iv, int encrypts)
{
    struct answer answer;
    uint8_t iv[128];
    const EVP_CIPHER *fresh[WORLDS];

    fill(iv, sizeof iv);
    if (with_key)
        fill(machine.slot->key, 32);
    for (int w = 0; w < WORLDS; w++)
        fresh[w] = machine.slot->started ? NULL : ciphers[w][machine.which];
    EACH(answer, EVP_CipherInit_ex(context, fresh[w], NULL, with_key ? machine.slot->key : NULL, with_iv ? iv : NULL,
                                   encrypts));
    require_same(&answer, "init");
    machine.slot->started = 1;
    machine.slot->has_iv |= with_iv && answer.result[PLAIN] > 0;
    machine.slot->encrypts = encrypts;
}

static void start_with_params(void)
{
    struct answer answer;
    uint8_t iv[128], tag[16];
    size_t iv_length = octet() % 20;
    int with_iv = octet() & 1;
    OSSL_PARAM params[3] = {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_IVLEN, &iv_length),
                            OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};

    if (machine.slot->has_fixed)
        iv_length |= 12;
    fill(iv, sizeof iv);
    fill(machine.slot->key, 32);
    if (!machine.slot->encrypts) {
        fill(tag, sizeof tag);
        params[1] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof tag);
    }
    EACH(answer, EVP_CipherInit_ex2(context, NULL, machine.slot->key, with_iv ? iv : NULL, -1, params));
    require_same(&answer, "init with parameters");
    machine.slot->has_iv |= with_iv && answer.result[PLAIN] > 0;
}

/* The tag of the plain world's context as it stands would be refused. */
static int would_refuse(const EVP_CIPHER_CTX *plain)
{
    EVP_CIPHER_CTX *copy = EVP_CIPHER_CTX_new();
    uint8_t nothing[16];
    int length, refused;

    REQUIRE(EVP_CIPHER_CTX_copy(copy, plain), "a copy");
    refused = EVP_CipherFinal_ex(copy, nothing, &length) <= 0;
    EVP_CIPHER_CTX_free(copy);
    ERR_clear_error();
    return refused;
}

static int is_zero(const uint8_t *octets, size_t length)
{
    unsigned any = 0;

    for (size_t i = 0; i < length; i++)
        any |= octets[i];
    return any == 0;
}

/* The buffers of all worlds, after an update of so many octets at out, are the same or refused plaintext. */
static void compare_buffers(size_t out, size_t length, const EVP_CIPHER_CTX *refusing)
{
    for (int w = 1; w < WORLDS; w++) {
        if (memcmp(machine.buffers[w], machine.buffers[PLAIN], ROOM) == 0)
            continue;
        REQUIRE(w == CARD && refusing != NULL && would_refuse(refusing), "output");
        REQUIRE(is_zero(machine.buffers[w] + out, length), "refused plaintext is given out");
        memcpy(machine.buffers[w] + out, machine.buffers[PLAIN] + out, length);
        same_octets(machine.buffers[w], machine.buffers[PLAIN], ROOM, "octets beside the output");
    }
}

/* An update of octets that lie in the buffers at in, to out; or, out being ROOM, of additional data. */
static int update(size_t in, size_t out, size_t length, int once)
{
    struct answer answer;
    int lengths[WORLDS] = {0};

    agree_on_iv();
    if (once)
        EACH(answer, EVP_Cipher(context, out == ROOM ? NULL : machine.buffers[w] + out, machine.buffers[w] + in,
                                (unsigned)length));
    else
        EACH(answer, EVP_CipherUpdate(context, out == ROOM ? NULL : machine.buffers[w] + out, &lengths[w],
                                      machine.buffers[w] + in, (int)length));
    require_same(&answer, "update");
    for (int w = 1; w < WORLDS; w++)
        REQUIRE(lengths[w] == lengths[PLAIN], "length of an update");
    compare_buffers(out == ROOM ? 0 : out, out == ROOM ? 0 : length,
                    machine.slot->encrypts ? NULL : machine.slot->contexts[PLAIN]);
    return answer.result[PLAIN];
}

static void fill_buffers(size_t length)
{
    fill(machine.buffers[PLAIN], length);
    for (int w = 1; w < WORLDS; w++)
        memcpy(machine.buffers[w], machine.buffers[PLAIN], length);
}

static void some_update(void)
{
    size_t length = some_length(), out;
    unsigned where = octet();

    fill_buffers(length);
    switch (where % 4) {
    case 0:
        out = 0;
        break;
    case 1:
        out = (where >> 2) % 40; /* perhaps overlapping */
        break;
    default:
        out = length + (where >> 2) % 8 > ROOM - length ? 0 : length + (where >> 2) % 8;
    }
    update(0, out, length, where >= 250);
}

static void final(void)
{
    struct answer answer;
    int lengths[WORLDS] = {0};

    agree_on_iv();
    EACH(answer, EVP_CipherFinal_ex(context, machine.buffers[w], &lengths[w]));
    require_same(&answer, "final");
    for (int w = 1; w < WORLDS; w++)
        REQUIRE(lengths[w] == lengths[PLAIN], "length of final");
    compare_buffers(0, 0, NULL);
}

static void set_tag(const uint8_t *tag, int length)
{
    struct answer answer;
    uint8_t copy[32] = {0};

    memcpy(copy, tag, 16);
    EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, copy));
    require_same(&answer, "setting a tag");
}

static void get_tag(int length)
{
    struct answer answer;
    uint8_t tags[WORLDS][32] = {{0}};

    EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tags[w]));
    require_same(&answer, "getting a tag");
    for (int w = 1; w < WORLDS; w++)
        same_octets(tags[w], tags[PLAIN], sizeof tags[w], "tag");
    if (answer.result[PLAIN] > 0)
        memcpy(machine.tag, tags[PLAIN], sizeof machine.tag);
}

/* The default provider of 3.0 writes before its nonce where this becomes shorter than the parts that TLS gives it. */
static int is_too_short(int length)
{
    return length < 12 && machine.slot->has_fixed;
}

static void set_iv_length(int length)
{
    struct answer answer;

    if (is_too_short(length))
        return;
    EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, length, NULL));
    require_same(&answer, "length of the nonce");
}

/* The parameters of a context that have a value of their own. */
static void get_parameters(void)
{
    agree_on_iv();
    for (unsigned choice = octet(), i = 0; i < 3; i++, choice /= 3) {
        struct answer answer;
        size_t numbers[WORLDS] = {0};
        uint8_t octets[WORLDS][128] = {{0}};
        OSSL_PARAM params[WORLDS][2];
        const char *names[] = {OSSL_CIPHER_PARAM_KEYLEN, OSSL_CIPHER_PARAM_IVLEN, OSSL_CIPHER_PARAM_AEAD_TAGLEN,
                               OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, OSSL_CIPHER_PARAM_IV, OSSL_CIPHER_PARAM_UPDATED_IV};
        const char *name = names[(choice + i) % 6];

        for (int w = 0; w < WORLDS; w++) {
            params[w][0] = (choice + i) % 6 < 4 ? OSSL_PARAM_construct_size_t(name, &numbers[w])
                                                : OSSL_PARAM_construct_octet_string(name, octets[w], sizeof octets[w]);
            params[w][1] = OSSL_PARAM_construct_end();
        }
        EACH(answer, EVP_CIPHER_CTX_get_params(context, params[w]));
        require_same(&answer, "getting a parameter");
        for (int w = 1; w < WORLDS; w++) {
            REQUIRE(numbers[w] == numbers[PLAIN] && params[w][0].return_size == params[PLAIN][0].return_size, name);
            same_octets(octets[w], octets[PLAIN], sizeof octets[w], name);
        }
    }
}

static void duplicate(void)
{
    struct slot *from = machine.slot, *to = &machine.slots[from == machine.slots];
    struct answer answer;

    EACH(answer, EVP_CIPHER_CTX_copy(to->contexts[w], context));
    require_same(&answer, "a copy");
    if (answer.result[PLAIN] > 0) {
        to->started = from->started;
        to->has_iv = from->has_iv;
        to->encrypts = from->encrypts;
        to->has_fixed = from->has_fixed;
        memcpy(to->key, from->key, sizeof to->key);
        if (octet() & 1)
            machine.slot = to;
    }
}

static void set_fixed(int length)
{
    struct answer answer;
    uint8_t iv[128];

    fill(iv, sizeof iv);
    if (EVP_CIPHER_CTX_get_iv_length(machine.slot->contexts[PLAIN]) < (length > 12 ? length : 12))
        return; /* the default provider of 3.0 takes the difference for a length without a sign */
    EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IV_FIXED, length, iv));
    require_same(&answer, "the fixed part of a nonce");
    if (answer.result[PLAIN] <= 0)
        return;
    machine.slot->has_iv = machine.slot->has_fixed = 1;
    if (machine.slot->encrypts && length != -1 && /* its end was drawn at random */
        EVP_CIPHER_CTX_get_updated_iv(machine.slot->contexts[PLAIN], iv, sizeof iv)) {
        EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IV_FIXED, -1, iv));
        require_same(&answer, "a whole nonce");
    }
    ERR_clear_error();
}

static void set_tls_aad(size_t length_field, int length)
{
    struct answer answer;
    uint8_t aad[16];

    fill(aad, sizeof aad);
    aad[11] = (uint8_t)(length_field >> 8);
    aad[12] = (uint8_t)length_field;
    EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_TLS1_AAD, length, aad));
    require_same(&answer, "additional data of TLS 1.2");
}

/* A record that the plain world has sealed for this slot's key, lying in the buffers at 0, tag after it. */
static void seal_elsewhere(const uint8_t *nonce, const uint8_t *aad, size_t aad_length, size_t length)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *payload = machine.buffers[PLAIN];
    int ignored;

    REQUIRE(EVP_CipherInit_ex(context, ciphers[PLAIN][machine.which], NULL, machine.slot->key, nonce, 1) &&
                EVP_CipherUpdate(context, NULL, &ignored, aad, (int)aad_length) &&
                EVP_CipherUpdate(context, payload, &ignored, payload, (int)length) &&
                EVP_CipherFinal_ex(context, payload, &ignored) &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, payload + length), "sealing");
    EVP_CIPHER_CTX_free(context);
    for (int w = 1; w < WORLDS; w++)
        memcpy(machine.buffers[w], payload, length + 16);
}

/* As libssl does it, with a step left out, done twice or with a bit wrong where the input says so. */
static void tls13_record(void)
{
    size_t length = some_length() % 16400 + 1;
    unsigned odd = octet(), wrong = octet();
    uint8_t nonce[12], header[5] = {0x17, 3, 3, (uint8_t)((length + 16) >> 8), (uint8_t)(length + 16)}, tag[16] = {0};

    set_iv_length(12);
    fill(nonce, sizeof nonce);
    fill_buffers(length);
    if (!machine.slot->encrypts)
        seal_elsewhere(nonce, header, sizeof header, length);
    memcpy(tag, machine.buffers[PLAIN] + length, 16);
    if (wrong < 128)
        (wrong & 1 ? nonce : wrong & 2 ? tag : wrong & 4 ? header + 3 : nonce)[wrong / 8 % 2] ^= 1;
    else if (wrong < 160)
        for (int w = 0; w < WORLDS; w++)
            machine.buffers[w][(wrong * 97) % length] ^= 0x40;
    if (odd != 1)
        set_iv(nonce);
    if (!machine.slot->encrypts && odd != 2)
        set_tag(tag, 16);
    if (odd == 3)
        get_parameters();
    for (int w = 0; w < WORLDS; w++)
        memcpy(machine.buffers[w] + ROOM - 5, header, 5);
    if (odd != 4)
        update(ROOM - 5, ROOM, 5, 0);
    if (odd == 5)
        duplicate();
    update(0, odd >= 240 ? odd - 239 : odd & 8 || length > 9000 ? 0 : length + 16, length, 0); /* in place, apart, over */
    switch (odd % 16) {
    case 6:
        return; /* whatever comes next comes before final */
    case 7:
        some_update();
        break;
    case 9:
        duplicate();
        break;
    case 10:
        get_parameters();
        break;
    case 11:
        set_tag(machine.tag, 16);
        break;
    case 12:
        start(0, 1, machine.slot->encrypts);
        break;
    case 13:
        start(0, 0, !machine.slot->encrypts);
        break;
    default:
        break;
    }
    final();
    if (machine.slot->encrypts)
        get_tag(16);
}

static void tls12_record(void)
{
    size_t length = some_length() % 16400;
    unsigned odd = octet(), wrong = octet();
    uint8_t nonce[128] = {0}, aad[16];
    struct answer answer;

    if (odd & 1)
        set_fixed(4);
    fill_buffers(length + 24);
    fill(aad, 13);
    aad[11] = (uint8_t)(length >> 8);
    aad[12] = (uint8_t)length;
    if (!machine.slot->encrypts) {
        EVP_CIPHER_CTX_get_updated_iv(machine.slot->contexts[PLAIN], nonce, sizeof nonce);
        ERR_clear_error();
        memcpy(nonce + 4, machine.buffers[PLAIN], 8); /* any will do as the explicit one */
        seal_elsewhere(nonce, aad, 13, length);
        for (int w = 0; w < WORLDS; w++) {
            memmove(machine.buffers[w] + 8, machine.buffers[w], length + 16);
            memcpy(machine.buffers[w], nonce + 4, 8);
        }
    }
    if (wrong < 128)
        for (int w = 0; w < WORLDS; w++)
            machine.buffers[w][(wrong * 97) % (length + 24)] ^= 0x10;
    aad[11] = (uint8_t)((length + (machine.slot->encrypts ? 8 : 24)) >> 8);
    aad[12] = (uint8_t)(length + (machine.slot->encrypts ? 8 : 24));
    if (wrong == 128)
        aad[0] ^= 1;
    EACH(answer, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_TLS1_AAD, 13, aad));
    require_same(&answer, "additional data of TLS 1.2");
    if (odd == 2)
        get_parameters();
    if (odd == 4)
        duplicate();
    update(0, odd == 6 ? 1 : 0, odd == 8 ? length / 2 : length + 24, odd == 10);
}

static void draw_or_put_iv(unsigned length)
{
    struct answer answer;
    uint8_t ivs[WORLDS][32] = {{0}};
    int type = machine.slot->encrypts ? EVP_CTRL_GCM_IV_GEN : EVP_CTRL_GCM_SET_IV_INV;

    agree_on_iv();
    for (int w = 1; w < WORLDS; w++)
        memcpy(ivs[w], ivs[PLAIN], sizeof ivs[w]);
    EACH(answer, EVP_CIPHER_CTX_ctrl(context, type, (int)length, ivs[w]));
    require_same(&answer, "the explicit nonce");
    for (int w = 1; w < WORLDS; w++)
        same_octets(ivs[w], ivs[PLAIN], sizeof ivs[w], "explicit nonce");
}

static void step(unsigned code)
{
    switch (code % 16) {
    case 0:
        start(1, 0, octet() & 1);
        break;
    case 1:
        start(0, 1, machine.slot->encrypts);
        break;
    case 2:
        start(1, 1, octet() & 1);
        break;
    case 3:
        code < 128 ? start(0, 0, !machine.slot->encrypts) : start_with_params();
        break;
    case 4:
        set_iv_length((int[]){12, 0, 1, 7, 8, 11, 13, 16, 64, 128, 129, 12}[octet() % 12]);
        break;
    case 5:
        fill_buffers(64);
        update(0, ROOM, octet() % 64, 0);
        break;
    case 6:
        some_update();
        break;
    case 7:
        final();
        break;
    case 8:
        set_tag(machine.tag, (int)(code < 200 ? 16 : octet() % 18));
        break;
    case 9:
        get_tag((int)(code < 200 ? 16 : octet() % 18));
        break;
    case 10:
        duplicate();
        break;
    case 11:
        code < 100 ? set_tls_aad(octet(), code < 90 ? 13 : (int)octet() % 16) : draw_or_put_iv(8);
        break;
    case 12:
        set_fixed((int)(code < 200 ? 4 : octet() % 14) - (code > 250));
        break;
    case 13:
        tls12_record();
        break;
    case 14:
        tls13_record();
        break;
    default:
        get_parameters();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_all();
    memset(&machine, 0, sizeof machine);
    machine.at = data;
    machine.end = data + size;
    machine.which = octet() & 1;
    for (int i = 0; i < SLOTS; i++)
        for (int w = 0; w < WORLDS; w++)
            machine.slots[i].contexts[w] = EVP_CIPHER_CTX_new();
    machine.slot = &machine.slots[0];
    start(0, 0, (int)(octet() & 1)); /* EVP refuses most without a cipher */
    for (int steps = 0; steps < STEPS && machine.at < machine.end; steps++)
        step(octet());
    for (int i = 0; i < SLOTS; i++)
        for (int w = 0; w < WORLDS; w++)
            EVP_CIPHER_CTX_free(machine.slots[i].contexts[w]);
    REQUIRE(fake.requests == 0 && fake.foreign_calls == 0, "the card is left with something");
    return 0;
}
