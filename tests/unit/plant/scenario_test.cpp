#include "plant/scenario.h"

#include <doctest/doctest.h>

using namespace pue::plant;

TEST_CASE("faults come in order of their beginning") {
  const auto faults = read_scenario(
      "[[fault]]\ndevice = \"pdu-a1\"\nkind = \"late\"\nat = 20\nfor = 5\nvalue = 600\n"
      "[[fault]]\ndevice = \"utility-a\"\nkind = \"counter-reset\"\nat = 10\n",
      "s.toml");
  REQUIRE(faults.has_value());
  REQUIRE(faults->size() == 2);
  CHECK((*faults)[0].kind == FaultKind::counter_reset);
  CHECK((*faults)[1].device == "pdu-a1");
  CHECK((*faults)[1].duration.value() == 5.0);
  CHECK((*faults)[1].value == 600.0);
}

TEST_CASE("a kind is one of Modbus devices, of BMCs, or of both") {
  const auto kinds_of = [](const std::string& kind) {
    const auto faults = read_scenario("[[fault]]\ndevice = \"d\"\nkind = \"" + kind + "\"\n", "s.toml");
    REQUIRE(faults.has_value());
    return std::pair{(*faults)[0].kind, (*faults)[0].bmc_kind};
  };
  CHECK(kinds_of("late") == std::pair{std::optional{FaultKind::late}, std::optional{ipmi::BmcFault::late}});
  CHECK(kinds_of("drip") == std::pair{std::optional{FaultKind::drip}, std::optional<ipmi::BmcFault>{}});
  CHECK(kinds_of("reboot") == std::pair{std::optional<FaultKind>{}, std::optional{ipmi::BmcFault::reboot}});
}

TEST_CASE("what is no fault is refused with its line") {
  const auto error_of = [](std::string_view text) {
    const auto faults = read_scenario(text, "s.toml");
    return faults ? std::string{} : faults.error();
  };
  CHECK(error_of("[[fault]]\nkind = \"late\"\n").find("s.toml:1") == 0);
  CHECK(error_of("[[fault]]\ndevice = \"a\"\nkind = \"lazy\"\n").find("s.toml:3: no fault 'lazy'") == 0);
  CHECK(error_of("[[fault]]\ndevice = \"a\"\nkind = \"late\"\nsince = 3\n").find("unknown key since") !=
        std::string::npos);
  CHECK(error_of("[[fault]]\ndevice = \"a\"\nkind = \"late\"\nat = -3\n").find("expected 0") != std::string::npos);
  CHECK(error_of("[[fault]]\ndevice = \"a\"\nkind = \"late\"\nat = nan\n").find("expected 0") != std::string::npos);
  CHECK_FALSE(error_of("fault = 3\n").empty());
  CHECK_FALSE(error_of("[[fault]\n").empty());
}

TEST_CASE("every fault has a name that finds it") {
  for (int i = 0; i <= static_cast<int>(FaultKind::meter_swap); ++i) {
    const auto kind = static_cast<FaultKind>(i);
    CHECK(fault_from(name_of(kind)) == kind);
  }
  CHECK_FALSE(fault_from("").has_value());
}
