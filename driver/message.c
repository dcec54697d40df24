/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that goes with an error. */
#include "driver/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "driver/tlscard.h"

int explain(char *message, int error, const char *format, ...)
{
    va_list arguments;

    if (message != NULL) {
        va_start(arguments, format);
        vsnprintf(message, TLSCARD_MESSAGE_SIZE, format, arguments);
        va_end(arguments);
    }
    return error;
}
