#include "collectors/modbus/block_planner.h"

#include <algorithm>
#include <tuple>

namespace pue::modbus {
namespace {

std::uint32_t end_of(const Need& need) { return std::uint32_t{need.address} + need.words; }

bool same_registers(const Need& a, const Need& b) { return a.address == b.address && a.words == b.words; }

/// The most the protocol allows in one answer, whatever the device's limit says.
std::uint32_t most_in_one_request(ReadFunction function, BlockLimits limits) {
  const bool bits = function == ReadFunction::coils || function == ReadFunction::discrete_inputs;
  return std::clamp<std::uint32_t>(limits.max_regs, 1, bits ? 2000 : 125);
}

/// @param needs sorted by address, at least one.
Block block_of(std::span<const Need> needs) {
  std::uint32_t end = 0;
  for (const auto& need : needs) end = std::max(end, end_of(need));
  const auto& first = needs.front();
  return {.function = first.function,
          .address = first.address,
          .count = static_cast<std::uint16_t>(end - first.address),
          .needs = {needs.begin(), needs.end()}};
}

}  // namespace

// Taking values in order of address and cutting only where one more does not fit gives the fewest blocks: the value
// that did not fit ends behind all before it, so that no better cut could have served those after it.
std::vector<Block> plan_blocks(std::vector<Need> needs, BlockLimits limits) {
  // Of values that begin together the widest comes first, so that the others nest in it.
  std::sort(needs.begin(), needs.end(), [](const Need& a, const Need& b) {
    return std::tuple(a.function, a.address, b.words, a.index) < std::tuple(b.function, b.address, a.words, b.index);
  });
  std::vector<Block> blocks;
  std::size_t first = 0;
  while (first < needs.size()) {
    const std::uint32_t limit =
        std::max<std::uint32_t>(most_in_one_request(needs[first].function, limits), needs[first].words);
    std::uint32_t end = end_of(needs[first]);
    std::size_t next = first + 1;
    for (; next < needs.size() && needs[next].function == needs[first].function; ++next) {
      const std::uint32_t wider = std::max(end, end_of(needs[next]));
      if (needs[next].address > end + limits.max_gap || wider - needs[first].address > limit) break;
      end = wider;
    }
    blocks.push_back(block_of(std::span(needs).subspan(first, next - first)));
    first = next;
  }
  return blocks;
}

std::vector<Block> take_apart(const Block& block) {
  const std::span<const Need> needs{block.needs};
  std::size_t cut = 0;  // 0: none found
  std::uint32_t widest_hole = 0;
  std::size_t distance = 0;  // of the cut from the middle
  std::uint32_t end = needs.empty() ? 0 : end_of(needs.front());
  for (std::size_t i = 1; i < needs.size(); ++i) {
    const std::uint32_t hole = needs[i].address > end ? needs[i].address - end : 0;
    const std::size_t from_middle = i > needs.size() / 2 ? i - needs.size() / 2 : needs.size() / 2 - i;
    end = std::max(end, end_of(needs[i]));
    if (same_registers(needs[i - 1], needs[i])) continue;
    if (cut == 0 || hole > widest_hole || (hole == widest_hole && from_middle < distance)) {
      cut = i;
      widest_hole = hole;
      distance = from_middle;
    }
  }
  if (cut == 0) return {block};
  return {block_of(needs.first(cut)), block_of(needs.subspan(cut))};
}

}  // namespace pue::modbus
