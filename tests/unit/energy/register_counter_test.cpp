#include "agent/energy/register_counter.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/unit/energy/at.h"

using namespace pue;
using namespace pue::energy;
using namespace pue::test;
using Begin = RegisterSpan::Begin;

namespace {

constexpr double k_wh = 3600.0;
constexpr double k_kwh = 3.6e6;
constexpr Watts k_megawatt{1e6};

/// The joules of all spans that have any.
double energy_of(const RegisterSpans& spans) {
  double sum = 0.0;
  for (const auto& span : spans) sum += span.energy.value_or(Joules{}).value();
  return sum;
}

}  // namespace

TEST_CASE("the first reading of a register is no energy") {
  RegisterCounter counter{{}};
  CHECK(counter.advance(at(0s), Joules{3.6e9}, k_megawatt).size() == 0);
  CHECK(counter.reading()->value() == 3.6e9);
}

TEST_CASE("a difference across a gap is measured energy") {
  RegisterCounter counter{{}};
  (void)counter.advance(at(0s), Joules{100}, k_megawatt);
  const auto spans = counter.advance(at(1h), Joules{5100}, k_megawatt);
  REQUIRE(spans.size() == 1);
  CHECK(spans.begin()->energy->value() == 5000.0);
  CHECK(spans.begin()->from == at(0s));
  CHECK(spans.begin()->to == at(1h));
}

TEST_CASE("a u32 register that passes its modulus adds the small difference, not four billion") {
  // worked example V23
  RegisterCounter counter{{.modulus = 0x1p32 * k_wh, .resolution = k_wh}};
  (void)counter.advance(at(0s), Joules{4294966000.0 * k_wh}, k_megawatt);
  const auto spans = counter.advance(at(15min), Joules{1500 * k_wh}, k_megawatt);
  REQUIRE(spans.size() == 1);
  CHECK(spans.begin()->begin == Begin::rollover);
  CHECK(spans.begin()->energy->value() == 2796 * k_wh);
}

TEST_CASE("a register of six digits passes its end at a power of ten, whatever its words could hold") {
  // worked example V24: 999999.9 to 12.3, in tenths
  RegisterCounter counter{{.modulus = 0x1p32 * 0.1 * k_kwh, .resolution = 0.1 * k_kwh, .decimal = true}};
  (void)counter.advance(at(0s), Joules{999999.9 * k_kwh}, k_megawatt);
  const auto spans = counter.advance(at(15min), Joules{12.3 * k_kwh}, k_megawatt);
  REQUIRE(spans.size() == 1);
  CHECK(spans.begin()->begin == Begin::rollover);
  CHECK(spans.begin()->energy->value() == doctest::Approx(12.4 * k_kwh).epsilon(1e-9));
}

