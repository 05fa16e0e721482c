#include "collectors/modbus/block_planner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace pue::modbus {
namespace {

Need need(unsigned address, unsigned words, std::uint32_t index = 0,
          ReadFunction function = ReadFunction::holding_registers) {
  return {.function = function,
          .address = static_cast<std::uint16_t>(address),
          .words = static_cast<std::uint16_t>(words),
          .index = index};
}

unsigned end_of(const Need& value) { return unsigned{value.address} + value.words; }

/// Longest run of registers inside the block that no value uses.
unsigned widest_hole(const Block& block) {
  unsigned widest = 0;
  unsigned run = 0;
  for (unsigned address = block.address; address < unsigned{block.address} + block.count; ++address) {
    const bool used = std::any_of(block.needs.begin(), block.needs.end(), [&](const Need& value) {
      return address >= value.address && address < end_of(value);
    });
    run = used ? 0 : run + 1;
    widest = std::max(widest, run);
  }
  return widest;
}

bool allowed(const Block& block, BlockLimits limits) {
  const unsigned widest_need =
      std::max_element(block.needs.begin(), block.needs.end(), [](const Need& a, const Need& b) {
        return a.words < b.words;
      })->words;
  return block.count <= std::max<unsigned>(limits.max_regs, widest_need == block.count ? widest_need : 0) &&
         widest_hole(block) <= limits.max_gap;
}

Block around(const std::vector<Need>& needs) {
  Block block{.function = needs.front().function, .needs = needs};
  unsigned first = 65536;
  unsigned end = 0;
  for (const auto& value : needs) {
    first = std::min<unsigned>(first, value.address);
    end = std::max(end, end_of(value));
  }
  block.address = static_cast<std::uint16_t>(first);
  block.count = static_cast<std::uint16_t>(end - first);
  return block;
}

/// The fewest blocks over every way to part the values into groups, contiguous or not.
std::size_t fewest(const std::vector<Need>& needs, BlockLimits limits, std::vector<std::vector<Need>>& groups,
                   std::size_t next, std::size_t best) {
  if (groups.size() >= best) return best;
  if (next == needs.size()) {
    const bool all =
        std::all_of(groups.begin(), groups.end(), [&](const auto& group) { return allowed(around(group), limits); });
    return all ? groups.size() : best;
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].front().function != needs[next].function) continue;
    groups[i].push_back(needs[next]);
    best = fewest(needs, limits, groups, next + 1, best);
    groups[i].pop_back();
  }
  groups.push_back({needs[next]});
  best = fewest(needs, limits, groups, next + 1, best);
  groups.pop_back();
  return best;
}

void check_invariants(const std::vector<Need>& needs, const std::vector<Block>& blocks, BlockLimits limits) {
  std::multiset<std::uint32_t> served;
  for (const auto& block : blocks) {
    CHECK(allowed(block, limits));
    const Block tight = around(block.needs);
    CHECK(block.address == tight.address);
    CHECK(block.count == tight.count);
    for (const auto& value : block.needs) {
      served.insert(value.index);
      CHECK(value.function == block.function);
    }
    CHECK(std::is_sorted(block.needs.begin(), block.needs.end(),
                         [](const Need& a, const Need& b) { return a.address < b.address; }));
  }
  CHECK(served.size() == needs.size());
  for (const auto& value : needs) CHECK(served.count(value.index) == 1);
}

}  // namespace

TEST_CASE("values side by side share a request and a value is never split") {
  const auto blocks = plan_blocks({need(0, 2, 0), need(2, 2, 1), need(4, 4, 2)}, {.max_regs = 6});
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].count == 4);
  CHECK(blocks[1].address == 4);
  CHECK(blocks[1].count == 4);
}

TEST_CASE("a value nested in a longer one does not shorten the block") {
  const auto blocks = plan_blocks({need(102, 2, 1), need(100, 8, 0)}, {.max_regs = 125});
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].address == 100);
  CHECK(blocks[0].count == 8);
}

TEST_CASE("a hole is bridged up to the device's limit and no further") {
  CHECK(plan_blocks({need(0, 1, 0), need(5, 1, 1)}, {.max_gap = 4}).size() == 1);
  CHECK(plan_blocks({need(0, 1, 0), need(5, 1, 1)}, {.max_gap = 3}).size() == 2);
}

TEST_CASE("different functions never share a request") {
  CHECK(plan_blocks({need(0, 1, 0), need(1, 1, 1, ReadFunction::input_registers)}, {.max_gap = 9}).size() == 2);
}

TEST_CASE("a value wider than the limit is asked for alone and whole") {
  const auto blocks = plan_blocks({need(0, 2, 0), need(2, 20, 1), need(22, 2, 2)}, {.max_regs = 8});
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[1].address == 2);
  CHECK(blocks[1].count == 20);
}

