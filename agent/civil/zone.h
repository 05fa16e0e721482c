#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/units/date.h"

namespace date {
class time_zone;
}

/// Civil time: where a facility's days, months and years begin and end.
namespace pue::civil {

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMs = std::int64_t;

inline constexpr std::int64_t k_quarter_hour_ms = 15LL * 60 * 1000;

/// A half-open span of time, [from, to).
struct Span {
  UnixMs from = 0;
  UnixMs to = 0;

  [[nodiscard]] constexpr std::int64_t length() const { return to - from; }
  friend constexpr bool operator==(const Span&, const Span&) = default;
};

/// A zone of the machine's tz database. A value; its pointer lives as long as the process.
class Zone {
 public:
  /// @return the zone of that name, or what is wrong with it, naming the nearest known one.
  [[nodiscard]] static tl::expected<Zone, std::string> find(std::string_view name);

  [[nodiscard]] std::string_view name() const { return name_; }

  /// @return the first instant of a civil day: 00:00, or, where the clock is put forward at midnight, what follows.
  [[nodiscard]] UnixMs start_of(Date day) const;
  [[nodiscard]] Date day_at(UnixMs time) const;

  /// @return the civil day that `time` lies in; its length is 23, 24 or 25 hours, half hours where a zone has them.
  [[nodiscard]] Span day_around(UnixMs time) const;
  [[nodiscard]] Span month_around(UnixMs time) const;
  [[nodiscard]] Span year_around(UnixMs time) const;

  /// @return the days, or months, of a span in order, cut at its ends.
  [[nodiscard]] std::vector<Span> days_of(Span span) const;
  [[nodiscard]] std::vector<Span> months_of(Span span) const;

  /// @return civil time with its offset, e.g. "2026-03-29T03:00:00+02:00".
  [[nodiscard]] std::string written(UnixMs time) const;

 private:
  Zone(const date::time_zone* zone, std::string name) : zone_(zone), name_(std::move(name)) {}

  const date::time_zone* zone_;
  std::string name_;  ///< as asked for: an alias keeps its name
};

}  // namespace pue::civil
