#include "agent/commands/probe_bmcs.h"

#include <algorithm>
#include <thread>

#include "collectors/ipmi/ipmi_collector.h"

namespace pue::commands {
namespace {

constexpr Duration k_least_interval = std::chrono::seconds{1};
constexpr Duration k_between_bmcs = std::chrono::milliseconds{4};
constexpr Duration k_for_sensors = std::chrono::seconds{12};
constexpr Duration k_look = std::chrono::milliseconds{50};

/// What to do about a BMC that was never read.
std::string_view hint_for(PollFailure failure) {
  switch (failure) {
    case PollFailure::authentication:
      return "username and password_file, or IPMI over LAN is not enabled for this user; the password has at most 20 "
             "bytes";
    case PollFailure::cipher_refused:
      return "cipher_suites = [17, 3] for BMCs without SHA-256";
    case PollFailure::wrong_signature:
      return "the BMC has a key K_g of its own: kg_file";
    case PollFailure::privilege:
      return "privilege = \"operator\", where the user has it";
    case PollFailure::session_refused:
      return "other programs hold the BMC's sessions; they end a minute after their last command";
    case PollFailure::port_lost:
      return "load the kernel's ipmi_devintf, and let the agent's user open the device";
    default:
      return "host, port 623/udp, or IPMI over LAN is switched off";
  }
}

/// Intervals short enough for a person who waits.
plan::Plan hurried(const plan::Plan& plan, Duration interval) {
  auto copy = plan;
  for (auto& device : copy.devices) {
    if (!plan::is_bmc(copy.buses[device.bus])) continue;
    device.interval = interval;
    for (const auto point : device.points) copy.points[point].interval = interval;
  }
  return copy;
}

/// One run of the collector and what came of it.
class BmcProbe {
 public:
  BmcProbe(const plan::Plan& plan, std::vector<plan::BusId> buses)
      : interval_(std::max(k_least_interval, k_between_bmcs * static_cast<Duration::rep>(buses.size()))),
        plan_(hurried(plan, interval_)),
        buses_(std::move(buses)),
        board_(plan_.points.size(), 0, plan_.devices.size()),
        good_(plan_.points.size(), false) {}

  ProbeResult run() {
    ipmi::IpmiCollector collector{plan_, buses_, board_, 0};
    const auto end = BootClock::now() + 3 * interval_ + k_for_sensors;
    collector.start();
    while (BootClock::now() < end) {
      std::this_thread::sleep_for(k_look);
      take(collector.ring());
      if (std::all_of(buses_.begin(), buses_.end(), [&](plan::BusId bus) { return settled(device_of(bus)); })) break;
    }
    collector.stop();
    take(collector.ring());
    for (const auto bus : buses_) judge_bmc(device_of(bus));
    return std::move(result_);
  }

 private:
  [[nodiscard]] const plan::Device& device_of(plan::BusId bus) const {
    return plan_.devices[plan_.buses[bus].devices.front()];
  }

  void take(SpscRing<Sample>& ring) {
    for (Sample sample; ring.pop(sample);) {
      if (sample.quality == SampleQuality::good) good_[sample.point] = true;
    }
  }

  /// Whether waiting longer would tell more.
  [[nodiscard]] bool settled(const plan::Device& device) const {
    const auto failure = board_.device(device.id).last_failure();
    if (failure == PollFailure::authentication || failure == PollFailure::cipher_refused) return true;
    return std::all_of(device.points.begin(), device.points.end(), [&](PointId point) { return good_[point]; });
  }

  void judge_bmc(const plan::Device& device) {
    const auto& state = board_.device(device.id);
    if (!state.last_success()) {
      const auto failure = state.last_failure() == PollFailure::none ? PollFailure::timeout : state.last_failure();
      result_.findings.push_back({.device = device.name,
                                  .point = "",
                                  .message = "no answer: " + std::string(describe(failure)),
                                  .hint = std::string(hint_for(failure))});
      return;
    }
    for (const auto id : device.points) {
      const auto& point = plan_.points[id];
      if (good_[id]) {
        ++result_.good_points;
      } else if (point.source->on_request) {
        result_.findings.push_back({.device = device.name,
                                    .point = std::string(point.name),
                                    .message = "the BMC gives no value",
                                    .hint = "it has no such sensor (`pue-agent read` shows those it has), or it is not "
                                            "plugged in"});
      } else if (point.source->unit == profiles::Unit::watt) {
        result_.findings.push_back(
            {.device = device.name,
             .point = std::string(point.name),
             .message = "the BMC gives no power reading",
             .hint = "it has neither DCMI nor a power sensor, or the user may not ask for them"});
      }
    }
  }

  Duration interval_;
  plan::Plan plan_;
  std::vector<plan::BusId> buses_;
  Board board_;
  std::vector<bool> good_;
  ProbeResult result_;
};

}  // namespace

ProbeResult probe_bmcs(const plan::Plan& plan) {
  std::vector<plan::BusId> buses;
  for (const auto& bus : plan.buses) {
    if (plan::is_bmc(bus) && !bus.devices.empty()) buses.push_back(bus.id);
  }
  if (buses.empty()) return {};
  return BmcProbe{plan, std::move(buses)}.run();
}

}  // namespace pue::commands
