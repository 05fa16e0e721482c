#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "collectors/collector.h"
#include "collectors/ipmi/bmc_poller.h"
#include "collectors/ipmi/crypto.h"

namespace pue::ipmi {

/// Polls thousands of BMCs from one thread, each in a coroutine of its own. Their polls are spread evenly over the
/// interval and stay at their place.
class IpmiCollector final : public collectors::Collector {
 public:
  /// Makes the way to a BMC of the plan, on the collector's context.
  using Connect =
      std::function<std::unique_ptr<Bmc>(asio::io_context&, CollectorStats&, const plan::Bus&, const plan::Device&)>;

  /// `plan` and `board` must outlive the collector. `buses` are BMCs of the plan that nobody else polls.
  IpmiCollector(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board, unsigned index);
  /// The same with another way to the BMCs.
  IpmiCollector(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board, unsigned index,
                const Connect& connect);
  ~IpmiCollector() override;

  void start() override;
  /// Closes all sessions, all at once, within 2 s.
  void stop() override;
  [[nodiscard]] std::string name() const override;

 private:
  void run();
  void spawn();
  void close();
  [[nodiscard]] std::unique_ptr<Bmc> connect(const plan::Bus& bus, const plan::Device& device);

  unsigned index_;
  BmcLoop loop_;
  Crypto crypto_;
  asio::io_context context_{1};
  std::deque<BmcPoller> pollers_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace pue::ipmi
