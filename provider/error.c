/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the provider's own, raised through the core so that the application's queue shows them. */
#include "provider/provider.h"

#include <stdarg.h>

const OSSL_ITEM provider_reason_strings[] = {
    {REASON_BAD_CONFIGURATION, "bad configuration"},
    {REASON_UNKNOWN_KEY, "unknown configuration key"},
    {REASON_NO_DEFAULT_PROVIDER, "default provider not available"},
    {REASON_NO_KEY, "no key set"},
    {0, NULL},
};

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
}
