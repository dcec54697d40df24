/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transcript.h - what calls return and raise, written down at two ends and compared.
 *
 * A scene is played twice, with the plain default provider and with ours; every call in it goes through NOTE. What was
 * written must be the same: each return value, and each error with its library and reason, in order.
 */
#ifndef PROVIDER_TRANSCRIPT_H
#define PROVIDER_TRANSCRIPT_H

#include <stddef.h>

#include <openssl/core.h>

struct transcript;

struct transcript *transcript_new(void);
void transcript_free(struct transcript *transcript);

/* Write down result and the error queue, which is empty after that. Gives result. */
long transcript_note(struct transcript *transcript, const char *file, int line, const char *call, long result);
#define NOTE(transcript, call) transcript_note(transcript, __FILE__, __LINE__, #call, (long)(call))

/* Write down which parameters a table has, and of what types. */
void transcript_note_table(struct transcript *transcript, const char *file, int line, const char *call,
                           const OSSL_PARAM *table);
#define NOTE_TABLE(transcript, call) transcript_note_table(transcript, __FILE__, __LINE__, #call, call)

/* How many entries of ours are not those of the default provider's; each is printed, after the name of the scene. */
int transcript_compare(const struct transcript *standard, const struct transcript *ours, const char *scene);

#endif
