#include "agent/commands/profiles_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/commands/text_table.h"
#include "collectors/profiles/profile_loader.h"

namespace pue::commands {
namespace {

using profiles::Point;
using profiles::Profile;
using Side = TextTable::Side;
using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  return fmt::format("{}", fmt::join(texts, between));
}

std::string remark_on(const Point& point) {
  std::vector<std::string> remarks;
  if (point.exponent) {
    remarks.push_back(fmt::format("times 10^{}({} - {})", point.exponent->sign < 0 ? "-" : "", point.exponent->point,
                                  point.exponent->bias));
  }
  if (!point.multiply_by.empty()) remarks.push_back("times " + point.multiply_by);
  if (point.encoding == profiles::Encoding::schneider_power_factor) remarks.emplace_back("four quadrants");
  if (point.on_request) remarks.emplace_back("polled where a device's points name it");
  if (point.auxiliary) remarks.emplace_back("for other points only");
  if (point.bit) remarks.push_back(fmt::format("bit {}", *point.bit));
  if (!point.states.empty()) {
    std::vector<std::string> states;
    for (const auto& [number, name] : point.states) states.push_back(fmt::format("{} {}", number, name));
    remarks.push_back(joined(states, ", "));
  }
  if (!point.note.empty()) remarks.push_back(point.note);
  if (!point.doubt.empty()) remarks.push_back("doubtful: " + point.doubt);
  return joined(remarks, "; ");
}

Json summary_of(const Profile& profile) {
  return {{"id", profile.id},
          {"vendor", profile.vendor},
          {"model", profile.model},
          {"category", profile.category},
          {"protocols", profile.protocols},
          {"points", profile.points.size()},
          {"confidence", std::string{profile.confidence}},
          {"draft", profile.draft}};
}

bool has_registers(const Profile& profile) {
  return std::any_of(profile.points.begin(), profile.points.end(), [](const Point& point) { return point.words > 0; });
}

Json point_as_json(const Point& point) {
  if (point.words == 0) {
    Json json{{"name", point.name}, {"unit", symbol(point.unit)}, {"kind", name_of(point.kind)}};
    if (point.on_request) json["on_request"] = true;
    if (!point.note.empty()) json["note"] = point.note;
    return json;
  }
  Json json{{"name", point.name},          {"function", point.function},
            {"address", point.address},    {"words", point.words},
            {"type", name_of(point.type)}, {"word_order", name_of(point.order, point.words)},
            {"scale", point.scale},        {"offset", point.offset},
            {"unit", symbol(point.unit)},  {"kind", name_of(point.kind)}};
  if (point.exponent) {
    json["exponent"] = {
        {"point", point.exponent->point}, {"bias", point.exponent->bias}, {"sign", point.exponent->sign}};
  }
  if (!point.multiply_by.empty()) json["multiply_by"] = point.multiply_by;
  if (point.auxiliary) json["auxiliary"] = true;
  if (point.bit) json["bit"] = *point.bit;
  if (!point.states.empty()) {
    Json states = Json::object();
    for (const auto& [number, name] : point.states) states[std::to_string(number)] = name;
    json["states"] = std::move(states);
  }
  if (!point.invalid.empty()) {
    Json invalid = Json::array();
    const int digits = point.words * 4;
    for (const std::uint64_t pattern : point.invalid) invalid.push_back(fmt::format("0x{:0{}X}", pattern, digits));
    json["invalid"] = std::move(invalid);
  }
  if (!point.note.empty()) json["note"] = point.note;
  if (!point.doubt.empty()) json["doubt"] = point.doubt;
  return json;
}

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

void write_list(std::string& out, std::string_view title, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += fmt::format("\n{}\n", title);
  for (const std::string& text : texts) out += "  - " + text + '\n';
}

/// The points of a device that is no Modbus device: what they are, and no registers.
std::string points_without_registers(const Profile& profile) {
  TextTable table{{{"point", Side::left}, {"unit", Side::left}, {"kind", Side::left}, {"remark", Side::left}}};
  for (const Point& point : profile.points) {
    table.add({point.name, std::string{symbol(point.unit)}, std::string{name_of(point.kind)}, remark_on(point)});
  }
  return table.text();
}

}  // namespace

std::string list_as_table(const std::vector<const Profile*>& library) {
  TextTable table{{{"profile", Side::left},
                   {"vendor", Side::left},
                   {"model", Side::left},
                   {"category", Side::left},
                   {"protocols", Side::left},
                   {"points", Side::right},
                   {"confidence", Side::left},
                   {"draft", Side::left}}};
  for (const Profile* profile : library) {
    table.add({profile->id, profile->vendor, profile->model, profile->category, joined(profile->protocols, ","),
               std::to_string(profile->points.size()), std::string{profile->confidence},
               profile->draft ? "draft" : ""});
  }
  return table.text();
}

std::string list_as_json(const std::vector<const Profile*>& library) {
  Json list = Json::array();
  for (const Profile* profile : library) list.push_back(summary_of(*profile));
  return dumped(list);
}

std::string profile_as_table(const Profile& profile) {
  std::string out = fmt::format("{}: {} {}\n{}, {}, confidence {}{}\n", profile.id, profile.vendor, profile.model,
                                profile.category, joined(profile.protocols, ", "), profile.confidence,
                                profile.draft ? ", draft: nobody has tried it on a device" : "");
  if (has_registers(profile)) {
    out += fmt::format("at most {} registers a request, gaps of up to {} are read over\n", profile.max_regs,
                       profile.max_gap);
  }
  if (profile.serial) {
    out += fmt::format("serial {} baud, parity {}, {} stop bit{}\n", profile.serial->baud, profile.serial->parity,
                       profile.serial->stop_bits, profile.serial->stop_bits == 1 ? "" : "s");
  }
  write_list(out, "Peculiarities", profile.quirks);
  write_list(out, "Sources", profile.sources);
  if (!has_registers(profile)) return out + '\n' + points_without_registers(profile);
  TextTable table{{{"point", Side::left},
                   {"function", Side::right},
                   {"address", Side::right},
                   {"type", Side::left},
                   {"order", Side::left},
                   {"scale", Side::right},
                   {"offset", Side::right},
                   {"unit", Side::left},
                   {"kind", Side::left},
                   {"remark", Side::left}}};
  for (const Point& point : profile.points) {
    table.add({point.name, std::to_string(point.function), std::to_string(point.address),
               std::string{name_of(point.type)}, std::string{name_of(point.order, point.words)},
               fmt::format("{:.7g}", point.scale), point.offset == 0.0 ? "" : fmt::format("{:.7g}", point.offset),
               std::string{symbol(point.unit)}, std::string{name_of(point.kind)}, remark_on(point)});
  }
  return out + '\n' + table.text();
}

std::string profile_as_json(const Profile& profile) {
  Json json = summary_of(profile);
  if (has_registers(profile)) {
    json["max_regs"] = profile.max_regs;
    json["max_gap"] = profile.max_gap;
  }
  json["quirks"] = profile.quirks;
  json["sources"] = profile.sources;
  json["captures"] = profile.captures;
  Json points = Json::array();
  for (const Point& point : profile.points) points.push_back(point_as_json(point));
  json["points"] = std::move(points);
  return dumped(json);
}

}  // namespace pue::commands
