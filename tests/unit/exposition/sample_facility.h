#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/exposition/sources.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/ledger_layout.h"

namespace pue::test {

using namespace std::chrono_literals;

/// A plan made by hand, with its board and a clock that stands still: a grid meter, a UPS below it, a chiller, and
/// what their devices offer. Values are set by name.
class SampleFacility {
 public:
  SampleFacility() {
    plan.facility.name = "taiyuan-1";
    plan.facility.region = "north";
    plan.facility.grid_zone = "CN-SX";
    plan.facility.standard = "ISO/IEC 30134-2";
    plan.facility.timezone = "Asia/Shanghai";
    plan.buses.push_back({.id = 0, .name = "main-switchboard", .address = plan::TcpAddress{"127.0.0.1", 502}});
  }

  DeviceId add_device(std::string name, std::vector<profiles::Point> points, std::string profile_id = "sample-meter") {
    auto profile = std::make_shared<profiles::Profile>();
    profile->id = std::move(profile_id);
    profile->points = std::move(points);
    const auto id = static_cast<DeviceId>(plan.devices.size());
    plan::Device device{.id = id, .name = std::move(name), .bus = 0, .unit = static_cast<std::uint8_t>(id % 247 + 1)};
    for (const auto& source : profile->points) {
      const auto point = static_cast<PointId>(plan.points.size());
      plan.points.push_back({.id = point, .device = id, .name = source.name, .source = &source});
      device.points.push_back(point);
    }
    device.profile = std::move(profile);
    plan.buses[0].devices.push_back(id);
    plan.devices.push_back(std::move(device));
    return id;
  }

  plan::MeterId add_meter(std::string name, DeviceId device, plan::Role role, std::string zone = {}) {
    const auto id = static_cast<plan::MeterId>(plan.meters.size());
    plan::Meter meter{.id = id, .name = std::move(name), .device = device, .role = role, .zone = std::move(zone)};
    if (!plan.devices[device].points.empty()) meter.power.push_back(plan.devices[device].points.front());
    plan.meters.push_back(std::move(meter));
    if (const auto layer = plan::layer_of(role)) plan.it[static_cast<std::size_t>(*layer)].push_back(id);
    if (plan::side_of(role) == plan::Side::source) {
      plan.total.push_back(id);
      plan.total_sign.push_back(1.0);
    }
    return id;
  }

  /// Sizes the board; devices and meters may not be added any more.
  void start() {
    layout = std::make_unique<plan::FigureLayout>(plan);
    figures = std::make_unique<plan::Figures>(layout->size());
    board = std::make_unique<Board>(plan.points.size(), layout->size(), plan.devices.size());
  }

  void set_figure(std::size_t index, double value) {
    figures->set(index, value);
    board->publish(figures->words());
  }
  /// From here on a ledger is kept, which says nothing yet. After start().
  void keep_ledger() {
    plan.ledger.path = "ledger.db";
    ledger = std::make_unique<plan::Figures>(plan::LedgerLayout{plan}.size());
    const std::vector<std::uint64_t> now(figures->words().begin(), figures->words().end());
    board = std::make_unique<Board>(plan.points.size(), layout->size(), plan.devices.size(), ledger->words().size());
    board->publish(now);
  }
  void set_ledger(std::size_t index, double value) {
    ledger->set(index, value);
    board->publish_ledger(ledger->words());
  }
  void set_point(const std::string& device, const std::string& point, double value) {
    for (const auto& one : plan.points) {
      if (one.name == point && plan.devices[one.device].name == device) board->set_point(one.id, value);
    }
  }

  /// The collector "tcp-0" is the one whose statistics are `stats`. The clock stands at 1,000 s after the machine's
  /// start and at 2,000,000,000 s of Unix time.
  [[nodiscard]] exposition::Sources sources() const {
    return {.plan = plan,
            .board = *board,
            .collectors = {{"tcp-0", &stats}},
            .version = "1.2.3",
            .now = [this] { return Instant{boot_seconds}; },
            .wall = [] { return std::chrono::system_clock::time_point{2'000'000'000s}; }};
  }

  plan::Plan plan;
  std::unique_ptr<plan::FigureLayout> layout;
  std::unique_ptr<plan::Figures> figures;
  std::unique_ptr<plan::Figures> ledger;
  std::unique_ptr<Board> board;
  CollectorStats stats;
  std::chrono::seconds boot_seconds{1000};
};

inline profiles::Point point(std::string name, profiles::Unit unit,
                             profiles::PointKind kind = profiles::PointKind::gauge) {
  profiles::Point made;
  made.name = std::move(name);
  made.unit = unit;
  made.kind = kind;
  return made;
}

inline profiles::Point power() { return point("power_active_total", profiles::Unit::watt); }
inline profiles::Point energy() {
  return point("energy_active_import_total", profiles::Unit::joule, profiles::PointKind::counter);
}

/// Grid 1,300 W, UPS 1,000 W, chiller 200 W, after the first tick and one good poll each.
inline void fill(SampleFacility& facility) {
  using plan::FigureLayout;
  facility.add_meter("utility-a", facility.add_device("utility-a", {power(), energy()}), plan::Role::grid);
  facility.add_meter("ups-a-out", facility.add_device("ups-a", {power()}), plan::Role::it_ups, "hall-1");
  facility.add_meter("chiller-1", facility.add_device("chiller-1", {power()}), plan::Role::cooling_chiller);
  facility.plan.meters[1].upstream = 0;
  facility.plan.zones = {"hall-1"};
  facility.plan.facility.grid_factor =
      plan::GridFactor{.grams_per_joule = 0.0002, .zone = "CN-SX", .year = 2022, .source = "MEE", .estimated = false};
  facility.start();
  const auto& layout = *facility.layout;
  facility.set_figure(FigureLayout::tick(), 1);
  facility.set_figure(FigureLayout::tick_time(), 999.9);
  facility.set_figure(FigureLayout::total_power(), 1300);
  facility.set_figure(FigureLayout::total_energy(), 3.9e6);
  facility.set_figure(FigureLayout::co2_location(), 780);
  facility.set_figure(FigureLayout::it_power(plan::Layer::ups), 1000);
  facility.set_figure(FigureLayout::it_energy(plan::Layer::ups), 3e6);
  facility.set_figure(FigureLayout::instant_ratio(plan::Layer::ups), 1.3);
  facility.set_figure(FigureLayout::ratio(plan::Layer::ups, plan::Window::minutes_15), 1.25);
  facility.set_figure(FigureLayout::coverage(plan::Layer::ups, plan::Window::minutes_15), 0.5);
  facility.set_figure(layout.meter_power(0), 1300);
  facility.set_figure(layout.meter_power(1), 1000);
  facility.set_figure(layout.meter_power(2), 200);
  facility.set_point("utility-a", "power_active_total", 1300);
  facility.set_point("utility-a", "energy_active_import_total", 7.2e9);
  facility.set_point("ups-a", "power_active_total", 1000);
  for (DeviceId device = 0; device < 3; ++device) {
    facility.board->device(device).succeeded(Instant{std::chrono::seconds{990}}, 4ms);
    facility.board->device(device).set_up(true);
  }
  facility.stats.sent(12);
}

}  // namespace pue::test
