#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "collectors/modbus/rtu_line.h"
#include "collectors/modbus/serial_port.h"
#include "tests/unit/modbus_rtu/hostile_slave.h"

// Row T-M10: noise, flipped bits, echo, answers in pieces and without their end.
namespace pue::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Polled {
  std::map<PollFailure, unsigned> failures;  ///< none: right values
  unsigned wrong = 0;

  [[nodiscard]] unsigned right() const {
    return failures.contains(PollFailure::none) ? failures.at(PollFailure::none) : 0;
  }
};

RtuLine line_to(const HostileSlave& slave, bool suppress_echo = false, Duration late_window = seconds{1}) {
  return RtuLine{
      {.line = {.path = slave.path(), .baud = 115200, .suppress_echo = suppress_echo}, .late_window = late_window},
      -1,
      nullptr};
}

/// The time-out of a test that expects answers: this machine may be busy with others.
constexpr Duration k_ample = seconds{3};

Polled poll(RtuLine& line, unsigned times, Duration timeout, ReadFunction function = ReadFunction::holding_registers) {
  std::mt19937 random{11};
  Polled polled;
  for (unsigned i = 0; i < times; ++i) {
    const ReadRequest request{.unit = 7,
                              .function = function,
                              .address = static_cast<std::uint16_t>(random() % 900),
                              .count = static_cast<std::uint16_t>(1 + random() % 9)};
    while (!line.question_for(request, 125, BootClock::now())) line.listen(BootClock::now() + milliseconds{10});
    std::vector<std::uint16_t> words(request.count);
    const auto answer = line.read(request, 125, timeout, words);
    ++polled.failures[answer.failure];
    if (answer.failure != PollFailure::none) continue;
    for (unsigned w = 0; w < request.count; ++w) {
      const auto expected = value_at(7, request.address + w);
      polled.wrong += words[w] == (function == ReadFunction::coils ? expected & 1U : expected) ? 0U : 1U;
    }
  }
  return polled;
}

}  // namespace

TEST_CASE("honest registers and coils are read as they are") {
  HostileSlave slave{[](const Question& question) { return std::vector<Said>{{{}, honest(question)}}; }};
  auto line = line_to(slave);
  for (const auto function : {ReadFunction::holding_registers, ReadFunction::input_registers, ReadFunction::coils}) {
    const auto polled = poll(line, 50, k_ample, function);
    CHECK(polled.right() == 50);
    CHECK(polled.wrong == 0);
  }
}

TEST_CASE("noise around answers, flipped bits, pieces and lost ends never give a wrong value") {
  auto random = std::make_shared<std::mt19937>(5);
  HostileSlave slave{[random](const Question& question) -> std::vector<Said> {
    auto& r = *random;
    auto bytes = honest(question);
    switch (r() % 6) {
      case 0:  // noise before
        for (unsigned i = 0, n = 1 + r() % 4; i < n; ++i) bytes.insert(bytes.begin(), static_cast<std::uint8_t>(r()));
        return {{{}, bytes}};
      case 1:  // noise after
        for (unsigned i = 0, n = 1 + r() % 4; i < n; ++i) bytes.push_back(static_cast<std::uint8_t>(r()));
        return {{{}, bytes}};
      case 2:  // one bit in a thousand
        for (auto& byte : bytes) {
          for (unsigned bit = 0; bit < 8; ++bit) {
            if (r() % 1000 == 0) byte = static_cast<std::uint8_t>(byte ^ 1U << bit);
          }
        }
        if (r() % 4 == 0) bytes[r() % bytes.size()] ^= 0x10;
        return {{{}, bytes}};
      case 3: {  // in two pieces
        const auto cut = static_cast<std::ptrdiff_t>(1 + r() % (bytes.size() - 1));
        return {{{}, {bytes.begin(), bytes.begin() + cut}}, {milliseconds{15}, {bytes.begin() + cut, bytes.end()}}};
      }
      case 4:  // the last byte is lost
        bytes.pop_back();
        return {{{}, bytes}};
      default:
        return {{{}, bytes}};
    }
  }};
  auto line = line_to(slave);
  const auto polled = poll(line, 400, milliseconds{80});
  CHECK(polled.wrong == 0);
  CHECK(polled.right() > 100);
  CHECK(polled.failures.at(PollFailure::crc) > 10);
  CHECK(polled.failures.at(PollFailure::timeout) > 10);
  MESSAGE(polled.right() << " of 400 right, " << polled.failures.at(PollFailure::crc) << " checksum errors");
}

