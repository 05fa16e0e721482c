#include "plant/ipmi/bmc.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace pue::plant::ipmi {
namespace {

constexpr unsigned k_busy = 0xC0;
constexpr unsigned k_unknown = 0xC1;
constexpr unsigned k_reservation_lost = 0xC5;
constexpr unsigned k_too_short = 0xC7;
constexpr unsigned k_out_of_range = 0xC9;
constexpr unsigned k_too_many_bytes = 0xCA;
constexpr unsigned k_absent = 0xCB;
constexpr unsigned k_dcmi = 0xDC;

Bytes code(unsigned completion) { return {static_cast<std::uint8_t>(completion)}; }

/// Whether a command of appendix G, or one of DCMI, leaves everything as it was. A reservation does.
bool only_reads(const Command& command) {
  const auto is_one_of = [&](std::initializer_list<std::uint8_t> commands) {
    return std::ranges::find(commands, command.command) != commands.end();
  };
  switch (command.function) {
    case 0x00:  // chassis: capabilities, status, system boot options, POH counter
      return is_one_of({0x00, 0x01, 0x09, 0x0F});
    case 0x04:
      return is_one_of({0x20, 0x21, 0x22, 0x23, 0x25, 0x27, 0x29, 0x2B, 0x2D, 0x2F});
    case 0x06:
      return is_one_of({0x01, 0x04, 0x07, 0x08, 0x25, 0x2F, 0x37, 0x38, 0x41, 0x42, 0x44, 0x46, 0x4D, 0x54, 0x59});
    case 0x0A:
      return is_one_of({0x10, 0x11, 0x20, 0x21, 0x22, 0x23, 0x28, 0x40, 0x41, 0x42, 0x43, 0x48, 0x5A});
    case 0x2C:
      return is_one_of({0x01, 0x02, 0x03, 0x06, 0x07, 0x09, 0x0C, 0x10, 0x13});
    default:
      return false;
  }
}

/// A gentle curve, so that the factors of a non-linear sensor differ from raw value to raw value: y = raw - raw^2 /
/// 1000.
double curve(unsigned raw) { return raw - raw * raw / 1000.0; }

}  // namespace

Bmc::Bmc(std::string name, const Vendor& vendor) : name_(std::move(name)), vendor_(&vendor) {}

double Bmc::measured(const Sensor& sensor) const {
  switch (sensor.measures) {
    case Measures::inlet_temperature:
      return readings_.inlet_celsius;
    case Measures::processor_temperature:
      return readings_.inlet_celsius + 20.0 + readings_.watts / 20.0;
    case Measures::supply_input: {
      const auto supplies = std::ranges::count(vendor_->sensors, Measures::supply_input, &Sensor::measures);
      return readings_.watts * vendor_->nodes_on_supplies / static_cast<double>(std::max<std::ptrdiff_t>(supplies, 1));
    }
    case Measures::system_power:
      return readings_.watts;
    case Measures::fan_speed:
      return 4000.0 + 10.0 * readings_.watts + 80.0 * sensor.instance;
  }
  return 0.0;
}

double Bmc::value_of(const Sensor& sensor) const {
  if (sensor.non_linear) {
    unsigned raw = 0;
    while (raw < 255 && curve(raw) < measured(sensor)) ++raw;
    return curve(raw);
  }
  const double raw = sensor.raw_of(measured(sensor));
  return (sensor.m * raw + sensor.b * std::pow(10.0, sensor.b_exponent)) * std::pow(10.0, sensor.exponent);
}

const Sensor* Bmc::sensor(std::uint8_t number) const {
  const auto found = std::ranges::find(vendor_->sensors, number, &Sensor::number);
  return found == vendor_->sensors.end() ? nullptr : &*found;
}

void Bmc::change_sensors() {
  ++extra_sensors_;
  changed_at_ += 60;
  ++reservation_;
}

void Bmc::restart() {
  reservation_ = 0;
  asked_for_power_ = false;
}

