/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlscard.h - the driver's public interface.
 *
 * A card is a PCIe device with one or more functions; a process opens one function of it. Work is
 * submitted through queue pairs: an entry goes into the submission queue, a doorbell is rung, the
 * card reads key and operands by DMA, computes, writes the result and then a completion entry, and
 * raises an interrupt. No key and no connection leaves state on the card between requests.
 *
 * Order of calls: tlscard_open, then tlscard_queue_open for each thread, then requests;
 * requests, keys and queues are released before tlscard_close.
 *
 * Threads: a queue and its requests belong to one thread at a time; calls on different queues of
 * one card may run at once. tlscard_open, tlscard_info, key and queue creation are safe from any
 * thread.
 *
 * Processes: a card opened before fork is the parent's. In a child every call on it fails with
 * -EOWNERDEAD, except the releasing ones, which free the child's copy and leave the card alone.
 * A child is known as one whatever its process id is, by whichever call it was made.
 *
 * Descriptors: a program may close every descriptor that it has not opened itself. Those of a card are looked at before
 * they are used or closed; where one is no longer the one that was opened, the card has failed (-EIO from then on), and
 * nothing is written to, read from or closed that has its number now.
 *
 * Errors: functions return 0, or a negative errno value that their comment explains. Nothing
 * aborts, prints or waits without a bound. What the card writes is never trusted: indices, lengths
 * and ids are checked, and a card that breaks the rules is marked failed (-EIO from then on).
 *
 * Units: lengths in octets, times in milliseconds of CLOCK_MONOTONIC, cycles of the card's clock.
 */
#ifndef TLSCARD_H
#define TLSCARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TLSCARD_API __attribute__((visibility("default")))

struct tlscard;         /* an opened function of a card */
struct tlscard_queue;   /* a queue pair of it */
struct tlscard_rsa_key; /* an RSA key in DMA memory, as the card reads it */
struct tlscard_ec_key;  /* a key on an elliptic curve, likewise */
struct tlscard_request; /* a request in flight */

/* Room for a sentence that says what failed, naming the input and the remedy. */
#define TLSCARD_MESSAGE_SIZE 256

/*
 * Open one function of a card.
 *
 * address: "auto"             a PCI card that libpci finds, else a free socket function<N>.sock in
 *                             $TLSCARD_SOCKET_DIR (default /run/tlscard)
 *          "sim"              a simulated card inside this process (libtlscard-sim.so)
 *          "vfio-user:PATH"   a simulated card behind a vfio-user socket; PATH is the socket, or a
 *                             directory of sockets function<N>.sock of which the first free is taken
 *          "pci:DOMAIN:BUS:DEVICE.FUNCTION"
 * deadline_ms: for the whole of it, 0 for the default of 10,000.
 * message: at least TLSCARD_MESSAGE_SIZE octets or NULL; an empty string on success.
 *
 * -EINVAL      not an address of those forms
 * -ENODEV      no card there
 * -EBUSY       every function is taken by another process
 * -ENOTSUP     this kind of address is not in this build
 * -EPROTO      the other side broke the vfio-user protocol, or its configuration space is truncated
 * -ENOEXEC     the card was built from another map (MAP_HASH), or is not a tlscard
 * -ETIMEDOUT   no answer within the deadline
 * -EPERM       a system-call filter (seccomp) would end the program at a call that a card takes
 * -EFBIG       RLIMIT_FSIZE is too low for the memory that the card shares
 * -EACCES, -ENOMEM, -EMFILE, -ENFILE, -ETOOMANYREFS, -EAGAIN as usual
 */
TLSCARD_API int tlscard_open(const char *address, unsigned deadline_ms, struct tlscard **card,
                             char *message);

/*
 * Keep the folder of sockets that address names within reach, for a process that takes another folder for its root
 * (chroot(2)) before it opens a card: tlscard_open finds the sockets there where their path leads to nothing any more.
 * The first folder is kept until the library is unloaded, in children of a fork as well. It costs a descriptor.
 *
 * -EINVAL      not an address
 * -ENOTSUP     an address without a folder
 * -EPERM       this process may not mount, or its system calls are filtered; nothing is kept
 * -ENOENT, -EACCES and so on: there is no such folder
 */
TLSCARD_API int tlscard_keep(const char *address);

/* Release the function; queues still open are closed first. Safe with NULL. */
TLSCARD_API void tlscard_close(struct tlscard *card);

