#include "agent/exposition/exposition.h"

#include <array>
#include <cmath>

#include "agent/exposition/text_format.h"

namespace pue::exposition {
namespace {

/// A series that ends in a label of its own: its head stops where that label begins.
bool has_inner_label(Slot slot) { return slot == Slot::device_failures || slot == Slot::collector_lateness; }

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
  for (const auto& series : series_of(sources_)) {
    const auto head = heads_.size();
    const bool labelled = append_series_name(heads_, metric(series.metric).name, "", series.labels);
    if (has_inner_label(series.slot)) {
      heads_ += labelled ? ',' : '{';
    } else {
      heads_ += labelled ? "} " : " ";
    }
    lines_.push_back({static_cast<std::uint32_t>(head), static_cast<std::uint32_t>(heads_.size() - head), series.metric,
                      series.slot, series.index, series.factor});
  }
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

bool Exposition::append_line(std::string& out, const Line& line) const {
  const auto head = std::string_view{heads_}.substr(line.head, line.length);
  if (line.slot == Slot::device_failures) return append_failures(out, head, sources_.board.device(line.index));
  if (line.slot == Slot::collector_lateness) {
    return append_lateness(out, head, *sources_.collectors[line.index].stats);
  }
  const auto value = snapshot_.value(line.slot, line.index, line.factor);
  if (!value) return false;
  out += head;
  append_number(out, *value);
  out += '\n';
  return true;
}

bool Exposition::append_failures(std::string& out, std::string_view head, const DeviceState& device) const {
  bool any = false;
  for (std::size_t i = 1; i < k_poll_failures; ++i) {
    const auto failure = static_cast<PollFailure>(i);
    const auto count = device.failures(failure);
    if (count == 0) continue;
    any = true;
    out += head;
    out += "reason=\"";
    out += name_of(failure);
    out += "\"} ";
    append_number(out, static_cast<double>(count));
    out += '\n';
  }
  return any;
}

bool Exposition::append_lateness(std::string& out, std::string_view head, const CollectorStats& stats) const {
  const auto lateness = lateness_of(stats);
  const auto labels = head.substr(head.find('{'));  // up to and with the comma
  const auto name = head.substr(0, head.find('{'));
  for (std::size_t i = 0; i < lateness.cumulative.size(); ++i) {
    out += name;
    out += "_bucket";
    out += labels;
    out += "le=\"";
    append_number(out, i < CollectorStats::k_lateness_bounds.size() ? CollectorStats::k_lateness_bounds[i] : INFINITY);
    out += "\"} ";
    append_number(out, static_cast<double>(lateness.cumulative[i]));
    out += '\n';
  }
  const auto closed = labels.substr(0, labels.size() - 1);
  const auto append_end = [&](std::string_view suffix, double value) {
    out += name;
    out += suffix;
    if (closed.size() > 1) {
      out += closed;
      out += '}';
    }
    out += ' ';
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
