#include "agent/ledger/store.h"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "agent/ledger/note.h"
#include "tests/unit/ledger/sample_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

/// A second connection, as a reader or an intruder has one.
class Other {
 public:
  explicit Other(const std::string& path) { sqlite3_open(path.c_str(), &database_); }
  ~Other() { sqlite3_close(database_); }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;

  bool run(const char* sql) { return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  std::int64_t number(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr);
    const bool row = sqlite3_step(statement) == SQLITE_ROW;
    const std::int64_t value = row ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    return value;
  }

 private:
  sqlite3* database_ = nullptr;
};

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a ledger goes on where it was left: accounts, configuration, times and tree") {
  const TemporaryFolder folder;
  Hash root{};
  {
    auto store = Store::open(folder.file("ledger.db"), options_in(folder));
    REQUIRE(store);
    CHECK(store->resumed().created);
    CHECK(store->batches() == 0);
    const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
    REQUIRE(meters);
    CHECK(*meters == std::vector<std::int64_t>{1, 2});
    for (int n = 0; n < 5; ++n) REQUIRE(store->commit(slot(*meters, n)));
    CHECK(store->batches() == 6);
    root = store->root();
  }
  const auto store = Store::open(folder.file("ledger.db"), options_in(folder));
  REQUIRE(store);
  const Resumed& resumed = store->resumed();
  CHECK_FALSE(resumed.created);
  CHECK(resumed.seal_fits);
  CHECK(resumed.ended_cleanly);
  CHECK(resumed.configuration == sample_configuration());
  CHECK(resumed.meters == std::vector<std::int64_t>{1, 2});
  CHECK(resumed.last_time == k_begin + 5 * k_slot);
  CHECK(resumed.recorded_until == k_begin + 5 * k_slot);
  REQUIRE(resumed.accounts.size() == 2);
  CHECK(resumed.accounts[1].name == "utility-a");
  CHECK(resumed.accounts[1].measured == 6'000'000);
  CHECK(store->batches() == 6);
  CHECK(store->root() == root);
}

TEST_CASE("an account comes back as it was, to the last bit") {
  const TemporaryFolder folder;
  const AccountState whole{.name = "m",
                           .measured = INT64_MAX,
                           .integrated = INT64_MIN,
                           .substituted = -1,
                           .measured_rest = 0.1,
                           .integrated_rest = 5e-324,
                           .substituted_rest = -0.0,
                           .recorded_measured = 1,
                           .recorded_integrated = 2,
                           .recorded_substituted = 3,
                           .open_since = 4,
                           .open_covered = 5,
                           .open_quality = 0xFFFFFFFF,
                           .register_value = 3.0,
                           .highest_power = 1e9,
                           .power = -1e300,
                           .reading_time = 6,
                           .reading_boottime = 7,
                           .boot_id = "b",
                           .resets = 8,
                           .rollovers = 9,
                           .serial = "电表-7"};
  {
    auto store = Store::open(folder.file("l"), options_in(folder));
    REQUIRE(store);
    REQUIRE(store->commit({.stamp = stamp_at(k_begin), .accounts = {whole}}));
    CHECK(store->batches() == 0);
  }
  const auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  CHECK(store->resumed().seal_fits);
  REQUIRE(store->resumed().accounts.size() == 1);
  const AccountState& back = store->resumed().accounts[0];
  CHECK(back.measured == INT64_MAX);
  CHECK(back.integrated == INT64_MIN);
  CHECK(back.measured_rest == 0.1);
  CHECK(back.integrated_rest == 5e-324);
  CHECK(back.register_value == 3.0);
  CHECK(back.highest_power == 1e9);
  CHECK(back.power == -1e300);
  CHECK(back.open_quality == 0xFFFFFFFF);
  CHECK(back.serial == "电表-7");
}

TEST_CASE("a configuration is recorded when it differs from the one in force, and only then") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  REQUIRE(store->configure(sample_configuration(), stamp_at(k_begin)));
  CHECK(store->configure(sample_configuration(), stamp_at(k_begin + 1)) == std::vector<std::int64_t>{1, 2});
  CHECK(store->batches() == 1);
  Configuration other = sample_configuration();
  other.meters[1].share = "0.5";
  CHECK(store->configure(other, stamp_at(k_begin + 2)) == std::vector<std::int64_t>{3, 4});
  CHECK(store->configure(sample_configuration(), stamp_at(k_begin + 3)) == std::vector<std::int64_t>{5, 6});
  CHECK(store->batches() == 3);
}

