#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

/// Counts what the collector's thread allocates: that thread is known by the flag, which the test's own threads clear.
namespace {
thread_local bool is_other_thread = false;
std::atomic<bool> counting{false};
std::atomic<std::uint64_t> allocations{0};

void count() {
  if (counting.load(std::memory_order_relaxed) && !is_other_thread) allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The sanitizers have an allocator of their own; operator new still shows most of what there is.
void* operator new(std::size_t size) {
  count();
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
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
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) {
  count();
  return __libc_calloc(items, size);
}
void* realloc(void* memory, std::size_t size) {
  count();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
}
#endif

TEST_CASE("after warm-up 200 polls of 20 devices allocate nothing in the collector's thread") {
  is_other_thread = true;
  ScriptedServer server{[](const Asked& asked) {
    is_other_thread = true;
    return say(honest(asked));
  }};
  PolledPlan polled;
  const auto profile = PolledPlan::registers(30);
  for (unsigned i = 0; i < 20; ++i) polled.bus(server.port(), profile, {{.unit = i + 1}});
  Polling polling{polled.plan};
  REQUIRE(polling.until([&] { return server.requests() >= 100; }));

  const auto before = server.requests();
  counting = true;
  const bool enough = polling.until([&] { return server.requests() >= before + 200; });
  counting = false;
  CHECK(enough);
  CHECK(allocations.load() == 0);
  CHECK(polling.wrong == 0);

  // The counter counts: another thread that allocates is seen.
  counting = true;
  std::thread{[] {
    void* volatile memory = ::operator new(64);
    ::operator delete(memory);
  }}.join();
  counting = false;
  CHECK(allocations.load() >= 1);
}
