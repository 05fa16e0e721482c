#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "collectors/profiles/profile.h"
#include "plant/devices/quantities.h"
#include "plant/modbus/unit.h"

namespace pue::plant {

/// A simulated device: the register map of a profile of the library over what it measures. It answers for the registers
/// of its points and for the gaps the profile says may be read over; any other register is exception 2, more registers
/// at once than the device allows exception 3, the wrong function exception 1. Owned by the plant's thread.
class Device : public Unit {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Device(std::string name, std::shared_ptr<const profiles::Profile> profile, std::unique_ptr<Quantities> quantities);

  /// Lets `step` pass and shows the values of `point`.
  void advance(const OperatingPoint& point, Seconds step, Moment now);
  void begin(Fault fault, Moment now);
  void clear_faults();

  [[nodiscard]] Exception read(std::uint8_t function, std::uint16_t address, std::span<std::uint16_t> words) override;
  [[nodiscard]] const Fault* transport_fault() const override;
  [[nodiscard]] Identity identity() const override;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const profiles::Profile& profile() const { return *profile_; }
  [[nodiscard]] const Quantities& quantities() const { return *quantities_; }
  [[nodiscard]] const std::string& serial() const { return serial_; }
  [[nodiscard]] bool has(FaultKind kind) const;

 private:
  /// A run of registers that may be read in one request.
  struct Span {
    std::uint8_t function = 3;
    std::uint32_t begin = 0;
    std::vector<std::uint16_t> words;
    std::vector<bool> starts;  ///< a request may begin here: not inside a value
  };

  void lay_out();
  void add_identification();
  void extend(std::uint8_t function, std::uint32_t begin, std::uint32_t count, std::uint32_t gap);
  [[nodiscard]] Span* span_of(std::uint8_t function, std::uint32_t address, std::uint32_t count);
  void put(std::uint8_t function, std::uint32_t address, std::span<const std::uint16_t> words);
  void refresh();

  std::string name_;
  std::shared_ptr<const profiles::Profile> profile_;
  std::unique_ptr<Quantities> quantities_;
  std::vector<Span> spans_;
  std::vector<Fault> faults_;
  std::string serial_;
  unsigned swaps_ = 0;
  bool fresh_ = false;  ///< the registers show what the quantities say
};

}  // namespace pue::plant
