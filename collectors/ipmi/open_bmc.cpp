#include "collectors/ipmi/open_bmc.h"

#include <variant>

#include "collectors/ipmi/local_bmc.h"

namespace pue::ipmi {
namespace {

Bytes bytes_of(const std::shared_ptr<const Secret>& secret) { return secret ? secret->bytes() : Bytes{}; }

}  // namespace

LanOptions lan_options(const plan::BmcAddress& address, Duration timeout) {
  LanOptions options;
  options.host = address.host;
  options.port = address.port;
  options.credentials = {
      .username = {reinterpret_cast<const std::uint8_t*>(address.username.data()), address.username.size()},
      .password = bytes_of(address.password),
      .kg = bytes_of(address.kg),
      .privilege = address.privilege == plan::Privilege::operator_ ? Privilege::operator_ : Privilege::user};
  options.suites.clear();
  for (const auto suite : address.suites) {
    options.suites.push_back(suite == 3 ? CipherSuite::suite_3 : CipherSuite::suite_17);
  }
  options.timeout = timeout;
  options.quirks = address.quirks;
  return options;
}

std::unique_ptr<Bmc> open_bmc(asio::io_context& context, Crypto& crypto, CollectorStats& stats,
                              const decltype(plan::Bus::address)& address, Duration timeout) {
  if (const auto* local = std::get_if<plan::LocalBmc>(&address)) {
    return std::make_unique<LocalBmc>(context, local->path, timeout);
  }
  return std::make_unique<LanSession>(context, crypto, stats,
                                      lan_options(std::get<plan::BmcAddress>(address), timeout));
}

}  // namespace pue::ipmi
