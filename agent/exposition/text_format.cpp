#include "agent/exposition/text_format.h"

#include <array>
#include <charconv>
#include <cmath>

namespace pue::exposition {
namespace {

void append_value(std::string& out, double value) {
  out += ' ';
  append_number(out, value);
  out += '\n';
}

Labels labels_of(const prometheus::ClientMetric& metric) {
  Labels labels;
  for (const auto& label : metric.label) labels.emplace_back(label.name, label.value);
  return labels;
}

void append_series(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels,
                   double value) {
  if (append_series_name(out, name, suffix, labels)) out += '}';
  append_value(out, value);
}

void append_histogram(std::string& out, std::string_view name, const prometheus::ClientMetric& metric) {
  auto labels = labels_of(metric);
  const auto bucket = [&](double bound, std::uint64_t count) {
    std::string le;
    append_number(le, bound);
    labels.emplace_back("le", std::move(le));
    append_series(out, name, "_bucket", labels, static_cast<double>(count));
    labels.pop_back();
  };
  bool open = true;
  for (const auto& one : metric.histogram.bucket) {
    bucket(one.upper_bound, one.cumulative_count);
    if (std::isinf(one.upper_bound)) open = false;
  }
  if (open) bucket(INFINITY, metric.histogram.sample_count);
  append_series(out, name, "_sum", labels, metric.histogram.sample_sum);
  append_series(out, name, "_count", labels, static_cast<double>(metric.histogram.sample_count));
}

void append_metrics(std::string& out, const prometheus::MetricFamily& family) {
  for (const auto& metric : family.metric) {
    switch (family.type) {
      case prometheus::MetricType::Counter:
        append_series(out, family.name, "", labels_of(metric), metric.counter.value);
        break;
      case prometheus::MetricType::Gauge:
        append_series(out, family.name, "", labels_of(metric), metric.gauge.value);
        break;
      case prometheus::MetricType::Untyped:
        append_series(out, family.name, "", labels_of(metric), metric.untyped.value);
        break;
      case prometheus::MetricType::Histogram:
        append_histogram(out, family.name, metric);
        break;
      case prometheus::MetricType::Summary:
        break;
    }
  }
}

std::string_view type_word(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Histogram:
      return "histogram";
    default:
      return "untyped";
  }
}

void append_header(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out += "# HELP ";
  out += name;
  out += ' ';
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += "\n# TYPE ";
  out += name;
  out += ' ';
  out += type;
  out += '\n';
}

}  // namespace

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> buffer;  // NOLINT: written before read, and this is the hottest line of a scrape
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    out.append(buffer.data(), end);
  }
}

void append_label_value(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_family_header(std::string& out, std::string_view name, std::string_view help, MetricType type) {
  append_header(out, name, help, name_of(type));
}

bool append_series_name(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels) {
  out += name;
  out += suffix;
  bool any = false;
  for (const auto& [label, value] : labels) {
    if (value.empty()) continue;
    out += any ? ',' : '{';
    any = true;
    out += label;
    out += "=\"";
    append_label_value(out, value);
    out += '"';
  }
  return any;
}

void append_families(std::string& out, const std::vector<prometheus::MetricFamily>& families) {
  std::vector<bool> written(families.size(), false);
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (written[i] || families[i].metric.empty()) continue;
    append_header(out, families[i].name, families[i].help, type_word(families[i].type));
    for (std::size_t j = i; j < families.size(); ++j) {
      if (written[j] || families[j].name != families[i].name || families[j].type != families[i].type) continue;
      append_metrics(out, families[j]);
      written[j] = true;
    }
  }
}

}  // namespace pue::exposition
