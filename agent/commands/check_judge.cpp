#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/commands/check_probe.h"
#include "agent/plan/metering.h"

namespace pue::commands {
namespace {

using modbus::PointQuality;
using modbus::PointReading;
using profiles::PointKind;
using profiles::RegisterType;
using profiles::Unit;

constexpr std::string_view k_misread_hint =
    "word order or scale of the profile, or another model than the profile is for";

const PointReading* find(const Look& look, std::string_view name) {
  for (const auto& reading : look.points) {
    if (reading.point->name == name) return &reading;
  }
  return nullptr;
}

std::optional<double> value_of(const Look& look, std::string_view name) {
  const auto* reading = find(look, name);
  return reading == nullptr || reading->quality != PointQuality::good ? std::nullopt : reading->value;
}

/// What the register's last digit is worth at this reading.
double resolution_of(const PointReading& reading) {
  const auto type = reading.point->type;
  const double size = std::abs(reading.value.value_or(0.0));
  if (type == RegisterType::f32) return std::max(size * 0x1p-23, 1e-9);
  if (type == RegisterType::f64) return std::max(size * 0x1p-52, 1e-9);
  return std::abs(reading.point->scale);
}

struct Range {
  Unit unit;
  std::string_view prefix;  ///< of the point's name; empty: any
  double least;
  double most;
  bool zero;  ///< 0 is right as well: switched off
  std::string_view hint;
};

constexpr std::array k_ranges{
    Range{Unit::ratio, "power_factor", -1.001, 1.001, true, "scale of the profile (1, 100, 1000) or its encoding"},
    Range{Unit::ratio, "air_humidity", 0, 1.05, true, k_misread_hint},
    Range{Unit::hertz, "frequency", 44, 66, true, k_misread_hint},
    Range{Unit::volt, "voltage_l", 40, 50'000, true, k_misread_hint},
    Range{Unit::celsius, "", -60, 250, true, "an open or shorted sensor, or scale of the profile"},
    Range{Unit::watt, "", -2e9, 2e9, true, k_misread_hint},
    Range{Unit::ampere, "", -50'000, 50'000, true, k_misread_hint},
    Range{Unit::joule, "", -1e9, 1e18, true, k_misread_hint},
};

class Judge {
 public:
  Judge(const std::string& device, const Look& first, const Look& second)
      : device_(device), first_(first), second_(second) {}

  std::vector<Finding> run() && {
    if (silent()) return std::move(findings_);
    gather(PointQuality::timeout, "gave no answer for", "a slow device: raise its timeout");
    gather(PointQuality::unsupported, "refuses", "another model or firmware than the profile is for");
    gather(PointQuality::invalid, "says it has no value for", "not fitted or not connected; else word order");
    for (const auto& reading : first_.points) check_range(reading);
    for (const auto* const prefix : {"power_active", "output_power_active", "input_power_active"}) check_phases(prefix);
    for (const auto& reading : first_.points) check_register(reading);
    return std::move(findings_);
  }

 private:
  void add(const std::string& point, std::string message, std::string_view hint) {
    findings_.push_back({device_, point, std::move(message), std::string(hint)});
  }

  bool silent() {
    if (first_.points.empty()) return false;
    for (const auto& reading : first_.points) {
      if (reading.quality != PointQuality::timeout) return false;
    }
    const auto failure = first_.points.front().failure;
    add("", "no answer: " + std::string(describe(failure)),
        failure == PollFailure::port_lost
            ? "the port's path and permissions, and whether a running agent or another program holds it"
            : "address, unit, wiring; on a serial line also baud, parity and stop bits");
    return true;
  }

  /// One finding for all points of a kind: a wrong profile has dozens.
  void gather(PointQuality quality, std::string_view what, std::string_view hint) {
    std::string names;
    std::size_t count = 0;
    for (const auto& reading : first_.points) {
      if (reading.quality != quality) continue;
      if (++count <= 5) names += (count == 1 ? "" : ", ") + reading.point->name;
    }
    if (count == 0) return;
    if (count > 5) names += fmt::format(" and {} more", count - 5);
    add("", fmt::format("{} {}", what, names), hint);
  }

  void check_range(const PointReading& reading) {
    if (reading.quality != PointQuality::good || !reading.value) return;
    for (const auto& range : k_ranges) {
      if (range.unit != reading.point->unit || !reading.point->name.starts_with(range.prefix)) continue;
      const double value = *reading.value;
      const bool right = (value >= range.least && value <= range.most) || (range.zero && value == 0.0);
      if (!right) {
        add(reading.point->name,
            fmt::format("{:.6g} {} is outside {:g} to {:g}", value, profiles::symbol(range.unit), range.least,
                        range.most),
            range.hint);
      }
    }
  }

  void check_phases(const std::string& prefix) {
    const auto total = value_of(first_, prefix + "_total");
    const auto l1 = value_of(first_, prefix + "_l1");
    const auto l2 = value_of(first_, prefix + "_l2");
    const auto l3 = value_of(first_, prefix + "_l3");
    if (!total || !l1 || !l2 || !l3) return;
    const double sum = *l1 + *l2 + *l3;
    const double size = std::max(std::abs(*total), std::abs(*l1) + std::abs(*l2) + std::abs(*l3));
    const auto negative = static_cast<int>(*l1 < 0) + static_cast<int>(*l2 < 0) + static_cast<int>(*l3 < 0);
    if (size >= 10.0 && (negative == 1 || negative == 2)) {
      add(prefix + "_total", fmt::format("phases differ in sign: {:.6g}, {:.6g}, {:.6g} W", *l1, *l2, *l3),
          "a current transformer is reversed or on another phase's voltage");
    }
    if (size < 10.0 || std::abs(sum - *total) <= 0.03 * size) return;
    add(prefix + "_total", fmt::format("phases sum to {:.6g} W, the total says {:.6g} W", sum, *total),
        "word order or scale of one of them, or a current transformer that is set for one phase only");
  }

  void check_register(const PointReading& power) {
    if (power.quality != PointQuality::good || power.point->unit != Unit::watt || second_.points.empty()) return;
    for (const auto name : plan::registers_of(power.point->name)) {
      const auto* before = find(first_, name);
      const auto* after = find(second_, name);
      const auto power_after = value_of(second_, power.point->name);
      if (before == nullptr || after == nullptr || !power_after) continue;
      if (before->quality != PointQuality::good || after->quality != PointQuality::good) continue;
      return compare(power.point->name, *before, *after, (*power.value + *power_after) / 2);
    }
  }

  void compare(const std::string& power, const PointReading& before, const PointReading& after, double watts) {
    const double expected = watts * seconds_of(second_.at - first_.at).value();
    const double counted = *after.value - *before.value;
    const double step = std::max(resolution_of(before), resolution_of(after));
    // A register of imported energy rests while power flows back.
    if (expected < 0 && counted == 0) return;
    if (counted < 0) {
      add(before.point->name, fmt::format("went back by {:.6g} J", -counted), "a reset, or word order");
      return;
    }
    // Ten steps tell 20 % apart; many steps where few are due are wrong whatever the resolution.
    const bool telling = std::abs(expected) >= 10 * step || counted >= 10 * step;
    if (!telling || std::abs(counted - expected) <= 0.2 * std::abs(expected) + 2 * step) return;
    add(before.point->name,
        fmt::format("counted {:.4g} J while {} times time gives {:.4g} J", counted, power, expected),
        hint_for(counted, expected));
  }

  static std::string_view hint_for(double counted, double expected) {
    if (expected < 0) return "power is negative: a reversed current transformer, or energy fed back";
    if (counted == 0) return "the register rests: another register counts, or its current transformers are not set";
    const double ratio = counted / expected;
    for (const double factor : {10.0, 100.0, 1000.0, 3600.0}) {
      if (std::abs(ratio / factor - 1) < 0.25 || std::abs(ratio * factor - 1) < 0.25) {
        return "scale of one of the two (a power of ten, or Wh against J)";
      }
    }
    return "current transformer ratio applied to one of the two only, or load that changes quickly: try again";
  }

  const std::string& device_;
  const Look& first_;
  const Look& second_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge(const std::string& device, const Look& first, const Look& second) {
  return Judge{device, first, second}.run();
}

}  // namespace pue::commands
