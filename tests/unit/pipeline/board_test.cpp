#include "agent/pipeline/board.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace pue {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a new board knows nothing") {
  const Board board{3, 2, 1};
  CHECK(board.points() == 3);
  CHECK(board.figures() == 2);
  CHECK(board.devices() == 1);
  for (PointId point = 0; point < 3; ++point) CHECK_FALSE(board.point(point).has_value());
  std::vector<std::uint64_t> words(2);
  board.read_figures(words);
  for (const auto word : words) CHECK_FALSE(Figure::from_word(word).value().has_value());
  CHECK_FALSE(board.device(0).up());
  CHECK_FALSE(board.device(0).last_success().has_value());
  CHECK(board.device(0).polls() == 0);
  CHECK(board.device(0).last_failure() == PollFailure::none);
}

TEST_CASE("a point has the value it was last given and none after it is withdrawn") {
  Board board{3, 0, 0};
  board.set_point(1, 230.5);
  CHECK(board.point(1) == 230.5);
  CHECK_FALSE(board.point(0).has_value());
  CHECK_FALSE(board.point(2).has_value());
  board.set_point(1, 231.0);
  CHECK(board.point(1) == 231.0);
  board.set_point(1, std::optional<double>{});
  CHECK_FALSE(board.point(1).has_value());
}

TEST_CASE("figures are read as they were published") {
  Board board{0, 3, 0};
  const std::vector<std::uint64_t> published{Figure{1.25}.word(), Figure{}.word(), Figure{0.0}.word()};
  board.publish(published);
  std::vector<std::uint64_t> read(3);
  board.read_figures(read);
  CHECK(read == published);
}

TEST_CASE("a board without anything on it can be read") {
  const Board board{0, 0, 0};
  std::vector<std::uint64_t> nothing;
  board.read_figures(nothing);
  CHECK(nothing.empty());
}

TEST_CASE("a device counts its polls and keeps each reason of failure apart") {
  Board board{0, 0, 2};
  auto& device = board.device(1);
  device.succeeded(Instant{5s}, 3ms);
  device.failed(PollFailure::timeout);
  device.failed(PollFailure::timeout);
  device.failed(PollFailure::authentication);
  device.set_up(true);
  CHECK(device.polls() == 4);
  CHECK(device.failures(PollFailure::timeout) == 2);
  CHECK(device.failures(PollFailure::authentication) == 1);
  CHECK(device.failures(PollFailure::crc) == 0);
  CHECK(device.last_failure() == PollFailure::authentication);
  CHECK(device.last_success() == Instant{5s});
  CHECK(device.latency() == 3ms);
  CHECK(device.up());
  CHECK(board.device(0).polls() == 0);
  CHECK_FALSE(board.device(0).up());
}

TEST_CASE("a device's counters never go backwards before the eyes of a reader") {
  Board board{0, 0, 1};
  std::atomic<bool> reading{false};
  std::thread writer{[&] {
    while (!reading.load()) std::this_thread::yield();
    for (int i = 1; i <= 200'000; ++i) {
      board.device(0).failed(PollFailure::crc);
      board.device(0).succeeded(Instant{Duration{i}}, 1ms);
    }
  }};
  const auto& device = board.device(0);
  std::uint64_t polls = 0;
  std::uint64_t failures = 0;
  std::uint64_t backwards = 0;
  reading = true;
  while (polls < 400'000) {
    const auto polls_now = device.polls();
    const auto failures_now = device.failures(PollFailure::crc);
    if (polls_now < polls || failures_now < failures) ++backwards;
    polls = polls_now;
    failures = failures_now;
  }
  writer.join();
  CHECK(backwards == 0);
  CHECK(device.failures(PollFailure::crc) == 200'000);
}

TEST_CASE("a point is seen whole by a reader while it is being changed") {
  Board board{1, 0, 0};
  std::atomic<bool> done{false};
  // Two values that differ in every byte: half of each would be a third.
  const double one = std::bit_cast<double>(std::uint64_t{0x3F3F'3F3F'3F3F'3F3F});
  const double other = std::bit_cast<double>(std::uint64_t{0x4040'4040'4040'4040});
  board.set_point(0, one);
  std::thread writer{[&] {
    for (int i = 0; i < 500'000; ++i) board.set_point(0, i % 2 == 0 ? other : one);
    done = true;
  }};
  std::uint64_t strange = 0;
  while (!done.load()) {
    const auto value = board.point(0);
    if (!value || (*value != one && *value != other)) ++strange;
  }
  writer.join();
  CHECK(strange == 0);
}

}  // namespace
}  // namespace pue
