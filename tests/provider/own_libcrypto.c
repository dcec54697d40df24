/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that loads the provider and uses it: linked to libcrypto in whatever way, it says what became of that.
 *
 *   own_libcrypto DIRECTORY-OF-MODULES
 *
 * Prints "active" or "refused: REASON", and always makes a key. Linked with -DPOINTERS, the program has addresses of its own
 * for functions of libcrypto's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

static void report(const OSSL_PROVIDER *provider)
{
    const char *data = "";
    int flags;

    if (provider != NULL) {
        puts("active");
        return;
    }
    while (ERR_get_error_all(NULL, NULL, NULL, &data, &flags) != 0)
        if ((flags & ERR_TXT_STRING) != 0 && strncmp(data, "tlscard: ", 9) == 0)
            printf("refused: %s\n", data);
}

/* Whoever makes no key has lost more than the card. */
static int make_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");

    EVP_PKEY_free(key);
    return key != NULL;
}

/* Addresses of functions that the provider has pointers to as well: in code that is not position-independent they are those
 * of stubs of the program's own, and the dynamic linker gives them to everyone. */
static int have_pointers(void)
{
#ifdef POINTERS
    const void *volatile pointers[] = {
        (const void *)EVP_SIGNATURE_settable_ctx_params, (const void *)EVP_SIGNATURE_gettable_ctx_params,
        (const void *)EVP_KEYMGMT_gen_settable_params,   (const void *)EVP_KEYMGMT_gettable_params,
        (const void *)EVP_PKEY_encrypt_init_ex,          (const void *)EVP_PKEY_decrypt_init_ex,
        (const void *)CRYPTO_zalloc,                     (const void *)CRYPTO_free,
    };

    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        if (pointers[i] == NULL)
            return 0;
#endif
    return 1;
}

int main(int argc, char **argv)
{
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default"), *provider;
    int status = -1;
    pid_t child;

    if (argc != 2 || !have_pointers() || !OSSL_PROVIDER_set_default_search_path(NULL, argv[1]))
        return 2;
    provider = OSSL_PROVIDER_load(NULL, "tlscard");
    report(provider);
    EVP_set_default_properties(NULL, "?provider=tlscard");
    fflush(stdout);
    child = fork();
    if (child == 0)
        exit(!make_key());
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || !make_key())
        return 1;
    OSSL_PROVIDER_unload(provider);
    OSSL_PROVIDER_unload(standard);
    return 0;
}
