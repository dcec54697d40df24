/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's reasons in words. */
#include "tools/reason.h"

#include <string.h>

const char *reason_text(const char *reason)
{
    static const char *const texts[][2] = {
        {"policy-never", "switched off"},
        {"public-operation", "cheaper on the host"},
        {"unsupported-size", "size not on card"},
        {"unsupported-key", "key not for the card"},
        {"unsupported-padding", "padding not on card"},
        {"unsupported-curve", "curve not on card"},
        {"unsupported-use", "use not for the card"},
        {"unsupported-opcode", "not served by card"},
        {"no-card", "no card opened"},
        {"card-busy", "card taken by others"},
        {"wrong-card", "other kind of card"},
        {"no-resources", "process lacks means"},
        {"card-opening", "card is being opened"},
        {"breaker-open", "card not trusted now"},
        {"queue-full", "card's queue is full"},
        {"deadline", "deadline missed"},
        {"card-error", "card failed"},
        {"card-refused", "refused by the card"},
        {"wrong-answer", "card's answer wrong"},
        {"measuring", "measuring speeds"},
        {"slower", "card measured slower"},
        {"not-asked", "not asked of the provider"},
        {"not-offered", "not in the provider"},
    };
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        if (strcmp(texts[index][0], reason) == 0)
            return texts[index][1];
    return reason;
}
