#include "collectors/modbus/tcp_collector.h"

#include <fmt/format.h>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <exception>

#include "agent/log/log.h"
#include "collectors/net/descriptors.h"

namespace pue::modbus {
namespace {

/// The first round takes at most this long, or this much for each device where there are very many.
constexpr Duration k_first_round = std::chrono::milliseconds{150};
constexpr Duration k_first_round_each = std::chrono::microseconds{200};

}  // namespace

TcpCollector::TcpCollector(const plan::Plan& plan, const std::vector<plan::BusId>& buses, Board& board, unsigned index)
    : Collector(plan.ring_capacity),
      plan_(plan),
      index_(index),
      loop_(ring_, stats_, plan.points.size()),
      wheel_(std::chrono::milliseconds{10}, BootClock::now()) {
  ProgramLibrary library;
  for (const auto bus : buses) {
    auto& session = sessions_.emplace_back(plan_, plan_.buses[bus], board, library, loop_);
    devices_ += session.units().size();
  }
}

TcpCollector::~TcpCollector() { stop(); }

std::string TcpCollector::name() const { return fmt::format("modbus-tcp-{}", index_); }

void TcpCollector::start() {
  if (thread_.joinable()) return;
  net::allow_many_descriptors();
  thread_ = std::thread{[this] { run(); }};
}

void TcpCollector::stop() {
  if (!thread_.joinable()) return;
  // release: pairs with run()
  stopping_.store(true, std::memory_order_release);
  asio::post(loop_.context, [] {});
  thread_.join();
}

/// Gives every poll its place: on the grid device j of m on bus i of n has the phase i/n + j/m of its interval; the
/// first poll comes at once, unless the grid brings it soon anyway.
void TcpCollector::lay_out(Instant now) {
  SlotChoice slot;
  for (auto& session : sessions_) {
    for (auto& unit : session.units()) {
      for (const auto& poll : unit.polls) slot.see(poll.interval, session.units().size());
    }
  }
  wheel_ = PollWheel{slot.length(), now};

  const auto round = std::max(k_first_round, k_first_round_each * static_cast<Duration::rep>(devices_));
  std::size_t bus = 0;
  std::size_t placed = 0;
  for (auto& session : sessions_) {
    std::size_t device = 0;
    const auto count = session.units().size();
    for (auto& unit : session.units()) {
      const double phase = static_cast<double>(bus) / static_cast<double>(sessions_.size()) +
                           static_cast<double>(device) / static_cast<double>(count);
      const double turn = phase - static_cast<double>(static_cast<int>(phase));
      const auto first = now + round * static_cast<Duration::rep>(placed) / static_cast<Duration::rep>(devices_);
      for (auto& poll : unit.polls) {
        poll.due = wheel_.slot_of(first);
        const auto into = Duration{static_cast<Duration::rep>(turn * static_cast<double>(poll.interval.count()))};
        poll.phase = wheel_.slot_of(now + into);
        wheel_.add(poll);
      }
      ++device;
      ++placed;
    }
    ++bus;
  }
}

void TcpCollector::run() {
  const auto guard = asio::make_work_guard(loop_.context);
  for (auto& session : sessions_) {
    ++loop_.sessions;
    asio::co_spawn(loop_.context, session.run(), [this](std::exception_ptr error) {
      --loop_.sessions;
      if (!error) return;
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& failure) {
        log::error("a connection ended for good", {{"collector", name()}, {"reason", failure.what()}});
      }
    });
  }
  lay_out(BootClock::now());
  // acquire: pairs with stop()
  while (!stopping_.load(std::memory_order_acquire)) turn();
  close();
}

/// One wake-up: what has arrived, what has expired, what is due; then sleep until there is something again.
void TcpCollector::turn() {
  loop_.time_passes();
  loop_.context.poll();
  loop_.time_passes();
  const auto now = loop_.now();
  loop_.alarms.advance(now);
  wheel_.advance(now, [](Poll& poll, Duration lateness) {
    auto& due = static_cast<UnitPoll&>(poll);
    due.session->due(due, lateness);
  });

  const auto until = loop_.alarms.next(wheel_.next_slot());
  const auto wait = until - BootClock::now();
  if (wait <= Duration{}) return;
  loop_.time_passes();
  if (loop_.in_flight > 0 && loop_.waiting == 0 && wait > k_rest) std::this_thread::sleep_for(k_rest);
  loop_.context.run_one_for(std::min<Duration>(wait, std::chrono::seconds{1}));
}

void TcpCollector::close() {
  for (auto& session : sessions_) session.stop();
  const auto deadline = BootClock::now() + std::chrono::seconds{2};
  while (loop_.sessions > 0 && BootClock::now() < deadline) loop_.context.run_one_for(std::chrono::milliseconds{10});
}

}  // namespace pue::modbus
