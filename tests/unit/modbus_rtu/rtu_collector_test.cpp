#include "collectors/modbus/rtu_collector.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "collectors/heritage.h"
#include "tests/unit/modbus_rtu/hostile_slave.h"

namespace pue::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned k_points = 4;  ///< u16 at 100, 110, 120, 130: four requests of the same shape

/// A line with units 1 to `units`, each with four registers too far apart to share a request.
plan::Plan plan_of(const std::string& path, unsigned units, Duration interval, Duration late_window = seconds{3},
                   Duration timeout = milliseconds{300}) {
  auto profile = std::make_shared<profiles::Profile>();
  for (unsigned i = 0; i < k_points; ++i) {
    profiles::Point point;
    point.name = "power_" + std::to_string(i);
    point.address = static_cast<std::uint16_t>(100 + 10 * i);
    profile->points.push_back(point);
  }
  plan::Plan plan;
  plan.ring_capacity = 4096;
  plan::Bus bus{.name = "line", .address = plan::SerialLine{.path = path, .baud = 115200}, .late_window = late_window};
  bus.probe_period = seconds{2};
  for (unsigned unit = 1; unit <= units; ++unit) {
    plan::Device device{.id = unit - 1,
                        .name = "unit-" + std::to_string(unit),
                        .unit = static_cast<std::uint8_t>(unit),
                        .profile = profile,
                        .interval = interval,
                        .timeout = timeout};
    for (const auto& point : profile->points) {
      const auto id = static_cast<PointId>(plan.points.size());
      plan.points.push_back(
          {.id = id, .device = device.id, .name = point.name, .source = &point, .interval = interval});
      device.points.push_back(id);
    }
    bus.devices.push_back(device.id);
    plan.devices.push_back(device);
  }
  plan.buses.push_back(bus);
  return plan;
}

struct Taken {
  std::map<PointId, unsigned> right;
  unsigned wrong = 0;
};

/// Drains the ring; every good sample is held against the register it stands for.
void take(RtuCollector& collector, Taken& taken) {
  collector.ring().drain([&](const Sample& sample) {
    if (sample.quality != SampleQuality::good) return;
    const auto unit = static_cast<std::uint8_t>(1 + sample.point / k_points);
    const bool right = sample.value == value_at(unit, 100 + 10 * (sample.point % k_points));
    if (right) {
      ++taken.right[sample.point];
    } else {
      ++taken.wrong;
    }
  });
}

Taken run_until(RtuCollector& collector, Duration length, const std::function<bool(const Taken&)>& enough) {
  Taken taken;
  const Instant end = BootClock::now() + length;
  while (BootClock::now() < end && !enough(taken)) {
    std::this_thread::sleep_for(milliseconds{20});
    take(collector, taken);
  }
  return taken;
}
Taken run_for(RtuCollector& collector, Duration length) {
  return run_until(collector, length, [](const Taken&) { return false; });
}
/// Enough of these points, each `times`; a busy machine takes longer, up to `k_most_time`.
constexpr Duration k_most_time = seconds{40};
std::function<bool(const Taken&)> each(std::vector<PointId> points, unsigned times) {
  return [points = std::move(points), times](const Taken& taken) {
    return std::all_of(points.begin(), points.end(),
                       [&](PointId point) { return taken.right.contains(point) && taken.right.at(point) >= times; });
  };
}

std::vector<Said> at_once(const Question& question) { return {{milliseconds{2}, honest(question)}}; }

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds_in = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds_in(usage.ru_utime) + seconds_in(usage.ru_stime);
}

}  // namespace

