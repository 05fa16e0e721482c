#include "plant/ipmi/bmc_fault.h"

#include <array>

namespace pue::plant::ipmi {
namespace {

constexpr std::array<std::string_view, 9> k_names{"silence", "late",          "lost",   "doubled",   "reordered",
                                                  "busy",    "sessions-full", "reboot", "sdr-change"};

}  // namespace

std::optional<BmcFault> bmc_fault_from(std::string_view name) {
  for (std::size_t i = 0; i < k_names.size(); ++i) {
    if (k_names[i] == name) return static_cast<BmcFault>(i);
  }
  return std::nullopt;
}

std::string_view name_of(BmcFault fault) { return k_names[static_cast<std::size_t>(fault)]; }

}  // namespace pue::plant::ipmi