TEST_CASE("no limit of a device lets a request pass what an answer can carry") {
  const auto blocks = plan_blocks({need(0, 100, 0), need(100, 100, 1)}, {.max_regs = 60000});
  CHECK(blocks.size() == 2);
}

TEST_CASE("the last register of the address space can be asked for") {
  const auto blocks = plan_blocks({need(65534, 2, 0), need(65535, 1, 1)}, {.max_regs = 125, .max_gap = 65535});
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].address == 65534);
  CHECK(blocks[0].count == 2);
}

TEST_CASE("nothing needed means nothing asked") { CHECK(plan_blocks({}, {}).empty()); }

TEST_CASE("random values are each in one block within the limits, and no fewer blocks would do") {
  std::mt19937 random{20240607};
  const auto between = [&](unsigned low, unsigned high) {
    return std::uniform_int_distribution<unsigned>{low, high}(random);
  };
  for (int round = 0; round < 3000; ++round) {
    const BlockLimits limits{.max_regs = static_cast<std::uint16_t>(between(1, 12)),
                             .max_gap = static_cast<std::uint16_t>(between(0, 4))};
    std::vector<Need> needs;
    const unsigned count = between(1, 7);
    for (unsigned i = 0; i < count; ++i) {
      needs.push_back(need(between(0, 24), between(1, between(1, 14)), i,
                           between(0, 5) == 0 ? ReadFunction::input_registers : ReadFunction::holding_registers));
    }
    const auto blocks = plan_blocks(needs, limits);
    check_invariants(needs, blocks, limits);
    std::vector<std::vector<Need>> groups;
    CHECK(blocks.size() == fewest(needs, limits, groups, 0, needs.size() + 1));
  }
}

TEST_CASE("many random values hold every limit") {
  std::mt19937 random{7};
  const auto between = [&](unsigned low, unsigned high) {
    return std::uniform_int_distribution<unsigned>{low, high}(random);
  };
  for (int round = 0; round < 100; ++round) {
    const BlockLimits limits{.max_regs = static_cast<std::uint16_t>(between(4, 125)),
                             .max_gap = static_cast<std::uint16_t>(between(0, 20))};
    std::vector<Need> needs;
    for (unsigned i = 0; i < 300; ++i) needs.push_back(need(between(0, 3000), between(1, 8), i));
    check_invariants(needs, plan_blocks(needs, limits), limits);
  }
}

TEST_CASE("a refused block is cut at its largest hole") {
  const auto blocks = plan_blocks({need(0, 2, 0), need(3, 2, 1), need(9, 2, 2)}, {.max_gap = 10});
  REQUIRE(blocks.size() == 1);
  const auto parts = take_apart(blocks[0]);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].count == 5);
  CHECK(parts[1].address == 9);
  CHECK(parts[1].count == 2);
}

TEST_CASE("a refused block without a hole is cut in the middle of its values") {
  const auto blocks = plan_blocks({need(0, 1, 0), need(1, 1, 1), need(2, 1, 2), need(3, 1, 3)}, {});
  const auto parts = take_apart(blocks.at(0));
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].needs.size() == 2);
  CHECK(parts[1].needs.size() == 2);
}

TEST_CASE("one value, and flags of one register, cannot be taken apart") {
  CHECK(take_apart(plan_blocks({need(5, 4, 0)}, {}).at(0)).size() == 1);
  const auto flags = plan_blocks({need(5, 1, 0), need(5, 1, 1), need(5, 1, 2)}, {});
  REQUIRE(flags.size() == 1);
  CHECK(take_apart(flags[0]).size() == 1);
}

TEST_CASE("taking apart again and again ends with every value in a block of its own registers") {
  std::mt19937 random{99};
  const auto between = [&](unsigned low, unsigned high) {
    return std::uniform_int_distribution<unsigned>{low, high}(random);
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Need> needs;
    for (unsigned i = 0; i < 20; ++i) needs.push_back(need(between(0, 40), between(1, 6), i));
    auto open = plan_blocks(needs, {.max_regs = 125, .max_gap = 40});
    std::size_t served = 0;
    while (!open.empty()) {
      const Block block = open.back();
      open.pop_back();
      const auto parts = take_apart(block);
      if (parts.size() == 1) {
        for (const auto& value : block.needs) CHECK((value.address == block.address && value.words == block.count));
        served += block.needs.size();
        continue;
      }
      REQUIRE(parts.size() == 2);
      CHECK(parts[0].needs.size() + parts[1].needs.size() == block.needs.size());
      for (const auto& part : parts) {
        CHECK(part.count == around(part.needs).count);
        open.push_back(part);
      }
    }
    CHECK(served == needs.size());
  }
}

}  // namespace pue::modbus
