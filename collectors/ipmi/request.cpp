#include "collectors/ipmi/request.h"

namespace pue::ipmi {
namespace {

constexpr std::uint8_t k_dcmi_group = 0xDC;
constexpr std::uint8_t k_this_channel = 0x0E;
constexpr std::uint8_t k_ipmi_2_data = 0x80;

constexpr std::uint8_t low(std::uint32_t word) { return static_cast<std::uint8_t>(word & 0xFF); }
constexpr std::uint8_t high(std::uint32_t word) { return low(word >> 8U); }

}  // namespace

Request get_device_id() { return {NetworkFunction::application, 0x01, {}}; }

Request get_channel_authentication_capabilities(std::uint8_t privilege) {
  return {NetworkFunction::application, 0x38, {k_ipmi_2_data | k_this_channel, privilege}};
}

Request set_session_privilege_level(std::uint8_t privilege) {
  return {NetworkFunction::application, 0x3B, {privilege}};
}

Request close_session(std::uint32_t session_id) {
  return {NetworkFunction::application,
          0x3C,
          {low(session_id), high(session_id), low(session_id >> 16U), low(session_id >> 24U)}};
}

Request get_dcmi_capabilities(std::uint8_t parameter) {
  return {NetworkFunction::group_extension, 0x01, {k_dcmi_group, parameter}};
}

Request get_dcmi_power_reading() { return {NetworkFunction::group_extension, 0x02, {k_dcmi_group, 0x01, 0x00, 0x00}}; }

Request get_dcmi_inlet_temperature() {
  constexpr std::uint8_t temperature = 0x01;
  constexpr std::uint8_t inlet = 0x40;
  return {NetworkFunction::group_extension, 0x10, {k_dcmi_group, temperature, inlet, 0x00, 0x01}};
}

Request get_sdr_repository_info() { return {NetworkFunction::storage, 0x20, {}}; }

Request reserve_sdr_repository() { return {NetworkFunction::storage, 0x22, {}, false}; }

Request get_sdr(std::uint16_t reservation, std::uint16_t record, std::uint8_t offset, std::uint8_t count) {
  return {
      NetworkFunction::storage, 0x23, {low(reservation), high(reservation), low(record), high(record), offset, count}};
}

Request get_device_sdr_info() { return {NetworkFunction::sensor_event, 0x20, {}}; }

Request reserve_device_sdr_repository() { return {NetworkFunction::sensor_event, 0x22, {}, false}; }

Request get_device_sdr(std::uint16_t reservation, std::uint16_t record, std::uint8_t offset, std::uint8_t count) {
  return {NetworkFunction::sensor_event,
          0x21,
          {low(reservation), high(reservation), low(record), high(record), offset, count}};
}

Request get_sensor_reading(std::uint8_t sensor) { return {NetworkFunction::sensor_event, 0x2D, {sensor}}; }

Request get_sensor_reading_factors(std::uint8_t sensor, std::uint8_t reading) {
  return {NetworkFunction::sensor_event, 0x23, {sensor, reading}};
}

}  // namespace pue::ipmi
