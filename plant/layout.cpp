#include "plant/layout.h"

#include <array>
#include <functional>

namespace pue::plant {
namespace {

/// Portion of the IT load that hall 1 carries, fed from side A.
constexpr double k_hall_1 = 0.55;
constexpr std::size_t k_rows = 3;
/// How a PDU's load spreads over its rows of racks; sums to 1.
constexpr std::array<double, k_rows> k_row_shares{0.38, 0.34, 0.28};
/// The two PDUs of a hall.
constexpr std::array<double, 2> k_pdu_shares{0.52, 0.48};

Watts low_voltage_a(const OperatingPoint& at) {
  return at.ups_input * k_hall_1 + (at.chillers + at.crah_fans) * 0.5 + at.chilled_water_pumps + at.lighting;
}
Watts feed_a(const OperatingPoint& at) { return at.total * (low_voltage_a(at) / (at.total - at.transformer_loss)); }

double flow(Watts heat, double kelvin) { return water_flow(heat, kelvin).value(); }

class Drawing {
 public:
  explicit Drawing(const Parameters& parameters) : parameters_(parameters) {}

  Layout draw() {
    feeds();
    for (const int hall : {1, 2}) power_path(hall);
    cooling();
    rest();
    weather();
    return std::move(layout_);
  }

 private:
  using Circuit = ElectricMeter::Circuit;

  std::string port(const std::string& name) {
    layout_.wires.push_back({name, next_port_++});
    return name;
  }

  void meter(const std::string& name, const std::string& profile, const std::string& bus, std::uint8_t unit,
             Meaning meaning, const Circuit& circuit, double power_factor, unsigned phases = 3) {
    // Meters are older than the plant: each register begins at some thousand kWh of its own.
    const Joules first{3.6e6 * static_cast<double>(1000 + std::hash<std::string>{}(name) % 3000)};
    layout_.instruments.push_back({name, profile, bus, unit, false, std::move(meaning), [=] {
                                     return std::make_unique<ElectricMeter>(circuit, phases, power_factor, first);
                                   }});
  }

  void sensor(const std::string& name, const std::string& profile, const std::string& bus, std::uint8_t unit,
              std::optional<Meaning> meaning, const Sensor::Readings& readings) {
    layout_.instruments.push_back(
        {name, profile, bus, unit, false, std::move(meaning), [=] { return std::make_unique<Sensor>(readings); }});
  }

  void feeds() {
    meter("utility-a", "schneider-pm5xxx", port("switchboard-a"), 1, {.role = "grid", .accuracy_class = "0.2S"}, feed_a,
          0.97);
    meter(
        "utility-b", "schneider-pm5xxx", port("switchboard-b"), 1, {.role = "grid", .accuracy_class = "0.2S"},
        [](const OperatingPoint& at) { return at.total - feed_a(at); }, 0.97);
  }

  void power_path(int hall) {
    const std::string side = hall == 1 ? "a" : "b";
    const std::string zone = "hall-" + std::to_string(hall);
    const double share = hall == 1 ? k_hall_1 : 1.0 - k_hall_1;
    const auto ups = port("ups-" + side);
    meter(
        "ups-" + side + "-in", "siemens-pac3200", ups, 1,
        {.role = "monitor", .upstream = "utility-" + side, .accuracy_class = "0.5S"},
        [=](const OperatingPoint& at) { return at.ups_input * share; }, 0.99);
    meter(
        "ups-" + side + "-out", "siemens-pac3200", ups, 2,
        {.role = "it.ups", .upstream = "ups-" + side + "-in", .zone = zone, .accuracy_class = "0.5S"},
        [=](const OperatingPoint& at) { return at.ups_output * share; }, 0.97);
    ups_card("ups-" + side, share);
    const auto pdus = port("pdus-" + zone);
    const auto racks = port("racks-" + zone);
    std::uint8_t row_unit = 1;
    for (std::uint8_t n = 0; n < 2; ++n) {
      const double pdu_share = share * k_pdu_shares[n];
      const std::string pdu = "pdu-" + side + std::to_string(n + 1);
      meter(
          pdu, "schneider-iem3000", pdus, static_cast<std::uint8_t>(n + 1),
          {.role = "it.pdu", .upstream = "ups-" + side + "-out", .zone = zone, .accuracy_class = "0.5S"},
          [=](const OperatingPoint& at) { return at.pdu_output * pdu_share; }, 0.97);
      for (std::size_t row = 0; row < k_rows; ++row) {
        const double row_share = pdu_share * k_row_shares[row];
        meter(
            "racks-" + side + std::to_string(n + 1) + std::to_string(row + 1), "janitza-umg604", racks, row_unit++,
            {.role = "it.rack", .upstream = pdu, .zone = zone, .accuracy_class = "0.5S"},
            [=](const OperatingPoint& at) { return at.it * row_share; }, 0.97);
      }
    }
  }

