#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "agent/exposition/exposition.h"
#include "agent/exposition/instruments.h"
#include "agent/exposition/sources.h"
#include "agent/web/site.h"

namespace pue::web {

/// What the agent shows: /metrics, /-/healthy, /-/ready, /api/v1/{status,devices,facility}, and the status page at /.
/// Exact paths, nothing else. Reads the board only. Any thread.
class Faces : public Site {
 public:
  /// The plan, board and collector statistics named in `sources` must outlive the faces. The text of /metrics is
  /// written anew when it is older than `renew_after`.
  explicit Faces(exposition::Sources sources, Duration renew_after = std::chrono::milliseconds{250});

  [[nodiscard]] Response answer(const Request& request) override;
  void answered(unsigned status) override { instruments_.answered(status); }
  void cut(Cut reason) override;

  [[nodiscard]] exposition::Instruments& instruments() { return instruments_; }
  /// @return the number of series of /metrics at most, for the budget.
  [[nodiscard]] std::size_t series() const { return exposition_.series(); }

 private:
  using Text = std::shared_ptr<const std::string>;

  [[nodiscard]] Response metrics(bool compressed);
  [[nodiscard]] const exposition::Sources& sources() const { return exposition_.sources(); }
  void renew(Instant now);

  exposition::Exposition exposition_;
  exposition::Instruments instruments_;
  const Instant started_;
  const Duration renew_after_;

  std::mutex mutex_;  ///< of everything below, and of exposition_.append()
  Text plain_;
  Text packed_;  ///< written when first asked for
  Instant renewed_{};
};

}  // namespace pue::web
