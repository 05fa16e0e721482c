#include "collectors/ipmi/sdr.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace pue::ipmi {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Places in a record, from 0; the tables of the specification count from 1.
constexpr std::size_t k_owner = 5;
constexpr std::size_t k_lun = 6;
constexpr std::size_t k_number = 7;
constexpr std::size_t k_entity = 8;
constexpr std::size_t k_instance = 9;
constexpr std::size_t k_sensor_type = 12;
constexpr std::size_t k_reading_type = 13;
constexpr std::size_t k_units = 20;
constexpr std::size_t k_linearization = 23;
constexpr std::size_t k_factors = 24;
constexpr std::size_t k_full_direction = 28;
constexpr std::size_t k_full_name = 47;
constexpr std::size_t k_compact_direction = 23;
constexpr std::size_t k_compact_name = 31;

/// Two's complement of `bits` bits.
constexpr int signed_of(unsigned value, unsigned bits) {
  const int sign = 1 << (bits - 1U);
  return (static_cast<int>(value) ^ sign) - sign;
}

/// M, B and the exponents from the six bytes that a full record and Get Sensor Reading Factors share.
Conversion with_factors(Conversion conversion, Bytes bytes) {
  conversion.m = static_cast<std::int16_t>(signed_of(bytes[0] | (bytes[1] & 0xC0U) << 2U, 10));
  conversion.b = static_cast<std::int16_t>(signed_of(bytes[2] | (bytes[3] & 0xC0U) << 2U, 10));
  conversion.r_exponent = static_cast<std::int8_t>(signed_of(bytes[5] >> 4U, 4));
  conversion.b_exponent = static_cast<std::int8_t>(signed_of(bytes[5] & 0x0FU, 4));
  return conversion;
}

double raw_number(std::uint8_t raw, Conversion::Format format) {
  if (format == Conversion::Format::unsigned_) return raw;
  if (format == Conversion::Format::twos_complement) return signed_of(raw, 8);
  const bool negative = (raw & 0x80U) != 0;
  return negative ? -static_cast<double>(static_cast<std::uint8_t>(~raw)) : raw;
}

double linearized(double x, std::uint8_t linearization) {
  switch (linearization) {
    case 1:
      return std::log(x);
    case 2:
      return std::log10(x);
    case 3:
      return std::log2(x);
    case 4:
      return std::exp(x);
    case 5:
      return std::pow(10.0, x);
    case 6:
      return std::exp2(x);
    case 7:
      return 1.0 / x;
    case 8:
      return x * x;
    case 9:
      return x * x * x;
    case 10:
      return std::sqrt(x);
    case 11:
      return std::cbrt(x);
    default:
      return x;
  }
}

/// A plain base unit: no percentage, no rate, no product or quotient with a second unit.
SensorUnit unit_of(Bytes units) {
  if ((units[0] & 0x3FU) != 0) return SensorUnit::other;
  switch (units[1]) {
    case 1:
      return SensorUnit::celsius;
    case 2:
      return SensorUnit::fahrenheit;
    case 3:
      return SensorUnit::kelvin;
    case 6:
      return SensorUnit::watts;
    case 18:
      return SensorUnit::revolutions_per_minute;
    default:
      return SensorUnit::other;
  }
}

SensorRecord::Direction direction_of(unsigned bits) {
  if (bits == 1) return SensorRecord::Direction::input;
  if (bits == 2) return SensorRecord::Direction::output;
  return SensorRecord::Direction::unknown;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return;
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0U | point >> 6U);
    out += static_cast<char>(0x80U | (point & 0x3FU));
  } else {
    out += static_cast<char>(0xE0U | point >> 12U);
    out += static_cast<char>(0x80U | (point >> 6U & 0x3FU));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  }
}

/// @return the code point of the UTF-8 sequence of two or three bytes at the front, and its length; length 0 if there
/// is none. Longer ones have no place in a name of 31 bytes that is meant to be Latin-1.
std::pair<std::uint32_t, std::size_t> utf8_sequence(Bytes bytes) {
  const auto more = [&](std::size_t at) { return at < bytes.size() && (bytes[at] & 0xC0U) == 0x80; };
  const auto low = [&](std::size_t at) { return bytes[at] & 0x3FU; };
  if (bytes[0] >= 0xC2 && bytes[0] < 0xE0 && more(1)) return {(bytes[0] & 0x1FU) << 6U | low(1), 2};
  if (bytes[0] >= 0xE0 && bytes[0] < 0xF0 && more(1) && more(2)) {
    const auto point = (bytes[0] & 0x0FU) << 12U | low(1) << 6U | low(2);
    if (point >= 0x800 && (point < 0xD800 || point > 0xDFFF)) return {point, 3};
  }
  return {0, 0};
}

