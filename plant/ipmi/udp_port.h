#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <memory>
#include <vector>

#include "plant/ipmi/bmc_fault.h"
#include "plant/ipmi/rmcp_server.h"

namespace pue::plant::ipmi {

/// A BMC's port on a loopback address, with whatever goes wrong there. Owned by the thread that runs `io`.
class UdpPort {
 public:
  using Moment = RmcpServer::Moment;

  /// Throws std::system_error with the address in its text where it cannot listen. `server` must outlive the port.
  UdpPort(asio::io_context& io, RmcpServer& server, const asio::ip::udp::endpoint& here);
  ~UdpPort();
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;

  void begin(BmcFault fault, double value, Moment until);
  void clear_faults();
  [[nodiscard]] RmcpServer& server() { return server_; }

 private:
  struct Running {
    BmcFault fault;
    double value;
    Moment until;
  };
  /// What a handler may still touch when the port has gone.
  struct Life;

  void wait();
  void receive_all();
  void answer(View packet, const asio::ip::udp::endpoint& from);
  void send(Bytes packet, const asio::ip::udp::endpoint& to, double after_milliseconds);
  [[nodiscard]] const Running* running(BmcFault fault) const;
  [[nodiscard]] bool loses_this_one();

  RmcpServer& server_;
  std::shared_ptr<Life> life_;
  std::vector<Running> faults_;
  std::uint64_t packets_ = 0;
  std::uint32_t chance_ = 0x2545F491;
};

}  // namespace pue::plant::ipmi
