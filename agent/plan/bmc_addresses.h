#pragma once

#include <map>
#include <string>

#include "agent/plan/plan.h"
#include "config/findings.h"
#include "config/secret_file.h"
#include "config/settings.h"

namespace pue::plan {

/// Where BMCs are and how to log in, with passwords and keys from their files. Each file is read once.
class BmcAddresses {
 public:
  BmcAddresses(const config::Settings& settings, config::Findings& findings);

  /// @param device with an url of a BMC.
  /// @param key beginning of the keys in messages.
  /// @return the address; what it lacks is among the findings.
  [[nodiscard]] decltype(Bus::address) address_of(const config::DeviceSettings& device, const std::string& key);

 private:
  [[nodiscard]] BmcAddress on_network(const config::DeviceSettings& device, const config::IpmiUrl& url,
                                      const std::string& key);
  void take_quirks(const std::vector<config::Located<std::string>>& names, const std::string& key, BmcQuirks& quirks);
  /// A password or key of the length that a BMC takes; null where there is none, with a finding.
  [[nodiscard]] std::shared_ptr<const Secret> checked(const config::SecretFiles::Found& found, config::Place at,
                                                      const std::string& key, std::string_view what);

  config::Findings& findings_;
  config::SecretFiles files_;
};

}  // namespace pue::plan
