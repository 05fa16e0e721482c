#include "agent/exposition/exposition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "agent/exposition/text_format.h"

namespace pue::exposition {
namespace {

/// The text of labels as it stands between the braces, without them.
std::string written(Labels::const_iterator from, Labels::const_iterator to) {
  std::string text;
  for (; from != to; ++from) {
    if (from->second.empty()) continue;
    if (!text.empty()) text += ',';
    text += from->first;
    text += "=\"";
    append_label_value(text, from->second);
    text += '"';
  }
  return text;
}

/// Keeps each text once.
class Interned {
 public:
  explicit Interned(std::vector<std::string>& texts) : texts_(texts) {}

  std::uint32_t operator()(std::string text) {
    const auto [place, fresh] = places_.emplace(std::move(text), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(place->first);
    return place->second;
  }

 private:
  std::vector<std::string>& texts_;
  std::unordered_map<std::string, std::uint32_t> places_;
};

prometheus::MetricType model_type(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return prometheus::MetricType::Counter;
    case MetricType::histogram:
      return prometheus::MetricType::Histogram;
    case MetricType::gauge:
      break;
  }
  return prometheus::MetricType::Gauge;
}

prometheus::ClientMetric model_of(const Series& series) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : series.labels) {
    if (!value.empty()) metric.label.push_back({std::string{name}, value});
  }
  return metric;
}

void collect_failures(prometheus::MetricFamily& family, const Series& series, const DeviceState& device) {
  for (std::size_t i = 1; i < k_poll_failures; ++i) {
    const auto failure = static_cast<PollFailure>(i);
    const auto count = device.failures(failure);
    if (count == 0) continue;
    auto metric = model_of(series);
    metric.label.push_back({"reason", std::string{name_of(failure)}});
    metric.counter.value = static_cast<double>(count);
    family.metric.push_back(std::move(metric));
  }
}

void collect_power_source(prometheus::MetricFamily& family, const Series& series, const DeviceState& device) {
  if (device.power_source() == PowerSource::unknown) return;
  auto metric = model_of(series);
  metric.label.push_back({"source", std::string{name_of(device.power_source())}});
  metric.label.push_back({"shared_supply", device.shared_supply() ? "true" : "false"});
  metric.gauge.value = 1.0;
  family.metric.push_back(std::move(metric));
}

void collect_lateness(prometheus::MetricFamily& family, const Series& series, const CollectorStats& stats) {
  const auto lateness = lateness_of(stats);
  auto metric = model_of(series);
  for (std::size_t i = 0; i < lateness.cumulative.size(); ++i) {
    const bool open = i == CollectorStats::k_lateness_bounds.size();
    metric.histogram.bucket.push_back({lateness.cumulative[i], open ? INFINITY : CollectorStats::k_lateness_bounds[i]});
  }
  metric.histogram.sample_count = lateness.cumulative.back();
  metric.histogram.sample_sum = lateness.sum;
  family.metric.push_back(std::move(metric));
}

}  // namespace

Exposition::Exposition(Sources sources) : sources_(std::move(sources)), snapshot_(sources_) {
  Interned interned{labels_};
  for_each_series(sources_, [&](const Series& series) {
    const auto& labels = series.labels;
    const auto second = labels.begin() + (labels.empty() ? 0 : 1);
    lines_.push_back({.factor = series.factor,
                      .index = series.index,
                      .first_label = interned(written(labels.begin(), second)),
                      .other_labels = interned(written(second, labels.end())),
                      .metric = series.metric,
                      .slot = series.slot});
  });
  std::ranges::stable_sort(lines_, {}, &Line::metric);
  lines_.shrink_to_fit();
}

void Exposition::append(std::string& out) {
  snapshot_.take();
  for (std::size_t i = 0; i < lines_.size();) {
    const auto id = lines_[i].metric;
    const auto start = out.size();
    append_family_header(out, metric(id).name, metric(id).help, metric(id).type);
    bool any = false;
    for (; i < lines_.size() && lines_[i].metric == id; ++i) any |= append_line(out, lines_[i]);
    if (!any) out.resize(start);
  }
}

/// Name and labels up to where another label could follow.
void Exposition::append_head(std::string& out, const Line& line, std::string_view suffix) const {
  const auto& first = labels_[line.first_label];
  const auto& others = labels_[line.other_labels];
  out += metric(line.metric).name;
  out += suffix;
  if (first.empty() && others.empty()) return;
  out += '{';
  out += first;
  if (!first.empty() && !others.empty()) out += ',';
  out += others;
}

