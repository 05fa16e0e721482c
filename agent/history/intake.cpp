#include "agent/history/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/history/decimal.h"
#include "agent/history/iso_time.h"
#include "agent/log/log.h"
#include "config/nearest.h"

namespace pue::history {
namespace {

constexpr std::array k_columns{Column::register_kwh, Column::energy_kwh, Column::power_kw, Column::register_m3};
constexpr std::size_t k_lines_between_reports = 4096;

std::string quoted(std::string_view text) { return "'" + log::printable(text) + "'"; }

std::optional<Column> column_from(std::string_view text) {
  for (const auto column : k_columns) {
    if (name_of(column) == text) return column;
  }
  return std::nullopt;
}

constexpr std::string_view k_expected_columns =
    "expected the columns time, meter and one of register_kwh, energy_kwh, power_kw and register_m3";
constexpr std::string_view k_number_hint = "expected a plain number up to 1e11, such as 1234.5";

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What a spreadsheet does to a name that is not in English.
std::string_view encoding_hint(std::string_view text) {
  return is_ascii(text) ? "" : " (is the file UTF-8? a spreadsheet may write another encoding)";
}

std::string unknown_column(std::string_view text) {
  if (text.find(';') != std::string_view::npos) return "fields are separated by semicolons: expected commas";
  if (text.find('\t') != std::string_view::npos) return "fields are separated by tabs: expected commas";
  std::vector<std::string> known{"time", "meter"};
  for (const auto column : k_columns) known.emplace_back(name_of(column));
  const auto near = config::suggestion(text, known);
  return fmt::format("unknown column {}{}", quoted(text),
                     near.empty() ? fmt::format(": {}", k_expected_columns) : near);
}

/// What a person writes into a number that a file of commas cannot hold.
std::string no_number(std::string_view text) {
  const bool separated = text.find_first_of(",' ") != std::string_view::npos;
  return fmt::format("{}: {}{}", quoted(text), k_number_hint,
                     separated ? ", with a point before the decimals and nothing between the thousands" : "");
}

}  // namespace

Intake::Intake(const plan::Plan& plan, const Settings& settings) : plan_(plan), settings_(settings) {
  for (const auto& meter : plan.meters) names_.emplace(meter.name, meter.id);
}

void Intake::report(const std::string& file, std::size_t line, std::string_view message) {
  ++problem_count_;
  if (problems_.size() == k_told) return;
  problems_.push_back(line == 0 ? fmt::format("{}: {}", file, message) : fmt::format("{}:{}: {}", file, line, message));
}

void Intake::read(const std::string& path, const Progress& progress) {
  auto csv = CsvFile::open(path);
  if (!csv) return report(path, 0, csv.error());
  const auto header = read_header(*csv, path);
  if (!header) return;
  for (auto& [id, history] : meters_) history.begin_file();
  File file{.name = path, .column = header->column};
  const auto problems = problem_count_;
  read_rows(*csv, *header, file, progress);
  if (!csv->failure().empty()) return report(path, csv->line(), csv->failure());
  if (file.rows == 0 && problem_count_ == problems) report(path, 0, "holds no rows");
  file.sha256 = csv->sha256();
  files_.push_back(std::move(file));
}

std::optional<Intake::Header> Intake::read_header(CsvFile& csv, const std::string& name) {
  const auto refused = [&](std::string_view why) {
    report(name, csv.line(), why);
    return std::nullopt;
  };
  if (!csv.next()) return refused(csv.failure().empty() ? "is empty" : csv.failure());
  if (!csv.problem().empty()) return refused(csv.problem());
  std::optional<std::size_t> time;
  std::optional<std::size_t> meter;
  std::optional<std::size_t> value;
  Header header;
  for (std::size_t i = 0; i < csv.fields().size(); ++i) {
    const auto field = csv.fields()[i];
    const auto column = column_from(field);
    auto* const place = field == "time" ? &time : field == "meter" ? &meter : column ? &value : nullptr;
    if (place == nullptr) return refused(unknown_column(field));
    if (*place) return refused(quoted(field) + ": a second column of this kind");
    *place = i;
    if (column) header.column = *column;
  }
  if (!time || !meter || !value) {
    return refused(k_expected_columns);
  }
  header.time = *time;
  header.meter = *meter;
  header.value = *value;
  return header;
}

void Intake::read_rows(CsvFile& csv, const Header& header, File& file, const Progress& progress) {
  for (std::size_t lines = 1; csv.next(); ++lines) {
    if (lines % k_lines_between_reports == 0) progress(csv.bytes_read());
    read_row(csv, header, file);
    if (rows_ > settings_.most_rows) {
      return report(file.name, csv.line(),
                    fmt::format("more than {} records in one run: import the files in several", settings_.most_rows));
    }
  }
  progress(csv.bytes_read());
}

void Intake::read_row(const CsvFile& csv, const Header& header, File& file) {
  const auto refused = [&](std::string_view why) { report(file.name, csv.line(), why); };
  if (!csv.problem().empty()) return refused(csv.problem());
  const auto fields = csv.fields();
  if (fields.size() != 3) {
    return refused(fmt::format("expected 3 fields, got {}{}", fields.size(),
                               fields.size() > 3 ? ": is there a comma in a number?" : ""));
  }
  const auto time = parse_time(fields[header.time]);
  if (!time) return refused(quoted(fields[header.time]) + ": " + time.error());
  const auto number = millionths(fields[header.value]);
  if (!number) return refused(no_number(fields[header.value]));
  std::string why;
  auto* const meter = find(fields[header.meter], why);
  if (meter == nullptr) return refused(why);
  const auto before = meter->rows();
  if (auto problem = meter->add(header.column, *time, *number, csv.line())) {
    return refused("meter " + quoted(fields[header.meter]) + " at " + log::printable(fields[header.time]) + ": " +
                   *problem);
  }
  rows_ += meter->rows() - before;
  ++file.rows;
  file.first = file.rows == 1 ? *time : std::min(file.first, *time);
  file.last = file.rows == 1 ? *time : std::max(file.last, *time);
}

MeterHistory* Intake::find(std::string_view name, std::string& why) {
  const auto found = names_.find(name);
  if (found == names_.end()) {
    std::vector<std::string> known;
    if (problem_count_ < k_told) {  // a thousand lines may name it
      known.reserve(names_.size());
      for (const auto& [one, id] : names_) known.push_back(one);
    }
    const auto near = config::suggestion(name, known);
    why = fmt::format("no meter {}{}", quoted(name), near.empty() ? encoding_hint(name) : near);
    return nullptr;
  }
  const auto known = meters_.find(found->second);
  if (known != meters_.end()) return &known->second;
  const auto scale = scale_of(plan_, plan_.meters[found->second]);
  if (!scale) {
    why = "meter " + quoted(name) + " is no meter of energy or of a volume";
    return nullptr;
  }
  return &meters_.try_emplace(found->second, *scale, settings_.numbers).first->second;
}

std::vector<Intake::Meter> Intake::take_rows() {
  std::vector<Meter> all;
  for (auto& [id, history] : meters_) all.push_back({id, history.take_rows()});
  return all;
}

}  // namespace pue::history
