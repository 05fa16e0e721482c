#include "collectors/ipmi/sensor_reading.h"

#include "collectors/ipmi/completion.h"

namespace pue::ipmi {

tl::expected<RawReading, NoReading> parse_sensor_reading(const Answer& answer) {
  switch (meaning_of(answer.completion_code)) {
    case Completion::ok:
      break;
    case Completion::transient:
    case Completion::too_long:
    case Completion::lost:
      return tl::unexpected(NoReading::busy);
    case Completion::absent:
      return tl::unexpected(NoReading::absent);
    case Completion::forbidden:
      return tl::unexpected(NoReading::forbidden);
    case Completion::refused:
      return tl::unexpected(NoReading::malformed);
  }
  constexpr std::uint8_t scanning = 0x40;
  constexpr std::uint8_t unavailable = 0x20;
  const auto data = answer.data();
  if (data.size() < 2) return tl::unexpected(NoReading::malformed);
  if ((data[1] & unavailable) != 0) return tl::unexpected(NoReading::unavailable);
  if ((data[1] & scanning) == 0) return tl::unexpected(NoReading::not_scanning);
  RawReading reading{.value = data[0]};
  if (data.size() > 2) reading.states = data[2];
  if (data.size() > 3) reading.states = static_cast<std::uint16_t>(reading.states | (data[3] & 0x7FU) << 8U);
  return reading;
}

}  // namespace pue::ipmi
