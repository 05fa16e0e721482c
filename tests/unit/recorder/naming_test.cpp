#include "agent/ledger/naming.h"

#include <doctest/doctest.h>

using namespace pue::ledger;

TEST_CASE("a changed configuration is told with both hashes and each field that differs") {
  Configuration before{.sha256 = "aa", .timezone = "UTC"};
  before.meters = {{.name = "utility", .role = "grid", .share = "1"}, {.name = "old", .role = "monitor"}};
  Configuration now{.sha256 = "bb", .timezone = "Asia/Shanghai"};
  now.meters = {{.name = "utility", .role = "grid", .share = "0.5"}, {.name = "new", .role = "it.ups"}};
  const auto events = changes_between(before, now, 7);
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == "configuration");
  CHECK(events[0].time == 7);
  CHECK(events[0].detail == R"({"sha256_before":"aa","sha256":"bb","changes":[)"
                            R"({"field":"timezone","before":"UTC","now":"Asia/Shanghai"},)"
                            R"({"meter":"utility","field":"share","before":"1","now":"0.5"},)"
                            R"({"meter":"new","added":true},{"meter":"old","removed":true}]})");
  CHECK(changes_between(before, before, 7).empty());
}

TEST_CASE("a configuration in which everything changed is told shortly") {
  Configuration before;
  for (int n = 0; n < 1000; ++n) before.meters.push_back({.name = "m" + std::to_string(n)});
  const auto events = changes_between(before, Configuration{.sha256 = "bb"}, 7);
  REQUIRE(events.size() == 1);
  CHECK(events[0].detail.find(R"("more":900)") != std::string::npos);
}
