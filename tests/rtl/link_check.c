/* SPDX-License-Identifier: Apache-2.0 */
/* Takes and checks the packets of the card for the root complex of link.h. */
#include "tests/rtl/link_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void violate(struct link *link, const char *format, ...) {
    va_list arguments;
    if (link->violations++)
        return;
    va_start(arguments, format);
    vsnprintf(link->violation, sizeof link->violation, format, arguments);
    va_end(arguments);
}

static unsigned length_of(const struct link_packet *packet) {
    unsigned length = packet->header[0] & 0x3ff;
    return length ? length : LINK_MAX_DWORDS;
}

static uint64_t address_of(const struct link_packet *packet) {
    if (packet->header[0] & 0x20000000u)
        return (uint64_t)packet->header[2] << 32 | packet->header[3];
    return packet->header[2];
}

uint64_t link_span(const struct link_packet *packet, unsigned *octets) {
    unsigned first = packet->header[1] & 15, last = packet->header[1] >> 4 & 15;
    unsigned lead = first ? (unsigned)__builtin_ctz(first) : 0;
    unsigned end = length_of(packet) == 1 ? first : last;
    unsigned trail = end ? (unsigned)__builtin_clz(end) - 28 : 3;
    *octets = length_of(packet) * 4 - lead - trail;
    return address_of(packet) + lead;
}

static int one_run(unsigned enables) {
    unsigned shifted = enables >> __builtin_ctz(enables);
    return (shifted & (shifted + 1)) == 0;
}

static void check_enables(struct link *link, const struct link_packet *packet) {
    unsigned first = packet->header[1] & 15, last = packet->header[1] >> 4 & 15;
    if (!first || !one_run(first))
        violate(link, "first byte enables %x", first);
    else if (length_of(packet) == 1 ? last != 0 : !(first & 8) || !(last & 1) || !one_run(last))
        violate(link, "byte enables %x and %x of %u doublewords", first, last, length_of(packet));
}

static void check_request(struct link *link, const struct link_packet *packet) {
    uint64_t address = address_of(packet);
    unsigned length = length_of(packet);
    unsigned most = packet->header[0] & 0x40000000u ? link->max_payload : link->max_read;
    if (packet->header[0] & 0x00fffc00u)
        violate(link, "reserved or unused bits in header %08x", packet->header[0]);
    if ((packet->header[0] & 0x20000000u) && address >> 32 == 0)
        violate(link, "four doublewords of header for address %llx", (unsigned long long)address);
    if (!(packet->header[0] & 0x20000000u) && packet->header[3])
        violate(link, "a fourth doubleword in a header of three");
    if (address & 3)
        violate(link, "address %llx", (unsigned long long)address);
    if (packet->header[1] >> 19 != link->bus_device)
        violate(link, "requester %04x", packet->header[1] >> 16);
    if ((address & 0xfff) + length * 4 > 4096)
        violate(link, "%u doublewords at %llx cross 4 KiB", length, (unsigned long long)address);
    if (length * 4 > most)
        violate(link, "%u doublewords where %u octets are allowed", length, most);
    check_enables(link, packet);
}

static void take_write(struct link *link, struct link_packet *packet) {
    unsigned octets;
    uint64_t address = link_span(packet, &octets);
    const uint8_t *data = (const uint8_t *)packet->data;
    uint8_t *memory = link_memory(link, address, octets);
    unsigned lead = address & 3, carried = ((packet->dwords + 3) / 4) * 16;
    link->writes++;
    check_request(link, packet);
    if (packet->header[1] >> 8 & 0xff)
        violate(link, "tag in a write");
    for (unsigned i = 0; i < carried; i++)
        if ((i < lead || i >= lead + octets) && data[i])
            violate(link, "octet %u of a write is not enabled and not zero", i);
    if (memory)
        memcpy(memory, data + lead, octets);
    else
        violate(link, "write of %u octets to %llx", octets, (unsigned long long)address);
}

static void take_read(struct link *link, const struct link_packet *packet) {
    unsigned tag = packet->header[1] >> 8 & 0xff;
    link->reads++;
    check_request(link, packet);
    if (link->read[tag].active)
        violate(link, "tag %u asked again while outstanding", tag);
    else
        link_asked(link, packet);
}

