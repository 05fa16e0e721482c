#include "agent/exposition/text_format.h"

#include <doctest/doctest.h>
#include <prometheus/text_serializer.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <set>

using namespace pue::exposition;

namespace {

std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

prometheus::MetricFamily gauge(std::string name, std::string help, double value,
                               std::vector<prometheus::ClientMetric::Label> labels = {}) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge, {metric}};
}

std::string text_of(const std::vector<prometheus::MetricFamily>& families) {
  std::string out;
  append_families(out, families);
  return out;
}

}  // namespace

TEST_CASE("a number read back is the same double") {
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const auto text = number(value);
    double back = 0;
    REQUIRE(std::from_chars(text.data(), text.data() + text.size(), back).ec == std::errc{});
    REQUIRE(std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value));
  }
  CHECK(number(12345678901234567.0) == "12345678901234568");
  CHECK(number(0.1) == "0.1");
}

TEST_CASE("what is no number is spelled as the format wants it") {
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(number(-std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(number(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(number(-std::numeric_limits<double>::infinity()) == "-Inf");
}

TEST_CASE("label values are escaped, empty ones are left out") {
  std::string out;
  CHECK(append_series_name(out, "m", "", {{"a", "q\"b\\s\nn"}, {"b", ""}, {"c", "电"}}));
  CHECK(out == "m{a=\"q\\\"b\\\\s\\nn\",c=\"电\"");
  out.clear();
  CHECK_FALSE(append_series_name(out, "m", "_sum", {{"a", ""}}));
  CHECK(out == "m_sum");
}

TEST_CASE("a help of two lines stays in its line") {
  std::string out;
  append_family_header(out, "m", "one\ntwo \\ \"three\"", MetricType::counter);
  CHECK(out == "# HELP m one\\ntwo \\\\ \"three\"\n# TYPE m counter\n");
}

TEST_CASE("families of one name are written under one header") {
  const auto text =
      text_of({gauge("a", "first", 1, {{"k", "1"}}), gauge("b", "other", 2), gauge("a", "second", 3, {{"k", "2"}})});
  CHECK(text ==
        "# HELP a first\n# TYPE a gauge\na{k=\"1\"} 1\na{k=\"2\"} 3\n"
        "# HELP b other\n# TYPE b gauge\nb 2\n");
}

TEST_CASE("a family without series is left out") {
  CHECK(text_of({{"a", "nothing", prometheus::MetricType::Gauge, {}}}).empty());
}

TEST_CASE("where prometheus::TextSerializer is right the texts are equal") {
  prometheus::ClientMetric counted;
  counted.counter.value = 7;
  counted.label = {{"reason", "time\"out\\ \n"}};
  prometheus::ClientMetric spread;
  spread.label = {{"collector", "tcp-0"}};
  spread.histogram = {.sample_count = 6, .sample_sum = 1.5, .bucket = {{1, 0.5}, {4, 2}, {6, INFINITY}}};
  const std::vector<prometheus::MetricFamily> families{
      gauge("temperature_celsius", "Heat.", -21.25, {{"point", "a"}}),
      {"errors_total", "Failures.", prometheus::MetricType::Counter, {counted}},
      {"lateness_seconds", "Late.", prometheus::MetricType::Histogram, {spread}},
      gauge("limit", "None.", INFINITY)};
  // It writes the rows of a histogram in another order and leaves a blank after an info-less name; compare as sets.
  const auto lines = [](const std::string& text) {
    std::multiset<std::string> set;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      set.insert(text.substr(at, end - at));
      at = end + 1;
    }
    return set;
  };
  CHECK(lines(text_of(families)) == lines(prometheus::TextSerializer{}.Serialize(families)));
}

TEST_CASE("a histogram whose model has no open bucket gets one") {
  prometheus::ClientMetric spread;
  spread.histogram = {.sample_count = 3, .sample_sum = 9, .bucket = {{1, 0.5}}};
  CHECK(text_of({{"h", "H.", prometheus::MetricType::Histogram, {spread}}}) ==
        "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum 9\nh_count 3\n");
}
