/* SPDX-License-Identifier: Apache-2.0 */
/* Key objects on elliptic curves. */
#include "provider/ec_key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/rand.h>

struct ec_key *ec_key_around(struct provider *provider, enum ec_type type, void *inner)
{
    const struct ec_software *functions = ec_software_of(provider, type);
    struct ec_key *key = OPENSSL_zalloc(sizeof *key);

    if (key == NULL) {
        functions->free_key(inner);
        return NULL;
    }
    key->provider = provider;
    key->type = type;
    key->functions = functions;
    key->inner = inner;
    key->curve = type == EC_TYPE_X25519 ? TLSCARD_EC_X25519 : EC_NO_CURVE;
    atomic_init(&key->references, 1);
    return key;
}

struct ec_key *ec_key_new(struct provider *provider, enum ec_type type)
{
    const struct ec_software *functions = ec_software_of(provider, type);
    void *inner = functions == NULL ? NULL : functions->new_key(functions->provider_context);

    return inner == NULL ? NULL : ec_key_around(provider, type, inner);
}

struct ec_key *ec_key_hold(struct ec_key *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

void ec_key_free(struct ec_key *key)
{
    if (key == NULL || atomic_fetch_sub(&key->references, 1) != 1)
        return;
    signing_prototypes_free(&key->prototypes);
    key->functions->free_key(key->inner);
    OPENSSL_free(key);
}

size_t ec_octets(enum tlscard_ec_curve curve)
{
    return curve == TLSCARD_EC_P384 ? 48 : 32;
}

size_t ec_point_octets(enum tlscard_ec_curve curve)
{
    return curve == TLSCARD_EC_X25519 ? 32 : 2 * ec_octets(curve);
}

static enum tlscard_ec_curve curve_of_nid(int nid)
{
    return nid == NID_X9_62_prime256v1 ? TLSCARD_EC_P256 : nid == NID_secp384r1 ? TLSCARD_EC_P384 : EC_NO_CURVE;
}

/* As libcrypto names the groups of keys, in any version. */
static enum tlscard_ec_curve curve_of_name(const char *group)
{
    static const struct {
        const char *name;
        enum tlscard_ec_curve curve;
    } names[] = {
        {"prime256v1", TLSCARD_EC_P256}, {"P-256", TLSCARD_EC_P256},
        {"secp384r1", TLSCARD_EC_P384},  {"P-384", TLSCARD_EC_P384},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, group) == 0)
            return names[i].curve;
    return EC_NO_CURVE;
}

/* Which aliases there are, and in which case of letters, differs between versions: libcrypto is asked, as the default
 * provider asks it with the same parameter. */
enum tlscard_ec_curve ec_curve_of(struct provider *provider, const char *group)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)group, 0),
                           OSSL_PARAM_construct_end()};
    enum tlscard_ec_curve curve = curve_of_name(group);
    EC_GROUP *found;

    if (curve != EC_NO_CURVE || group[0] == '\0')
        return curve;
    ERR_set_mark();
    found = EC_GROUP_new_from_params(params, provider->software, NULL);
    ERR_pop_to_mark();
    curve = found == NULL ? EC_NO_CURVE : curve_of_nid(EC_GROUP_get_curve_name(found));
    EC_GROUP_free(found);
    return curve;
}

int ec_key_read(const struct ec_key *key, OSSL_PARAM params[])
{
    int ok;

    ERR_set_mark();
    ok = key->functions->get_params != NULL && key->functions->get_params(key->inner, params);
    ERR_pop_to_mark();
    return ok;
}

int ec_key_group(const struct ec_key *key, char *name, size_t size)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, size),
                           OSSL_PARAM_construct_end()};

    return key->type == EC_TYPE_EC && ec_key_read(key, params) && OSSL_PARAM_modified(params);
}

static enum tlscard_ec_curve curve_of_key(const struct ec_key *key)
{
    char group[64] = "", encoding[32] = "";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group),
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding),
        OSSL_PARAM_construct_end(),
    };

    if (key->type == EC_TYPE_X25519)
        return TLSCARD_EC_X25519;
    if (!ec_key_read(key, params) || strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
        return EC_NO_CURVE;
    return curve_of_name(group);
}

/* The param's number as size octets, the most significant first. */
static int number_of(const OSSL_PARAM *param, uint8_t *octets, size_t size)
{
    BIGNUM *number = OSSL_PARAM_modified(param) ? BN_secure_new() : NULL;
    int ok = number != NULL && OSSL_PARAM_get_BN(param, &number) && BN_bn2binpad(number, octets, (int)size) >= 0;

    BN_clear_free(number);
    return ok;
}

/* An X25519 key's half. */
static int read_octets(const struct ec_key *key, const char *name, uint8_t *octets)
{
    size_t size = ec_octets(key->curve);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(name, octets, size), OSSL_PARAM_construct_end()};

    return ec_key_read(key, params) && OSSL_PARAM_modified(params) && params[0].return_size == size;
}

int ec_key_scalar(const struct ec_key *key, uint8_t scalar[EC_MAX_OCTETS])
{
    size_t size = ec_octets(key->curve);
    uint8_t native[EC_MAX_OCTETS];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, size), OSSL_PARAM_construct_end()};
    int ok;

    if (key->type == EC_TYPE_X25519)
        return read_octets(key, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    ok = ec_key_read(key, params) && number_of(params, scalar, size);
    OPENSSL_cleanse(native, sizeof native);
    return ok;
}

