#pragma once

#include <string>
#include <string_view>

#include "collectors/ipmi/read_bmc.h"

namespace pue::commands {

/// `read`'s three outputs of a BMC: first the points that the agent reads of it, then its sensors under their own
/// names.
[[nodiscard]] std::string bmc_as_table(const ipmi::BmcReport& report, bool coloured);
/// @return the shape of any other device's, with "profile": "ipmi-bmc" and "raw" one byte each; SI units.
[[nodiscard]] std::string bmc_as_json(std::string_view target, const ipmi::BmcReport& report);
[[nodiscard]] std::string bmc_as_csv(const ipmi::BmcReport& report);

}  // namespace pue::commands
