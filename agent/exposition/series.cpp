#include "agent/exposition/series.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "agent/exposition/point_family.h"
#include "agent/log/log.h"
#include "agent/plan/boundary.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/ledger_layout.h"

namespace pue::exposition {
namespace {

using plan::FigureLayout;
using plan::LedgerLayout;

std::string clean(std::string_view text) { return log::printable(text); }

/// Collects the series of one plan; everything is named once, here.
class Enumeration {
 public:
  Enumeration(const Sources& sources, const std::function<void(const Series&)>& take)
      : sources_(sources),
        take_(take),
        plan_(sources.plan),
        layout_(plan_),
        facility_(clean(plan_.facility.name)),
        zones_(label_values(plan_.zones)),
        required_(plan::required_meters(plan_)) {
    std::vector<std::string> names;
    for (const auto& device : plan_.devices) names.push_back(device.name);
    devices_ = label_values(names);
    names.clear();
    for (const auto& meter : plan_.meters) names.push_back(meter.name);
    meters_ = label_values(names);
    names.clear();
    for (const auto& collector : sources.collectors) names.push_back(collector.name);
    collectors_ = label_values(names);
  }

  void run() {
    add_facility();
    add_layers();
    add_zones();
    add_grid_factor();
    for (const auto& meter : plan_.meters) add_meter(meter);
    for (const auto& device : plan_.devices) add_device(device);
    add_ledger();
    add_agent();
  }

 private:
  void add(MetricId metric, Labels labels, Slot slot, std::size_t index, double factor = 1.0) {
    take_({metric, std::move(labels), slot, static_cast<std::uint32_t>(index), factor});
  }
  void add_constant(MetricId metric, Labels labels, double value = 1.0) {
    add(metric, std::move(labels), Slot::constant, 0, value);
  }

  /// A total that must never fall: what is durable, where there is a ledger.
  void add_total(MetricId metric, Labels labels, std::size_t figure, std::size_t ledger) {
    const bool kept = plan_.ledger.kept();
    add(metric, std::move(labels), kept ? Slot::ledger : Slot::figure, kept ? ledger : figure);
  }

  void add_facility() {
    add(MetricId::facility_total_power, {{"facility", facility_}}, Slot::figure, FigureLayout::total_power());
    add_total(MetricId::facility_total_energy, {{"facility", facility_}}, FigureLayout::total_energy(),
              LedgerLayout::sum(FacilitySum::total));
    add_constant(MetricId::facility_info,
                 {{"facility", facility_},
                  {"region", clean(plan_.facility.region)},
                  {"grid_zone", clean(plan_.facility.grid_zone)},
                  {"standard", clean(plan_.facility.standard)},
                  {"timezone", clean(plan_.facility.timezone)},
                  {"method", plan_.method == plan::TotalMethod::entrance ? "entrance" : "submetered"}});
  }

  void add_layers() {
    for (const auto layer : plan::k_layers) {
      if (plan_.it[static_cast<std::size_t>(layer)].empty()) continue;
      const Labels labels{{"facility", facility_}, {"measured_at", std::string{name_of(layer)}}};
      add(MetricId::facility_it_power, labels, Slot::figure, FigureLayout::it_power(layer));
      constexpr std::array sums{FacilitySum::it_ups, FacilitySum::it_pdu, FacilitySum::it_rack};
      add_total(MetricId::facility_it_energy, labels, FigureLayout::it_energy(layer),
                LedgerLayout::sum(sums[static_cast<std::size_t>(layer)]));
      add(MetricId::instant_ratio, labels, Slot::figure, FigureLayout::instant_ratio(layer));
      for (const auto window : plan::k_windows) {
        auto with_window = labels;
        with_window.emplace_back("window", name_of(window));
        add(MetricId::ratio, with_window, Slot::figure, FigureLayout::ratio(layer, window));
        add(MetricId::coverage, with_window, Slot::figure, FigureLayout::coverage(layer, window));
        add(MetricId::integrated_share, with_window, Slot::figure, FigureLayout::integrated_share(layer, window));
      }
      add_long_windows(layer, labels);
    }
  }

  void add_long_windows(plan::Layer layer, const Labels& labels) {
    if (!plan_.ledger.kept()) return;
    for (const auto window : plan::k_long_windows) {
      auto with_window = labels;
      with_window.emplace_back("window", name_of(window));
      add(MetricId::ratio, with_window, Slot::ledger, LedgerLayout::ratio(layer, window));
      add(MetricId::coverage, with_window, Slot::ledger, LedgerLayout::coverage(layer, window));
      add(MetricId::integrated_share, with_window, Slot::ledger, LedgerLayout::integrated(layer, window));
      add(MetricId::estimated_share, with_window, Slot::ledger, LedgerLayout::estimated(layer, window));
      add(MetricId::uncertainty, with_window, Slot::ledger, LedgerLayout::uncertainty(layer, window));
    }
  }

