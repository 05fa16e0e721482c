#include "agent/commands/read_bmc_output.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/commands/csv_cell.h"
#include "agent/commands/text_table.h"

namespace pue::commands {
namespace {

std::string_view quality_of(const ipmi::BmcValue& value) {
  switch (value.quality) {
    case SampleQuality::good:
      return "good";
    case SampleQuality::invalid:
      return "invalid";
    case SampleQuality::unsupported:
      break;
  }
  return "unsupported";
}

/// A target without its query: the files of passwords are nobody's business.
std::string_view without_query(std::string_view target) { return target.substr(0, target.find('?')); }

template <class Each>
void for_each_value(const ipmi::BmcReport& report, Each&& each) {
  for (const auto& value : report.points) each(value);
  for (const auto& value : report.sensors) each(value);
}

std::string bytes_of(const ipmi::BmcValue& value) { return fmt::format("{:02X}", fmt::join(value.raw, " ")); }

}  // namespace

std::string bmc_as_table(const ipmi::BmcReport& report, bool coloured) {
  using Side = TextTable::Side;
  TextTable table{{{"point or sensor", Side::left},
                   {"value", Side::right},
                   {"unit", Side::left},
                   {"quality", Side::left},
                   {"raw", Side::left},
                   {"remark", Side::left}}};
  for_each_value(report, [&](const ipmi::BmcValue& value) {
    std::string quality{quality_of(value)};
    if (coloured && value.quality != SampleQuality::good) quality = "\x1B[31m" + quality + "\x1B[0m";
    std::string remark;
    if (value.name == "power_active_total") {
      remark = fmt::format("from {}{}", name_of(report.power_source),
                           report.shared_supply ? ", supplies that other nodes share" : "");
    }
    table.add({value.name, value.value ? fmt::format("{:.6g}", *value.value) : "", std::string{symbol(value.unit)},
               quality, bytes_of(value), remark});
  });
  return table.text();
}

std::string bmc_as_json(std::string_view target, const ipmi::BmcReport& report) {
  using Json = nlohmann::ordered_json;
  auto points = Json::array();
  for_each_value(report, [&](const ipmi::BmcValue& value) {
    auto raw = Json::array();
    for (const auto byte : value.raw) raw.push_back(fmt::format("{:02X}", byte));
    points.push_back({{"name", value.name},
                      {"value", value.value ? Json(*value.value) : Json(nullptr)},
                      {"unit", symbol(value.unit)},
                      {"raw", std::move(raw)},
                      {"quality", quality_of(value)}});
  });
  const Json document{{"target", without_query(target)},
                      {"profile", "ipmi-bmc"},
                      {"manufacturer", report.identity ? Json(report.identity->manufacturer) : Json(nullptr)},
                      {"product", report.identity ? Json(report.identity->product) : Json(nullptr)},
                      {"power_source", name_of(report.power_source)},
                      {"shared_supply", report.shared_supply},
                      {"points", std::move(points)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string bmc_as_csv(const ipmi::BmcReport& report) {
  std::string out = "name,value,unit,raw,quality\n";
  for_each_value(report, [&](const ipmi::BmcValue& value) {
    out += fmt::format("{},{},{},{},{}\n", csv_cell(value.name), value.value ? fmt::format("{}", *value.value) : "",
                       symbol(value.unit), bytes_of(value), quality_of(value));
  });
  return out;
}

}  // namespace pue::commands
