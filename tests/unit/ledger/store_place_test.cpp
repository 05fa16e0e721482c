// What becomes of commits when others remove, move or replace the file that is being written.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/ledger/reader.h"
#include "agent/ledger/verify.h"
#include "tests/unit/ledger/sample_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

namespace fs = std::filesystem;

/// A store with two quarter-hours in it, in a folder of its own that can go away, and a copy of the time before the
/// second one.
class Written {
 public:
  Written() {
    fs::create_directory(folder_.file("state"));
    store_.emplace(open().value());
    meters_ = store_->configure(sample_configuration(), stamp_at(k_begin)).value();
    REQUIRE(commit(0));
    fs::copy(path(), folder_.file("older"));
    REQUIRE(commit(1));
    REQUIRE(store_->checkpoint());
  }

  [[nodiscard]] std::string state() const { return folder_.file("state"); }
  [[nodiscard]] std::string path() const { return folder_.file("state/l"); }
  [[nodiscard]] std::string other(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] tl::expected<Store, Error> open() const { return Store::open(path(), options_in(folder_)); }
  [[nodiscard]] tl::expected<void, Error> commit(std::int64_t n) { return store_->commit(slot(meters_, n)); }

  /// The next quarter-hour is refused, as often as it is tried.
  [[nodiscard]] Error refuses_the_next() {
    CHECK_FALSE(commit(2));
    const auto again = commit(2);
    REQUIRE_FALSE(again);
    return again.error();
  }
  /// The next two quarter-hours are taken, and the ledger is whole, with each of its quarter-hours once.
  void goes_on() {
    REQUIRE(commit(2));
    REQUIRE(commit(3));
    REQUIRE(store_->checkpoint());
    auto reader = Reader::open(path());
    REQUIRE(reader);
    std::vector<UnixMs> starts;
    REQUIRE(reader->energy(0, INT64_MAX, [&](std::int64_t, const EnergyRow& row) {
      if (row.meter == 1) starts.push_back(row.start);
    }));
    CHECK(starts == std::vector<UnixMs>{k_begin, k_begin + k_slot, k_begin + 2 * k_slot, k_begin + 3 * k_slot});
    CHECK(kinds_of_findings().empty());
  }
  [[nodiscard]] std::vector<std::string> kinds_of_findings() const {
    std::ostringstream own;
    own << std::ifstream{path() + ".checkpoints"}.rdbuf();
    const auto verdict = verify(path(), {.witnesses = {{.name = "own", .text = own.str(), .is_own = true}}});
    REQUIRE(verdict);
    std::vector<std::string> kinds;
    for (const Finding& finding : verdict->findings) kinds.push_back(finding.kind);
    return kinds;
  }
  void close() { store_.reset(); }

 private:
  TemporaryFolder folder_;
  std::optional<Store> store_;
  std::vector<std::int64_t> meters_;
};

}  // namespace

TEST_CASE("nothing is written into a ledger that was moved away, and it goes on when it is moved back") {
  Written written;
  fs::rename(written.path(), written.other("away"));
  const Error error = written.refuses_the_next();
  CHECK(error.kind == Error::Kind::moved);
  CHECK(describe(error).find("put it back") != std::string::npos);
  fs::rename(written.other("away"), written.path());
  written.goes_on();
}

TEST_CASE(
    "a folder that is removed, or that became a file, is told; its content put back as other files is gone on with") {
  Written written;
  fs::copy(written.state(), written.other("kept"));
  fs::remove_all(written.state());
  CHECK(written.refuses_the_next().kind == Error::Kind::moved);
  std::ofstream{written.state()} << "no folder";
  CHECK(written.refuses_the_next().kind == Error::Kind::moved);
  fs::remove(written.state());
  fs::rename(written.other("kept"), written.state());
  written.goes_on();
}

TEST_CASE("an earlier copy put in the place of the ledger is not gone on with, nor is any other file") {
  Written written;
  fs::rename(written.path(), written.other("away"));
  const auto refuses = [&](const std::string& what) {
    CAPTURE(what);
    std::ostringstream before;
    before << std::ifstream{written.path(), std::ios::binary}.rdbuf();
    CHECK(written.refuses_the_next().kind == Error::Kind::moved);
    std::ostringstream after;
    after << std::ifstream{written.path(), std::ios::binary}.rdbuf();
    CHECK(before.str() == after.str());
    fs::remove(written.path());
  };
  fs::copy(written.other("older"), written.path());
  refuses("an earlier copy");
  std::ofstream{written.path()} << std::string(5000, 'x');
  refuses("a text");
  std::ofstream{written.path()} << "";
  refuses("an empty file");
  fs::rename(written.other("away"), written.path());
  written.goes_on();
}

TEST_CASE("an earlier copy written over the ledger is told as damage, and a later start tells it by the checkpoints") {
  Written written;
  fs::copy(written.other("older"), written.path(), fs::copy_options::overwrite_existing);
  const Error error = written.refuses_the_next();
  CHECK(error.kind == Error::Kind::corrupt);
  CHECK(error.text.find("somebody else") != std::string::npos);
  written.close();
  const auto again = written.open();
  REQUIRE(again);
  CHECK(again->resumed().batches == 2);
  CHECK(again->resumed().witnessed == 3);
  CHECK_FALSE(written.kinds_of_findings().empty());
}

TEST_CASE("a writer whose lock was removed takes it again, unless another has it by now") {
  Written written;
  fs::remove(written.path() + ".lock");
  REQUIRE(written.commit(2));
  const auto second = written.open();
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == Error::Kind::in_use);

  fs::rename(written.state(), written.other("away"));
  fs::create_directory(written.state());
  const auto another = written.open();
  REQUIRE(another);
  const auto refused = written.commit(3);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Error::Kind::in_use);
  CHECK(another->batches() == 0);
}
