#include "plant/load/load.h"

#include <doctest/doctest.h>

#include <set>

#include "collectors/profiles/profile_loader.h"
#include "collectors/profiles/quantities.h"

using namespace pue::plant;

TEST_CASE("the silent devices are as many as asked for, spread evenly") {
  for (const unsigned silent : {0U, 1U, 50U, 150U, 500U}) {
    const LoadSettings settings{.devices = 500, .silent = silent};
    unsigned count = 0;
    unsigned in_first_half = 0;
    for (unsigned i = 0; i < 500; ++i) {
      count += is_silent(settings, i);
      in_first_half += i < 250 && is_silent(settings, i);
    }
    CHECK(count == silent);
    CHECK(in_first_half == silent / 2);
  }
}

TEST_CASE("values of neighbours and of the next second differ") {
  std::set<float> seen;
  for (unsigned device = 0; device < 1000; ++device) {
    for (unsigned index = 0; index < 30; ++index) seen.insert(load_value(device, index, 7));
  }
  CHECK(seen.size() == 30'000);
  CHECK(load_value(3, 5, 100) != load_value(3, 5, 101));
}

TEST_CASE("the profile of the plain devices is one the library accepts, for any number of values") {
  for (const unsigned values : {1U, 30U, 62U}) {
    const LoadSettings settings{.devices = 1, .values = values};
    const auto profile = pue::profiles::load_profile(load_profile_text(settings), "load.toml");
    REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : describe(profile.error())));
    CHECK(profile->points.size() == values);
    CHECK(pue::profiles::findings_of(*profile).empty());
  }
}

TEST_CASE("BMCs that cannot be served are refused") {
  CHECK_FALSE(refuse(BmcLoadSettings{.bmcs = 0}).empty());
  CHECK_FALSE(refuse(BmcLoadSettings{.bmcs = 100'000}).empty());
  CHECK_FALSE(refuse(BmcLoadSettings{.bmcs = 5, .make = "marvellous"}).empty());
  CHECK_FALSE(refuse(BmcLoadSettings{.bmcs = 5, .silent = 6}).empty());
  CHECK_FALSE(refuse(BmcLoadSettings{.bmcs = 5, .sessions = 0}).empty());
  CHECK_FALSE(refuse(BmcLoadSettings{.bmcs = 5, .session_seconds = 0}).empty());
  CHECK(refuse(BmcLoadSettings{.bmcs = 5000, .make = "all", .silent = 500}).empty());
}

TEST_CASE("settings that cannot be served are refused") {
  CHECK_FALSE(refuse({.devices = 0}).empty());
  CHECK_FALSE(refuse({.devices = 1, .values = 63}).empty());
  CHECK_FALSE(refuse({.devices = 5000, .base_port = 62'000}).empty());
  CHECK_FALSE(refuse({.devices = 5, .silent = 6}).empty());
  CHECK(refuse({.devices = 5000, .values = 30, .base_port = 20'000, .silent = 2500}).empty());
}