std::string from_8_bit(Bytes bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    if (bytes[i] == 0) break;  // some BMCs fill up with zeros
    const auto [point, length] = utf8_sequence(bytes.subspan(i));
    append_utf8(out, length > 0 ? point : bytes[i]);
    i += length > 0 ? length : 1;
  }
  return out;
}

std::string from_6_bit(Bytes bytes) {
  std::string out;
  unsigned held = 0;
  unsigned bits = 0;
  for (const auto byte : bytes) {
    held |= static_cast<unsigned>(byte) << bits;
    bits += 8;
    for (; bits >= 6; bits -= 6, held >>= 6U) out += static_cast<char>(0x20U + (held & 0x3FU));
  }
  return out;
}

std::string from_bcd(Bytes bytes) {
  constexpr std::string_view digits = "0123456789 -.:,_";
  std::string out;
  for (const auto byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
  }
  return out;
}

/// The specification says "Unicode" and no more. Every second byte zero is UTF-16 in one order or the other; else it
/// is read as 8-bit text, which takes UTF-8.
std::string from_unicode(Bytes bytes) {
  const auto zero_at = [&](std::size_t first) {
    for (std::size_t i = first; i < bytes.size(); i += 2) {
      if (bytes[i] != 0) return false;
    }
    return true;
  };
  if (bytes.size() < 2 || bytes.size() % 2 != 0 || (!zero_at(0) && !zero_at(1))) return from_8_bit(bytes);
  std::string out;
  for (std::size_t i = zero_at(1) ? 0 : 1; i < bytes.size(); i += 2) append_utf8(out, bytes[i]);
  return out;
}

}  // namespace

std::optional<double> Conversion::apply(std::uint8_t raw) const {
  if (format == Format::none || (linearization > 11 && !is_non_linear())) return std::nullopt;
  const double x = raw_number(raw, format);
  const double line = (m * x + b * std::pow(10.0, b_exponent)) * std::pow(10.0, r_exponent);
  const double value = linearized(line, linearization);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<Conversion> parse_factors(Bytes data, const Conversion& sensor) {
  if (data.size() < 7) return std::nullopt;
  return with_factors(sensor, data.subspan(1));
}

double in_si_unit(double value, SensorUnit unit) {
  if (unit == SensorUnit::fahrenheit) return (value - 32.0) / 1.8;
  if (unit == SensorUnit::kelvin) return value - 273.15;
  return value;
}

std::optional<RecordHeader> parse_record_header(Bytes record) {
  if (record.size() < RecordHeader::k_size) return std::nullopt;
  return RecordHeader{
      .id = static_cast<std::uint16_t>(record[0] | record[1] << 8U), .type = record[3], .length = record[4]};
}

std::optional<SensorRecord> parse_sensor_record(Bytes record) {
  const auto header = parse_record_header(record);
  if (!header || !header->is_sensor()) return std::nullopt;
  record = record.first(std::min(record.size(), RecordHeader::k_size + header->length));
  const bool full = header->type == 0x01;
  const auto name_at = full ? k_full_name : k_compact_name;
  const auto least = full ? k_factors + 6 : k_compact_direction + 1;
  if (record.size() < least) return std::nullopt;

  SensorRecord sensor;
  sensor.id = header->id;
  sensor.owner = record[k_owner];
  sensor.lun = record[k_lun] & 0x03U;
  sensor.number = record[k_number];
  sensor.entity = record[k_entity];
  sensor.entity_instance = record[k_instance] & 0x7FU;
  sensor.sensor_type = record[k_sensor_type];
  sensor.reading_type = record[k_reading_type] & 0x7FU;
  if (full) {
    sensor.direction = direction_of(record[k_full_direction] & 0x03U);
    sensor.unit = unit_of(record.subspan(k_units));
    sensor.conversion.format = static_cast<Conversion::Format>(record[k_units] >> 6U);
    sensor.conversion.linearization = record[k_linearization] & 0x7FU;
    sensor.conversion = with_factors(sensor.conversion, record.subspan(k_factors));
  } else {
    sensor.direction = direction_of(record[k_compact_direction] >> 6U);
  }
  if (record.size() > name_at) sensor.name = sensor_name(record[name_at], record.subspan(name_at + 1));
  return sensor;
}

std::string sensor_name(std::uint8_t type_length, Bytes bytes) {
  bytes = bytes.first(std::min<std::size_t>(bytes.size(), type_length & 0x1FU));
  std::string name;
  switch (type_length >> 6U) {
    case 0:
      name = from_unicode(bytes);
      break;
    case 1:
      name = from_bcd(bytes);
      break;
    case 2:
      name = from_6_bit(bytes);
      break;
    default:
      name = from_8_bit(bytes);
      break;
  }
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name;
}

}  // namespace pue::ipmi