Bytes Bmc::answer(const Command& command) {
  ++commands_;
  if (!only_reads(command)) ++change_attempts_;
  switch (command.function) {
    case 0x00:  // chassis: its status is all there is to read
      if (command.command == 0x01) return {0x00, 0x01, 0x00, 0x00, 0x00};
      break;
    case 0x04:
      return sensor_event(command);
    case 0x06:
      return application(command);
    case 0x0A:
      return storage(command);
    case 0x2C:
      return group(command);
    default:
      break;
  }
  return code(k_unknown);
}

Bytes Bmc::application(const Command& command) {
  Bytes out{0x00};
  switch (command.command) {
    case 0x01:  // Get Device ID (20.1): sensor device and SDR repository
      append(out, {0x20, vendor_->device_sdrs ? 0x81U : 0x01U, 0x02, 0x15, 0x02, vendor_->device_sdrs ? 0x01U : 0x03U});
      append_little(out, vendor_->manufacturer, 3);
      append_little(out, vendor_->product, 2);
      append(out, {0, 0, 0, 0});
      return out;
    case 0x37:  // Get System GUID
      append(out, Bytes(16, 0x5A));
      return out;
    default:
      return code(k_unknown);
  }
}

Bytes Bmc::sensor_event(const Command& command) {
  if (vendor_->device_sdrs && command.command <= 0x22) return device_records(command);
  if (command.command != 0x2D && command.command != 0x23 && command.command != 0x27) return code(k_unknown);
  if (command.data.empty()) return code(k_too_short);
  if (busy_) return code(k_busy);
  const auto* found = sensor(command.data[0]);
  if (found == nullptr) return code(k_absent);
  Bytes out{0x00};
  if (command.command == 0x27) {  // Get Sensor Thresholds: there are none
    append(out, {0, 0, 0, 0, 0, 0, 0});
  } else if (command.command == 0x2D) {  // Get Sensor Reading (35.14)
    unsigned raw = found->raw_of(measured(*found));
    if (found->non_linear) {
      raw = 0;
      while (raw < 255 && curve(raw) < measured(*found)) ++raw;
    }
    append(out, {raw, 0xC0, 0x00, 0x00});
  } else {  // Get Sensor Reading Factors (35.5): the straight line through this point of the curve
    if (command.data.size() < 2) return code(k_too_short);
    const unsigned raw = command.data[1];
    // y = (M x + B 10^k1) 10^k2, here (100 x + B) / 100; ten bits hold B for raw values up to 71
    constexpr int m = 100;
    const auto b = static_cast<int>(std::lround((curve(raw) - raw) * 100.0));
    const auto ten_bits = [&](int value) {
      const auto bits = static_cast<unsigned>(value) & 0x3FFU;
      append(out, {bits & 0xFFU, (bits >> 2U) & 0xC0U});
    };
    append(out, {raw});
    ten_bits(m);
    ten_bits(b);
    append(out, {0x00, 0xE0});  // k2 = -2, k1 = 0
  }
  return out;
}

Bytes Bmc::record(std::size_t index) const {
  const auto& sensors = vendor_->sensors;
  const auto id = static_cast<std::uint16_t>(index + 1);
  if (index < sensors.size()) return sensors[index].record(id);
  Sensor extra{.number = static_cast<std::uint8_t>(0x80 + index), .name = "Extra Temp"};
  extra.measures = Measures::processor_temperature;
  return extra.record(id);
}

/// Records of the device's own (35.2 to 35.4)
Bytes Bmc::device_records(const Command& command) {
  Bytes out{0x00};
  switch (command.command) {
    case 0x20:  // sensors of logical unit 0, which may change
      append(out, {static_cast<unsigned>(records()), 0x81});
      append_little(out, changed_at_, 4);
      return out;
    case 0x21:
      return sdr_part(command.data);
    case 0x22:
      return new_reservation();
    default:
      return code(k_unknown);
  }
}

Bytes Bmc::new_reservation() {
  Bytes out{0x00};
  if (++reservation_ == 0) ++reservation_;
  append_little(out, reservation_, 2);
  return out;
}

