#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "agent/pipeline/poll_failure.h"
#include "agent/plan/plan.h"
#include "agent/units/time.h"
#include "collectors/modbus/rtu_frame.h"

struct _modbus;  // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): as libmodbus calls it

namespace pue::modbus {

/// One serial port with RTU frames on it, through libmodbus: opening, line settings, checksums, the length of an
/// answer. Adds what libmodbus leaves out: silence between frames, one deadline for a whole answer, the echo of
/// adapters that return what is sent, and a descriptor that stays below the 1,024 its select can bear. Used by one
/// thread.
class SerialPort {
 public:
  /// Reserves a descriptor. Throws std::runtime_error when none below FD_SETSIZE is left.
  /// @param interrupt descriptor that becomes readable when waiting must end; -1: none.
  SerialPort(plan::SerialLine line, int interrupt);
  ~SerialPort();
  SerialPort(const SerialPort&) = delete;
  SerialPort& operator=(const SerialPort&) = delete;

  [[nodiscard]] bool is_open() const { return context_ != nullptr; }
  /// @return port_lost, with the reason in the log, when the port cannot be opened with these settings or another
  /// program holds it.
  [[nodiscard]] PollFailure open();
  void close();

  /// Sends unit, function and data of `question` after the silence between frames; the checksum is added here.
  [[nodiscard]] PollFailure send(std::span<const std::uint8_t> question);

  /// The next answer, whole and with a good checksum, of whatever unit; without the checksum, valid until the next
  /// call.
  /// @param unit the one that was asked.
  /// @return timeout, crc, wrong_length, unsolicited for the echo of the question, or port_lost.
  [[nodiscard]] tl::expected<std::span<const std::uint8_t>, PollFailure> receive(std::uint8_t unit, Instant deadline);

  /// Takes what has arrived unasked, until the line pauses.
  /// @return the bytes, at most k_discarded of them, valid until the next call; port_lost when the port is gone.
  [[nodiscard]] tl::expected<std::span<const std::uint8_t>, PollFailure> discard();
  static constexpr std::size_t k_discarded = 1024;
  /// @return whether the last discard() found no pause, and gave up after 0.3 s.
  [[nodiscard]] bool never_pauses() const { return never_pauses_; }

  /// Waits until `until` or the interrupt, whatever arrives.
  void wait_pause(Instant until);
  /// Waits until something arrives, the port goes, `until` or the interrupt.
  /// @return whether there is something to receive (or to find the port gone by).
  [[nodiscard]] bool wait_readable(Instant until);

  /// @return how long this many bytes take on the wire.
  [[nodiscard]] Duration time_of(std::size_t bytes) const { return static_cast<int>(bytes) * character_; }

 private:
  [[nodiscard]] bool take_line();
  void release_line();
  [[nodiscard]] bool configure();
  [[nodiscard]] PollFailure read_available(std::span<std::uint8_t> into, std::size_t& got);
  [[nodiscard]] PollFailure take_echo(std::span<const std::uint8_t> question);
  [[nodiscard]] tl::expected<std::span<const std::uint8_t>, PollFailure> receive_with_libmodbus(std::uint8_t unit,
                                                                                                Instant deadline);
  [[nodiscard]] tl::expected<std::span<const std::uint8_t>, PollFailure> receive_identification(Instant deadline);

  plan::SerialLine line_;
  int interrupt_;
  int reserved_ = -1;  ///< a number below FD_SETSIZE; the port's descriptor while it is open
  int idle_ = -1;      ///< what holds the number while the port is closed
  int held_ = -1;      ///< keeps other masters off while the port is open
  _modbus* context_ = nullptr;
  Duration character_{};
  Duration silence_{};
  Instant last_byte_{};  ///< sent or received
  bool never_pauses_ = false;
  bool told_ = false;  ///< the reason why the port does not open is in the log
  std::array<std::uint8_t, k_max_rtu_frame> question_{};
  std::size_t question_size_ = 0;
  std::array<std::uint8_t, 512> answer_{};
  std::array<std::uint8_t, k_discarded> discarded_{};
};

}  // namespace pue::modbus
