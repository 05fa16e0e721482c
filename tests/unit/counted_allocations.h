#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

/// Takes the allocator's place in the one program whose only source includes it, and counts. Not for two sources.
namespace pue::test {

inline thread_local bool is_other_thread = false;  ///< set in threads whose allocations do not matter
inline std::atomic<bool> counting{false};
inline std::atomic<std::uint64_t> allocations{0};

inline void count() {
  if (counting.load(std::memory_order_relaxed) && !is_other_thread) allocations.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace pue::test

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The sanitizers have an allocator of their own; operator new still shows most of what there is.
void* operator new(std::size_t size) {
  pue::test::count();
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  pue::test::count();
  return std::malloc(size);
}
// Seen inlined, GCC would take these for a mismatch with an operator new that it believes to be the library's.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#else
// Whatever takes memory comes through here, operator new too: glibc lets a program put itself in its allocator's place.
extern "C" {
void* __libc_malloc(std::size_t);                 // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);         // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)

void* malloc(std::size_t size) {
  pue::test::count();
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) {
  pue::test::count();
  return __libc_calloc(items, size);
}
void* realloc(void* memory, std::size_t size) {
  pue::test::count();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  pue::test::count();
  return __libc_memalign(alignment, size);
}
}
#endif
