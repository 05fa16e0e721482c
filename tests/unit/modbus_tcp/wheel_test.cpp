#include <doctest/doctest.h>

#include <vector>

#include "collectors/modbus/alarm_wheel.h"
#include "collectors/modbus/poll_wheel.h"

using namespace pue;
using namespace pue::modbus;
using namespace std::chrono_literals;

namespace {

constexpr Instant at(Duration since) { return Instant{Duration{1h} + since}; }

struct Bell final : Alarm {
  void ring(Instant now) override { rung.push_back(now); }
  std::vector<Instant> rung;
};

}  // namespace

TEST_CASE("a poll fires at once and then on its grid for ever, without drift") {
  PollWheel wheel{50ms, at(0ms)};
  Poll poll{.due = at(0ms), .phase = at(700ms), .interval = 1s};
  wheel.add(poll);
  std::vector<Duration> fired;
  std::vector<Duration> late;
  for (Duration time = 0ms; time < 61s; time += 7ms) {  // the thread never wakes exactly at a slot
    wheel.advance(at(time), [&](Poll&, Duration lateness) {
      fired.push_back(time - lateness);
      late.push_back(lateness);
    });
  }
  REQUIRE(fired.size() == 62);
  CHECK(fired[0] == 0ms);
  for (std::size_t i = 1; i < fired.size(); ++i) CHECK(fired[i] == 700ms + 1s * static_cast<int>(i - 1));
  for (const auto lateness : late) CHECK(lateness < 7ms);
}

TEST_CASE("intervals longer than a turn of the wheel and intervals that fit no slot keep their mean") {
  PollWheel wheel{10ms, at(0ms)};
  Poll slow{.due = at(0ms), .phase = at(0ms), .interval = 60s};
  Poll odd{.due = at(0ms), .phase = at(0ms), .interval = 333ms};
  wheel.add(slow);
  wheel.add(odd);
  int slow_fired = 0;
  int odd_fired = 0;
  for (Duration time = 0ms; time <= 600s; time += 10ms) {
    wheel.advance(at(time), [&](Poll& poll, Duration lateness) {
      CHECK(lateness < 10ms);
      ++(&poll == &slow ? slow_fired : odd_fired);
    });
  }
  CHECK(slow_fired == 11);
  CHECK(odd_fired == 1 + 600'000 / 333);
}

TEST_CASE("after a suspend of an hour every poll fires once and goes on on its grid") {
  PollWheel wheel{50ms, at(0ms)};
  Poll poll{.due = at(0ms), .phase = at(250ms), .interval = 1s};
  wheel.add(poll);
  int fired = 0;
  const auto count = [&](Poll&, Duration) { ++fired; };
  wheel.advance(at(0ms), count);
  wheel.advance(at(1h), count);
  CHECK(fired == 2);
  CHECK(poll.due > at(1h));
  CHECK((poll.due - at(250ms)) % 1s == 0s);
}

TEST_CASE("slots gather polls where there are few, and are short where there are many or where a bus would queue") {
  const auto length = [](Duration interval, int polls, std::size_t on_bus) {
    SlotChoice choice;
    for (int i = 0; i < polls; ++i) choice.see(interval, on_bus);
    return choice.length();
  };
  CHECK(length(1s, 1, 1) == 250ms);
  CHECK(length(1s, 100, 1) == 250ms);
  CHECK(length(1s, 500, 1) == 50ms);
  CHECK(length(1s, 5000, 1) == 10ms);
  CHECK(length(1s, 31, 31) == 25ms);
  CHECK(length(333ms, 10, 1) == 10ms);
  CHECK(length(24h, 10, 1) == 250ms);
}

TEST_CASE("an alarm rings once, at its time or up to a slot later, and not when cancelled") {
  AlarmWheel wheel{at(0ms)};
  Bell soon;
  Bell late;
  Bell never;
  wheel.set(soon, at(25ms));
  wheel.set(late, at(20s));
  wheel.set(never, at(30ms));
  wheel.cancel(never);
  CHECK(wheel.next(at(1s)) == at(30ms));
  CHECK(wheel.next(at(5ms)) == at(5ms));
  for (Duration time = 0ms; time <= 30s; time += 3ms) wheel.advance(at(time));
  REQUIRE(soon.rung.size() == 1);
  CHECK(soon.rung[0] >= at(25ms));
  CHECK(soon.rung[0] <= at(38ms));
  REQUIRE(late.rung.size() == 1);
  CHECK(late.rung[0] >= at(20s));
  CHECK(late.rung[0] <= at(20s + 13ms));
  CHECK(never.rung.empty());
}

TEST_CASE("an alarm set again inside its ring and one that dies early leave the wheel sound") {
  struct Repeating final : Alarm {
    explicit Repeating(AlarmWheel& on) : wheel(on) {}
    void ring(Instant now) override {
      ++rings;
      wheel.set(*this, now);
    }
    AlarmWheel& wheel;
    int rings = 0;
  };
  AlarmWheel wheel{at(0ms)};
  Repeating repeating{wheel};
  wheel.set(repeating, at(0ms));
  {
    Bell gone;
    wheel.set(gone, at(50ms));
  }
  for (int i = 1; i <= 10; ++i) wheel.advance(at(i * 10ms));
  CHECK(repeating.rings >= 9);
  CHECK(repeating.rings <= 11);
}
