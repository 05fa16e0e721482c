#include "config/quantities.h"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace pue::config {
namespace {

struct UnitFactor {
  std::string_view name;
  double factor;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> take_number(std::string_view& text) {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  text = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return number;
}

tl::expected<double, std::string> with_unit(std::string_view text, std::span<const UnitFactor> units,
                                            std::string_view expected) {
  auto rest = text;
  if (const auto number = take_number(rest)) {
    for (const auto& unit : units) {
      if (unit.name == rest) return *number * unit.factor;
    }
  }
  return tl::unexpected("expected " + std::string(expected) + ", got \"" + std::string(text) + "\"");
}

}  // namespace

tl::expected<Duration, std::string> parse_duration(std::string_view text) {
  static constexpr std::array units{UnitFactor{"ms", 1e-3}, UnitFactor{"s", 1},    UnitFactor{"m", 60},
                                    UnitFactor{"min", 60},  UnitFactor{"h", 3600}, UnitFactor{"d", 86400}};
  const auto seconds = with_unit(text, units, "a duration with its unit (ms, s, m, h or d), e.g. \"500ms\"");
  if (!seconds) return tl::unexpected(seconds.error());
  constexpr double longest = 3660.0 * 86400.0;
  if (*seconds < 0 || *seconds > longest) return tl::unexpected(std::string("expected a duration of 0 to 3660d"));
  return Duration{std::llround(*seconds * 1e9)};
}

std::string describe(Duration duration) {
  struct Step {
    std::int64_t nanoseconds;
    std::string_view unit;
  };
  constexpr std::array steps{Step{86'400'000'000'000, "d"}, Step{3'600'000'000'000, "h"}, Step{60'000'000'000, "m"},
                             Step{1'000'000'000, "s"}, Step{1'000'000, "ms"}};
  for (const auto& step : steps) {
    if (duration.count() != 0 && duration.count() % step.nanoseconds == 0) {
      return std::to_string(duration.count() / step.nanoseconds) + std::string(step.unit);
    }
  }
  return duration.count() == 0 ? "0s" : std::to_string(duration.count()) + "ns";
}

tl::expected<Watts, std::string> parse_power(std::string_view text) {
  static constexpr std::array units{UnitFactor{"W", 1}, UnitFactor{"kW", 1e3}, UnitFactor{"MW", 1e6},
                                    UnitFactor{"GW", 1e9}};
  return with_unit(text, units, "a power with its unit (W, kW or MW), e.g. \"1200 kW\"").map([](double watts) {
    return Watts{watts};
  });
}

tl::expected<double, std::string> parse_energy_density(std::string_view text) {
  static constexpr std::array units{UnitFactor{"kWh/L", 3.6e9},  UnitFactor{"kWh/l", 3.6e9},
                                    UnitFactor{"kWh/m3", 3.6e6}, UnitFactor{"kWh/m³", 3.6e6},
                                    UnitFactor{"MJ/m3", 1e6},    UnitFactor{"MJ/L", 1e9}};
  return with_unit(text, units, "an energy per volume (kWh/L, kWh/m3, MJ/m3), e.g. \"9.9 kWh/L\"");
}

tl::expected<GramsPerJoule, std::string> parse_emission_factor(std::string_view text) {
  static constexpr std::array units{UnitFactor{"kg/kWh", 1e3 / 3.6e6}, UnitFactor{"g/kWh", 1 / 3.6e6},
                                    UnitFactor{"t/MWh", 1e3 / 3.6e6}, UnitFactor{"kg/MWh", 1 / 3.6e6}};
  return with_unit(text, units, "an emission factor with its unit (kg/kWh, g/kWh, t/MWh), e.g. \"0.7096 kg/kWh\"")
      .map([](double factor) { return GramsPerJoule{factor}; });
}

tl::expected<Joules, std::string> parse_energy(std::string_view text) {
  static constexpr std::array units{UnitFactor{"kWh", 3.6e6}, UnitFactor{"MWh", 3.6e9}, UnitFactor{"GWh", 3.6e12}};
  return with_unit(text, units, "an energy with its unit (kWh, MWh, GWh), e.g. \"1200 MWh\"").map([](double joules) {
    return Joules{joules};
  });
}

tl::expected<double, std::string> parse_fuel_factor(std::string_view text) {
  static constexpr std::array units{UnitFactor{"kg/L", 1e6}, UnitFactor{"kg/l", 1e6}, UnitFactor{"kg/m3", 1e3},
                                    UnitFactor{"kg/m³", 1e3}};
  return with_unit(text, units, "carbon per volume of fuel (kg/L, kg/m3), e.g. \"2.67 kg/L\"");
}

tl::expected<double, std::string> parse_fuel_rate(std::string_view text) {
  static constexpr std::array units{UnitFactor{"L/kWh", 1e-3 / 3.6e6}, UnitFactor{"l/kWh", 1e-3 / 3.6e6},
                                    UnitFactor{"m3/kWh", 1 / 3.6e6}, UnitFactor{"m³/kWh", 1 / 3.6e6}};
  return with_unit(text, units, "fuel per energy (L/kWh, m3/kWh), e.g. \"0.27 L/kWh\"");
}

tl::expected<double, std::string> parse_ratio(std::string_view text) {
  auto rest = text;
  const auto primary = take_number(rest);
  if (primary && rest.starts_with('/')) {
    rest.remove_prefix(1);
    const auto secondary = take_number(rest);
    if (secondary && rest.empty() && *primary > 0 && *secondary > 0) return *primary / *secondary;
  }
  return tl::unexpected("expected a number or a ratio such as \"400/5\", got \"" + std::string(text) + "\"");
}

}  // namespace pue::config