  void add_zones() {
    for (std::size_t zone = 0; zone < plan_.zones.size(); ++zone) {
      for (const auto window : plan::k_windows) {
        add(MetricId::partial_ratio,
            {{"facility", facility_}, {"zone", zones_[zone]}, {"window", std::string{name_of(window)}}}, Slot::figure,
            layout_.partial_ratio(zone, window));
      }
    }
  }

  void add_grid_factor() {
    const auto& factor = plan_.facility.grid_factor;
    if (!factor) return;
    add_total(MetricId::co2, {{"facility", facility_}, {"scope", "2"}, {"method", "location"}},
              FigureLayout::co2_location(), LedgerLayout::sum(FacilitySum::co2));
    add_constant(MetricId::grid_intensity,
                 {{"facility", facility_}, {"method", "location"}, {"estimated", factor->estimated ? "true" : "false"}},
                 factor->grams_per_joule);
    add_constant(MetricId::grid_factor_info, {{"facility", facility_},
                                              {"grid_zone", clean(factor->zone)},
                                              {"year", std::to_string(factor->year)},
                                              {"source", clean(factor->source)}});
  }

  [[nodiscard]] const profiles::Point* source_of(PointId point) const { return plan_.points[point].source; }

  void add_meter(const plan::Meter& meter) {
    const Labels name{{"facility", facility_}, {"meter", meters_[meter.id]}};
    auto with_category = name;
    with_category.emplace_back("category", category_of(meter.role));
    if (meter.device && plan::unit_of(plan_, meter) == profiles::Unit::watt) {
      add(MetricId::meter_power, with_category, Slot::figure, layout_.meter_power(meter.id));
      add_total(MetricId::meter_energy, with_category, layout_.meter_energy(meter.id),
                LedgerLayout::meter_energy(meter.id));
    }
    if (plan_.ledger.kept()) {
      add(MetricId::meter_resets, name, Slot::ledger, LedgerLayout::meter_resets(meter.id));
      add(MetricId::meter_rollovers, name, Slot::ledger, LedgerLayout::meter_rollovers(meter.id));
    }
    if (required_[meter.id]) add(MetricId::meter_valid, name, Slot::meter_valid, layout_.meter_power(meter.id));
    if (meter.device) add(MetricId::balance_residual, name, Slot::figure, layout_.balance_residual(meter.id));
    add_constant(MetricId::meter_info, {{"facility", facility_},
                                        {"meter", meters_[meter.id]},
                                        {"device", meter.device ? devices_[*meter.device] : ""},
                                        {"role", std::string{plan::name_of(meter.role)}},
                                        {"category", std::string{category_of(meter.role)}},
                                        {"zone", clean(meter.zone)},
                                        {"service", clean(meter.service)},
                                        {"upstream", meter.upstream ? meters_[*meter.upstream] : ""},
                                        {"class", clean(meter.accuracy_class)},
                                        {"ct_class", clean(meter.ct_class)},
                                        {"serial", clean(meter.serial)}});
  }

  void add_device(const plan::Device& device) {
    const bool is_bmc = plan::is_bmc(plan_.buses[device.bus]);
    const Labels name{{"device", devices_[device.id]}};
    add(MetricId::device_up, name, Slot::device_up, device.id);
    add(MetricId::device_last_success, name, Slot::device_last_success, device.id);
    add(MetricId::device_polls, name, Slot::device_polls, device.id);
    add(MetricId::device_poll_errors, name, Slot::device_failures, device.id);
    add(MetricId::device_poll_duration, name, Slot::device_latency, device.id);
    add_constant(MetricId::device_info, {{"device", devices_[device.id]},
                                         {"profile", device.profile ? clean(device.profile->id) : ""},
                                         {"bus", clean(plan_.buses[device.bus].name)},
                                         {"unit", is_bmc ? "" : std::to_string(device.unit)}});
    if (device.placement) {
      add_constant(MetricId::device_placement_info, {{"device", devices_[device.id]},
                                                     {"fleet", clean(plan_.fleets[device.placement->fleet])},
                                                     {"rack", clean(device.placement->rack)},
                                                     {"service", clean(device.placement->service)}});
    }
    if (is_bmc) {
      add(MetricId::device_power_source_info, name, Slot::device_power_source, device.id);
    }
    points_of_device_.clear();
    for (const auto id : device.points) {
      if (source_of(id) != nullptr) add_point(device, id, *source_of(id));
    }
  }

