/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the provider's own, raised through the core so that the application's queue shows them. */
#include "provider/provider.h"

#include <stdarg.h>
#include <stdatomic.h>

#include <openssl/err.h>

static const char *const reasons[PROVIDER_REASONS] = {
    [REASON_BAD_CONFIGURATION] = "bad configuration",
    [REASON_UNKNOWN_KEY] = "unknown configuration key",
    [REASON_NO_DEFAULT_PROVIDER] = "default provider not available",
    [REASON_NO_KEY] = "no key set",
};

/*
 * The core would take these texts itself (OSSL_FUNC_provider_get_reason_strings); but it withdraws them after teardown, and
 * where an application frees its last object later than libcrypto is cleaned up, crashes over it. So they are given when they
 * are first of use, once for each number that a loading has of the core, and stay.
 */
static void give_texts(int library)
{
    static ERR_STRING_DATA texts[ERR_LIB_MASK + 1][PROVIDER_REASONS + 1];
    static atomic_uchar given[ERR_LIB_MASK + 1];

    if (atomic_exchange(&given[library & ERR_LIB_MASK], 1))
        return;
    texts[library][0] = (ERR_STRING_DATA){ERR_PACK(library, 0, 0), PROVIDER_NAME};
    for (unsigned reason = 1; reason < PROVIDER_REASONS; reason++)
        texts[library][reason] = (ERR_STRING_DATA){reason, reasons[reason]};
    ERR_load_strings(library, texts[library]);
}

void provider_error(const struct provider *provider, const char *file, int line, const char *caller,
                    int reason, const char *format, ...)
{
    va_list arguments;

    if (provider->new_error == NULL || provider->set_error_debug == NULL || provider->vset_error == NULL)
        return;
    va_start(arguments, format);
    provider->new_error(provider->core);
    provider->set_error_debug(provider->core, file, line, caller);
    provider->vset_error(provider->core, (uint32_t)reason, format, arguments);
    va_end(arguments);
    if (provider->software != NULL) /* else the core may be another libcrypto than ours */
        give_texts(ERR_GET_LIB(ERR_peek_last_error()));
}
