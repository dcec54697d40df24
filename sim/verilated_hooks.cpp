// SPDX-License-Identifier: Apache-2.0
// What a Verilated model asks of its surroundings: to end, and to be told of a thread's end.
#include <pthread.h>

#include <cstdio>
#include <new>

#include "verilated.h"

// $finish, $stop and fatal errors end the model, never the application.
namespace {
void stop(const char *what, const char *file, int line) {
    std::fprintf(stderr, "tlscard simulation: %s at %s:%d\n", what, file ? file : "?", line);
    Verilated::threadContextp()->gotFinish(true);
}
}  // namespace

void vl_finish(const char *file, int line, const char *) { stop("$finish", file, line); }
void vl_stop(const char *file, int line, const char *) { stop("$stop", file, line); }
void vl_fatal(const char *file, int line, const char *, const char *message) { stop(message, file, line); }

// Verilator's runtime has thread-local objects with destructors. The C library keeps a library
// mapped, and its own destructor waiting, while a thread has such an object: the simulation could
// not be unloaded. So the destructors are noted here, and run at the end of their thread or, for the
// thread that unloads the simulation, then.
namespace {
struct Ending {
    void (*run)(void *);
    void *object;
    Ending *next;
};
pthread_key_t endings;
bool have_endings;

void run_endings(void *first) {
    for (Ending *ending = static_cast<Ending *>(first); ending;) {
        Ending *next = ending->next;
        ending->run(ending->object);
        delete ending;
        ending = next;
    }
}

__attribute__((constructor)) void open_endings() { have_endings = pthread_key_create(&endings, run_endings) == 0; }

// The lowest priority: after the simulation's thread has been joined
__attribute__((destructor(101))) void close_endings() {
    if (!have_endings) return;
    run_endings(pthread_getspecific(endings));
    pthread_key_delete(endings);
    have_endings = false;
}
}  // namespace

// The compiler calls it where such an object is made; this library has its own, unseen by others.
extern "C" __attribute__((visibility("hidden"))) int __cxa_thread_atexit(void (*run)(void *), void *object,
                                                                         void *) noexcept {
    auto *ending = have_endings ? new (std::nothrow) Ending : nullptr;
    if (!ending) return -1;
    *ending = {run, object, static_cast<Ending *>(pthread_getspecific(endings))};
    if (pthread_setspecific(endings, ending) == 0) return 0;
    delete ending;
    return -1;
}
