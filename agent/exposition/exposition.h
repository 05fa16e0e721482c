#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/collectable.h>

#include "agent/exposition/series.h"
#include "agent/exposition/snapshot.h"
#include "agent/exposition/sources.h"

namespace pue::exposition {

/// All series of the facility, its devices and the agent's threads, over the board.
///
/// As a prometheus::Collectable it can be hung into any prometheus-cpp registry or server; append() writes the same
/// families as text without building them, which is what /metrics does. Labels are written and escaped once, when the
/// plan is known.
class Exposition : public prometheus::Collectable {
 public:
  /// The plan, board and collector statistics named in `sources` must outlive the exposition.
  explicit Exposition(Sources sources);

  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  /// Appends every family that has a value now. One thread at a time: it reuses a buffer.
  void append(std::string& out);

  /// The same families as prometheus-cpp's model. Any thread.
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  /// @return how many series there are at most, without failure reasons.
  [[nodiscard]] std::size_t series() const { return lines_.size(); }
  [[nodiscard]] const Sources& sources() const { return sources_; }

 private:
  /// A series and what is written before its value: the metric's name, its first label and its other ones. The texts
  /// of labels are kept once each: thousands of devices share those of their profile.
  struct Line {
    double factor;
    std::uint32_t index;
    std::uint32_t first_label;   ///< into labels_
    std::uint32_t other_labels;  ///< into labels_
    MetricId metric;
    Slot slot;
  };

  void append_head(std::string& out, const Line& line, std::string_view suffix = {}) const;
  [[nodiscard]] bool has_labels(const Line& line) const;
  bool append_line(std::string& out, const Line& line) const;
  /// A series with one more label, `inner`, which needs no escaping.
  void append_inner(std::string& out, const Line& line, std::string_view suffix, std::string_view label,
                    std::string_view inner, double value) const;
  bool append_failures(std::string& out, const Line& line, const DeviceState& device) const;
  bool append_power_source(std::string& out, const Line& line, const DeviceState& device) const;
  bool append_lateness(std::string& out, const Line& line, const CollectorStats& stats) const;

  Sources sources_;
  Snapshot snapshot_;
  std::vector<std::string> labels_;
  std::vector<Line> lines_;
};

}  // namespace pue::exposition
