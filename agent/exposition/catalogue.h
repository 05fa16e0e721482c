#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Every metric of the agent in one table. The exposition, docs/metrics.md and the tests come from it; nothing is
/// exposed that has no row here.
namespace pue::exposition {

enum class MetricType : std::uint8_t { gauge, counter, histogram };

/// The metrics, in the order of their rows and of the exposition.
enum class MetricId : std::uint8_t {
  facility_total_power,
  facility_it_power,
  facility_total_energy,
  facility_it_energy,
  instant_ratio,
  ratio,
  coverage,
  integrated_share,
  estimated_share,
  uncertainty,
  partial_ratio,
  co2,
  grid_intensity,
  grid_factor_info,
  facility_info,
  meter_power,
  meter_energy,
  meter_resets,
  meter_rollovers,
  meter_valid,
  balance_residual,
  meter_info,
  device_up,
  device_last_success,
  device_polls,
  device_poll_errors,
  device_poll_duration,
  device_info,
  device_placement_info,
  device_power_source_info,
  device_power,
  device_total_power,
  device_apparent_power,
  device_total_apparent_power,
  device_reactive_power,
  device_total_reactive_power,
  device_thermal_power,
  device_nominal_power,
  device_nominal_apparent_power,
  device_energy,
  device_phase_energy,
  device_tariff_energy,
  device_apparent_energy,
  device_phase_apparent_energy,
  device_reactive_energy,
  device_phase_reactive_energy,
  device_thermal_energy,
  device_stored_energy,
  device_voltage,
  device_current,
  device_total_current,
  device_frequency,
  device_power_factor,
  device_total_power_factor,
  device_temperature,
  device_humidity,
  device_ratio,
  device_flow,
  device_volume,
  device_volume_counted,
  device_pressure,
  device_speed,
  device_time,
  device_time_counted,
  device_value,
  device_count,
  device_state,
  build_info,
  agent_tick_duration,
  agent_sample_age,
  agent_samples,
  agent_requests,
  agent_sent_bytes,
  agent_received_bytes,
  agent_dropped_samples,
  agent_overruns,
  agent_lateness,
  agent_ledger_healthy,
  agent_ledger_commits,
  agent_ledger_commit_errors,
  agent_ledger_commit_time,
  agent_ledger_waiting,
  agent_ledger_batches,
  agent_ledger_root,
  agent_ledger_checkpointed,
  agent_ledger_checkpoint_time,
  agent_http_responses,
  agent_http_cut,
  agent_render_duration,
  agent_config_reload_good,
  agent_config_reload_time,
  process_cpu,
  process_resident_memory,
  process_virtual_memory,
  process_open_fds,
  process_max_fds,
  process_threads,
  process_start_time,
};
inline constexpr std::size_t k_metrics = static_cast<std::size_t>(MetricId::process_start_time) + 1;

/// One metric family.
struct Metric {
  std::string_view name;
  MetricType type;
  std::string_view help;
  std::string_view labels;  ///< names, separated by spaces; those that do not apply to a series are left out
  std::string_view source;  ///< where the value comes from, for the document
};

[[nodiscard]] const Metric& metric(MetricId id);
[[nodiscard]] std::span<const Metric> catalogue();
/// @return "gauge", "counter" or "histogram".
[[nodiscard]] std::string_view name_of(MetricType type);
/// @return docs/metrics.md.
[[nodiscard]] std::string document();

}  // namespace pue::exposition