TEST_CASE("a second writer is refused and told who holds the ledger") {
  const TemporaryFolder folder;
  const auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto second = Store::open(folder.file("l"), options_in(folder));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == Error::Kind::in_use);
  CHECK(describe(second.error()).find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("a reader only delays a commit: the same one made again is there once") {
  const TemporaryFolder folder;
  auto options = options_in(folder);
  options.busy_timeout = std::chrono::milliseconds{10};
  auto store = Store::open(folder.file("l"), options);
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  Other reader{folder.file("l")};
  REQUIRE(reader.run("BEGIN"));
  REQUIRE(reader.number("SELECT count(*) FROM batch") == 1);
  const Commit commit = slot(*meters, 0);
  for (int i = 0; i < 3; ++i) {
    const auto refused = store->commit(commit);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Error::Kind::busy);
    CHECK(store->batches() == 1);
  }
  REQUIRE(reader.run("COMMIT"));
  REQUIRE(store->commit(commit));
  CHECK(reader.number("SELECT count(*) FROM energy") == 2);
  CHECK(store->batches() == 2);
}

TEST_CASE("a checkpoint is written once for each size, in the ledger and as text") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  REQUIRE(store->checkpoint());  // nothing to sign yet
  CHECK(contents(folder.file("l.checkpoints")).empty());
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  REQUIRE(store->checkpoint());
  const std::string once = contents(folder.file("l.checkpoints"));
  REQUIRE(store->checkpoint());
  CHECK(contents(folder.file("l.checkpoints")) == once);
  CHECK(once.starts_with("pue-agent/taiyuan-1\n1\n"));
  REQUIRE(store->commit(slot(*meters, 0)));
  CHECK(store->checkpointed() == 1);
  REQUIRE(store->checkpoint());
  CHECK(store->checkpointed() == 2);
  CHECK(Other{folder.file("l")}.number("SELECT count(*) FROM checkpoint") == 2);
}

TEST_CASE("half a checkpoint that a crash left in the text file is replaced by the whole one") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  REQUIRE(store->checkpoint());
  REQUIRE(store->commit(slot(*meters, 0)));
  REQUIRE(store->checkpoint());
  const std::string whole = contents(folder.file("l.checkpoints"));
  for (std::size_t kept = 0; kept < whole.size(); kept += 7) {
    std::filesystem::resize_file(folder.file("l.checkpoints"), kept);
    REQUIRE(store->checkpoint());
    CHECK(contents(folder.file("l.checkpoints")) == whole);
  }
}

TEST_CASE("checkpoints are appended to a long file too, wherever its last part begins") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  for (std::size_t n = 0; n < 200; ++n) {
    REQUIRE(store->commit(slot(*meters, static_cast<std::int64_t>(n))));
    REQUIRE(store->checkpoint());
    REQUIRE(split_notes(contents(folder.file("l.checkpoints"))).size() == n + 1);
  }
}

TEST_CASE("a seal that does not fit the accounts is told, and they are resumed all the same") {
  const TemporaryFolder folder;
  {
    auto store = Store::open(folder.file("l"), options_in(folder));
    REQUIRE(store);
    const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
    REQUIRE(store->commit(slot(*meters, 0)));
  }
  REQUIRE(Other{folder.file("l")}.run("UPDATE account SET measured = measured + 1 WHERE name = 'utility-a'"));
  const auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  CHECK_FALSE(store->resumed().seal_fits);
  CHECK(store->resumed().accounts[1].measured == 1'200'001);
}

