#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/exposition/sources.h"
#include "agent/pipeline/poll_failure.h"
#include "agent/pipeline/power_source.h"
#include "agent/plan/layer.h"

/// The board as plain values with names, for the JSON faces and the page. Strings are valid UTF-8 without control
/// characters.
namespace pue::web {

/// Why a figure is not given.
struct Withheld {
  std::string meter;
  std::string device;  ///< empty: the meter is fed by import alone
  bool device_up = false;
  PollFailure failure = PollFailure::none;  ///< the device's last, meaningful while it is down
};
/// @return the reason as a sentence.
[[nodiscard]] std::string sentence_of(const Withheld& withheld);

struct WindowView {
  std::string_view window;  ///< its label
  std::optional<double> ratio;
  std::optional<double> coverage;
  std::optional<double> integrated_share;
};

struct LayerView {
  plan::Layer layer{};
  std::optional<double> it_power;
  std::optional<double> it_energy;
  std::optional<double> instant_ratio;
  std::vector<WindowView> windows;  ///< the shortest first; those of months and years where a ledger is kept
  std::optional<Withheld> withheld;
};

struct ZoneView {
  std::string name;
  std::array<std::optional<double>, plan::k_windows.size()> ratios{};
};

struct MeterView {
  std::string name;
  std::string device;  ///< empty: fed by import alone
  std::string role;
  std::string category;
  std::string zone;
  std::string upstream;
  bool required = false;
  std::optional<double> value;   ///< the reading, in `unit`
  profiles::Unit unit{};         ///< watts, or what a meter of weather or water reads
  std::optional<double> power;   ///< of one that reads watts
  std::optional<double> energy;  ///< likewise
  std::optional<double> balance_residual;
};

struct FacilityView {
  std::string name;
  std::optional<double> tick;
  std::optional<double> tick_age;  ///< seconds
  std::optional<double> total_power;
  std::optional<double> total_energy;
  std::optional<double> co2_grams;
  std::vector<LayerView> layers;  ///< those that are measured
  std::vector<ZoneView> zones;
  std::vector<MeterView> meters;
};
/// All figures of one tick.
[[nodiscard]] FacilityView facility_view(const exposition::Sources& sources);

/// The state of the ledger; times in Unix seconds.
struct LedgerView {
  bool healthy = false;
  std::optional<double> last_commit;
  std::optional<double> waiting_records;
  std::optional<double> batches;
  std::optional<double> checkpoint_batches;
  std::optional<double> last_checkpoint;
};
/// @return nothing where no ledger is kept.
[[nodiscard]] std::optional<LedgerView> ledger_view(const exposition::Sources& sources);

struct DeviceView {
  std::string name;
  std::string bus;
  std::string profile;
  unsigned unit = 0;
  bool up = false;
  std::optional<double> last_success_age;  ///< seconds; nothing: never
  PollFailure last_failure = PollFailure::none;
  std::uint64_t polls = 0;
  std::array<std::uint64_t, k_poll_failures> failures{};
  std::optional<double> latency;  ///< seconds
  std::size_t points = 0;
  std::size_t points_known = 0;
  PowerSource power_source = PowerSource::unknown;  ///< of a BMC
  bool shared_supply = false;                       ///< likewise
  std::string fleet;                                ///< empty: in none
  std::string rack;
  std::string service;
};
[[nodiscard]] std::vector<DeviceView> device_views(const exposition::Sources& sources);

/// Whether the engine has ticked and every collector has asked at least once; a collector whose devices all refuse the
/// connection has asked when each device was tried.
[[nodiscard]] bool ready(const exposition::Sources& sources);

}  // namespace pue::web
