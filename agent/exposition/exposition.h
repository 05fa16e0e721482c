#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <prometheus/collectable.h>

#include "agent/exposition/series.h"
#include "agent/exposition/snapshot.h"
#include "agent/exposition/sources.h"

namespace pue::exposition {

/// All series of the facility, its devices and the agent's threads, over the board.
///
/// As a prometheus::Collectable it can be hung into any prometheus-cpp registry or server; append() writes the same
/// families as text without building them, which is what /metrics does. The text before each value is written once,
/// when the plan is known.
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
  /// A series whose name and labels are written: `heads_` from `head` on, `length` bytes.
  struct Line {
    std::uint32_t head;
    std::uint32_t length;
    MetricId metric;
    Slot slot;
    std::uint32_t index;
    double factor;
  };

  bool append_line(std::string& out, const Line& line) const;
  bool append_failures(std::string& out, std::string_view head, const DeviceState& device) const;
  bool append_lateness(std::string& out, std::string_view head, const CollectorStats& stats) const;

  Sources sources_;
  Snapshot snapshot_;
  std::string heads_;
  std::vector<Line> lines_;
};

}  // namespace pue::exposition
