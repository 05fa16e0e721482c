#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace pue::ipmi {

/// How a sensor's byte becomes a number (IPMI 2.0, 36.3): L[(M x + B 10^b) 10^r].
struct Conversion {
  enum class Format : std::uint8_t { unsigned_, ones_complement, twos_complement, none };

  std::int16_t m = 0;  ///< 10 bits
  std::int16_t b = 0;  ///< 10 bits
  std::int8_t b_exponent = 0;
  std::int8_t r_exponent = 0;
  std::uint8_t linearization = 0;  ///< table 43-1, byte 24: 0 linear ... 11 cube root, from 0x70 on not linear
  Format format = Format::none;

  /// @return whether M, B and the exponents hold for one reading only and have to be asked for.
  [[nodiscard]] bool is_non_linear() const { return linearization >= 0x70; }
  /// @return nothing where the sensor gives no number, or the formula none: the logarithm of 0, 1/0.
  [[nodiscard]] std::optional<double> apply(std::uint8_t raw) const;
};

/// @param data of the answer to get_sensor_reading_factors() (35.5).
/// @return `sensor` with the factors for the reading that was asked about.
[[nodiscard]] std::optional<Conversion> parse_factors(std::span<const std::uint8_t> data, const Conversion& sensor);

/// What a sensor's number is, as far as it concerns us; anything else is `other`.
enum class SensorUnit : std::uint8_t { other, celsius, fahrenheit, kelvin, watts, revolutions_per_minute };

/// @return `value` in SI units, temperatures in degrees Celsius.
[[nodiscard]] double in_si_unit(double value, SensorUnit unit);

/// A sensor as its record describes it: full (type 0x01, table 43-1) or compact (0x02, table 43-2). A compact one has
/// no number, just states.
struct SensorRecord {
  enum class Direction : std::uint8_t { unknown, input, output };

  std::uint16_t id = 0;
  std::uint8_t owner = 0;            ///< 0x20: the BMC itself
  std::uint8_t lun = 0;              ///< of the owner
  std::uint8_t number = 0;           ///< entity, instance and number tell one sensor from another; the name does not
  std::uint8_t entity = 0;           ///< table 43-13: 10 power supply, 7 board, 0x37 air inlet ...
  std::uint8_t entity_instance = 0;  ///< without the bit of a logical entity
  std::uint8_t sensor_type = 0;      ///< table 42-3
  std::uint8_t reading_type = 0;     ///< table 42-1: 1 a number with thresholds, 0x6F states of its own
  Direction direction = Direction::unknown;
  SensorUnit unit = SensorUnit::other;
  Conversion conversion;
  std::string name;  ///< UTF-8 without control characters
};

/// The first five bytes of a record.
struct RecordHeader {
  static constexpr std::size_t k_size = 5;

  std::uint16_t id = 0;
  std::uint8_t type = 0;
  std::uint8_t length = 0;  ///< of what follows

  [[nodiscard]] bool is_sensor() const { return type == 0x01 || type == 0x02; }
};
[[nodiscard]] std::optional<RecordHeader> parse_record_header(std::span<const std::uint8_t> record);

/// @param record with its header. May be shorter than it says: names are cut short by some BMCs.
/// @return nothing if it is no sensor record, or too short to know the sensor.
[[nodiscard]] std::optional<SensorRecord> parse_sensor_record(std::span<const std::uint8_t> record);

/// @param type_length the byte before it (43.15); @param bytes at least as many as that says, else what there is.
/// @return the name in UTF-8, from 8-bit text (Latin-1 or UTF-8), packed 6-bit ASCII, BCD plus or Unicode.
[[nodiscard]] std::string sensor_name(std::uint8_t type_length, std::span<const std::uint8_t> bytes);

}  // namespace pue::ipmi
