#pragma once

#include <cstdint>
#include <tl/expected.hpp>

#include "agent/units/time.h"
#include "collectors/ipmi/bmc.h"
#include "collectors/ipmi/sdr.h"

namespace pue::ipmi {

/// Where a BMC keeps the records of its sensors.
enum class SdrPlace : std::uint8_t { repository, device };

/// Tells one state of the records from another: they are read again when it differs.
struct SdrStamp {
  std::uint32_t added = 0;  ///< time of the last addition; of device SDRs the population's change indicator
  std::uint32_t erased = 0;
  std::uint16_t records = 0;

  friend bool operator==(const SdrStamp&, const SdrStamp&) = default;
};

/// Why the records could not be read.
enum class WalkFault : std::uint8_t {
  silent,    ///< no answer: the same walk may go on later
  refused,   ///< the BMC refuses a command it needs
  endless,   ///< record ids go round, or there are more records than any BMC has
  unsteady,  ///< the reservation was lost, or the records changed, again and again
};

/// Takes the records of a walk.
class SdrTaker {
 public:
  virtual ~SdrTaker() = default;
  /// A walk begins, perhaps for another time: what was taken before is void.
  virtual void begin() = 0;
  virtual void take(const SensorRecord& record) = 0;
};

/// Reads all sensor records of a BMC, a slice at a time so that polls find their place in between: reservation, each
/// record's header, then the rest of those that are sensors, in pieces that are halved where the BMC cannot give so
/// much. All of it is bounded, whatever the BMC says. Used by one thread.
class SdrWalk {
 public:
  static constexpr std::uint16_t k_most_records = 2'000;
  static constexpr unsigned k_most_requests = 16'000;
  static constexpr unsigned k_most_renewals = 32;
  static constexpr unsigned k_most_restarts = 3;

  enum class Progress : std::uint8_t {
    more,    ///< the time was over
    pause,   ///< the BMC is busy: go on in a second
    done,    ///< all records were taken
    nothing  ///< the BMC keeps no records there
  };

  explicit SdrWalk(SdrPlace place) : place_(place) {}

  /// Reads on, at least one record, until `until` has passed. After a fault other than `silent` a new walk is needed.
  [[nodiscard]] Task<tl::expected<Progress, WalkFault>> go_on(Bmc& bmc, Instant until, SdrTaker& taker);

  [[nodiscard]] SdrPlace place() const { return place_; }
  [[nodiscard]] const SdrStamp& stamp() const { return stamp_; }

  /// @return the stamp in an answer to get_sdr_repository_info() or get_device_sdr_info().
  [[nodiscard]] static std::optional<SdrStamp> stamp_in(const Answer& answer, SdrPlace place);
  [[nodiscard]] static Request stamp_request(SdrPlace place);

 private:
  /// What came of one exchange or one record.
  enum class Step : std::uint8_t { ok, silent, busy, lost, too_long, absent, refused };

  Task<Step> ask(Bmc& bmc, Request request, Answer& answer);
  Task<Step> begin(Bmc& bmc);
  Task<Step> reserve(Bmc& bmc);
  Task<Step> read_record(Bmc& bmc, SdrTaker& taker);
  Task<Step> check_unchanged(Bmc& bmc);
  [[nodiscard]] Request part(std::uint8_t offset, std::uint8_t count) const;
  [[nodiscard]] bool advance(std::uint16_t next);
  [[nodiscard]] bool restart();

  SdrStamp stamp_;
  unsigned requests_ = 0;
  unsigned renewals_ = 0;
  unsigned restarts_ = 0;
  unsigned pauses_ = 0;
  std::uint16_t reservation_ = 0;
  std::uint16_t record_ = 0;  ///< the one to be read
  std::uint16_t next_ = 0;    ///< the one after it, as the BMC says
  std::uint16_t count_ = 0;
  std::uint16_t anchor_ = 0xFFFF;  ///< an id that was passed: seeing it again is a circle
  std::uint16_t anchor_at_ = 1;    ///< the count at which the anchor moves on
  std::uint8_t piece_ = 32;
  SdrPlace place_;
  bool begun_ = false;
  bool reserved_ = false;
};

}  // namespace pue::ipmi
