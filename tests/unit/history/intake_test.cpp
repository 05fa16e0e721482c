#include "agent/history/intake.h"

#include <doctest/doctest.h>

#include "agent/log/log.h"
#include "tests/unit/history/folder.h"

using namespace pue;
using namespace pue::history;
using namespace std::chrono_literals;

namespace {

plan::Plan plan() {
  plan::Plan made;
  const auto add = [&](const std::string& name, plan::Role role) {
    plan::Meter meter;
    meter.id = static_cast<plan::MeterId>(made.meters.size());
    meter.name = name;
    meter.role = role;
    made.meters.push_back(meter);
  };
  add("utility-a", plan::Role::grid);
  add("不间断电源", plan::Role::it_ups);
  add("outside-air", plan::Role::weather_dry_bulb);
  return made;
}

class Reading {
 public:
  explicit Reading(std::size_t most_rows = 1000)
      : intake_(plan_, {.numbers = {.interval = 15min, .estimated = false, .now = 1'800'000'000'000},
                        .most_rows = most_rows}) {}

  /// Reads a file of this text. @return all problems so far, one a line, without the folder.
  std::string read(const std::string& text, const std::string& name = "a.csv") {
    const auto path = folder_.write(name, text);
    intake_.read(path, [&](std::uint64_t bytes) { bytes_ = bytes; });
    std::string all;
    for (const auto& problem : intake_.problems()) all += problem.substr(path.size() - name.size()) + "\n";
    return all;
  }
  [[nodiscard]] Intake& intake() { return intake_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  Folder folder_;
  plan::Plan plan_ = plan();
  Intake intake_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

TEST_CASE("a file becomes rows of its meters, with its hash, count and span") {
  Reading reading;
  const std::string text =
      "\xEF\xBB\xBFmeter,time,register_kwh\r\nutility-a,2025-03-01T00:00:00+08:00,10\r\n"
      "\"不间断电源\",2025-03-01T00:00:00+08:00,5\r\nutility-a,2025-03-01T00:15:00+08:00,12\r\n"
      "不间断电源,2025-02-28T16:15:00Z,6\r\n";
  CHECK(reading.read(text) == "");
  CHECK(reading.bytes() == text.size());
  REQUIRE(reading.intake().files().size() == 1);
  const auto& file = reading.intake().files()[0];
  CHECK(file.rows == 4);
  CHECK(file.column == Column::register_kwh);
  CHECK(file.sha256 == Sha256::of(text));
  CHECK(file.first == 1'740'758'400'000);
  CHECK(file.last == 1'740'759'300'000);
  const auto meters = reading.intake().take_rows();
  REQUIRE(meters.size() == 2);
  CHECK(meters[0].meter == 0);
  REQUIRE(meters[0].rows.size() == 1);
  CHECK(meters[0].rows[0].measured == 7'200'000);
  CHECK(meters[1].rows[0].measured == 3'600'000);
}

TEST_CASE("a register goes on from one file to the next") {
  Reading reading;
  CHECK(reading.read("time,meter,register_kwh\n2025-03-01T00:00Z,utility-a,10\n", "1.csv") == "");
  CHECK(reading.read("time,meter,register_kwh\n2025-03-01T00:15Z,utility-a,12\n", "2.csv") == "");
  CHECK(reading.intake().take_rows().at(0).rows.at(0).measured == 7'200'000);
}

TEST_CASE("a file may begin with the reading that the one before ended with, and with no other") {
  Reading reading;
  CHECK(reading.read("time,meter,register_kwh\n2025-03-01T00:00Z,utility-a,10\n2025-03-01T00:15Z,utility-a,12\n",
                     "1.csv") == "");
  CHECK(reading.read("time,meter,register_kwh\n2025-03-01T00:15Z,utility-a,12\n2025-03-01T00:30Z,utility-a,13\n",
                     "2.csv") == "");
  const std::string again = reading.read("time,meter,register_kwh\n2025-03-01T00:30Z,utility-a,14\n", "3.csv");
  CHECK(again ==
        "3.csv:2: meter 'utility-a' at 2025-03-01T00:30Z: the meter has a row of this time already, at line 3 of the "
        "file "
        "before\n");
  const auto rows = reading.intake().take_rows().at(0).rows;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].measured + rows[1].measured == 3 * 3'600'000);
}

TEST_CASE("what is wrong with a header is told at its line") {
  const auto refused = [](const std::string& text) { return Reading{}.read(text); };
  CHECK(refused("") == "a.csv: is empty\n");
  CHECK(refused("time,meter,register_kw\n") == "a.csv:1: unknown column 'register_kw', did you mean 'register_kwh'?\n");
  CHECK(refused("time,meter,kwh\n") ==
        "a.csv:1: unknown column 'kwh': expected the columns time, meter and one of register_kwh, energy_kwh, power_kw "
        "and register_m3\n");
  CHECK(refused("time;meter;power_kw\n") == "a.csv:1: fields are separated by semicolons: expected commas\n");
  CHECK(refused("time\tmeter\tpower_kw\n") == "a.csv:1: fields are separated by tabs: expected commas\n");
  CHECK(refused("time,time,power_kw\n") == "a.csv:1: 'time': a second column of this kind\n");
  CHECK(refused("time,meter,power_kw,energy_kwh\n") == "a.csv:1: 'energy_kwh': a second column of this kind\n");
  CHECK(refused("time,power_kw\n") ==
        "a.csv:1: expected the columns time, meter and one of register_kwh, energy_kwh, power_kw and register_m3\n");
  CHECK(refused("time,meter,power_kw\n") == "a.csv: holds no rows\n");
}

TEST_CASE("what is wrong with a row is told at its line, and all rows are looked at") {
  Reading reading;
  CHECK(reading.read("time,meter,power_kw\n"
                     "2025-03-01T00:00,utility-a,1\n"
                     "2025-03-01T00:00Z,utility-b,1\n"
                     "2025-03-01T00:00Z,utility-a,NaN\n"
                     "2025-03-01T00:00Z,utility-a\n"
                     "2025-03-01T00:00Z,\"utility-a,1\n"
                     "2025-03-01T00:00Z,outside-air,1\n"
                     "2025-03-01T00:00Z,utility-a,2\n"
                     "2025-03-01T00:00Z,utility-a,2\n") ==
        "a.csv:2: '2025-03-01T00:00': has no offset from UTC: expected Z or, say, +08:00 at its end\n"
        "a.csv:3: no meter 'utility-b', did you mean 'utility-a'?\n"
        "a.csv:4: 'NaN': expected a plain number up to 1e11, such as 1234.5\n"
        "a.csv:5: expected 3 fields, got 2\n"
        "a.csv:6: has a quote that is not closed on the same line\n"
        "a.csv:7: meter 'outside-air' is no meter of energy or of a volume\n"
        "a.csv:9: meter 'utility-a' at 2025-03-01T00:00Z: the meter has a row of this time already, at line 8\n");
}

TEST_CASE("separators of thousands, a decimal comma and another encoding are told as what they are") {
  Reading reading;
  CHECK(reading.read("time,meter,power_kw\n"
                     "2025-03-01T00:00Z,utility-a,1,234.5\n"
                     "2025-03-01T00:00Z,utility-a,\"1234,5\"\n"
                     "2025-03-01T00:00Z,utility-a,1 234.5\n"
                     "2025-03-01T00:00Z,\xb5\xe7\xb1\xed,1\n") ==
        "a.csv:2: expected 3 fields, got 4: is there a comma in a number?\n"
        "a.csv:3: '1234,5': expected a plain number up to 1e11, such as 1234.5, with a point before the decimals and "
        "nothing between the thousands\n"
        "a.csv:4: '1 234.5': expected a plain number up to 1e11, such as 1234.5, with a point before the decimals and "
        "nothing between the thousands\n"
        "a.csv:5: no meter '" +
            log::printable("\xb5\xe7\xb1\xed") + "' (is the file UTF-8? a spreadsheet may write another encoding)\n");
}

TEST_CASE("control characters of a file reach no terminal") {
  Reading reading;
  CHECK(reading.read("time,meter,power_kw\n2025-03-01T00:00Z,\x1b[2Jx,1\n").find('\x1b') == std::string::npos);
}

TEST_CASE("the list of problems is bounded, their count is not") {
  Reading reading;
  std::string text = "time,meter,power_kw\n";
  for (int i = 0; i < 500; ++i) text += "x,utility-a,1\n";
  static_cast<void>(reading.read(text));
  CHECK(reading.intake().problems().size() == Intake::k_told);
  CHECK(reading.intake().problem_count() == 500);  // it holds no good row either
}

TEST_CASE("more records than fit in one run are refused") {
  Reading reading{10};
  CHECK(reading.read("time,meter,register_kwh\n2025-03-01T00:00Z,utility-a,1\n2025-03-01T00:45Z,utility-a,2\n"
                     "2025-03-01T01:30Z,utility-a,3\n2025-03-01T02:15Z,utility-a,4\n2025-03-01T03:00Z,utility-a,5\n") ==
        "a.csv:6: more than 10 records in one run: import the files in several\n");
}
