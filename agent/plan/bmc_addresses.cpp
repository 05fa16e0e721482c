#include "agent/plan/bmc_addresses.h"

#include "config/bmc_login.h"
#include "config/nearest.h"

namespace pue::plan {
namespace {

constexpr std::size_t k_most_bytes = 20;  ///< of a password and of K_g (IPMI 2.0, 22.30 and 13.33)

}  // namespace

BmcAddresses::BmcAddresses(const config::Settings& settings, config::Findings& findings)
    : findings_(findings), files_(std::filesystem::path(settings.file).parent_path()) {}

decltype(Bus::address) BmcAddresses::address_of(const config::DeviceSettings& device, const std::string& key) {
  if (const auto* local = std::get_if<config::IpmiLocalUrl>(&device.url->address)) {
    if (config::is_given(device.login)) {
      findings_.add(device.at, key,
                    "the machine's own BMC needs no login: leave out username, password_file, kg_file, privilege, "
                    "cipher_suites and quirks");
    }
    return LocalBmc{local->path};
  }
  return on_network(device, std::get<config::IpmiUrl>(device.url->address), key);
}

BmcAddress BmcAddresses::on_network(const config::DeviceSettings& device, const config::IpmiUrl& url,
                                    const std::string& key) {
  const auto& login = device.login;
  BmcAddress address{.host = url.host,
                     .port = url.port,
                     .username = login.username.value,
                     .password = nullptr,
                     .kg = nullptr,
                     .privilege = login.privilege.value == "operator" ? Privilege::operator_ : Privilege::user,
                     .suites = login.cipher_suites.value};
  if (!login.username.given()) {
    findings_.add(device.at, key + ".username", "missing: the BMC's user, with privilege User and nothing else");
  }
  if (!login.password_file.given()) {
    findings_.add(device.at, key + ".password_file",
                  "missing: a file with the password alone, mode 600; a password never stands in the configuration");
  } else {
    address.password = checked(files_.read(login.password_file.value), login.password_file.at, key + ".password_file",
                               "a BMC's password");
  }
  if (login.kg_file.given()) {
    address.kg = checked(files_.read_key(login.kg_file.value), login.kg_file.at, key + ".kg_file", "the key K_g");
  }
  take_quirks(login.quirks, key, address.quirks);
  return address;
}

void BmcAddresses::take_quirks(const std::vector<config::Located<std::string>>& names, const std::string& key,
                               BmcQuirks& quirks) {
  for (const auto& name : names) {
    if (set_quirk(quirks, name.value)) continue;
    std::vector<std::string> all;
    for (const auto& quirk : k_bmc_quirks) all.emplace_back(quirk.first);
    findings_.add(name.at, key + ".quirks", "no quirk '" + name.value + "'" + config::suggestion(name.value, all));
  }
}

std::shared_ptr<const Secret> BmcAddresses::checked(const config::SecretFiles::Found& found, config::Place at,
                                                    const std::string& key, std::string_view what) {
  if (!found) {
    findings_.add(at, key, found.error());
    return nullptr;
  }
  if ((*found)->size() > k_most_bytes) {
    findings_.add(at, key,
                  std::string(what) + " has at most " + std::to_string(k_most_bytes) + " bytes, the file holds " +
                      std::to_string((*found)->size()));
    return nullptr;
  }
  return *found;
}

}  // namespace pue::plan
