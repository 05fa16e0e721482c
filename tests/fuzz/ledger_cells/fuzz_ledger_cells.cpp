// Whoever writes other values into the tables of a ledger, as sqlite3 lets anybody do: it is read, verified and made a
// report of, and the verifier tells that there are others.

#include <fuzzer/FuzzedDataProvider.h>
#include <sqlite3.h>

#include <array>
#include <set>
#include <tuple>

#include "tests/fuzz/ledger/read_whole.h"
#include "tests/fuzz/ledger/sample_files.h"

namespace {

using namespace pue;
using fuzz::must;

struct Table {
  const char* name;
  const char* key;
};
constexpr std::array k_tables{Table{"about", "key"},  Table{"batch", "seq"},       Table{"energy", "row"},
                              Table{"detail", "row"}, Table{"event", "batch, n"},  Table{"configuration", "id"},
                              Table{"meter", "id"},   Table{"checkpoint", "size"}, Table{"account", "name"},
                              Table{"seal", "one"}};

class Intruder {
 public:
  explicit Intruder(const std::string& path) {
    must(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    sqlite3_exec(database_, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA ignore_check_constraints = ON",
                 nullptr, nullptr, nullptr);
  }
  ~Intruder() { sqlite3_close(database_); }
  Intruder(const Intruder&) = delete;
  Intruder& operator=(const Intruder&) = delete;

  [[nodiscard]] std::vector<std::string> columns_of(const Table& table) {
    std::vector<std::string> columns;
    sqlite3_stmt* statement = prepare(std::string{"SELECT name FROM pragma_table_info('"} + table.name + "')");
    while (sqlite3_step(statement) == SQLITE_ROW) {
      columns.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    }
    sqlite3_finalize(statement);
    return columns;
  }

  /// @return whether the value was another one before.
  bool set(const Table& table, const std::string& column, int row, FuzzedDataProvider& input) {
    const std::string key = std::string{"("} + table.key + ")";
    sqlite3_stmt* statement = prepare(std::string{"UPDATE "} + table.name + " SET " + column + " = ?1 WHERE " + key +
                                      " = (SELECT " + table.key + " FROM " + table.name + " LIMIT 1 OFFSET " +
                                      std::to_string(row) + ") AND " + column + " IS NOT ?1");
    bind(statement, input);
    const bool done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return done && sqlite3_changes(database_) > 0;
  }

 private:
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    return statement;
  }

  static void bind(sqlite3_stmt* statement, FuzzedDataProvider& input) {
    constexpr std::array<std::int64_t, 8> k_ends{INT64_MIN, INT64_MIN + 1, INT32_MIN,     -1,
                                                 0,         INT32_MAX,     INT64_MAX - 1, INT64_MAX};
    switch (input.ConsumeIntegralInRange<int>(0, 4)) {
      case 0:
        sqlite3_bind_int64(statement, 1, input.PickValueInArray(k_ends));
        break;
      case 1:
        sqlite3_bind_int64(statement, 1, input.ConsumeIntegral<std::int64_t>());
        break;
      case 2:
        sqlite3_bind_double(statement, 1, input.ConsumeFloatingPoint<double>());
        break;
      case 3: {
        const auto text = input.ConsumeRandomLengthString(200);
        sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
        break;
      }
      default: {
        const auto blob = input.ConsumeRandomLengthString(64);
        sqlite3_bind_blob(statement, 1, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
        break;
      }
    }
  }

  sqlite3* database_ = nullptr;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::SampleFiles sample = fuzz::sample_files();
  static const fuzz::LedgerFile file;
  file.write({reinterpret_cast<const std::uint8_t*>(sample.file.data()), sample.file.size()});
  FuzzedDataProvider input{data, size};
  bool changed = false;
  {
    Intruder intruder{file.path()};
    static const auto columns = [&] {
      std::vector<std::vector<std::string>> all;
      for (const Table& table : k_tables) all.push_back(intruder.columns_of(table));
      return all;
    }();
    // No cell twice: a second value might be the first one again.
    std::set<std::tuple<std::size_t, std::size_t, int>> seen;
    while (input.remaining_bytes() > 0 && seen.size() < 8) {
      const auto table = input.ConsumeIntegralInRange<std::size_t>(0, k_tables.size() - 1);
      const auto column = input.ConsumeIntegralInRange<std::size_t>(0, columns[table].size() - 1);
      const auto row = input.ConsumeIntegralInRange<int>(0, 15);
      if (!seen.emplace(table, column, row).second) break;
      changed = intruder.set(k_tables[table], columns[table][column], row, input) || changed;
      // Rows are found by their place, which changes with their key: nothing more after that.
      if (column < 2) break;
    }
  }
  fuzz::read(file.path());
  must(fuzz::is_faulted(file.path(), sample.checkpoints) == changed);
  return 0;
}
