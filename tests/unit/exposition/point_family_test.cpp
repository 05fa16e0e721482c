#include "agent/exposition/point_family.h"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <tuple>

#include "tests/unit/exposition/sample_facility.h"

using namespace pue;
using namespace pue::exposition;
using profiles::PointKind;
using profiles::Unit;

namespace {

std::string shown(const std::string& name, Unit unit, PointKind kind = PointKind::gauge) {
  const auto family = family_of(test::point(name, unit, kind));
  if (!family) return {};
  std::string text{metric(family->metric).name};
  text += " point=" + family->point;
  if (!family->phase.empty()) text += " phase=" + family->phase;
  if (!family->direction.empty()) text += " direction=" + family->direction;
  if (!family->tariff.empty()) text += " tariff=" + family->tariff;
  return text;
}

}  // namespace

TEST_CASE("power of phases and power over all phases never share a metric") {
  CHECK(shown("power_active_l1", Unit::watt) == "pue_device_power_watts point=power_active phase=l1");
  CHECK(shown("power_active_total", Unit::watt) == "pue_device_total_power_watts point=power_active");
  CHECK(shown("output_power_active_l3", Unit::watt) == "pue_device_power_watts point=output_power_active phase=l3");
  CHECK(shown("output_power_active_total", Unit::watt) == "pue_device_total_power_watts point=output_power_active");
  CHECK(shown("output_power_dc", Unit::watt) == "pue_device_total_power_watts point=output_power_dc");
  CHECK(shown("outlet_power_active_1", Unit::watt) == "pue_device_power_watts point=outlet_power_active_1");
  CHECK(shown("power_apparent_total", Unit::volt_ampere) ==
        "pue_device_total_apparent_power_volt_amperes point=power_apparent");
  CHECK(shown("power_reactive_l2", Unit::var) == "pue_device_reactive_power_vars point=power_reactive phase=l2");
}

TEST_CASE("heat moved and rated power are no power drawn") {
  CHECK(shown("heat_power", Unit::watt) == "pue_device_thermal_power_watts point=heat_power");
  CHECK(shown("cooling_power", Unit::watt) == "pue_device_thermal_power_watts point=cooling_power");
  CHECK(shown("nominal_power_active", Unit::watt) == "pue_device_nominal_power_watts point=nominal_power_active");
}

TEST_CASE("energy registers carry their direction; phases and tariffs are apart from totals") {
  const auto counter = PointKind::counter;
  CHECK(shown("energy_active_import_total", Unit::joule, counter) ==
        "pue_device_energy_joules_total point=energy_active direction=import");
  CHECK(shown("energy_active_export_total", Unit::joule, counter) ==
        "pue_device_energy_joules_total point=energy_active direction=export");
  CHECK(shown("energy_active_generated_total", Unit::joule, counter) ==
        "pue_device_energy_joules_total point=energy_active direction=generated");
  CHECK(shown("energy_active_total", Unit::joule, counter) == "pue_device_energy_joules_total point=energy_active");
  CHECK(shown("energy_active_import_l2", Unit::joule, counter) ==
        "pue_device_phase_energy_joules_total point=energy_active phase=l2 direction=import");
  CHECK(shown("energy_active_import_t2", Unit::joule, counter) ==
        "pue_device_tariff_energy_joules_total point=energy_active direction=import tariff=t2");
  CHECK(shown("energy_reactive_import_total", Unit::var_second, counter) ==
        "pue_device_reactive_energy_var_seconds_total point=energy_reactive direction=import");
  CHECK(shown("energy_apparent_import_total", Unit::volt_ampere_second, counter) ==
        "pue_device_apparent_energy_volt_ampere_seconds_total point=energy_apparent direction=import");
  CHECK(shown("battery_energy", Unit::joule) == "pue_device_stored_energy_joules point=battery_energy");
}

TEST_CASE("voltages name their two conductors") {
  CHECK(shown("voltage_l1_n", Unit::volt) == "pue_device_voltage_volts point=voltage phase=l1_n");
  CHECK(shown("voltage_l3_l1", Unit::volt) == "pue_device_voltage_volts point=voltage phase=l3_l1");
  CHECK(shown("bypass_voltage_l2", Unit::volt) == "pue_device_voltage_volts point=bypass_voltage phase=l2");
  CHECK(shown("voltage_ll_avg", Unit::volt) == "pue_device_voltage_volts point=voltage_ll_avg");
}

