/* SPDX-License-Identifier: Apache-2.0 */
/* Transaction-layer packets: their headers taken apart and put together. */
#include "sim/tlp.h"

enum { FORMAT_LONG = 1, FORMAT_DATA = 2, TYPE_MEMORY = 0x00, TYPE_COMPLETION = 0x0a };

static unsigned tlp_format(const struct tlp *tlp)
{
    return tlp->header[0] >> 29;
}

static uint32_t tlp_first_word(unsigned fmt, unsigned type, unsigned words)
{
    return (uint32_t)fmt << 29 | (uint32_t)type << 24 | (words & 0x3ffu);
}

bool tlp_has_data(const struct tlp *tlp)
{
    return tlp_format(tlp) & FORMAT_DATA;
}

bool tlp_poisoned(const struct tlp *tlp)
{
    return tlp->header[0] >> 14 & 1;
}

unsigned tlp_length(const struct tlp *tlp)
{
    unsigned length = tlp->header[0] & 0x3ffu;

    return length ? length : TLP_MAX_WORDS;
}

enum tlp_kind tlp_kind(const struct tlp *tlp)
{
    unsigned type = tlp->header[0] >> 24 & 0x1f;

    if (tlp_format(tlp) > 3)
        return TLP_UNKNOWN;
    if (type == TYPE_MEMORY)
        return tlp_has_data(tlp) ? TLP_WRITE : TLP_READ;
    if (type == TYPE_COMPLETION && !(tlp_format(tlp) & FORMAT_LONG))
        return TLP_COMPLETION;
    return TLP_UNKNOWN;
}

struct tlp_request tlp_get_request(const struct tlp *tlp)
{
    const uint32_t *header = tlp->header;
    struct tlp_request request = {
        .write = tlp_has_data(tlp),
        .long_address = tlp_format(tlp) & FORMAT_LONG,
        .requester = header[1] >> 16,
        .tag = header[1] >> 8 & 0xff,
        .last_enable = header[1] >> 4 & 0xf,
        .first_enable = header[1] & 0xf,
        .words = tlp_length(tlp),
    };

    if (request.long_address)
        request.address = (uint64_t)header[2] << 32 | (header[3] & ~3u);
    else
        request.address = header[2] & ~3u;
    return request;
}

struct tlp_completion tlp_get_completion(const struct tlp *tlp)
{
    const uint32_t *header = tlp->header;
    unsigned count = header[1] & 0xfff;

    return (struct tlp_completion){
        .completer = header[1] >> 16,
        .status = header[1] >> 13 & 7,
        .byte_count = count ? count : 4096,
        .requester = header[2] >> 16,
        .tag = header[2] >> 8 & 0xff,
        .lower_address = header[2] & 0x7f,
        .words = tlp_has_data(tlp) ? tlp_length(tlp) : 0,
    };
}

void tlp_set_request(struct tlp *tlp, const struct tlp_request *request)
{
    bool long_address = request->address >> 32;
    unsigned fmt = (request->write ? FORMAT_DATA : 0) | (long_address ? FORMAT_LONG : 0);

    tlp->words = request->write ? request->words : 0;
    tlp->header[0] = tlp_first_word(fmt, TYPE_MEMORY, request->words);
    tlp->header[1] = (uint32_t)request->requester << 16 | (uint32_t)request->tag << 8 |
                     (uint32_t)request->last_enable << 4 | request->first_enable;
    tlp->header[2] = long_address ? (uint32_t)(request->address >> 32) : (uint32_t)request->address;
    tlp->header[3] = long_address ? (uint32_t)request->address : 0;
}

void tlp_set_completion(struct tlp *tlp, const struct tlp_completion *completion)
{
    tlp->words = completion->words;
    tlp->header[0] = tlp_first_word(completion->words ? FORMAT_DATA : 0, TYPE_COMPLETION, completion->words);
    tlp->header[1] = (uint32_t)completion->completer << 16 | (uint32_t)completion->status << 13 |
                     (completion->byte_count & 0xfffu);
    tlp->header[2] = (uint32_t)completion->requester << 16 | (uint32_t)completion->tag << 8 |
                     completion->lower_address;
    tlp->header[3] = 0;
}

unsigned tlp_request_skip(const struct tlp_request *request)
{
    return request->first_enable ? (unsigned)__builtin_ctz(request->first_enable) : 0;
}

/* Octets after the last enabled one in its doubleword. */
static unsigned tlp_trailing(unsigned enable)
{
    return enable ? 3u - (31u - (unsigned)__builtin_clz(enable)) : 3u;
}

unsigned tlp_request_octets(const struct tlp_request *request)
{
    unsigned last = request->words == 1 ? request->first_enable : request->last_enable;

    return request->words * 4u - tlp_request_skip(request) - tlp_trailing(last);
}
