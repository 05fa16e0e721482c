#include <doctest/doctest.h>
#include <modbus/modbus.h>

#include <random>
#include <thread>
#include <vector>

#include "collectors/modbus/rtu_line.h"
#include "tests/unit/modbus_rtu/hostile_slave.h"

// Row T-M2: answers late by 0.6, 1.2, 2 and 5 s with a time-out of 0.5 s. Not one wrong value may be accepted.
namespace pue::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration k_timeout = milliseconds{500};
constexpr unsigned k_registers = 8;
constexpr Duration k_most_time = seconds{100};

/// How the slave is late.
enum class Manner {
  one_alone,  ///< one answer comes late, those asked for after it come at once and before it
  in_order,   ///< a slow answer holds up all after it
};

struct Outcome {
  unsigned right = 0;
  unsigned wrong = 0;
  unsigned right_after_faults = 0;
  unsigned functions_beyond_reads = 0;
};

/// Late with questions 5 and 6; honest otherwise.
HostileSlave::Script late_by(Duration delay, Manner manner, bool refuses_others) {
  auto free_at = std::make_shared<Instant>();
  return [=](const Question& question) -> std::vector<Said> {
    const bool beyond = refuses_others && question.count != 1;
    auto bytes = beyond ? exception(question, 2) : honest(question);
    const bool late = question.number == 5 || question.number == 6;
    const Instant now = BootClock::now();
    if (manner == Manner::in_order) {
      *free_at = std::max(*free_at, now) + (late ? delay : milliseconds{2});
      return {{*free_at - now, std::move(bytes)}};
    }
    return {{late ? delay : milliseconds{2}, std::move(bytes)}};
  };
}

/// Polls registers 100 to 107 one by one, as a daemon does (leaving a silent unit alone for a while) or as a command
/// does (asking on at once), until it has gone well for a while after the faults; a busy machine takes longer.
Outcome poll(Duration delay, Manner manner, bool refuses_others, bool patient) {
  HostileSlave slave{late_by(delay, manner, refuses_others)};
  RtuLine line{{.line = {.path = slave.path(), .baud = 115200}}, -1, nullptr};
  Outcome outcome;
  const Instant end = BootClock::now() + k_most_time;
  // Beyond the last late answer, and then some: it must go on going well.
  const Instant begin = BootClock::now() + delay + seconds{15};
  const auto enough = [&] { return outcome.right_after_faults >= 40 && BootClock::now() > begin; };
  for (unsigned i = 0; !enough() && BootClock::now() < end; ++i) {
    line.listen(BootClock::now() + milliseconds{40});
    if (patient && line.silent_until(1) > BootClock::now()) continue;
    const auto address = static_cast<std::uint16_t>(100 + i % k_registers);
    std::array<std::uint16_t, 1> words{};
    const auto answer = line.read({.unit = 1, .address = address, .count = 1}, 125, k_timeout, words);
    if (answer.failure != PollFailure::none) continue;
    const bool right = words[0] == value_at(1, address);
    ++(right ? outcome.right : outcome.wrong);
    if (right && slave.questions() > 7) ++outcome.right_after_faults;
  }
  for (const auto function : slave.functions()) outcome.functions_beyond_reads += function > 4 ? 1U : 0U;
  return outcome;
}

/// What plain libmodbus makes of the same slave, flushing before each question.
unsigned wrong_values_of_plain_libmodbus(Duration delay) {
  HostileSlave slave{late_by(delay, Manner::in_order, false)};
  modbus_t* context = modbus_new_rtu(slave.path().c_str(), 115200, 'N', 8, 1);
  modbus_set_slave(context, 1);
  modbus_set_response_timeout(context, 0, 500'000);
  REQUIRE(modbus_connect(context) == 0);
  unsigned wrong = 0;
  for (unsigned i = 0; i < 40; ++i) {
    modbus_flush(context);
    const unsigned address = 100 + i % k_registers;
    std::uint16_t word = 0;
    if (modbus_read_registers(context, static_cast<int>(address), 1, &word) == 1 && word != value_at(1, address)) {
      ++wrong;
    }
  }
  modbus_close(context);
  modbus_free(context);
  return wrong;
}

}  // namespace

