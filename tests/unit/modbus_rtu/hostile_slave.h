#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/units/time.h"

namespace pue::modbus {

/// A question as the slave sees it.
struct Question {
  std::uint8_t unit = 0;
  std::uint8_t function = 0;
  std::uint16_t address = 0;
  std::uint16_t count = 0;
  unsigned number = 0;              ///< from 0
  std::vector<std::uint8_t> bytes;  ///< as received
};

/// Bytes the slave sends, and how long after the question.
struct Said {
  Duration after{};
  std::vector<std::uint8_t> bytes;
};

/// What every honest register holds: no two of a unit within 1,000 of each other are equal.
[[nodiscard]] std::uint16_t value_at(std::uint8_t unit, unsigned address);
[[nodiscard]] std::vector<std::uint8_t> with_checksum(std::vector<std::uint8_t> bytes);
/// The honest answer to a read; bits are the lowest bits of value_at.
[[nodiscard]] std::vector<std::uint8_t> honest(const Question& question);
[[nodiscard]] std::vector<std::uint8_t> exception(const Question& question, std::uint8_t code);

/// The far end of a serial line: a pseudo-terminal whose script says what is answered to each question and when, in
/// whatever order. Runs in a thread of its own.
class HostileSlave {
 public:
  using Script = std::function<std::vector<Said>(const Question&)>;

  explicit HostileSlave(Script script);
  ~HostileSlave();
  HostileSlave(const HostileSlave&) = delete;
  HostileSlave& operator=(const HostileSlave&) = delete;

  /// A symbolic link, as udev makes them.
  [[nodiscard]] std::string path() const { return folder_ + "/line"; }
  /// Pulls the adapter out: the terminal hangs up and the link is gone.
  void vanish();
  /// Puts another one in, under the same link.
  void appear();
  /// Says something nobody asked for.
  void say(const std::vector<std::uint8_t>& bytes);
  [[nodiscard]] unsigned questions() const { return questions_; }
  /// Units asked, functions used: for what must never be seen.
  [[nodiscard]] std::vector<std::uint8_t> functions() const;

 private:
  void serve();

  Script script_;
  std::string folder_;
  mutable std::mutex mutex_;
  int master_ = -1;
  std::atomic<unsigned> questions_{0};
  std::vector<std::uint8_t> functions_;
  std::atomic<bool> end_{false};
  std::thread thread_;
};

}  // namespace pue::modbus
