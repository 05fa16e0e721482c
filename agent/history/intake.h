#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/history/csv_file.h"
#include "agent/history/meter_history.h"
#include "agent/ledger/record.h"
#include "agent/plan/plan.h"

namespace pue::history {

/// Files of another system, read one after the other into energy rows of the plan's meters (docs/import.md). Whoever
/// finds any problem at the end writes nothing.
class Intake {
 public:
  struct Settings {
    MeterHistory::Settings numbers;
    std::size_t most_rows = 5'000'000;  ///< of the ledger: they wait in memory until all files were read
  };
  struct File {
    std::string name;
    std::string sha256;
    Column column{};
    std::size_t rows = 0;
    ledger::UnixMs first = 0;  ///< times of its rows, the least and the greatest; both 0 without any
    ledger::UnixMs last = 0;
  };
  /// Rows of one meter, in order of time; their `meter` is not set.
  struct Meter {
    plan::MeterId meter = 0;
    std::vector<ledger::EnergyRow> rows;
  };
  using Progress = std::function<void(std::uint64_t bytes)>;

  Intake(const plan::Plan& plan, const Settings& settings);

  /// Reads a file to its end. `progress` is told the bytes read, now and then.
  void read(const std::string& path, const Progress& progress);

  /// "file:line: message" of the first k_told problems.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  /// How many there were in all.
  [[nodiscard]] std::size_t problem_count() const { return problem_count_; }
  [[nodiscard]] const std::vector<File>& files() const { return files_; }
  [[nodiscard]] std::vector<Meter> take_rows();

  static constexpr std::size_t k_told = 20;

 private:
  struct Header {
    std::size_t time = 0;
    std::size_t meter = 0;
    std::size_t value = 0;
    Column column{};
  };

  [[nodiscard]] std::optional<Header> read_header(CsvFile& csv, const std::string& name);
  void read_rows(CsvFile& csv, const Header& header, File& file, const Progress& progress);
  void read_row(const CsvFile& csv, const Header& header, File& file);
  [[nodiscard]] MeterHistory* find(std::string_view name, std::string& why);
  void report(const std::string& file, std::size_t line, std::string_view message);

  const plan::Plan& plan_;
  Settings settings_;
  std::map<std::string, plan::MeterId, std::less<>> names_;
  std::map<plan::MeterId, MeterHistory> meters_;
  std::vector<File> files_;
  std::vector<std::string> problems_;
  std::size_t problem_count_ = 0;
  std::size_t rows_ = 0;  ///< of the ledger, so far
};

}  // namespace pue::history
