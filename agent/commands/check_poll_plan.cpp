#include "agent/commands/check_poll_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "collectors/modbus/unit_program.h"

namespace pue::commands {
namespace {

struct Frame {
  std::size_t request = 0;
  std::size_t answer = 0;
};

std::size_t payload(const modbus::Block& block) {
  const bool bits =
      block.function == modbus::ReadFunction::coils || block.function == modbus::ReadFunction::discrete_inputs;
  return bits ? (block.count + 7U) / 8U : 2U * block.count;
}

/// Bytes of a frame: MBAP header of 7 on TCP; address and checksum on a line; function, and address and count or byte
/// count, on both.
Frame frame_of(const modbus::Block& block, bool serial) {
  return serial ? Frame{8, 5 + payload(block)} : Frame{12, 9 + payload(block)};
}

/// Time a line is taken by one request and its answer.
double seconds_on(const plan::SerialLine& line, Frame frame, Duration pause) {
  const double bits = 9.0 + (line.parity == 'N' ? 0.0 : 1.0) + line.stop_bits;
  const double character = bits / line.baud;
  const double silence =
      line.silence > Duration{} ? seconds_of(line.silence).value() : std::max(3.5 * character, 0.00175);
  return character * static_cast<double>(frame.request + frame.answer) + 2 * silence +
         seconds_of(k_assumed_turnaround).value() + seconds_of(pause).value();
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return fmt::format(fmt::runtime(host.find(':') == std::string::npos ? "{}:{}" : "[{}]:{}"), host, port);
}

std::string written(const plan::Bus& bus) {
  if (const auto* line = std::get_if<plan::SerialLine>(&bus.address)) {
    return fmt::format("{} {} {}{}", line->path, line->baud, line->parity, line->stop_bits);
  }
  if (const auto* local = std::get_if<plan::LocalBmc>(&bus.address)) return local->path;
  if (const auto* bmc = std::get_if<plan::BmcAddress>(&bus.address)) return host_and_port(bmc->host, bmc->port);
  const auto& tcp = std::get<plan::TcpAddress>(bus.address);
  return host_and_port(tcp.host, tcp.port);
}

/// Bytes of a command and its answer in a session of cipher suite 17, by the largest of those that are polled (DCMI Get
/// Power Reading): RMCP and session header 16; payload with its initialization vector in blocks of 16; trailer 20.
constexpr Frame k_command{.request = 16 + 32 + 20, .answer = 16 + 48 + 20};

void add_bmc(const plan::Plan& plan, const plan::Bus& bus, BusLoad& load) {
  const bool network = std::holds_alternative<plan::BmcAddress>(bus.address);
  for (const auto device : bus.devices) {
    for (const auto point : plan.devices[device].points) {
      const double rounds = 1.0 / seconds_of(plan.points[point].interval).value();
      load.requests_per_second += rounds;
      if (network) load.bytes_per_second += rounds * static_cast<double>(k_command.request + k_command.answer);
    }
  }
}

/// The fleet that the only device of a BMC's bus belongs to.
std::optional<std::uint32_t> fleet_of(const plan::Plan& plan, const plan::Bus& bus) {
  if (bus.devices.size() != 1) return std::nullopt;
  const auto& placement = plan.devices[bus.devices.front()].placement;
  return placement ? std::optional{placement->fleet} : std::nullopt;
}

/// "10.2.0.1:623 ... 10.2.3.254:623", as the BMCs of a fleet come.
void extend(std::string& address, const std::string& next) {
  address = address.substr(0, address.find(" ... ")) + " ... " + next;
}

}  // namespace

std::vector<BusLoad> poll_plan(const plan::Plan& plan) {
  std::vector<BusLoad> loads;
  modbus::ProgramLibrary library;
  std::vector<std::optional<std::size_t>> fleets(plan.fleets.size());  ///< index into loads
  for (const auto& bus : plan.buses) {
    const auto fleet = fleet_of(plan, bus);
    if (fleet && fleets[*fleet]) {
      auto& load = loads[*fleets[*fleet]];
      ++load.devices;
      extend(load.address, written(bus));
      add_bmc(plan, bus, load);
      continue;
    }
    if (plan::is_bmc(bus)) {
      BusLoad load{.name = bus.name, .address = written(bus), .devices = bus.devices.size(), .occupancy = {}};
      if (fleet) {
        load.name = "fleet " + plan.fleets[*fleet];
        fleets[*fleet] = loads.size();
      }
      add_bmc(plan, bus, load);
      loads.push_back(std::move(load));
      continue;
    }
    const auto* line = std::get_if<plan::SerialLine>(&bus.address);
    BusLoad load{.name = bus.name, .address = written(bus), .devices = bus.devices.size(), .occupancy = {}};
    double busy = 0.0;
    for (const auto id : bus.devices) {
      const auto layout = library.layout_of(plan, plan.devices[id]);
      for (const auto& group : layout->groups) {
        const double rounds = 1.0 / seconds_of(group.interval).value();
        for (const auto& block : group.blocks) {
          const auto frame = frame_of(block, line != nullptr);
          load.requests_per_second += rounds;
          load.bytes_per_second += rounds * static_cast<double>(frame.request + frame.answer);
          if (line != nullptr) busy += rounds * seconds_on(*line, frame, bus.pause_between_requests);
        }
      }
    }
    if (line != nullptr) load.occupancy = busy;
    loads.push_back(std::move(load));
  }
  return loads;
}

}  // namespace pue::commands
