/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of handshake_messages.c: names from octets, purposes by kind of handshake. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "tools/handshake_messages.h"

static void assert_named(int content_type, uint8_t first, uint8_t second, const char *expected)
{
    const uint8_t data[2] = {first, second};
    char name[48] = "";
    assert_int_equal(message_name(content_type, data, sizeof data, name, sizeof name), 1);
    assert_string_equal(name, expected);
}

static void names(void **state)
{
    (void)state;
    assert_named(SSL3_RT_HANDSHAKE, 1, 0, "ClientHello");
    assert_named(SSL3_RT_HANDSHAKE, 2, 0, "ServerHello");
    assert_named(SSL3_RT_HANDSHAKE, 8, 0, "EncryptedExtensions");
    assert_named(SSL3_RT_HANDSHAKE, 11, 0, "Certificate");
    assert_named(SSL3_RT_HANDSHAKE, 12, 0, "ServerKeyExchange");
    assert_named(SSL3_RT_HANDSHAKE, 13, 0, "CertificateRequest");
    assert_named(SSL3_RT_HANDSHAKE, 14, 0, "ServerHelloDone");
    assert_named(SSL3_RT_HANDSHAKE, 15, 0, "CertificateVerify");
    assert_named(SSL3_RT_HANDSHAKE, 16, 0, "ClientKeyExchange");
    assert_named(SSL3_RT_HANDSHAKE, 20, 0, "Finished");
    assert_named(SSL3_RT_CHANGE_CIPHER_SPEC, 1, 0, "ChangeCipherSpec");
    assert_named(SSL3_RT_ALERT, 1, 0, "Alert close_notify");
    assert_named(SSL3_RT_ALERT, 2, 40, "Alert handshake failure");
    assert_named(SSL3_RT_HANDSHAKE, 3, 0, "Handshake message 3");
    assert_named(SSL3_RT_HANDSHAKE, 255, 0, "Handshake message 255");
}

static void no_messages(void **state)
{
    const uint8_t data[5] = {22, 3, 3, 0, 1};
    char name[48] = "unchanged";
    (void)state;
    assert_int_equal(message_name(SSL3_RT_HEADER, data, sizeof data, name, sizeof name), 0);
    assert_int_equal(message_name(SSL3_RT_INNER_CONTENT_TYPE, data, 1, name, sizeof name), 0);
    assert_string_equal(name, "unchanged");
    assert_int_equal(message_name(SSL3_RT_HANDSHAKE, data, 0, name, sizeof name), 1);
    assert_string_equal(name, "Handshake message 0");
}

static void purposes(void **state)
{
    struct handshake transport = {.rsa_transport = 1}, ecdhe = {0}, tls13 = {.tls13 = 1};
    (void)state;
    assert_string_equal(message_purpose(&transport, CLIENT, "ClientKeyExchange"),
                        "The pre-master secret, encrypted to the server's public key.");
    assert_string_not_equal(message_purpose(&ecdhe, CLIENT, "ClientKeyExchange"),
                            message_purpose(&transport, CLIENT, "ClientKeyExchange"));
    assert_string_not_equal(message_purpose(&ecdhe, CLIENT, "ClientHello"),
                            message_purpose(&tls13, CLIENT, "ClientHello"));
    assert_string_not_equal(message_purpose(&tls13, CLIENT, "Certificate"),
                            message_purpose(&tls13, SERVER, "Certificate"));
    assert_string_equal(message_purpose(&tls13, CLIENT, "ClientKeyExchange"), "Not part of this handshake.");
    assert_string_equal(message_purpose(&tls13, SERVER, "Alert handshake failure"), "This side gives up.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(no_messages),
        cmocka_unit_test(purposes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