TEST_CASE("a last batch that was changed, a key that is another and a newer format are refused by name") {
  const TemporaryFolder folder;
  {
    auto store = Store::open(folder.file("l"), options_in(folder));
    REQUIRE(store);
    const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
    REQUIRE(store->commit(slot(*meters, 0)));
  }
  StoreOptions stranger = options_in(folder);
  stranger.key = key_in(folder, "other");
  const auto with_other_key = Store::open(folder.file("l"), stranger);
  REQUIRE_FALSE(with_other_key);
  CHECK(with_other_key.error().kind == Error::Kind::key);

  StoreOptions renamed = options_in(folder);
  renamed.origin = "pue-agent/elsewhere";
  CHECK(Store::open(folder.file("l"), renamed).error().kind == Error::Kind::refused);

  REQUIRE(Other{folder.file("l")}.run("UPDATE energy SET measured = 1 WHERE row = 1"));
  CHECK(Store::open(folder.file("l"), options_in(folder)).error().kind == Error::Kind::corrupt);

  REQUIRE(Other{folder.file("l")}.run("UPDATE about SET value = '2' WHERE key = 'format'"));
  const auto newer = Store::open(folder.file("l"), options_in(folder));
  REQUIRE_FALSE(newer);
  CHECK(newer.error().kind == Error::Kind::newer_format);
  CHECK(describe(newer.error()).find("format 2") != std::string::npos);
}

TEST_CASE("a file that is no ledger is refused and not touched") {
  const TemporaryFolder folder;
  const std::string text(4096, 'x');
  std::ofstream{folder.file("text")} << text;
  CHECK(Store::open(folder.file("text"), options_in(folder)).error().kind == Error::Kind::no_ledger);
  CHECK(contents(folder.file("text")) == text);
  REQUIRE(Other{folder.file("other")}.run("CREATE TABLE cats(name TEXT)"));
  CHECK(Store::open(folder.file("other"), options_in(folder)).error().kind == Error::Kind::no_ledger);
  CHECK(Store::open(folder.file("missing/l"), options_in(folder)).error().kind == Error::Kind::not_found);
}

TEST_CASE("an end without a stop event is told at the next start") {
  const TemporaryFolder folder;
  const auto say = [&](const std::string& kind) {
    auto store = Store::open(folder.file("l"), options_in(folder));
    REQUIRE(store);
    const bool clean = store->resumed().ended_cleanly;
    REQUIRE(store->commit({.stamp = stamp_at(k_begin), .events = {{.time = k_begin, .kind = kind}}}));
    return clean;
  };
  CHECK(say("start"));
  CHECK_FALSE(say("start"));
  CHECK_FALSE(say("gap"));
  CHECK_FALSE(say("stop"));
  CHECK(say("import"));
  CHECK(say("start"));
}

TEST_CASE("what breaks a rule of the format is refused whole") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  const auto refuses = [&](auto change) {
    Commit commit = slot(*meters, 0);
    commit.events = {{.time = 1, .kind = "gap"}};
    change(commit);
    const auto result = store->commit(commit);
    return !result && result.error().kind == Error::Kind::refused;
  };
  CHECK(refuses([](Commit& commit) { commit.energy[1].meter = 3; }));
  CHECK(refuses([](Commit& commit) { commit.energy[1].meter = 0; }));
  CHECK(refuses([](Commit& commit) { commit.energy[0].length = 0; }));
  CHECK(refuses([](Commit& commit) { commit.energy[0].covered = k_slot + 1; }));
  CHECK(refuses([](Commit& commit) { commit.energy[0].start = INT64_MAX; }));
  CHECK(refuses([](Commit& commit) { commit.events[0].detail = "a\tb"; }));
  CHECK(refuses([](Commit& commit) { commit.events[0].kind.clear(); }));
  CHECK(refuses([](Commit& commit) { commit.accounts[0].name = "\xFF"; }));
  CHECK(refuses([](Commit& commit) { commit.accounts[1].name = commit.accounts[0].name; }));
  CHECK(refuses([](Commit& commit) { commit.accounts[0].measured_rest = 0.0 / 0.0; }));
  CHECK(refuses([](Commit& commit) { commit.stamp.boot_id = "\n"; }));
  CHECK(store->batches() == 1);
  CHECK(store->commit(slot(*meters, 0)));
}

