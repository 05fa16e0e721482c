#include "agent/ledger/recorder.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "agent/ledger/reader.h"
#include "agent/log/log.h"
#include "tests/unit/engine/small_site.h"
#include "tests/unit/ledger/temporary_folder.h"

using namespace pue;
using namespace pue::ledger;
using namespace std::chrono_literals;

namespace {

plan::Plan plan_in(const TemporaryFolder& folder) {
  plan::Plan plan;
  plan.facility.name = "taiyuan-1";
  plan.config_sha256 = "00ff";
  plan.ledger.path = folder.file("ledger.db");
  plan.ledger.key_file = folder.file("ledger.key");
  plan.meters = {{.id = 0, .name = "utility-a", .role = plan::Role::grid},
                 {.id = 1, .name = "ups-a-out", .role = plan::Role::it_ups}};
  plan.total = {0};
  plan.total_sign = {1.0};
  plan.it[0] = {1};
  return plan;
}

/// A recorder of a plan of two meters, told what an engine would tell.
class Running {
 public:
  explicit Running(const TemporaryFolder& folder)
      : plan_(plan_in(folder)), board_(0, 0, 0, plan::LedgerLayout{plan_}.size()) {
    auto opened = Recorder::open(plan_, board_, "0.1.0");
    if (!opened) FAIL(describe(opened.error()));
    recorder_ = std::move(*opened);
    recorder_->start();
  }

