#include "agent/ledger/pending.h"

#include <doctest/doctest.h>

#include "agent/energy/record.h"
#include "agent/pipeline/serial_text.h"

using namespace pue;
using namespace pue::ledger;

namespace {

constexpr std::int64_t k_quarter = 900'000;

LedgerRecord record(std::uint32_t meter, std::int64_t n, std::int64_t joules) {
  return {.meter = meter,
          .start = n * k_quarter,
          .length = k_quarter,
          .energy = {joules, 0, 0},
          .covered = k_quarter,
          .reading = 1000.0 * static_cast<double>(n)};
}

Pending pending(std::size_t most_rows = 1000) {
  return Pending{{"utility-a", "ups-a", "@total"},
                 {17, 18},
                 {{.name = "gone"}, {.name = "ups-a", .measured = 9}},
                 "boot-1",
                 {},
                 most_rows};
}

}  // namespace

TEST_CASE("the accounts mark records with the bits that the ledger has them for") {
  // Two layers that must not know each other name the same bits.
  namespace told = pue::energy::quality;
  CHECK(told::k_partial == k_partial);
  CHECK(told::k_gap_filled == k_gap_filled);
  CHECK(told::k_reset == k_reset);
  CHECK(told::k_rollover == k_rollover);
  CHECK(told::k_replaced == k_replaced);
  CHECK(told::k_estimated == k_estimated);
  CHECK(told::k_clock_adjusted == k_clock_adjusted);
  CHECK(told::k_unsynchronised == k_unsynchronised);
  CHECK(told::k_reversed == k_reversed);
  CHECK(told::k_implausible == k_implausible);
  CHECK(told::k_frozen == k_frozen);
}

TEST_CASE("nothing is written before the mark that says it belongs together") {
  Pending waiting = pending();
  waiting.take(record(0, 0, 5));
  CHECK_FALSE(waiting.ready());
  waiting.take(LedgerAccount{.account = 0, .whole = {5, 0, 0}});
  waiting.take(LedgerCommit{.time = 77, .boottime = 7});
  waiting.take(record(1, 0, 6));
  REQUIRE(waiting.ready());
  const Commit commit = waiting.next();
  CHECK(commit.stamp.time == 77);
  CHECK(commit.stamp.boot_id == "boot-1");
  REQUIRE(commit.energy.size() == 1);
  CHECK(commit.energy[0].meter == 17);
  CHECK(commit.energy[0].measured == 5);
  CHECK_FALSE(waiting.ready());
  CHECK(waiting.rows() == 1);
}

TEST_CASE("commits that could not be written become one, with the newest accounts and every record") {
  Pending waiting = pending();
  for (std::int64_t n = 0; n < 3; ++n) {
    waiting.take(record(0, n, 5));
    waiting.take(LedgerAccount{.account = 0, .whole = {5 * (n + 1), 0, 0}});
    waiting.take(LedgerCommit{.time = n, .boottime = n});
  }
  const Commit commit = waiting.next();
  CHECK(commit.energy.size() == 3);
  REQUIRE(commit.accounts.size() == 4);
  CHECK(commit.accounts[0].name == "gone");
  CHECK(commit.accounts[1].name == "utility-a");
  CHECK(commit.accounts[1].measured == 15);
  CHECK(commit.accounts[2].measured == 9);
}

TEST_CASE("the end is written with the accounts as last marked, whether or not more came") {
  Pending waiting = pending();
  waiting.take(LedgerAccount{.account = 0, .whole = {5, 0, 0}});
  waiting.take(LedgerCommit{.time = 1, .boottime = 1});
  (void)waiting.next();
  waiting.take(LedgerAccount{.account = 0, .whole = {6, 0, 0}});
  waiting.finish({.time = 2, .kind = "stop", .subject = {}}, {.time = 2, .boot_id = "boot-1", .boottime = 2});
  REQUIRE(waiting.ready());
  const Commit commit = waiting.next();
  CHECK(commit.accounts[1].measured == 5);
  CHECK(commit.events.back().kind == "stop");
}

