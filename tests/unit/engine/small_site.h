#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "agent/engine.h"
#include "tests/unit/energy/at.h"

namespace pue::test {

/// A facility built by hand: each meter is a device of its own with a power point and, if asked, an energy register.
class SmallSite {
 public:
  struct MeterSpec {
    std::string name;
    plan::Role role = plan::Role::monitor;
    bool has_register = false;
    std::optional<std::size_t> upstream = std::nullopt;
    std::string zone = {};
    double share = 1.0;
    bool tells_serial_number = false;
  };

  explicit SmallSite(const std::vector<MeterSpec>& meters) {
    plan_.facility.name = "test";
    for (const auto& spec : meters) add(spec);
    for (const plan::Meter& meter : plan_.meters) {
      const auto side = plan::side_of(meter.role);
      if (side == plan::Side::source || side == plan::Side::outside) {
        plan_.total.push_back(meter.id);
        plan_.total_sign.push_back(side == plan::Side::outside ? -1.0 : 1.0);
      }
      if (const auto layer = plan::layer_of(meter.role)) plan_.it[static_cast<std::size_t>(*layer)].push_back(meter.id);
    }
  }

  /// Gives the meter's device the powers of three phases. @return their points.
  std::vector<PointId> add_phases(std::size_t meter) {
    std::vector<PointId> points;
    for (const char* const name : {"power_active_l1", "power_active_l2", "power_active_l3"}) {
      phases_.push_back(std::make_unique<profiles::Point>(profiles::Point{.name = name, .unit = profiles::Unit::watt}));
      points.push_back(add_point(*plan_.meters[meter].device, *phases_.back()));
    }
    return points;
  }

  /// Builds board and engine; the plan is final from here on.
  void begin(RecordKeeper::Output records = {}) {
    layout_ = std::make_unique<plan::FigureLayout>(plan_);
    board_ = std::make_unique<Board>(plan_.points.size(), layout_->size(), plan_.devices.size());
    ring_ = std::make_unique<SpscRing<Sample>>(1 << 16);
    engine_ = std::make_unique<Engine>(plan_, *board_, std::vector<SpscRing<Sample>*>{ring_.get()}, std::move(records));
  }

  void power(std::size_t meter, Instant when, double watts, SampleQuality quality = SampleQuality::good) {
    (void)ring_->push(
        {.at = when, .value = watts, .raw = 0, .point = plan_.meters[meter].power[0], .quality = quality});
  }
  void joules(std::size_t meter, Instant when, double value, SampleQuality quality = SampleQuality::good) {
    (void)ring_->push({.at = when, .value = value, .raw = 0, .point = *plan_.meters[meter].energy, .quality = quality});
  }
  void value(PointId point, Instant when, double value) {
    (void)ring_->push({.at = when, .value = value, .raw = 0, .point = point, .quality = SampleQuality::good});
  }
  void serial_number(std::size_t meter, Instant when, double number) {
    (void)ring_->push({.at = when, .value = number, .raw = 0, .point = *plan_.meters[meter].serial_number});
  }
  void tick(Instant now, bool last = false) { engine_->tick(now, last); }
  void resume(std::span<const LedgerAccount> accounts, std::span<const LedgerQuarter> quarters = {}) {
    engine_->resume(accounts, quarters);
  }

  [[nodiscard]] std::optional<double> figure(std::size_t index) const {
    plan::Figures figures{layout_->size()};
    board_->read_figures(figures.words());
    return figures.get(index);
  }
  [[nodiscard]] const plan::FigureLayout& layout() const { return *layout_; }
  [[nodiscard]] plan::Plan& plan() { return plan_; }
  [[nodiscard]] const Board& board() const { return *board_; }

 private:
  PointId add_point(DeviceId device, const profiles::Point& source) {
    const auto id = static_cast<PointId>(plan_.points.size());
    plan_.points.push_back(
        {.id = id, .device = device, .name = source.name, .source = &source, .interval = 1s, .stale_after = 3s});
    plan_.devices[device].points.push_back(id);
    return id;
  }

  void add(const MeterSpec& spec) {
    const auto id = static_cast<DeviceId>(plan_.devices.size());
    plan_.devices.push_back({.id = id, .name = spec.name});
    plan::Meter meter{.id = id, .name = spec.name, .device = id, .role = spec.role};
    meter.power.push_back(add_point(id, *power_));
    if (spec.has_register) meter.energy = add_point(id, *energy_);
    if (spec.tells_serial_number) meter.serial_number = add_point(id, *serial_number_);
    if (spec.upstream) meter.upstream = static_cast<plan::MeterId>(*spec.upstream);
    meter.zone = spec.zone;
    meter.share = spec.share;
    if (!spec.zone.empty() && std::find(plan_.zones.begin(), plan_.zones.end(), spec.zone) == plan_.zones.end()) {
      plan_.zones.push_back(spec.zone);
    }
    plan_.meters.push_back(meter);
  }

  std::unique_ptr<profiles::Point> power_ =
      std::make_unique<profiles::Point>(profiles::Point{.name = "power_active_total", .unit = profiles::Unit::watt});
  std::unique_ptr<profiles::Point> energy_ = std::make_unique<profiles::Point>(profiles::Point{
      .name = "energy_active_import_total", .unit = profiles::Unit::joule, .kind = profiles::PointKind::counter});
  std::vector<std::unique_ptr<profiles::Point>> phases_;
  std::unique_ptr<profiles::Point> serial_number_ =
      std::make_unique<profiles::Point>(profiles::Point{.name = "serial_number"});
  plan::Plan plan_;
  std::unique_ptr<plan::FigureLayout> layout_;
  std::unique_ptr<Board> board_;
  std::unique_ptr<SpscRing<Sample>> ring_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace pue::test
