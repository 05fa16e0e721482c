// Whatever a BMC sends as a record, a reading, factors or a DCMI answer: it is decoded within its bytes, names are
// UTF-8 in one line, and numbers are finite.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "collectors/ipmi/dcmi.h"
#include "collectors/ipmi/device_id.h"
#include "collectors/ipmi/sdr.h"
#include "collectors/ipmi/sensor_reading.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

void check_number(const pue::ipmi::Conversion& conversion, std::uint8_t raw) {
  if (const auto value = conversion.apply(raw)) must(std::isfinite(*value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pue::ipmi;
  const std::span<const std::uint8_t> bytes{data, size};
  if (const auto sensor = parse_sensor_record(bytes)) {
    for (const char c : sensor->name) must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    must(sensor->name.size() <= 62);
    for (unsigned raw = 0; raw < 256; ++raw) check_number(sensor->conversion, static_cast<std::uint8_t>(raw));
    if (const auto factors = parse_factors(bytes, sensor->conversion)) check_number(*factors, data[0]);
  }
  if (const auto power = parse_dcmi_power(bytes)) must(power->current >= pue::Watts{0});
  if (const auto temperatures = parse_dcmi_temperatures(bytes)) {
    if (const auto warmest = temperatures->warmest()) must(std::abs(warmest->value()) <= 127);
  }
  if (const auto identity = parse_device_id(bytes)) must(identity->manufacturer < (1U << 20U));
  (void)parse_dcmi_power_capability(bytes);
  Answer answer;
  answer.size = static_cast<std::uint8_t>(std::min(size, Answer::k_most_data));
  std::copy_n(data, answer.size, answer.bytes.begin());
  const auto reading = parse_sensor_reading(answer);
  must(reading.has_value() || answer.size < 2 || (data[1] & 0x60U) != 0x40);
  return 0;
}
