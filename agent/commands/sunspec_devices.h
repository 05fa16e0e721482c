#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/modbus/reader.h"
#include "collectors/profiles/profile.h"
#include "config/problem.h"
#include "config/settings.h"

namespace pue::commands {

/// The profiles of devices configured with `profile = "sunspec"`: what registers they have is known only to them.
///
///     SunspecDevices sunspec{settings};          // between config::load and plan::build
///     tell(sunspec.discover(), "warning: ");     // `run` and `check --probe` only: asks the devices
///     plan::build(settings, [&](name, allow_draft) {
///       if (auto profile = sunspec.find(name)) return profile;
///       return library.find(name, allow_draft) ...
///     });
///
/// A device that was not asked or did not answer has every point that a SunSpec device may have and none of them can
/// be read: the plan is built, `pue_device_up` is 0, and a figure that needs one of its meters is withheld and names
/// it, until the device answers.
class SunspecDevices {
 public:
  /// A way to the bus at `url`, for the devices of `settings` on it.
  using OpenBus = std::function<std::unique_ptr<modbus::Reader>(const config::Url& url, const config::BusSettings* bus,
                                                                Duration timeout)>;

  /// What devices answered, by their address: it outlives the settings, so that no device is asked twice.
  using Known = std::map<std::string, std::shared_ptr<const profiles::Profile>>;
  /// Which devices are asked.
  enum class Ask : std::uint8_t {
    all,
    apart,  ///< those with a connection of their own: the agent polls the others' buses
  };

  /// Gives each such device in `settings` a profile name that `find` knows. `settings` must outlive this.
  explicit SunspecDevices(config::Settings& settings, const Known& known = {});

  [[nodiscard]] bool empty() const { return profiles_.empty(); }
  /// @return whether every device's registers are known.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] Known known() const;

  /// Asks devices that are not known for their models, each bus in a thread of its own: returns after about five
  /// time-outs for each silent device on the busiest bus.
  /// @return a warning for each device that did not answer.
  [[nodiscard]] std::vector<config::Problem> discover(Ask which = Ask::all);
  [[nodiscard]] std::vector<config::Problem> discover(const OpenBus& open, Ask which = Ask::all);

  /// @return the profile of that name; null where it is none of these.
  [[nodiscard]] std::shared_ptr<const profiles::Profile> find(std::string_view name) const;

 private:
  [[nodiscard]] bool is_known(const std::string& profile) const;

  config::Settings& settings_;
  std::shared_ptr<const profiles::Profile> unreached_;
  std::map<std::string, std::shared_ptr<const profiles::Profile>, std::less<>> profiles_;
};

}  // namespace pue::commands
