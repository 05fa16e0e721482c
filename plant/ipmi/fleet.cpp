#include "plant/ipmi/fleet.h"

#include <algorithm>
#include <numeric>

namespace pue::plant::ipmi {

Fleet::Fleet(asio::io_context& io, RmcpSettings settings, std::uint16_t port, std::size_t count,
             const std::string& prefix, std::span<const Vendor> makes)
    : settings_(std::move(settings)) {
  for (std::size_t i = 0; i < count; ++i) {
    members_.push_back(std::make_unique<Member>(io, settings_, prefix + std::to_string(i + 1), makes[i % makes.size()],
                                                asio::ip::udp::endpoint{address(i), port}));
  }
}

asio::ip::address_v4 Fleet::address(std::size_t index) {
  const auto row = static_cast<std::uint8_t>(index / k_in_a_row);
  return asio::ip::address_v4{{127, 10, row, static_cast<std::uint8_t>(index % k_in_a_row + 1)}};
}

UdpPort* Fleet::find(std::string_view name) {
  const auto found = std::ranges::find_if(members_, [&](const auto& member) { return member->bmc.name() == name; });
  return found == members_.end() ? nullptr : &(*found)->port;
}

void Fleet::clear_faults() {
  for (const auto& member : members_) member->port.clear_faults();
}

std::uint64_t Fleet::change_attempts() const {
  return std::accumulate(members_.begin(), members_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& member) { return sum + member->bmc.change_attempts(); });
}

std::uint64_t Fleet::commands() const {
  return std::accumulate(members_.begin(), members_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& member) { return sum + member->bmc.commands(); });
}

}  // namespace pue::plant::ipmi
