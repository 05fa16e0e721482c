#include "agent/commands/check_poll_plan.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string written(const plan::Bus& bus) {
  if (const auto* line = std::get_if<plan::SerialLine>(&bus.address)) {
    return fmt::format("{} {} {}{}", line->path, line->baud, line->parity, line->stop_bits);
  }
  const auto& tcp = std::get<plan::TcpAddress>(bus.address);
  return fmt::format(fmt::runtime(tcp.host.find(':') == std::string::npos ? "{}:{}" : "[{}]:{}"), tcp.host, tcp.port);
}

}  // namespace

std::vector<BusLoad> poll_plan(const plan::Plan& plan) {
  std::vector<BusLoad> loads;
  modbus::ProgramLibrary library;
  for (const auto& bus : plan.buses) {
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