/* Opcodes of the map: bit numbers of tlscard_info.opcodes. */
enum tlscard_opcode {
    TLSCARD_MODEXP = 0x10,
    TLSCARD_RSA_PUBLIC = 0x11,
    TLSCARD_RSA_PRIVATE_CRT = 0x12,
    TLSCARD_EC_MULTIPLY = 0x18,
    TLSCARD_EC_MULTIPLY_BASE = 0x19,
    TLSCARD_ECDSA_SIGN = 0x1a,
    TLSCARD_ECDSA_VERIFY = 0x1b,
    TLSCARD_X25519 = 0x1c,
    TLSCARD_AES_GCM_SEAL = 0x20,
    TLSCARD_AES_GCM_OPEN = 0x21
};

/* Status codes of the map that say something of the operands, and not of the card. */
enum tlscard_status {
    TLSCARD_INVALID_POINT = 0x08,
    TLSCARD_INVALID_SCALAR = 0x09,
    TLSCARD_INVALID_RESULT = 0x0a, /* for a signature: take another nonce */
    TLSCARD_SIGNATURE_INVALID = 0x0b,
    TLSCARD_TAG_MISMATCH = 0x0c
};

/* What the card says of itself, and its counters since its last reset. */
struct tlscard_info {
    char address[128];   /* the one it was opened by, resolved to one function */
    char transport[16];  /* "vfio-user", "sim" or "vfio" */
    uint16_t vendor_id, device_id;
    uint32_t version;    /* major << 16 | minor << 8 | patch */
    uint32_t map_hash;
    unsigned functions, function; /* of the card; index of this one */
    unsigned queue_pairs;         /* of this function */
    unsigned max_entries;         /* of one queue */
    int simulated;
    unsigned pke_engines, pke_contexts; /* contexts of one engine */
    unsigned gcm_lanes;
    uint32_t clock_hz;   /* of the engines; for a simulated card the rate for which cycles are projected */
    uint64_t opcodes;    /* bit n: opcode n is served */
    uint64_t cycles;     /* cycle counter */
    uint64_t busy_cycles;
    uint64_t multiplier_cycles; /* with work for a multiplier array, summed over engines; the whole card's */
    uint32_t pke_completed, pke_failed, gcm_completed, gcm_failed; /* requests of this function */
    uint32_t error_count; /* of the function's error log */
    uint8_t error_code;   /* the oldest error, 0 for none */
    uint8_t error_queue;  /* its queue pair */
    uint64_t error_address;
};

/* Read *info from the card. -EIO: the card has failed. -ETIMEDOUT: it did not answer. */
TLSCARD_API int tlscard_info(struct tlscard *card, struct tlscard_info *info);

/* A card that could be opened: one call for each, with its address and a line about it. A nonzero
 * return ends the listing and is returned. PCI cards first (libpci), then vfio-user sockets of
 * $TLSCARD_SOCKET_DIR, then "sim" where libtlscard-sim.so can be found. Opens nothing. */
typedef int tlscard_list_callback(void *context, const char *address, const char *text);
TLSCARD_API int tlscard_list(tlscard_list_callback *callback, void *context);

/* Reset the function: every request in flight ends with -ECANCELED, queues stay usable. Safe from
 * any thread, beside requests on other threads' queues.
 * -ETIMEDOUT where the card does not become ready within deadline_ms (0: 10,000): requests stay in
 * flight and queues answer -EAGAIN until a later reset succeeds; -ETOOMANYREFS likewise, where more descriptors of this
 * user are on their way through sockets than RLIMIT_NOFILE allows. -EIO: the card has failed. */
TLSCARD_API int tlscard_reset(struct tlscard *card, unsigned deadline_ms);

/* Open a queue pair of 2 .. max_entries entries (rounded up to a power of two).
 * -EINVAL: another number of entries. -ENOSPC: the function has no free pair. -ENOMEM, -EMFILE, -EFBIG and so on, as
 * tlscard_open: no memory for it can be had now. */
TLSCARD_API int tlscard_queue_open(struct tlscard *card, unsigned entries, struct tlscard_queue **queue);

/* Close it; requests in flight are abandoned safely: the pair is disabled, and memory that the card
 * may still write is kept until it cannot. The queue's requests are gone with it, those not yet
 * released included. Safe with NULL. */
TLSCARD_API void tlscard_queue_close(struct tlscard_queue *queue);

/* An eventfd that becomes readable when completions arrive (MSI-X). It is the queue's: do not close
 * it, read it or use it after tlscard_queue_close. Take completions with tlscard_queue_poll. */
TLSCARD_API int tlscard_queue_event(const struct tlscard_queue *queue);

/* Take every completion that has arrived; returns how many, or -EIO for a failed card. Never blocks. */
TLSCARD_API int tlscard_queue_poll(struct tlscard_queue *queue);

/* Requests in flight, those given up but not yet answered included. */
TLSCARD_API unsigned tlscard_queue_depth(const struct tlscard_queue *queue);

