#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "collectors/collector.h"
#include "collectors/modbus/poll_wheel.h"
#include "collectors/modbus/tcp_loop.h"
#include "collectors/modbus/tcp_session.h"

namespace pue::modbus {

/// Polls all devices of some TCP buses from one thread, thousands of them.
///
/// Each device is polled soon after the start, then at its place on a grid that spreads the devices of a bus, and the
/// buses, evenly over the interval. A slot of the grid is served in one wake-up.
/// While answers are awaited it sleeps at least `k_rest` between two wake-ups, unless another request waits for them:
/// answers that come within that time are taken together, which is what makes a reading cheap.
class TcpCollector final : public collectors::Collector {
 public:
  static constexpr Duration k_rest = std::chrono::milliseconds{1};

  /// `plan` and `board` must outlive the collector. `buses` are TCP buses of the plan that nobody else polls.
  TcpCollector(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board, unsigned index);
  ~TcpCollector() override;

  void start() override;
  void stop() override;
  [[nodiscard]] std::string name() const override;

 private:
  void run();
  void lay_out(Instant now);
  void turn();
  void close();

  const plan::Plan& plan_;
  unsigned index_;
  std::size_t devices_ = 0;
  TcpLoop loop_;
  std::deque<TcpSession> sessions_;
  PollWheel wheel_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace pue::modbus
