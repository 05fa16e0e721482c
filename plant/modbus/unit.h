#pragma once

#include <cstdint>
#include <span>

#include "plant/devices/fault.h"

namespace pue::plant {

/// Modbus exception codes that a device answers itself.
enum class Exception : std::uint8_t {
  none = 0,
  illegal_function = 1,
  illegal_address = 2,
  illegal_value = 3,
  no_response_from_unit = 11,
};

/// One addressable unit behind a port or on a line.
class Unit {
 public:
  virtual ~Unit() = default;

  /// Fills `words` (1 to 125) with the registers from `address`.
  /// @param function 3 or 4.
  [[nodiscard]] virtual Exception read(std::uint8_t function, std::uint16_t address,
                                       std::span<std::uint16_t> words) = 0;
  /// @return what is wrong with its answers at this moment; null: nothing.
  [[nodiscard]] virtual const Fault* transport_fault() const { return nullptr; }
  /// Vendor, product and revision for function 43/14; null pointers: not offered.
  struct Identity {
    const char* vendor = nullptr;
    const char* product = nullptr;
    const char* revision = nullptr;
  };
  [[nodiscard]] virtual Identity identity() const { return {}; }
};

}  // namespace pue::plant