/* A completion of the card against what was asked; expected are the octets and address still to come. */
static void check_completion(struct link *link, const struct link_packet *packet, const struct link_answer *answer,
                             unsigned status) {
    unsigned count = packet->header[1] & 0xfff, length = packet->dwords;
    unsigned lower = packet->header[2] & 0x7f;
    unsigned attributes = answer->header[0] & 0x00743000u;
    if ((packet->header[0] & 0x00fffc00u) != attributes)
        violate(link, "completion header %08x to request %08x", packet->header[0], answer->header[0]);
    if (packet->header[1] >> 16 != (link->bus_device << 3 | answer->function))
        violate(link, "completer %04x", packet->header[1] >> 16);
    if (packet->header[2] >> 16 != answer->header[1] >> 16 || packet->header[3] || (packet->header[2] & 0x80))
        violate(link, "completion to %08x, header %08x", packet->header[2], packet->header[3]);
    if (count != (answer->octets & 0xfff) || lower != answer->lower_address)
        violate(link, "completion says %u octets from %02x, for %u from %02x", count, lower, answer->octets,
                answer->lower_address);
    if (status)
        return;
    if (length * 4 > link->max_payload || length > answer->wanted - answer->dwords)
        violate(link, "completion of %u doublewords", length);
    else if (length < answer->wanted - answer->dwords && ((lower & ~3u) + length * 4) % 128)
        violate(link, "completion of %u doublewords from %02x ends at no boundary", length, lower);
}

static void take_completion(struct link *link, const struct link_packet *packet) {
    struct link_answer *answer = &link->answer[packet->header[2] >> 8 & 0xff];
    unsigned status = packet->header[1] >> 13 & 7;
    unsigned type = packet->header[0] >> 24 & 31, locked = (answer->header[0] >> 24 & 31) == 1;
    unsigned octets;
    link->completions++;
    if (!answer->waiting) {
        violate(link, "completion to tag %02x, which waits for none", packet->header[2] >> 8 & 0xff);
        return;
    }
    if (type != (locked ? 11u : 10u) || (packet->dwords == 0) != (status != 0))
        violate(link, "completion header %08x with status %u", packet->header[0], status);
    check_completion(link, packet, answer, status);
    answer->parts++;
    answer->status = status;
    if (status == 0 && packet->dwords <= answer->wanted - answer->dwords) {
        octets = packet->dwords * 4 - (answer->lower_address & 3);
        memcpy(answer->data + answer->dwords, packet->data, packet->dwords * 4);
        answer->dwords += packet->dwords;
        answer->octets -= octets < answer->octets ? octets : answer->octets;
        answer->lower_address = 0;
        answer->waiting = answer->dwords < answer->wanted;
    } else
        answer->waiting = 0;
}

static void take_packet(struct link *link, struct link_packet *packet) {
    unsigned format = packet->header[0] >> 29, type = packet->header[0] >> 24 & 31;
    unsigned expected = format & 2 ? length_of(packet) : 0;
    if (packet->dwords != (expected + 3) / 4 * 4)
        violate(link, "%u doublewords in beats, header %08x", packet->dwords, packet->header[0]);
    packet->dwords = expected;
    if (type == 0 && format < 4)
        format & 2 ? take_write(link, packet) : take_read(link, packet);
    else if ((type == 10 || type == 11) && !(format & 5))
        take_completion(link, packet);
    else
        violate(link, "header %08x", packet->header[0]);
    if (link->observe)
        link->observe(link->context, packet);
}

void link_take_beat(struct link *link) {
    const struct link_ports *ports = &link->ports;
    struct link_packet *packet = link->outgoing;
    if (*ports->tx_sop == link->receiving)
        violate(link, "sop is %u in a packet's beat %u", *ports->tx_sop, packet->dwords / 4);
    if (*ports->tx_sop) {
        memset(packet, 0, sizeof *packet);
        memcpy(packet->header, ports->tx_hdr, sizeof packet->header);
        link->receiving = 1;
    }
    if (packet->dwords < LINK_MAX_DWORDS && packet->header[0] & 0x40000000u) {
        memcpy(packet->data + packet->dwords, ports->tx_data, 16);
        packet->dwords += 4;
    }
    if (!*ports->tx_eop)
        return;
    link->receiving = 0;
    take_packet(link, packet);
}
