#include "agent/ledger/slots.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <limits>
#include <random>

using namespace pue;
using namespace pue::ledger;

namespace {

constexpr std::int64_t k_quarter = SlotTable::k_slot_ms;
constexpr UnixMs k_start = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr std::size_t k_total = 0;
constexpr std::size_t k_it = 1;
constexpr std::array k_both{k_total, k_it};

/// A grid meter (id 1) and an IT meter (id 2).
std::vector<SlotTable::Member> two_meters(std::int64_t first_id = 1) {
  return {{first_id, "grid", {{k_total, 1}}}, {first_id + 1, "ups", {{k_it, 1}}}};
}

SlotTable table(std::int64_t slots) {
  SlotTable made{k_start, k_start + slots * k_quarter, 2};
  made.add_boundary(two_meters());
  return made;
}

EnergyRow row(std::int64_t meter, std::int64_t slot, std::int64_t measured, std::int64_t slots = 1) {
  return {.meter = meter,
          .start = k_start + slot * k_quarter,
          .length = slots * k_quarter,
          .measured = measured,
          .covered = slots * k_quarter};
}

SlotTable::Paired all(const SlotTable& slots) { return slots.paired(k_both, slots.from(), slots.to()); }

}  // namespace

TEST_CASE("numerator and denominator come from the same quarter-hours") {
  auto slots = table(3);
  for (const std::int64_t slot : {0, 1, 2}) slots.add(row(1, slot, 1300 - 100 * slot));
  slots.add(row(2, 0, 1000));
  slots.add(row(2, 2, 900));
  const auto figure = all(slots);
  CHECK(figure.slots == 3);
  CHECK(figure.counted == 2);
  CHECK(figure.longest_gap == 1);
  CHECK(figure.amounts[k_total].whole == 1300 + 1100);
  CHECK(figure.amounts[k_it].whole == 1000 + 900);
}

TEST_CASE("the ratio of sums is that of V4, not the mean of ratios") {
  auto slots = table(3);
  const std::array<std::int64_t, 3> total{1300, 1200, 700};
  const std::array<std::int64_t, 3> it{1000, 900, 400};
  for (std::size_t i = 0; i < 3; ++i) {
    slots.add(row(1, static_cast<std::int64_t>(i), total[i]));
    slots.add(row(2, static_cast<std::int64_t>(i), it[i]));
  }
  const auto figure = all(slots);
  CHECK(static_cast<double>(figure.amounts[0].whole) / static_cast<double>(figure.amounts[1].whole) ==
        doctest::Approx(1.39130434783).epsilon(1e-11));
}

