#include "agent/ledger/reader.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/unit/ledger/sample_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

std::string sample(const TemporaryFolder& folder) {
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  for (int n = 0; n < 10; ++n) {
    Commit commit = slot(*meters, n);
    commit.detail = commit.energy;
    commit.events = {{.time = k_begin + n, .kind = "gap", .subject = "utility-a"}};
    REQUIRE(store->commit(commit));
    if (n % 4 == 3) REQUIRE(store->checkpoint());
  }
  return folder.file("l");
}

}  // namespace

TEST_CASE("a reader visits the rows that share time with a period, in their order") {
  const TemporaryFolder folder;
  auto reader = Reader::open(sample(folder));
  REQUIRE(reader);
  std::vector<std::int64_t> rows;
  const UnixMs from = k_begin + 2 * k_slot + 1;
  REQUIRE(reader->energy(from, from + k_slot, [&](std::int64_t row, const EnergyRow& energy) {
    rows.push_back(row);
    CHECK(energy.start + energy.length > from);
  }));
  CHECK(rows == std::vector<std::int64_t>{5, 6, 7, 8});
  CHECK(reader->recorded() == std::pair{k_begin, k_begin + 10 * k_slot});
  const auto span = reader->batches_of(from, from + k_slot);
  REQUIRE(span);
  CHECK(span->first == 7);  // configuration, then detail and energy of each slot
  CHECK(span->last == 9);
  CHECK(reader->batches_of(0, 1)->first == 0);
}

TEST_CASE("a reader gives configurations, meters, events, checkpoints, accounts and the head") {
  const TemporaryFolder folder;
  auto reader = Reader::open(sample(folder));
  REQUIRE(reader);
  CHECK(reader->origin() == "pue-agent/taiyuan-1");
  REQUIRE(reader->configurations().size() == 1);
  CHECK(reader->configurations()[0].configuration == sample_configuration());
  REQUIRE(reader->meter(2));
  CHECK(reader->meter(2)->record->name == "ups-a-out");
  CHECK(reader->meter(2)->configuration->id == 1);
  CHECK_FALSE(reader->meter(3));
  const auto events = reader->events(k_begin + 1, k_begin + 3);
  REQUIRE(events);
  REQUIRE(events->size() == 2);
  CHECK((*events)[0].batch == 5);
  CHECK(reader->checkpoints()->size() == 2);
  CHECK((*reader->last_checkpoint())->size == 17);
  CHECK(reader->accounts()->size() == 2);
  CHECK(reader->batches() == 21);
}

TEST_CASE("what was done later about a period is among its events, and a detail that is no JSON is in nobody's way") {
  const TemporaryFolder folder;
  const std::string path = folder.file("l");
  {
    auto store = Store::open(path, options_in(folder));
    REQUIRE(store);
    const auto told = [&](UnixMs time, const char* kind, const char* detail) {
      return Event{.time = time, .kind = kind, .subject = "utility-a", .detail = detail};
    };
    REQUIRE(
        store->commit({.stamp = stamp_at(k_begin + 9000),
                       .events = {told(k_begin + 9000, "correction", R"({"from":1767225601000,"to":1767225602000})"),
                                  told(k_begin + 9000, "correction", R"({"from":1767225607000,"to":1767225608000})"),
                                  told(k_begin + 9000, "gap", "no JSON"), told(k_begin + 1500, "gap", "{}")}}));
  }
  auto reader = Reader::open(path);
  REQUIRE(reader);
  const auto events = reader->events(k_begin + 1000, k_begin + 3000);
  REQUIRE(events);
  REQUIRE(events->size() == 2);
  CHECK((*events)[0].event.kind == "correction");
  CHECK((*events)[1].event.kind == "gap");
}

TEST_CASE("a reader sees one instant, and the commit of the meantime waits for it") {
  const TemporaryFolder folder;
  const std::string path = sample(folder);
  auto reader = Reader::open(path);
  REQUIRE(reader);
  auto options = options_in(folder);
  options.busy_timeout = std::chrono::milliseconds{1};
  auto store = Store::open(path, options);
  REQUIRE(store);
  const Commit commit = slot({1, 2}, 10);
  CHECK(store->commit(commit).error().kind == Error::Kind::busy);
  reader = tl::unexpected(Error{});
  REQUIRE(store->commit(commit));
}

TEST_CASE("what is no ledger is an error, never a crash") {
  const TemporaryFolder folder;
  CHECK(Reader::open(folder.file("missing")).error().kind == Error::Kind::not_found);
  std::ofstream{folder.file("text")} << std::string(10'000, 'x');
  CHECK(Reader::open(folder.file("text")).error().kind == Error::Kind::no_ledger);
  std::ofstream{folder.file("empty")};
  CHECK(Reader::open(folder.file("empty")).error().kind == Error::Kind::no_ledger);
}
