#include <algorithm>
#include <memory>
#include <variant>

#include "collectors/collector.h"
#include "collectors/modbus/rtu_collector.h"
#include "collectors/modbus/tcp_collector.h"

namespace pue::collectors {

std::vector<std::unique_ptr<Collector>> make_collectors(const plan::Plan& plan, Board& board) {
  std::vector<plan::BusId> tcp;
  for (const auto& bus : plan.buses) {
    if (bus.devices.empty()) continue;
    if (std::holds_alternative<plan::TcpAddress>(bus.address)) tcp.push_back(bus.id);
  }

  std::vector<std::unique_ptr<Collector>> collectors;
  const auto threads = std::min<std::size_t>(std::max(plan.io_threads, 1U), tcp.size());
  for (std::size_t thread = 0; thread < threads; ++thread) {
    std::vector<plan::BusId> share;
    for (std::size_t i = thread; i < tcp.size(); i += threads) share.push_back(tcp[i]);
    collectors.push_back(
        std::make_unique<modbus::TcpCollector>(plan, std::move(share), board, static_cast<unsigned>(thread)));
  }
  for (const auto& bus : plan.buses) {
    if (bus.devices.empty() || !std::holds_alternative<plan::SerialLine>(bus.address)) continue;
    collectors.push_back(std::make_unique<modbus::RtuCollector>(plan, bus.id, board));
  }
  return collectors;
}

}  // namespace pue::collectors