TEST_CASE("a longer row is spread evenly and its parts add up to it") {
  auto slots = table(7);
  slots.add(row(1, 0, 1'000'003, 7));
  std::int64_t sum = 0;
  for (int i = 0; i < 7; ++i) {
    const auto part = slots.amount(k_total, k_start + i * k_quarter).whole;
    CHECK(part >= 142'857);
    CHECK(part <= 142'858);
    sum += part;
  }
  CHECK(sum == 1'000'003);
}

TEST_CASE("a row that reaches out of the table counts for its part inside") {
  auto slots = table(2);
  slots.add(row(1, -2, 4000, 4));
  CHECK(slots.amount(k_total, k_start).whole == 1000);
  CHECK(slots.amount(k_total, k_start + k_quarter).whole == 1000);
  slots.add(row(1, 5, 4000));
  slots.add(row(1, -9, 4000));
  CHECK(slots.coverage("grid", slots.from(), slots.to()).full_slots == 2);
}

TEST_CASE("a quarter-hour may lack two seconds and not three") {
  auto slots = table(2);
  for (const std::int64_t slot : {0, 1}) {
    auto grid = row(1, slot, 1000);
    grid.covered -= slot == 0 ? 2000 : 3000;
    slots.add(grid);
    slots.add(row(2, slot, 800));
  }
  CHECK(all(slots).counted == 1);
  CHECK(slots.coverage("grid", slots.from(), slots.to()).covered_ms == 2 * k_quarter - 3000);
}

TEST_CASE("rows of a quarter-hour complete each other in any order") {
  auto slots = table(2);
  for (const std::int64_t part : {2, 0, 1}) {
    for (const std::int64_t slot : {1, 0}) {
      slots.add({.meter = 1,
                 .start = k_start + slot * k_quarter + part * k_quarter / 3,
                 .length = k_quarter / 3,
                 .measured = 100,
                 .covered = k_quarter / 3});
    }
  }
  const auto coverage = slots.coverage("grid", slots.from(), slots.to());
  CHECK(coverage.full_slots == 2);
  CHECK(coverage.covered_ms == 2 * k_quarter);
  CHECK(slots.amount(k_total, k_start + k_quarter).whole == 300);
}

TEST_CASE("estimates and integrated power are kept apart from what was measured") {
  auto slots = table(1);
  auto grid = row(1, 0, 700);
  grid.integrated = 200;
  grid.substituted = 100;
  slots.add(grid);
  slots.add(row(2, 0, 800));
  const auto figure = all(slots);
  CHECK(figure.amounts[k_total] == SlotTable::Amount{1000, 100, 200});
}

TEST_CASE("energy that leaves counts against the total") {
  SlotTable slots{k_start, k_start + k_quarter, 2};
  slots.add_boundary({{1, "grid", {{k_total, 1}}}, {2, "ups", {{k_it, 1}}}, {3, "export", {{k_total, -1}}}});
  slots.add(row(1, 0, 1000));
  slots.add(row(2, 0, 600));
  CHECK(all(slots).counted == 0);  // nobody knows what left
  slots.add(row(3, 0, 150));
  CHECK(all(slots).counted == 1);
  CHECK(all(slots).amounts[k_total].whole == 850);
}

TEST_CASE("another configuration with the same meters goes on where the first ended, inside a quarter-hour too") {
  auto slots = table(1);
  slots.add_boundary(two_meters(11));
  const auto half = k_quarter / 2;
  slots.add({.meter = 1, .start = k_start, .length = half, .measured = 500, .covered = half});
  slots.add({.meter = 11, .start = k_start + half, .length = half, .measured = 500, .covered = half});
  slots.add(row(12, 0, 800));
  CHECK(all(slots).counted == 1);
  CHECK(all(slots).amounts[k_total].whole == 1000);
}

TEST_CASE("the quarter-hour in which the boundary changes counts for nothing, those on either side do") {
  auto slots = table(3);
  auto grown = two_meters(11);
  grown.push_back({13, "generator", {{k_total, 1}}});
  slots.add_boundary(grown);
  const auto half = k_quarter / 2;
  slots.add(row(1, 0, 1000));
  slots.add(row(2, 0, 800));
  for (const std::int64_t meter : {1, 2}) {
    slots.add({.meter = meter, .start = k_start + k_quarter, .length = half, .measured = 500, .covered = half});
  }
  for (const std::int64_t meter : {11, 12, 13}) {
    slots.add({.meter = meter, .start = k_start + k_quarter + half, .length = half, .measured = 500, .covered = half});
    slots.add(row(meter, 2, 700));
  }
  const auto counted = slots.counted(k_both, slots.from(), slots.to());
  CHECK(counted == std::vector<bool>{true, false, true});
  CHECK(all(slots).amounts[k_total].whole == 1000 + 1400);
}

TEST_CASE("a meter that is only watched is covered and changes no boundary") {
  auto slots = table(1);
  slots.add_boundary({{21, "grid", {{k_total, 1}}}, {22, "ups", {{k_it, 1}}}, {23, "pump", {}}});
  slots.add(row(1, 0, 1000));
  slots.add(row(22, 0, 800));
  slots.add(row(23, 0, 10));
  CHECK(all(slots).counted == 1);
  CHECK(slots.coverage("pump", slots.from(), slots.to()).full_slots == 1);
}

TEST_CASE("a sum without meters makes no figure") {
  SlotTable slots{k_start, k_start + k_quarter, 2};
  slots.add_boundary({{1, "grid", {{k_total, 1}}}});
  slots.add(row(1, 0, 1000));
  CHECK(all(slots).counted == 0);
  CHECK(slots.coverage("nobody", slots.from(), slots.to()).longest_gap == 1);
}

TEST_CASE("a window that moves on forgets what fell out of it") {
  auto slots = table(4);
  for (std::int64_t slot = 0; slot < 10; ++slot) {
    slots.advance(k_start + (slot + 1) * k_quarter);
    slots.add(row(1, slot, 1000 + slot));
    if (slot != 8) slots.add(row(2, slot, 800));
  }
  CHECK(slots.from() == k_start + 6 * k_quarter);
  const auto figure = all(slots);
  CHECK(figure.counted == 3);
  CHECK(figure.amounts[k_total].whole == 1006 + 1007 + 1009);
  slots.advance(k_start + 1000 * k_quarter);
  CHECK(all(slots).counted == 0);
  CHECK(slots.coverage("grid", slots.from(), slots.to()).covered_ms == 0);
}

TEST_CASE("parts of random rows add up to the rows, exactly") {
  std::mt19937_64 random{20260101};
  auto slots = table(500);
  std::int64_t expected = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto length = static_cast<std::int64_t>(random() % (20 * k_quarter) + 1);
    const auto start = k_start + static_cast<std::int64_t>(random() % (480 * k_quarter));
    const auto energy = static_cast<std::int64_t>(random() % 1'000'000'000'000) - 100'000'000'000;
    slots.add({.meter = 1, .start = start, .length = length, .measured = energy, .covered = length});
    expected += energy;
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 500; ++i) sum += slots.amount(k_total, k_start + i * k_quarter).whole;
  CHECK(sum == expected);
}

TEST_CASE("numbers that no meter can have said stay defined") {
  auto slots = table(2);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  slots.add({.meter = 1, .start = k_start, .length = most, .measured = most, .covered = most});
  slots.add({.meter = 1, .start = least, .length = most, .measured = most, .covered = least});
  slots.add({.meter = 1, .start = k_start, .length = 0, .measured = 1, .covered = 1});
  for (int i = 0; i < 3; ++i) {
    auto wild = row(1, 0, most, 2);
    wild.integrated = most;
    wild.substituted = i == 0 ? least : most;
    wild.covered = most;
    slots.add(wild);
  }
  CHECK(slots.amount(k_total, k_start).whole == 1'000'000'000'000'000'000);
  CHECK(slots.coverage("grid", slots.from(), slots.to()).covered_ms == 2 * k_quarter);
}

TEST_CASE("of a sign that no agent writes only the side of zero counts") {
  SlotTable slots{k_start, k_start + 4 * k_quarter, 1};
  slots.add_boundary({{1, "grid", {{0, std::numeric_limits<int>::max()}}}, {2, "export", {{0, -3}}}});
  slots.add(row(1, 0, 1'000'000'000'000'000));
  slots.add(row(2, 0, 400));
  CHECK(slots.amount(0, k_start).whole == 999'999'999'999'600);
}

TEST_CASE("a year of a hundred meters is added within the time a report has") {
  constexpr std::int64_t k_year = 35'040;
  SlotTable slots{k_start, k_start + k_year * k_quarter, 4};
  std::vector<SlotTable::Member> members;
  for (std::int64_t id = 0; id < 100; ++id) {
    members.push_back({id, "m" + std::to_string(id), {{static_cast<std::size_t>(id % 4), 1}}});
  }
  slots.add_boundary(members);
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t slot = 0; slot < k_year; ++slot) {
    for (std::int64_t id = 0; id < 100; ++id) slots.add(row(id, slot, 1000));
  }
  const auto added = std::chrono::steady_clock::now();
  const std::array<std::size_t, 2> sums{0, 1};
  const auto figure = slots.paired(sums, slots.from(), slots.to());
  const auto summed = std::chrono::steady_clock::now();
  CHECK(figure.counted == k_year);
  CHECK(figure.amounts[0].whole == k_year * 25 * 1000);
  const std::chrono::duration<double> adding = added - begin;
  const std::chrono::duration<double> summing = summed - added;
  MESSAGE("3,504,000 rows in " << adding.count() << " s, a year's figure in " << summing.count() << " s");
  CHECK(adding.count() < 30.0);  // 0.11 s on an idle core; sanitizers and busy machines take their share
}
