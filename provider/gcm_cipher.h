/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcm_cipher.h - a context of AES-GCM: where it stands in the two sequences of calls whose last may be the card's.
 *
 *   TLS 1.2   the parameters TLS1_IV_FIXED, once, and TLS1_AAD, then one update in place
 *   TLS 1.3   a nonce of 12 octets, to open also the tag; the five octets of a record's header as additional
 *             data; one update with as many octets as the header says; final
 *
 * What stage follows on what call, where each other call leads to GCM_INNER:
 *
 *   any         -- a nonce of 12 octets ------> GCM_NONCED
 *   GCM_NONCED  -- a tag to open with --------> GCM_NONCED
 *   GCM_NONCED  -- a header as data ----------> GCM_HEADED
 *   GCM_HEADED  -- a tag to open with --------> GCM_HEADED
 *   GCM_HEADED  -- the payload, by the card --> GCM_CARD_DID
 *   GCM_CARD_DID - final ---------------------> GCM_INNER, behind by GCM_TLS13_ENDED
 *   any         -- additional data of TLS 1.2 > GCM_TLS12
 *   GCM_TLS12   -- the record, by the card ---> GCM_INNER, to open behind by GCM_TLS12_ENDED
 *
 * The default provider's context (inner) does not see what the card does. It is brought up, with complete operations
 * such as any application may ask of it, only when something is asked that depends on it (gcm_leave): the next nonce,
 * or the next record's additional data, make up for what it has missed.
 */
#ifndef TLSCARD_PROVIDER_GCM_CIPHER_H
#define TLSCARD_PROVIDER_GCM_CIPHER_H

#include "provider/gcm.h"

#define GCM_EXPLICIT 8u   /* octets of the nonce in a record of TLS 1.2, RFC 5288 section 3 */
#define GCM_TLS12_AAD 13u /* RFC 5246 section 6.2.3.3 */
#define GCM_TLS13_AAD 5u  /* RFC 8446 section 5.2 */

enum gcm_stage {
    GCM_INNER,    /* nothing to watch */
    GCM_NONCED,   /* there is a fresh nonce */
    GCM_HEADED,   /* and a header of TLS 1.3 has been the additional data */
    GCM_CARD_DID, /* and the card has done the data, of which copy keeps the input until final says that it was all */
    GCM_TLS12     /* the next update is a record of TLS 1.2 */
};

/* What inner has not seen of the last record. */
enum gcm_behind {
    GCM_ABREAST,
    GCM_TLS13_ENDED, /* data and final, with nonce */
    GCM_TLS12_ENDED  /* a record to open, with explicit_nonce */
};

struct gcm {
    struct provider *provider;
    const struct gcm_software *software;
    void *inner;
    enum gcm_stage stage;
    enum gcm_behind behind;
    int open, has_key, has_fixed, has_tag;
    int owes_tag;     /* sealed is the tag of the last record sealed; inner's own is another's */
    unsigned caller;  /* for counting */
    unsigned records; /* tried under this key */
    uint8_t key[32], nonce[TLSCARD_GCM_NONCE], explicit_nonce[GCM_EXPLICIT], aad[GCM_TLS12_AAD];
    uint8_t tag[TLSCARD_GCM_TAG]; /* to open with, or made by the card before final */
    uint8_t sealed[TLSCARD_GCM_TAG];
    uint8_t *copy;
    size_t copy_length;
};

/* Watch no longer, with inner brought to where it should be. 0 where that fails. */
int gcm_leave(struct gcm *gcm);

/* An update while something is watched, or inner is behind. */
int gcm_update_watched(struct gcm *gcm, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                       size_t length);

/* The record of TLS 1.3 is complete. */
void gcm_end_tls13(struct gcm *gcm);

/* Additional data of TLS 1.2, as the parameter has it: whether inner can be trusted to take it; and that it has. */
int gcm_is_tls12_aad(const struct gcm *gcm, const OSSL_PARAM *param);
void gcm_note_tls12(struct gcm *gcm, const uint8_t *aad);

/* Before something out of order, inner gets the tag that it owes, and again what it has had of the next record. */
int gcm_give_tag(struct gcm *gcm, enum gcm_stage stage);

void gcm_drop_copy(struct gcm *gcm);

#endif