bool Exposition::append_line(std::string& out, const Line& line) const {
  if (line.slot == Slot::device_failures) return append_failures(out, line, sources_.board.device(line.index));
  if (line.slot == Slot::device_power_source) return append_power_source(out, line, sources_.board.device(line.index));
  if (line.slot == Slot::collector_lateness) {
    return append_lateness(out, line, *sources_.collectors[line.index].stats);
  }
  const auto value = snapshot_.value(line.slot, line.index, line.factor);
  if (!value) return false;
  append_head(out, line);
  out += has_labels(line) ? "} " : " ";
  append_number(out, *value);
  out += '\n';
  return true;
}

bool Exposition::has_labels(const Line& line) const {
  return !labels_[line.first_label].empty() || !labels_[line.other_labels].empty();
}

void Exposition::append_inner(std::string& out, const Line& line, std::string_view suffix, std::string_view label,
                              std::string_view inner, double value) const {
  append_head(out, line, suffix);
  out += has_labels(line) ? ',' : '{';
  out += label;
  out += "=\"";
  out += inner;
  out += "\"} ";
  append_number(out, value);
  out += '\n';
}

bool Exposition::append_failures(std::string& out, const Line& line, const DeviceState& device) const {
  bool any = false;
  for (std::size_t i = 1; i < k_poll_failures; ++i) {
    const auto failure = static_cast<PollFailure>(i);
    const auto count = device.failures(failure);
    if (count == 0) continue;
    any = true;
    append_inner(out, line, "", "reason", name_of(failure), static_cast<double>(count));
  }
  return any;
}

bool Exposition::append_power_source(std::string& out, const Line& line, const DeviceState& device) const {
  if (device.power_source() == PowerSource::unknown) return false;
  append_head(out, line);
  out += ",source=\"";
  out += name_of(device.power_source());
  out += device.shared_supply() ? "\",shared_supply=\"true\"} 1\n" : "\",shared_supply=\"false\"} 1\n";
  return true;
}

bool Exposition::append_lateness(std::string& out, const Line& line, const CollectorStats& stats) const {
  const auto lateness = lateness_of(stats);
  for (std::size_t i = 0; i < lateness.cumulative.size(); ++i) {
    std::string bound;
    append_number(bound,
                  i < CollectorStats::k_lateness_bounds.size() ? CollectorStats::k_lateness_bounds[i] : INFINITY);
    append_inner(out, line, "_bucket", "le", bound, static_cast<double>(lateness.cumulative[i]));
  }
  const auto append_end = [&](std::string_view suffix, double value) {
    append_head(out, line, suffix);
    out += has_labels(line) ? "} " : " ";
    append_number(out, value);
    out += '\n';
  };
  append_end("_sum", lateness.sum);
  append_end("_count", static_cast<double>(lateness.cumulative.back()));
  return true;
}

std::vector<prometheus::MetricFamily> Exposition::Collect() const {
  Snapshot snapshot{sources_};
  snapshot.take();
  std::vector<prometheus::MetricFamily> families;
  MetricId current{};
  for (const auto& series : series_of(sources_)) {
    const auto& row = metric(series.metric);
    if (families.empty() || series.metric != current) {
      if (!families.empty() && families.back().metric.empty()) families.pop_back();
      families.push_back({std::string{row.name}, std::string{row.help}, model_type(row.type), {}});
      current = series.metric;
    }
    auto& family = families.back();
    if (series.slot == Slot::device_failures) {
      collect_failures(family, series, sources_.board.device(series.index));
    } else if (series.slot == Slot::device_power_source) {
      collect_power_source(family, series, sources_.board.device(series.index));
    } else if (series.slot == Slot::collector_lateness) {
      collect_lateness(family, series, *sources_.collectors[series.index].stats);
    } else if (const auto value = snapshot.value(series)) {
      auto metric = model_of(series);
      (row.type == MetricType::counter ? metric.counter.value : metric.gauge.value) = *value;
      family.metric.push_back(std::move(metric));
    }
  }
  if (!families.empty() && families.back().metric.empty()) families.pop_back();
  return families;
}

}  // namespace pue::exposition
