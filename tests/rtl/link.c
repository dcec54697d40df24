/* SPDX-License-Identifier: Apache-2.0 */
/* The root complex of link.h: packets to the card, and answers to its reads. */
#include "tests/rtl/link.h"

#include <stdlib.h>
#include <string.h>

#include "tests/rtl/link_check.h"

#define QUEUE 512
#define COMPLETER_ID 0x0008u
#define HOST_ID 0x0010u

int link_create(struct link *link, const struct link_ports *ports, uint64_t seed) {
    memset(link, 0, sizeof *link);
    link->ports = *ports;
    link->random = seed * 2 + 1;
    link->max_payload = 256;
    link->max_read = 512;
    link->boundary = 64;
    link->late = 100000;
    link->answer = calloc(LINK_TAGS, sizeof *link->answer);
    link->queue = calloc(QUEUE, sizeof *link->queue);
    link->incoming = calloc(1, sizeof *link->incoming);
    link->outgoing = calloc(1, sizeof *link->outgoing);
    link->repeat = calloc(1, sizeof *link->repeat);
    if (link->answer && link->queue && link->incoming && link->outgoing && link->repeat)
        return 0;
    link_destroy(link);
    return -1;
}

void link_destroy(struct link *link) {
    free(link->answer);
    free(link->queue);
    free(link->incoming);
    free(link->outgoing);
    free(link->repeat);
    memset(link, 0, sizeof *link);
}

void link_restart(struct link *link) {
    memset(link->read, 0, sizeof link->read);
    memset(link->answer, 0, LINK_TAGS * sizeof *link->answer);
    link->oldest_count = link->reads_outstanding = link->queue_count = 0;
    link->sending = link->receiving = link->moved = link->repeat_ready = 0;
    link->violations = 0;
    *link->ports.rx_valid = 0;
}

void link_map(struct link *link, uint64_t address, uint8_t *octets, size_t size) {
    for (int i = 0; i < LINK_REGIONS; i++)
        if (!link->regions[i].octets) {
            link->regions[i].address = address;
            link->regions[i].octets = octets;
            link->regions[i].size = size;
            return;
        }
}

uint8_t *link_memory(struct link *link, uint64_t address, size_t size) {
    for (int i = 0; i < LINK_REGIONS; i++) {
        uint64_t offset = address - link->regions[i].address;
        if (link->regions[i].octets && offset < link->regions[i].size && size <= link->regions[i].size - offset)
            return link->regions[i].octets + offset;
    }
    return NULL;
}

uint64_t link_random(struct link *link, uint64_t limit) {
    link->random ^= link->random << 13;
    link->random ^= link->random >> 7;
    link->random ^= link->random << 17;
    return (link->random >> 11) % limit;
}

static int chance(struct link *link, unsigned percent) {
    return percent && link_random(link, 100) < percent;
}

/* Requests of the host */

int link_send(struct link *link, const struct link_packet *packet) {
    if (link->queue_count == QUEUE)
        return -1;
    link->queue[(link->queue_head + link->queue_count++) % QUEUE] = *packet;
    return 0;
}

static void address_packet(struct link_packet *packet, unsigned function, unsigned bar, uint64_t address,
                           unsigned dwords, unsigned first_enables, unsigned last_enables) {
    int wide = address >> 32 != 0;
    packet->header[0] = (wide ? 0x20000000u : 0) | (dwords & 0x3ff);
    packet->header[1] = HOST_ID << 16 | last_enables << 4 | first_enables;
    packet->header[2] = wide ? (uint32_t)(address >> 32) : (uint32_t)address & ~3u;
    packet->header[3] = wide ? (uint32_t)address & ~3u : 0;
    packet->function = (uint8_t)function;
    packet->bar = (uint8_t)bar;
    packet->beats = 0;
}

int link_write(struct link *link, unsigned function, unsigned bar, uint64_t address, const uint32_t *data,
               unsigned dwords, unsigned first_enables, unsigned last_enables) {
    struct link_packet packet;
    memset(&packet, 0, sizeof packet);
    address_packet(&packet, function, bar, address, dwords, first_enables, last_enables);
    packet.header[0] |= 0x40000000u;
    packet.dwords = dwords;
    memcpy(packet.data, data, dwords * sizeof *data);
    return link_send(link, &packet);
}

