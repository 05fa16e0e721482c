#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace pue::ipmi {

/// Network function of a request (IPMI 2.0, table 5-1); the answer carries the next odd one.
enum class NetworkFunction : std::uint8_t {
  sensor_event = 0x04,
  application = 0x06,
  storage = 0x0A,
  group_extension = 0x2C,
};

/// A command for a BMC. It can be made by the functions below alone, and those only read: nothing here changes a state
/// of the hardware. Setting the privilege of the own session and closing it are the two that concern the session.
class Request {
 public:
  static constexpr std::size_t k_most_data = 6;

  [[nodiscard]] NetworkFunction function() const { return function_; }
  [[nodiscard]] std::uint8_t command() const { return command_; }
  [[nodiscard]] std::span<const std::uint8_t> data() const { return std::span{data_}.first(size_); }
  /// @return whether sending it twice does no harm. A second reservation makes the first one void.
  [[nodiscard]] bool repeatable() const { return repeatable_; }

 private:
  Request(NetworkFunction function, std::uint8_t command, std::initializer_list<std::uint8_t> data,
          bool repeatable = true)
      : function_(function), command_(command), size_(static_cast<std::uint8_t>(data.size())), repeatable_(repeatable) {
    std::copy(data.begin(), data.end(), data_.begin());
  }

  friend Request get_device_id();
  friend Request get_channel_authentication_capabilities(std::uint8_t privilege);
  friend Request set_session_privilege_level(std::uint8_t privilege);
  friend Request close_session(std::uint32_t session_id);
  friend Request get_dcmi_capabilities(std::uint8_t parameter);
  friend Request get_dcmi_power_reading();
  friend Request get_dcmi_inlet_temperature();
  friend Request get_sdr_repository_info();
  friend Request reserve_sdr_repository();
  friend Request get_sdr(std::uint16_t reservation, std::uint16_t record, std::uint8_t offset, std::uint8_t count);
  friend Request get_device_sdr_info();
  friend Request reserve_device_sdr_repository();
  friend Request get_device_sdr(std::uint16_t reservation, std::uint16_t record, std::uint8_t offset,
                                std::uint8_t count);
  friend Request get_sensor_reading(std::uint8_t sensor);
  friend Request get_sensor_reading_factors(std::uint8_t sensor, std::uint8_t reading);

  NetworkFunction function_;
  std::uint8_t command_;
  std::uint8_t size_;
  bool repeatable_;
  std::array<std::uint8_t, k_most_data> data_{};
};

// Sections are those of "Intelligent Platform Management Interface Specification, Second Generation, v2.0, rev. 1.1"
// and of "Data Center Manageability Interface Specification v1.5, rev. 1.0".

/// 20.1
[[nodiscard]] Request get_device_id();
/// 22.13, asked for IPMI 2.0 data of the channel in use.
[[nodiscard]] Request get_channel_authentication_capabilities(std::uint8_t privilege);
/// 22.18
[[nodiscard]] Request set_session_privilege_level(std::uint8_t privilege);
/// 22.19
[[nodiscard]] Request close_session(std::uint32_t session_id);
/// DCMI 6.1.1
[[nodiscard]] Request get_dcmi_capabilities(std::uint8_t parameter);
/// DCMI 6.6.1, mode "system power statistics"
[[nodiscard]] Request get_dcmi_power_reading();
/// DCMI 6.7.3, entity 0x40 (inlet), its first instance on
[[nodiscard]] Request get_dcmi_inlet_temperature();
/// 33.9
[[nodiscard]] Request get_sdr_repository_info();
/// 33.11
[[nodiscard]] Request reserve_sdr_repository();
/// 33.12
[[nodiscard]] Request get_sdr(std::uint16_t reservation, std::uint16_t record, std::uint8_t offset, std::uint8_t count);
/// 35.2
[[nodiscard]] Request get_device_sdr_info();
/// 35.4
[[nodiscard]] Request reserve_device_sdr_repository();
/// 35.3
[[nodiscard]] Request get_device_sdr(std::uint16_t reservation, std::uint16_t record, std::uint8_t offset,
                                     std::uint8_t count);
/// 35.14
[[nodiscard]] Request get_sensor_reading(std::uint8_t sensor);
/// 35.5
[[nodiscard]] Request get_sensor_reading_factors(std::uint8_t sensor, std::uint8_t reading);

}  // namespace pue::ipmi
