#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/units/time.h"
#include "collectors/ipmi/sdr.h"
#include "collectors/ipmi/sdr_walk.h"

namespace pue::ipmi {

/// What has to be kept of a sensor to read it, and how it has answered so far.
struct Sensor {
  Instant rest_until{};  ///< it let a request time out: not asked before
  Conversion conversion;
  SensorUnit unit = SensorUnit::other;
  std::uint8_t number = 0;
  std::uint8_t entity = 0;
  std::uint8_t instance = 0;
  std::uint8_t rank = 0;      ///< how sure it is that it is the one; the highest wins
  std::uint8_t silences = 0;  ///< in a row
};

/// The few sensors of a BMC that serve a point, chosen among its records. Names help to choose and are not kept.
class SensorInventory final : public SdrTaker {
 public:
  static constexpr std::size_t k_most_supplies = 16;
  static constexpr std::size_t k_most_fans = 32;

  void begin() override { *this = SensorInventory{}; }
  void take(const SensorRecord& record) override;
  /// All records have been taken: puts supplies and fans in the order of entity, instance and number.
  void finish();

  /// @return whether nothing was found that serves a point.
  [[nodiscard]] bool is_empty() const { return !total && !inlet && supplies.empty() && fans.empty(); }

  std::optional<Sensor> total;        ///< power of the whole system
  std::optional<Sensor> inlet;        ///< temperature of the air it draws in
  std::vector<Sensor> supplies;       ///< input power, one of each power supply
  std::vector<Sensor> supply_states;  ///< whether a supply is there; told by the instance
  std::vector<Sensor> fans;
  bool names_a_chassis = false;  ///< the supplies' records say that they are a chassis's

 private:
  void take_power(const SensorRecord& record, Sensor sensor);
  void take_supply(Sensor sensor);
};

/// @return how likely a power sensor of that entity and name is the whole system's, 0: not at all.
[[nodiscard]] std::uint8_t rank_of_total(std::uint8_t entity, std::string_view name);

}  // namespace pue::ipmi