TEST_CASE("more records than are allowed become longer ones, and no energy is lost") {
  Pending waiting = pending(100);
  std::int64_t sum = 0;
  for (std::int64_t n = 0; n < 5000; ++n) {
    for (const std::uint32_t meter : {0U, 1U}) {
      waiting.take(record(meter, n, n + meter));
      sum += n + meter;
    }
    waiting.take(LedgerCommit{.time = n, .boottime = n});
    REQUIRE(waiting.rows() <= 202);
  }
  const Commit commit = waiting.next();
  std::int64_t energy = 0;
  std::int64_t covered = 0;
  for (const EnergyRow& row : commit.energy) {
    energy += row.measured;
    covered += row.covered;
    CHECK(row.covered == row.length);
  }
  CHECK(energy == sum);
  CHECK(covered == 2 * 5000 * k_quarter);
  CHECK(commit.energy.back().reading == 4'999'000);
}

TEST_CASE("events are told with their meter's name and their numbers as JSON") {
  Pending waiting = pending();
  waiting.take(LedgerEvent{.kind = LedgerEvent::Kind::rollover,
                           .meter = 1,
                           .time = 30,
                           .from = 10,
                           .to = 30,
                           .before = 4294966000,
                           .after = 1500});
  waiting.take(LedgerEvent{.kind = LedgerEvent::Kind::clock_step, .time = 40, .from = 1, .to = 40, .after = 3600});
  waiting.take(
      LedgerEvent{.kind = LedgerEvent::Kind::exchanged, .meter = 0, .from = 1, .to = 2, .before = 4711, .after = 4712});
  waiting.take(LedgerEvent{.kind = LedgerEvent::Kind::lost, .time = 50, .from = 50, .to = 50, .after = 7});
  waiting.take(LedgerCommit{});
  const Commit commit = waiting.next();
  REQUIRE(commit.events.size() == 4);
  CHECK(commit.events[2].detail == R"({"from":1,"to":2,"serial_before":4711,"serial_after":4712})");
  CHECK(commit.events[3].kind == "lost-records");
  CHECK(commit.events[3].detail == R"({"from":50,"to":50,"events":7})");
  CHECK(commit.events[0].kind == "counter-rollover");
  CHECK(commit.events[0].subject == "ups-a");
  CHECK(commit.events[0].detail == R"({"from":10,"to":30,"reading_before":4294966000.0,"reading_after":1500.0})");
  CHECK(commit.events[1].subject.empty());
  CHECK(commit.events[1].detail == R"({"from":1,"to":40,"seconds":3600.0})");
}

TEST_CASE("events that wait for a disk are bounded too, and how many were left out is told") {
  Pending waiting = pending(1000);
  const LedgerEvent rollover{.kind = LedgerEvent::Kind::rollover, .meter = 1};
  for (std::int64_t n = 0; n < 1000; ++n) {
    waiting.take(rollover);
    waiting.take(LedgerCommit{.time = n, .boottime = n});
  }
  const Commit commit = waiting.next();
  REQUIRE(commit.events.size() == 101);
  CHECK(commit.events.back().kind == "lost-records");
  CHECK(commit.events.back().detail == R"({"events":900})");
  waiting.take(rollover);
  waiting.take(LedgerCommit{.time = 1000, .boottime = 1000});
  CHECK(waiting.next().events.size() == 1);
}

TEST_CASE("an exchanged device is told by its serial numbers as the device says them") {
  std::string told = "A17";
  Pending waiting{{"utility-a", "ups-a", "@total"}, {17, 18}, {}, "boot-1", [&](std::uint32_t meter) {
                    return meter == 0 ? std::optional{told} : std::nullopt;
                  }};
  const auto account = [](std::uint32_t meter, double serial_number) {
    return LedgerAccount{.account = meter, .serial_number = serial_number};
  };
  waiting.take(account(0, serial_fingerprint("A17")));
  waiting.take(account(1, 4711.0));
  waiting.take(LedgerCommit{});
  const Commit first = waiting.next();
  CHECK(first.accounts[0].serial == "A17");
  CHECK(first.accounts[1].serial == "4711");

  told = "B02";
  waiting.take(LedgerEvent{.kind = LedgerEvent::Kind::exchanged,
                           .meter = 0,
                           .from = 1,
                           .to = 2,
                           .before = serial_fingerprint("A17"),
                           .after = serial_fingerprint("B02")});
  waiting.take(account(0, serial_fingerprint("A17")));  // the device says another already: not known for now
  waiting.take(LedgerCommit{});
  const Commit second = waiting.next();
  CHECK(second.events[0].detail == R"({"from":1,"to":2,"serial_before":"A17","serial_after":"B02"})");
  CHECK(second.accounts[0].serial.empty());
}
