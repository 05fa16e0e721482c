#include "collectors/modbus/tcp_session.h"

#include <sys/socket.h>
#include <algorithm>
#include <asio/redirect_error.hpp>
#include <cerrno>

namespace pue::modbus {

TcpSession::TcpSession(const plan::Plan& plan, const plan::Bus& bus, Board& board, ProgramLibrary& library,
                       TcpLoop& loop)
    : bus_(bus),
      address_(std::get<plan::TcpAddress>(bus.address)),
      loop_(loop),
      socket_(loop.context),
      wake_(loop.context),
      rotation_(bus.probe_period, {}, 1) {
  for (const auto id : bus.devices) {
    const auto& device = plan.devices[id];
    connect_timeout_ = std::max(connect_timeout_, device.timeout);
    auto& unit = units_.emplace_back(plan, device, bus, board, library);
    unit.polls.resize(unit.program.groups());
    for (std::uint32_t group = 0; group < unit.polls.size(); ++group) {
      auto& poll = unit.polls[group];
      poll.interval = unit.program.interval(group);
      poll.session = this;
      poll.unit = &unit;
      poll.group = group;
    }
  }
  in_flight_.reserve(std::max(bus.max_in_flight, 1U));
  rotation_ = ProbeRotation{bus.probe_period, connect_timeout_, static_cast<std::uint32_t>(loop.random())};
}

Task<void> TcpSession::run() {
  while (!stopping_) {
    if (first_ == nullptr) {
      asio::error_code ignored;
      wake_.expires_at(SteadyTimer::time_point::max());
      co_await wake_.async_wait(asio::redirect_error(k_awaitable, ignored));
      continue;
    }
    const auto failure = co_await connect();
    if (stopping_) break;
    if (failure != PollFailure::none) {
      connect_failed(failure);
      continue;
    }
    connected();
    while (phase_ == Phase::connected) {
      asio::error_code error;
      co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(k_awaitable, error));
      if (phase_ == Phase::connected) receive();
    }
  }
}

void TcpSession::stop() {
  stopping_ = true;
  drop_connection();
  loop_.alarms.cancel(*this);
  wake_.cancel();
}

// The queue: polls that are due, in their order. A round that goes on stands in front.

void TcpSession::push_back(UnitPoll& poll, Instant was_due) {
  poll.queued = true;
  poll.was_due = was_due;
  poll.behind = nullptr;
  (first_ == nullptr ? first_ : last_->behind) = &poll;
  last_ = &poll;
  ++loop_.waiting;
  if (phase_ == Phase::idle) wake_.cancel();
}

void TcpSession::push_front(UnitPoll& poll) {
  poll.behind = first_;
  first_ = &poll;
  if (last_ == nullptr) last_ = &poll;
  ++loop_.waiting;
  if (phase_ == Phase::idle) wake_.cancel();
}

/// The first poll whose unit is free; those of a unit that fell asleep meanwhile are dropped.
UnitPoll* TcpSession::take() {
  UnitPoll* before = nullptr;
  for (UnitPoll* poll = first_; poll != nullptr;) {
    UnitPoll* const behind = poll->behind;
    const bool sleeps = poll->unit->health.dormant() && !poll->unit->probed;
    const bool free = poll->unit->active == nullptr || poll->unit->active == poll;
    if (!sleeps && !free) {
      before = poll;
      poll = behind;
      continue;
    }
    (before == nullptr ? first_ : before->behind) = behind;
    if (last_ == poll) last_ = before;
    --loop_.waiting;
    if (!sleeps) return poll;
    finish(*poll);
    poll = behind;
  }
  return nullptr;
}

void TcpSession::finish(UnitPoll& poll) {
  poll.queued = false;
  if (poll.unit->active != &poll) return;
  poll.unit->active = nullptr;
  poll.unit->probed = false;
  poll.unit->retried = false;
}

void TcpSession::due(UnitPoll& poll, Duration lateness) {
  if (poll.queued) return loop_.stats.overran();
  if (poll.unit->health.dormant()) return;
  push_back(poll, loop_.now() - lateness);
  pump();
}

// Sending

void TcpSession::pump() {
  while (phase_ == Phase::connected && first_ != nullptr && in_flight_.size() < in_flight_.capacity()) {
    if (loop_.now() < not_before_) break;
    if (in_flight_.empty()) {
      asio::error_code ignored;
      if (socket_.available(ignored) > 0) {
        renew(PollFailure::unsolicited);
        break;
      }
    }
    UnitPoll* const poll = take();
    if (poll == nullptr) break;
    if (!send(*poll)) break;
  }
  set_alarm();
}

