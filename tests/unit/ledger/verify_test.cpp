#include "agent/ledger/verify.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "tests/unit/ledger/sample_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

/// A ledger with some of everything: two configurations, energy, minutes, events, a cut, two keys, checkpoints.
std::string ledger_in(const TemporaryFolder& folder) {
  const std::string path = folder.file("ledger.db");
  auto store = Store::open(path, options_in(folder));
  REQUIRE(store);
  auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
  for (int n = 0; n < 4; ++n) {
    if (n == 2) {
      Configuration other = sample_configuration();
      other.region = "north";
      meters = store->configure(other, stamp_at(k_begin + 2 * k_slot));
    }
    Commit commit = slot(*meters, n);
    commit.detail = {{.meter = 1, .start = k_begin + n * k_slot, .length = 60'000, .measured = 80'000}};
    commit.events = {{.time = k_begin + n, .kind = n == 0 ? "start" : "gap", .subject = "电表"}};
    REQUIRE(store->commit(commit));
    REQUIRE(store->checkpoint());
  }
  REQUIRE(store->retain(k_begin + k_slot, stamp_at(k_begin + 4 * k_slot)));
  REQUIRE(store->rotate_key(key_in(folder, "second"), stamp_at(k_begin + 4 * k_slot)));
  REQUIRE(store->commit({.stamp = stamp_at(k_begin + 4 * k_slot), .accounts = slot(*meters, 3).accounts}));
  return path;
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

class Intruder {
 public:
  explicit Intruder(const std::string& path) {
    sqlite3_open(path.c_str(), &database_);
    run("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA ignore_check_constraints = ON");
  }
  ~Intruder() { sqlite3_close(database_); }
  Intruder(const Intruder&) = delete;
  Intruder& operator=(const Intruder&) = delete;

  void run(const std::string& sql) {
    CHECK_MESSAGE(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }

  /// Every value of every row, quoted, with its type.
  std::vector<std::vector<std::string>> rows(const std::string& sql) {
    std::vector<std::vector<std::string>> all;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return {{"unreadable"}};
    int result = 0;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
      auto& row = all.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
        const int size = sqlite3_column_bytes(statement, i);
        row.push_back(std::to_string(sqlite3_column_type(statement, i)) + ":" +
                      (bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(size))));
      }
    }
    sqlite3_finalize(statement);
    if (result != SQLITE_DONE) all.push_back({"damaged"});
    return all;
  }

 private:
  sqlite3* database_ = nullptr;
};

constexpr std::array k_tables{"about", "batch",         "energy",  "detail",     "event",
                              "meter", "configuration", "account", "checkpoint", "seal"};

std::vector<std::vector<std::vector<std::string>>> everything_in(const std::string& path) {
  Intruder reader{path};
  std::vector<std::vector<std::vector<std::string>>> all;
  for (const char* table : k_tables) all.push_back(reader.rows(std::string{"SELECT * FROM "} + table));
  return all;
}

bool is_good(const std::string& path) {
  const auto verdict = verify(path, {});
  REQUIRE(verdict);
  return verdict->findings.empty();
}

}  // namespace

TEST_CASE("a ledger as it was written has no finding, and its numbers are told") {
  const TemporaryFolder folder;
  const std::string path = ledger_in(folder);
  const auto verdict =
      verify(path, {.key = key_in(folder, "second")->public_key(),
                    .witnesses = {{.name = "own", .text = contents(path + ".checkpoints"), .is_own = true}}});
  REQUIRE(verdict);
  for (const Finding& finding : verdict->findings) MESSAGE(finding.kind << ": " << finding.what);
  CHECK(verdict->findings.empty());
  CHECK(verdict->batches == 12);
  CHECK(verdict->energy_rows == 8);
  CHECK(verdict->detail_rows == 3);
  CHECK(verdict->cut_rows == 1);
  CHECK(verdict->events == 6);
  CHECK(verdict->checkpoints == 5);
  CHECK(verdict->witnessed == 5);
  CHECK(verdict->unsealed == 0);
  CHECK(verdict->keys.size() == 2);
}

