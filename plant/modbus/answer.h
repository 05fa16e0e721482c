#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "plant/modbus/unit.h"

namespace pue::plant {

/// What has been asked of the plant. A client of ours must leave `write_attempts` at zero.
struct RequestCounts {
  std::uint64_t requests = 0;
  std::uint64_t write_attempts = 0;  ///< any function but 1 to 4 and 43
  std::uint64_t malformed = 0;
};

/// A Modbus PDU: function and data, without addressing and checksum.
struct Pdu {
  std::array<std::uint8_t, 253> bytes{};
  std::size_t size = 0;

  [[nodiscard]] std::span<const std::uint8_t> view() const { return std::span(bytes).first(size); }
};

[[nodiscard]] Pdu exception_pdu(std::uint8_t function, std::uint8_t code);

/// The answer of one unit to one request, by the letter of the protocol: unknown function 1, unknown register 2, wrong
/// count or length 3.
[[nodiscard]] Pdu answer(Unit& unit, std::span<const std::uint8_t> request, RequestCounts& counts);

}  // namespace pue::plant