TEST_CASE("other quantities go by unit, kind and name") {
  CHECK(shown("current_n", Unit::ampere) == "pue_device_current_amperes point=current phase=n");
  CHECK(shown("current_total", Unit::ampere) == "pue_device_total_current_amperes point=current");
  CHECK(shown("current_sum", Unit::ampere) == "pue_device_total_current_amperes point=current_sum");
  CHECK(shown("air_humidity_return", Unit::ratio) == "pue_device_humidity_ratio point=air_humidity_return");
  CHECK(shown("power_factor_l1", Unit::ratio) == "pue_device_power_factor_ratio point=power_factor phase=l1");
  CHECK(shown("power_factor_total", Unit::ratio) == "pue_device_total_power_factor_ratio point=power_factor");
  CHECK(shown("battery_charge", Unit::ratio) == "pue_device_ratio point=battery_charge");
  CHECK(shown("operating_hours", Unit::second) == "pue_device_time_seconds point=operating_hours");
  CHECK(shown("operating_hours", Unit::second, PointKind::counter) ==
        "pue_device_time_seconds_total point=operating_hours");
  CHECK(shown("volume", Unit::cubic_meter, PointKind::counter) == "pue_device_volume_cubic_meters_total point=volume");
  CHECK(shown("ups_mode", Unit::none, PointKind::state) == "pue_device_state point=ups_mode");
  CHECK(shown("cycle_count", Unit::none) == "pue_device_value point=cycle_count");
}

TEST_CASE("a text has no metric") {
  auto text = test::point("serial_number", Unit::none);
  text.type = profiles::RegisterType::text;
  CHECK_FALSE(family_of(text));
}

TEST_CASE("a speed in revolutions per minute is shown per second") {
  CHECK(family_of(test::point("fan_speed_1", Unit::revolutions_per_minute))->factor * 1500 == doctest::Approx(25));
}

TEST_CASE("whatever the unit and kind, counters get counter metrics and gauges get gauges, or the unit has but one") {
  for (int unit = 0; unit <= static_cast<int>(Unit::revolutions_per_minute); ++unit) {
    for (const auto kind : {PointKind::gauge, PointKind::state}) {
      const auto family = family_of(test::point("x_total", static_cast<Unit>(unit), kind));
      REQUIRE(family);
      const bool always_counts =
          static_cast<Unit>(unit) == Unit::volt_ampere_second || static_cast<Unit>(unit) == Unit::var_second;
      if (kind == PointKind::state || !always_counts) CHECK(metric(family->metric).type == MetricType::gauge);
    }
  }
}

TEST_CASE("no two names of a unit share a series") {
  const std::array<std::string, 4> stems{"power_active", "energy_active", "x", "output_current_l1"};
  const std::array<std::string, 5> middles{"", "_import", "_export", "_generated", "_sum"};
  const std::array<std::string, 17> ends{"",          "_total", "_l1",    "_l2",       "_l3",   "_n",
                                         "_l1_n",     "_l1_l2", "_l3_l1", "_total_l1", "_t1",   "_t2",
                                         "_l1_total", "_dc",    "_avg",   "_1",        "_t1_l1"};
  for (int unit = 0; unit <= static_cast<int>(Unit::revolutions_per_minute); ++unit) {
    for (const auto kind : {PointKind::gauge, PointKind::counter}) {
      std::map<std::tuple<MetricId, std::string, std::string, std::string, std::string>, std::string> seen;
      for (const auto& stem : stems) {
        for (const auto& middle : middles) {
          for (const auto& end : ends) {
            const auto name = stem + middle + end;
            const auto family = family_of(test::point(name, static_cast<Unit>(unit), kind));
            REQUIRE(family);
            const auto placed = seen.emplace(
                std::tuple{family->metric, family->point, family->phase, family->direction, family->tariff}, name);
            INFO(name, " and ", placed.first->second);
            CHECK((placed.second || placed.first->second == name));
          }
        }
      }
    }
  }
}