Bytes Bmc::storage(const Command& command) {
  if (vendor_->device_sdrs) return code(k_unknown);
  Bytes out{0x00};
  switch (command.command) {
    case 0x20:  // Get SDR Repository Info (33.9)
      append(out, {0x51});
      append_little(out, static_cast<std::uint32_t>(records()), 2);
      append_little(out, 0xFFFF, 2);
      append_little(out, changed_at_, 4);
      append_little(out, changed_at_, 4);
      append(out, {0x02});
      return out;
    case 0x22:  // Reserve SDR Repository (33.11)
      return new_reservation();
    case 0x23:
      return sdr_part(command.data);
    default:
      return code(k_unknown);
  }
}

/// Get SDR (33.12) and Get Device SDR (35.3)
Bytes Bmc::sdr_part(View data) {
  if (data.size() < 6) return code(k_too_short);
  const auto reservation = little(data, 0, 2);
  const auto id = little(data, 2, 2);
  const std::size_t offset = data[4];
  const std::size_t count = data[5];
  if ((offset != 0 || reservation != 0) && reservation != reservation_) return code(k_reservation_lost);
  const std::size_t index = id == 0 ? 0 : id == 0xFFFF ? records() - 1 : id - 1;
  if (index >= records()) return code(k_absent);
  const auto whole = record(index);
  if (offset > whole.size()) return code(k_out_of_range);
  if (count != 0xFF && count > vendor_->most_sdr_bytes) return code(k_too_many_bytes);
  if (count == 0xFF && whole.size() - offset > vendor_->most_sdr_bytes) return code(k_too_many_bytes);
  Bytes out{0x00};
  append_little(out, index + 1 == records() ? 0xFFFF : static_cast<std::uint32_t>(index + 2), 2);
  append(out, View{whole}.subspan(offset, std::min(count, whole.size() - offset)));
  return out;
}

/// DCMI 1.5
Bytes Bmc::group(const Command& command) {
  if (command.data.empty() || command.data[0] != k_dcmi) return code(k_unknown);
  if (vendor_->power == DcmiPower::absent && !vendor_->dcmi_temperature) return code(k_unknown);
  Bytes out{0x00};
  append(out, {k_dcmi});
  switch (command.command) {
    case 0x01:  // Get DCMI Capabilities Info (6.1.1)
      if (command.data.size() < 2) return code(k_too_short);
      if (command.data[1] == 1) {
        append(out, {1, 5, 2, 0x00, 0x01, 0x07});
      } else if (command.data[1] == 5) {
        append(out, {1, 5, 2, 0x01, 0x01});
      } else {
        return code(k_out_of_range);
      }
      return out;
    case 0x02:
      if (command.data.size() < 2 || command.data[1] != 0x01) return code(k_out_of_range);
      return power_reading();
    case 0x10: {  // Get Temperature Readings (6.7.3)
      if (!vendor_->dcmi_temperature) return code(k_unknown);
      if (command.data.size() < 5) return code(k_too_short);
      if (command.data[2] != 0x40 && command.data[2] != 0x37) return code(k_out_of_range);
      const auto degrees = static_cast<int>(std::lround(readings_.inlet_celsius));
      append(out, {1, 1, static_cast<unsigned>(std::abs(degrees)) | (degrees < 0 ? 0x80U : 0U), 1});
      return out;
    }
    default:
      return code(k_unknown);
  }
}

/// Get Power Reading (6.6.1). Least, most and mean are over 1,000 s and differ from the present value.
Bytes Bmc::power_reading() {
  if (vendor_->power == DcmiPower::absent) return code(k_unknown);
  if (busy_) return code(k_busy);
  if (vendor_->power == DcmiPower::unready_at_first && !asked_for_power_) {
    asked_for_power_ = true;
    return code(k_busy);
  }
  const bool zero = vendor_->power == DcmiPower::zero_inactive;
  const auto watts = zero ? 0U : static_cast<std::uint32_t>(std::lround(readings_.watts));
  Bytes out{0x00};
  append(out, {k_dcmi});
  append_little(out, watts, 2);
  append_little(out, watts / 2, 2);
  append_little(out, watts * 2, 2);
  append_little(out, watts + 7, 2);
  append_little(out, changed_at_, 4);
  append_little(out, 1'000'000, 4);
  append(out, {zero || vendor_->power == DcmiPower::right_inactive ? 0x00U : 0x40U});
  return out;
}

}  // namespace pue::plant::ipmi