/* The components of an RSA key (RFC 8017 section 3.2) as big-endian octet strings, leading zeros
 * allowed. For a public key p .. qinv are NULL. The strings are the caller's. */
struct tlscard_octets {
    const uint8_t *data;
    size_t length;
};
struct tlscard_rsa_components {
    struct tlscard_octets n, e, p, q, dp, dq, qinv;
};

/*
 * Put a key where the card can read it. Modulus of 2048, 3072 or 4096 bits with primes of at most
 * half that for a private key; 1024 .. 4096 bits in steps of 128 for a public one; e odd, 3 .. 2^64-1.
 * -ENOTSUP: a size, exponent or opcode that this card does not serve (use software)
 * -EINVAL: a component is missing, even where it must be odd, or longer than its size
 * The copy is wiped when the key is freed; a key in use by a request lives until that ends.
 */
TLSCARD_API int tlscard_rsa_key_create(struct tlscard *card, const struct tlscard_rsa_components *components,
                                       struct tlscard_rsa_key **key);
TLSCARD_API void tlscard_rsa_key_free(struct tlscard_rsa_key *key);

/* Octets of the key's modulus. */
TLSCARD_API size_t tlscard_rsa_key_size(const struct tlscard_rsa_key *key);

/*
 * Submit input ^ d mod n (private) or input ^ e mod n (public); input is big-endian, as long as the
 * modulus, and less than it. It is copied. *request is the caller's until tlscard_request_release.
 * -EAGAIN: the queue is full (of requests in flight, given up or ended and not released), or a reset
 * lasts. -EINVAL: wrong length, another card's key, or a private operation on a public key.
 * -ENOTSUP: the card does not serve the opcode. -EIO: the card or the queue has failed. -ETIMEDOUT: the card takes
 * nothing now; should it do the request later, nobody is told.
 */
TLSCARD_API int tlscard_rsa_private(struct tlscard_queue *queue, struct tlscard_rsa_key *key,
                                    const uint8_t *input, size_t length, struct tlscard_request **request);
TLSCARD_API int tlscard_rsa_public(struct tlscard_queue *queue, struct tlscard_rsa_key *key,
                                   const uint8_t *input, size_t length, struct tlscard_request **request);

/* The map's curve ids. n below is the curve's octets: 32, 48 and 32. Numbers are octet strings of
 * exactly n octets: big-endian on P-256 and P-384, little-endian on X25519 (RFC 7748 section 5). */
enum tlscard_ec_curve { TLSCARD_EC_P256 = 1, TLSCARD_EC_P384 = 2, TLSCARD_EC_X25519 = 3 };

/* The halves of a key; data is NULL for a half that is not there. The strings are the caller's. */
struct tlscard_ec_components {
    struct tlscard_octets scalar; /* the private key, n octets */
    struct tlscard_octets point;  /* the public key x | y, 2 n octets; never for X25519 */
};

/*
 * Put a key where the card can read it; cheap enough for a key of one handshake. Whether the scalar is
 * in range and the point on the curve, the card says with each operation.
 * -ENOTSUP: the card serves no operation of this curve with such a key (use software)
 * -EINVAL: another curve, both halves missing, a half of another length, a point for X25519
 * The copy is wiped when the key is freed; a key in use by a request lives until that ends.
 */
TLSCARD_API int tlscard_ec_key_create(struct tlscard *card, enum tlscard_ec_curve curve,
                                      const struct tlscard_ec_components *components, struct tlscard_ec_key **key);
TLSCARD_API void tlscard_ec_key_free(struct tlscard_ec_key *key);

/* n of the key's curve. */
TLSCARD_API size_t tlscard_ec_key_size(const struct tlscard_ec_key *key);

/*
 * The operations: inputs are copied, *request is the caller's until tlscard_request_release, NULL on
 * failure. -EAGAIN and -EIO as tlscard_rsa_private. -EINVAL: the half of the key that it needs is not
 * there, a wrong length, another card's key, or ECDSA with a key of X25519. -ENOTSUP: the card does not
 * serve the opcode.
 *
 * public: the public key of the scalar, x | y, or u on X25519.
 * derive: the scalar times the peer's public key x | y, or u on X25519 (length octets); the result has
 *         the same form. The shared secret of TLS is x or u: its first n octets.
 * sign:   the signature r | s of a digest of length octets, 1 or more, with the nonce of n octets. The
 *         nonce must be unpredictable and never used again (FIPS 186-5 appendix A.3).
 * verify: of the signature r | s (2 n octets). The result is empty: its status is OK, or
 *         tlscard_request_result returns -EBADMSG and the status SIGNATURE_INVALID.
 */
TLSCARD_API int tlscard_ec_public(struct tlscard_queue *queue, struct tlscard_ec_key *key,
                                  struct tlscard_request **request);
