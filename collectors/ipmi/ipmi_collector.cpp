#include "collectors/ipmi/ipmi_collector.h"

#include <fmt/format.h>
#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include "collectors/ipmi/open_bmc.h"
#include "collectors/net/descriptors.h"

namespace pue::ipmi {
namespace {

constexpr Duration k_rest = std::chrono::milliseconds{1};
constexpr Duration::rep k_polls_in_slot = 25;
constexpr Duration k_least_slot = std::chrono::milliseconds{10};
constexpr Duration k_longest_slot = std::chrono::milliseconds{250};
constexpr Duration k_for_answers = std::chrono::milliseconds{1200};
constexpr Duration k_for_all = std::chrono::milliseconds{1900};

}  // namespace

IpmiCollector::IpmiCollector(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board,
                             unsigned index)
    : IpmiCollector(plan, buses, board, index,
                    [this](asio::io_context&, CollectorStats&, const plan::Bus& bus, const plan::Device& device) {
                      return connect(bus, device);
                    }) {}

IpmiCollector::IpmiCollector(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board,
                             unsigned index, const Connect& way)
    : Collector(plan.ring_capacity), index_(index), loop_(ring_, stats_, plan.points.size()) {
  for (const auto id : buses) {
    const auto& bus = plan.buses[id];
    for (const auto device : bus.devices) {
      const auto& polled = plan.devices[device];
      pollers_.emplace_back(plan, polled, board, way(context_, stats_, bus, polled), loop_, context_);
    }
  }
}

IpmiCollector::~IpmiCollector() { stop(); }

std::unique_ptr<Bmc> IpmiCollector::connect(const plan::Bus& bus, const plan::Device& device) {
  return open_bmc(context_, crypto_, stats_, bus.address, device.timeout);
}

std::string IpmiCollector::name() const { return fmt::format("ipmi-{}", index_); }

void IpmiCollector::start() {
  if (thread_.joinable()) return;
  net::allow_many_descriptors();
  thread_ = std::thread{[this] { run(); }};
}

void IpmiCollector::stop() {
  if (!thread_.joinable()) return;
  // release: pairs with run()
  stopping_.store(true, std::memory_order_release);
  asio::post(context_, [] {});
  thread_.join();
}

void IpmiCollector::run() {
  const auto guard = asio::make_work_guard(context_);
  spawn();
  // acquire: pairs with stop()
  while (!stopping_.load(std::memory_order_acquire)) {
    context_.run_one();
    context_.poll();
    // A wake-up costs more than an answer: those that come within a millisecond are taken together.
    std::this_thread::sleep_for(k_rest);
  }
  close();
}

/// Poller i of n begins i/n into its interval, give or take a part of the gap to the next. Those of one slot begin
/// together, so that one wake-up serves them.
void IpmiCollector::spawn() {
  const auto now = BootClock::now();
  std::uniform_real_distribution<double> jitter{0.0, 1.0};
  double place = 0.0;
  for (auto& poller : pollers_) {
    const double share = (place + jitter(loop_.random)) / static_cast<double>(pollers_.size());
    const auto interval = poller.device().interval;
    const auto slot = std::clamp(interval / static_cast<Duration::rep>(pollers_.size()) * k_polls_in_slot, k_least_slot,
                                 k_longest_slot);
    const auto into = Duration{static_cast<Duration::rep>(static_cast<double>(interval.count()) * share)} / slot * slot;
    place += 1.0;
    poller.start(now + into);
  }
}

void IpmiCollector::close() {
  for (auto& poller : pollers_) poller.stop();
  const auto began = BootClock::now();
  bool patient = true;
  while (loop_.running > 0 && BootClock::now() - began < k_for_all) {
    context_.run_one_for(std::chrono::milliseconds{10});
    if (!patient || BootClock::now() - began < k_for_answers) continue;
    patient = false;
    for (auto& poller : pollers_) poller.abandon();
  }
}

}  // namespace pue::ipmi
