#include "tests/unit/plan/site.h"

using pue::plan::MeterId;
using pue::plan::TotalMethod;
using site::devices;
using site::has;
using site::meter;
using site::plan;
using site::refusal;
using site::warnings;

namespace {

std::string below(const std::string& name) { return "upstream = \"" + name + "\""; }

}  // namespace

TEST_CASE("the entrance method sums sources and takes off what is outside") {
  const auto p = plan(devices(5) + meter("a", "grid") + meter("b", "onsite.solar") + meter("c", "export") +
                      meter("d", "outside", below("a")) + meter("e", "it.ups", below("a")));
  CHECK(p.method == TotalMethod::entrance);
  CHECK(p.total == std::vector<MeterId>{0, 1, 2, 3});
  CHECK(p.total_sign == std::vector<double>{1, 1, 1, -1});
  CHECK(p.meters[2].factor() == -1.0);
}

TEST_CASE("without a source the total is IT of the lowest category and overhead") {
  const auto p = plan(devices(4) + meter("a", "it.ups") + meter("b", "it.pdu", below("a")) +
                      meter("c", "cooling.chiller") + meter("d", "lighting"));
  CHECK(p.method == TotalMethod::submetered);
  CHECK(p.total == std::vector<MeterId>{0, 2, 3});
}

TEST_CASE("a circle along upstream is refused and told with all its places") {
  const auto text = refusal(devices(3) + meter("a", "monitor", below("c")) + meter("b", "monitor", below("a")) +
                            meter("c", "monitor", below("b")));
  CHECK(has(text,
            "meters lie below each other in a circle: 'a' (monitor, site.toml:4) is below 'c' (monitor, "
            "site.toml:14) is below 'b' (monitor, site.toml:9) is below 'a'"));
  CHECK(has(refusal(devices(1) + meter("a", "monitor", below("a"))), "in a circle"));
}

TEST_CASE("two meters on one point are refused with both places") {
  const auto text = refusal(devices(2) + meter("a", "grid") + meter("b", "it.ups") +
                            "[[meter]]\nname = \"again\"\ndevice = \"b\"\nrole = \"it.pdu\"\nupstream = \"b\"\n");
  CHECK(has(text, "meter.again.point: 'power_active_total' of device 'b' is read by meter.b at site.toml:8"));
}

TEST_CASE("two meters of one name and two instruments of one serial number are refused with both places") {
  CHECK(has(refusal(devices(2) + meter("a", "grid") + "[[meter]]\nname = \"a\"\ndevice = \"b\"\nrole = \"it.ups\"\n"),
            "a meter of this name is at site.toml:4"));
  CHECK(has(refusal(devices(2) + meter("a", "grid", "serial = \"77\"") + meter("b", "it.ups", "serial = \"77\"")),
            "serial '77' belongs to meter 'a' at site.toml:4"));
}

TEST_CASE("every branch needs a meter in each category that is measured") {
  const auto site = devices(5) + meter("a", "grid") + meter("b", "it.ups", below("a")) +
                    meter("c", "it.ups", below("a")) + meter("d", "it.pdu", below("b"));
  const auto text = refusal(site);
  CHECK(has(text, "no it.pdu meter lies below 'c' (it.ups, site.toml:16)"));
  CHECK(has(text, "'d' (it.pdu, site.toml:21) measures category 2"));
  CHECK(has(text, "role = \"monitor\""));
  CHECK(plan(site + meter("e", "it.pdu", below("c"))).it[1].size() == 2);
  // A rack meter below every pdu and every ups, at any depth.
  CHECK(has(refusal(devices(4) + meter("a", "grid") + meter("b", "it.ups") + meter("c", "it.ups") +
                    meter("d", "it.rack", below("b"))),
            "no it.rack meter lies below 'c'"));
}

TEST_CASE("an it.pdu that no it.ups feeds is a warning") {
  CHECK(has(warnings(devices(4) + meter("a", "grid") + meter("b", "it.ups") + meter("c", "it.pdu", below("b")) +
                     meter("d", "it.pdu", below("a"))),
            "meter.d.upstream: lies below no it meter of a lower category"));
}

TEST_CASE("one without the other is no PUE") {
  CHECK(has(refusal(devices(1) + meter("a", "grid")), "no IT meter"));
  CHECK(has(refusal(devices(1) + meter("a", "it.ups")), "neither a source"));
  CHECK(has(refusal(devices(3) + meter("a", "it.ups") + meter("b", "other") + meter("c", "outside")),
            "outside is taken off the sources"));
  CHECK(has(warnings(devices(1)), "there is no PUE"));
}

TEST_CASE("energy that would count twice is refused with both meters") {
  CHECK(has(refusal(devices(3) + meter("a", "grid") + meter("b", "generator", below("a")) + meter("c", "it.ups")),
            "a source below 'a' (grid, site.toml:4) would count twice"));
  CHECK(has(
      refusal(devices(3) + meter("a", "grid") + meter("b", "it.ups", below("a")) + meter("c", "it.ups", below("b"))),
      "it.ups below 'b' (it.ups, site.toml:9) would count twice in its category"));
  CHECK(has(refusal(devices(4) + meter("a", "grid") + meter("b", "it.ups") + meter("c", "outside", below("a")) +
                    meter("d", "outside", below("c"))),
            "an outside meter below 'c'"));
  CHECK(has(refusal(devices(3) + meter("a", "it.ups") + meter("b", "cooling.chiller") +
                    meter("c", "cooling.pump", below("b"))),
            "cooling.pump below 'b' (cooling.chiller, site.toml:9) counts twice"));
}

TEST_CASE("a chain that no diagram has is refused") {
  std::string text = "device.x = { url = \"tcp://h\", profile = \"weather\" }\n";
  for (int i = 0; i < 80; ++i) {
    text += "[[meter]]\nname = \"m" + std::to_string(i) + "\"\ndevice = \"x\"\nrole = \"monitor\"\n";
    if (i > 0) text += "upstream = \"m" + std::to_string(i - 1) + "\"\n";
  }
  CHECK(has(refusal(text), "more than 64 meters lie above each other"));
}