/// @return false when the connection ended over it.
bool TcpSession::send(UnitPoll& poll) {
  auto& unit = *poll.unit;
  const auto now = loop_.now();
  if (unit.active == nullptr) {
    unit.active = &poll;
    unit.program.start(poll.group, now);
    loop_.stats.late(now - poll.was_due);
  }
  const Block* const block = unit.program.current();
  if (block == nullptr) {  // every value of the group is disabled
    finish(poll);
    return true;
  }
  Transaction transaction{.unit = &unit,
                          .request = {.unit = unit.device->unit,
                                      .function = block->function,
                                      .address = block->address,
                                      .count = block->count},
                          .id = fresh_transaction(),
                          .sent = now,
                          .deadline = now + unit.device->timeout};
  if (!well_formed(transaction.request)) {  // the profile asks for more than Modbus has
    unit.program.refused(PollFailure::illegal_value, now, loop_.sink);
    go_on(unit);
    return true;
  }
  last_asked_ = &unit;
  in_flight_.push_back(transaction);
  ++loop_.in_flight;
  const auto bytes = build_read(transaction.id, transaction.request);
  const auto sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(bytes.size())) {  // twelve bytes do not fit only where nothing flows any more
    peer_closed();
    return false;
  }
  loop_.stats.sent(bytes.size());
  return true;
}

std::uint16_t TcpSession::fresh_transaction() {
  for (;;) {
    const auto id = static_cast<std::uint16_t>(loop_.random());
    const auto same = [id](const Transaction& transaction) { return transaction.id == id; };
    if (std::none_of(in_flight_.begin(), in_flight_.end(), same)) return id;
  }
}

void TcpSession::remove(std::size_t at) {
  in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(at));
  --loop_.in_flight;
}

// Receiving

void TcpSession::receive() {
  const auto got = ::recv(socket_.native_handle(), received_.data() + have_, received_.size() - have_, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    peer_closed();
    return pump();
  }
  loop_.stats.received(static_cast<std::size_t>(got));
  have_ = static_cast<std::uint16_t>(have_ + got);

  std::size_t begin = 0;
  while (phase_ == Phase::connected && begin < have_) {
    const auto left = std::span<const std::uint8_t>{received_}.subspan(begin, have_ - begin);
    if (in_flight_.empty()) {
      renew(PollFailure::unsolicited);
      break;
    }
    if (left.size() < k_mbap_header) break;
    const auto header = parse_header(left);
    if (!header) {
      renew(header.error());
      break;
    }
    if (left.size() < header->size) break;
    accept_frame(*header, left.first(header->size));
    begin += header->size;
  }
  if (phase_ == Phase::connected) {
    std::copy(received_.begin() + static_cast<std::ptrdiff_t>(begin), received_.begin() + have_, received_.begin());
    have_ = static_cast<std::uint16_t>(have_ - begin);
  }
  pump();
}

void TcpSession::accept_frame(const FrameHeader& header, std::span<const std::uint8_t> frame) {
  const auto fits = [&](const Transaction& transaction) { return transaction.id == header.transaction; };
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), fits);
  if (found == in_flight_.end()) return stray(nullptr, PollFailure::wrong_transaction);

  const auto failure = parse_read(found->request, frame, loop_.words);
  const auto at = static_cast<std::size_t>(found - in_flight_.begin());
  if (failure == PollFailure::none) return answered(at, std::span{loop_.words}.first(found->request.count));
  if (is_exception(failure)) return excepted(at, failure);
  if (failure == PollFailure::wrong_unit || failure == PollFailure::wrong_function) return stray(&*found, failure);
  fail_at(at, failure);
  drop_connection();
}

/// A frame that is no answer to `transaction`, or to none under way. The right one may still come.
void TcpSession::stray(Transaction* transaction, PollFailure what) {
  for (auto& candidate : in_flight_) {
    if (transaction != nullptr && transaction != &candidate) continue;
    if (candidate.seen == PollFailure::none) candidate.seen = what;
  }
  if (++strays_ > k_most_strays) renew(what);
}

void TcpSession::answered(std::size_t at, std::span<const std::uint16_t> words) {
  auto& transaction = in_flight_[at];
  auto& unit = *transaction.unit;
  const auto now = loop_.now();
  unit.health.succeeded(now, now - transaction.sent);
  remove(at);
  ++good_answers_;
  strays_ = 0;
  timeouts_in_a_row_ = 0;
  not_before_ = now + bus_.pause_between_requests;
  unit.program.answered(words, now, loop_.sink);
  go_on(unit);
}

void TcpSession::excepted(std::size_t at, PollFailure exception) {
  const bool refused = exception == PollFailure::illegal_address || exception == PollFailure::illegal_value;
  ++good_answers_;
  strays_ = 0;
  timeouts_in_a_row_ = 0;
  if (!refused) return fail_at(at, exception);
  auto& unit = *in_flight_[at].unit;
  remove(at);
  const auto now = loop_.now();
  not_before_ = now + bus_.pause_between_requests;
  unit.health.refused(exception, now);
  unit.program.refused(exception, now, loop_.sink);
  go_on(unit);
}

/// The next block of the unit's round, or its end.
void TcpSession::go_on(TcpUnit& unit) {
  if (unit.program.current() != nullptr) {
    push_front(*unit.active);
  } else {
    finish(*unit.active);
  }
}

// Failing

