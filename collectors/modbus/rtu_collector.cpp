#include "collectors/modbus/rtu_collector.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "collectors/heritage.h"

namespace pue::modbus {
namespace {

/// The thread looks at least this often whether something changed.
constexpr Duration k_longest_wait = std::chrono::seconds{1};

Duration longest_timeout(const plan::Plan& plan, const plan::Bus& bus) {
  Duration longest{};
  for (const auto id : bus.devices) longest = std::max(longest, plan.devices[id].timeout);
  return longest;
}

bool is_refusal(PollFailure failure) {
  return failure == PollFailure::illegal_address || failure == PollFailure::illegal_value;
}

}  // namespace

RtuCollector::RtuCollector(const plan::Plan& plan, plan::BusId bus, Board& board, const collectors::Heritage* heritage)
    : Collector(plan.ring_capacity),
      bus_(plan.buses[bus]),
      interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      line_({.line = std::get<plan::SerialLine>(bus_.address),
             .late_window = std::max(bus_.late_window, longest_timeout(plan, bus_)),
             .pause_between_requests = bus_.pause_between_requests},
            interrupt_, &stats_),
      sink_(ring_, stats_, plan.points.size()),
      rotation_(bus_.probe_period, longest_timeout(plan, bus_), std::random_device{}()) {
  if (heritage != nullptr) {
    const auto owed = heritage->owed.find(port());
    if (owed == heritage->owed.end()) {
      hush_ = std::max(bus_.late_window, longest_timeout(plan, bus_));
    } else {
      line_.inherit(owed->second);
    }
  }
  ProgramLibrary library;
  for (const auto id : bus_.devices) {
    const auto& device = plan.devices[id];
    auto& unit = units_.emplace_back(Unit{.device = &device,
                                          .program = UnitProgram{plan, device, library, board.device(id)},
                                          .health = UnitHealth{device, bus_.probe_period, board.device(id)}});
    for (std::uint32_t group = 0; group < unit.program.groups(); ++group) {
      places_.push_back({.unit = &unit, .group = group, .interval = unit.program.interval(group)});
    }
  }
}

RtuCollector::~RtuCollector() {
  stop();
  ::close(interrupt_);
}

void RtuCollector::start() {
  if (thread_.joinable()) return;
  thread_ = std::thread{[this] { run(); }};
}

void RtuCollector::stop() {
  if (!thread_.joinable()) return;
  // release: pairs with stopping()
  stopping_.store(true, std::memory_order_release);
  ::eventfd_write(interrupt_, 1);
  thread_.join();
  line_.close();
}

void RtuCollector::leave(collectors::Heritage& heritage) const { heritage.owed[port()] = line_.guards(); }

/// The first polls come at once, one after another; on the grid place i of n has the phase i/n of its interval.
void RtuCollector::lay_out(Instant now) {
  const auto count = static_cast<Duration::rep>(places_.size());
  Duration::rep at = 0;
  for (auto& place : places_) {
    place.phase = now + place.interval * at / count;
    place.due = now + Duration{at};
    ++at;
  }
}

/// Listens without asking, so that what others asked for has come by.
void RtuCollector::be_quiet() {
  const Instant until = BootClock::now() + hush_;
  while (!stopping() && BootClock::now() < until) {
    const bool open = line_.ensure_open();
    line_.listen(open ? until : std::min(until, BootClock::now() + std::chrono::milliseconds{100}));
  }
}

void RtuCollector::run() {
  be_quiet();
  lay_out(BootClock::now());
  while (!stopping()) {
    const bool open = line_.ensure_open();
    const Instant now = BootClock::now();
    if (line_.times_opened() != times_opened_) wake_all(now);
    Place* const place = first_awake();
    if (place != nullptr && place->due <= now) {
      serve(*place, now);
      continue;
    }
    if (rotation_.armed() && rotation_.due() <= now) {
      probe(now);
      continue;
    }
    Instant until = now + k_longest_wait;
    if (place != nullptr) until = std::min(until, place->due);
    if (rotation_.armed()) until = std::min(until, rotation_.due());
    if (!open) until = std::min(until, std::max(line_.next_attempt(), now + std::chrono::milliseconds{10}));
    line_.listen(until);
  }
}

RtuCollector::Place* RtuCollector::first_awake() {
  Place* first = nullptr;
  for (auto& place : places_) {
    if (place.unit->health.dormant()) continue;
    if (first == nullptr || place.due < first->due) first = &place;
  }
  return first;
}

/// To its first place on the grid that is at least half an interval away.
void RtuCollector::move_on(Place& place, Instant now) {
  const auto steps = (now + place.interval / 2 - place.phase + place.interval - Duration{1}) / place.interval;
  place.due = place.phase + place.interval * std::max<Duration::rep>(steps, 0);
}

void RtuCollector::serve(Place& place, Instant now) {
  auto& unit = *place.unit;
  const Instant silent_until = line_.silent_until(unit.device->unit);
  if (silent_until > now) {
    place.due = silent_until;
    return;
  }
  const Instant was_due = place.due;
  stats_.late(now - was_due);
  read_round(unit, place.group, now);
  const Instant done = BootClock::now();
  move_on(place, now);
  if (place.due > done) return;
  stats_.overran();
  move_on(place, done);
}

void RtuCollector::read_round(Unit& unit, std::size_t group, Instant now) {
  unit.program.start(group, now);
  while (const Block* const block = unit.program.current()) {
    if (!read_block(unit, *block)) return;
  }
}

/// @return whether the round goes on.
bool RtuCollector::read_block(Unit& unit, const Block& block) {
  const ReadRequest request{
      .unit = unit.device->unit, .function = block.function, .address = block.address, .count = block.count};
  const Instant before = BootClock::now();
  if (!well_formed(request)) {  // the profile asks for more than Modbus has
    unit.program.refused(PollFailure::illegal_value, before, sink_);
    return true;
  }
  const auto most = std::max(unit.device->profile->max_regs, block.count);
  if (!line_.question_for(request, most, before)) {  // every form of it could be given a late answer
    unit.program.skip();
    return true;
  }
  const auto answer = line_.read(request, most, unit.device->timeout, words_);
  if (stopping()) return false;
  const Instant at = BootClock::now();
  if (answer.failure == PollFailure::none) {
    unit.health.succeeded(at, answer.latency);
    unit.program.answered(std::span(words_).first(request.count), at, sink_);
    return true;
  }
  if (is_exception(answer.failure) && (is_refusal(answer.failure) || !answer.certain)) {
    unit.health.refused(answer.failure, at);
    if (answer.certain) {
      unit.program.refused(answer.failure, at, sink_);
    } else {
      unit.program.skip();
    }
    return true;
  }
  fail(unit, answer.failure, at);
  return !is_silence(answer.failure);
}

void RtuCollector::fail(Unit& unit, PollFailure failure, Instant now) {
  unit.health.failed(failure, now);
  if (unit.health.dormant()) rotation_.schedule(now, dormant());
  if (is_silence(failure)) {
    unit.program.went_silent();
  } else {
    unit.program.skip();
  }
}

void RtuCollector::probe(Instant now) {
  const auto chosen = rotation_.next(units_.size(), [&](std::size_t i) { return units_[i].health.dormant(); });
  rotation_.disarm();
  if (chosen == units_.size()) return;
  rotation_.schedule(now, dormant());
  auto& unit = units_[chosen];
  if (unit.program.groups() == 0 || line_.silent_until(unit.device->unit) > now) return;
  read_round(unit, unit.program.probe_group(), now);
  if (unit.health.dormant()) return;
  for (auto& place : places_) {
    if (place.unit == &unit) move_on(place, now);
  }
}

void RtuCollector::wake_all(Instant now) {
  times_opened_ = line_.times_opened();
  for (auto& unit : units_) unit.health.wake();
  for (auto& place : places_) place.due = std::min(place.due, now);
}

std::size_t RtuCollector::dormant() const {
  return static_cast<std::size_t>(
      std::count_if(units_.begin(), units_.end(), [](const Unit& unit) { return unit.health.dormant(); }));
}

}  // namespace pue::modbus
