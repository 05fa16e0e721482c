#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "plant/ipmi/fleet.h"
#include "plant/physics/facility.h"
#include "plant/scenario.h"

namespace pue::plant {

/// Some servers of the facility with a BMC each, of all makes in turn: "node-1" and so on, on the addresses of
/// ipmi::Fleet and the UDP port with the number of the plant's first TCP port. Their power is a part of the IT power of
/// the racks they stand in.
class Servers {
 public:
  static constexpr std::size_t k_count = 12;

  Servers(asio::io_context& io, std::uint16_t port, const Parameters& parameters);

  void show(const OperatingPoint& point);

  /// Lets these faults begin when their time comes: real seconds since the start.
  /// @return what is wrong with the first that cannot; empty: nothing.
  [[nodiscard]] std::string schedule(std::vector<ScheduledFault> faults);
  void begin_scheduled(Seconds since_start, ipmi::UdpPort::Moment now);

  [[nodiscard]] ipmi::Fleet& fleet() { return fleet_; }
  [[nodiscard]] const ipmi::Fleet& fleet() const { return fleet_; }

 private:
  ipmi::Fleet fleet_;
  double inlet_celsius_;
  std::vector<ScheduledFault> scheduled_;  ///< by their beginning
  std::size_t begun_ = 0;
};

}  // namespace pue::plant
