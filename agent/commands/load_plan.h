#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/commands/sunspec_devices.h"
#include "agent/plan/plan.h"
#include "config/problem.h"

namespace pue::commands {

/// From a configuration file to its plan, with the embedded device library and the site's own. Everything that is
/// wrong, and every warning, goes to standard error as file:line:column: key: message. Remembers the registers of
/// devices configured as "sunspec": one that answered is not asked again.
class PlanLoader {
 public:
  explicit PlanLoader(std::string config_file) : config_file_(std::move(config_file)) {}

  enum class Ask : std::uint8_t {
    nobody,   ///< devices whose registers are not known have none that can be read
    unknown,  ///< SunSpec devices that are not known are asked
  };
  /// @return the plan, or the exit code of a configuration error.
  [[nodiscard]] tl::expected<plan::Plan, int> load(Ask ask);

  /// Whether the registers of a SunSpec device of the last plan are not known.
  [[nodiscard]] bool lacks_registers() const { return lacks_registers_; }
  /// Asks such devices again, those with a connection of their own; the buses of the others are in use.
  /// @return whether one answered: the next load() knows it.
  [[nodiscard]] bool ask_again();

 private:
  std::string config_file_;
  SunspecDevices::Known known_;
  bool lacks_registers_ = false;
};

/// Writes problems to standard error, one a line, each behind `kind`.
void tell(const std::vector<config::Problem>& problems, std::string_view kind = {});

/// A single PlanLoader::load that asks.
[[nodiscard]] tl::expected<plan::Plan, int> load_plan(const std::string& config_file);

}  // namespace pue::commands