int link_ask(struct link *link, struct link_packet *packet, unsigned octets, unsigned lower_address, unsigned dwords) {
    for (int tag = 0; tag < LINK_TAGS; tag++) {
        struct link_answer *answer = &link->answer[tag];
        if (answer->waiting)
            continue;
        packet->header[1] = (packet->header[1] & 0xffff00ffu) | (uint32_t)tag << 8;
        if (link_send(link, packet))
            return -1;
        memset(answer, 0, sizeof *answer);
        answer->waiting = 1;
        memcpy(answer->header, packet->header, sizeof answer->header);
        answer->function = packet->function;
        answer->octets = octets;
        answer->lower_address = lower_address;
        answer->wanted = dwords;
        return tag;
    }
    return -1;
}

int link_read(struct link *link, unsigned function, unsigned bar, uint64_t address, unsigned dwords,
              unsigned first_enables, unsigned last_enables) {
    struct link_packet packet;
    unsigned lead = 0, trail = 0, octets;
    unsigned last = dwords == 1 ? first_enables : last_enables;
    memset(&packet, 0, sizeof packet);
    address_packet(&packet, function, bar, address, dwords, first_enables, last_enables);
    while (lead < 3 && first_enables && !(first_enables & 1u << lead))
        lead++;
    while (trail < 3 && last && !(last & 8u >> trail))
        trail++;
    octets = first_enables || dwords > 1 ? dwords * 4 - lead - trail : 1;
    return link_ask(link, &packet, octets, (unsigned)((address & 0x7c) | lead), dwords);
}

/* Answers to the card's reads */

static void forget(struct link *link, unsigned tag) {
    unsigned i = 0;
    while (i < link->oldest_count && link->oldest[i] != tag)
        i++;
    if (i == link->oldest_count)
        return;
    memmove(link->oldest + i, link->oldest + i + 1, (link->oldest_count - i - 1) * sizeof *link->oldest);
    link->oldest_count--;
    link->reads_outstanding--;
    link->read[tag].active = 0;
}

/* Octets of the next part of an answer: to a boundary, or all. */
static unsigned part_octets(struct link *link, const struct link_read *read) {
    uint64_t step = link->whole ? link->max_payload : link->boundary;
    uint64_t end = (read->address / step + 1) * step;
    unsigned most = link->max_payload / (unsigned)step;
    if (most > 1)
        end += step * link_random(link, most);
    /* not more than max_payload with the doubleword that it begins in */
    while (end - (read->address & ~3ull) > link->max_payload)
        end -= step;
    if (end >= read->address + read->octets)
        return read->octets;
    return (unsigned)(end - read->address);
}

static void fill_part(struct link *link, struct link_packet *packet, const struct link_read *read, unsigned octets) {
    unsigned lead = read->address & 3;
    uint8_t *memory = link_memory(link, read->address, octets);
    packet->dwords = (lead + octets + 3) / 4;
    for (unsigned i = 0; i < packet->dwords + 3; i++) /* octets not asked for are arbitrary */
        packet->data[i] = (uint32_t)link_random(link, 1ull << 32);
    memcpy((uint8_t *)packet->data + lead, memory, octets);
}

static void completion_header(struct link *link, struct link_packet *packet, unsigned tag, unsigned status) {
    const struct link_read *read = &link->read[tag];
    packet->header[0] = (status ? 0x0a000000u : 0x4a000000u) | (packet->dwords & 0x3ff);
    packet->header[1] = COMPLETER_ID << 16 | status << 13 | (read->octets & 0xfff);
    packet->header[2] = (link->bus_device << 3 | read->function) << 16 | tag << 8 | (read->address & 0x7f);
    packet->header[3] = 0;
    packet->function = read->function;
    packet->bar = 0;
    packet->beats = 0;
}

static unsigned refusal(const struct link *link, const struct link_read *read) {
    (void)link;
    switch (read->fault) {
    case LINK_UNSUPPORTED: return 1;
    case LINK_RETRY: return 2;
    case LINK_ABORT: return 4;
    case LINK_ABORT_LATER: return read->parts ? 4 : 0;
    default: return 0;
    }
}

