#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "agent/pipeline/board.h"
#include "agent/plan/plan.h"
#include "collectors/modbus/poll_wheel.h"
#include "collectors/modbus/tcp_loop.h"
#include "collectors/modbus/unit_health.h"
#include "collectors/modbus/unit_program.h"
#include "collectors/modbus/wire.h"
#include "collectors/net/name_lookup.h"

namespace pue::modbus {

class TcpSession;
struct TcpUnit;

/// One interval group of one unit, on the grid and in the queue of its connection.
struct UnitPoll : Poll {
  TcpSession* session = nullptr;
  TcpUnit* unit = nullptr;
  std::uint32_t group = 0;
  bool queued = false;         ///< due, or under way
  Instant was_due{};           ///< its place on the grid
  UnitPoll* behind = nullptr;  ///< the next in the queue
};

/// One device on the connection.
struct TcpUnit {
  TcpUnit(const plan::Plan& plan, const plan::Device& on, const plan::Bus& bus, Board& board, ProgramLibrary& library)
      : device(&on),
        program(plan, on, library, board.device(on.id)),
        health(on, bus.probe_period, board.device(on.id)) {}

  const plan::Device* device;
  UnitProgram program;
  UnitHealth health;
  std::vector<UnitPoll> polls;  ///< by group of the program
  UnitPoll* active = nullptr;   ///< the round under way; a unit has one at a time
  bool probed = false;          ///< asked although dormant
  bool retried = false;         ///< asked again since the peer closed an idle connection
};

/// A connection to a device or to a gateway with many units, and all that is asked over it.
///
/// The coroutine `run` connects when something is to be asked, and reads. Requests are sent by whoever finds that they
/// may be sent: the wheel, an answer that made room, the end of a pause. One alarm watches over all deadlines.
/// An answer counts when transaction, unit, function and size are those of a request under way. Others are discarded
/// until the deadline, eight at most; then, and whenever bytes arrive that nobody asked for, the connection is renewed.
/// Used by the I/O thread alone.
class TcpSession final : private Alarm {
 public:
  /// `plan`, `bus`, `board` and `loop` must outlive the session.
  TcpSession(const plan::Plan& plan, const plan::Bus& bus, Board& board, ProgramLibrary& library, TcpLoop& loop);

  [[nodiscard]] std::deque<TcpUnit>& units() { return units_; }

  [[nodiscard]] Task<void> run();
  /// A poll of this session has come to its place on the grid.
  void due(UnitPoll& poll, Duration lateness);
  /// Closes the connection; `run` ends at the next turn of the loop.
  void stop();

 private:
  static constexpr unsigned k_most_strays = 8;

  struct Transaction {
    TcpUnit* unit = nullptr;
    ReadRequest request;
    std::uint16_t id = 0;
    PollFailure seen = PollFailure::none;  ///< what came instead of the answer
    Instant sent{};
    Instant deadline{};
  };

  enum class Phase : std::uint8_t { idle, connecting, connected };

  // the queue
  void push_back(UnitPoll& poll, Instant was_due);
  void push_front(UnitPoll& poll);
  UnitPoll* take();
  void finish(UnitPoll& poll);

  // sending
  void pump();
  bool send(UnitPoll& poll);
  [[nodiscard]] std::uint16_t fresh_transaction();
  void remove(std::size_t at);

  // receiving
  void receive();
  void accept_frame(const FrameHeader& header, std::span<const std::uint8_t> frame);
  void stray(Transaction* transaction, PollFailure what);
  void answered(std::size_t at, std::span<const std::uint16_t> words);
  void excepted(std::size_t at, PollFailure exception);
  void go_on(TcpUnit& unit);

  // failing
  void fail(TcpUnit& unit, PollFailure failure);
  void fail_at(std::size_t at, PollFailure failure);
  void renew(PollFailure reason);
  void peer_closed();
  void drop_connection();
  void connect_failed(PollFailure failure);
  void ring(Instant now) override;
  void expire(Instant now);
  void probe(Instant now);
  void set_alarm();
  [[nodiscard]] std::size_t dormant() const;

  // connecting
  Task<PollFailure> connect();
  Task<std::vector<net::SocketAddress>> addresses();
  void connected();

  const plan::Bus& bus_;
  const plan::TcpAddress& address_;
  TcpLoop& loop_;
  Socket socket_;
  SteadyTimer wake_;  ///< ends the coroutine's wait for work
  std::deque<TcpUnit> units_;
  std::vector<Transaction> in_flight_;
  ProbeRotation rotation_;
  Duration connect_timeout_{};
  Instant connect_deadline_{};
  Instant not_before_{};  ///< no request leaves earlier
  Instant alarm_at_{};
  UnitPoll* first_ = nullptr;
  UnitPoll* last_ = nullptr;
  TcpUnit* last_asked_ = nullptr;
  std::uint32_t good_answers_ = 0;  ///< on this connection
  unsigned strays_ = 0;             ///< frames discarded since the last answer
  unsigned timeouts_in_a_row_ = 0;
  Phase phase_ = Phase::idle;
  bool stopping_ = false;
  bool unreachable_ = false;  ///< the last attempt to connect failed
  std::uint16_t have_ = 0;
  std::array<std::uint8_t, k_max_frame> received_;
};

}  // namespace pue::modbus
