/* SPDX-License-Identifier: Apache-2.0 */
/* A program's random generators, as its file sets them up: what the provider draws for the card is drawn of them. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "tools/doctor.h"

/* A value of the file's section for generators, where libcrypto does not mind the case; NULL where there is none. */
static const char *setting(const struct doctor *doctor, const char *name)
{
    STACK_OF(CONF_VALUE) *values = NCONF_get_section(doctor->conf, doctor->random_section);
    const char *value = NULL;
    for (int i = 0; i < sk_CONF_VALUE_num(values); i++)
        if (OPENSSL_strcasecmp(sk_CONF_VALUE_value(values, i)->name, name) == 0)
            value = sk_CONF_VALUE_value(values, i)->value;
    return value;
}

/* Add a generator's cipher or digest, where it has one. */
static void add_part(json_t *object, EVP_RAND_CTX *generator, const char *name)
{
    char text[64] = "";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(name, text, sizeof text), OSSL_PARAM_construct_end()};
    if (EVP_RAND_CTX_get_params(generator, params) && text[0] != '\0')
        json_object_set_new(object, name, json_string(text));
}

/* {name, provider, perhaps cipher or digest}; NULL where there is no generator. */
static json_t *describe(EVP_RAND_CTX *generator)
{
    EVP_RAND *method = generator ? EVP_RAND_CTX_get0_rand(generator) : NULL;
    if (!method)
        return NULL;
    json_t *object = json_pack("{s:s, s:s}", "name", EVP_RAND_get0_name(method), "provider",
                               OSSL_PROVIDER_get0_name(EVP_RAND_get0_provider(method)));
    add_part(object, generator, OSSL_DRBG_PARAM_CIPHER);
    add_part(object, generator, OSSL_DRBG_PARAM_DIGEST);
    return object;
}

/* The provider that OpenSSL 3.5 and later ask for random numbers in the place of all generators; NULL for none. */
static const char *whole_provider(const struct doctor *doctor)
{
    const char *name = setting(doctor, "random_provider");
    int known = OPENSSL_version_major() > 3 || (OPENSSL_version_major() == 3 && OPENSSL_version_minor() >= 5);
    if (!name)
        name = "fips";
    return known && OSSL_PROVIDER_available(doctor->libctx, name) ? name : NULL;
}

/* A seed source that nobody has is no error to libcrypto 3, and the end of all generators to 4.0. */
static void check_seed(struct doctor *doctor, const char *seed)
{
    EVP_RAND *found = EVP_RAND_fetch(doctor->libctx, seed, setting(doctor, "seed_properties"));
    if (!found)
        doctor_find_key(doctor, "seed-not-found", doctor->random_section, "seed",
                        "correct the name, or activate the provider that has it",
                        "[%s] names the seed source \"%s\", which no provider has. OpenSSL 3 has the operating system seed the "
                        "generators in its place, and says nothing; OpenSSL 4.0 then has no generator.", doctor->random_section, seed);
    EVP_RAND_free(found);
}

static void check_generators(struct doctor *doctor)
{
    unsigned char drawn[16];
    ERR_clear_error();
    if (RAND_priv_bytes_ex(doctor->libctx, drawn, sizeof drawn, 0) > 0 &&
        RAND_bytes_ex(doctor->libctx, drawn, sizeof drawn, 0) > 0)
        return;
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    doctor_find_key(doctor, "no-generator", doctor->random_section, "random", "correct what the section for generators says",
                    "libcrypto has no random generator (%s): there will be no key and no handshake.",
                    reason ? reason : "no reason is given");
}

void doctor_look_at_generators(struct doctor *doctor)
{
    const char *seed = setting(doctor, "seed"), *whole = whole_provider(doctor);
    if (!doctor->validated_only) /* where no provider has what is required, that is a finding by itself */
        check_generators(doctor);
    if (seed && !whole)
        check_seed(doctor, seed);
    doctor->random = json_pack("{s:o?, s:o?, s:s?, s:s?}", "private", describe(RAND_get0_private(doctor->libctx)),
                               "public", describe(RAND_get0_public(doctor->libctx)), "seed", seed, "provider", whole);
    ERR_clear_error();
}
