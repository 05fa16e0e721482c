#include "collectors/modbus/read_device.h"

#include <algorithm>
#include <array>
#include <deque>
#include <span>

#include "collectors/modbus/block_planner.h"
#include "collectors/modbus/decoder.h"
#include "collectors/modbus/wire.h"

namespace pue::modbus {
namespace {

constexpr int k_silences_to_give_up = 2;

/// One reading of a whole device.
class Pass {
 public:
  Pass(Reader& reader, std::uint8_t unit, const profiles::Profile& profile)
      : reader_(reader), unit_(unit), profile_(profile), raw_(profile.points.size()) {
    std::vector<Need> needs;
    for (const profiles::Point& point : profile.points) {
      readings_.push_back({.point = &point});
      if (point.words == 0) continue;  // not known yet where it is
      needs.push_back({.function = static_cast<ReadFunction>(point.function),
                       .address = point.address,
                       .words = point.words,
                       .index = static_cast<std::uint32_t>(readings_.size() - 1)});
    }
    const BlockLimits limits{.max_regs = profile.max_regs, .max_gap = profile.max_gap};
    for (Block& block : plan_blocks(std::move(needs), limits)) waiting_.push_back(std::move(block));
  }

  std::vector<PointReading> run() {
    while (!waiting_.empty()) {
      const Block block = std::move(waiting_.front());
      waiting_.pop_front();
      ask(block);
    }
    for (std::size_t i = 0; i < readings_.size(); ++i) {
      if (readings_[i].words.empty() || readings_[i].point->type == profiles::RegisterType::text) continue;
      const Reading reading = combined(i, 0);
      readings_[i].quality = reading.quality == SampleQuality::good ? PointQuality::good : PointQuality::invalid;
      if (reading.quality == SampleQuality::good) readings_[i].value = reading.value;
    }
    return std::move(readings_);
  }

 private:
  void ask(const Block& block) {
    if (silences_ >= k_silences_to_give_up) return fail(block, PointQuality::timeout, last_failure_);
    const ReadRequest request{
        .unit = unit_, .function = block.function, .address = block.address, .count = block.count};
    auto words = reader_.read(request);
    if (!words && may_pass(words.error())) words = reader_.read(request);
    if (words && words->size() == block.count) {
      silences_ = 0;
      return take(block, *words);
    }
    last_failure_ = words ? PollFailure::wrong_byte_count : words.error();
    silences_ = is_exception(last_failure_) ? 0 : silences_ + 1;
    if (last_failure_ == PollFailure::illegal_function) return fail(block, PointQuality::unsupported, last_failure_);
    if (!refuses(last_failure_)) return fail(block, PointQuality::timeout, last_failure_);
    std::vector<Block> parts = take_apart(block);
    if (parts.size() < 2) return fail(block, PointQuality::unsupported, last_failure_);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) waiting_.push_front(std::move(*part));
  }

  /// Noise on the line, a late answer, a busy device: worth a second question.
  static bool may_pass(PollFailure failure) {
    return !is_exception(failure) || failure == PollFailure::device_busy || failure == PollFailure::gateway_no_response;
  }

  /// The device does not want this range. Some say so with 4 where 2 is meant.
  static bool refuses(PollFailure failure) {
    return failure == PollFailure::illegal_address || failure == PollFailure::illegal_value ||
           failure == PollFailure::device_failure || failure == PollFailure::other_exception;
  }

  void fail(const Block& block, PointQuality quality, PollFailure failure) {
    for (const Need& need : block.needs) {
      readings_[need.index].quality = quality;
      readings_[need.index].failure = failure;
    }
  }

  void take(const Block& block, std::span<const std::uint16_t> words) {
    for (const Need& need : block.needs) {
      PointReading& reading = readings_[need.index];
      const auto own = words.subspan(static_cast<std::size_t>(need.address - block.address), need.words);
      reading.words.assign(own.begin(), own.end());
      raw_[need.index] = decode(*reading.point, own);
      if (reading.point->type != profiles::RegisterType::text) continue;
      reading.text = decode_text(*reading.point, own);
      reading.quality = reading.text.empty() ? PointQuality::invalid : PointQuality::good;
    }
  }

  /// A point's reading with what it takes from others. Profiles refer one level deep; a circle is no value.
  [[nodiscard]] Reading combined(std::size_t index, int depth) const {
    constexpr int k_deepest = 4;
    const profiles::Point& point = profile_.points[index];
    Reading reading = raw_[index];
    if (depth > k_deepest) return {};
    if (point.exponent) reading = with_exponent(reading, *point.exponent, of(point.exponent->point, depth));
    if (!point.multiply_by.empty()) reading = with_product(reading, of(point.multiply_by, depth));
    return reading;
  }

  [[nodiscard]] Reading of(const std::string& name, int depth) const {
    const auto found = std::find_if(profile_.points.begin(), profile_.points.end(),
                                    [&](const profiles::Point& point) { return point.name == name; });
    if (found == profile_.points.end()) return {};
    return combined(static_cast<std::size_t>(found - profile_.points.begin()), depth + 1);
  }

  Reader& reader_;
  std::uint8_t unit_;
  const profiles::Profile& profile_;
  std::vector<Reading> raw_;
  std::vector<PointReading> readings_;
  std::deque<Block> waiting_;
  int silences_ = 0;
  PollFailure last_failure_ = PollFailure::timeout;
};

}  // namespace

std::string_view name_of(PointQuality quality) {
  constexpr std::array<std::string_view, 4> names{"good", "invalid", "unsupported", "timeout"};
  return names[static_cast<std::size_t>(quality)];
}

std::vector<PointReading> read_device(Reader& reader, std::uint8_t unit, const profiles::Profile& profile) {
  return Pass{reader, unit, profile}.run();
}

}  // namespace pue::modbus
