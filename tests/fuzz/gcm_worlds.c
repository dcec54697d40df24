/* SPDX-License-Identifier: Apache-2.0 */
/* A library context for each world, with its ciphers. */
#include "tests/fuzz/gcm_worlds.h"

#include <openssl/provider.h>

#include "tests/provider/fake_driver.h"

OSSL_provider_init_fn OSSL_provider_init;

EVP_CIPHER *ciphers[WORLDS][2];

static OSSL_LIB_CTX *open_world(int world)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    setenv("TLSCARD_POLICY", world == CARD ? "always" : "auto", 1);
    setenv("TLSCARD_ADDRESS", world == CARD ? "auto" : "vfio-user:" FAKE_NO_CARD, 1);
    REQUIRE(library != NULL && OSSL_PROVIDER_load(library, "default") != NULL, "no default provider");
    if (world != PLAIN)
        REQUIRE(OSSL_PROVIDER_add_builtin(library, "tlscard", OSSL_provider_init) &&
                    OSSL_PROVIDER_load(library, "tlscard") != NULL, "no provider");
    for (int which = 0; which < 2; which++) {
        ciphers[world][which] = EVP_CIPHER_fetch(library, which ? "AES-256-GCM" : "AES-128-GCM",
                                                 world == PLAIN ? NULL : "provider=tlscard");
        REQUIRE(ciphers[world][which] != NULL, "no cipher");
    }
    return library;
}

void open_all(void)
{
    static OSSL_LIB_CTX *libraries[WORLDS]; /* for as long as the process */

    if (libraries[PLAIN] != NULL)
        return;
    setenv("OPENSSL_CONF", "/dev/null", 1);
    fake_reset();
    for (int world = 0; world < WORLDS; world++)
        libraries[world] = open_world(world);
}
