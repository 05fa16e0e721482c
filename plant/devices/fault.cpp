#include "plant/devices/fault.h"

#include <array>

namespace pue::plant {
namespace {

constexpr std::array<std::string_view, 11> k_names{"silence",     "drip",          "wrong-id",  "wrong-unit",
                                                   "exception",   "late",          "close",     "frozen",
                                                   "reversed-ct", "counter-reset", "meter-swap"};

}  // namespace

std::optional<FaultKind> fault_from(std::string_view name) {
  for (std::size_t i = 0; i < k_names.size(); ++i) {
    if (k_names[i] == name) return static_cast<FaultKind>(i);
  }
  return std::nullopt;
}

std::string_view name_of(FaultKind kind) { return k_names[static_cast<std::size_t>(kind)]; }

bool is_momentary(FaultKind kind) { return kind == FaultKind::counter_reset || kind == FaultKind::meter_swap; }

}  // namespace pue::plant
