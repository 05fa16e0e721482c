#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collectors/modbus/reader.h"
#include "collectors/profiles/profile.h"

namespace pue::modbus {

/// Registers one value needs: which function, where, how many.
struct Need {
  ReadFunction function = ReadFunction::holding_registers;
  std::uint16_t address = 0;
  std::uint16_t words = 1;
  std::uint32_t index = 0;  ///< the caller's own number of the point
};

/// One request and the needs it serves.
struct Block {
  ReadFunction function = ReadFunction::holding_registers;
  std::uint16_t address = 0;
  std::uint16_t count = 0;
  std::vector<Need> needs;  ///< by address; each lies wholly inside the block
};

struct BlockLimits {
  std::uint16_t max_regs = 125;  ///< most registers in one request
  std::uint16_t max_gap = 0;     ///< most unused registers bridged between two values
};

/// The fewest requests that serve all needs within the limits. Never splits a value; overlapping and nested values
/// share a block. A need wider than `max_regs` gets a block of its own width, shared only by values inside it.
/// @param needs of at least one register each.
[[nodiscard]] std::vector<Block> plan_blocks(std::vector<Need> needs, BlockLimits limits);

/// Takes a refused block apart so that the bad register can be found: at its largest hole where it has one, else in
/// the middle of its values. Values in the very same registers (flags of one word) stay together.
/// @return two blocks; one, equal to `block`, when it serves a single value or a single set of registers.
[[nodiscard]] std::vector<Block> take_apart(const Block& block);

}  // namespace pue::modbus
