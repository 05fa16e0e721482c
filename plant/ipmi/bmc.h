#pragma once

#include <optional>
#include <string>

#include "plant/ipmi/vendor.h"

namespace pue::plant::ipmi {

/// What a BMC measures at present.
struct Readings {
  double watts = 0.0;
  double inlet_celsius = 20.0;
};

/// A request as it reaches the BMC's firmware.
struct Command {
  std::uint8_t function = 0;
  std::uint8_t command = 0;
  View data;
};

/// The firmware of a simulated BMC: what it answers, whoever asks and on whatever way. It knows the few commands that
/// read a server's figures and refuses the others; those that could change something are counted. Owned by the plant's
/// thread.
class Bmc {
 public:
  Bmc(std::string name, const Vendor& vendor);

  void show(Readings readings) { readings_ = readings; }
  /// @return the completion code and what follows it.
  [[nodiscard]] Bytes answer(const Command& command);

  /// Every sensor read and power reading is refused with C0 (node busy) while it is set.
  void set_busy(bool busy) { busy_ = busy; }
  /// Another sensor turns up: reservations are void, time stamps and records change.
  void change_sensors();
  /// What a restart of its firmware forgets.
  void restart();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Vendor& vendor() const { return *vendor_; }
  [[nodiscard]] const Readings& readings() const { return readings_; }
  [[nodiscard]] std::uint64_t commands() const { return commands_; }
  /// @return how many commands could have changed something: none of ours ever does.
  [[nodiscard]] std::uint64_t change_attempts() const { return change_attempts_; }
  /// @return what a sensor shows now, with the sensor's own resolution.
  [[nodiscard]] double value_of(const Sensor& sensor) const;

 private:
  [[nodiscard]] Bytes application(const Command& command);
  [[nodiscard]] Bytes sensor_event(const Command& command);
  [[nodiscard]] Bytes storage(const Command& command);
  [[nodiscard]] Bytes device_records(const Command& command);
  [[nodiscard]] Bytes new_reservation();
  [[nodiscard]] Bytes group(const Command& command);
  [[nodiscard]] Bytes power_reading();
  [[nodiscard]] Bytes sdr_part(View data);
  [[nodiscard]] const Sensor* sensor(std::uint8_t number) const;
  [[nodiscard]] std::size_t records() const { return vendor_->sensors.size() + extra_sensors_; }
  [[nodiscard]] Bytes record(std::size_t index) const;
  [[nodiscard]] double measured(const Sensor& sensor) const;

  std::string name_;
  const Vendor* vendor_;
  Readings readings_;
  std::uint64_t commands_ = 0;
  std::uint64_t change_attempts_ = 0;
  std::uint32_t changed_at_ = 1'700'000'000;  ///< time stamp of the records
  std::uint16_t reservation_ = 0;
  std::uint8_t extra_sensors_ = 0;
  bool busy_ = false;
  bool asked_for_power_ = false;
};

}  // namespace pue::plant::ipmi
