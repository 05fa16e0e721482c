// Whatever a profile's file contains: it is refused with a place and a message, or every point of it can be planned
// and decoded from any registers.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "collectors/modbus/block_planner.h"
#include "collectors/modbus/decoder.h"
#include "collectors/profiles/profile_loader.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto profile = pue::profiles::load_profile({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!profile) {
    must(!describe(profile.error()).empty());
    return 0;
  }
  std::vector<pue::modbus::Need> needs;
  for (const auto& point : profile->points) {
    must(point.words > 0 && point.address + point.words <= 65536);
    needs.push_back({pue::modbus::ReadFunction::holding_registers, point.address, point.words,
                     static_cast<std::uint32_t>(needs.size())});
    for (const unsigned pattern : {0x0000U, 0xFFFFU, 0x7FC0U, 0x7F80U, 0x9999U}) {
      const std::vector<std::uint16_t> words(point.words, static_cast<std::uint16_t>(pattern));
      const auto reading = pue::modbus::decode(point, words);
      must(reading.quality != pue::SampleQuality::good || std::isfinite(reading.value));
    }
  }
  std::size_t served = 0;
  for (const auto& block : pue::modbus::plan_blocks(needs, {profile->max_regs, profile->max_gap})) {
    for (const auto& need : block.needs) {
      must(need.address >= block.address && need.address + need.words <= block.address + block.count);
    }
    served += block.needs.size();
  }
  must(served == needs.size());
  return 0;
}
