/* SPDX-License-Identifier: Apache-2.0 */
/* term.h - text for people: colour where it is wanted, grouped numbers, rows of hexadecimal. */
#ifndef TLSCARD_TOOLS_TERM_H
#define TLSCARD_TOOLS_TERM_H

#include <stddef.h>
#include <stdint.h>

/* A string that starts or ends a colour; empty where standard output is no terminal, or NO_COLOR is
 * set and not empty (no-color.org), or TERM is "dumb". */
enum term_colour { TERM_PLAIN, TERM_BOLD, TERM_DIM, TERM_GREEN, TERM_YELLOW, TERM_RED, TERM_CYAN, TERM_MAGENTA };
const char *term_colour(enum term_colour colour);

/* Room for term_number's text. */
#define TERM_NUMBER_SIZE 32

/* "1,234,567" in text, which is returned. */
const char *term_number(uint64_t value, char text[TERM_NUMBER_SIZE]);

/* Room for term_duration's text. */
#define TERM_DURATION_SIZE 32

/* cycles at hertz as "1.23 ms", with the unit that suits; hertz > 0. Returns text. */
const char *term_duration(uint64_t cycles, uint32_t hertz, char text[TERM_DURATION_SIZE]);

/* Print octets in rows of 24, indented by four; where lines > 0 at most so many rows, the last one
 * saying how many octets are left out. */
void term_hex(const uint8_t *data, size_t length, unsigned lines);

#endif
