#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tl/expected.hpp>

#include "agent/pipeline/poll_failure.h"
#include "agent/pipeline/power_source.h"
#include "agent/pipeline/sample.h"
#include "collectors/ipmi/bmc.h"
#include "collectors/ipmi/device_id.h"
#include "collectors/ipmi/sdr_walk.h"
#include "collectors/ipmi/sensor_inventory.h"
#include "collectors/ipmi/sensor_reading.h"

namespace pue::ipmi {

/// Which values are asked of a BMC besides its power: what nobody wants is not looked for.
struct Wanted {
  bool inlet = false;
  bool supplies = false;
  bool fans = false;
};

/// How long a BMC is left alone with what it did not answer, or answered well.
struct SurveyPace {
  Duration soon = std::chrono::seconds{1};          ///< after a refusal that is not believed yet
  Duration again_absent = std::chrono::hours{1};    ///< until what is not there is asked for again
  Duration stamp_period = std::chrono::minutes{5};  ///< between looks whether the records have changed
  Duration sensor_rest = std::chrono::minutes{5};   ///< of a silent sensor, at most
  Duration first_rest = std::chrono::seconds{15};   ///< doubled with each silence
};
inline constexpr SurveyPace k_usual_pace{};

/// A value in its SI unit, or what the BMC says instead of one.
struct Value {
  double value = 0.0;
  SampleQuality quality = SampleQuality::invalid;
};

/// Finds out what a BMC offers and reads it from the best of its sources. Used by one thread.
///
/// Power: DCMI; else the sensor of the whole system; else the sum of the supplies' inputs, if all of those that are
/// there answer. A source that is refused is tried again after an hour. Sensors are those of the repository, or, where
/// that has none, of the device; they are looked for again when their time stamp has changed. A sensor that lets
/// requests time out while the BMC answers others rests for minutes, so that it does not cost every poll its time-out.
class BmcSurvey {
 public:
  static constexpr unsigned k_refusals_to_believe = 3;

  /// `pace` must outlive the survey.
  explicit BmcSurvey(Wanted wanted, const SurveyPace& pace = k_usual_pace) : wanted_(wanted), pace_(pace) {}

  using Reading = tl::expected<Value, PollFailure>;  ///< PollFailure: the BMC is silent, the poll is over

  /// Begins a poll: finds out who the BMC is, or, after a poll that failed, whether it is there.
  [[nodiscard]] Task<PollFailure> begin_poll(Bmc& bmc);
  [[nodiscard]] Task<Reading> power(Bmc& bmc);
  [[nodiscard]] Task<Reading> inlet(Bmc& bmc);
  /// @param index from 0, in the order of entity, instance and number.
  [[nodiscard]] Task<Reading> supply(Bmc& bmc, std::size_t index);
  [[nodiscard]] Task<Reading> fan(Bmc& bmc, std::size_t index);
  /// Ends a poll in which nothing had to be asked by asking whether the BMC is there; any command keeps the session.
  [[nodiscard]] Task<PollFailure> end_poll(Bmc& bmc);

  /// Between polls: goes on finding out, until `until` at the latest.
  /// @return when there is more to do, if not before.
  [[nodiscard]] Task<Instant> explore(Bmc& bmc, Instant until);

  [[nodiscard]] const std::optional<DeviceIdentity>& identity() const { return identity_; }
  [[nodiscard]] PowerSource power_source() const { return source_; }
  /// @return whether the machine's supplies feed others too, so that their sum is not its power.
  [[nodiscard]] bool shared_supply() const { return shared_supply_; }
  /// @return why the BMC refused what was asked last, none if it did not.
  [[nodiscard]] PollFailure refusal() const { return refusal_; }
  [[nodiscard]] const SensorInventory& sensors() const { return sensors_; }

 private:
  enum class Offer : std::uint8_t { untried, present, absent };
  /// Whether a BMC has one of the DCMI commands.
  struct Source {
    Instant next{};  ///< no attempt before
    Offer offer = Offer::untried;
    std::uint8_t refusals = 0;

    [[nodiscard]] bool due(Instant now) const { return offer != Offer::present && now >= next; }
    void refused(Instant now, const SurveyPace& pace);
    void accepted() { *this = Source{.offer = Offer::present}; }
  };
  /// The walk under way and what it has found.
  struct Expedition {
    explicit Expedition(SdrPlace place) : walk(place) {}
    SdrWalk walk;
    SensorInventory found;
  };

  Task<tl::expected<Answer, PollFailure>> ask(Bmc& bmc, Request request);
  Task<PollFailure> identify(Bmc& bmc);
  Task<PollFailure> try_dcmi_power(Bmc& bmc);
  Task<std::optional<Reading>> dcmi_power(Bmc& bmc);
  Task<Reading> sum_of_supplies(Bmc& bmc);
  Task<tl::expected<bool, PollFailure>> is_plugged(Bmc& bmc, const Sensor& supply);
  Task<Reading> read(Bmc& bmc, Sensor& sensor);
  Task<tl::expected<RawReading, PollFailure>> raw(Bmc& bmc, Sensor& sensor, NoReading& why);
  Task<Instant> walk_on(Bmc& bmc, Instant until);
  Task<void> check_stamp(Bmc& bmc);
  bool look_elsewhere();
  void walked(bool found);
  [[nodiscard]] bool wants_sensors() const;
  [[nodiscard]] Value without_source() const;
  void note(std::uint8_t completion_code);

  Wanted wanted_;
  const SurveyPace& pace_;
  std::optional<DeviceIdentity> identity_;
  Source dcmi_power_;
  Source dcmi_inlet_;
  std::unique_ptr<Expedition> expedition_;
  SensorInventory sensors_;
  SdrStamp stamp_;
  Instant next_walk_{};
  Instant next_stamp_ = Instant::max();
  SdrPlace place_ = SdrPlace::repository;
  PowerSource source_ = PowerSource::unknown;
  PollFailure refusal_ = PollFailure::none;
  std::uint8_t unmeasured_ = 0;  ///< DCMI readings in a row that are none
  bool walked_ = false;
  bool has_stamp_ = false;  ///< of a walk that came to its end
  bool heard_ = false;      ///< something was answered in this poll
  bool suspect_ = false;    ///< the last poll failed
  bool shared_supply_ = false;
};

}  // namespace pue::ipmi