TEST_CASE("no late answer is taken for another register's value, whatever its delay and order") {
  struct Run {
    Duration delay;
    Manner manner;
    bool refuses_others;
    bool patient;
    Outcome outcome;
  };
  std::vector<Run> runs;
  for (const int delay : {600, 1200, 2000, 5000}) {
    for (const auto manner : {Manner::one_alone, Manner::in_order}) {
      for (const bool refuses : {false, true}) {
        for (const bool patient : {false, true}) runs.push_back({milliseconds{delay}, manner, refuses, patient, {}});
      }
    }
  }
  std::vector<std::thread> threads;
  for (auto& run : runs) {
    threads.emplace_back([&run] { run.outcome = poll(run.delay, run.manner, run.refuses_others, run.patient); });
  }
  for (auto& thread : threads) thread.join();

  unsigned right = 0;
  for (const auto& run : runs) {
    CAPTURE(run.delay.count() / 1'000'000);
    CAPTURE(static_cast<int>(run.manner));
    CAPTURE(run.refuses_others);
    CAPTURE(run.patient);
    CHECK(run.outcome.wrong == 0);
    CHECK(run.outcome.functions_beyond_reads == 0);
    CHECK(run.outcome.right_after_faults >= 40);  // it comes back
    right += run.outcome.right;
  }
  MESSAGE(runs.size() << " lines, " << right << " right values");
}

TEST_CASE("plain libmodbus takes wrong values from the very same slave, so the test above can fail") {
  CHECK(wrong_values_of_plain_libmodbus(milliseconds{1200}) > 0);
}

TEST_CASE("a guard never lets an answer in that another question could have") {
  // A whole season in virtual time: answers of random delay up to the bound, in any order, some doubled, some lost.
  std::mt19937 random{41};
  const auto below = [&](int bound) { return std::uniform_int_distribution<int>{0, bound - 1}(random); };
  constexpr Duration k_late_window = seconds{3};
  LateGuard guard{k_late_window};
  struct Coming {
    Instant at;
    ReplyShape shape;
    int asked;
  };
  std::vector<Coming> coming;
  Instant now{seconds{100}};
  int accepted = 0;
  int wrong = 0;
  for (int asked = 0; asked < 200'000; ++asked) {
    now += milliseconds{10 + below(400)};
    ReplyShape shape{.unit = 1, .function = 3, .byte_count = static_cast<std::uint8_t>(2 + 2 * below(2))};
    const Instant deadline = now + k_timeout;
    const auto take = [&](Instant until, bool waiting) {
      std::sort(coming.begin(), coming.end(), [](const Coming& a, const Coming& b) { return a.at < b.at; });
      while (!coming.empty() && coming.front().at <= until) {
        const Coming answer = coming.front();
        coming.erase(coming.begin());
        now = std::max(now, answer.at);
        if (waiting && answer.shape == shape) {
          ++accepted;
          wrong += answer.asked != asked ? 1 : 0;
          return true;
        }
        guard.came_late(answer.shape, answer.at);
      }
      return false;
    };
    take(now, false);
    while (shape.byte_count < 250 && guard.owes(shape, now))
      shape.byte_count = static_cast<std::uint8_t>(shape.byte_count + 2);
    if (guard.owes(shape, now)) continue;
    const int fate = below(40);
    if (fate > 0) {  // 0: lost
      const Duration delay = fate < 4 ? milliseconds{below(12'000)} : milliseconds{5 + below(100)};
      coming.push_back({now + delay, shape, asked});
    }
    if (take(deadline, true)) continue;
    now = deadline;
    guard.unanswered(shape, true, now);
  }
  CHECK(wrong == 0);
  CHECK(accepted > 100'000);
}

}  // namespace pue::modbus
