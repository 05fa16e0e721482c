// The end of the agent, many times over: producers, the engine's thread and readers of the board, all at work.

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include "agent/engine.h"
#include "agent/engine_thread.h"
#include "tests/unit/engine/small_site.h"

namespace pue::test {
namespace {

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}));
}

/// Pushes samples of one point for as long as it lives.
class Producer {
 public:
  Producer(SpscRing<Sample>& ring, PointId point)
      : ring_(ring), thread_([this, point] {
          while (!stopping_.load(std::memory_order_relaxed)) {
            if (ring_.push({.at = BootClock::now(), .value = 1000.0, .point = point})) ++pushed_;
            if (pushed_ % 16 == 0) std::this_thread::yield();
          }
        }) {}

  /// @return how many samples found room.
  std::uint64_t stop() {
    stopping_.store(true, std::memory_order_relaxed);
    thread_.join();
    return pushed_;
  }

 private:
  SpscRing<Sample>& ring_;
  std::atomic<bool> stopping_{false};
  std::uint64_t pushed_ = 0;  // the thread's until it is joined
  std::thread thread_;
};

TEST_CASE("a thousand starts and stops under load: every sample that found room goes through a tick") {
  SmallSite site{{{"grid", plan::Role::grid}, {"ups", plan::Role::it_ups}}};
  const plan::Plan& plan = site.plan();
  const auto descriptors = open_descriptors();
  std::uint64_t lost = 0;
  std::uint64_t all = 0;
  for (int round = 0; round < 1'000; ++round) {
    Board board{plan.points.size(), plan::FigureLayout{plan}.size(), plan.devices.size()};
    SpscRing<Sample> first{64};
    SpscRing<Sample> second{64};
    Engine engine{plan, board, {&first, &second}};
    std::atomic<bool> read_enough{false};
    std::thread reader{[&] {
      std::vector<std::uint64_t> figures(board.figures());
      while (!read_enough.load(std::memory_order_relaxed)) {
        board.read_figures(figures);
        (void)board.point(0);
        std::this_thread::yield();
      }
    }};
    std::uint64_t pushed = 0;
    {
      const EngineThread ticking{engine, std::chrono::microseconds{50}};
      Producer one{first, plan.meters[0].power[0]};
      Producer other{second, plan.meters[1].power[0]};
      std::this_thread::sleep_for(std::chrono::microseconds{round % 400});
      pushed = one.stop() + other.stop();
    }
    read_enough.store(true, std::memory_order_relaxed);
    reader.join();
    lost += pushed - engine.samples();
    all += pushed;
  }
  CHECK(lost == 0);
  CHECK(all > 1'000);
  CHECK(open_descriptors() == descriptors);
}

}  // namespace
}  // namespace pue::test