TEST_CASE("each bit of each number, text and blob that a ledger holds is covered") {
  const TemporaryFolder folder;
  const std::string path = ledger_in(folder);
  REQUIRE(is_good(path));
  std::size_t flips = 0;
  for (const std::string table : k_tables) {
    const bool has_rowid = table != "about" && table != "event" && table != "account";
    const auto columns = Intruder{path}.rows("SELECT name FROM pragma_table_info('" + table + "')");
    const auto rows = Intruder{path}.rows("SELECT * FROM " + table);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string column = columns[i][0].substr(2);
        // Whoever changes a key makes another row of it; rows are counted, numbered and hashed.
        const std::string where =
            has_rowid          ? "rowid = (SELECT rowid FROM " + table + " LIMIT 1 OFFSET " + std::to_string(at) + ")"
            : table == "event" ? "(batch, n) = (SELECT batch, n FROM event LIMIT 1 OFFSET " + std::to_string(at) + ")"
                               : columns[0][0].substr(2) + " = (SELECT " + columns[0][0].substr(2) + " FROM " + table +
                                     " LIMIT 1 OFFSET " + std::to_string(at) + ")";
        const char type = rows[at][i][0];
        const std::string text = rows[at][i].substr(2);
        if (type == '5') continue;  // no value: the test below gives it one
        const std::size_t bits = type == '1' ? 63 : type == '2' ? 3 : text.size() * 8;
        // A text is covered by one hash whole: one bit of each of its bytes is enough.
        const std::size_t stride = type == '3' || type == '4' ? 9 : 7;
        for (std::size_t bit = 0; bit < bits; bit += stride) {
          std::string value;
          if (type == '1') {
            const auto number = static_cast<std::uint64_t>(std::stoll(text)) ^ (1ULL << bit);
            value = std::to_string(static_cast<std::int64_t>(number));
          } else if (type == '2') {
            value = column + " + " + std::to_string(1 << bit) + ".5";
          } else {
            std::string changed = text;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
            value = "CAST(x'" + hexadecimal({reinterpret_cast<const std::uint8_t*>(changed.data()), changed.size()}) +
                    "' AS " + (type == '3' ? "TEXT)" : "BLOB)");
          }
          const std::string whole = contents(path);
          Intruder{path}.run("UPDATE OR REPLACE " + table + " SET " + column + " = " + value + " WHERE " + where);
          CHECK_MESSAGE(!is_good(path), table << "." << column << " of row " << at << ", bit " << bit);
          write(path, whole);
          ++flips;
        }
      }
    }
  }
  CHECK(flips > 2000);
  REQUIRE(is_good(path));
}

TEST_CASE("a bit of the file that may change unseen changes nothing that anybody reads") {
  const TemporaryFolder folder;
  const std::string path = ledger_in(folder);
  Intruder{path}.run("PRAGMA page_size = 512; VACUUM");
  const auto everything = everything_in(path);
  const std::string whole = contents(path);
  std::size_t unseen = 0;
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    std::string changed = whole;
    changed[byte] = static_cast<char>(changed[byte] ^ (1 << byte * 5 % 8));
    write(path, changed);
    const auto verdict = verify(path, {});
    if (!verdict || !verdict->findings.empty()) continue;
    ++unseen;
    CHECK_MESSAGE(everything_in(path) == everything, "byte " << byte);
  }
  MESSAGE(whole.size() << " bytes, a bit of each; " << unseen << " unseen: free space and counters of SQLite's own");
  CHECK(unseen < whole.size() / 2);
}

TEST_CASE("the file may end anywhere: the verifier says so, or has nothing to read") {
  const TemporaryFolder folder;
  const std::string path = ledger_in(folder);
  const std::string whole = contents(path);
  for (std::size_t kept = 0; kept < whole.size(); kept += 509) {
    write(path, whole.substr(0, kept));
    const auto verdict = verify(path, {});
    CHECK_FALSE((verdict && verdict->findings.empty()));
  }
}

TEST_CASE("power that flows back after a quarter-hour takes from the account, which is no finding") {
  // A battery without a register: 1 MJ in by the last record, and since then some of it out again.
  const TemporaryFolder folder;
  const std::string path = folder.file("ledger.db");
  {
    auto store = Store::open(path, options_in(folder));
    REQUIRE(store);
    const auto meters = store->configure(sample_configuration(), stamp_at(k_begin));
    REQUIRE(store->commit(slot(*meters, 0)));
    Commit open = slot(*meters, 0);
    open.stamp = stamp_at(k_begin + k_slot + 10'000);
    open.energy.clear();
    open.accounts[1].integrated -= 5000;
    REQUIRE(store->commit(open));
  }
  CHECK(is_good(path));
}

TEST_CASE("an event may claim the greatest number there is") {
  const TemporaryFolder folder;
  const std::string path = ledger_in(folder);
  Intruder{path}.run("UPDATE event SET n = 9223372036854775807 WHERE kind = 'start'");
  const auto verdict = verify(path, {});
  REQUIRE(verdict);
  CHECK(std::ranges::find(verdict->findings, "bookkeeping", &Finding::kind) != verdict->findings.end());
}

TEST_CASE("checkpoints kept elsewhere are held against a ledger whose own cannot be read") {
  const TemporaryFolder folder;
  const std::string path = ledger_in(folder);
  const std::string witness = contents(path + ".checkpoints");
  const auto number = [&](const char* sql) { return std::stoul(Intruder{path}.rows(sql)[0][0].substr(2)); };
  const auto page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'checkpoint'");
  const auto page_size = number("PRAGMA page_size");
  std::string bytes = contents(path);
  bytes.replace((page - 1) * page_size, page_size, page_size, '\0');
  write(path, bytes);
  const auto verdict = verify(path, {.witnesses = {{.name = "kept", .text = witness}}});
  REQUIRE(verdict);
  REQUIRE_FALSE(verdict->findings.empty());
  CHECK(verdict->findings.front().kind == "file");
  const auto missing = std::ranges::find(verdict->findings, "witness-missing", &Finding::kind);
  REQUIRE(missing != verdict->findings.end());
  CHECK(missing->count == 5);
}
