/* SPDX-License-Identifier: Apache-2.0 */
/* A double of the driver in software, for the tests of the tlscard command; it errs where asked. */
/*
 * TLSCARD_FAKE in the environment says how it misbehaves: "wrong" flips a bit of each result, "unchecked" gives
 * private results without the check, "unranged" takes inputs of any size, "even" takes even moduli, "partial"
 * writes octets although it fails, "none" has no card, "broken" cannot read its registers, "2048" serves no other
 * size, "errors" has errors in its log, "late" never answers, "rsa" serves RSA alone, "laneless" no records,
 * "nothing" serves nothing, "stopped" has a cycle counter that stands still, "twin" has a second engine and a second
 * lane, "busy" is taken by others, "short" lacks descriptors, "denied" is closed to this user, "map" was built from
 * another map, "full" has no room for RSA. What the files beside this one know is said there.
 *
 * Its cycle counter moves on by RESULT_CYCLES with each result that is taken.
 */
#include <errno.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/tlscard_map.h"
#include "tests/tools/fake_tlscard.h"

#define RESULT_CYCLES 800
#define RESULT_MULTIPLIER_CYCLES 600

struct tlscard {
    char unused;
};

static uint64_t results, more; /* taken so far, and the cycles that they took more than usual */

struct tlscard_queue {
    int event; /* never readable: every request ends as it is submitted */
};

struct tlscard_rsa_key {
    size_t size;
    int private;
    BIGNUM *n, *e, *p, *q, *dp, *dq, *qinv;
};

int fakes(const char *what)
{
    const char *how = getenv("TLSCARD_FAKE");
    return how && strcmp(how, what) == 0;
}

int tlscard_keep(const char *address)
{
    (void)address;
    return -ENOTSUP;
}

int tlscard_open(const char *address, unsigned deadline_ms, struct tlscard **card, char *message)
{
    (void)deadline_ms;
    *message = '\0';
    if (fakes("none") || strncmp(address, "vfio-user:", 10) == 0) {
        snprintf(message, TLSCARD_MESSAGE_SIZE, "%s: no card there; start one", address);
        return -ENODEV;
    }
    if (fakes("short")) {
        snprintf(message, TLSCARD_MESSAGE_SIZE, "%s: the double has too many open files", address);
        return -EMFILE;
    }
    if (fakes("busy") || fakes("denied") || fakes("map")) {
        snprintf(message, TLSCARD_MESSAGE_SIZE, "%s: the double is %s", address, getenv("TLSCARD_FAKE"));
        return fakes("busy") ? -EBUSY : fakes("denied") ? -EACCES : -ENOEXEC;
    }
    *card = calloc(1, sizeof **card);
    return *card ? 0 : -ENOMEM;
}

void tlscard_close(struct tlscard *card)
{
    free(card);
}

int tlscard_info(struct tlscard *card, struct tlscard_info *info)
{
    if (fakes("broken"))
        return -EIO;
    *info = (struct tlscard_info){
        .address = "sim",         .transport = "sim",    .vendor_id = 0x1234,        .device_id = 0x7c5d,
        .version = 0x10203,       .map_hash = 0xcafe,    .functions = 2,             .function = 1,
        .queue_pairs = 4,         .max_entries = 1024,   .simulated = 1,             .pke_engines = 1,
        .pke_contexts = 2,        .gcm_lanes = 1,        .clock_hz = 250000000,       .cycles = 1234567,
        .opcodes = 0x800000000000u | TLSCARD_OPCODES_NONE | TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_GCM,
        .busy_cycles = 7654321,   .pke_completed = 11,   .pke_failed = 12,           .gcm_completed = 13,
        .gcm_failed = 14,         .multiplier_cycles = 345678 + results * RESULT_MULTIPLIER_CYCLES,
    };
    if (!fakes("stopped"))
        info->cycles += results * RESULT_CYCLES + more;
    if (fakes("twin"))
        info->pke_engines = info->gcm_lanes = 2;
    if (fakes("errors")) {
        info->error_count = 3;
        info->error_code = 0x20;
        info->error_queue = 2;
        info->error_address = 0x123456789abcull;
    }
    if (fakes("rsa"))
        info->opcodes &= 0x7ffff;
    if (fakes("laneless")) {
        info->opcodes &= ~TLSCARD_OPCODES_GCM;
        info->gcm_lanes = 0;
    }
    if (fakes("nothing"))
        info->opcodes = 2;
    (void)card;
    return 0;
}

int tlscard_list(tlscard_list_callback *callback, void *context)
{
    if (fakes("none"))
        return 0;
    if (fakes("broken"))
        return -EACCES;
    int stop = callback(context, "pci:0000:01:00.0", "a card");
    return stop ? stop : callback(context, "sim", "the simulated card inside the process");
}

int tlscard_queue_open(struct tlscard *card, unsigned entries, struct tlscard_queue **queue)
{
    (void)card;
    (void)entries;
    *queue = calloc(1, sizeof **queue);
    if (!*queue)
        return -ENOMEM;
    (*queue)->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return 0;
}

void tlscard_queue_close(struct tlscard_queue *queue)
{
    if (queue)
        close(queue->event);
    free(queue);
}

static BIGNUM *number(const struct tlscard_octets *octets)
{
    return octets->data ? BN_bin2bn(octets->data, (int)octets->length, NULL) : NULL;
}

