#include <algorithm>
#include <memory>
#include <variant>

#include "collectors/collector.h"
#include "collectors/ipmi/ipmi_collector.h"
#include "collectors/modbus/rtu_collector.h"
#include "collectors/modbus/tcp_collector.h"

namespace pue::collectors {
namespace {

/// One collector of type `C` for each I/O thread, the buses dealt out in turn.
template <class C>
void deal_out(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board,
              std::vector<std::unique_ptr<Collector>>& collectors) {
  const auto threads = std::min<std::size_t>(std::max(plan.io_threads, 1U), buses.size());
  for (std::size_t thread = 0; thread < threads; ++thread) {
    std::vector<plan::BusId> share;
    for (std::size_t i = thread; i < buses.size(); i += threads) share.push_back(buses[i]);
    collectors.push_back(std::make_unique<C>(plan, std::move(share), board, static_cast<unsigned>(thread)));
  }
}

}  // namespace

std::vector<std::unique_ptr<Collector>> make_collectors(const plan::Plan& plan, Board& board,
                                                        const Heritage* heritage) {
  std::vector<plan::BusId> tcp;
  std::vector<plan::BusId> bmcs;
  for (const auto& bus : plan.buses) {
    if (bus.devices.empty()) continue;
    if (std::holds_alternative<plan::TcpAddress>(bus.address)) tcp.push_back(bus.id);
    if (plan::is_bmc(bus)) bmcs.push_back(bus.id);
  }

  std::vector<std::unique_ptr<Collector>> collectors;
  deal_out<modbus::TcpCollector>(plan, tcp, board, collectors);
  deal_out<ipmi::IpmiCollector>(plan, bmcs, board, collectors);
  for (const auto& bus : plan.buses) {
    if (bus.devices.empty() || !std::holds_alternative<plan::SerialLine>(bus.address)) continue;
    collectors.push_back(std::make_unique<modbus::RtuCollector>(plan, bus.id, board, heritage));
  }
  return collectors;
}

}  // namespace pue::collectors
