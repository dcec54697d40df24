/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority and certificates of both sides, for one run. */
#include "tools/handshake_credentials.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/test_keys.h"

#define BEFORE_SECONDS (-3600L) /* for clocks that differ a little */
#define AFTER_SECONDS 86400L

static EVP_PKEY *make_key(OSSL_LIB_CTX *libctx, const char *key, const char *role)
{
    if (strncmp(key, "rsa", 3) == 0)
        return test_key_load(libctx, (unsigned)atoi(key + 3), role);
    return EVP_PKEY_Q_keygen(libctx, NULL, "EC", strcmp(key, "p384") == 0 ? "P-384" : "P-256");
}

static int add_entry(X509_NAME *name, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const unsigned char *)value, -1, -1, 0);
}

static int set_name(X509 *certificate, const char *common)
{
    X509_NAME *name = X509_NAME_new();
    int done = name && add_entry(name, "O", "tlscard demonstration") && add_entry(name, "CN", common) &&
               X509_set_subject_name(certificate, name);
    X509_NAME_free(name);
    return done;
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

/* All but names, extensions and signature. */
static int fill(X509 *certificate, long serial, EVP_PKEY *key)
{
    return X509_set_version(certificate, X509_VERSION_3) &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), BEFORE_SECONDS) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), AFTER_SECONDS) && X509_set_pubkey(certificate, key);
}

static int extend_authority(X509 *authority)
{
    return add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(authority, authority, NID_key_usage, "critical,keyCertSign") &&
           add_extension(authority, authority, NID_subject_key_identifier, "hash");
}

static int extend_leaf(X509 *leaf, X509 *authority, enum side side, int rsa)
{
    return add_extension(leaf, authority, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(leaf, authority, NID_key_usage,
                         rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") &&
           add_extension(leaf, authority, NID_ext_key_usage, side == CLIENT ? "clientAuth" : "serverAuth") &&
           add_extension(leaf, authority, NID_subject_key_identifier, "hash") &&
           add_extension(leaf, authority, NID_authority_key_identifier, "keyid:always") &&
           add_extension(leaf, authority, NID_subject_alt_name,
                         side == CLIENT ? "DNS:" CLIENT_NAME : "DNS:" SERVER_NAME);
}

static int sign(X509 *certificate, EVP_PKEY *key)
{
    return X509_sign(certificate, key, EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256()) > 0;
}

static X509 *make_authority(OSSL_LIB_CTX *libctx, EVP_PKEY *key)
{
    X509 *authority = X509_new_ex(libctx, NULL);
    if (authority && fill(authority, 1, key) && set_name(authority, "tlscard demonstration authority") &&
        X509_set_issuer_name(authority, X509_get_subject_name(authority)) && extend_authority(authority) &&
        sign(authority, key))
        return authority;
    X509_free(authority);
    return NULL;
}

static int export_certificate(X509 *certificate, struct der *der)
{
    der->length = i2d_X509(certificate, &der->data);
    return der->length > 0;
}

static int make_leaf(OSSL_LIB_CTX *libctx, struct credentials *credentials, enum side side, const char *key,
                     X509 *authority, EVP_PKEY *authority_key)
{
    EVP_PKEY *own = make_key(libctx, key, side_name(side));
    X509 *leaf = X509_new_ex(libctx, NULL);
    int done = own && leaf && fill(leaf, 2 + (long)side, own) &&
               set_name(leaf, side == CLIENT ? CLIENT_NAME : SERVER_NAME) &&
               X509_set_issuer_name(leaf, X509_get_subject_name(authority)) &&
               extend_leaf(leaf, authority, side, EVP_PKEY_is_a(own, "RSA")) && sign(leaf, authority_key) &&
               export_certificate(leaf, &credentials->certificate[side]);
    if (done)
        credentials->key[side].length = i2d_PrivateKey(own, &credentials->key[side].data);
    X509_free(leaf);
    EVP_PKEY_free(own);
    return done && credentials->key[side].length > 0;
}

int credentials_make(struct credentials *credentials, const char *key)
{
    memset(credentials, 0, sizeof *credentials);
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *software = libctx ? OSSL_PROVIDER_load(libctx, "default") : NULL;
    EVP_PKEY *authority_key = software ? make_key(libctx, key, "ca") : NULL;
    X509 *authority = authority_key ? make_authority(libctx, authority_key) : NULL;
    int done = authority && export_certificate(authority, &credentials->authority) &&
               make_leaf(libctx, credentials, SERVER, key, authority, authority_key) &&
               make_leaf(libctx, credentials, CLIENT, key, authority, authority_key);
    X509_free(authority);
    EVP_PKEY_free(authority_key);
    if (software)
        OSSL_PROVIDER_unload(software);
    OSSL_LIB_CTX_free(libctx);
    return done;
}

void credentials_free(struct credentials *credentials)
{
    OPENSSL_free(credentials->authority.data);
    for (int side = CLIENT; side <= SERVER; side++) {
        OPENSSL_free(credentials->certificate[side].data);
        OPENSSL_clear_free(credentials->key[side].data,
                           credentials->key[side].length > 0 ? (size_t)credentials->key[side].length : 0);
    }
}
