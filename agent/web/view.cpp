#include "agent/web/view.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/log/log.h"
#include "agent/plan/boundary.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/ledger_layout.h"

namespace pue::web {
namespace {

using plan::FigureLayout;
using plan::LedgerLayout;

std::string clean(const std::string& text) { return log::printable(text); }

plan::Figures read_figures(const exposition::Sources& sources) {
  plan::Figures figures{sources.board.figures()};
  sources.board.read_figures(figures.words());
  return figures;
}

/// What the ledger says; empty where none is kept.
plan::Figures read_ledger(const exposition::Sources& sources) {
  plan::Figures figures{sources.board.ledger_figures()};
  sources.board.read_ledger(figures.words());
  return figures;
}

std::optional<Withheld> withheld_by(const exposition::Sources& sources, std::optional<double> meter_index) {
  if (!meter_index || !(*meter_index >= 0)) return std::nullopt;
  const auto index = static_cast<std::size_t>(*meter_index);
  if (index >= sources.plan.meters.size()) return std::nullopt;
  const auto& meter = sources.plan.meters[index];
  if (!meter.device) return Withheld{.meter = clean(meter.name), .device = {}};
  const auto& device = sources.board.device(*meter.device);
  return Withheld{.meter = clean(meter.name),
                  .device = clean(sources.plan.devices[*meter.device].name),
                  .device_up = device.up(),
                  .failure = device.last_failure()};
}

LayerView layer_view(const exposition::Sources& sources, const plan::Figures& figures, const plan::Figures& ledger,
                     plan::Layer layer) {
  LayerView view;
  view.layer = layer;
  view.it_power = figures.get(FigureLayout::it_power(layer));
  constexpr std::array sums{FacilitySum::it_ups, FacilitySum::it_pdu, FacilitySum::it_rack};
  view.it_energy = sources.plan.ledger.kept() ? ledger.get(LedgerLayout::sum(sums[static_cast<std::size_t>(layer)]))
                                              : figures.get(FigureLayout::it_energy(layer));
  view.instant_ratio = figures.get(FigureLayout::instant_ratio(layer));
  for (const auto window : plan::k_windows) {
    view.windows.push_back({.window = name_of(window),
                            .ratio = figures.get(FigureLayout::ratio(layer, window)),
                            .coverage = figures.get(FigureLayout::coverage(layer, window)),
                            .integrated_share = figures.get(FigureLayout::integrated_share(layer, window))});
  }
  for (const auto window : plan::k_long_windows) {
    if (!sources.plan.ledger.kept()) break;
    view.windows.push_back({.window = name_of(window),
                            .ratio = ledger.get(LedgerLayout::ratio(layer, window)),
                            .coverage = ledger.get(LedgerLayout::coverage(layer, window)),
                            .integrated_share = ledger.get(LedgerLayout::integrated(layer, window))});
  }
  view.withheld = withheld_by(sources, figures.get(FigureLayout::withheld_by(layer)));
  return view;
}

MeterView meter_view(const plan::Plan& plan, const FigureLayout& layout, const plan::Figures& figures,
                     const plan::Figures& ledger, const plan::Meter& meter, bool required) {
  const auto energy = [&] {
    return plan.ledger.kept() ? ledger.get(LedgerLayout::meter_energy(meter.id))
                              : figures.get(layout.meter_energy(meter.id));
  };
  const auto value = figures.get(layout.meter_power(meter.id));
  const auto unit = plan::unit_of(plan, meter);
  const bool reads_power = unit == profiles::Unit::watt;
  return {.name = clean(meter.name),
          .device = meter.device ? clean(plan.devices[*meter.device].name) : std::string{},
          .role = std::string{plan::name_of(meter.role)},
          .category = std::string{category_of(meter.role)},
          .zone = clean(meter.zone),
          .upstream = meter.upstream ? clean(plan.meters[*meter.upstream].name) : std::string{},
          .required = required,
          .value = value,
          .unit = unit,
          .power = reads_power ? value : std::nullopt,
          .energy = reads_power && meter.device ? energy() : std::nullopt,
          .balance_residual = figures.get(layout.balance_residual(meter.id))};
}

}  // namespace

std::string sentence_of(const Withheld& withheld) {
  if (withheld.device.empty()) {
    return "meter '" + withheld.meter + "' has no value: it has no device and is fed by import alone";
  }
  auto text = "meter '" + withheld.meter + "' has no value: device '" + withheld.device + "' ";
  if (withheld.device_up) return text + "answers, but gives no valid reading for it";
  if (withheld.failure == PollFailure::none) return text + "has not answered yet";
  return text + "is down: " + std::string{describe(withheld.failure)};
}

FacilityView facility_view(const exposition::Sources& sources) {
  const auto& plan = sources.plan;
  const FigureLayout layout{plan};
  const auto figures = read_figures(sources);
  const auto ledger = read_ledger(sources);
  const bool kept = plan.ledger.kept();
  FacilityView view;
  view.name = clean(plan.facility.name);
  view.tick = figures.get(FigureLayout::tick());
  if (const auto at = figures.get(FigureLayout::tick_time())) {
    view.tick_age = seconds_of(sources.now().time_since_epoch()).value() - *at;
  }
  view.total_power = figures.get(FigureLayout::total_power());
  view.total_energy =
      kept ? ledger.get(LedgerLayout::sum(FacilitySum::total)) : figures.get(FigureLayout::total_energy());
  view.co2_grams = kept ? ledger.get(LedgerLayout::sum(FacilitySum::co2)) : figures.get(FigureLayout::co2_location());
  for (const auto layer : plan::k_layers) {
    if (plan.it[static_cast<std::size_t>(layer)].empty()) continue;
    view.layers.push_back(layer_view(sources, figures, ledger, layer));
  }
  for (std::size_t zone = 0; zone < plan.zones.size(); ++zone) {
    ZoneView one{.name = clean(plan.zones[zone]), .ratios = {}};
    for (const auto window : plan::k_windows) {
      one.ratios[static_cast<std::size_t>(window)] = figures.get(layout.partial_ratio(zone, window));
    }
    view.zones.push_back(std::move(one));
  }
  const auto required = plan::required_meters(plan);
  for (const auto& meter : plan.meters) {
    view.meters.push_back(meter_view(plan, layout, figures, ledger, meter, required[meter.id]));
  }
  return view;
}

std::optional<LedgerView> ledger_view(const exposition::Sources& sources) {
  if (!sources.plan.ledger.kept()) return std::nullopt;
  const auto ledger = read_ledger(sources);
  return LedgerView{.healthy = ledger.get(LedgerLayout::healthy()) == 1.0,
                    .last_commit = ledger.get(LedgerLayout::commit_time()),
                    .waiting_records = ledger.get(LedgerLayout::waiting()),
                    .batches = ledger.get(LedgerLayout::batches()),
                    .checkpoint_batches = ledger.get(LedgerLayout::checkpointed()),
                    .last_checkpoint = ledger.get(LedgerLayout::checkpoint_time())};
}

std::vector<DeviceView> device_views(const exposition::Sources& sources) {
  const auto now = sources.now();
  std::vector<DeviceView> views;
  views.reserve(sources.plan.devices.size());
  for (const auto& device : sources.plan.devices) {
    const auto& state = sources.board.device(device.id);
    DeviceView view;
    view.name = clean(device.name);
    view.bus = clean(sources.plan.buses[device.bus].name);
    view.profile = device.profile ? clean(device.profile->id) : std::string{};
    view.unit = device.unit;
    view.up = state.up();
    if (const auto at = state.last_success()) {
      view.last_success_age = seconds_of(now - *at).value();
      view.latency = seconds_of(state.latency()).value();
    }
    view.last_failure = state.last_failure();
    view.polls = state.polls();
    for (std::size_t i = 0; i < k_poll_failures; ++i) view.failures[i] = state.failures(static_cast<PollFailure>(i));
    view.power_source = state.power_source();
    view.shared_supply = state.shared_supply();
    if (device.placement) {
      view.fleet = clean(sources.plan.fleets[device.placement->fleet]);
      view.rack = clean(device.placement->rack);
      view.service = clean(device.placement->service);
    }
    view.points = device.points.size();
    view.points_known = static_cast<std::size_t>(
        std::ranges::count_if(device.points, [&](PointId point) { return sources.board.point(point).has_value(); }));
    views.push_back(std::move(view));
  }
  return views;
}

bool ready(const exposition::Sources& sources) {
  const auto figures = read_figures(sources);
  if (!figures.get(FigureLayout::tick())) return false;
  const bool all_asked =
      std::ranges::all_of(sources.collectors, [](const auto& one) { return one.stats->requests() > 0; });
  if (all_asked) return true;
  for (std::size_t i = 0; i < sources.board.devices(); ++i) {
    if (sources.board.device(static_cast<DeviceId>(i)).polls() == 0) return false;
  }
  return true;
}

}  // namespace pue::web
