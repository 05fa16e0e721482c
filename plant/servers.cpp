#include "plant/servers.h"

#include "plant/load/load.h"

namespace pue::plant {
namespace {

/// Of the whole IT power, for the first server; each further one draws a little more.
constexpr double k_share = 2.5e-4;
constexpr double k_step = 1.0e-5;

}  // namespace

Servers::Servers(asio::io_context& io, std::uint16_t port, const Parameters& parameters)
    : fleet_(io, {.users = {{std::string{k_bmc_user}, std::string{k_bmc_password}, 3}}, .kg = {}}, port, k_count,
             "node-", ipmi::vendors()),
      inlet_celsius_(parameters.chilled_water.value() + 6.3) {}

void Servers::show(const OperatingPoint& point) {
  for (std::size_t i = 0; i < fleet_.size(); ++i) {
    const double share = k_share + k_step * static_cast<double>(i);
    fleet_.bmc(i).show({.watts = point.it.value() * share, .inlet_celsius = inlet_celsius_});
  }
}

}  // namespace pue::plant
