/* SPDX-License-Identifier: Apache-2.0 */
/* The known-answer probe of RSA: a published key that protects nothing, asked for one private operation. */
#include "provider/rsa_key.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#define PROBE_OCTETS 256

static const char probe_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC4VAP6qEfZJgnP\n"
    "nNxGPQLq2U3Iygr1/0muRZS/vHUBhFpLF9ETKXaMLmD34sIiVL66taRdy8fl4Eof\n"
    "mIcaN14WDmmeBOH6nmRGAs47GFcjquAnUtN+LqkI3Y8rEKSwsHg+sWS9tSlJ5dAr\n"
    "7cc8h14xeQPMmC3le8+XHM1Ab0WEB5xE2q10+WPr308NYD4qMmtkR1lUSt9nJ5j1\n"
    "G2vrfnQUAmcTlyTWB++9GEZGCQUttokxhoeXItDzMeyJlQ0bjWPOunUJtcs4HV5y\n"
    "//4R8vc79Vn4iyETT+07Pq8/OUUZgS0xaOdefyUwpOOMIj27Z9rw4o80l+OrlPi7\n"
    "2d2XipkBAgMBAAECggEAFF+P4YdySodkZ/a014wUi5fZW7cuKzasYodVC7S1I4Xp\n"
    "E3n2TUWE0XVqWReugKwoeRtMx6O3jFpEIxYhH6YNP4eYB6PPRNu3JlBW0kwMTJhN\n"
    "RndmgiC+5OiVM4u3QkK9BaPmiDvS7JSqs8JIJlHpeLMhFv7eesn6nb+MlaG+15ru\n"
    "E8C3qwiJsorOcgiHYIIzCKGvG0DufVLeUGMoZQMn6bmTTRaK+pob5Kpzrk/TYsOf\n"
    "CSGewjL8Lju3+i763aSvFZERGx7bUMwlcQieoAm3yunuswHXmNswsmjz/gEwCO7Y\n"
    "L7TKZ2rz4jl+/8DzrEXKeN6TJxMogoQF1xEAwLHzGQKBgQDqUcC9ns+GIG5YOmCx\n"
    "9wJELzr/ck/EhwHe0Yzgw2aFAlFIAfoB+299V6q6pfnCWL+9xPiozVkgd/gZ6UZX\n"
    "Y5tLrUySg23woYMR2KjVAAoQ99dqatmqVYh7JzjSzDhgcVsO8gvGE9peMeqhCUDA\n"
    "VX0992PoFlHNDMevwJCux44OWQKBgQDJYiNYSuOT0D0dQ3/ttKL4tVNTcIZVLy9E\n"
    "0qXmEiGlhNx0FMuuz0P1fWq9vkj+PWbwpbWBUQopKiJV2jPgB/c6eBuJpKCE1xNe\n"
    "2JDSu/A/ZZu1HBh4t8UMos5G5ip+OWtuhPOtGoyOy8B3szmmz3FbYTGSh/Ak1IvU\n"
    "O4Ldz86a6QKBgEdX0OlrGyBpa29thtdor8X24223blYWDRm8j7o3hFVnGTxlbauA\n"
    "1LdDI/ZkZqEnyGmNOXCb5VEfdejdv88HwtbN0wyg+65SXsfmQbFoq6fy7iG2msNj\n"
    "+4QTsxdrmpayrNjmFXOfw9L+O8QAPzjQTqu5US/u68UU6Q+3/9VXaQcxAoGBAKTi\n"
    "aGQTNRBCcLd0G9tpigIunKH1wNcgQgiMnG6qq8fU55dXq4lehJsMbAgdM7COX6lr\n"
    "VBgkXThlGiXG+bBVdVP3ITzqgM8jNeXzVWhlnoiZzgpUjajRdlIpPtGIBITCyLZ9\n"
    "vvIdibYlF1oqcWql8H9MLgV2reXJ7Q8BBt5MFjJ5AoGBAJSHiaBntdkZ5HXFSo/J\n"
    "LuCrKxInfhE5W4KaMCmKeAoI50w8715iPQDadE5qa9/zY9hEI3KPBajjWrw6XOzi\n"
    "ayUV7DhmCWzYDiHDMpYFNihfJvgjLIbQk/tul7BICgeWrCSspH22ngGLGucFa4+D\n"
    "O4JNFcj8/f0t1vaeGOguP0B3\n"
    "-----END PRIVATE KEY-----\n";

struct rsa_probe {
    struct provider *provider;
    struct private_work work;
    uint8_t input[PROBE_OCTETS];
};

struct rsa_probe *rsa_probe_new(struct provider *provider)
{
    struct rsa_probe *probe = OPENSSL_zalloc(sizeof *probe);

    if (probe == NULL)
        return NULL;
    probe->provider = provider;
    memset(probe->input, 2, sizeof probe->input); /* less than the modulus, whose highest bit is set */
    probe->work.input = probe->input;
    return probe;
}

static int import(const OSSL_PARAM params[], void *argument)
{
    struct rsa_key *key = argument;
    int ok = key->functions->import != NULL && key->functions->import(key->inner, EVP_PKEY_KEYPAIR, params);

    rsa_key_refresh(key);
    return ok;
}

static struct rsa_key *make_key(struct provider *provider)
{
    BIO *text = BIO_new_mem_buf(probe_key, -1);
    struct rsa_key *key = NULL;
    EVP_PKEY *read = NULL;
    int ok;

    ERR_set_mark();
    if (text != NULL)
        read = PEM_read_bio_PrivateKey_ex(text, NULL, NULL, NULL, provider->software, SOFTWARE_PROPERTIES);
    if (read != NULL)
        key = rsa_key_new(provider, 0);
    ok = key != NULL && EVP_PKEY_export(read, EVP_PKEY_KEYPAIR, import, key);
    ERR_pop_to_mark();
    BIO_free(text);
    EVP_PKEY_free(read);
    if (ok)
        return key;
    rsa_key_free(key);
    return NULL;
}

static struct offload_work probe_work(void *context, uint8_t *output)
{
    struct rsa_probe *probe = context;

    if (probe->work.key == NULL)
        probe->work.key = make_key(probe->provider);
    if (probe->work.key == NULL)
        return (struct offload_work){0};
    return rsa_private_work(&probe->work, output);
}

struct offload_probe rsa_probe_describe(struct rsa_probe *probe)
{
    return (struct offload_probe){probe, probe_work};
}

void rsa_probe_free(struct rsa_probe *probe)
{
    if (probe == NULL)
        return;
    rsa_key_free(probe->work.key);
    OPENSSL_free(probe);
}
