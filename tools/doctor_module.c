/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's module: where it is looked for, whether it can be loaded, and why not. */
#include <dlfcn.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/doctor.h"

/* As libcrypto finds it: the module of the section, else NAME.so, in the modules' folder unless absolute. */
static const char *locate(struct doctor *doctor)
{
    const char *folder = secure_getenv("OPENSSL_MODULES");
    if (!folder)
        folder = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
    char *module = NCONF_get_string(doctor->conf, doctor->section, "module");
    if (!module)
        snprintf(doctor->module, sizeof doctor->module, "%s/%s.so", folder, doctor->name);
    else
        snprintf(doctor->module, sizeof doctor->module, "%s%s%s", *module == '/' ? "" : folder, *module == '/' ? "" : "/",
                 module);
    ERR_clear_error();
    return folder;
}

static int is_loadable(struct doctor *doctor, const char *folder)
{
    if (access(doctor->module, R_OK) != 0) {
        char remedy[PATH_MAX + 128];
        snprintf(remedy, sizeof remedy, "set \"module = /PATH/tlscard.so\" in [%s], or put the module into %s", doctor->section,
                 folder);
        doctor_find_key(doctor, "module-missing", doctor->section, "module", remedy,
                        "The provider's module %s cannot be read: %s. The modules' folder is %s.", doctor->module,
                        strerror(errno), folder);
        return 0;
    }
    void *module = dlopen(doctor->module, RTLD_NOW | RTLD_LOCAL);
    if (module && dlsym(module, "OSSL_provider_init"))
        return 1;
    doctor_find(doctor, "module-unloadable", "install the module that was built for this OpenSSL, and libtlscard.so beside it",
                "The module %s cannot be used with %s: %s", doctor->module, OpenSSL_version(OPENSSL_VERSION),
                module ? "it is no provider" : dlerror());
    if (module)
        dlclose(module);
    return 0;
}

/* Move what activates the provider from one list of the section's lines to another. */
static void move_activation(STACK_OF(CONF_VALUE) *from, STACK_OF(CONF_VALUE) *to)
{
    for (int i = sk_CONF_VALUE_num(from) - 1; i >= 0; i--)
        if (strcmp(sk_CONF_VALUE_value(from, i)->name, "activate") == 0)
            sk_CONF_VALUE_push(to, sk_CONF_VALUE_delete(from, i));
}

/* Set libctx up by the file. Without its activation, the provider's section only tells libcrypto where the module is and
 * what its parameters are: it is then loaded by a call that keeps the error, where the activation would lose it. */
static int set_up(struct doctor *doctor)
{
    STACK_OF(CONF_VALUE) *values = NCONF_get_section(doctor->conf, doctor->section), *taken = sk_CONF_VALUE_new_null();
    move_activation(values, taken);
    ERR_clear_error();
    int ok = CONF_modules_load(doctor->conf, doctor->application, CONF_MFLAGS_DEFAULT_SECTION) > 0;
    move_activation(taken, values); /* to be freed with the rest */
    sk_CONF_VALUE_free(taken);
    return ok;
}

static void explain_failed_modules(struct doctor *doctor)
{
    const char *data = "";
    int flags = 0;
    unsigned long error = ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = ERR_reason_error_string(error);
    doctor_find(doctor, "configuration-rejected", "correct the section that is named",
                "libcrypto stops in the middle of the file: %s%s%s", reason ? reason : "no reason is given",
                flags & ERR_TXT_STRING ? ", " : "", flags & ERR_TXT_STRING ? data : "");
}

/* "tlscard: unknown key NAME = ..." or "tlscard: NAME = ...": the key's name. */
static void key_of(const char *message, char *key, size_t size)
{
    const char *at = message + strlen("tlscard: ");
    if (strncmp(at, "unknown key ", 12) == 0)
        at += 12;
    snprintf(key, size, "%.*s", (int)strcspn(at, " "), at);
}

static void explain_refusal(struct doctor *doctor)
{
    const char *data = NULL;
    char last[512] = "no reason is given", key[64];
    int flags = 0;
    unsigned long error;
    while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        if ((flags & ERR_TXT_STRING) != 0 && strncmp(data, "tlscard: ", 9) == 0) {
            key_of(data, key, sizeof key);
            doctor_find_key(doctor, strstr(data, "unknown key") ? "unknown-key" : "bad-value", doctor->section, key,
                            strncmp(key, "TLSCARD_", 8) == 0 ? "correct the environment variable"
                                                             : "correct the line; tlscard-provider(7) has the keys",
                            "The provider refuses to load, and programs go on without it and without a word: %s.", data + 9);
            return;
        }
        ERR_error_string_n(error, last, sizeof last);
    }
    doctor_find(doctor, "provider-refuses", "see that the default provider is activated", "The provider does not load: %s.", last);
}

/* Built against a later release than the one that runs, it may ask for what is not there. */
static void check_version(struct doctor *doctor)
{
    char *built = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, &built, 0), OSSL_PARAM_construct_end()};
    unsigned major, minor;
    if (!OSSL_PROVIDER_get_params(doctor->provider, params) || !built || !(built = strstr(built, " for OpenSSL ")) ||
        sscanf(built, " for OpenSSL %u.%u", &major, &minor) != 2)
        return;
    if (major == OPENSSL_version_major() && minor <= OPENSSL_version_minor())
        return;
    doctor_find(doctor, "module-of-another-version", "install the module that was built for this OpenSSL",
                "The module was built for OpenSSL %u.%u, and this is %s.", major, minor, OpenSSL_version(OPENSSL_VERSION));
}

/* What the program asks for in the place of the file's properties. */
static void displace_properties(struct doctor *doctor)
{
    const struct program *row = doctor->row;
    if (doctor->own_properties)
        EVP_set_default_properties(doctor->libctx, doctor->own_properties);
    else if (row && row->query && strstr(doctor->properties, "provider="))
        EVP_set_default_properties(doctor->libctx, row->query);
}

int doctor_load(struct doctor *doctor)
{
    const char *folder = locate(doctor);
    if (!is_loadable(doctor, folder))
        return 0;
    /* Operations are kept to be reported; nothing else of the environment changes. */
    setenv("TLSCARD_TRACE", "yes", 1);
    OPENSSL_load_builtin_modules();
    if (!set_up(doctor))
        explain_failed_modules(doctor);
    displace_properties(doctor);
    ERR_clear_error();
    if (!doctor->any_activated) /* libcrypto's own choice, which a provider that is loaded by a call ends */
        doctor->software = OSSL_PROVIDER_load(doctor->libctx, "default");
    doctor->provider = OSSL_PROVIDER_load(doctor->libctx, doctor->name);
    if (!doctor->provider) {
        explain_refusal(doctor);
        return 0;
    }
    check_version(doctor);
    OSSL_PROVIDER_available(doctor->libctx, doctor->name); /* being looked for, it gets its place in libcrypto's list */
    return 1;
}
