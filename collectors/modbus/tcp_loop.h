#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/basic_stream_socket.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <random>

#include "agent/pipeline/collector_stats.h"
#include "collectors/modbus/alarm_wheel.h"
#include "collectors/modbus/wire.h"
#include "collectors/sample_sink.h"

namespace pue::modbus {

using Executor = asio::io_context::executor_type;
template <class T>
using Task = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
inline constexpr asio::use_awaitable_t<Executor> k_awaitable{};

/// What the connections of one I/O thread share. Used by that thread alone.
struct TcpLoop {
  TcpLoop(SpscRing<Sample>& ring, CollectorStats& counters, std::size_t points)
      : stats(counters), sink(ring, counters, points), alarms(BootClock::now()), random(seeded()) {}

  [[nodiscard]] static std::mt19937 seeded() {
    std::random_device device;
    std::seed_seq seeds{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937{seeds};
  }

  /// One look at the clock a wake-up: what arrived together has one time stamp.
  [[nodiscard]] Instant now() {
    if (!looked_) {
      now_ = BootClock::now();
      looked_ = true;
    }
    return now_;
  }
  void time_passes() { looked_ = false; }

  asio::io_context context{1};
  CollectorStats& stats;
  collectors::SampleSink sink;
  AlarmWheel alarms;
  std::mt19937 random;                            ///< transaction ids and jitter; seeded by the system's entropy
  std::array<std::uint16_t, k_max_bits> words{};  ///< of the answer being read
  std::size_t sessions = 0;                       ///< coroutines alive
  std::size_t in_flight = 0;                      ///< requests sent and not yet answered
  std::size_t waiting = 0;                        ///< polls that are due and wait for an answer to another

 private:
  Instant now_{};
  bool looked_ = false;
};

}  // namespace pue::modbus
