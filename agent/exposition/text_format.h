#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "agent/exposition/catalogue.h"

/// The text exposition format, version 0.0.4, by hand: prometheus::TextSerializer does not escape HELP, prints 16
/// digits where a double has 17, writes NaN as "Nan" and repeats the header of a family that two collectables share.
namespace pue::exposition {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// Appends the number so that reading it gives the same double; NaN, +Inf and -Inf as the format spells them.
void append_number(std::string& out, double value);
/// Appends the text with backslash, double quote and line feed escaped.
void append_label_value(std::string& out, std::string_view text);
/// Appends the `# HELP` and `# TYPE` lines.
void append_family_header(std::string& out, std::string_view name, std::string_view help, MetricType type);
/// Appends `name{label="value",...` without the closing brace; labels with an empty value are left out.
/// @return true when at least one label was written.
bool append_series_name(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels);

/// Appends families as prometheus-cpp collects them. Those of one name are merged under the first one's header;
/// summaries, which the agent has none of, are left out.
void append_families(std::string& out, const std::vector<prometheus::MetricFamily>& families);

}  // namespace pue::exposition