int tlscard_rsa_key_create(struct tlscard *card, const struct tlscard_rsa_components *components,
                           struct tlscard_rsa_key **key)
{
    (void)card;
    if (!(components->n.data[components->n.length - 1] & 1) && !fakes("even"))
        return -EINVAL;
    if (fakes("2048") && components->n.length != 256)
        return -ENOTSUP;
    *key = calloc(1, sizeof **key);
    if (!*key)
        return -ENOMEM;
    **key = (struct tlscard_rsa_key){.size = components->n.length, .private = components->p.data != NULL,
                                     .n = number(&components->n), .e = number(&components->e),
                                     .p = number(&components->p), .q = number(&components->q),
                                     .dp = number(&components->dp), .dq = number(&components->dq),
                                     .qinv = number(&components->qinv)};
    return 0;
}

void tlscard_rsa_key_free(struct tlscard_rsa_key *key)
{
    if (!key)
        return;
    BIGNUM *const numbers[] = {key->n, key->e, key->p, key->q, key->dp, key->dq, key->qinv};
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++)
        BN_free(numbers[index]);
    free(key);
}

size_t tlscard_rsa_key_size(const struct tlscard_rsa_key *key)
{
    return key->size;
}

/* RFC 8017 section 5.1.2, step 2.b. */
static void chinese_remainder(const struct tlscard_rsa_key *key, const BIGNUM *input, BIGNUM *result, BN_CTX *context)
{
    BIGNUM *first = BN_new(), *second = BN_new();
    BN_mod_exp(first, input, key->dp, key->p, context);
    BN_mod_exp(second, input, key->dq, key->q, context);
    BN_mod_sub(first, first, second, key->p, context);
    BN_mod_mul(first, first, key->qinv, key->p, context);
    BN_mul(first, first, key->q, context);
    BN_add(result, first, second);
    BN_free(first);
    BN_free(second);
}

static const char *compute(const struct tlscard_rsa_key *key, int private, const BIGNUM *input, BIGNUM *result,
                           BN_CTX *context)
{
    if (BN_cmp(input, key->n) >= 0 && !fakes("unranged"))
        return "OPERAND_RANGE";
    if (!private)
        return BN_mod_exp(result, input, key->e, key->n, context) ? "OK" : "CHECK_FAILED";
    BIGNUM *check = BN_new();
    chinese_remainder(key, input, result, context);
    BN_mod_exp(check, result, key->e, key->n, context);
    int good = BN_cmp(check, input) == 0 || fakes("unchecked");
    BN_free(check);
    return good ? "OK" : "CHECK_FAILED";
}

static int submit(struct tlscard_rsa_key *key, int private, const uint8_t *input, size_t length,
                  struct tlscard_request **request)
{
    *request = calloc(1, sizeof **request);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *base = BN_bin2bn(input, (int)length, NULL), *result = BN_new();
    const char *status = compute(key, private, base, result, context);
    struct tlscard_result *said = &(*request)->result;
    while (strcmp(tlscard_status_name(said->status), status) != 0)
        said->status++;
    said->cycles = 1000;
    said->length = length;
    if (said->status == 0)
        BN_bn2binpad(result, (*request)->output, (int)length);
    if (fakes("wrong"))
        (*request)->output[length - 1] ^= 1;
    BN_free(result);
    BN_free(base);
    BN_CTX_free(context);
    return 0;
}

int tlscard_rsa_private(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input, size_t length,
                        struct tlscard_request **request)
{
    (void)queue;
    if (fakes("full"))
        return -EAGAIN;
    return key->private && length == key->size ? submit(key, 1, input, length, request) : -EINVAL;
}

int tlscard_rsa_public(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input, size_t length,
                       struct tlscard_request **request)
{
    (void)queue;
    return length == key->size ? submit(key, 0, input, length, request) : -EINVAL;
}

void fake_taken(unsigned more_cycles)
{
    results++;
    more += more_cycles;
}

int tlscard_request_wait(struct tlscard_request *request, unsigned timeout_ms)
{
    (void)request;
    (void)timeout_ms;
    return fakes("late") ? -ETIMEDOUT : 0;
}

int tlscard_request_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                           struct tlscard_result *result)
{
    if (request->sealed || request->opened)
        return -EINVAL;
    *result = request->result;
    fake_taken(0);
    if (result->length > capacity)
        return -ENOSPC;
    if (result->length > 0 && (result->status == 0 || fakes("partial")))
        memcpy(output, request->output, result->length);
    return result->status == 0 ? 0 : -EBADMSG;
}

void tlscard_request_release(struct tlscard_request *request)
{
    free(request);
}

const char *tlscard_status_name(uint8_t code)
{
    switch (code) {
#define STATUS(name, value, text) \
    case value:                   \
        return #name;
        TLSCARD_STATUS_LIST(STATUS)
#undef STATUS
    case TLSCARD_ERROR_INVALID_DOORBELL:
        return "INVALID_DOORBELL";
    default:
        return "UNKNOWN";
    }
}

const char *tlscard_opcode_name(unsigned opcode)
{
    switch (opcode) {
#define OPCODE(name, value, text) \
    case value:                   \
        return #name;
        TLSCARD_OPCODE_LIST(OPCODE)
#undef OPCODE
    default:
        return NULL;
    }
}

const char *tlscard_status_text(uint8_t code)
{
    (void)code;
    return "A doorbell value is not an index of the queue.";
}

int tlscard_queue_event(const struct tlscard_queue *queue)
{
    return queue->event;
}

int tlscard_queue_poll(struct tlscard_queue *queue)
{
    (void)queue;
    return 0;
}

unsigned tlscard_queue_depth(const struct tlscard_queue *queue)
{
    (void)queue;
    return 0;
}

int tlscard_request_done(const struct tlscard_request *request)
{
    (void)request;
    return !fakes("late");
}

int tlscard_reset(struct tlscard *card, unsigned deadline_ms)
{
    (void)card;
    (void)deadline_ms;
    return 0;
}
