#include "agent/energy/register_counter.h"

#include <algorithm>
#include <cmath>

#include "agent/energy/plausible.h"

namespace pue::energy {
namespace {

/// A register that ends at a power of ten is passed with the last and first part of its range at most, unless nobody
/// read it for so long.
constexpr double k_close = 0.05;
constexpr Duration k_far = std::chrono::hours{24};

template <class Reading>
RegisterSpan difference(const Reading& from, const Reading& to) {
  return {from.at, to.at, Joules{std::max(0.0, to.value - from.value)}, RegisterSpan::Begin::same_count};
}

}  // namespace

RegisterSpans RegisterCounter::advance(Instant at, Joules reading, Watts most) {
  RegisterSpans spans;
  Reading now{at, reading.value()};
  if (!std::isfinite(now.value)) return spans;
  if (!known_) {
    resume(at, reading);
    return spans;
  }
  if (at <= (held_count_ == 0 ? base_ : held_[held_count_ - 1]).at) return spans;

  if (continues(base_, now, most)) {
    spans.add(difference(base_, now));
    base_ = {at, std::max(base_.value, now.value)};
    held_count_ = 0;
    return spans;
  }
  if (held_count_ == 0) {
    if (const auto energy = rollover(base_, now, most)) {
      spans.add({base_.at, at, Joules{*energy}, RegisterSpan::Begin::rollover});
      base_ = now;
      return spans;
    }
  } else if (const Reading& last = held_[held_count_ - 1]; continues(last, now, most)) {
    now.value = std::max(now.value, last.value);
    if (held_count_ < held_.size()) {
      held_[held_count_++] = now;
      return spans;
    }
    const bool fell = held_[0].value < base_.value;
    spans.add({base_.at, held_[0].at, std::nullopt, fell ? RegisterSpan::Begin::reset : RegisterSpan::Begin::replaced});
    spans.add(difference(held_[0], held_[1]));
    spans.add(difference(held_[1], now));
    base_ = now;
    held_count_ = 0;
    return spans;
  }
  held_[0] = now;
  held_count_ = 1;
  return spans;
}

void RegisterCounter::resume(Instant at, Joules reading) {
  base_ = {at, reading.value()};
  known_ = true;
  held_count_ = 0;
}

void RegisterCounter::begin_anew() {
  known_ = held_count_ != 0;
  if (known_) base_ = held_[held_count_ - 1];
  held_count_ = 0;
}

std::optional<Joules> RegisterCounter::reading() const {
  if (!known_) return std::nullopt;
  return Joules{base_.value};
}

double RegisterCounter::step_at(double value) const {
  return std::max(limits_.resolution, limits_.relative * std::abs(value));
}

/// A register that goes back by its last step and forth again has not moved.
bool RegisterCounter::continues(const Reading& from, const Reading& to, Watts most) const {
  const double energy = to.value - from.value;
  const double step = step_at(from.value);
  return energy >= -step && energy <= most_between(to.at - from.at, most, Joules{step}).value();
}

std::optional<double> RegisterCounter::rollover(const Reading& from, const Reading& to, Watts most) const {
  const double longest = most_between(to.at - from.at, most, Joules{step_at(from.value)}).value();
  const auto over = [&](double modulus) -> std::optional<double> {
    const double energy = to.value - from.value + modulus;
    if (modulus <= 0.0 || from.value >= modulus || energy < 0.0 || energy > longest) return std::nullopt;
    return energy;
  };
  if (const auto energy = over(limits_.modulus)) return energy;
  if (!limits_.decimal || limits_.resolution <= 0.0 || from.value <= 0.0) return std::nullopt;
  // The next power of ten above the old count, in steps of the register. That it ends there is a guess, so between two
  // readings that are not far apart the old count must have stood shortly before it, and the new one shortly behind.
  const double steps = std::pow(10.0, std::floor(std::log10(from.value / limits_.resolution)) + 1.0);
  const double modulus = steps * limits_.resolution;
  const bool close = modulus - from.value <= k_close * modulus && to.value <= k_close * modulus;
  if (!close && to.at - from.at < k_far) return std::nullopt;
  return over(modulus);
}

}  // namespace pue::energy
