/* SPDX-License-Identifier: Apache-2.0 */
/* Key objects on elliptic curves. */
#include "provider/ec_key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rand.h>

const char *ec_type_name(enum ec_type type)
{
    return type == EC_TYPE_X25519 ? "X25519" : "EC";
}

struct ec_key *ec_key_new(struct provider *provider, enum ec_type type)
{
    struct ec_key *key = OPENSSL_zalloc(sizeof *key);

    if (key == NULL)
        return NULL;
    key->provider = provider;
    key->type = type;
    atomic_init(&key->references, 1);
    return key;
}

struct ec_key *ec_key_hold(struct ec_key *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

void signing_prototypes_free(struct signing_prototype *prototype)
{
    while (prototype != NULL) {
        struct signing_prototype *next = prototype->next;

        EVP_PKEY_CTX_free(prototype->software);
        EVP_MD_free(prototype->digest);
        OPENSSL_free(prototype);
        prototype = next;
    }
}

void ec_key_free(struct ec_key *key)
{
    if (key == NULL || atomic_fetch_sub(&key->references, 1) != 1)
        return;
    signing_prototypes_free(atomic_load(&key->prototype));
    EVP_PKEY_free(key->software);
    OPENSSL_clear_free(key, sizeof *key);
}

size_t ec_octets(enum tlscard_ec_curve curve)
{
    return curve == TLSCARD_EC_P384 ? 48 : 32;
}

size_t ec_point_octets(enum tlscard_ec_curve curve)
{
    return curve == TLSCARD_EC_X25519 ? 32 : 2 * ec_octets(curve);
}

enum tlscard_ec_curve ec_curve_of(const char *group)
{
    static const struct {
        const char *name;
        enum tlscard_ec_curve curve;
    } names[] = {
        {"prime256v1", TLSCARD_EC_P256}, {"secp256r1", TLSCARD_EC_P256}, {"P-256", TLSCARD_EC_P256},
        {"1.2.840.10045.3.1.7", TLSCARD_EC_P256}, {"secp384r1", TLSCARD_EC_P384}, {"P-384", TLSCARD_EC_P384},
        {"1.3.132.0.34", TLSCARD_EC_P384},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (OPENSSL_strcasecmp(names[i].name, group) == 0)
            return names[i].curve;
    return EC_NO_CURVE;
}

static enum tlscard_ec_curve curve_of_key(const struct ec_key *key)
{
    char group[64] = "", encoding[32] = "";

    if (key->type == EC_TYPE_X25519)
        return TLSCARD_EC_X25519;
    if (!EVP_PKEY_get_group_name(key->software, group, sizeof group, NULL) ||
        !EVP_PKEY_get_utf8_string_param(key->software, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding, NULL) ||
        strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
        return EC_NO_CURVE;
    return ec_curve_of(group);
}

static int read_number(const struct ec_key *key, const char *name, uint8_t *octets, size_t size)
{
    BIGNUM *number = NULL;
    int ok = EVP_PKEY_get_bn_param(key->software, name, &number) &&
             (octets == NULL || BN_bn2binpad(number, octets, (int)size) >= 0);

    BN_clear_free(number);
    return ok;
}

static int read_octets(const struct ec_key *key, const char *name, uint8_t *octets, size_t size)
{
    size_t length;

    return EVP_PKEY_get_octet_string_param(key->software, name, octets, size, &length) &&
           (octets == NULL || length == size);
}

/* What a question for something absent raises is nobody's error. */
void ec_key_refresh(struct ec_key *key)
{
    size_t size;

    signing_prototypes_free(atomic_exchange(&key->prototype, NULL));
    ERR_set_mark();
    key->curve = curve_of_key(key);
    size = ec_octets(key->curve);
    if (key->type == EC_TYPE_X25519) {
        key->has_private = read_octets(key, OSSL_PKEY_PARAM_PRIV_KEY, key->scalar, size);
        key->has_public = read_octets(key, OSSL_PKEY_PARAM_PUB_KEY, key->point, size);
    } else if (key->curve == EC_NO_CURVE) {
        key->has_private = read_number(key, OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0);
        key->has_public = read_octets(key, OSSL_PKEY_PARAM_PUB_KEY, NULL, 0);
    } else {
        key->has_private = read_number(key, OSSL_PKEY_PARAM_PRIV_KEY, key->scalar, size);
        key->has_public = read_number(key, OSSL_PKEY_PARAM_EC_PUB_X, key->point, size) &&
                          read_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, key->point + size, size);
    }
    ERR_pop_to_mark();
}

void ec_key_adopt(struct ec_key *key, EVP_PKEY *software)
{
    EVP_PKEY_free(key->software);
    key->software = software;
    ec_key_refresh(key);
}

EVP_PKEY_CTX *ec_software_context(struct provider *provider, enum ec_type type)
{
    const char *name = ec_type_name(type);
    EVP_PKEY_CTX *context = atomic_exchange(&provider->spare[type], NULL);

    if (context == NULL)
        context = EVP_PKEY_CTX_new_from_name(provider->software, name, SOFTWARE_PROPERTIES);
    if (context == NULL)
        RAISE(provider, REASON_NO_DEFAULT_PROVIDER,
              "tlscard: no %s in the default provider; activate it in openssl.cnf beside tlscard", name);
    return context;
}

void ec_software_context_return(struct provider *provider, enum ec_type type, EVP_PKEY_CTX *context)
{
    EVP_PKEY_CTX *none = NULL;

    if (context != NULL && !atomic_compare_exchange_strong(&provider->spare[type], &none, context))
        EVP_PKEY_CTX_free(context);
}

EVP_PKEY_CTX *ec_key_context(const struct ec_key *key)
{
    if (key->software == NULL) {
        RAISE(key->provider, REASON_NO_KEY, "tlscard: the key object is empty");
        return NULL;
    }
    return EVP_PKEY_CTX_new_from_pkey(key->provider->software, key->software, SOFTWARE_PROPERTIES);
}

/* SEC 1 section 2.3.3, uncompressed; and the scalar in the machine's order of octets. */
static EVP_PKEY *weierstrass_key(EVP_PKEY_CTX *context, enum tlscard_ec_curve curve, const uint8_t *scalar,
                                 const uint8_t *point)
{
    size_t size = ec_octets(curve);
    uint8_t encoded[1 + 2 * EC_MAX_OCTETS] = {POINT_CONVERSION_UNCOMPRESSED}, native[EC_MAX_OCTETS];
    BIGNUM *number = BN_bin2bn(scalar, (int)size, NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(curve == TLSCARD_EC_P384 ? "P-384" : "P-256"), 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, size),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, 1 + 2 * size),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;

    memcpy(encoded + 1, point, 2 * size);
    if (number == NULL || BN_bn2nativepad(number, native, (int)size) < 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) <= 0)
        key = NULL;
    BN_clear_free(number);
    OPENSSL_cleanse(native, sizeof native);
    return key;
}

