#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pue::plant {

enum class FaultKind : std::uint8_t {
  silence,        ///< takes requests and never answers
  drip,           ///< answers one byte every 300 ms (or `value` ms)
  wrong_id,       ///< answers with another transaction id
  wrong_unit,     ///< answers for another unit
  exception,      ///< answers with exception `value` (default 4)
  late,           ///< answers `value` ms later (default 1200)
  close,          ///< closes the connection instead of answering
  frozen,         ///< shows the values of the moment it began
  reversed_ct,    ///< current transformers turned round: power negative, the export register counts
  counter_reset,  ///< once: registers begin again at zero
  meter_swap,     ///< once: another meter, with its own serial number and registers
};

[[nodiscard]] std::optional<FaultKind> fault_from(std::string_view name);
[[nodiscard]] std::string_view name_of(FaultKind kind);
/// @return whether the fault happens at one moment instead of lasting.
[[nodiscard]] bool is_momentary(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::silence;
  double value = 0.0;  ///< exception code or milliseconds; 0: the kind's default
  std::chrono::steady_clock::time_point until;

  [[nodiscard]] double value_or(double fallback) const { return value > 0.0 ? value : fallback; }
};

}  // namespace pue::plant
