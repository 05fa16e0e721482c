#include "collectors/modbus/unit_program.h"

#include <fmt/format.h>
#include <algorithm>

#include "agent/log/log.h"

namespace pue::modbus {

namespace {

/// A device that was busy, or that never answers the question of who it is, is asked again after this.
constexpr Duration k_ask_again = std::chrono::minutes{1};
constexpr unsigned k_silences_to_postpone = 3;

}  // namespace

UnitProgram::UnitProgram(const plan::Plan& plan, const plan::Device& device, ProgramLibrary& library,
                         DeviceState& state)
    : device_(&device), state_(&state), layout_(library.layout_of(plan, device)), cells_(layout_->cells) {}

std::size_t UnitProgram::probe_group() const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < groups(); ++i) {
    if (layout_->groups[i].blocks.size() < layout_->groups[best].blocks.size()) best = i;
  }
  return best;
}

void UnitProgram::start(std::size_t group, Instant now) {
  if (learned_ && now >= learned_->relearn_at) {
    for (auto& blocks : learned_->blocks) blocks.clear();
    for (std::size_t i = 0; i < learned_->disabled.size(); ++i) {
      // One more refusal disables it again, without another message.
      if (learned_->disabled[i] != 0) learned_->refusals[i] = k_refusals_to_disable - 1;
      learned_->disabled[i] = 0;
    }
    learned_->relearn_at = now + k_relearn_period;
  }
  started_ = now;
  next_ = static_cast<std::uint32_t>(group);
  const bool due = now >= identification_.at || now - answered_at_ > plan::k_fastest_exchange;
  const bool identify = !layout_->identity.empty() && due && !identification_.postponed;
  begin(identify ? groups() : group);
}

void UnitProgram::begin(std::size_t group) {
  group_ = static_cast<std::uint32_t>(group);
  cursor_ = 0;
  blocks_ = learned_ && !learned_->blocks[group].empty() ? &learned_->blocks[group] : &planned(group);
  settle();
}

const std::vector<Block>& UnitProgram::planned(std::size_t group) const {
  return group == groups() ? layout_->identity : layout_->groups[group].blocks;
}

const Block* UnitProgram::current() const { return blocks_ == nullptr ? nullptr : &(*blocks_)[cursor_]; }

void UnitProgram::skip() {
  if (blocks_ == nullptr) return;
  for (const auto& need : (*blocks_)[cursor_].needs) forget(need.index);
  const bool busy = identifying();
  move_on();
  if (busy) identification_.at = started_ + k_ask_again;
}

void UnitProgram::move_on() {
  ++cursor_;
  settle();
}

/// What others are scaled with is unknown until it is read again.
void UnitProgram::forget(std::uint32_t step) {
  if (const auto cell = layout_->steps[step].cell; cell != DecodeStep::k_none) cells_[cell].reset();
}

/// Passes over blocks whose only value is disabled, up to the next block or the end of the round.
void UnitProgram::settle() {
  const bool own = learned_ && blocks_ == &learned_->blocks[group_];
  while (own && cursor_ < blocks_->size()) {
    const auto& needs = (*blocks_)[cursor_].needs;
    if (!(needs.size() == 1 && learned_->disabled[needs.front().index] != 0)) break;
    ++cursor_;
  }
  if (cursor_ < blocks_->size()) return;
  const bool identified = identifying();
  blocks_ = nullptr;
  if (!identified) return;
  identification_ = {.at = started_ + plan::k_identity_period};
  begin(next_);
}

std::optional<Reading> UnitProgram::combined(const DecodeStep& step, Reading reading) const {
  if (step.exponent != DecodeStep::k_none) {
    const auto& exponent = cells_[layout_->steps[step.exponent].cell];
    if (!exponent) return std::nullopt;
    reading = with_exponent(reading, *step.source->exponent, *exponent);
  }
  if (step.factor != DecodeStep::k_none) {
    const auto& factor = cells_[layout_->steps[step.factor].cell];
    if (!factor) return std::nullopt;
    reading = with_product(reading, *factor);
  }
  return reading;
}

/// @return nothing while what the point is scaled with is unknown.
std::optional<Reading> UnitProgram::read(const DecodeStep& step, std::span<const std::uint16_t> words) {
  if (step.source->type != profiles::RegisterType::text) {
    auto reading = combined(step, decode(*step.source, words));
    // Devices that have none, or have not read theirs yet, say 0.
    if (reading && identifying() && reading->value == 0.0) reading->quality = SampleQuality::invalid;
    return reading;
  }
  const std::string text = decode_text(*step.source, words);
  if (text.empty()) return Reading{};
  state_->serial_text().tell(text);
  return Reading{.value = serial_fingerprint(SerialText::kept(text)), .quality = SampleQuality::good};
}

