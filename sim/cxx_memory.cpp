// SPDX-License-Identifier: Apache-2.0
// Memory of the C++ code inside libtlscard-sim.so: its operators new and delete, and that of its exceptions.
//
// libstdc++ allocates exceptions and, when it is loaded, a reserve for them. Where there was no memory for the reserve
// either it ends the process; and in a library that brings libstdc++ along the reserve stays behind when it is unloaded.
// Here exceptions have memory of their own (Itanium C++ ABI: Exception Handling, section 2.4.2).
#include "sim/cxx_memory.h"

#include <cxxabi.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

namespace {
// The runtime's own record lies before the object: 128 octets with GCC on 64-bit processors.
constexpr std::size_t record = 256, size = 1024;
constexpr unsigned count = 16;  // in flight at once; the simulation has one thread, and two of them would be many
alignas(16) unsigned char memory[count][size];
std::atomic<bool> taken[count];

// Several times what a model takes. What is not touched costs nothing.
constexpr std::size_t reserve_size = std::size_t{16} << 20, alignment = 64;
unsigned char *reserve;
std::size_t reserve_used;
unsigned reserve_blocks;
bool reserve_is_open;

// For what a model asks of the C library itself, and gives back to it.
constexpr std::size_t spare_size = 128;
constexpr unsigned spare_count = 4;
void *spare[spare_count];

void *take_spare(std::size_t octets) {
    for (void *&block : spare)
        if (reserve_is_open && block && octets <= spare_size) return std::exchange(block, nullptr);
    return nullptr;
}

bool fill_spare() {
    for (void *&block : spare)
        if (!block && !(block = std::malloc(spare_size))) return false;
    return true;
}

void drop_spare() {
    for (void *&block : spare) std::free(std::exchange(block, nullptr));
}

void *take_reserve(std::size_t octets) {
    octets = (octets + alignment - 1) / alignment * alignment;
    if (!reserve_is_open || octets > reserve_size - reserve_used) return nullptr;
    void *block = reserve + reserve_used;
    reserve_used += octets;
    reserve_blocks++;
    return block;
}

void drop_reserve() {
    if (reserve_is_open || reserve_blocks) return;
    munmap(reserve, reserve_size);
    reserve = nullptr;
}

// Whether the block was of the reserve.
bool give_reserve(const void *block) {
    auto *octet = static_cast<const unsigned char *>(block);
    if (!reserve || octet < reserve || octet >= reserve + reserve_size) return false;
    reserve_blocks--;
    drop_reserve();
    return true;
}

void *allocate(std::size_t octets) noexcept {
    void *block = std::malloc(octets ? octets : 1);
    return block ? block : take_reserve(octets);
}

void *allocate_aligned(std::size_t octets, std::size_t boundary) noexcept {
    void *block = nullptr;
    if (posix_memalign(&block, boundary < sizeof(void *) ? sizeof(void *) : boundary, octets ? octets : 1) == 0) return block;
    return boundary <= alignment ? take_reserve(octets) : nullptr;
}

void release(void *block) noexcept {
    if (!give_reserve(block)) std::free(block);
}
}  // namespace

extern "C" int reserve_open() {
    if (!reserve) {
        void *pages = mmap(nullptr, reserve_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) return -ENOMEM;
        reserve = static_cast<unsigned char *>(pages);
    }
    if (!fill_spare()) {
        reserve_close();
        return -ENOMEM;
    }
    reserve_is_open = true;
    if (!reserve_blocks) reserve_used = 0;
    return 0;
}

extern "C" void reserve_close() {
    reserve_is_open = false;
    drop_spare();
    drop_reserve();
}

// Of the model and of Verilator's runtime, which do not look whether they were given one (ld: --wrap=strdup).
extern "C" char *__wrap_strdup(const char *text) {
    std::size_t octets = std::strlen(text) + 1;
    void *copy = std::malloc(octets);
    if (!copy) copy = take_spare(octets);
    return copy ? static_cast<char *>(std::memcpy(copy, text, octets)) : nullptr;
}

void *operator new(std::size_t octets) {
    void *block = allocate(octets);
    if (!block) throw std::bad_alloc();
    return block;
}

void *operator new(std::size_t octets, std::align_val_t boundary) {
    void *block = allocate_aligned(octets, static_cast<std::size_t>(boundary));
    if (!block) throw std::bad_alloc();
    return block;
}

void *operator new[](std::size_t octets) { return operator new(octets); }
void *operator new[](std::size_t octets, std::align_val_t boundary) { return operator new(octets, boundary); }
void *operator new(std::size_t octets, const std::nothrow_t &) noexcept { return allocate(octets); }
void *operator new[](std::size_t octets, const std::nothrow_t &) noexcept { return allocate(octets); }
void operator delete(void *block) noexcept { release(block); }
void operator delete(void *block, std::align_val_t) noexcept { release(block); }
void operator delete[](void *block, std::align_val_t) noexcept { release(block); }
void operator delete(void *block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void *block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void *block) noexcept { release(block); }
void operator delete(void *block, std::size_t) noexcept { release(block); }
void operator delete[](void *block, std::size_t) noexcept { release(block); }

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
