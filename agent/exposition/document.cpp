#include "agent/exposition/catalogue.h"
#include "agent/pipeline/poll_failure.h"

namespace pue::exposition {
namespace {

/// A table cell: bars would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string labels_cell(std::string_view labels) {
  std::string out;
  while (!labels.empty()) {
    const auto end = labels.find(' ');
    if (!out.empty()) out += ", ";
    out += '`';
    out += labels.substr(0, end);
    out += '`';
    labels = end == std::string_view::npos ? std::string_view{} : labels.substr(end + 1);
  }
  return out;
}

}  // namespace

std::string document() {
  std::string out =
      "# Metrics\n\n"
      "What `/metrics` offers, for whoever writes a query, a rule or a dashboard. This page is generated from the "
      "table\n"
      "in `agent/exposition/catalogue.cpp` (`metrics_doc > docs/metrics.md`); a test holds it against the table.\n\n"
      "Base units only, no time stamps. The agent polls on its own clock, so a scrape shows the last readings and\n"
      "touches no device. What is unknown is absent: a series disappears when its reading is older than the point's\n"
      "`stale_after`. A total and its parts never share a metric name. A label that does not apply is left out. The "
      "text\n"
      "is built at most every 250 ms and shared by all who ask within that time.\n\n"
      "| metric | type | labels | what it says | where it comes from |\n"
      "|---|---|---|---|---|\n";
  for (const auto& row : catalogue()) {
    out += "| `" + std::string{row.name} + "` | " + std::string{name_of(row.type)} + " | " + labels_cell(row.labels) +
           " | " + cell(row.help) + " | " + cell(row.source) + " |\n";
  }
  out +=
      "\n## Reasons of `pue_device_poll_errors_total`\n\n"
      "| reason | what it means |\n"
      "|---|---|\n";
  for (std::size_t i = 1; i < k_poll_failures; ++i) {
    const auto failure = static_cast<PollFailure>(i);
    out += "| `" + std::string{name_of(failure)} + "` | " + cell(describe(failure)) + " |\n";
  }
  return out;
}

}  // namespace pue::exposition