int ec_key_point(const struct ec_key *key, uint8_t point[2 * EC_MAX_OCTETS])
{
    size_t size = ec_octets(key->curve);
    uint8_t x[EC_MAX_OCTETS], y[EC_MAX_OCTETS];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_EC_PUB_X, x, size),
                           OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_EC_PUB_Y, y, size), OSSL_PARAM_construct_end()};

    if (key->type == EC_TYPE_X25519)
        return read_octets(key, OSSL_PKEY_PARAM_PUB_KEY, point);
    return ec_key_read(key, params) && number_of(&params[0], point, size) && number_of(&params[1], point + size, size);
}

void ec_key_refresh(struct ec_key *key)
{
    signing_prototypes_free(&key->prototypes);
    key->curve = curve_of_key(key);
}

int ec_key_has(const struct ec_key *key, int selection)
{
    return key->functions->has(key->inner, selection);
}

void *ec_key_inner(const struct ec_key *key)
{
    return key->inner;
}

/* SEC 1 section 2.3.3, uncompressed; and the scalar in the machine's order of octets. */
static int import_weierstrass(const struct ec_software *software, void *inner, enum tlscard_ec_curve curve,
                              const uint8_t *scalar, const uint8_t *point)
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
    int ok;

    memcpy(encoded + 1, point, 2 * size);
    ok = number != NULL && BN_bn2nativepad(number, native, (int)size) >= 0 &&
         software->import(inner, EVP_PKEY_KEYPAIR, params);
    BN_clear_free(number);
    OPENSSL_cleanse(native, sizeof native);
    return ok;
}

static int import_montgomery(const struct ec_software *software, void *inner, const uint8_t *scalar,
                             const uint8_t *point)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (uint8_t *)scalar, 32),
        point == NULL ? OSSL_PARAM_construct_end()
                      : OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (uint8_t *)point, 32),
        OSSL_PARAM_construct_end(),
    };

    return software->import(inner, EVP_PKEY_KEYPAIR, params);
}

void *ec_software_key(const struct ec_software *software, enum tlscard_ec_curve curve, const uint8_t *scalar,
                      const uint8_t *point)
{
    void *inner = software->import == NULL ? NULL : software->new_key(software->provider_context);
    int ok;

    if (inner == NULL)
        return NULL;
    ERR_set_mark();
    ok = curve == TLSCARD_EC_X25519 ? import_montgomery(software, inner, scalar, point)
                                    : import_weierstrass(software, inner, curve, scalar, point);
    ERR_pop_to_mark();
    if (ok)
        return inner;
    software->free_key(inner);
    return NULL;
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
    EC_GROUP_free(provider->groups[TLSCARD_EC_P256]);
    EC_GROUP_free(provider->groups[TLSCARD_EC_P384]);
}

void ec_begin(struct operation *operation, enum tlscard_ec_curve curve, const char *group, enum ec_use use)
{
    static const char *const names[][4] = {
        [EC_GENERATE] = {[TLSCARD_EC_P256] = "ECDH P-256 key generation",
                         [TLSCARD_EC_P384] = "ECDH P-384 key generation",
                         [TLSCARD_EC_X25519] = "X25519 key generation"},
        [EC_DERIVE] = {[TLSCARD_EC_P256] = "ECDH P-256 derivation",
                       [TLSCARD_EC_P384] = "ECDH P-384 derivation",
                       [TLSCARD_EC_X25519] = "X25519 derivation"},
        [EC_SIGN] = {[TLSCARD_EC_P256] = "ECDSA P-256 sign", [TLSCARD_EC_P384] = "ECDSA P-384 sign"},
        [EC_VERIFY] = {[TLSCARD_EC_P256] = "ECDSA P-256 verify", [TLSCARD_EC_P384] = "ECDSA P-384 verify"},
    };
    static const struct {
        const char *family, *name, *purpose;
    } uses[] = {
        [EC_GENERATE] = {"ECDH", "key generation", "ephemeral"},
        [EC_DERIVE] = {"ECDH", "derivation", "shared-secret"},
        [EC_SIGN] = {"ECDSA", "sign", "sign"},
        [EC_VERIFY] = {"ECDSA", "verify", "verify"},
    };
    if (curve == EC_NO_CURVE)
        snprintf(operation->text, sizeof operation->text, "%s %.28s %s", uses[use].family, group, uses[use].name);
    offload_begin(operation, CLASS_EC, (unsigned)curve * 4 + (unsigned)use,
                  curve == EC_NO_CURVE ? operation->text : names[use][curve], uses[use].purpose);
    if (curve == EC_NO_CURVE)
        offload_refuse(operation, UNSUPPORTED_CURVE);
}

void ec_key_begin(const struct ec_key *key, struct operation *operation, enum ec_use use)
{
    char group[64] = "other curve";

    if (key->curve == EC_NO_CURVE && !ec_key_group(key, group, sizeof group))
        strcpy(group, "explicit curve");
    ec_begin(operation, key->curve, group, use);
    if (!ec_key_has(key, use == EC_VERIFY ? OSSL_KEYMGMT_SELECT_PUBLIC_KEY : OSSL_KEYMGMT_SELECT_PRIVATE_KEY))
        offload_refuse(operation, UNSUPPORTED_KEY);
}