  /// The UPS' own communication card: whole kilowatts, no energy register.
  void ups_card(const std::string& name, double share) {
    const double rating = parameters_.ups_rating.value() * share;
    const auto watts = [=](const OperatingPoint& at) { return at.ups_output.value() * share; };
    const auto volts = [](double value) { return [=](const OperatingPoint&) { return value; }; };
    Sensor::Readings readings{
        {"output_power_active_total", watts},
        {"output_power_apparent_total", [=](const OperatingPoint& at) { return watts(at) / 0.97; }},
        {"input_frequency", volts(50.0)},
        {"output_frequency", volts(50.0)},
        {"battery_voltage", volts(545.0)},
        {"battery_runtime", [=](const OperatingPoint& at) { return 600.0 * rating / watts(at); }},
        {"air_temperature_inlet", volts(24.0)},
        {"ups_output_source", volts(3.0)},
        {"ups_eco_mode", volts(parameters_.ups.no_load < 0.005 ? 1.0 : 0.0)},
    };
    for (const std::string phase : {"l1", "l2", "l3"}) {
      readings.emplace("output_voltage_" + phase + "_n", volts(230.0));
      readings.emplace("output_power_factor_" + phase, volts(0.97));
      readings.emplace("input_power_factor_" + phase, volts(0.99));
      readings.emplace("load_ratio_" + phase, [=](const OperatingPoint& at) { return watts(at) / rating; });
      readings.emplace("output_current_" + phase,
                       [=](const OperatingPoint& at) { return watts(at) / 3.0 / 0.97 / 230.0; });
      readings.emplace("input_current_" + phase,
                       [=](const OperatingPoint& at) { return at.ups_input.value() * share / 3.0 / 0.99 / 230.0; });
    }
    for (const auto* const pair : {"l1_l2", "l2_l3", "l3_l1"}) {
      readings.emplace("input_voltage_" + std::string(pair), volts(400.0));
    }
    sensor(name, "vertiv-liebert-apm", port(name + "-card"), 1,
           Meaning{.role = "monitor", .point = "output_power_active_total"}, readings);
  }

  void cooling() {
    const auto half = [](Watts OperatingPoint::* part) {
      return [part](const OperatingPoint& at) { return at.*part * 0.5; };
    };
    const auto whole = [](Watts OperatingPoint::* part) {
      return [part](const OperatingPoint& at) { return at.*part; };
    };
    const auto part = [](std::string role, std::string upstream, std::string zone = {}) {
      return Meaning{
          .role = std::move(role), .upstream = std::move(upstream), .zone = std::move(zone), .accuracy_class = "1"};
    };
    meter("chillers-1", "abb-b2x", port("chillers-1"), 1, part("cooling.chiller", "utility-a"),
          half(&OperatingPoint::chillers), 0.90);
    meter("chillers-2", "abb-b2x", port("chillers-2"), 1, part("cooling.chiller", "utility-b"),
          half(&OperatingPoint::chillers), 0.90);
    for (const std::string n : {"1", "2"}) drive("chillers-" + n + "-drive", "chillers-" + n);
    meter("chilled-water-pumps", "schneider-iem3000", port("chilled-water-pumps"), 1, part("cooling.pump", "utility-a"),
          whole(&OperatingPoint::chilled_water_pumps), 0.92);
    meter("condenser-water-pumps", "schneider-iem3000", port("condenser-water-pumps"), 1,
          part("cooling.pump", "utility-b"), whole(&OperatingPoint::condenser_water_pumps), 0.92);
    meter("towers", "carlogavazzi-em24-e1", port("towers"), 1, part("cooling.tower", "utility-b"),
          whole(&OperatingPoint::tower_fans), 0.92);
    layout_.wires.push_back({"hall-line", std::nullopt});
    meter("crah-1", "eastron-sdm630", "hall-line", 1, part("cooling.crah", "utility-a", "hall-1"),
          half(&OperatingPoint::crah_fans), 0.94);
    meter("crah-2", "eastron-sdm630", "hall-line", 2, part("cooling.crah", "utility-b", "hall-2"),
          half(&OperatingPoint::crah_fans), 0.94);
    for (const std::string hall : {"1", "2"}) crac("crac-" + hall);
    heat_and_water();
  }

