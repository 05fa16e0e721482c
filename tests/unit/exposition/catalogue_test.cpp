#include "agent/exposition/catalogue.h"

#include <doctest/doctest.h>
#include <prometheus/check_names.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace pue::exposition;

TEST_CASE("every metric has a row with a name, a help, and a name of its own") {
  std::set<std::string_view> names;
  for (const auto& row : catalogue()) {
    INFO(row.name);
    CHECK(prometheus::CheckMetricName(std::string{row.name}));
    CHECK(names.insert(row.name).second);
    CHECK(row.help.ends_with('.'));
    CHECK_FALSE(row.source.empty());
  }
}

TEST_CASE("rows stand in the order of their ids") {
  CHECK(metric(MetricId::facility_total_power).name == "pue_total_power_watts");
  CHECK(metric(MetricId::ratio).name == "pue_ratio");
  CHECK(metric(MetricId::meter_valid).name == "pue_meter_valid");
  CHECK(metric(MetricId::device_up).name == "pue_device_up");
  CHECK(metric(MetricId::device_energy).name == "pue_device_energy_joules_total");
  CHECK(metric(MetricId::device_speed).name == "pue_device_speed_revolutions_per_second");
  CHECK(metric(MetricId::device_state).name == "pue_device_state");
  CHECK(metric(MetricId::agent_lateness).name == "pue_agent_poll_lateness_seconds");
  CHECK(metric(MetricId::process_start_time).name == "process_start_time_seconds");
}

TEST_CASE("names follow the conventions: base units, _total for counters alone, one prefix") {
  for (const auto& row : catalogue()) {
    INFO(row.name);
    CHECK((row.type == MetricType::counter) == row.name.ends_with("_total"));
    CHECK((row.name.starts_with("pue_") || row.name.starts_with("process_")));
    CHECK(row.name.find(':') == std::string_view::npos);
    for (const auto* unit : {"kwh", "kilo", "percent", "fahrenheit", "minutes", "hours", "milli", "liters"}) {
      CHECK(row.name.find(unit) == std::string_view::npos);
    }
    for (const auto* reserved : {"_sum", "_count", "_bucket", "_info_total"}) CHECK_FALSE(row.name.ends_with(reserved));
  }
}

TEST_CASE("label names are valid and none is reserved") {
  for (const auto& row : catalogue()) {
    std::istringstream words{std::string{row.labels}};
    for (const auto& label : std::set<std::string>{std::istream_iterator<std::string>{words}, {}}) {
      INFO(row.name, " ", label);
      CHECK(prometheus::CheckLabelName(label));
      CHECK(label != "le");
      CHECK(label != "job");
      CHECK(label != "instance");
    }
  }
}

TEST_CASE("docs/metrics.md is what the catalogue says; metrics_doc writes it") {
  std::ifstream file{PUE_METRICS_DOCUMENT};
  const std::string committed{std::istreambuf_iterator<char>{file}, {}};
  CHECK(committed == document());
}
