// SPDX-License-Identifier: Apache-2.0
// Memory of the exceptions thrown inside libtlscard-sim.so, which an exception for want of memory must not want.
//
// libstdc++ allocates exceptions and, when it is loaded, a reserve for them. Where there was no memory for the reserve
// either it ends the process; and in a library that brings libstdc++ along the reserve stays behind when it is unloaded.
// These replace both (Itanium C++ ABI: Exception Handling, section 2.4.2).
#include <cxxabi.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace {
// The runtime's own record lies before the object: 128 octets with GCC on 64-bit processors.
constexpr std::size_t record = 256, size = 1024;
constexpr unsigned count = 16;  // in flight at once; the simulation has one thread, and two of them would be many
alignas(16) unsigned char memory[count][size];
std::atomic<bool> taken[count];
}  // namespace

extern "C" void *__cxxabiv1::__cxa_allocate_exception(std::size_t octets) noexcept {
    for (unsigned i = 0; octets <= size - record && i < count; i++)
        if (!taken[i].exchange(true)) {
            std::memset(memory[i], 0, size);
            return memory[i] + record;
        }
    auto *block = static_cast<unsigned char *>(std::calloc(1, record + octets));
    if (!block) std::terminate();
    return block + record;
}

extern "C" void __cxxabiv1::__cxa_free_exception(void *object) noexcept {
    auto *block = static_cast<unsigned char *>(object) - record;
    for (unsigned i = 0; i < count; i++)
        if (block == memory[i]) {
            taken[i].store(false);
            return;
        }
    std::free(block);
}
