#include <doctest/doctest.h>

#include <map>
#include <tuple>

#include "agent/exposition/point_family.h"
#include "collectors/profiles/library.h"

using namespace pue;
using namespace pue::exposition;
using profiles::PointKind;

TEST_CASE("every point of every profile has one metric of its kind and a series of its own") {
  const profiles::Library library;
  std::size_t points = 0;
  for (const auto& name : library.names()) {
    INFO(name);
    const auto profile = library.find(name, true);
    REQUIRE(profile);
    std::map<std::tuple<MetricId, std::string, std::string, std::string, std::string>, std::string> seen;
    for (const auto& point : (*profile)->points) {
      INFO(point.name);
      const auto family = family_of(point);
      CHECK(family.has_value() == (point.type != profiles::RegisterType::text));
      if (!family) continue;
      ++points;
      CHECK((metric(family->metric).type == MetricType::counter) == (point.kind == PointKind::counter));
      CHECK(seen.emplace(std::tuple{family->metric, family->point, family->phase, family->direction, family->tariff},
                         point.name)
                .second);
    }
  }
  CHECK(points > 1000);
}