  /// One repeated series makes Prometheus refuse the whole scrape, so the first one stays alone.
  void add_point(const plan::Device& device, PointId id, const profiles::Point& source) {
    const auto family = family_of(source);
    if (!family) return;
    Labels labels{{"device", devices_[device.id]},
                  {"point", clean(family->point)},
                  {"direction", family->direction},
                  {"phase", family->phase},
                  {"tariff", family->tariff}};
    std::string name;
    append_series_name(name, metric(family->metric).name, "", labels);
    if (!points_of_device_.insert(name).second) {
      log::warn("two readings have the same series; the second is left out", {{"series", name}});
      return;
    }
    add(family->metric, std::move(labels), Slot::point, id, family->factor);
  }

  void add_ledger() {
    if (!plan_.ledger.kept()) return;
    add(MetricId::agent_ledger_healthy, {}, Slot::ledger, LedgerLayout::healthy());
    add(MetricId::agent_ledger_commits, {}, Slot::ledger, LedgerLayout::commits());
    add(MetricId::agent_ledger_commit_errors, {}, Slot::ledger, LedgerLayout::commit_errors());
    add(MetricId::agent_ledger_commit_time, {}, Slot::ledger, LedgerLayout::commit_time());
    add(MetricId::agent_ledger_waiting, {}, Slot::ledger, LedgerLayout::waiting());
    add(MetricId::agent_ledger_batches, {}, Slot::ledger, LedgerLayout::batches());
    add(MetricId::agent_ledger_root, {}, Slot::ledger, LedgerLayout::root());
    add(MetricId::agent_ledger_checkpointed, {}, Slot::ledger, LedgerLayout::checkpointed());
    add(MetricId::agent_ledger_checkpoint_time, {}, Slot::ledger, LedgerLayout::checkpoint_time());
  }

  void add_agent() {
    add_constant(MetricId::build_info, {{"version", clean(sources_.version)}, {"compiler", clean(__VERSION__)}});
    add(MetricId::agent_tick_duration, {}, Slot::figure, FigureLayout::tick_duration());
    add(MetricId::agent_sample_age, {}, Slot::figure, FigureLayout::oldest_sample());
    add(MetricId::agent_samples, {}, Slot::figure, FigureLayout::samples());
    for (std::size_t i = 0; i < sources_.collectors.size(); ++i) {
      const Labels name{{"collector", collectors_[i]}};
      add(MetricId::agent_requests, name, Slot::collector_requests, i);
      add(MetricId::agent_sent_bytes, name, Slot::collector_sent, i);
      add(MetricId::agent_received_bytes, name, Slot::collector_received, i);
      add(MetricId::agent_dropped_samples, name, Slot::collector_dropped, i);
      add(MetricId::agent_overruns, name, Slot::collector_overruns, i);
      add(MetricId::agent_lateness, name, Slot::collector_lateness, i);
    }
    add(MetricId::process_cpu, {}, Slot::process_cpu, 0);
    add(MetricId::process_resident_memory, {}, Slot::process_resident, 0);
    add(MetricId::process_virtual_memory, {}, Slot::process_virtual, 0);
    add(MetricId::process_open_fds, {}, Slot::process_fds, 0);
    add(MetricId::process_max_fds, {}, Slot::process_max_fds, 0);
    add(MetricId::process_threads, {}, Slot::process_threads, 0);
    add(MetricId::process_start_time, {}, Slot::process_start, 0);
  }

  const Sources& sources_;
  const std::function<void(const Series&)>& take_;
  const plan::Plan& plan_;
  FigureLayout layout_;
  std::string facility_;
  std::vector<std::string> zones_;
  std::vector<std::string> devices_;
  std::vector<std::string> meters_;
  std::vector<std::string> collectors_;
  std::vector<bool> required_;  ///< by MeterId
  std::unordered_set<std::string> points_of_device_;
};

}  // namespace

void for_each_series(const Sources& sources, const std::function<void(const Series&)>& take) {
  Enumeration{sources, take}.run();
}

std::vector<Series> series_of(const Sources& sources) {
  std::vector<Series> all;
  for_each_series(sources, [&](const Series& series) { all.push_back(series); });
  std::ranges::stable_sort(all, {}, &Series::metric);
  return all;
}

std::vector<std::string> label_values(const std::vector<std::string>& names) {
  std::vector<std::string> values;
  std::unordered_set<std::string> taken;
  for (const auto& name : names) {
    const auto cleaned = clean(name);
    auto value = cleaned;
    for (int n = 2; !taken.insert(value).second; ++n) value = cleaned + "~" + std::to_string(n);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace pue::exposition
