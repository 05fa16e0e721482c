#include <algorithm>

#include "agent/log/log.h"
#include "collectors/modbus/unit_program.h"

namespace pue::modbus {
namespace {

constexpr std::uint32_t k_deepest = 4;  // an exponent of an exponent of ...: no real device goes beyond one

bool readable(const profiles::Point& point) {
  if (point.type == profiles::RegisterType::text && !point.tells_identity()) return false;
  return point.function >= 1 && point.function <= 4 && point.words >= 1 &&
         std::uint32_t{point.address} + point.words <= 0x10000U;
}

/// Builds the steps of one device: its points, and behind them what they refer to and the plan does not poll.
class Steps {
 public:
  Steps(const profiles::Profile& profile, ProgramLayout& layout) : profile_(profile), layout_(layout) {}

  void add_point(const profiles::Point* source, Duration interval) {
    layout_.steps.push_back({.source = source});
    intervals_.push_back(interval);
  }

  void link() {
    for (std::uint32_t i = 0; i < layout_.steps.size(); ++i) {  // grows while it is walked
      const auto* source = layout_.steps[i].source;
      if (source == nullptr) continue;
      if (source->exponent) layout_.steps[i].exponent = referred(source->exponent->point, intervals_[i]);
      if (!source->multiply_by.empty()) layout_.steps[i].factor = referred(source->multiply_by, intervals_[i]);
    }
    for (std::uint32_t round = 0; round < k_deepest; ++round) {
      for (auto& step : layout_.steps) {
        step.rank = std::max({step.rank, above(step.exponent), above(step.factor)});
      }
    }
  }

  [[nodiscard]] Duration interval(std::size_t step) const { return intervals_[step]; }

 private:
  std::uint32_t referred(const std::string& name, Duration interval) {
    const auto* source = profile_.find(name);
    if (source == nullptr || !readable(*source)) return lost();
    auto found = std::find_if(layout_.steps.begin(), layout_.steps.end(),
                              [&](const DecodeStep& step) { return step.source == source; });
    if (found == layout_.steps.end()) {
      layout_.steps.push_back({.source = source, .hidden = true});
      intervals_.push_back(interval);
      found = layout_.steps.end() - 1;
    }
    if (found->cell == DecodeStep::k_none) found->cell = static_cast<std::uint32_t>(layout_.cells++);
    return static_cast<std::uint32_t>(found - layout_.steps.begin());
  }

  /// A reference to nothing: a cell that never has a reading, so that its dependents never have one either.
  std::uint32_t lost() {
    layout_.steps.push_back({.cell = static_cast<std::uint32_t>(layout_.cells++), .hidden = true});
    intervals_.push_back({});
    return static_cast<std::uint32_t>(layout_.steps.size() - 1);
  }

  [[nodiscard]] std::uint32_t above(std::uint32_t step) const {
    return step == DecodeStep::k_none ? 0 : std::min(layout_.steps[step].rank + 1, k_deepest);
  }

  const profiles::Profile& profile_;
  ProgramLayout& layout_;
  std::vector<Duration> intervals_;
};

std::shared_ptr<const ProgramLayout> build(const plan::Plan& plan, const plan::Device& device) {
  auto layout = std::make_shared<ProgramLayout>();
  Steps steps{*device.profile, *layout};
  for (const auto id : device.points) {
    const auto& point = plan.points[id];
    steps.add_point(point.source, point.interval);
  }
  steps.link();

  const BlockLimits limits{.max_regs = device.profile->max_regs, .max_gap = device.profile->max_gap};
  const auto plan_all = [&](std::vector<Need> wanted) {
    auto blocks = plan_blocks(std::move(wanted), limits);
    std::erase_if(blocks, [](const Block& block) { return block.count == 0; });
    return blocks;
  };
  // A device that is asked for nothing else is asked for this at its interval.
  const bool others = std::ranges::any_of(layout->steps, [](const DecodeStep& step) {
    return step.source != nullptr && readable(*step.source) && !step.source->tells_identity();
  });
  std::vector<Need> identity;
  std::map<Duration, std::vector<Need>> needs;
  for (std::uint32_t i = 0; i < layout->steps.size(); ++i) {
    const auto* source = layout->steps[i].source;
    if (source == nullptr || !readable(*source)) continue;
    const bool named = source->tells_identity() && others;
    (named ? identity : needs[steps.interval(i)])
        .push_back({.function = static_cast<ReadFunction>(source->function),
                    .address = source->address,
                    .words = source->words,
                    .index = i});
  }
  for (auto& [interval, wanted] : needs) {
    auto blocks = plan_all(std::move(wanted));
    if (!blocks.empty()) layout->groups.push_back({.interval = interval, .blocks = std::move(blocks)});
  }
  layout->identity = plan_all(std::move(identity));
  return layout;
}

}  // namespace

std::shared_ptr<const ProgramLayout> ProgramLibrary::layout_of(const plan::Plan& plan, const plan::Device& device) {
  Key key{device.profile.get(), {}};
  for (const auto id : device.points) {
    std::get<1>(key).emplace_back(plan.points[id].source, plan.points[id].interval);
  }
  auto& layout = layouts_[std::move(key)];
  if (!layout) layout = build(plan, device);
  return layout;
}

}  // namespace pue::modbus