TEST_CASE("an adapter that returns what is sent is read with the echo suppressed") {
  const auto echoing = [](const Question& question) -> std::vector<Said> {
    return {{{}, question.bytes}, {milliseconds{5}, honest(question)}};
  };
  HostileSlave slave{echoing};
  auto line = line_to(slave, true);
  CHECK(poll(line, 60, k_ample).right() == 60);
}

TEST_CASE("an echo that is not suppressed is no answer, not even where it looks like one") {
  HostileSlave slave{[](const Question& question) -> std::vector<Said> { return {{{}, question.bytes}}; }};
  auto line = line_to(slave);
  CHECK(poll(line, 20, milliseconds{80}).right() == 0);
  // 0x01 0x03 0x.. : the question for 20 coils at 0x0300 is, byte for byte, a good answer of three bytes
  std::array<std::uint16_t, 20> words{};
  const auto answer = line.read({.unit = 3, .function = ReadFunction::coils, .address = 0x0300, .count = 20}, 2000,
                                milliseconds{80}, words);
  CHECK(answer.failure == PollFailure::unsolicited);
}

TEST_CASE("an answer of another unit, function or length is not taken, and the right one after it is") {
  struct Odd {
    PollFailure failure;
    std::function<Question(Question)> twist;
  };
  const std::vector<Odd> odds{
      {PollFailure::wrong_unit, [](Question q) { return ++q.unit, q; }},
      {PollFailure::wrong_function, [](Question q) { return q.function = 4, q; }},
      {PollFailure::wrong_byte_count, [](Question q) { return ++q.count, q; }},
  };
  for (const auto& odd : odds) {
    HostileSlave slave{[&odd](const Question& question) -> std::vector<Said> {
      std::vector<Said> said{{{}, honest(odd.twist(question))}};
      if (question.number > 0) said.push_back({milliseconds{10}, honest(question)});
      return said;
    }};
    auto line = line_to(slave, false, milliseconds{50});
    std::array<std::uint16_t, 2> words{};
    const ReadRequest request{.unit = 7, .address = 40, .count = 2};
    CHECK(line.read(request, 2, milliseconds{80}, words).failure == odd.failure);
    line.listen(BootClock::now() + milliseconds{200});
    while (!line.question_for(request, 2, BootClock::now())) line.listen(BootClock::now() + milliseconds{20});
    CHECK(line.read(request, 2, k_ample, words).failure == PollFailure::none);
    CHECK(words[1] == value_at(7, 41));
  }
}

TEST_CASE("a second copy of an answer, said while nothing is asked, makes the next question another shape") {
  HostileSlave slave{[](const Question& question) -> std::vector<Said> {
    std::vector<Said> said{{{}, honest(question)}};
    if (question.number == 0) said.push_back({milliseconds{60}, honest(question)});
    return said;
  }};
  auto line = line_to(slave, false, seconds{3});
  std::array<std::uint16_t, 1> words{};
  REQUIRE(line.read({.unit = 7, .address = 10}, 125, k_ample, words).failure == PollFailure::none);
  line.listen(BootClock::now() + seconds{2});
  const ReadRequest next{.unit = 7, .address = 11};
  CHECK(line.question_for(next, 125, BootClock::now())->count == 2);
  CHECK(line.question_for({.unit = 8, .address = 11}, 125, BootClock::now())->count == 1);
  CHECK(!line.question_for(next, 1, BootClock::now()));
  REQUIRE(line.read(next, 125, k_ample, words).failure == PollFailure::none);
  CHECK(words[0] == value_at(7, 11));
}

TEST_CASE("a dripping answer ends with its time-out") {
  HostileSlave slave{[](const Question& question) {
    std::vector<Said> drops;
    for (const auto byte : honest(question))
      drops.push_back({milliseconds{60} * static_cast<int>(drops.size()), {byte}});
    return drops;
  }};
  auto line = line_to(slave);
  std::array<std::uint16_t, 20> words{};
  const Instant begin = BootClock::now();
  const auto answer = line.read({.unit = 7, .address = 1, .count = 20}, 125, milliseconds{200}, words);
  CHECK(answer.failure == PollFailure::timeout);
  CHECK(BootClock::now() - begin < milliseconds{900});  // with what is thrown away afterwards; libmodbus alone: 2.7 s
}