void UnitProgram::answered(std::span<const std::uint16_t> words, Instant at, collectors::SampleSink& sink) {
  const Block* block = current();
  if (block == nullptr || words.size() < block->count) return;
  if (!identifying()) {
    answered_at_ = at;
    identification_.postponed = false;
  }

  std::uint32_t highest = 0;
  for (std::uint32_t rank = 0; rank <= highest; ++rank) {
    for (const auto& need : block->needs) {
      const auto& step = layout_->steps[need.index];
      highest = std::max(highest, step.rank);
      if (step.rank != rank) continue;
      if (learned_) [[unlikely]] {
        learned_->refusals[need.index] = 0;
        if (learned_->told[need.index] != 0) {
          learned_->told[need.index] = 0;
          log::info("register is answered now", {{"device", device_->name}, {"point", step.source->name}});
        }
      }
      const auto offset = static_cast<std::size_t>(need.address - block->address);
      const auto reading = read(step, words.subspan(offset, need.words));
      if (step.cell != DecodeStep::k_none) cells_[step.cell] = reading;
      if (step.hidden || !reading) continue;
      sink.put({.at = at,
                .value = reading->value,
                .raw = reading->raw,
                .point = device_->points[need.index],
                .quality = reading->quality});
    }
  }
  move_on();
}

UnitProgram::Learned& UnitProgram::learned(Instant now) {
  if (!learned_) {
    learned_ = std::make_unique<Learned>();
    learned_->blocks.resize(groups() + 1);
    learned_->refusals.resize(layout_->steps.size());
    learned_->disabled.resize(layout_->steps.size());
    learned_->told.resize(layout_->steps.size());
    learned_->relearn_at = now + k_relearn_period;
  }
  return *learned_;
}

void UnitProgram::refused(PollFailure failure, Instant at, collectors::SampleSink& sink) {
  if (current() == nullptr) return;
  auto& own = learned(at).blocks[group_];
  if (own.empty()) own = planned(group_);
  blocks_ = &own;

  auto parts = take_apart(own[cursor_]);
  if (parts.size() > 1) {
    // The round goes on with the halves: the cursor stays where the first of them now lies.
    own[cursor_] = std::move(parts.front());
    own.insert(own.begin() + cursor_ + 1, std::make_move_iterator(parts.begin() + 1),
               std::make_move_iterator(parts.end()));
    settle();
    return;
  }
  for (const auto& need : own[cursor_].needs) {
    forget(need.index);
    auto& refusals = learned_->refusals[need.index];
    if (refusals < k_refusals_to_disable) ++refusals;
    if (refusals >= k_refusals_to_disable) disable(need.index, failure, at, sink);
  }
  move_on();
}

void UnitProgram::disable(std::uint32_t index, PollFailure failure, Instant at, collectors::SampleSink& sink) {
  if (learned_->disabled[index] != 0) return;
  learned_->disabled[index] = 1;
  const auto& step = layout_->steps[index];
  if (learned_->told[index] == 0) {
    learned_->told[index] = 1;
    log::warn("register disabled, tried again every ten minutes", {{"device", device_->name},
                                                                   {"point", step.source->name},
                                                                   {"function", fmt::to_string(step.source->function)},
                                                                   {"address", fmt::to_string(step.source->address)},
                                                                   {"reason", std::string{describe(failure)}}});
  }
  if (step.hidden) return;
  sink.put({.at = at, .point = device_->points[index], .quality = SampleQuality::unsupported});
}

void UnitProgram::went_silent() {
  if (identifying()) {
    // Some devices are silent where others refuse: their values come first.
    identification_.postponed = true;
    if (++identification_.silences >= k_silences_to_postpone) identification_.at = started_ + plan::k_identity_period;
  } else {
    identification_ = {};
  }
  blocks_ = nullptr;
  for (auto& cell : cells_) cell.reset();
}

std::size_t UnitProgram::unsupported() const {
  if (!learned_) return 0;
  return static_cast<std::size_t>(std::count(learned_->disabled.begin(), learned_->disabled.end(), 1));
}

}  // namespace pue::modbus
