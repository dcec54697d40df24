/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, requests and revocation lists, several of each signed with one key in one process.
 *
 * sign_again KEY.pem       The provider is that of $OPENSSL_CONF. Everything is verified, and everything freed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define ROUNDS 4
#define BLOCKS 2000

static void need(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "sign_again: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* What any program does between two signatures: freed memory gets other contents. */
static void use_memory(void)
{
    static void *blocks[BLOCKS];

    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = 16 + i * 37 % 1200;

        need((blocks[i] = malloc(size)) != NULL, "memory");
        memset(blocks[i], 'A', size);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

static void sign_certificate(EVP_PKEY *key, const EVP_MD *digest)
{
    X509 *certificate = X509_new();

    need(X509_set_version(certificate, 2) && X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
             X509_gmtime_adj(X509_getm_notAfter(certificate), 9999) && X509_set_pubkey(certificate, key) &&
             X509_sign(certificate, key, digest) > 0,
         "a certificate's signature");
    need(X509_verify(certificate, key) == 1, "a certificate's verification");
    X509_free(certificate);
}

static void sign_request(EVP_PKEY *key, const EVP_MD *digest)
{
    X509_REQ *request = X509_REQ_new();

    need(X509_REQ_set_version(request, X509_REQ_VERSION_1) && X509_REQ_set_pubkey(request, key) &&
             X509_REQ_sign(request, key, digest) > 0,
         "a request's signature");
    need(X509_REQ_verify(request, key) == 1, "a request's verification");
    X509_REQ_free(request);
}

static void sign_list(EVP_PKEY *key, const EVP_MD *digest)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, 1700000000);

    need(X509_CRL_set1_lastUpdate(list, now) && X509_CRL_sort(list) && X509_CRL_sign(list, key, digest) > 0,
         "a list's signature");
    need(X509_CRL_verify(list, key) == 1, "a list's verification");
    ASN1_TIME_free(now);
    X509_CRL_free(list);
}

/* With a context of the program's own, of which a copy signs after its original is gone. */
static void sign_with_copy(EVP_PKEY *key, const EVP_MD *digest)
{
    X509 *certificate = X509_new();
    EVP_MD_CTX *original = EVP_MD_CTX_new(), *copy = EVP_MD_CTX_new();

    need(EVP_DigestSignInit(original, NULL, digest, NULL, key) == 1 && EVP_MD_CTX_copy_ex(copy, original) == 1, "a copy");
    EVP_MD_CTX_free(original);
    use_memory();
    need(X509_set_pubkey(certificate, key) && X509_sign_ctx(certificate, copy) > 0, "a copy's signature");
    need(X509_verify(certificate, key) == 1, "the verification of a copy's signature");
    EVP_MD_CTX_free(copy);
    X509_free(certificate);
}

int main(int count, char **words)
{
    const EVP_MD *const digests[] = {EVP_sha256(), EVP_sha384()};
    BIO *file = count == 2 ? BIO_new_file(words[1], "r") : NULL;
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);

    need(key != NULL, "reading the key that is to be the one argument");
    BIO_free(file);
    for (int i = 0; i < ROUNDS; i++) {
        sign_certificate(key, digests[i % 2]);
        use_memory();
        sign_request(key, digests[i % 2]);
        use_memory();
        sign_list(key, digests[i % 2]);
        use_memory();
        sign_with_copy(key, digests[i % 2]);
        use_memory();
    }
    EVP_PKEY_free(key);
    puts("signed and verified");
    return 0;
}
