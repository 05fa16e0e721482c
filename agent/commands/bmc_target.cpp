#include "agent/commands/bmc_target.h"

#include <algorithm>
#include <utility>

#include "config/secret_file.h"
#include "config/url.h"

namespace pue::commands {
namespace {

using Failure = tl::unexpected<std::string>;

constexpr std::size_t k_most_user = 16;
constexpr std::size_t k_most_secret = 20;

tl::expected<std::shared_ptr<const Secret>, std::string> checked(const config::SecretFiles::Found& found) {
  if (!found) return Failure(found.error());
  if ((*found)->size() > k_most_secret) return Failure("a password and K_g have at most 20 bytes");
  return *found;
}

/// Names with commas between them. @return what is wrong, if anything.
std::string take_quirks(std::string_view names, plan::BmcQuirks& quirks) {
  while (!names.empty()) {
    const auto name = names.substr(0, names.find(','));
    if (!plan::set_quirk(quirks, name)) {
      std::string known;
      for (const auto& quirk : plan::k_bmc_quirks) known += ' ' + std::string{quirk.first};
      return "no quirk '" + std::string{name} + "'; known are" + known;
    }
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return {};
}

/// One key=value of the target's query. @return what is wrong with it, if anything.
std::string take(std::string_view key, const std::string& value, config::SecretFiles& files,
                 plan::BmcAddress& address) {
  if (key == "user") {
    if (value.empty() || value.size() > k_most_user) return "user: 1 to 16 bytes";
    address.username = value;
  } else if (key == "password_file") {
    auto secret = checked(files.read(value));
    if (!secret) return "password_file: " + secret.error();
    address.password = *secret;
  } else if (key == "kg_file") {
    auto secret = checked(files.read_key(value));
    if (!secret) return "kg_file: " + secret.error();
    address.kg = *secret;
  } else if (key == "privilege") {
    if (value != "user" && value != "operator") return "privilege: user or operator; more is never asked for";
    address.privilege = value == "user" ? plan::Privilege::user : plan::Privilege::operator_;
  } else if (key == "suite") {
    if (value != "17" && value != "3")
      return "suite: 17 or 3; every other one lacks authentication, integrity or encryption";
    address.suites = {static_cast<std::uint8_t>(value == "3" ? 3 : 17)};
  } else if (key == "quirks") {
    return take_quirks(value, address.quirks);
  } else {
    return "known are user, password_file, kg_file, privilege, suite and quirks; a password never stands in a command";
  }
  return {};
}

}  // namespace

bool is_bmc_target(std::string_view text) { return text.starts_with("ipmi://") || text.starts_with("ipmi-local://"); }

tl::expected<BmcTarget, std::string> parse_bmc_target(std::string_view text) {
  const auto question = text.find('?');
  const auto url = config::parse_url(text.substr(0, question));
  if (!url) return Failure(url.error());
  if (const auto* local = std::get_if<config::IpmiLocalUrl>(&url->address)) {
    if (question != std::string_view::npos) return Failure("the machine's own BMC needs no login");
    return plan::LocalBmc{local->path};
  }
  const auto& host = std::get<config::IpmiUrl>(url->address);
  plan::BmcAddress address{.host = host.host, .port = host.port, .username = {}, .password = nullptr, .kg = nullptr};
  config::SecretFiles files{""};
  auto rest = question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    const auto equals = pair.find('=');
    const auto key = pair.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::string{} : std::string{pair.substr(equals + 1)};
    if (const auto wrong = take(key, value, files, address); !wrong.empty()) return Failure(wrong);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  if (address.username.empty() || !address.password) {
    return Failure("expected ipmi://host?user=NAME&password_file=FILE");
  }
  return address;
}

tl::expected<plan::BmcAddress, std::string> bmc_login(const std::string& user, const std::string& password_file,
                                                      const std::string& suite, const std::string& quirks) {
  plan::BmcAddress address;
  config::SecretFiles files{""};
  for (const auto& [key, value] :
       {std::pair{"user", user}, {"password_file", password_file}, {"suite", suite}, {"quirks", quirks}}) {
    if (const auto wrong = take(key, value, files, address); !wrong.empty()) return Failure(wrong);
  }
  return address;
}

}  // namespace pue::commands