TEST_CASE("a line that never stops talking is not spoken on, and does not hold the caller") {
  HostileSlave slave{[](const Question&) { return std::vector<Said>{}; }};
  // A frame ends with a pause that the talker does not make even when the machine is busy with others.
  RtuLine line{{.line = {.path = slave.path(), .baud = 115200, .silence = milliseconds{60}}, .late_window = seconds{1}},
               -1,
               nullptr};
  REQUIRE(line.ensure_open());
  std::atomic<bool> end{false};
  std::thread talker{[&] {
    while (!end) {
      slave.say({0x55, 0xAA});
      std::this_thread::sleep_for(std::chrono::microseconds{500});
    }
  }};
  std::this_thread::sleep_for(milliseconds{20});
  std::array<std::uint16_t, 1> words{};
  const Instant begin = BootClock::now();
  CHECK(line.read({.unit = 7}, 125, milliseconds{80}, words).failure == PollFailure::unsolicited);
  CHECK(BootClock::now() - begin < seconds{2});
  end = true;
  talker.join();
}

TEST_CASE("a process with more than 1,024 open descriptors reads its serial line all the same") {
  HostileSlave slave{[](const Question& question) { return std::vector<Said>{{{}, honest(question)}}; }};
  auto line = line_to(slave);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit raised{.rlim_cur = std::min<rlim_t>(before.rlim_max, 4096), .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &raised) == 0);
  std::vector<int> open;
  for (int i = 0; i < 1200; ++i) open.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(open.back() >= 1024);
  std::array<std::uint16_t, 1> words{};
  CHECK(line.read({.unit = 7, .address = 9}, 125, milliseconds{500}, words).failure == PollFailure::none);
  CHECK(words[0] == value_at(7, 9));
  slave.vanish();
  slave.appear();
  PollFailure failure = PollFailure::port_lost;
  for (int i = 0; i < 100 && failure != PollFailure::none; ++i) {
    line.listen(BootClock::now() + milliseconds{20});
    failure = line.read({.unit = 7, .address = 9}, 125, milliseconds{500}, words).failure;
    std::this_thread::sleep_for(milliseconds{20});
  }
  CHECK(failure == PollFailure::none);
  for (const int descriptor : open) ::close(descriptor);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("a device is identified over a serial line, and a refusal is told as such") {
  HostileSlave slave{[](const Question& question) -> std::vector<Said> {
    if (question.function != 0x2B) return {{{}, exception(question, 2)}};
    if (question.bytes[3] != 1) return {{{}, exception(question, 1)}};
    return {{{}, with_checksum({question.unit, 0x2B, 0x0E, 1, 1, 0, 0, 2, 0, 4, 'A', 'c', 'm', 'e', 1, 2, 'X', '1'})}};
  }};
  const auto reader = open_rtu({.path = slave.path(), .baud = 115200}, k_ample);
  const auto objects = reader->identify(5);
  REQUIRE(objects.has_value());
  REQUIRE(objects->size() == 2);
  CHECK(objects->at(0).text == "Acme");
  CHECK(objects->at(1).text == "X1");
  const auto words = reader->read({.unit = 5, .address = 1});
  REQUIRE(!words.has_value());
  CHECK(words.error() == PollFailure::illegal_address);
}

TEST_CASE("a line that one master holds is refused to a second one, root's too, until the first lets go") {
  HostileSlave slave{[](const Question& question) { return std::vector<Said>{{Duration{}, honest(question)}}; }};
  const plan::SerialLine line{.path = slave.path(), .baud = 115200};
  SerialPort first{line, -1};
  SerialPort second{line, -1};
  REQUIRE(first.open() == PollFailure::none);
  CHECK(second.open() == PollFailure::port_lost);
  CHECK(first.is_open());
  first.close();
  CHECK(second.open() == PollFailure::none);
  CHECK(first.open() == PollFailure::port_lost);
}

TEST_CASE("a port that is not there, or cannot have the rate asked for, is lost and not a crash") {
  CHECK(open_rtu({.path = "/dev/no-such-line"}, milliseconds{100})->read({}).error() == PollFailure::port_lost);
  HostileSlave slave{[](const Question&) { return std::vector<Said>{}; }};
  CHECK(open_rtu({.path = slave.path(), .baud = 12345}, milliseconds{100})->read({}).error() == PollFailure::port_lost);
  CHECK(open_rtu({.path = slave.path(), .rs485 = true}, milliseconds{100})->read({}).error() == PollFailure::timeout);
}

}  // namespace pue::modbus
