#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/exposition/catalogue.h"
#include "agent/exposition/sources.h"
#include "agent/exposition/text_format.h"

namespace pue::exposition {

/// What kind of slot a series reads. `index` means what the comment says.
enum class Slot : std::uint8_t {
  constant,     ///< value is `factor`
  point,        ///< PointId
  figure,       ///< index into the board's block of figures
  ledger,       ///< index into the board's block of what the ledger says
  meter_valid,  ///< index of the meter's power into the figures: 1 when known, 0 when not
  device_up,    ///< DeviceId, as the rest of the device slots
  device_last_success,
  device_polls,
  device_latency,
  device_failures,      ///< one line for each reason that has occurred
  device_power_source,  ///< its source is a label
  collector_requests,   ///< index into Sources::collectors, as the rest of the collector slots
  collector_sent,
  collector_received,
  collector_dropped,
  collector_overruns,
  collector_lateness,  ///< a histogram
  process_cpu,
  process_resident,
  process_virtual,
  process_fds,
  process_max_fds,
  process_threads,
  process_start,
};

/// One series: where it appears and where its value is found.
struct Series {
  MetricId metric;
  Labels labels;
  Slot slot = Slot::constant;
  std::uint32_t index = 0;
  double factor = 1.0;
};

/// Hands out every series that plan, board and collectors can give, one after the other and those of one device
/// together: there may be more than anybody wants to hold at once. Label values are valid UTF-8 without control
/// characters, and no two series are equal.
void for_each_series(const Sources& sources, const std::function<void(const Series&)>& take);

/// @return all of them, in the order of the catalogue.
[[nodiscard]] std::vector<Series> series_of(const Sources& sources);

/// @return the names as label values, made different where cleaning made two of them equal.
[[nodiscard]] std::vector<std::string> label_values(const std::vector<std::string>& names);

}  // namespace pue::exposition
