#include "tests/unit/modbus_rtu/hostile_slave.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace pue::modbus {
namespace {

/// The checksum bit by bit, as the specification draws it; not the code under test.
std::uint16_t checksum(const std::vector<std::uint8_t>& bytes) {
  unsigned crc = 0xFFFF;
  for (const unsigned byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xA001U : crc >> 1;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace

std::uint16_t value_at(std::uint8_t unit, unsigned address) {
  return static_cast<std::uint16_t>(address * 37U + unit * 1009U + 5U);
}

std::vector<std::uint8_t> with_checksum(std::vector<std::uint8_t> bytes) {
  const auto crc = checksum(bytes);
  bytes.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
  bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
  return bytes;
}

std::vector<std::uint8_t> honest(const Question& question) {
  std::vector<std::uint8_t> bytes{question.unit, question.function};
  if (question.function <= 2) {
    bytes.push_back(static_cast<std::uint8_t>((question.count + 7U) / 8U));
    for (unsigned i = 0; i < question.count; ++i) {
      if (i % 8 == 0) bytes.push_back(0);
      const unsigned bit = value_at(question.unit, question.address + i) & 1U;
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | bit << (i % 8));
    }
    return with_checksum(bytes);
  }
  bytes.push_back(static_cast<std::uint8_t>(2 * question.count));
  for (unsigned i = 0; i < question.count; ++i) {
    const auto value = value_at(question.unit, question.address + i);
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xFFU));
  }
  return with_checksum(bytes);
}

std::vector<std::uint8_t> exception(const Question& question, std::uint8_t code) {
  return with_checksum({question.unit, static_cast<std::uint8_t>(question.function | 0x80U), code});
}

HostileSlave::HostileSlave(Script script) : script_(std::move(script)) {
  std::string pattern = "/tmp/pue-line-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the link");
  folder_ = pattern;
  appear();
  thread_ = std::thread([this] { serve(); });
}

HostileSlave::~HostileSlave() {
  end_ = true;
  thread_.join();
  vanish();
  ::rmdir(folder_.c_str());
}

void HostileSlave::vanish() {
  const std::lock_guard lock{mutex_};
  if (master_ >= 0) ::close(master_);
  master_ = -1;
  ::unlink(path().c_str());
}

void HostileSlave::appear() {
  const std::lock_guard lock{mutex_};
  master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  std::array<char, 128> name{};
  if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0 ||
      ::ptsname_r(master_, name.data(), name.size()) != 0) {
    throw std::runtime_error("no pseudo-terminal");
  }
  termios settings{};
  ::tcgetattr(master_, &settings);
  ::cfmakeraw(&settings);
  ::tcsetattr(master_, TCSANOW, &settings);
  if (::symlink(name.data(), path().c_str()) != 0) throw std::runtime_error("no link");
}

void HostileSlave::say(const std::vector<std::uint8_t>& bytes) {
  const std::lock_guard lock{mutex_};
  if (master_ >= 0) [[maybe_unused]]
    const auto written = ::write(master_, bytes.data(), bytes.size());
}

std::vector<std::uint8_t> HostileSlave::functions() const {
  const std::lock_guard lock{mutex_};
  return functions_;
}

void HostileSlave::serve() {
  std::multimap<Instant, std::vector<std::uint8_t>> due;
  std::vector<std::uint8_t> received;
  while (!end_) {
    while (!due.empty() && due.begin()->first <= BootClock::now()) {
      say(due.begin()->second);
      due.erase(due.begin());
    }
    int port = -1;
    {
      const std::lock_guard lock{mutex_};
      port = master_;
    }
    pollfd waited{.fd = port, .events = POLLIN, .revents = 0};
    ::poll(&waited, 1, port < 0 ? 50 : 2);
    std::array<std::uint8_t, 256> bytes{};
    ssize_t count = -1;
    {
      const std::lock_guard lock{mutex_};
      if (master_ >= 0 && (waited.revents & POLLIN) != 0) count = ::read(master_, bytes.data(), bytes.size());
    }
    if (count <= 0) {  // also while nobody has opened the terminal
      if ((waited.revents & POLLHUP) != 0) std::this_thread::sleep_for(std::chrono::milliseconds{2});
      continue;
    }
    received.insert(received.end(), bytes.begin(), bytes.begin() + count);
    const auto size = [&]() -> std::size_t { return received.size() > 1 && received[1] == 0x2B ? 7 : 8; };
    while (received.size() >= size()) {
      Question question{.unit = received[0],
                        .function = received[1],
                        .address = static_cast<std::uint16_t>(received[2] << 8 | received[3]),
                        .count = static_cast<std::uint16_t>(received[4] << 8 | received[5]),
                        .number = questions_,
                        .bytes = {received.begin(), received.begin() + static_cast<std::ptrdiff_t>(size())}};
      received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(question.bytes.size()));
      {
        const std::lock_guard lock{mutex_};
        functions_.push_back(question.function);
      }
      for (auto& said : script_(question)) due.emplace(BootClock::now() + said.after, std::move(said.bytes));
      ++questions_;
    }
  }
}

}  // namespace pue::modbus
