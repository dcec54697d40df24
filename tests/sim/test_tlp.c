/* SPDX-License-Identifier: Apache-2.0 */
/* Headers against octets written down from the PCIe base specification, figures 2-14 to 2-29. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/tlp.h"

static void headers_are_as_printed(void **state)
{
    struct tlp tlp = {0};

    (void)state;
    tlp_set_request(&tlp, &(struct tlp_request){.requester = 0x0100, .tag = 0x2a, .first_enable = 0xf,
                                                .last_enable = 0x3, .words = 2, .address = 0xfebf0008});
    assert_int_equal(tlp.header[0], 0x00000002);
    assert_int_equal(tlp.header[1], 0x01002a3f);
    assert_int_equal(tlp.header[2], 0xfebf0008);
    assert_int_equal(tlp.header[3], 0);
    assert_int_equal(tlp.words, 0);
    tlp_set_request(&tlp, &(struct tlp_request){.write = true, .requester = 0xffff, .tag = 0xff, .first_enable = 8,
                                                .words = 1024, .address = 0x123456789abcdef0});
    assert_int_equal(tlp.header[0], 0x60000000);
    assert_int_equal(tlp.header[1], 0xffffff08);
    assert_int_equal(tlp.header[2], 0x12345678);
    assert_int_equal(tlp.header[3], 0x9abcdef0);
    assert_int_equal(tlp.words, 1024);
    tlp_set_completion(&tlp, &(struct tlp_completion){.completer = 0x0203, .requester = 0x0100, .tag = 0x2a,
                                                      .lower_address = 0x7c, .byte_count = 4096, .words = 16});
    assert_int_equal(tlp.header[0], 0x4a000010);
    assert_int_equal(tlp.header[1], 0x02030000);
    assert_int_equal(tlp.header[2], 0x01002a7c);
    tlp_set_completion(&tlp, &(struct tlp_completion){.status = TLP_STATUS_UNSUPPORTED, .byte_count = 4});
    assert_int_equal(tlp.header[0], 0x0a000000);
    assert_int_equal(tlp.header[1], 0x00002004);
}

static void requests_come_back(void **state)
{
    struct tlp tlp = {0};

    (void)state;
    for (unsigned i = 0; i < 4096; i++) {
        struct tlp_request in = {.write = i & 1, .long_address = i & 2, .requester = (uint16_t)(i * 77),
                                 .tag = (uint8_t)i, .first_enable = i >> 2 & 15, .last_enable = i >> 5 & 15,
                                 .words = (uint16_t)(i % 1024 + 1),
                                 .address = ((uint64_t)(i & 2) << 40) + i * 4096ull};
        struct tlp_request out;

        tlp_set_request(&tlp, &in);
        assert_int_equal(tlp_kind(&tlp), in.write ? TLP_WRITE : TLP_READ);
        out = tlp_get_request(&tlp);
        assert_true(out.write == in.write && out.long_address == in.long_address && out.requester == in.requester &&
                    out.tag == in.tag && out.first_enable == in.first_enable && out.last_enable == in.last_enable &&
                    out.words == in.words && out.address == in.address);
    }
}

static void kinds(void **state)
{
    static const struct {
        uint32_t header;
        enum tlp_kind kind;
    } known[] = {{0x00000001, TLP_READ}, {0x20000001, TLP_READ}, {0x40000001, TLP_WRITE}, {0x60000001, TLP_WRITE},
                 {0x0a000000, TLP_COMPLETION}, {0x4a000001, TLP_COMPLETION}, {0x2a000000, TLP_UNKNOWN},
                 {0x80000000, TLP_UNKNOWN}, {0x42000001, TLP_UNKNOWN}, {0x34000000, TLP_UNKNOWN},
                 {0x44000001, TLP_UNKNOWN}, {0x01000001, TLP_UNKNOWN}};

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        struct tlp tlp = {.header = {known[i].header}};

        assert_int_equal(tlp_kind(&tlp), known[i].kind);
    }
}

/* Table 2-38 of the specification: byte count of a read by its enables. */
static void octets_by_enables(void **state)
{
    static const struct {
        unsigned words, first, last, octets, skip;
    } table[] = {
        {1, 0x9, 0, 4, 0}, {1, 0x5, 0, 3, 0}, {1, 0xa, 0, 3, 1}, {1, 0x3, 0, 2, 0}, {1, 0x6, 0, 2, 1},
        {1, 0xc, 0, 2, 2}, {1, 0x1, 0, 1, 0}, {1, 0x2, 0, 1, 1}, {1, 0x4, 0, 1, 2}, {1, 0x8, 0, 1, 3},
        {1, 0x0, 0, 1, 0}, {2, 0xf, 0x8, 8, 0}, {2, 0xf, 0x4, 7, 0}, {2, 0xf, 0x2, 6, 0}, {2, 0xf, 0x1, 5, 0},
        {2, 0xe, 0xf, 7, 1}, {2, 0x8, 0x1, 2, 3}, {1024, 0xf, 0xf, 4096, 0}, {1024, 0xc, 0x7, 4093, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct tlp_request request = {.words = (uint16_t)table[i].words, .first_enable = (uint8_t)table[i].first,
                                      .last_enable = (uint8_t)table[i].last};

        assert_int_equal(tlp_request_octets(&request), table[i].octets);
        assert_int_equal(tlp_request_skip(&request), table[i].skip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_as_printed),
        cmocka_unit_test(requests_come_back),
        cmocka_unit_test(kinds),
        cmocka_unit_test(octets_by_enables),
    };

    return cmocka_run_group_tests_name("tlp", tests, NULL, NULL);
}
