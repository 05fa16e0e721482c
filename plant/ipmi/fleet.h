#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plant/ipmi/udp_port.h"

namespace pue::plant::ipmi {

/// Many BMCs on one port, each on a loopback address of its own: 127.10.0.1 to 127.10.0.250, 127.10.1.1 and so on, as
/// real ones stand in a management network. The given makes take turns.
class Fleet {
 public:
  static constexpr std::size_t k_in_a_row = 250;

  /// Throws std::system_error where an address is taken.
  Fleet(asio::io_context& io, RmcpSettings settings, std::uint16_t port, std::size_t count, const std::string& prefix,
        std::span<const Vendor> makes);

  /// @return the address of the BMC of that index.
  [[nodiscard]] static asio::ip::address_v4 address(std::size_t index);

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] Bmc& bmc(std::size_t index) { return members_[index]->bmc; }
  [[nodiscard]] const Bmc& bmc(std::size_t index) const { return members_[index]->bmc; }
  /// @return the port of the BMC of that name, or null.
  [[nodiscard]] UdpPort* find(std::string_view name);
  void clear_faults();
  [[nodiscard]] std::uint64_t change_attempts() const;
  [[nodiscard]] std::uint64_t commands() const;

 private:
  struct Member {
    Member(asio::io_context& io, const RmcpSettings& settings, std::string name, const Vendor& vendor,
           const asio::ip::udp::endpoint& here)
        : bmc(std::move(name), vendor), server(bmc, settings), port(io, server, here) {}
    Bmc bmc;
    RmcpServer server;
    UdpPort port;
  };

  RmcpSettings settings_;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace pue::plant::ipmi