TEST_CASE("retention takes whole detail batches, oldest first, and says which") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  for (int n = 0; n < 4; ++n) {
    Commit commit = slot(*meters, n);
    for (int minute = 0; minute < 15; ++minute) {
      commit.detail.push_back({.meter = 1, .start = k_begin + n * k_slot + minute * 60'000, .length = 60'000});
    }
    REQUIRE(store->commit(commit));
  }
  CHECK(store->batches() == 9);
  Other reader{folder.file("l")};
  REQUIRE(store->retain(k_begin + k_slot - 1, stamp_at(k_begin + 5 * k_slot)));  // nothing is that old
  CHECK(store->batches() == 9);
  REQUIRE(store->retain(k_begin + 2 * k_slot, stamp_at(k_begin + 5 * k_slot)));
  CHECK(store->batches() == 10);
  CHECK(reader.number("SELECT count(*) FROM detail") == 30);
  CHECK(reader.number("SELECT min(row) FROM detail") == 31);
  CHECK(reader.number("SELECT count(*) FROM energy") == 8);
  CHECK(reader.number("SELECT json_extract(detail, '$.through') FROM event WHERE kind = 'retention-cut'") == 4);
  CHECK(reader.number("SELECT json_extract(detail, '$.rows') FROM event WHERE kind = 'retention-cut'") == 30);
  REQUIRE(store->retain(k_begin + 2 * k_slot, stamp_at(k_begin + 5 * k_slot)));
  CHECK(store->batches() == 10);
}

TEST_CASE("after a change of keys the ledger opens with the new one alone") {
  const TemporaryFolder folder;
  {
    auto store = Store::open(folder.file("l"), options_in(folder));
    REQUIRE(store);
    REQUIRE(store->configure(sample_configuration(), stamp_at(k_begin)));
    REQUIRE(store->rotate_key(key_in(folder, "second"), stamp_at(k_begin + 1)));
    CHECK(store->checkpointed() == 2);
    REQUIRE(store->rotate_key(key_in(folder, "second"), stamp_at(k_begin + 2)));
    CHECK(store->batches() == 2);
  }
  CHECK(Store::open(folder.file("l"), options_in(folder)).error().kind == Error::Kind::key);
  StoreOptions options = options_in(folder);
  options.key = key_in(folder, "second");
  const auto store = Store::open(folder.file("l"), options);
  REQUIRE(store);
  CHECK(store->resumed().seal_fits);
}

TEST_CASE("a facility's name becomes the name of a key") {
  CHECK(origin_of("taiyuan-1") == "pue-agent/taiyuan-1");
  CHECK(origin_of("Hall 1+2") == "pue-agent/Hall-1-2");
  CHECK(origin_of("太原") == "pue-agent/太原");
  CHECK(origin_of("a\xFFz") == "pue-agent/a-z");
  CHECK(origin_of("") == "pue-agent/facility");
}

TEST_CASE("a name that counted joules cannot count liters later, not even after it was away") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("ledger.db"), options_in(folder));
  REQUIRE(store);
  Configuration configuration = sample_configuration();
  REQUIRE(store->configure(configuration, stamp_at(k_begin)));
  const MeterRecord away = configuration.meters.back();
  configuration.meters.pop_back();
  REQUIRE(store->configure(configuration, stamp_at(k_begin + 1)));
  configuration.meters.push_back(away);
  configuration.meters.back().unit = "mL";
  const auto refused = store->configure(configuration, stamp_at(k_begin + 2));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find("meter 'ups-a-out' is counted in 'J'") != std::string::npos);
  configuration.meters.back().unit = "J";
  CHECK(store->configure(configuration, stamp_at(k_begin + 2)).has_value());
}

TEST_CASE("an account that holds no number is refused, whichever of its numbers that is") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("l"), options_in(folder));
  REQUIRE(store);
  const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  Commit commit = slot(*meters, 0);
  commit.accounts.front().highest_power = std::numeric_limits<double>::infinity();
  const auto refused = store->commit(commit);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("'utility-a' holds no number") != std::string::npos);
}

TEST_CASE("a ledger whose batches claim more rows than there are numbers does not open") {
  const TemporaryFolder folder;
  {
    auto store = Store::open(folder.file("l"), options_in(folder));
    const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
    for (int n = 0; n < 3; ++n) REQUIRE(store->commit(slot(*meters, n)));
  }
  REQUIRE(Other{folder.file("l")}.run("UPDATE batch SET rows = 9223372036854775807"));
  const auto refused = Store::open(folder.file("l"), options_in(folder));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Error::Kind::corrupt);
  CHECK(refused.error().text.find("more rows than there can be") != std::string::npos);
}
