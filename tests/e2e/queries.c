/* SPDX-License-Identifier: Apache-2.0 */
/* Whose RSA keys, ECDSA signatures, X25519 key exchange and AES-GCM a program gets that asks in its own way:
 *     queries QUERY [DEFAULT PROPERTIES [FURTHER PROVIDER]]
 * prints the providers' names; the properties take the place of those in openssl.cnf. */
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

static void print(const OSSL_PROVIDER *provider)
{
    printf("%s\n", provider ? OSSL_PROVIDER_get0_name(provider) : "none");
}

int main(int count, char **words)
{
    const char *query = count > 1 && *words[1] ? words[1] : NULL;
    if ((count > 3 && !OSSL_PROVIDER_load(NULL, words[3])) || (count > 2 && !EVP_set_default_properties(NULL, words[2])))
        return 1;
    EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(NULL, "RSA", query);
    EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, "ECDSA", query);
    EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(NULL, "X25519", query);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", query);
    EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", query);
    print(keys ? EVP_KEYMGMT_get0_provider(keys) : NULL);
    print(signature ? EVP_SIGNATURE_get0_provider(signature) : NULL);
    print(exchange ? EVP_KEYEXCH_get0_provider(exchange) : NULL);
    print(cipher ? EVP_CIPHER_get0_provider(cipher) : NULL);
    print(digest ? EVP_MD_get0_provider(digest) : NULL); /* which the provider has not */
    EVP_KEYMGMT_free(keys);
    EVP_SIGNATURE_free(signature);
    EVP_KEYEXCH_free(exchange);
    EVP_CIPHER_free(cipher);
    EVP_MD_free(digest);
    return 0;
}
