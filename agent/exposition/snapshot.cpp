#include "agent/exposition/snapshot.h"

#include "agent/pipeline/figure.h"

namespace pue::exposition {

void Snapshot::take() {
  sources_.board.read_figures(figures_);
  sources_.board.read_ledger(ledger_);
  process_ = read_process_stats();
  const std::chrono::duration<double> wall = sources_.wall().time_since_epoch();
  wall_minus_boot_ = wall.count() - seconds_of(sources_.now().time_since_epoch()).value();
}

std::optional<double> Snapshot::value(Slot slot, std::uint32_t index, double factor) const {
  switch (slot) {
    case Slot::constant:
      return factor;
    case Slot::point:
      if (const auto value = sources_.board.point(index)) return *value * factor;
      return std::nullopt;
    case Slot::figure:
      return figure(index);
    case Slot::ledger:
      return Figure::from_word(ledger_[index]).value();
    case Slot::meter_valid:
      return figure(index) ? 1.0 : 0.0;
    case Slot::device_up:
    case Slot::device_last_success:
    case Slot::device_polls:
    case Slot::device_latency:
    case Slot::device_failures:
    case Slot::device_power_source:
      return of_device(slot, sources_.board.device(index));
    case Slot::collector_requests:
    case Slot::collector_sent:
    case Slot::collector_received:
    case Slot::collector_dropped:
    case Slot::collector_overruns:
    case Slot::collector_lateness:
      return of_collector(slot, *sources_.collectors[index].stats);
    default:
      return of_process(slot);
  }
}

std::optional<double> Snapshot::figure(std::uint32_t index) const { return Figure::from_word(figures_[index]).value(); }

std::optional<double> Snapshot::of_device(Slot slot, const DeviceState& device) const {
  switch (slot) {
    case Slot::device_up:
      return device.up() ? 1.0 : 0.0;
    case Slot::device_last_success:
      if (const auto at = device.last_success()) return wall_minus_boot_ + seconds_of(at->time_since_epoch()).value();
      return std::nullopt;
    case Slot::device_polls:
      return static_cast<double>(device.polls());
    case Slot::device_latency:
      if (device.last_success()) return seconds_of(device.latency()).value();
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<double> Snapshot::of_collector(Slot slot, const CollectorStats& stats) const {
  switch (slot) {
    case Slot::collector_requests:
      return static_cast<double>(stats.requests());
    case Slot::collector_sent:
      return static_cast<double>(stats.bytes_sent());
    case Slot::collector_received:
      return static_cast<double>(stats.bytes_received());
    case Slot::collector_dropped:
      return static_cast<double>(stats.dropped_samples());
    case Slot::collector_overruns:
      return static_cast<double>(stats.overruns());
    default:
      return std::nullopt;
  }
}

std::optional<double> Snapshot::of_process(Slot slot) const {
  switch (slot) {
    case Slot::process_cpu:
      return process_.cpu_seconds;
    case Slot::process_resident:
      return process_.resident_bytes;
    case Slot::process_virtual:
      return process_.virtual_bytes;
    case Slot::process_fds:
      return process_.open_fds;
    case Slot::process_max_fds:
      return process_.max_fds;
    case Slot::process_threads:
      return process_.threads;
    case Slot::process_start:
      return process_.start_time;
    default:
      return std::nullopt;
  }
}

Lateness lateness_of(const CollectorStats& stats) {
  Lateness lateness;
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket < lateness.cumulative.size(); ++bucket) {
    count += stats.lateness_bucket(bucket);
    lateness.cumulative[bucket] = count;
  }
  lateness.sum = stats.lateness_sum().value();
  return lateness;
}

}  // namespace pue::exposition
