#include "agent/plan/grid_factors.h"
#include "tests/unit/plan/site.h"

using pue::plan::find_grid_factor;

TEST_CASE("a province has the factor of its latest year in grams per joule") {
  const auto factor = find_grid_factor("CN-SX", {});
  REQUIRE(factor.has_value());
  // 0.7096 kg/kWh = 709.6 g / 3.6e6 J
  CHECK(factor->grams_per_joule == doctest::Approx(709.6 / 3.6e6).epsilon(1e-12));
  CHECK(factor->year == 2022);
  CHECK(factor->zone == "CN-SX");
  CHECK_FALSE(factor->estimated);
  CHECK(factor->source.find("provincial") != std::string::npos);
}

TEST_CASE("the nation and the regional grids have factors of their own") {
  CHECK(find_grid_factor("CN", {})->grams_per_joule == doctest::Approx(530.6 / 3.6e6));
  CHECK(find_grid_factor("CN", {})->year == 2023);
  CHECK(find_grid_factor("CN-north", {})->grams_per_joule == doctest::Approx(636.1 / 3.6e6));
  CHECK(find_grid_factor("CN-south", {})->year == 2022);
}

TEST_CASE("a province without a factor takes its region's, marked as estimated") {
  const auto factor = find_grid_factor("CN-XZ", {});
  REQUIRE(factor.has_value());
  CHECK(factor->grams_per_joule == doctest::Approx(226.8 / 3.6e6));
  CHECK(factor->estimated);
  CHECK(factor->source.find("southwest stands in for CN-XZ") != std::string::npos);
}

TEST_CASE("the user's own table wins, and an unknown zone has no carbon but a warning") {
  const auto p = site::plan("facility.grid_zone = \"CN-SX\"\n" + site::devices(1) +
                            "[grid_factors.CN-SX]\nfactor = \"360 g/kWh\"\nyear = 2024\nsource = \"supplier\"\n");
  CHECK(p.facility.grid_factor->grams_per_joule == doctest::Approx(1e-4));
  CHECK(p.facility.grid_factor->source == "supplier");
  const auto q = site::plan("facility.grid_zone = \"CN-SXX\"\n" + site::devices(1));
  CHECK_FALSE(q.facility.grid_factor.has_value());
  CHECK(site::has(site::lines(q.warnings), "did you mean 'CN-SX'?"));
}

TEST_CASE("every province of the table has a region") {
  for (const auto& zone : pue::plan::known_grid_zones()) {
    CAPTURE(zone);
    CHECK(find_grid_factor(zone, {}).has_value());
  }
  CHECK(pue::plan::known_grid_zones().size() == 1 + 31 + 7);
}