static EVP_PKEY *montgomery_key(EVP_PKEY_CTX *context, const uint8_t *scalar, const uint8_t *point)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (uint8_t *)scalar, 32),
        point == NULL ? OSSL_PARAM_construct_end()
                      : OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (uint8_t *)point, 32),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;

    return EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) > 0 ? key : NULL;
}

EVP_PKEY *ec_software_key(struct provider *provider, enum tlscard_ec_curve curve, const uint8_t *scalar,
                          const uint8_t *point)
{
    int montgomery = curve == TLSCARD_EC_X25519;
    EVP_PKEY_CTX *context;
    EVP_PKEY *key = NULL;

    ERR_set_mark();
    context = ec_software_context(provider, montgomery ? EC_TYPE_X25519 : EC_TYPE_EC);
    if (context != NULL && EVP_PKEY_fromdata_init(context) > 0)
        key = montgomery ? montgomery_key(context, scalar, point) : weierstrass_key(context, curve, scalar, point);
    ec_software_context_return(provider, montgomery ? EC_TYPE_X25519 : EC_TYPE_EC, context);
    ERR_pop_to_mark();
    return key;
}

static int random_below_order(struct provider *provider, const EC_GROUP *group, uint8_t *scalar, size_t size)
{
    BN_CTX *context = BN_CTX_secure_new_ex(provider->software);
    BIGNUM *number = BN_secure_new();
    int ok = context != NULL && number != NULL;

    while (ok && BN_is_zero(number))
        ok = BN_priv_rand_range_ex(number, EC_GROUP_get0_order(group), 0, context);
    ok = ok && BN_bn2binpad(number, scalar, (int)size) >= 0;
    BN_clear_free(number);
    BN_CTX_free(context);
    return ok;
}

