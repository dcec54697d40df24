/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two halves of the root complex: what the card sends (link_check.c), what it gets (link.c). */
#ifndef TESTS_RTL_LINK_CHECK_H
#define TESTS_RTL_LINK_CHECK_H

#include "tests/rtl/link.h"

/* Take the beat at the tx ports. */
void link_take_beat(struct link *link);
/* Remember a read of the card, checked. */
void link_asked(struct link *link, const struct link_packet *packet);

#endif
