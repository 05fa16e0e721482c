#include <cstdio>

#include "agent/exposition/exposition.h"
#include "agent/exposition/instruments.h"
#include "tests/unit/exposition/sample_facility.h"

/// Prints the exposition of a facility whose names are as bad as devices and people make them, with a value in every
/// kind of metric, for promtool to judge.
int main() {
  using namespace pue;
  using namespace pue::test;
  using profiles::PointKind;
  using profiles::Unit;

  SampleFacility facility;
  std::vector<profiles::Point> everything;
  for (int unit = 0; unit <= static_cast<int>(Unit::revolutions_per_minute); ++unit) {
    for (const auto kind : {PointKind::gauge, PointKind::counter, PointKind::state}) {
      for (const auto* name : {"x", "x_l1", "x_total", "x_import_total", "x_import_t1", "x_import_l1", "heat_x",
                               "x_power_factor_l1", "x_power_factor_total", "x_humidity"}) {
        // no name twice, as in a profile
        const auto suffix = "u" + std::to_string(unit) + "k" + std::to_string(static_cast<int>(kind)) + "_";
        everything.push_back(point(suffix + name, static_cast<Unit>(unit), kind));
      }
    }
  }
  everything.push_back(point("nominal_power_active", Unit::watt));
  everything.push_back(point("nominal_power_apparent", Unit::volt_ampere));
  facility.add_device("everything", std::move(everything));
  for (const auto* name : {"quote \" backslash \\ brace } {", "line\nfeed\r\n# TYPE x counter\nx 1", "冷水机组-1 电表",
                           "temp 21\xB0"
                           "C",
                           "\xFF\xFE\xC3", "\x1B[31mred\x1B[0m", "", " ", "a=\"b\",c=\"d\"", "\xED\xA0\x80"}) {
    const auto device = facility.add_device(name, {power(), energy()}, name);
    facility.add_meter(name, device, plan::Role::it_rack, name);
    facility.plan.zones.emplace_back(name);
  }
  const auto server = facility.add_device("node \"1\"\n", {power()}, "ipmi-bmc");
  facility.plan.devices[server].placement = plan::Placement{.fleet = 0, .rack = "r\"\\\n", .service = "\xB0"};
  facility.plan.devices[server].bus = static_cast<plan::BusId>(facility.plan.buses.size());
  facility.plan.buses.push_back(
      {.id = facility.plan.devices[server].bus, .name = "bmc", .address = plan::LocalBmc{"/dev/ipmi0"}});
  facility.plan.fleets = {"fleet \"\n"};
  facility.plan.facility.name = "he said \"太原\"\n\xB0\\";
  facility.plan.facility.region = "\"";
  facility.plan.facility.grid_factor =
      plan::GridFactor{.grams_per_joule = 0.0002, .zone = "\"\n", .year = 2022, .source = "\\"};
  facility.start();
  for (std::size_t i = 0; i < facility.layout->size(); ++i) facility.figures->set(i, 0.5 + static_cast<double>(i));
  facility.board->publish(facility.figures->words());
  facility.keep_ledger();
  for (std::size_t i = 0; i < facility.ledger->words().size(); ++i)
    facility.set_ledger(i, 0.25 + static_cast<double>(i));
  for (PointId id = 0; id < facility.plan.points.size(); ++id) facility.board->set_point(id, 1e-9 * (id + 1));
  for (DeviceId id = 0; id < facility.plan.devices.size(); ++id) {
    facility.board->device(id).succeeded(Instant{std::chrono::seconds{1}}, 4ms);
    for (std::size_t reason = 1; reason < k_poll_failures; ++reason) {
      facility.board->device(id).failed(static_cast<PollFailure>(reason));
    }
  }
  facility.board->device(server).set_power_source(PowerSource::psu_sum, true);
  facility.stats.late(3ms);

  auto sources = facility.sources();
  sources.collectors.push_back({"/dev/serial/by-id/usb \"x\"", &facility.stats});
  exposition::Exposition exposition{sources};
  exposition::Instruments instruments;
  instruments.answered(404);
  instruments.rendered(Seconds{0.002});
  std::string text;
  exposition.append(text);
  exposition::append_families(text, instruments.registry().Collect());
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
