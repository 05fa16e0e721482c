#pragma once

#include <asio/basic_waitable_timer.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "agent/pipeline/board.h"
#include "agent/plan/plan.h"
#include "collectors/device_presence.h"
#include "collectors/ipmi/bmc.h"
#include "collectors/ipmi/bmc_survey.h"
#include "collectors/sample_sink.h"

namespace pue::ipmi {

/// What the BMCs of one thread share.
struct BmcLoop {
  BmcLoop(SpscRing<Sample>& ring, CollectorStats& counters, std::size_t points)
      : stats(counters), sink(ring, counters, points), random(std::random_device{}()) {}

  CollectorStats& stats;
  collectors::SampleSink sink;
  std::minstd_rand random;
  std::size_t running = 0;  ///< pollers that have begun and not ended
};

/// Polls one BMC on a fixed grid, finds out in between what it offers, and keeps its session from running out. One
/// request at a time. Used by one thread.
///
/// Works in turns: a coroutine that ends when there is nothing to do for now. Between turns only a timer is left, since
/// thousands of coroutines that wait for seconds would take more memory than all that is known of their BMCs.
///
/// After a silence the device is down and is tried again after 1, 2 and then every 3 s for five minutes, so that a BMC
/// that was restarted is back soon; after that once a probe period of its bus. One that refuses the agent's user is
/// tried every five minutes.
class BmcPoller {
 public:
  static constexpr Duration k_after_refusal = std::chrono::minutes{5};

  /// All but `bmc` must outlive the poller.
  BmcPoller(const plan::Plan& plan, const plan::Device& device, Board& board, std::unique_ptr<Bmc> bmc, BmcLoop& loop,
            asio::io_context& context);

  /// Polls from now on, counted among those that are running.
  /// @param first place on the grid.
  void start(Instant first);
  /// Ends after the request that is under way: closes the session, and is not running any more.
  void stop();
  /// Ends the request that is under way, too.
  void abandon() { bmc_->abandon(); }

  [[nodiscard]] const plan::Device& device() const { return device_; }
  [[nodiscard]] const BmcSurvey& survey() const { return survey_; }

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
  enum class Kind : std::uint8_t { power, inlet, supply, fan };
  struct Polled {
    PointId id;
    Kind kind;
    std::uint8_t index;  ///< from 0, of supplies and fans
  };

  [[nodiscard]] static std::vector<Polled> polled(const plan::Plan& plan, const plan::Device& device);
  [[nodiscard]] static Wanted wanted(const std::vector<Polled>& points);

  Task<PollFailure> poll();
  Task<PollFailure> read_points();
  Task<BmcSurvey::Reading> read(Polled point);
  void sleep_until(Instant instant);
  void begin_turn();
  Task<Instant> turn();
  Task<Instant> pass_time();
  void account(PollFailure failure, Instant asked);
  void publish_source();
  [[nodiscard]] Instant after(PollFailure failure, Instant due);
  [[nodiscard]] double jitter();

  const plan::Device& device_;
  Duration probe_period_;
  DeviceState& state_;
  BmcLoop& loop_;
  std::unique_ptr<Bmc> bmc_;
  Timer timer_;
  std::vector<Polled> points_;
  BmcSurvey survey_;
  collectors::DevicePresence presence_;
  Instant due_{};  ///< the next poll
  Instant silent_since_{};
  unsigned failures_ = 0;  ///< in a row
  bool said_shared_ = false;
  bool stopping_ = false;
  bool closed_ = false;
};

}  // namespace pue::ipmi
