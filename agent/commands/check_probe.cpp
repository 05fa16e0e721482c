#include "agent/commands/check_probe.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "agent/plan/metering.h"

namespace pue::commands {
namespace {

constexpr std::size_t k_threads = 32;

/// A device's profile with nothing in it but what `wanted` picks, and what that refers to.
template <class Wanted>
profiles::Profile reduced(const profiles::Profile& profile, Wanted wanted) {
  std::set<std::string> names;
  for (const auto& point : profile.points) {
    if (!wanted(point)) continue;
    names.insert(point.name);
    if (point.exponent) names.insert(point.exponent->point);
    if (!point.multiply_by.empty()) names.insert(point.multiply_by);
  }
  auto copy = profile;
  std::erase_if(copy.points, [&](const profiles::Point& point) { return !names.contains(point.name); });
  return copy;
}

profiles::Profile configured(const plan::Plan& plan, const plan::Device& device) {
  std::set<std::string> polled;
  for (const auto id : device.points) polled.emplace(plan.points[id].name);
  return reduced(*device.profile, [&](const profiles::Point& point) { return polled.contains(point.name); });
}

/// Powers that have a register, and those registers.
profiles::Profile registers_and_powers(const profiles::Profile& profile) {
  std::set<std::string> names;
  for (const auto& point : profile.points) {
    if (point.unit != profiles::Unit::watt) continue;
    for (const auto name : plan::registers_of(point.name)) {
      if (profile.find(name) == nullptr) continue;
      names.insert(point.name);
      names.emplace(name);
    }
  }
  return reduced(profile, [&](const profiles::Point& point) { return names.contains(point.name); });
}

/// One device on its way through a probe. The readings point into the profiles.
struct Probed {
  profiles::Profile all;
  profiles::Profile again;
  Look first;
  Look second;
};

Look look(modbus::Reader& reader, std::uint8_t unit, const profiles::Profile& profile) {
  const auto begin = BootClock::now();
  auto points = modbus::read_device(reader, unit, profile);
  return {std::move(points), begin + (BootClock::now() - begin) / 2};
}

bool answered(const Look& look) {
  return std::any_of(look.points.begin(), look.points.end(),
                     [](const auto& reading) { return reading.quality == modbus::PointQuality::good; });
}

bool is_modbus(const plan::Bus& bus) {
  return std::holds_alternative<plan::TcpAddress>(bus.address) || std::holds_alternative<plan::SerialLine>(bus.address);
}

void probe_bus(const plan::Plan& plan, const plan::Bus& bus, Duration apart, const OpenReader& open,
               std::vector<Probed>& probed) {
  Duration timeout{};
  for (const auto id : bus.devices) timeout = std::max(timeout, plan.devices[id].timeout);
  const auto reader = open(bus, timeout);
  for (const auto id : bus.devices) {
    const auto& device = plan.devices[id];
    auto& slot = probed[id];
    slot.all = configured(plan, device);
    slot.again = registers_and_powers(slot.all);
    slot.first = look(*reader, device.unit, slot.all);
  }
  for (const auto id : bus.devices) {
    auto& slot = probed[id];
    if (slot.again.points.empty() || !answered(slot.first)) continue;
    const auto due = slot.first.at + apart;
    if (const auto wait = due - BootClock::now(); wait > Duration{}) std::this_thread::sleep_for(wait);
    slot.second = look(*reader, plan.devices[id].unit, slot.again);
  }
}

}  // namespace

std::unique_ptr<modbus::Reader> open_bus(const plan::Bus& bus, Duration timeout) {
  if (const auto* line = std::get_if<plan::SerialLine>(&bus.address)) return modbus::open_rtu(*line, timeout);
  return modbus::open_tcp(std::get<plan::TcpAddress>(bus.address), timeout);
}

ProbeResult probe(const plan::Plan& plan, Duration apart, const OpenReader& open) {
  std::vector<Probed> probed(plan.devices.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    // relaxed: the number alone matters, the results are read after the threads have joined
    for (auto i = next.fetch_add(1, std::memory_order_relaxed); i < plan.buses.size();
         i = next.fetch_add(1, std::memory_order_relaxed)) {
      if (is_modbus(plan.buses[i])) probe_bus(plan, plan.buses[i], apart, open, probed);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(k_threads, plan.buses.size()); ++i) threads.emplace_back(work);
  }
  ProbeResult result;
  for (const auto& device : plan.devices) {
    if (!is_modbus(plan.buses[device.bus])) continue;
    const auto& slot = probed[device.id];
    for (const auto id : device.points) {
      const auto found = std::find_if(slot.first.points.begin(), slot.first.points.end(),
                                      [&](const auto& reading) { return reading.point->name == plan.points[id].name; });
      if (found != slot.first.points.end() && found->quality == modbus::PointQuality::good) ++result.good_points;
    }
    auto findings = judge(device.name, slot.first, slot.second);
    std::move(findings.begin(), findings.end(), std::back_inserter(result.findings));
  }
  return result;
}

}  // namespace pue::commands