void TcpSession::fail(TcpUnit& unit, PollFailure failure) {
  const auto now = loop_.now();
  unit.health.failed(failure, now);
  if (unit.health.dormant()) rotation_.schedule(now, dormant());
  if (is_silence(failure)) {
    unit.program.went_silent();
  } else {
    unit.program.skip();
  }
  if (unit.active != nullptr) go_on(unit);
}

void TcpSession::fail_at(std::size_t at, PollFailure failure) {
  auto& unit = *in_flight_[at].unit;
  remove(at);
  not_before_ = loop_.now() + bus_.pause_between_requests;
  fail(unit, failure);
}

/// The stream cannot be trusted any more: whatever is under way has failed.
void TcpSession::renew(PollFailure reason) {
  if (in_flight_.empty()) {
    // On a connection without a single answer somebody must be charged, or it would be renewed for ever.
    if (UnitPoll* const poll = good_answers_ == 0 ? take() : nullptr; poll != nullptr) {
      poll->unit->active = poll;
      fail(*poll->unit, reason);
    } else if (last_asked_ != nullptr) {
      last_asked_->health.disturbed(reason);
    }
  }
  while (!in_flight_.empty()) {
    const auto seen = in_flight_.back().seen;
    fail_at(in_flight_.size() - 1, seen == PollFailure::none ? reason : seen);
  }
  drop_connection();
}

/// Devices close idle connections, and a request may just then be on its way: it is asked once more.
void TcpSession::peer_closed() {
  if (in_flight_.empty()) return good_answers_ > 0 ? drop_connection() : renew(PollFailure::connection_closed);
  for (std::size_t i = in_flight_.size(); i-- > 0;) {
    auto& unit = *in_flight_[i].unit;
    if (good_answers_ > 0 && have_ == 0 && !unit.retried) {
      unit.retried = true;
    } else {
      fail_at(i, PollFailure::connection_closed);
    }
  }
  drop_connection();
}

/// Ends the connection; what is still under way is asked again on the next.
void TcpSession::drop_connection() {
  for (const auto& transaction : in_flight_) push_front(*transaction.unit->active);
  loop_.in_flight -= in_flight_.size();
  in_flight_.clear();
  have_ = 0;
  good_answers_ = 0;
  strays_ = 0;
  timeouts_in_a_row_ = 0;
  phase_ = Phase::idle;
  asio::error_code ignored;
  socket_.close(ignored);
}

void TcpSession::ring(Instant now) {
  if (phase_ == Phase::connecting && now >= connect_deadline_) {
    asio::error_code ignored;
    socket_.close(ignored);  // the coroutine finds its connect aborted
    connect_deadline_ = Instant::max();
    wake_.cancel();
  }
  if (phase_ == Phase::connected) expire(now);
  if (rotation_.armed() && now >= rotation_.due()) probe(now);
  pump();
}

/// Ends the transactions whose time is over. Random ids keep a late answer from being taken for another, so a gateway
/// with a silent unit need not lose its connection; one that says nothing at all must, it may be half open.
void TcpSession::expire(Instant now) {
  bool distrusted = have_ > 0 || units_.size() == 1;
  bool expired = false;
  for (std::size_t i = in_flight_.size(); i-- > 0;) {
    const auto& transaction = in_flight_[i];
    if (transaction.deadline > now) continue;
    const auto seen = transaction.seen;
    distrusted = distrusted || seen != PollFailure::none;
    expired = true;
    fail_at(i, seen == PollFailure::none ? PollFailure::timeout : seen);
  }
  if (!expired) return;
  if (++timeouts_in_a_row_ >= 2 || distrusted) drop_connection();
}

void TcpSession::probe(Instant now) {
  const auto asleep = unreachable_ ? std::size_t{1} : dormant();
  const auto chosen = rotation_.next(units_.size(), [&](std::size_t i) { return units_[i].health.dormant(); });
  if (chosen == units_.size()) return rotation_.disarm();
  rotation_.disarm();
  rotation_.schedule(now, asleep);
  auto& unit = units_[chosen];
  if (unit.polls.empty() || unit.active != nullptr) return;
  auto& poll = unit.polls[unit.program.probe_group()];
  if (poll.queued) return;
  unit.probed = true;
  push_back(poll, now);
}

std::size_t TcpSession::dormant() const {
  return static_cast<std::size_t>(
      std::count_if(units_.begin(), units_.end(), [](const TcpUnit& unit) { return unit.health.dormant(); }));
}

void TcpSession::set_alarm() {
  auto at = Instant::max();
  if (phase_ == Phase::connecting) at = connect_deadline_;
  for (const auto& transaction : in_flight_) at = std::min(at, transaction.deadline);
  if (rotation_.armed()) at = std::min(at, rotation_.due());
  if (phase_ == Phase::connected && first_ != nullptr && in_flight_.size() < in_flight_.capacity()) {
    at = std::min(at, std::max(not_before_, loop_.now()));
  }
  if (at == Instant::max()) return loop_.alarms.cancel(*this);
  if (set() && at == alarm_at_) return;
  alarm_at_ = at;
  loop_.alarms.set(*this, at);
}

}  // namespace pue::modbus
