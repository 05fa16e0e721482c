#include "agent/report/svg.h"

#include <cmath>

namespace pue::report {

double round_step(double range, int most) {
  if (!(range > 0.0) || most < 1) return 1.0;
  const double raw = range / most;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * power >= raw * (1.0 - 1e-9)) return step * power;
  }
  return 10.0 * power;
}

std::string shortened(std::string_view words, std::size_t columns) {
  const auto begins = [&](std::size_t at) { return (static_cast<unsigned char>(words[at]) & 0xC0) != 0x80; };
  const auto width = [&](std::size_t at) { return static_cast<unsigned char>(words[at]) >= 0xE3 ? 2U : 1U; };
  std::size_t used = 0;
  std::size_t fits = 0;  // bytes that leave room for the ellipsis
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!begins(at)) continue;
    if (used + 1 <= columns) fits = at;
    used += width(at);
  }
  if (used <= columns) return std::string(words);
  return std::string(words.substr(0, fits)) + "…";
}

}  // namespace pue::report
