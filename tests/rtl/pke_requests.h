/* SPDX-License-Identifier: Apache-2.0 */
/* One request of each opcode and curve: the same sizes and public exponents each time, other secrets. */
#ifndef PKE_REQUESTS_H
#define PKE_REQUESTS_H
#include "tests/rtl/pke_curves.h"
#include "tests/rtl/pke_keys.h"

enum pke_request {
    PKE_REQUEST_PUBLIC,
    PKE_REQUEST_MODEXP,
    PKE_REQUEST_PRIVATE,
    PKE_REQUEST_MULTIPLY_256,
    PKE_REQUEST_MULTIPLY_384,
    PKE_REQUEST_BASE_256,
    PKE_REQUEST_BASE_384,
    PKE_REQUEST_SIGN_256,
    PKE_REQUEST_SIGN_384,
    PKE_REQUEST_VERIFY_256,
    PKE_REQUEST_VERIFY_384,
    PKE_REQUEST_X25519,
    PKE_REQUESTS
};
extern const char *const pke_request_names[PKE_REQUESTS];

enum { PKE_REQUEST_PRIMES = 4 };
struct pke_requests {
    uint64_t random; /* state of pke_bench_random */
    struct pke_curve curves[2];
    BIGNUM *primes[PKE_REQUEST_PRIMES];
};

/* 0, or -1 without memory. The seed is not zero. */
int pke_requests_open(struct pke_requests *requests, uint64_t seed);
void pke_requests_close(struct pke_requests *requests);
/* RSA-2048 private, MODEXP and RSA public of 1024 bits, curves; every one of them succeeds. */
void pke_request_make(struct pke_requests *requests, struct pke_job *job, enum pke_request which);
/* The same, with what makes it fail as late as it can. Its status. */
uint8_t pke_request_make_bad(struct pke_requests *requests, struct pke_job *job, enum pke_request which);
#endif