  /// One quarter-hour of both meters and a commit.
  void quarter(std::int64_t n) {
    for (std::uint32_t meter = 0; meter < 2; ++meter) {
      push(LedgerRecord{
          .meter = meter, .start = n * 900'000, .length = 900'000, .energy = {1000, 0, 0}, .covered = 900'000});
    }
    for (std::uint32_t account = 0; account < 2 + k_facility_sums; ++account) {
      const std::int64_t joules = account < 2 ? 1000 * (n + 1) : 0;
      push(LedgerAccount{.account = account, .whole = {joules, 0, 0}, .recorded = {joules, 0, 0}, .resets = 3});
    }
    push(LedgerCommit{.time = (n + 1) * 900'000, .boottime = n + 1});
  }
  [[nodiscard]] double figure(std::size_t index) const {
    std::vector<std::uint64_t> words(board_.ledger_figures());
    board_.read_ledger(words);
    return Figure::from_word(words[index]).value().value_or(-1.0);
  }
  /// Waits until a figure has a value, at most ten seconds.
  [[nodiscard]] bool comes(std::size_t index, double value) const {
    for (int i = 0; i < 1000 && figure(index) != value; ++i) std::this_thread::sleep_for(10ms);
    return figure(index) == value;
  }
  [[nodiscard]] Recorder& recorder() { return *recorder_; }
  [[nodiscard]] const plan::Plan& plan() const { return plan_; }

 private:
  void push(const LedgerMessage& message) {
    for (int i = 0; i < 1000; ++i) {
      if (recorder_->ring().push(message)) return;
      std::this_thread::sleep_for(10ms);
    }
    FAIL("the ring stays full");
  }

  plan::Plan plan_;
  Board board_;
  std::unique_ptr<Recorder> recorder_;
};

std::vector<std::string> kinds_of(Reader& reader) {
  std::vector<std::string> kinds;
  const auto events = reader.events(0, INT64_MAX).value();
  for (const auto& stored : events) kinds.push_back(stored.event.kind);
  return kinds;
}

/// Lets no file of this process grow beyond `bytes` as long as it lives: what a full disk looks like.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("what was told is in the ledger, and what is published is what is in the ledger") {
  const TemporaryFolder folder;
  {
    Running running{folder};
    for (std::int64_t n = 0; n < 3; ++n) running.quarter(n);
    CHECK(running.comes(plan::LedgerLayout::meter_energy(0), 3000.0));
    CHECK(running.figure(plan::LedgerLayout::meter_resets(1)) == 3.0);
    CHECK(running.figure(plan::LedgerLayout::healthy()) == 1.0);
    running.recorder().stop();
  }
  auto reader = Reader::open(folder.file("ledger.db"));
  REQUIRE(reader.has_value());
  std::int64_t rows = 0;
  std::int64_t joules = 0;
  REQUIRE(reader
              ->energy(0, INT64_MAX,
                       [&](std::int64_t, const EnergyRow& row) {
                         ++rows;
                         joules += row.measured;
                       })
              .has_value());
  CHECK(rows == 6);
  CHECK(joules == 6000);
  CHECK(kinds_of(*reader) == std::vector<std::string>{"start", "stop"});
  CHECK(reader->last_checkpoint().value()->size == reader->batches());
}

TEST_CASE("a second run goes on where the first ended, and says when the first did not end well") {
  const TemporaryFolder folder;
  {
    Running first{folder};
    first.quarter(0);
    REQUIRE(first.comes(plan::LedgerLayout::meter_energy(0), 1000.0));
  }
  Running second{folder};
  REQUIRE(second.recorder().resumed().size() == 2 + k_facility_sums);
  for (const LedgerAccount& account : second.recorder().resumed()) {
    if (account.account < 2) CHECK(account.whole[0] == 1000);
    CHECK(account.reading_boottime == 0);
  }
  CHECK(second.comes(plan::LedgerLayout::meter_energy(1), 1000.0));
}

TEST_CASE("a ledger that another process writes is refused with the other's number") {
  const TemporaryFolder folder;
  Running running{folder};
  Board board{0, 0, 0, plan::LedgerLayout{running.plan()}.size()};
  const auto second = Recorder::open(running.plan(), board, "0.1.0");
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == Error::Kind::in_use);
  CHECK(second.error().text.find(std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE(
    "a full disk stops the totals, nothing else; when there is room again everything is written with its own time") {
  // T-D14, T-D16 inside one process; the agent as a whole is tried in tests/integration/ledger
  log::configure(log::Level::error, log::Format::logfmt);
  const TemporaryFolder folder;
  {
    Running running{folder};
    running.quarter(0);
    REQUIRE(running.comes(plan::LedgerLayout::meter_energy(0), 1000.0));
    {
      const FullDisk full{16384};
      for (std::int64_t n = 1; n <= 400; ++n) running.quarter(n);
      CHECK(running.comes(plan::LedgerLayout::healthy(), 0.0));
      CHECK(running.figure(plan::LedgerLayout::meter_energy(0)) == 1000.0);
    }
    CHECK(running.comes(plan::LedgerLayout::meter_energy(0), 401'000.0));
    CHECK(running.comes(plan::LedgerLayout::healthy(), 1.0));
    CHECK(running.figure(plan::LedgerLayout::commit_errors()) > 0.0);
    running.quarter(401);
    CHECK(running.comes(plan::LedgerLayout::meter_energy(0), 402'000.0));
  }
  auto reader = Reader::open(folder.file("ledger.db"));
  REQUIRE(reader.has_value());
  std::vector<int> seen(402, 0);
  REQUIRE(
      reader
          ->energy(0, INT64_MAX,
                   [&](std::int64_t, const EnergyRow& row) { ++seen[static_cast<std::size_t>(row.start / 900'000)]; })
          .has_value());
  CHECK(std::ranges::count(seen, 2) == 402);
  const auto kinds = kinds_of(*reader);
  CHECK(std::ranges::count(kinds, "ledger-error") == 1);
}

TEST_CASE("accounts that somebody changed while the agent was down are told, and made anew from the records") {
  log::configure(log::Level::error, log::Format::logfmt);
  const TemporaryFolder folder;
  {
    Running running{folder};
    running.quarter(0);
    REQUIRE(running.comes(plan::LedgerLayout::meter_energy(0), 1000.0));
  }
  const std::string change = "sqlite3 '" + folder.file("ledger.db") +
                             "' \"UPDATE account SET measured = 9000000000000000000 WHERE name = 'utility-a'\"";
  REQUIRE(std::system(change.c_str()) == 0);  // NOLINT(cert-env33-c)
  {
    Running running{folder};
    for (const LedgerAccount& account : running.recorder().resumed()) {
      if (account.account == 0) CHECK(account.whole[0] == 1000);
    }
  }
  auto reader = Reader::open(folder.file("ledger.db"));
  REQUIRE(reader.has_value());
  const auto kinds = kinds_of(*reader);
  CHECK(std::ranges::count(kinds, "ledger-error") == 1);
  const auto accounts = reader->accounts().value();
  CHECK(std::ranges::find(accounts, "utility-a", &AccountState::name)->measured == 1000);
}

TEST_CASE("the accounts of a meter that left the configuration are kept for its return") {
  const TemporaryFolder folder;
  {
    Running running{folder};
    running.quarter(0);
    REQUIRE(running.comes(plan::LedgerLayout::meter_energy(0), 1000.0));
  }
  plan::Plan smaller = plan_in(folder);
  smaller.meters.pop_back();
  smaller.it[0].clear();
  {
    Board board{0, 0, 0, plan::LedgerLayout{smaller}.size()};
    auto recorder = Recorder::open(smaller, board, "0.1.0").value();
    recorder->start();
    REQUIRE(recorder->ring().push(LedgerAccount{.account = 0, .whole = {1500, 0, 0}, .recorded = {1000, 0, 0}}));
    REQUIRE(recorder->ring().push(LedgerCommit{.time = 5'000'000, .boottime = 1}));
    recorder->stop();
  }
  Running again{folder};
  std::vector<std::int64_t> totals;
  for (const LedgerAccount& account : again.recorder().resumed()) {
    if (account.account < 2) totals.push_back(account.whole[0]);
  }
  CHECK(totals == std::vector<std::int64_t>{1000, 1500});
}
