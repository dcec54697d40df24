/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: colour where it is wanted, grouped numbers, rows of hexadecimal. */
#include "tools/term.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEX_ROW 24

static int coloured(void)
{
    static int known = -1;
    if (known < 0) {
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
        known = !(no && *no) && !(term && strcmp(term, "dumb") == 0) && isatty(STDOUT_FILENO);
    }
    return known;
}

const char *term_colour(enum term_colour colour)
{
    static const char *const codes[] = {
        [TERM_PLAIN] = "\033[0m",   [TERM_BOLD] = "\033[1m",  [TERM_DIM] = "\033[2m",   [TERM_GREEN] = "\033[32m",
        [TERM_YELLOW] = "\033[33m", [TERM_RED] = "\033[31m",  [TERM_CYAN] = "\033[36m", [TERM_MAGENTA] = "\033[35m",
    };
    return coloured() ? codes[colour] : "";
}

const char *term_number(uint64_t value, char text[TERM_NUMBER_SIZE])
{
    char digits[TERM_NUMBER_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *out = text;
    for (int index = 0; index < length; index++) {
        if (index > 0 && (length - index) % 3 == 0)
            *out++ = ',';
        *out++ = digits[index];
    }
    *out = '\0';
    return text;
}

const char *term_duration(uint64_t cycles, uint32_t hertz, char text[TERM_DURATION_SIZE])
{
    double seconds = (double)cycles / hertz;
    if (seconds < 1e-3)
        snprintf(text, TERM_DURATION_SIZE, "%.1f us", seconds * 1e6);
    else if (seconds < 1)
        snprintf(text, TERM_DURATION_SIZE, "%.2f ms", seconds * 1e3);
    else
        snprintf(text, TERM_DURATION_SIZE, "%.2f s", seconds);
    return text;
}

void term_hex(const uint8_t *data, size_t length, unsigned lines)
{
    /* The last of the rows has eight octets fewer when it must also say what is left out. */
    size_t room = lines == 0 ? length : (size_t)lines * HEX_ROW;
    size_t shown = length <= room ? length : room - 8;
    for (size_t index = 0; index < shown; index++)
        printf("%s%02x", index % HEX_ROW == 0 ? (index ? "\n    " : "    ") : " ", data[index]);
    if (shown < length)
        printf(" ... %zu more", length - shown);
    if (length > 0)
        printf("\n");
}