TEST_CASE("the units of a line are polled on their grid and their values arrive as samples") {
  HostileSlave slave{at_once};
  const auto plan = plan_of(slave.path(), 3, milliseconds{200});
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector collector{plan, 0, board};
  CHECK(collector.name() == "line");
  collector.start();
  const Instant begin = BootClock::now();
  const auto taken = run_until(collector, k_most_time, each({0, 5, 11}, 10));
  collector.stop();
  const auto intervals = (BootClock::now() - begin) / milliseconds{200};
  CHECK(taken.wrong == 0);
  CHECK(taken.right.size() == plan.points.size());
  CHECK(taken.right.at(11) >= 10);
  // one poll at the start and one for each place on the grid, never more
  for (const auto& [point, count] : taken.right) CHECK(count <= intervals + 2);
  CHECK(board.device(2).up());
  CHECK(board.device(2).polls() >= 40);
  std::uint64_t rounds = 0;
  for (std::size_t bucket = 0; bucket < 8; ++bucket) rounds += collector.stats().lateness_bucket(bucket);
  CHECK(rounds >= 30);
  CHECK(collector.stats().requests() >= 4 * (rounds - 1));
}

TEST_CASE("an answer that was on its way when the collector was stopped is not taken for one of its successor's") {
  HostileSlave slave{[](const Question& question) -> std::vector<Said> {
    if (question.number < 2) return at_once(question);
    // late enough to come while the successor waits for another answer, as it always does
    return {{milliseconds{question.number == 2 ? 700 : 150}, honest(question)}};
  }};
  const auto plan = plan_of(slave.path(), 1, milliseconds{20});
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector before{plan, 0, board};
  before.start();
  const Instant end = BootClock::now() + seconds{10};
  while (slave.questions() < 3 && BootClock::now() < end) std::this_thread::sleep_for(milliseconds{5});
  before.stop();
  collectors::Heritage heritage;
  before.leave(heritage);
  CHECK(heritage.owed.at(slave.path()).size() == 1);
  // the port is free as soon as the collector is stopped, not when it is gone
  RtuCollector after{plan, 0, board, &heritage};
  after.start();
  const auto taken = run_until(after, k_most_time, each({0, 3}, 5));
  after.stop();
  CHECK(taken.wrong == 0);
  CHECK(taken.right.at(3) >= 5);
}

TEST_CASE("on a line that others may have asked, nothing is asked before their answers have come by") {
  HostileSlave slave{at_once};
  const auto plan = plan_of(slave.path(), 1, milliseconds{20}, milliseconds{1500});
  Board board{plan.points.size(), 0, plan.devices.size()};
  const collectors::Heritage nobody;
  RtuCollector collector{plan, 0, board, &nobody};
  collector.start();
  // answers to questions for the third register, as a program that was ended a moment ago asked them
  const auto late = honest({.unit = 1, .function = 3, .address = 120, .count = 1, .number = 0, .bytes = {}});
  for (int i = 0; i < 40; ++i) {
    std::this_thread::sleep_for(milliseconds{25});
    slave.say(late);
  }
  CHECK(slave.questions() == 0);
  const auto taken = run_until(collector, k_most_time, each({0, 3}, 5));
  collector.stop();
  CHECK(taken.wrong == 0);
  CHECK(taken.right.at(3) >= 5);
}

TEST_CASE("a silent unit costs its own readings and leaves the others their interval") {
  HostileSlave slave{
      [](const Question& question) { return question.unit == 2 ? std::vector<Said>{} : at_once(question); }};
  const auto plan = plan_of(slave.path(), 4, milliseconds{500});
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector collector{plan, 0, board};
  collector.start();
  const Instant begin = BootClock::now();
  const auto taken = run_until(collector, k_most_time, each({0, 8, 12, 15}, 10));
  collector.stop();
  // 9 intervals of half a second; with the silent unit waited for at each of its polls it would be 15 s
  CHECK(BootClock::now() - begin < seconds{10});
  CHECK(taken.wrong == 0);
  for (const DeviceId device : {0U, 2U, 3U}) {
    CHECK(board.device(device).up());
    for (unsigned i = 0; i < k_points; ++i) CHECK(taken.right.at(device * k_points + i) >= 8);
  }
  CHECK(!board.device(1).up());
  CHECK(board.device(1).failures(PollFailure::timeout) >= 1);
  CHECK(!taken.right.contains(k_points));
}

