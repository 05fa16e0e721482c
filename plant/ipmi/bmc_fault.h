#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pue::plant::ipmi {

/// What goes wrong with a BMC or on the way to it. `value` in brackets, with its default.
enum class BmcFault : std::uint8_t {
  silence,        ///< it has vanished: nothing arrives, nothing leaves
  late,           ///< answers come `value` ms later (1200)
  lost,           ///< one packet in `value` is lost, both ways (3)
  doubled,        ///< every answer comes twice
  reordered,      ///< every second answer is held back for 30 ms
  busy,           ///< readings are refused with completion code C0
  sessions_full,  ///< no room for one more session
  reboot,         ///< once: all sessions are forgotten; silent for `value` ms (3000)
  sdr_change,     ///< once: another sensor turns up
};

[[nodiscard]] std::optional<BmcFault> bmc_fault_from(std::string_view name);
[[nodiscard]] std::string_view name_of(BmcFault fault);

}  // namespace pue::plant::ipmi
