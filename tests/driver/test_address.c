/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of card addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/address.h"
#include "driver/tlscard.h"

static void each_form_is_understood(void **state)
{
    struct address address;

    (void)state;
    assert_int_equal(address_parse("auto", &address, NULL), 0);
    assert_int_equal(address.kind, ADDRESS_AUTO);
    assert_int_equal(address_parse("sim", &address, NULL), 0);
    assert_int_equal(address.kind, ADDRESS_SIM);
    assert_int_equal(address_parse("vfio-user:/run/x y.sock", &address, NULL), 0);
    assert_int_equal(address.kind, ADDRESS_VFIO_USER);
    assert_string_equal(address.path, "/run/x y.sock");
    assert_int_equal(address_parse("pci:0001:aF:1f.7", &address, NULL), 0);
    assert_int_equal(address.kind, ADDRESS_PCI);
    assert_int_equal(address.pci.domain, 1);
    assert_int_equal(address.pci.bus, 0xaf);
    assert_int_equal(address.pci.device, 0x1f);
    assert_int_equal(address.pci.function, 7);
}

static void other_texts_are_refused_with_a_sentence(void **state)
{
    static const char *const texts[] = {
        "", "Auto", "sim ", "simx", "vfio-user", "vfio-user:", "pci:", "pci:0000", "pci:0000:00:00", "pci:0000:00:00.",
        "pci:0000:00:00.8", "pci:0000:00:20.0", "pci:0000:100:00.0", "pci:0000:00:00.0x", "pci::00:00.0",
        "pci:0000:g0:00.0", "pci:000000000:00:00.0", "0000:00:00.0",
    };
    struct address address;

    (void)state;
    for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
        char message[TLSCARD_MESSAGE_SIZE] = "";

        assert_int_equal(address_parse(texts[index], &address, message), -EINVAL);
        assert_non_null(strstr(message, "is not a card address"));
    }
    assert_int_equal(address_parse(NULL, &address, NULL), -EINVAL);
}

static void a_long_text_fits_the_message(void **state)
{
    char text[4000], message[TLSCARD_MESSAGE_SIZE];
    struct address address;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(address_parse(text, &address, message), -EINVAL);
    assert_true(strlen(message) < sizeof message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_understood),
        cmocka_unit_test(other_texts_are_refused_with_a_sentence),
        cmocka_unit_test(a_long_text_fits_the_message),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