int ec_random_scalar(struct provider *provider, enum tlscard_ec_curve curve, uint8_t *scalar)
{
    if (curve != TLSCARD_EC_X25519)
        return random_below_order(provider, provider->groups[curve], scalar, ec_octets(curve));
    if (RAND_priv_bytes_ex(provider->software, scalar, 32, 0) <= 0)
        return 0;
    scalar[0] &= 248;
    scalar[31] = (scalar[31] & 127) | 64;
    return 1;
}

int ec_groups_new(struct provider *provider)
{
    provider->groups[TLSCARD_EC_P256] = EC_GROUP_new_by_curve_name_ex(provider->software, NULL, NID_X9_62_prime256v1);
    provider->groups[TLSCARD_EC_P384] = EC_GROUP_new_by_curve_name_ex(provider->software, NULL, NID_secp384r1);
    return provider->groups[TLSCARD_EC_P256] != NULL && provider->groups[TLSCARD_EC_P384] != NULL;
}

void ec_groups_free(struct provider *provider)
{
    EVP_PKEY_CTX_free(atomic_load(&provider->spare[EC_TYPE_EC]));
    EVP_PKEY_CTX_free(atomic_load(&provider->spare[EC_TYPE_X25519]));
    EC_GROUP_free(provider->groups[TLSCARD_EC_P256]);
    EC_GROUP_free(provider->groups[TLSCARD_EC_P384]);
}

void ec_begin(struct operation *operation, enum tlscard_ec_curve curve, const char *group, enum ec_use use)
{
    static const struct {
        const char *family, *name, *purpose;
    } uses[] = {
        [EC_GENERATE] = {"ECDH ", "key generation", "ephemeral"},
        [EC_DERIVE] = {"ECDH ", "derivation", "shared-secret"},
        [EC_SIGN] = {"ECDSA ", "sign", "sign"},
        [EC_VERIFY] = {"ECDSA ", "verify", "verify"},
    };
    static const char *const names[] = {
        [TLSCARD_EC_P256] = "P-256", [TLSCARD_EC_P384] = "P-384", [TLSCARD_EC_X25519] = "X25519"};
    char name[80];

    OPENSSL_strlcpy(name, curve == TLSCARD_EC_X25519 ? "" : uses[use].family, sizeof name);
    OPENSSL_strlcat(name, curve == EC_NO_CURVE ? group : names[curve], 48);
    OPENSSL_strlcat(name, " ", sizeof name);
    OPENSSL_strlcat(name, uses[use].name, sizeof name);
    offload_begin(operation, CLASS_EC, (unsigned)curve * 4 + (unsigned)use, name, uses[use].purpose);
    if (curve == EC_NO_CURVE)
        offload_refuse(operation, UNSUPPORTED_CURVE);
}

void ec_key_begin(const struct ec_key *key, struct operation *operation, enum ec_use use)
{
    char group[64] = "other curve";

    ERR_set_mark();
    if (key->curve == EC_NO_CURVE && !EVP_PKEY_get_group_name(key->software, group, sizeof group, NULL))
        strcpy(group, "explicit curve");
    ERR_pop_to_mark();
    ec_begin(operation, key->curve, group, use);
    if (use == EC_VERIFY ? !key->has_public : !key->has_private)
        offload_refuse(operation, UNSUPPORTED_KEY);
}
