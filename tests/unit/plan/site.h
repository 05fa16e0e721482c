#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/plan/build.h"
#include "config/load.h"

/// A small device library and short ways to a plan, for the tests of the plan.
namespace site {

using pue::profiles::Point;
using pue::profiles::PointKind;
using pue::profiles::Profile;
using pue::profiles::Unit;

inline Point point(const std::string& name, Unit unit, PointKind kind = PointKind::gauge) {
  Point p;
  p.name = name;
  p.unit = unit;
  p.kind = kind;
  return p;
}

inline Profile profile(const std::string& id, std::vector<Point> points,
                       std::vector<std::string> protocols = {"tcp", "rtu"}) {
  Profile p;
  p.id = id;
  p.protocols = std::move(protocols);
  p.points = std::move(points);
  return p;
}

inline std::map<std::string, std::shared_ptr<const Profile>> library() {
  auto model = point("model", Unit::none);
  model.type = pue::profiles::RegisterType::text;
  auto slow = profile("slow", {point("power_active_total", Unit::watt)}, {"rtu"});
  slow.min_timeout = std::chrono::milliseconds{1200};
  slow.serial = pue::profiles::SerialDefaults{19200, 'E', 1};
  const std::vector<Profile> profiles{
      profile("meter",
              {point("power_active_total", Unit::watt), point("power_active_l1", Unit::watt),
               point("power_active_l2", Unit::watt), point("power_active_l3", Unit::watt),
               point("voltage_l1_n", Unit::volt), point("energy_active_import_total", Unit::joule, PointKind::counter),
               point("energy_active_import_l1", Unit::joule, PointKind::counter), model}),
      profile("phases", {point("power_active_l1", Unit::watt), point("power_active_l2", Unit::watt),
                         point("power_active_l3", Unit::watt)}),
      profile("ups", {point("output_power_active_total", Unit::watt),
                      point("energy_output_total", Unit::joule, PointKind::counter)}),
      profile("sum", {point("power_active_total", Unit::watt),
                      point("energy_active_sum_total", Unit::joule, PointKind::counter),
                      point("energy_active_total", Unit::joule, PointKind::counter)}),
      profile("flow", {point("flow_volume", Unit::cubic_meter_per_second),
                       point("volume_total", Unit::cubic_meter, PointKind::counter)}),
      profile("heat", {point("heat_power", Unit::watt)}),
      profile("weather", {point("air_temperature", Unit::celsius)}),
      profile("tcp-only", {point("power_active_total", Unit::watt)}, {"tcp"}),
      slow,
  };
  std::map<std::string, std::shared_ptr<const Profile>> all;
  for (const auto& p : profiles) all[p.id] = std::make_shared<Profile>(p);
  return all;
}

inline tl::expected<pue::plan::Plan, std::vector<pue::config::Problem>> build(std::string_view text) {
  const auto settings = pue::config::load_text(text, "site.toml");
  if (!settings) return tl::unexpected(settings.error());
  return pue::plan::build(
      *settings, [](const std::string& name, bool) -> tl::expected<std::shared_ptr<const Profile>, std::string> {
        const auto all = library();
        const auto found = all.find(name);
        if (found == all.end()) return tl::unexpected("no profile '" + name + "'");
        return found->second;
      });
}

inline std::string lines(const std::vector<pue::config::Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += describe(problem) + "\n";
  return text;
}

/// The plan of a configuration that is right.
inline pue::plan::Plan plan(std::string_view text) {
  auto result = build(text);
  if (!result) {
    FAIL(lines(result.error()));
    return {};
  }
  return std::move(*result);
}

/// Everything that is wrong with a configuration, one line each.
inline std::string refusal(std::string_view text) {
  const auto result = build(text);
  REQUIRE_FALSE(result.has_value());
  return lines(result.error());
}

inline std::string warnings(std::string_view text) { return lines(plan(text).warnings); }

inline bool has(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE("'" << part << "' is not in:\n" << text);
  return false;
}

/// Devices `a`, `b`, ... with the profile "meter", one a line from line 1.
inline std::string devices(unsigned count, const std::string& profile = "meter") {
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    const auto name = std::string(1, static_cast<char>('a' + i));
    text += "device." + name + " = { url = \"tcp://10.0.0.1\", unit = " + std::to_string(i + 1) + ", profile = \"" +
            profile + "\" }\n";
  }
  return text;
}

/// A meter of the device of its own name, on one line.
inline std::string meter(const std::string& name, const std::string& role, const std::string& rest = "") {
  return "[[meter]]\nname = \"" + name + "\"\ndevice = \"" + name + "\"\nrole = \"" + role + "\"\n" + rest + "\n";
}

}  // namespace site
