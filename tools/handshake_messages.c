/* SPDX-License-Identifier: Apache-2.0 */
/* Names of TLS messages and what each is for. */
#include "tools/handshake_messages.h"

#include <stdio.h>
#include <string.h>

/* The handshake types of RFC 5246 section 7.4 and RFC 8446 section 4. */
static const char *const handshake_types[] = {
    [SSL3_MT_HELLO_REQUEST] = "HelloRequest",
    [SSL3_MT_CLIENT_HELLO] = "ClientHello",
    [SSL3_MT_SERVER_HELLO] = "ServerHello",
    [SSL3_MT_NEWSESSION_TICKET] = "NewSessionTicket",
    [SSL3_MT_END_OF_EARLY_DATA] = "EndOfEarlyData",
    [SSL3_MT_ENCRYPTED_EXTENSIONS] = "EncryptedExtensions",
    [SSL3_MT_CERTIFICATE] = "Certificate",
    [SSL3_MT_SERVER_KEY_EXCHANGE] = "ServerKeyExchange",
    [SSL3_MT_CERTIFICATE_REQUEST] = "CertificateRequest",
    [SSL3_MT_SERVER_DONE] = "ServerHelloDone",
    [SSL3_MT_CERTIFICATE_VERIFY] = "CertificateVerify",
    [SSL3_MT_CLIENT_KEY_EXCHANGE] = "ClientKeyExchange",
    [SSL3_MT_FINISHED] = "Finished",
    [SSL3_MT_CERTIFICATE_STATUS] = "CertificateStatus",
    [SSL3_MT_KEY_UPDATE] = "KeyUpdate",
};

/* The underscored names of RFC 8446 section 6, which OpenSSL has in words only. */
static void alert_name(const uint8_t *data, size_t length, char *name, size_t size)
{
    if (length == 2 && data[1] == SSL_AD_CLOSE_NOTIFY)
        snprintf(name, size, "Alert close_notify");
    else
        snprintf(name, size, "Alert %s", length == 2 ? SSL_alert_desc_string_long(data[1]) : "");
}

int message_name(int content_type, const uint8_t *data, size_t length, char *name, size_t size)
{
    switch (content_type) {
    case SSL3_RT_HANDSHAKE:
        if (length > 0 && data[0] < sizeof handshake_types / sizeof *handshake_types && handshake_types[data[0]])
            snprintf(name, size, "%s", handshake_types[data[0]]);
        else
            snprintf(name, size, "Handshake message %u", length > 0 ? data[0] : 0);
        return 1;
    case SSL3_RT_CHANGE_CIPHER_SPEC:
        snprintf(name, size, "ChangeCipherSpec");
        return 1;
    case SSL3_RT_ALERT:
        alert_name(data, length, name, size);
        return 1;
    default:
        return 0;
    }
}

/* In which kinds of handshake, and from whom, a purpose holds. */
enum { TLS12_RSA = 1, TLS12_ECDHE = 2, TLS13 = 4, TLS12 = TLS12_RSA | TLS12_ECDHE, ANY = 7 };
enum { FROM_CLIENT = 1, FROM_SERVER = 2, FROM_EITHER = 3 };

static const struct {
    const char *name;
    int kinds, from;
    const char *text;
} purposes[] = {
    {"ClientHello", TLS12, FROM_CLIENT, "Offers TLS versions and cipher suites, with 32 random octets."},
    {"ClientHello", TLS13, FROM_CLIENT, "Offers versions, cipher suites and an ephemeral public key, with a random."},
    {"ServerHello", TLS12, FROM_SERVER, "Chooses the version and the cipher suite, with 32 random octets."},
    {"ServerHello", TLS13, FROM_SERVER, "Chooses among them; with its ephemeral key both have a shared secret."},
    {"EncryptedExtensions", TLS13, FROM_SERVER, "The rest of the server's choices; from here on all is encrypted."},
    {"CertificateRequest", ANY, FROM_SERVER, "Asks the client to show who it is, too."},
    {"Certificate", ANY, FROM_SERVER, "The server's public key, and the signature that vouches for it."},
    {"Certificate", ANY, FROM_CLIENT, "The client's public key, and the signature that vouches for it."},
    {"ServerKeyExchange", TLS12_ECDHE, FROM_SERVER, "An ephemeral public key, signed with the server's private key."},
    {"ServerHelloDone", TLS12, FROM_SERVER, "The server has said its part; the client's turn."},
    {"ClientKeyExchange", TLS12_RSA, FROM_CLIENT, "The pre-master secret, encrypted to the server's public key."},
    {"ClientKeyExchange", TLS12_ECDHE, FROM_CLIENT, "The client's ephemeral key: both have the pre-master secret."},
    {"CertificateVerify", ANY, FROM_SERVER, "Signs all messages so far: the server has the private key."},
    {"CertificateVerify", ANY, FROM_CLIENT, "Signs all messages so far: the client has the private key."},
    {"ChangeCipherSpec", ANY, FROM_EITHER, "From here on this side encrypts with the new keys."},
    {"Finished", ANY, FROM_EITHER, "A keyed hash of all messages so far: nobody has altered one."},
    {"NewSessionTicket", ANY, FROM_SERVER, "A ticket to resume this session with later."},
    {"KeyUpdate", TLS13, FROM_EITHER, "This side changes to its next keys."},
    {MESSAGE_APPLICATION_DATA, ANY, FROM_CLIENT,
     "What the client's application says: encrypted on its way, here in the clear."},
    {MESSAGE_APPLICATION_DATA, ANY, FROM_SERVER,
     "What the server's application says: encrypted on its way, here in the clear."},
    {"Alert close_notify", ANY, FROM_EITHER, "This side will send no more."},
};

const char *message_purpose(const struct handshake *run, enum side from, const char *name)
{
    int kind = run->tls13 ? TLS13 : run->rsa_transport ? TLS12_RSA : TLS12_ECDHE;
    int sender = from == CLIENT ? FROM_CLIENT : FROM_SERVER;
    for (size_t index = 0; index < sizeof purposes / sizeof *purposes; index++)
        if (purposes[index].kinds & kind && purposes[index].from & sender && strcmp(purposes[index].name, name) == 0)
            return purposes[index].text;
    return strncmp(name, "Alert ", 6) == 0 ? "This side gives up." : "Not part of this handshake.";
}
