#include <fmt/format.h>
#include <sys/resource.h>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

#include "plant/load/load.h"
#include "plant/modbus/tcp_server.h"

namespace pue::plant {
namespace {

/// A device of the load: no state but its number.
class LoadUnit : public Unit {
 public:
  LoadUnit(unsigned device, unsigned values) : device_(device), values_(values) {}

  [[nodiscard]] Exception read(std::uint8_t function, std::uint16_t address, std::span<std::uint16_t> words) override {
    if (function != 3) return Exception::illegal_function;
    if (address + words.size() > std::size_t{values_} * 2) return Exception::illegal_address;
    const auto second = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto at = static_cast<unsigned>(address + i);
      const auto bits = std::bit_cast<std::uint32_t>(load_value(device_, at / 2, second));
      words[i] = static_cast<std::uint16_t>(at % 2 == 0 ? bits >> 16 : bits & 0xFFFF);
    }
    return Exception::none;
  }

 private:
  unsigned device_;
  unsigned values_;
};

/// Two descriptors a device: its listening socket and a client's connection.
void allow_descriptors(unsigned devices) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2UL * devices + 64) {
    fmt::print(stderr, "pue-plant: {} descriptors allowed, {} devices may need {}: raise ulimit -n\n", limit.rlim_cur,
               devices, 2 * devices + 64);
  }
}

}  // namespace

int run_load(const LoadSettings& settings) {
  allow_descriptors(settings.devices);
  asio::io_context io{1};
  RequestCounts counts;
  TcpServer server{io, counts};
  std::vector<std::unique_ptr<LoadUnit>> units;
  for (unsigned i = 0; i < settings.devices; ++i) {
    units.push_back(std::make_unique<LoadUnit>(i, settings.values));
    server.listen({.port = static_cast<std::uint16_t>(settings.base_port + i),
                   .units = {{1, units.back().get()}},
                   .answers = !is_silent(settings, i)});
  }
  asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](const asio::error_code&, int) { io.stop(); });
  fmt::print(stderr, "{} devices of {} values on tcp://127.0.0.1:{} and up, {} of them silent\n", settings.devices,
             settings.values, settings.base_port, settings.silent);
  io.run();
  fmt::print(stderr, "{} requests, {} write attempts, {} malformed\n", counts.requests, counts.write_attempts,
             counts.malformed);
  return counts.write_attempts == 0 ? 0 : 3;
}

}  // namespace pue::plant
