#include "agent/commands/read_output.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/commands/csv_cell.h"
#include "agent/commands/text_table.h"

namespace pue::commands {
namespace {

using modbus::PointQuality;
using modbus::PointReading;
using profiles::Unit;

/// Fifteen digits are what a double holds for certain; more would show 230.1 V as 230.10000000000002.
std::string exact(double value) { return fmt::format("{:.15g}", value); }

std::string words_of(const PointReading& reading) {
  std::string text;
  for (const std::uint16_t word : reading.words) text += fmt::format("{}{:04X}", text.empty() ? "" : " ", word);
  return text;
}

/// A value as the display of the device would show it.
struct Shown {
  std::string value;
  std::string unit;
};

Shown shown(const PointReading& reading) {
  if (reading.point->type == profiles::RegisterType::text) return {reading.text, ""};
  if (!reading.value) return {};
  const double value = *reading.value;
  switch (reading.point->unit) {
    case Unit::joule:
      return {fmt::format("{:.10g}", value / 3.6e6), "kWh"};
    case Unit::volt_ampere_second:
      return {fmt::format("{:.10g}", value / 3.6e6), "kVAh"};
    case Unit::var_second:
      return {fmt::format("{:.10g}", value / 3.6e6), "kvarh"};
    case Unit::cubic_meter_per_second:
      return {fmt::format("{:.7g}", value * 3600), "m3/h"};
    default:
      return {fmt::format("{:.7g}", value), std::string{symbol(reading.point->unit)}};
  }
}

std::string state_of(const PointReading& reading) {
  if (!reading.value || *reading.value < 0) return {};
  const auto found = reading.point->states.find(static_cast<std::uint64_t>(*reading.value));
  return found == reading.point->states.end() ? std::string{} : found->second;
}

std::string remark_on(const PointReading& reading) {
  if (auto state = state_of(reading); !state.empty()) return state;
  if (reading.point->words == 0) return "register not known yet";
  if (reading.failure != PollFailure::none) return std::string{describe(reading.failure)};
  return reading.point->doubt.empty() ? std::string{} : "doubtful: " + reading.point->doubt;
}

}  // namespace

std::string read_as_table(const ReadResult& result, bool coloured) {
  using Side = TextTable::Side;
  TextTable table{{{"point", Side::left},
                   {"value", Side::right},
                   {"unit", Side::left},
                   {"quality", Side::left},
                   {"function", Side::right},
                   {"address", Side::right},
                   {"registers", Side::left},
                   {"remark", Side::left}}};
  for (const PointReading& reading : result.points) {
    const Shown now = shown(reading);
    std::string quality{name_of(reading.quality)};
    if (coloured && reading.quality != PointQuality::good) quality = "\x1B[31m" + quality + "\x1B[0m";
    table.add({reading.point->name, now.value, now.unit, quality, std::to_string(reading.point->function),
               std::to_string(reading.point->address), words_of(reading), remark_on(reading)});
  }
  return table.text();
}

std::string read_as_json(const ReadResult& result) {
  auto points = nlohmann::ordered_json::array();
  for (const PointReading& reading : result.points) {
    nlohmann::ordered_json value;  // null
    if (reading.point->type == profiles::RegisterType::text && reading.quality == PointQuality::good) {
      value = reading.text;
    } else if (reading.value) {
      value = std::strtod(exact(*reading.value).c_str(), nullptr);
    }
    auto raw = nlohmann::ordered_json::array();
    for (const std::uint16_t word : reading.words) raw.push_back(fmt::format("{:04X}", word));
    nlohmann::ordered_json point{{"name", reading.point->name},         {"value", std::move(value)},
                                 {"unit", symbol(reading.point->unit)}, {"raw", std::move(raw)},
                                 {"quality", name_of(reading.quality)}, {"function", reading.point->function},
                                 {"address", reading.point->address}};
    if (auto state = state_of(reading); !state.empty()) point["state"] = std::move(state);
    if (reading.failure != PollFailure::none) point["reason"] = name_of(reading.failure);
    points.push_back(std::move(point));
  }
  const nlohmann::ordered_json document{
      {"target", result.target}, {"profile", result.profile}, {"points", std::move(points)}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string read_as_csv(const ReadResult& result) {
  std::string out = "name,value,unit,raw,quality\n";
  for (const PointReading& reading : result.points) {
    const std::string value = reading.value ? exact(*reading.value) : reading.text;
    out += fmt::format("{},{},{},{},{}\n", csv_cell(reading.point->name), csv_cell(value), symbol(reading.point->unit),
                       words_of(reading), name_of(reading.quality));
  }
  return out;
}

}  // namespace pue::commands
