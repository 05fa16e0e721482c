#include <algorithm>
#include <set>

#include "agent/plan/wiring.h"
#include "config/nearest.h"
#include "config/section.h"

namespace pue::plan {
namespace {

std::string_view name_of(profiles::PointKind kind) {
  switch (kind) {
    case profiles::PointKind::gauge:
      return "gauge";
    case profiles::PointKind::counter:
      return "counter";
    case profiles::PointKind::state:
      return "state";
  }
  return "";
}

/// How closely the key of an interval names a point; 0: not at all. The closest wins.
std::size_t closeness(std::string_view key, const profiles::Point& point) {
  if (key == point.name) return 1'000'000;
  if (point.name.starts_with(key) && point.name[key.size()] == '_') return 1'000 + key.size();
  if (!point.group.empty() && key == point.group) return 2;
  return key == name_of(point.kind) ? 1 : 0;
}

std::vector<std::string> names_of(const profiles::Profile& profile) {
  std::vector<std::string> names;
  names.reserve(profile.points.size());
  for (const auto& point : profile.points) names.push_back(point.name);
  return names;
}

/// The points that the configuration restricts the device to. What their values refer to is read all the same.
std::set<std::string> wanted_points(const profiles::Profile& profile, const config::DeviceSettings& settings,
                                    const std::string& key, config::Findings& findings) {
  std::set<std::string> names;
  for (const auto& wanted : settings.points) {
    const auto* point = profile.find(wanted.value);
    if (point == nullptr) {
      findings.add(wanted.at, key + ".points",
                   "profile '" + profile.id + "' has no point '" + wanted.value + "'" +
                       config::suggestion(wanted.value, names_of(profile)));
      continue;
    }
    names.insert(point->name);
  }
  return names;
}

}  // namespace

void add_points(const config::Settings& all, const config::DeviceSettings& settings, Device& device, Plan& plan,
                config::Findings& findings) {
  const auto key = config::key_of(all, settings);
  const auto& profile = *device.profile;
  const auto wanted = wanted_points(profile, settings, key, findings);
  std::vector<bool> used(settings.intervals.size(), false);
  for (const auto& source : profile.points) {
    if (source.type == profiles::RegisterType::text && !source.tells_identity()) continue;
    if (wanted.empty() ? source.auxiliary || source.on_request : !wanted.contains(source.name)) continue;
    Point point{.id = static_cast<PointId>(plan.points.size()),
                .device = device.id,
                .name = source.name,
                .source = &source,
                .interval = device.interval,
                .stale_after = {}};
    std::size_t best = 0;
    for (std::size_t i = 0; i < settings.intervals.size(); ++i) {
      const auto fit = closeness(settings.intervals[i].group.value, source);
      if (fit > 0) used[i] = true;
      if (fit > best) point.interval = settings.intervals[i].interval;
      best = std::max(best, fit);
    }
    if (source.tells_identity()) point.interval = std::max(point.interval, k_identity_period);
    point.stale_after = all.stale_after.value_or(
        Duration{static_cast<std::int64_t>(static_cast<double>(point.interval.count()) * all.stale_intervals)});
    if (point.stale_after < point.interval) {
      findings.warn(settings.at, key,
                    "stale_after is shorter than the interval of '" + source.name + "': it will come and go");
    }
    device.points.push_back(point.id);
    plan.points.push_back(point);
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const auto& group = settings.intervals[i].group;
    findings.add(group.at, key + ".intervals." + config::quoted_key(group.value),
                 "fits no point of profile '" + profile.id +
                     "': expected a point, the beginning of points' names, gauge, counter or state" +
                     config::suggestion(group.value, names_of(profile)));
  }
}

}  // namespace pue::plan
