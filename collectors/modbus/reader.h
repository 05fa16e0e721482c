#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/pipeline/poll_failure.h"
#include "agent/plan/plan.h"

namespace pue::modbus {

/// The four reads. The code can build no other request but 43/14 (read device identification).
enum class ReadFunction : std::uint8_t { coils = 1, discrete_inputs = 2, holding_registers = 3, input_registers = 4 };

struct ReadRequest {
  std::uint8_t unit = 1;
  ReadFunction function = ReadFunction::holding_registers;
  std::uint16_t address = 0;  ///< as on the wire, from 0
  std::uint16_t count = 1;    ///< registers (1 to 125) or bits (1 to 2000)
};

struct IdentificationObject {
  std::uint8_t id = 0;
  std::string text;  ///< valid UTF-8
};

/// One conversation with a bus, one question at a time, for the command line: commissioning, scanning, probing. It
/// waits for each answer; the daemon polls through collectors instead.
class Reader {
 public:
  virtual ~Reader() = default;

  /// @return the registers, or one word of 0 or 1 for each bit; else why there are none. Never waits longer than the
  /// time-out the reader was opened with; on a serial line the bytes' time on the wire comes on top, and as long again
  /// where a unit owes a late answer.
  [[nodiscard]] virtual tl::expected<std::vector<std::uint16_t>, PollFailure> read(const ReadRequest& request) = 0;

  /// @return the objects of the basic (and, where the device has them, regular) device identification, function 43/14.
  [[nodiscard]] virtual tl::expected<std::vector<IdentificationObject>, PollFailure> identify(std::uint8_t unit) = 0;
};

/// @return a reader over Modbus TCP. Connects at the first read and again after a failure.
[[nodiscard]] std::unique_ptr<Reader> open_tcp(const plan::TcpAddress& address, Duration timeout);
/// @return a reader over a serial line. Opens the port at the first read and again after a failure.
[[nodiscard]] std::unique_ptr<Reader> open_rtu(const plan::SerialLine& line, Duration timeout);

}  // namespace pue::modbus