TEST_CASE("a register that the device refuses is isolated and the others go on") {
  HostileSlave slave{[](const Question& question) {
    return question.address == 110 ? std::vector<Said>{{{}, exception(question, 2)}} : at_once(question);
  }};
  const auto plan = plan_of(slave.path(), 1, milliseconds{100});
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector collector{plan, 0, board};
  collector.start();
  const auto taken = run_until(collector, k_most_time, each({0, 3}, 10));
  collector.stop();
  CHECK(taken.right.at(0) >= 10);
  CHECK(taken.right.at(3) >= 10);
  CHECK(!taken.right.contains(1));
  CHECK(board.device(0).up());
  CHECK(board.device(0).failures(PollFailure::illegal_address) == UnitProgram::k_refusals_to_disable);
}

TEST_CASE("late answers between units and registers give the collector no wrong sample") {
  auto number = std::make_shared<unsigned>(0);
  HostileSlave slave{[number](const Question& question) -> std::vector<Said> {
    const bool late = ++*number % 23 == 0;
    return {{late ? milliseconds{300 + 100 * (*number % 17)} : milliseconds{2}, honest(question)}};
  }};
  const auto plan = plan_of(slave.path(), 4, milliseconds{100}, milliseconds{700});
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector collector{plan, 0, board};
  collector.start();
  unsigned right = 0;
  const auto taken = run_until(collector, k_most_time, [&right](const Taken& so_far) {
    right = 0;
    for (const auto& [point, count] : so_far.right) right += count;
    return right > 400;
  });
  collector.stop();
  CHECK(taken.wrong == 0);
  CHECK(right > 400);
  MESSAGE(right << " right samples");
}

// Row T-M11.
TEST_CASE("a port that goes is looked for without spinning and read again when it is back under its name") {
  HostileSlave slave{at_once};
  const auto plan = plan_of(slave.path(), 2, milliseconds{100});
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector collector{plan, 0, board};
  collector.start();
  CHECK(run_until(collector, k_most_time, each({0, 7}, 2)).right.size() == plan.points.size());

  slave.vanish();
  const double cpu_before = cpu_seconds();
  const auto while_gone = run_for(collector, seconds{4});
  const double cpu = cpu_seconds() - cpu_before;
  CHECK(cpu / 4.0 < 0.01);
  CHECK(!board.device(0).up());
  CHECK(board.device(0).failures(PollFailure::port_lost) >= 1);
  CHECK(board.device(0).failures(PollFailure::port_lost) < 20);
  MESSAGE("CPU while the port is gone: " << cpu / 4.0 * 100 << " %");

  slave.appear();
  const Instant begin = BootClock::now();
  const auto after = run_until(collector, k_most_time, each({0, 3, 4, 7}, 2));
  CHECK(BootClock::now() - begin < seconds{10});
  collector.stop();
  CHECK(after.right.size() == plan.points.size());
  CHECK(after.wrong + while_gone.wrong == 0);
  CHECK(board.device(0).up());
  CHECK(board.device(1).up());
}

TEST_CASE("a terminal whose far end hangs up again and again is not opened in a loop") {
  HostileSlave slave{at_once};
  const auto plan = plan_of(slave.path(), 1, milliseconds{50});
  Board board{plan.points.size(), 0, plan.devices.size()};
  slave.vanish();
  RtuCollector collector{plan, 0, board};
  collector.start();
  for (int i = 0; i < 5; ++i) {
    slave.appear();
    std::this_thread::sleep_for(milliseconds{100});
    slave.vanish();
    std::this_thread::sleep_for(milliseconds{100});
  }
  const Instant begin = BootClock::now();
  collector.stop();
  CHECK(BootClock::now() - begin < seconds{2});
}

TEST_CASE("stopping does not wait for a silent device") {
  HostileSlave slave{[](const Question&) { return std::vector<Said>{}; }};
  auto plan = plan_of(slave.path(), 1, milliseconds{100});
  plan.devices[0].timeout = seconds{30};
  Board board{plan.points.size(), 0, plan.devices.size()};
  RtuCollector collector{plan, 0, board};
  collector.start();
  std::this_thread::sleep_for(milliseconds{200});
  const Instant begin = BootClock::now();
  collector.stop();
  CHECK(BootClock::now() - begin < seconds{2});
  CHECK(board.device(0).failures(PollFailure::timeout) == 0);  // that was us, not the device
}

}  // namespace pue::modbus
