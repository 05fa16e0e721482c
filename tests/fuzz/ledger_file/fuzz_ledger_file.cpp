// Whoever changes bytes of a ledger's file: it is read, verified and made a report of without harm, and the verifier is
// content only if everything that it holds is what was written.
//
// An input is a list of changes to a sample, not the file itself: a file is too long for the fuzzer to change it in
// places that fit together.

#include <fuzzer/FuzzedDataProvider.h>
#include <sqlite3.h>

#include <algorithm>

#include "tests/fuzz/ledger/read_whole.h"
#include "tests/fuzz/ledger/sample_files.h"

namespace {

using namespace pue;
using fuzz::must;

constexpr std::size_t k_page = 4096;
constexpr std::size_t k_longest = 64 * k_page;

/// Every value of every table with its type.
std::string values_of(const std::string& path) {
  sqlite3* database = nullptr;
  must(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  std::string values;
  for (const char* const table :
       {"about", "batch", "energy", "detail", "event", "configuration", "meter", "checkpoint", "account", "seal"}) {
    sqlite3_stmt* rows = nullptr;
    const std::string sql = std::string{"SELECT * FROM "} + table + " ORDER BY 1, 2";
    must(sqlite3_prepare_v2(database, sql.c_str(), -1, &rows, nullptr) == SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
      for (int column = 0; column < sqlite3_column_count(rows); ++column) {
        values += static_cast<char>('0' + sqlite3_column_type(rows, column));
        const void* const bytes = sqlite3_column_blob(rows, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(rows, column));
        if (size > 0) values.append(static_cast<const char*>(bytes), size);
        values += '\t';
      }
      values += '\n';
    }
    sqlite3_finalize(rows);
  }
  sqlite3_close(database);
  return values;
}

/// Somewhere in the file; oftener than not in the first bytes of a page, which say what is where in it.
std::size_t place_in(const std::string& file, FuzzedDataProvider& input) {
  const auto pages = std::max<std::size_t>(1, file.size() / k_page);
  const auto page = input.ConsumeIntegralInRange<std::size_t>(0, pages - 1);
  const auto byte = input.ConsumeBool() ? input.ConsumeIntegralInRange<std::size_t>(0, 127)
                                        : input.ConsumeIntegralInRange<std::size_t>(0, k_page - 1);
  return page * k_page + byte;
}

void change(std::string& file, FuzzedDataProvider& input) {
  switch (input.ConsumeIntegralInRange<int>(0, 4)) {
    case 0: {
      const auto place = place_in(file, input);
      if (place < file.size()) file[place] = input.ConsumeIntegral<char>();
      return;
    }
    case 1: {
      const auto place = place_in(file, input);
      const auto bytes = input.ConsumeRandomLengthString(32);
      if (place < file.size()) file.replace(place, std::min(bytes.size(), file.size() - place), bytes);
      return;
    }
    case 2: {
      const auto from = place_in(file, input);
      const auto to = place_in(file, input);
      const auto size = input.ConsumeIntegralInRange<std::size_t>(1, k_page);
      if (from < file.size() && to < file.size()) file.replace(to, size, file.substr(from, size));
      return;
    }
    case 3:
      file.resize(input.ConsumeIntegralInRange<std::size_t>(0, file.size() + 2 * k_page));
      return;
    default: {
      const auto a = place_in(file, input) / k_page * k_page;
      const auto b = place_in(file, input) / k_page * k_page;
      if (std::max(a, b) + k_page > file.size()) return;
      std::swap_ranges(&file[a], &file[a] + k_page, &file[b]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::SampleFiles sample = fuzz::sample_files();
  static const fuzz::LedgerFile file;
  const auto write = [](const std::string& bytes) {
    file.write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  };
  static const std::string sample_values = [&] {
    write(sample.file);
    must(!fuzz::is_faulted(file.path(), sample.checkpoints));
    return values_of(file.path());
  }();
  std::string bytes = sample.file;
  FuzzedDataProvider input{data, size};
  while (input.remaining_bytes() > 0 && bytes.size() <= k_longest) change(bytes, input);
  write(bytes);
  fuzz::read(file.path());
  if (!fuzz::is_faulted(file.path(), sample.checkpoints)) must(values_of(file.path()) == sample_values);
  return 0;
}
