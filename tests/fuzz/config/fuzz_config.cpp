// Whatever a configuration file contains: it is refused with problems, or it becomes a plan that holds together.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/plan/build.h"
#include "agent/plan/figure_layout.h"
#include "collectors/profiles/library.h"
#include "config/load.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

void check(const pue::plan::Plan& plan) {
  for (const auto& device : plan.devices) {
    must(device.bus < plan.buses.size() && device.profile != nullptr);
    for (const auto point : device.points) must(point < plan.points.size() && plan.points[point].device == device.id);
  }
  for (const auto& meter : plan.meters) {
    must(meter.device ? *meter.device < plan.devices.size() : plan.ledger.kept() && meter.power.empty());
    must(!meter.upstream || *meter.upstream < plan.meters.size());
    for (const auto point : meter.power) must(point < plan.points.size());
    must(!meter.energy || *meter.energy < plan.points.size());
  }
  must(plan.total.size() == plan.total_sign.size());
  for (const auto meter : plan.total) must(meter < plan.meters.size());
  must(pue::plan::FigureLayout{plan}.size() > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const pue::profiles::Library library;
  const auto settings = pue::config::load_text({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!settings) {
    must(!settings.error().empty());
    for (const auto& problem : settings.error()) must(!describe(problem).empty());
    return 0;
  }
  const auto plan = pue::plan::build(*settings, [](const std::string& name, bool allow_draft) {
    using Found = tl::expected<std::shared_ptr<const pue::profiles::Profile>, std::string>;
    if (name.find('/') != std::string::npos || name.ends_with(".toml"))
      return Found{tl::unexpected(std::string("no files here"))};
    return Found{library.find(name, allow_draft).map_error([](const auto& error) { return describe(error); })};
  });
  if (plan) {
    check(*plan);
  } else {
    must(!plan.error().empty());
  }
  return 0;
}
