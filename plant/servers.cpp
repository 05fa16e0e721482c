#include "plant/servers.h"

#include <chrono>

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

std::string Servers::schedule(std::vector<ScheduledFault> faults) {
  for (const auto& fault : faults) {
    if (fleet_.find(fault.device) == nullptr) return "no server '" + fault.device + "'";
    if (!fault.bmc_kind) return "'" + fault.device + "' is a BMC and has no such fault";
  }
  scheduled_ = std::move(faults);
  begun_ = 0;
  return {};
}

void Servers::begin_scheduled(Seconds since_start, ipmi::UdpPort::Moment now) {
  for (; begun_ < scheduled_.size() && scheduled_[begun_].at <= since_start; ++begun_) {
    const auto& fault = scheduled_[begun_];
    const std::chrono::duration<double> lasting{fault.duration.value()};
    fleet_.find(fault.device)
        ->begin(*fault.bmc_kind, fault.value,
                now + std::chrono::duration_cast<ipmi::UdpPort::Moment::duration>(lasting));
  }
}

}  // namespace pue::plant