/* Spoil a good part. Returns 1 where nothing more is to follow. */
static int spoil(struct link *link, struct link_packet *packet, struct link_read *read) {
    int beats = (int)(packet->dwords + 3) / 4;
    unsigned all = ((read->address & 3) + read->octets + 3) / 4;
    if (read->parts && read->fault != LINK_POISONED)
        return 0;
    switch (read->fault) {
    case LINK_POISONED:
    case LINK_POISONED_PART:
        packet->header[0] |= 1u << 14;
        return 0;
    case LINK_WRONG_FUNCTION:
        packet->function ^= 1;
        packet->header[2] ^= 1u << 16;
        return 1;
    case LINK_WRONG_TAG:
        packet->header[2] ^= 0x80u << 8;
        return 1;
    case LINK_TOO_LONG:
        packet->dwords = all + 1 + (unsigned)link_random(link, 300);
        packet->header[0] = 0x4a000000u | packet->dwords;
        return 1;
    case LINK_TOO_SHORT:
        if (packet->dwords > 1 && ((read->address & ~3ull) + packet->dwords * 4 - 4) % 64) {
            packet->header[0] = 0x4a000000u | --packet->dwords;
            return 1;
        } /* fall through */
    case LINK_WRONG_BYTE_COUNT:
        packet->header[1] ^= 1u << link_random(link, 12);
        return 0;
    case LINK_WRONG_LOWER_ADDRESS:
        packet->header[2] ^= 1u << link_random(link, 7);
        return 0;
    case LINK_NO_DATA:
        packet->header[0] = 0x0a000000u;
        packet->dwords = 0;
        return 1;
    case LINK_ENDS_EARLY:
        if (beats > 1) {
            packet->beats = 1 + (int)link_random(link, (uint64_t)beats - 1);
            return 0;
        } /* fall through */
    case LINK_ENDS_LATE:
        packet->beats = beats + 1 + (int)link_random(link, 3);
        return 0;
    default:
        return 0;
    }
}

static void answer_part(struct link *link, struct link_packet *packet, unsigned tag) {
    struct link_read *read = &link->read[tag];
    unsigned status = refusal(link, read);
    unsigned octets = part_octets(link, read);
    int ends = 1;
    memset(packet->header, 0, sizeof packet->header);
    packet->dwords = 0;
    if (!link_memory(link, read->address, read->octets))
        status = 1;
    if (!status)
        fill_part(link, packet, read, octets);
    completion_header(link, packet, tag, status);
    if (!status) {
        ends = spoil(link, packet, read) || octets == read->octets;
        read->address += octets;
        read->octets -= octets;
        read->parts++;
    }
    if (!ends)
        return;
    if (read->fault == LINK_DUPLICATE) {
        *link->repeat = *packet;
        link->repeat_ready = 1;
    }
    forget(link, tag);
}

/* A tag with an answer due, or -1. */
static int due_tag(struct link *link) {
    unsigned due[LINK_TAGS], count = 0;
    for (unsigned i = 0; i < link->oldest_count && !(link->whole && count); i++)
        if (link->read[link->oldest[i]].due <= link->cycle)
            due[count++] = link->oldest[i];
        else if (link->whole)
            break;
    return count ? (int)due[link_random(link, count)] : -1;
}

void link_asked(struct link *link, const struct link_packet *packet) {
    unsigned tag = packet->header[1] >> 8 & 0xff;
    struct link_read *read = &link->read[tag];
    memset(read, 0, sizeof *read);
    read->fault = link->choose_fault ? link->choose_fault(link->context, packet) : LINK_GOOD;
    read->function = packet->header[1] >> 16 & 7;
    read->address = link_span(packet, &read->octets);
    read->asked = link->cycle;
    read->due = link->cycle + link->latency + (link->whole || !link->latency ? 0 : link_random(link, link->latency));
    if (read->fault == LINK_LATE)
        read->due = link->cycle + link->late;
    if (read->fault == LINK_LOST)
        return;
    read->active = 1;
    link->oldest[link->oldest_count++] = tag;
    link->reads_outstanding++;
}

/* Packets to the card */

static int choose_packet(struct link *link) {
    int tag;
    if (link->repeat_ready) {
        *link->incoming = *link->repeat;
        link->repeat_ready = 0;
        return 1;
    }
    tag = due_tag(link);
    if (link->queue_count && (tag < 0 || link_random(link, 2))) {
        *link->incoming = link->queue[link->queue_head];
        link->queue_head = (link->queue_head + 1) % QUEUE;
        link->queue_count--;
        return 1;
    }
    if (tag < 0)
        return 0;
    answer_part(link, link->incoming, (unsigned)tag);
    return 1;
}

