#include "plant/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>

#include "plant/modbus/rtu_slave.h"
#include "plant/modbus/tcp_server.h"
#include "plant/servers.h"
#include "plant/truth/http.h"
#include "plant/truth/truth.h"

namespace pue::plant {
namespace {

/// Meters renew what they show ten times a second; the fastest real ones do so every 100 to 200 ms.
constexpr auto k_step = std::chrono::milliseconds{100};

class Running {
 public:
  Running(const Settings& settings, const Parameters& parameters)
      : site_(parameters, library_,
              Clock{std::chrono::steady_clock::now(), Seconds{settings.start_day * 86'400.0}, settings.speed},
              std::chrono::steady_clock::now()),
        server_(io_, counts_),
        servers_(io_, settings.base_port, parameters),
        step_(io_),
        signals_(io_, SIGINT, SIGTERM) {
    follow(settings);
    listen(settings);
    fmt::print(stderr, "{} servers' BMCs on udp://{}:{} and up\n", servers_.fleet().size(),
               ipmi::Fleet::address(0).to_string(), settings.base_port);
    if (!settings.truth_address.empty()) {
      truth_.emplace(io_, settings.truth_address, [this](std::string_view method, std::string_view target) {
        site_.advance(std::chrono::steady_clock::now());
        auto answer = answer_truth(site_, servers_.fleet(), counts_, method, target);
        return HttpPort::Answer{answer.status, std::move(answer.body)};
      });
      fmt::print(stderr, "truth on http://{}/\n", settings.truth_address);
    }
    signals_.async_wait([this](const asio::error_code&, int) { io_.stop(); });
  }

  void run() {
    tick();
    io_.run();
  }

 private:
  void follow(const Settings& settings) {
    if (settings.scenario.empty()) return;
    auto faults = load_scenario(settings.scenario);
    if (!faults) throw std::runtime_error{faults.error()};
    const auto of_bmcs = std::stable_partition(faults->begin(), faults->end(), [&](const ScheduledFault& fault) {
      return servers_.fleet().find(fault.device) == nullptr;
    });
    auto wrong = servers_.schedule({of_bmcs, faults->end()});
    if (wrong.empty()) wrong = site_.schedule({faults->begin(), of_bmcs});
    if (!wrong.empty()) throw std::runtime_error{settings.scenario + ": " + wrong};
  }

  void listen(const Settings& settings) {
    for (const auto& wire : site_.layout().wires) {
      std::vector<Endpoint::Place> places;
      for (std::size_t i = 0; i < site_.devices().size(); ++i) {
        const auto& instrument = site_.layout().instruments[i];
        if (instrument.bus == wire.name) places.push_back({instrument.unit, site_.devices()[i].get()});
      }
      if (wire.port_offset) {
        const auto port = static_cast<std::uint16_t>(settings.base_port + *wire.port_offset);
        fmt::print(stderr, "{} on tcp://127.0.0.1:{}, {} unit{}\n", wire.name, port, places.size(),
                   places.size() == 1 ? "" : "s");
        server_.listen({.port = port, .units = std::move(places)});
      } else if (!settings.rtu_link.empty()) {
        const auto count = places.size();
        line_ = std::make_unique<RtuSlave>(io_, counts_, std::move(places), settings.rtu_link);
        fmt::print(stderr, "{} on rtu://{} ({}), {} units\n", wire.name, settings.rtu_link, line_->terminal(), count);
      }
    }
  }

  void tick() {
    site_.advance(std::chrono::steady_clock::now());
    servers_.show(site_.point());
    servers_.begin_scheduled(site_.clock().real(site_.now()), site_.now());
    step_.expires_after(k_step);
    step_.async_wait([this](const asio::error_code& error) {
      if (!error) tick();
    });
  }

  asio::io_context io_{1};
  profiles::Library library_;
  Site site_;
  RequestCounts counts_;
  TcpServer server_;
  Servers servers_;
  std::unique_ptr<RtuSlave> line_;
  std::optional<HttpPort> truth_;
  asio::steady_timer step_;
  asio::signal_set signals_;
};

}  // namespace

int run_facility(const Settings& settings, const Parameters& parameters) {
  Running plant{settings, parameters};
  fmt::print(stderr, "facility '{}' is running at {:g} times real time\n", parameters.name, settings.speed);
  plant.run();
  return 0;
}

}  // namespace pue::plant