TLSCARD_API int tlscard_ec_derive(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *peer,
                                  size_t length, struct tlscard_request **request);
TLSCARD_API int tlscard_ecdsa_sign(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest,
                                   size_t length, const uint8_t *nonce, struct tlscard_request **request);
TLSCARD_API int tlscard_ecdsa_verify(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest,
                                     size_t length, const uint8_t *signature, struct tlscard_request **request);

/* AES-GCM (SP 800-38D) with a nonce of 12 octets and a tag of 16. */
#define TLSCARD_GCM_NONCE 12u
#define TLSCARD_GCM_TAG 16u
#define TLSCARD_GCM_MOST_AAD 4096u
#define TLSCARD_GCM_MOST_PAYLOAD 65536u

/* One record; the strings are the caller's and are copied. */
struct tlscard_gcm_record {
    int open;                    /* 1: decrypt and check the tag; 0: encrypt and make it */
    struct tlscard_octets key;   /* 16 or 32 octets */
    const uint8_t *nonce;        /* TLSCARD_GCM_NONCE octets; never twice under one key for sealing */
    struct tlscard_octets aad;   /* additional data, 0 .. TLSCARD_GCM_MOST_AAD octets */
    struct tlscard_octets input; /* plaintext or ciphertext, 0 .. TLSCARD_GCM_MOST_PAYLOAD octets */
    const uint8_t *tag;          /* to open: TLSCARD_GCM_TAG octets */
};

/*
 * Submit count records, as many of them as there is room for, with one doorbell. *submitted says how many
 * the card has; requests[0 .. *submitted - 1] are the caller's until tlscard_request_release, the rest NULL.
 * 0 when all were submitted. Otherwise why the one after the last submitted was not: -EAGAIN no room now (or
 * a reset lasts), -EINVAL a length out of those ranges or a string missing, -ENOTSUP the card has no AES-GCM
 * lane, -ENOMEM, -EIO the card or the queue has failed, -ETIMEDOUT the card takes nothing now.
 */
TLSCARD_API int tlscard_gcm_submit(struct tlscard_queue *queue, const struct tlscard_gcm_record *records,
                                   size_t count, struct tlscard_request **requests, size_t *submitted);

/* 1 when the request has ended or never will, its card having failed (its result may be asked for), 0
 * while it is in flight. Polls nothing. */
TLSCARD_API int tlscard_request_done(const struct tlscard_request *request);

/* Poll, first spinning shortly and then sleeping on the queue's event, until the request has ended:
 * 0; or -ETIMEDOUT after timeout_ms; -EIO when the card fails meanwhile. */
TLSCARD_API int tlscard_request_wait(struct tlscard_request *request, unsigned timeout_ms);

struct tlscard_result {
    uint8_t status;   /* a status code of the map, 0 for OK */
    uint32_t cycles;  /* that the engine took */
    size_t length;    /* octets of the result */
};

/*
 * The result of an ended request: copied to output (capacity octets), *result filled.
 * 0; -EBADMSG: the card answered with a status other than OK (result->status; output untouched);
 * -ECANCELED: ended by a reset; -EINPROGRESS: not ended; -ENOSPC: longer than capacity;
 * -EPROTO: the completion contradicts the request; -EIO: the card failed before it answered.
 */
TLSCARD_API int tlscard_request_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                                       struct tlscard_result *result);

/*
 * The result of an ended record: as many octets as its input to output (which may be NULL where that is
 * none; it may be where the input was), and for a sealed one the tag (NULL otherwise); result->length is
 * that of output alone. Errors as tlscard_request_result, which does not take records, as this does not
 * take other requests (-EINVAL; also for a sealed record without a place for its tag). -EBADMSG with status
 * TAG_MISMATCH where the tag does not match. On every error output and tag are untouched: what the card
 * made of a record that it did not authenticate never leaves the driver's memory.
 */
TLSCARD_API int tlscard_gcm_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                                   uint8_t tag[TLSCARD_GCM_TAG], struct tlscard_result *result);

/* Give the request back, ended or not: its buffers are wiped, at once or when the card has answered
 * or been reset. Safe with NULL. */
TLSCARD_API void tlscard_request_release(struct tlscard_request *request);

/* "OK", "CHECK_FAILED", ... for a status or error code of the map; "UNKNOWN" for others. Static. */
TLSCARD_API const char *tlscard_status_name(uint8_t code);

/* "RSA_PRIVATE_CRT", ... for an opcode of the map; NULL for others. Static. */
TLSCARD_API const char *tlscard_opcode_name(unsigned opcode);

/* The sentence of the register reference for such a code. Static. */
TLSCARD_API const char *tlscard_status_text(uint8_t code);

#ifdef __cplusplus
}
#endif
#endif
