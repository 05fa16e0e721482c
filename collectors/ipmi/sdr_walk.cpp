#include "collectors/ipmi/sdr_walk.h"

#include <algorithm>
#include <array>

#include "collectors/ipmi/completion.h"

namespace pue::ipmi {
namespace {

constexpr std::uint16_t k_first = 0x0000;
constexpr std::uint16_t k_last = 0xFFFF;
constexpr std::uint8_t k_least_piece = 4;
constexpr std::size_t k_next_id = 2;       ///< bytes before a piece of a record
constexpr std::size_t k_longest = 5 + 74;  ///< a full record with a name of 31 bytes
constexpr unsigned k_most_pauses = 60;

std::uint16_t word(std::span<const std::uint8_t> data, std::size_t at) {
  return static_cast<std::uint16_t>(data[at] | data[at + 1] << 8U);
}

std::uint32_t long_word(std::span<const std::uint8_t> data, std::size_t at) {
  return word(data, at) | static_cast<std::uint32_t>(word(data, at + 2)) << 16U;
}

}  // namespace

Request SdrWalk::stamp_request(SdrPlace place) {
  return place == SdrPlace::repository ? get_sdr_repository_info() : get_device_sdr_info();
}

std::optional<SdrStamp> SdrWalk::stamp_in(const Answer& answer, SdrPlace place) {
  const auto data = answer.data();
  if (!answer.ok()) return std::nullopt;
  if (place == SdrPlace::repository) {
    if (data.size() < 13) return std::nullopt;
    return SdrStamp{.added = long_word(data, 5), .erased = long_word(data, 9), .records = word(data, 1)};
  }
  if (data.size() < 2) return std::nullopt;
  return SdrStamp{.added = data.size() >= 6 ? long_word(data, 2) : 0, .records = data[0]};
}

Request SdrWalk::part(std::uint8_t offset, std::uint8_t count) const {
  return place_ == SdrPlace::repository ? get_sdr(reservation_, record_, offset, count)
                                        : get_device_sdr(reservation_, record_, offset, count);
}

Task<SdrWalk::Step> SdrWalk::ask(Bmc& bmc, Request request, Answer& answer) {
  ++requests_;
  auto result = co_await bmc.ask(request);
  if (!result) co_return Step::silent;
  answer = *result;
  switch (meaning_of(answer.completion_code)) {
    case Completion::ok:
      co_return Step::ok;
    case Completion::transient:
      co_return Step::busy;
    case Completion::too_long:
      co_return Step::too_long;
    case Completion::lost:
      co_return Step::lost;
    case Completion::absent:
      co_return Step::absent;
    default:
      co_return Step::refused;
  }
}

Task<SdrWalk::Step> SdrWalk::begin(Bmc& bmc) {
  Answer answer;
  const auto step = co_await ask(bmc, stamp_request(place_), answer);
  if (step != Step::ok) co_return step;
  const auto stamp = stamp_in(answer, place_);
  if (!stamp) co_return Step::refused;
  stamp_ = *stamp;
  record_ = k_first;
  count_ = 0;
  anchor_ = k_last;
  anchor_at_ = 1;
  reserved_ = false;
  begun_ = true;
  co_return Step::ok;
}

Task<SdrWalk::Step> SdrWalk::reserve(Bmc& bmc) {
  Answer answer;
  const auto step = co_await ask(
      bmc, place_ == SdrPlace::repository ? reserve_sdr_repository() : reserve_device_sdr_repository(), answer);
  // A repository without reservations takes 0 (33.11).
  reservation_ = 0;
  if (step == Step::silent || step == Step::busy) co_return step;
  if (step == Step::ok && answer.size >= 2) reservation_ = word(answer.data(), 0);
  reserved_ = true;
  co_return Step::ok;
}

/// Reads the record `record_`: its header, and the rest of it where it is a sensor.
Task<SdrWalk::Step> SdrWalk::read_record(Bmc& bmc, SdrTaker& taker) {
  Answer answer;
  const auto step = co_await ask(bmc, part(0, RecordHeader::k_size), answer);
  if (step != Step::ok) co_return step;
  if (answer.size < k_next_id + RecordHeader::k_size) co_return Step::refused;
  next_ = word(answer.data(), 0);

  std::array<std::uint8_t, k_longest> record{};
  std::copy_n(answer.data().begin() + k_next_id, RecordHeader::k_size, record.begin());
  const auto header = parse_record_header(record);
  if (!header->is_sensor()) co_return Step::ok;

  const auto end = std::min(k_longest, RecordHeader::k_size + header->length);
  auto at = RecordHeader::k_size;
  while (at < end) {
    const auto count = std::min<std::size_t>(piece_, end - at);
    const auto piece = co_await ask(bmc, part(static_cast<std::uint8_t>(at), static_cast<std::uint8_t>(count)), answer);
    if (piece == Step::too_long && piece_ > k_least_piece) {
      piece_ /= 2;
      continue;
    }
    if (piece == Step::silent || piece == Step::busy || piece == Step::lost) co_return piece;
    const auto got = answer.data().subspan(std::min<std::size_t>(answer.size, k_next_id));
    // A record that is shorter than it says, or that is refused: what there is of it may still tell the sensor.
    if (piece != Step::ok || got.empty()) break;
    const auto useful = std::min(got.size(), count);
    std::copy_n(got.begin(), useful, record.begin() + static_cast<std::ptrdiff_t>(at));
    at += useful;
  }
  if (const auto sensor = parse_sensor_record(std::span{record}.first(at))) taker.take(*sensor);
  co_return Step::ok;
}

/// @return whether the records are those the walk began with: lost if not.
Task<SdrWalk::Step> SdrWalk::check_unchanged(Bmc& bmc) {
  Answer answer;
  const auto step = co_await ask(bmc, stamp_request(place_), answer);
  if (step != Step::ok) co_return step;
  const auto stamp = stamp_in(answer, place_);
  co_return stamp && *stamp == stamp_ ? Step::ok : Step::lost;
}

bool SdrWalk::advance(std::uint16_t next) {
  ++count_;
  if (next == k_last) {
    record_ = next;
    return true;
  }
  if (count_ > k_most_records || next == anchor_ || next == record_ || next == k_first) return false;
  if (count_ == anchor_at_) {
    anchor_ = next;
    anchor_at_ = static_cast<std::uint16_t>(anchor_at_ * 2);
  }
  record_ = next;
  return true;
}

bool SdrWalk::restart() {
  begun_ = false;
  return ++restarts_ <= k_most_restarts;
}

Task<tl::expected<SdrWalk::Progress, WalkFault>> SdrWalk::go_on(Bmc& bmc, Instant until, SdrTaker& taker) {
  do {
    if (requests_ > k_most_requests) co_return tl::unexpected(WalkFault::endless);
    Step step = Step::ok;
    const bool beginning = !begun_;
    const bool finishing = begun_ && record_ == k_last;
    if (beginning) {
      step = co_await begin(bmc);
      if (step == Step::ok) taker.begin();
      if (step == Step::absent) co_return Progress::nothing;
      if (step == Step::ok && stamp_.records == 0) co_return Progress::nothing;
    } else if (finishing) {
      step = co_await check_unchanged(bmc);
      if (step == Step::ok) co_return Progress::done;
      if (step == Step::lost) {
        if (!restart()) co_return tl::unexpected(WalkFault::unsteady);
        continue;
      }
    } else if (!reserved_) {
      step = co_await reserve(bmc);
    } else {
      step = co_await read_record(bmc, taker);
      if (step == Step::ok && !advance(next_)) co_return tl::unexpected(WalkFault::endless);
      // The record has gone since its predecessor named it.
      if (step == Step::absent) {
        if (!restart()) co_return tl::unexpected(WalkFault::unsteady);
        continue;
      }
    }
    switch (step) {
      case Step::ok:
        break;
      case Step::silent:
        co_return tl::unexpected(WalkFault::silent);
      case Step::busy:
        if (++pauses_ > k_most_pauses) co_return tl::unexpected(WalkFault::refused);
        co_return Progress::pause;
      case Step::lost:
        // Somebody else reserved. The record is read again under a new reservation; if the records themselves have
        // changed, their stamp tells at the end.
        reserved_ = false;
        if (++renewals_ > k_most_renewals) co_return tl::unexpected(WalkFault::unsteady);
        break;
      case Step::too_long:
      case Step::absent:
      case Step::refused:
        co_return tl::unexpected(WalkFault::refused);
    }
  } while (BootClock::now() < until);
  co_return Progress::more;
}

}  // namespace pue::ipmi
