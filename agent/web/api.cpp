#include "agent/web/api.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "agent/log/log.h"
#include "agent/web/view.h"

namespace pue::web {
namespace {

using Json = nlohmann::ordered_json;

Json number(std::optional<double> value) { return value && std::isfinite(*value) ? Json(*value) : Json(nullptr); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// Strings were made valid UTF-8 before; replacing what is not is the second lock on that door.
std::string written(const Json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Json collector_json(const exposition::Collector& collector) {
  return {{"name", log::printable(collector.name)},
          {"requests", collector.stats->requests()},
          {"sent_bytes", collector.stats->bytes_sent()},
          {"received_bytes", collector.stats->bytes_received()},
          {"dropped_samples", collector.stats->dropped_samples()},
          {"overruns", collector.stats->overruns()}};
}

Json device_json(const DeviceView& device) {
  Json errors = Json::object();
  for (std::size_t i = 1; i < k_poll_failures; ++i) {
    if (device.failures[i] > 0) errors[std::string{name_of(static_cast<PollFailure>(i))}] = device.failures[i];
  }
  Json last_error = nullptr;
  if (device.last_failure != PollFailure::none) {
    last_error = {{"reason", name_of(device.last_failure)}, {"description", describe(device.last_failure)}};
  }
  return {{"name", device.name},
          {"bus", device.bus},
          {"unit", device.unit},
          {"profile", text_or_null(device.profile)},
          {"up", device.up},
          {"last_success_age_seconds", number(device.last_success_age)},
          {"last_error", last_error},
          {"polls", device.polls},
          {"errors", errors},
          {"latency_seconds", number(device.latency)},
          {"points", device.points},
          {"points_with_value", device.points_known},
          {"power_source",
           device.power_source == PowerSource::unknown ? Json(nullptr) : Json(name_of(device.power_source))},
          {"shared_supply", device.shared_supply},
          {"fleet", text_or_null(device.fleet)},
          {"rack", text_or_null(device.rack)},
          {"service", text_or_null(device.service)}};
}

Json layer_json(const LayerView& layer) {
  Json windows = Json::array();
  for (const auto& window : layer.windows) {
    windows.push_back({{"window", window.window},
                       {"pue", number(window.ratio)},
                       {"coverage", number(window.coverage)},
                       {"integrated_share", number(window.integrated_share)}});
  }
  return {{"measured_at", name_of(layer.layer)},
          {"category", category_of(layer.layer)},
          {"it_power_watts", number(layer.it_power)},
          {"it_energy_joules", number(layer.it_energy)},
          {"instant_ratio", number(layer.instant_ratio)},
          {"windows", windows},
          {"withheld", layer.withheld ? Json(sentence_of(*layer.withheld)) : Json(nullptr)},
          {"withheld_by", layer.withheld ? Json(layer.withheld->meter) : Json(nullptr)}};
}

Json zone_json(const ZoneView& zone) {
  Json windows = Json::object();
  for (const auto window : plan::k_windows) {
    windows[std::string{name_of(window)}] = number(zone.ratios[static_cast<std::size_t>(window)]);
  }
  return {{"name", zone.name}, {"partial_pue", windows}};
}

Json meter_json(const MeterView& meter) {
  return {{"name", meter.name},
          {"device", text_or_null(meter.device)},
          {"role", meter.role},
          {"category", meter.category},
          {"zone", text_or_null(meter.zone)},
          {"upstream", text_or_null(meter.upstream)},
          {"required", meter.required},
          {"valid", meter.value.has_value()},
          {"value", number(meter.value)},
          {"unit", symbol(meter.unit)},
          {"power_watts", number(meter.power)},
          {"energy_joules", number(meter.energy)},
          {"balance_residual_ratio", number(meter.balance_residual)}};
}

Json carbon_json(const exposition::Sources& sources, const FacilityView& view) {
  const auto& factor = sources.plan.facility.grid_factor;
  if (!factor) return nullptr;
  return {{"scope", 2},
          {"method", "location"},
          {"co2_grams", number(view.co2_grams)},
          {"grid_intensity_grams_per_joule", factor->grams_per_joule},
          {"grid_zone", log::printable(factor->zone)},
          {"year", factor->year},
          {"source", log::printable(factor->source, 512)},
          {"estimated", factor->estimated}};
}

Json ledger_json(const std::optional<LedgerView>& ledger) {
  if (!ledger) return nullptr;
  return {{"healthy", ledger->healthy},
          {"last_commit_timestamp_seconds", number(ledger->last_commit)},
          {"waiting_records", number(ledger->waiting_records)},
          {"batches", number(ledger->batches)},
          {"checkpoint_batches", number(ledger->checkpoint_batches)},
          {"last_checkpoint_timestamp_seconds", number(ledger->last_checkpoint)}};
}

}  // namespace

std::string status_json(const exposition::Sources& sources, Instant started) {
  const auto view = facility_view(sources);
  std::size_t up = 0;
  for (std::size_t i = 0; i < sources.board.devices(); ++i) {
    up += sources.board.device(static_cast<DeviceId>(i)).up() ? 1 : 0;
  }
  Json collectors = Json::array();
  for (const auto& collector : sources.collectors) collectors.push_back(collector_json(collector));
  return written({{"version", sources.version},
                  {"facility", view.name},
                  {"ready", ready(sources)},
                  {"uptime_seconds", seconds_of(sources.now() - started).value()},
                  {"tick", number(view.tick)},
                  {"tick_age_seconds", number(view.tick_age)},
                  {"devices", {{"configured", sources.board.devices()}, {"up", up}}},
                  {"meters", sources.plan.meters.size()},
                  {"points", sources.plan.points.size()},
                  {"config_sha256", sources.plan.config_sha256},
                  {"ledger", ledger_json(ledger_view(sources))},
                  {"collectors", collectors}});
}

std::string devices_json(const exposition::Sources& sources) {
  Json devices = Json::array();
  for (const auto& device : device_views(sources)) devices.push_back(device_json(device));
  return written({{"devices", devices}});
}

std::string facility_json(const exposition::Sources& sources) {
  const auto view = facility_view(sources);
  Json layers = Json::array();
  for (const auto& layer : view.layers) layers.push_back(layer_json(layer));
  Json zones = Json::array();
  for (const auto& zone : view.zones) zones.push_back(zone_json(zone));
  Json meters = Json::array();
  for (const auto& meter : view.meters) meters.push_back(meter_json(meter));
  return written({{"facility", view.name},
                  {"standard", text_or_null(log::printable(sources.plan.facility.standard))},
                  {"method", sources.plan.method == plan::TotalMethod::entrance ? "entrance" : "submetered"},
                  {"tick", number(view.tick)},
                  {"tick_age_seconds", number(view.tick_age)},
                  {"total_power_watts", number(view.total_power)},
                  {"total_energy_joules", number(view.total_energy)},
                  {"pue", layers},
                  {"carbon", carbon_json(sources, view)},
                  {"zones", zones},
                  {"meters", meters}});
}

}  // namespace pue::web
