#include "collectors/profiles/profile_loader.h"

#include <doctest/doctest.h>

#include <string>

#include "collectors/profiles/library.h"

using namespace pue::profiles;

namespace {

std::string device(const std::string& more = {}) {
  return "schema = 1\n[device]\nid = \"d\"\nvendor = \"V\"\nmodel = \"M\"\ncategory = \"meter\"\nprotocols = "
         "[\"tcp\"]\n" +
         more;
}

std::string point(const std::string& lines) {
  return "[[point]]\nname = \"power_active_total\"\nkind = \"gauge\"\n" + lines;
}

void refuses(const std::string& text, std::uint32_t line, const std::string& message) {
  CAPTURE(text);
  const auto profile = load_profile(text, "d.toml");
  REQUIRE_FALSE(profile);
  CHECK(profile.error().file == "d.toml");
  CHECK(profile.error().line == line);
  CHECK(profile.error().column >= 1);
  CHECK_MESSAGE(profile.error().message.find(message) != std::string::npos, profile.error().message);
}

}  // namespace

TEST_CASE("units become SI and the factor is folded into scale and offset") {
  const auto profile =
      load_profile(device() +
                       "[[point]]\nname = \"energy_active_import_total\"\nkind = \"counter\"\naddress = "
                       "1\ntype = \"u32\"\nscale = 10\nunit = \"Wh\"\n"
                       "[[point]]\nname = \"flow_volume\"\nkind = \"gauge\"\naddress = 9\ntype = "
                       "\"f32\"\nunit = \"m3/h\"\noffset = 36\n",
                   "d.toml");
  REQUIRE(profile);
  CHECK(profile->points[0].scale == 36000.0);
  CHECK(profile->points[0].unit == Unit::joule);
  CHECK(profile->points[1].scale == doctest::Approx(1.0 / 3600));
  CHECK(profile->points[1].offset == doctest::Approx(0.01));
}

TEST_CASE("invalid patterns of the device go to the points of their type, a point's own come first") {
  const Library library;
  const auto pm = *library.find("schneider-pm5xxx", false);
  CHECK(pm->find("power_active_total")->invalid == std::vector<std::uint64_t>{0xFFC00000, 0x7FC00000, 0x80008000});
  CHECK(pm->find("power_factor_total")->encoding == Encoding::schneider_power_factor);
  CHECK(pm->find("energy_active_import_total")->invalid.front() == 0x8000000000000000ULL);
  const auto ion = *library.find("schneider-ion6200", false);
  REQUIRE(ion->find("power_active_total")->exponent);
  CHECK(ion->find("power_active_total")->exponent->bias == 3);
  CHECK(ion->find("energy_active_import_total")->order == WordOrder{false, true, true});
  const auto ups = *library.find("huawei-ups2000", false);
  CHECK(ups->find("ups_mode")->states.at(3) == "battery");
}

TEST_CASE("each error names its line and what was expected") {
  refuses(device("colour = \"red\"\n") + point("address = 1\ntype = \"f32\"\n"), 8, "unknown key 'colour'");
  refuses(device() + point("address = 1\ntype = \"f23\"\n"), 12, "none of u16");
  refuses(device() + point("adress = 1\ntype = \"f32\"\n"), 8, "address is missing");
  refuses(device() + point("address = 1\ntype = \"f32\"\nunit = \"furlong\"\n"), 13, "not known");
  refuses(device() + point("address = 1\ntype = \"f32\"\nword_order = \"ACBD\"\n"), 13, "ABCD CDAB");
  refuses(device() + point("address = 1\ntype = \"str\"\n"), 12, "needs words");
  refuses(device() + point("address = 65535\ntype = \"f32\"\n"), 11, "beyond register 65535");
  refuses(device() + point("address = 1\ntype = \"f32\"\nscale = nan\n"), 13, "finite");
  refuses(device() + point("address = 1\ntype = \"f32\"\nmul_from = \"nowhere\"\n"), 8, "'nowhere'");
  refuses(device() + point("address = 1\ntype = \"f32\"\ninvalid = [\"0xGG\"]\n"), 13, "0xFFFF");
  refuses(device(), 1, "at least one [[point]]");
  refuses("schema = 2\n", 1, "schema");
}

TEST_CASE("a register number of a manual is answered with the address on the wire") {
  refuses(device() + point("address = 400001\ntype = \"u16\"\n"), 11, "write 0 with function = 3");
  refuses(device() + point("address = 300137\ntype = \"u16\"\n"), 11, "write 136 with function = 4");
}

TEST_CASE("a file may count registers as its manual does, and says so") {
  for (const auto& [base, address] : {std::pair{"1", "3000"}, {"40001", "43000"}, {"400001", "403000"}}) {
    const auto profile = load_profile(device("address_base = " + std::string{base} + "\n") +
                                          point("address = " + std::string{address} + "\ntype = \"f32\"\n"),
                                      "d.toml");
    REQUIRE(profile);
    CHECK(profile->points[0].address == 2999);
  }
  refuses(device("address_base = 40001\n") + point("address = 3000\ntype = \"f32\"\n"), 12, "below address_base");
}

TEST_CASE("an error is told as file:line:column: message") {
  const auto profile = load_profile(device() + point("address = 1\ntype = \"f23\"\n"), "d.toml");
  REQUIRE_FALSE(profile);
  CHECK(describe(profile.error()).starts_with("d.toml:12:"));
}

TEST_CASE("a point that only moves others' decimal point is auxiliary") {
  const auto ion = *Library{}.find("schneider-ion6200", false);
  for (const auto& each : ion->points) CHECK(each.auxiliary == each.name.starts_with("scale_"));
}

TEST_CASE("types, orders and kinds are named as files write them") {
  const Library library;
  const auto ion = *library.find("schneider-ion6200", false);
  const auto* energy = ion->find("energy_active_import_total");
  CHECK(name_of(energy->type) == "u32");
  CHECK(name_of(energy->order, energy->words) == "CDAB");
  CHECK(name_of(energy->kind) == "counter");
  CHECK(name_of(WordOrder{false, true, true}, 4) == "GHEFCDAB");
  CHECK(name_of(WordOrder{false, false, true}, 4) == "EFGHABCD");
}

TEST_CASE("a table header in Chinese without quotes is an error with its line, not the end of the process") {
  const auto profile = load_profile("schema = 1\n[电表]\n", "d.toml");
  REQUIRE_FALSE(profile);
  CHECK(profile.error().line == 2);
}
