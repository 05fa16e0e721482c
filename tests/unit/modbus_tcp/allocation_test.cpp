#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/modbus_tcp/polled_plan.h"

using namespace pue;
using namespace pue::test;

/// Counts what the collector's thread allocates: that thread is known by the flag, which the test's own threads clear.
namespace {
thread_local bool is_other_thread = false;
std::atomic<bool> counting{false};
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
  if (counting.load(std::memory_order_relaxed) && !is_other_thread) {
    allocations.fetch_add(1, std::memory_order_relaxed);
  }
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

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
  std::thread{[] { delete new int{1}; }}.join();
  counting = false;
  CHECK(allocations.load() >= 1);
}