TEST_CASE("a register that falls from the middle of its digits was reset or exchanged, and did not pass its end") {
  // 610,019 to 1,197 Wh within 5 s at 160 kW: a guess of 391 kWh lies within a quarter of an hour at ten times the
  // power
  RegisterCounter counter{{.modulus = 0x1p32 * k_wh, .resolution = k_wh, .decimal = true}};
  (void)counter.advance(at(0s), Joules{610'019 * k_wh}, Watts{1.6e6});
  CHECK(counter.advance(at(5s), Joules{1197 * k_wh}, Watts{1.6e6}).size() == 0);
  CHECK(counter.held() == 1);
}

TEST_CASE("a register that nobody read for days may have passed its end from anywhere") {
  RegisterCounter counter{{.modulus = 0x1p32 * k_wh, .resolution = k_wh, .decimal = true}};
  (void)counter.advance(at(0s), Joules{610'019 * k_wh}, Watts{1.6e6});
  const auto spans = counter.advance(at(48h), Joules{1197 * k_wh}, Watts{1.6e6});
  REQUIRE(spans.size() == 1);
  CHECK(spans.begin()->begin == Begin::rollover);
}

TEST_CASE(
    "a u16 register of tenths of a kilowatt-hour may pass its end once between two readings, and is not believed "
    "twice") {
  // worked example V27: 6.5536 h at 1 MW
  RegisterCounter counter{{.modulus = 65536 * 0.1 * k_kwh, .resolution = 0.1 * k_kwh}};
  (void)counter.advance(at(0s), Joules{6000 * k_kwh}, k_megawatt);
  const auto spans = counter.advance(at(3h), Joules{2000 * k_kwh}, k_megawatt);
  REQUIRE(spans.size() == 1);
  CHECK(spans.begin()->energy->value() == doctest::Approx(2553.6 * k_kwh));
}

TEST_CASE("a glitch to zero invents no energy and loses none") {
  // What users of other tools suffered from: a slot of 53.7 MWh on a site of 5 kW.
  RegisterCounter counter{{.modulus = 0x1p32 * k_wh, .resolution = k_wh}};
  const Watts site{5e3};
  (void)counter.advance(at(0s), Joules{53.7e6 * k_wh}, site);
  CHECK(counter.advance(at(10s), Joules{0}, site).size() == 0);
  CHECK(counter.held() == 1);
  const auto back = counter.advance(at(20s), Joules{53.7e6 * k_wh + 20 * k_wh}, site);
  CHECK(energy_of(back) == doctest::Approx(20 * k_wh));
  CHECK(counter.held() == 0);
}

TEST_CASE("a leap that goes back again is a glitch, however far it leapt") {
  // The other one: 15.5 MWh in one cycle.
  RegisterCounter counter{{.modulus = 0, .resolution = k_wh}};
  const Watts site{5e3};
  (void)counter.advance(at(0s), Joules{1e6 * k_wh}, site);
  CHECK(counter.advance(at(10s), Joules{1e6 * k_wh + 15.5e6 * k_wh}, site).size() == 0);
  CHECK(energy_of(counter.advance(at(20s), Joules{1e6 * k_wh + 10 * k_wh}, site)) == doctest::Approx(10 * k_wh));
}

TEST_CASE("a register that falls and goes on from there is a reset once two more readings say so") {
  RegisterCounter counter{{.modulus = 0x1p32 * k_wh, .resolution = k_wh}};
  (void)counter.advance(at(0s), Joules{1e6 * k_wh}, k_megawatt);
  CHECK(counter.advance(at(10s), Joules{5 * k_wh}, k_megawatt).size() == 0);
  CHECK(counter.advance(at(20s), Joules{7 * k_wh}, k_megawatt).size() == 0);
  const auto spans = counter.advance(at(30s), Joules{10 * k_wh}, k_megawatt);
  REQUIRE(spans.size() == 3);
  CHECK(spans.begin()->begin == Begin::reset);
  CHECK_FALSE(spans.begin()->energy.has_value());
  CHECK(spans.begin()->to == at(10s));
  CHECK(energy_of(spans) == 5 * k_wh);
  CHECK(energy_of(counter.advance(at(40s), Joules{11 * k_wh}, k_megawatt)) == k_wh);
}

TEST_CASE("the last step of a held register that goes back and forth is no energy") {
  RegisterCounter counter{{.modulus = 0, .resolution = k_wh}};
  (void)counter.advance(at(0s), Joules{1e6 * k_wh}, k_megawatt);
  (void)counter.advance(at(10s), Joules{5 * k_wh}, k_megawatt);
  (void)counter.advance(at(20s), Joules{4 * k_wh}, k_megawatt);
  CHECK(energy_of(counter.advance(at(30s), Joules{5 * k_wh}, k_megawatt)) == 0.0);
}

TEST_CASE("a register that leaps and goes on from there belongs to another meter") {
  RegisterCounter counter{{.modulus = 0, .resolution = k_wh}};
  (void)counter.advance(at(0s), Joules{10 * k_kwh}, k_megawatt);
  (void)counter.advance(at(10s), Joules{9e6 * k_kwh}, k_megawatt);
  (void)counter.advance(at(20s), Joules{9e6 * k_kwh + k_kwh}, k_megawatt);
  const auto spans = counter.advance(at(30s), Joules{9e6 * k_kwh + 2 * k_kwh}, k_megawatt);
  REQUIRE(spans.size() == 3);
  CHECK(spans.begin()->begin == Begin::replaced);
  CHECK(energy_of(spans) == 2 * k_kwh);
}

TEST_CASE("a register that goes back by its last step has not moved") {
  RegisterCounter counter{{.modulus = 0, .resolution = k_wh}};
  (void)counter.advance(at(0s), Joules{100 * k_wh}, k_megawatt);
  const auto spans = counter.advance(at(1s), Joules{99 * k_wh}, k_megawatt);
  REQUIRE(spans.size() == 1);
  CHECK(spans.begin()->energy->value() == 0.0);
  CHECK(energy_of(counter.advance(at(2s), Joules{101 * k_wh}, k_megawatt)) == k_wh);
}

TEST_CASE("a float register's last step grows with its value") {
  // worked example V28: 1 at 1.5e7
  RegisterCounter counter{{.modulus = 0, .resolution = 0, .relative = 0x1p-23}};
  (void)counter.advance(at(0s), Joules{1.5e7}, Watts{1});
  CHECK(counter.advance(at(1s), Joules{1.5e7 - 1}, Watts{1}).size() == 1);
  CHECK(counter.advance(at(2s), Joules{1.5e7 - 1000}, Watts{0.1}).size() == 0);
}

TEST_CASE("noise that never continues from itself never begins a new count") {
  RegisterCounter counter{{.modulus = 0, .resolution = k_wh}};
  (void)counter.advance(at(0s), Joules{1e6 * k_wh}, k_megawatt);
  const double noise[] = {3e9, 17, 8e12, 1, 4e11, 99};
  for (int i = 0; i < 60; ++i) {
    CHECK(counter.advance(at(seconds(i + 1)), Joules{noise[i % 6] * k_wh}, k_megawatt).size() == 0);
  }
  CHECK(energy_of(counter.advance(at(70s), Joules{1e6 * k_wh + 2 * k_wh}, k_megawatt)) == doctest::Approx(2 * k_wh));
}

TEST_CASE("a reading that is not a number, or not later, is forgotten") {
  RegisterCounter counter{{}};
  (void)counter.advance(at(1s), Joules{70}, k_megawatt);
  CHECK(counter.advance(at(2s), Joules{std::numeric_limits<double>::quiet_NaN()}, k_megawatt).size() == 0);
  CHECK(counter.advance(at(2s), Joules{std::numeric_limits<double>::infinity()}, k_megawatt).size() == 0);
  CHECK(counter.advance(at(1s), Joules{75}, k_megawatt).size() == 0);
  CHECK(counter.advance(at(0s), Joules{75}, k_megawatt).size() == 0);
  CHECK(energy_of(counter.advance(at(3s), Joules{90}, k_megawatt)) == 20.0);
}

TEST_CASE("a register that is renewed every quarter of an hour may move by that much between two polls") {
  RegisterCounter counter{{}};
  (void)counter.advance(at(0s), Joules{0}, k_megawatt);
  CHECK(energy_of(counter.advance(at(1s), Joules{1e6 * 900}, k_megawatt)) == 1e6 * 900);
}