static int beats_of(const struct link_packet *packet) {
    return packet->beats ? packet->beats : packet->dwords ? (int)(packet->dwords + 3) / 4 : 1;
}

/* A completion to one of the reads there were, as it should be but for a bit here and there. */
static void make_up_completion(struct link *link, uint32_t type) {
    uint32_t *header = link->ports.rx_hdr, tag = (uint32_t)link_random(link, 40);
    const struct link_read *read = &link->read[tag];
    header[0] = type << 24 | (((uint32_t)read->address & 3) + read->octets + 3) / 4;
    header[1] = read->octets | (uint32_t)(link_random(link, 8) ? 0 : link_random(link, 8)) << 13;
    header[2] = tag << 8 | (read->address & 0x7f);
    if (link_random(link, 2))
        *link->ports.rx_function = read->function;
    if (link_random(link, 8) == 0)
        header[link_random(link, 3)] ^= 1u << link_random(link, 32);
}

/* A beat that may belong to anything, with a header that is not far from a sensible one. */
static void make_up_beat(struct link *link) {
    static const uint32_t types[] = {0x00, 0x20, 0x40, 0x60, 0x0a, 0x4a, 0x4a, 0x4a, 0x0b, 0x4c, 0x42, 0x05, 0x74};
    const struct link_ports *ports = &link->ports;
    uint32_t dwords = (uint32_t)link_random(link, link_random(link, 4) ? 20 : 1024);
    uint32_t type = link_random(link, 10) ? types[link_random(link, 13)] : (uint32_t)link_random(link, 256);
    *ports->rx_valid = 1;
    *ports->rx_sop = link_random(link, 3) != 0;
    *ports->rx_eop = link_random(link, 3) == 0;
    *ports->rx_function = link_random(link, 5) ? (uint8_t)link_random(link, 3) : (uint8_t)link_random(link, 8);
    *ports->rx_bar = link_random(link, 5) ? (uint8_t)(link_random(link, 2) * 2) : (uint8_t)link_random(link, 8);
    for (int i = 0; i < 4; i++) {
        ports->rx_hdr[i] = (uint32_t)link_random(link, 1ull << 32);
        ports->rx_data[i] = (uint32_t)link_random(link, 1ull << 32);
    }
    ports->rx_hdr[0] = type << 24 | dwords | (link_random(link, 8) ? 0 : 1u << 14);
    if ((type & 0x1f) == 0x0a)
        make_up_completion(link, type);
}

void link_drive(struct link *link) {
    const struct link_ports *ports = &link->ports;
    const struct link_packet *packet = link->incoming;
    *ports->tx_ready = !chance(link, link->tx_stall);
    if (link->moved)
        *ports->rx_valid = 0;
    link->moved = 0;
    if (*ports->rx_valid || chance(link, link->rx_stall))
        return;
    if (!link->sending && chance(link, link->garbage)) {
        make_up_beat(link);
        return;
    }
    if (!link->sending) {
        if (!choose_packet(link))
            return;
        link->sending = 1;
        link->beat = 0;
    }
    *ports->rx_valid = 1;
    *ports->rx_sop = link->beat == 0;
    *ports->rx_eop = link->beat == beats_of(packet) - 1;
    *ports->rx_function = packet->function;
    *ports->rx_bar = packet->bar;
    if (link->beat == 0)
        memcpy(ports->rx_hdr, packet->header, sizeof packet->header);
    memcpy(ports->rx_data, packet->data + 4 * (link->beat % (LINK_MAX_DWORDS / 4)), 16);
}

void link_sample(struct link *link) {
    const struct link_ports *ports = &link->ports;
    if (*ports->rx_valid && *ports->rx_ready) {
        if (link->sending && ++link->beat == beats_of(link->incoming))
            link->sending = 0;
        link->moved = 1;
    }
    if (*ports->tx_valid && *ports->tx_ready)
        link_take_beat(link);
    link->cycle++;
}

int link_busy(const struct link *link) {
    if (link->sending || link->receiving || link->queue_count || link->repeat_ready || link->reads_outstanding)
        return 1;
    for (int tag = 0; tag < LINK_TAGS; tag++)
        if (link->answer[tag].waiting)
            return 1;
    return 0;
}