  /// The compressors' drives, behind the same gateway as their meter.
  void drive(const std::string& name, const std::string& chillers) {
    const Joules first{3.6e6 * 412'000.0};
    const auto drawn = [](const OperatingPoint& at) { return at.chillers * 0.5; };
    layout_.instruments.push_back({.name = name,
                                   .profile = "danfoss-fc102",
                                   .bus = chillers,
                                   .unit = 2,
                                   .draft = true,
                                   .meaning = Meaning{.role = "monitor", .upstream = chillers},
                                   .quantities = [=] { return std::make_unique<Drive>(drawn, 0.97, first); }});
  }

  void crac(const std::string& name) {
    const double supply = parameters_.chilled_water.value() + 6.0;
    const auto fixed = [](double value) { return [=](const OperatingPoint&) { return value; }; };
    sensor(name, "vertiv-liebert-icom-crac", port(name), 1, std::nullopt,
           {{"unit_state", fixed(1)},
            {"unit_status", fixed(1)},
            {"air_humidity_return", fixed(0.45)},
            {"fan_hours", fixed(12'345.0 * 3600)},
            {"air_temperature_setpoint", fixed(supply)},
            {"air_temperature_control", fixed(supply)},
            {"air_temperature_fan_control", fixed(supply + 10.0)},
            {"air_temperature_outside", [](const OperatingPoint& at) { return at.air.dry_bulb.value(); }},
            {"cooling_capacity_ratio",
             [p = parameters_](const OperatingPoint& at) { return at.ups_input / p.design_heat; }}});
  }

  void heat_and_water() {
    const double supply = parameters_.chilled_water.value();
    const double range = parameters_.chilled_water_range;
    sensor("chilled-water-heat", "kamstrup-multical-x03", port("chilled-water-heat"), 1,
           Meaning{.role = "monitor", .point = "heat_power"},
           {{"heat_power", [](const OperatingPoint& at) { return at.cooling_heat.value(); }},
            {"flow_volume", [=](const OperatingPoint& at) { return flow(at.cooling_heat, range); }},
            {"water_temperature_supply", [=](const OperatingPoint&) { return supply; }},
            {"water_temperature_return", [=](const OperatingPoint&) { return supply + range; }}});
    const double approach = parameters_.tower_approach;
    sensor("rejected-heat", "kamstrup-multical-x03", port("rejected-heat"), 1,
           Meaning{.role = "heat.rejected", .accuracy_class = "EN 1434 class 2"},
           {{"heat_power", [](const OperatingPoint& at) { return at.rejected_heat.value(); }},
            {"flow_volume", [](const OperatingPoint& at) { return flow(at.rejected_heat, k_tower_range); }},
            {"water_temperature_supply",
             [=](const OperatingPoint& at) { return at.wet_bulb.value() + approach + k_tower_range; }},
            {"water_temperature_return", [=](const OperatingPoint& at) { return at.wet_bulb.value() + approach; }}});
    sensor("make-up-water", "kamstrup-multical-x03", port("make-up-water"), 1, Meaning{.role = "water"},
           {{"flow_volume", [](const OperatingPoint& at) { return at.make_up_water.value(); }}});
  }

  void rest() {
    meter(
        "lighting", "eastron-sdm120", "hall-line", 3,
        {.role = "lighting", .upstream = "utility-a", .accuracy_class = "1"},
        [](const OperatingPoint& at) { return at.lighting; }, 0.95, 1);
    meter(
        "other", "carlogavazzi-em24-e1", port("other"), 1,
        {.role = "other", .upstream = "utility-b", .accuracy_class = "1"},
        [](const OperatingPoint& at) { return at.other; }, 0.93);
  }

  void weather() {
    const auto dry = [](const OperatingPoint& at) { return at.air.dry_bulb.value(); };
    const auto humidity = [](const OperatingPoint& at) { return at.air.humidity; };
    sensor("weather", "comet-tx5xx", port("weather"), 1, Meaning{.role = "weather.dry_bulb"},
           {{"air_temperature", dry}, {"air_humidity", humidity}});
    sensor("weather-roof", "egnite-querx-th", port("weather-roof"), 1, std::nullopt,
           {{"air_temperature", dry}, {"air_humidity", humidity}, {"air_dew_point", [](const OperatingPoint& at) {
                                                                     return dew_point(at.air).value();
                                                                   }}});
    for (const int hall : {1, 2}) {
      const double supply = parameters_.chilled_water.value() + 6.0 + 0.3 * hall;
      sensor("hall-" + std::to_string(hall) + "-air", "xy-md02", "hall-line", static_cast<std::uint8_t>(3 + hall),
             std::nullopt,
             {{"air_temperature", [=](const OperatingPoint&) { return supply; }},
              {"air_humidity", [](const OperatingPoint&) { return 0.46; }}});
    }
  }

  const Parameters& parameters_;
  Layout layout_;
  std::uint16_t next_port_ = 0;
};

}  // namespace

Layout facility_layout(const Parameters& parameters) { return Drawing{parameters}.draw(); }

}  // namespace pue::plant
