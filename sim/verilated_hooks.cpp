// SPDX-License-Identifier: Apache-2.0
// $finish, $stop and fatal errors of a Verilated model end the model, never the application.
#include <cstdio>

#include "verilated.h"

namespace {
void stop(const char *what, const char *file, int line) {
    std::fprintf(stderr, "tlscard simulation: %s at %s:%d\n", what, file ? file : "?", line);
    Verilated::threadContextp()->gotFinish(true);
}
}  // namespace

void vl_finish(const char *file, int line, const char *) { stop("$finish", file, line); }
void vl_stop(const char *file, int line, const char *) { stop("$stop", file, line); }
void vl_fatal(const char *file, int line, const char *, const char *message) { stop(message, file, line); }
