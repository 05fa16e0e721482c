#include "agent/web/page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "agent/web/view.h"
#include "agent/web/words.h"

namespace pue::web {
namespace {

constexpr int k_renew_seconds = 5;
constexpr std::size_t k_most_rows = 500;
constexpr std::string_view k_dash = "–";

constexpr std::string_view k_style = R"(
:root { color-scheme: light dark; --line: #8884; --dim: #888; --good: #2a8a4a; --bad: #c8372d; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 78rem; padding: 1rem; }
header { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
header a { margin-left: auto; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1rem; }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem 1rem; min-width: 9rem; }
.card b { display: block; font-size: 1.7rem; font-weight: 600; }
.card.pue b { font-size: 3.4rem; line-height: 1.1; }
.dim { color: var(--dim); font-size: .85rem; }
.up { color: var(--good); }
.down { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--dim); }
th, td { padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; }
)";

std::string plain(std::optional<double> value, int digits) {
  return value && std::isfinite(*value) ? fmt::format("{:.{}f}", *value, digits) : std::string{k_dash};
}

/// A number with the prefix that leaves one to three digits before the point.
std::string scaled(std::optional<double> value, std::string_view unit) {
  if (!value || !std::isfinite(*value)) return std::string{k_dash};
  constexpr std::array<std::string_view, 5> prefixes{"", "k", "M", "G", "T"};
  double number = *value;
  std::size_t prefix = 0;
  while (std::abs(number) >= 1000.0 && prefix + 1 < prefixes.size()) number /= 1000.0, ++prefix;
  const int digits = std::abs(number) < 10 ? 2 : std::abs(number) < 100 ? 1 : 0;
  return fmt::format("{:.{}f} {}{}", number, digits, prefixes[prefix], unit);
}

/// Energy as people read it.
std::string energy(std::optional<double> joules) {
  if (!joules) return std::string{k_dash};
  return scaled(*joules / 3600.0, "Wh");
}

/// What a meter reads: its power, the temperature of a weather sensor, the flow of water.
std::string reading(const MeterView& meter) {
  if (meter.unit == profiles::Unit::watt) return scaled(meter.power, "W");
  if (!meter.value || !std::isfinite(*meter.value)) return std::string{k_dash};
  if (meter.unit == profiles::Unit::cubic_meter_per_second) return fmt::format("{:.3g} m³/h", *meter.value * 3600.0);
  return fmt::format("{:.4g} {}", *meter.value, symbol(meter.unit));
}

std::string percent(std::optional<double> ratio) {
  return ratio && std::isfinite(*ratio) ? fmt::format("{:.1f} %", *ratio * 100.0) : std::string{k_dash};
}

std::string span_of_time(double seconds) {
  if (seconds < 0) seconds = 0;
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} d", seconds / 86400);
}

/// Writes one page into one string.
class Page {
 public:
  Page(const exposition::Sources& sources, Language language)
      : facility_(facility_view(sources)),
        devices_(device_views(sources)),
        language_(language),
        w_(words_of(language)) {}

  std::string write(std::string_view version) {
    begin();
    cards();
    windows();
    zones();
    meters();
    devices();
    add("<footer class=\"dim\"><p>pue-agent {} · <a href=\"/metrics\">/metrics</a> · "
        "<a href=\"/api/v1/facility\">/api/v1/facility</a> · <a href=\"/api/v1/devices\">/api/v1/devices</a> · "
        "<a href=\"/api/v1/status\">/api/v1/status</a></p></footer>\n</body>\n</html>\n",
        html_escaped(version));
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void begin() {
    const auto name = html_escaped(facility_.name);
    add("<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"refresh\" content=\"{}\">\n<title>{} · PUE</title>\n"
        "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n",
        w_.tag, k_renew_seconds, name);
    add("<header><h1>{}</h1><span class=\"dim\">{}</span><a href=\"/?lang={}\" lang=\"{}\">{}</a></header>\n", name,
        w_.title, w_.other_tag, w_.other_tag, w_.other_name);
  }

  void card(std::string_view kind, std::string_view label, std::string_view value, std::string_view note) {
    add("<div class=\"card {}\"><span class=\"dim\">{}</span><b>{}</b><span class=\"dim\">{}</span></div>\n", kind,
        label, value, note);
  }

  void cards() {
    add("<div class=\"cards\">\n");
    for (const auto& layer : facility_.layers) {
      const auto& shortest = layer.windows.front();
      card("pue", fmt::format("PUE · {}", shortest.window), plain(shortest.ratio, 3),
           fmt::format("{} {} · {} {}", w_.measured_at, name_of(layer.layer), w_.coverage, percent(shortest.coverage)));
    }
    card("", w_.facility_power, scaled(facility_.total_power, "W"), "");
    for (const auto& layer : facility_.layers) {
      card("", w_.it_power, scaled(layer.it_power, "W"), name_of(layer.layer));
    }
    card("", w_.facility_energy, energy(facility_.total_energy), "");
    if (facility_.co2_grams) card("", w_.co2, scaled(facility_.co2_grams, "g"), "");
    add("</div>\n");
    for (const auto& layer : facility_.layers) {
      if (layer.withheld) withheld(layer);
    }
  }

  void withheld(const LayerView& layer) {
    const auto& why = *layer.withheld;
    if (why.device.empty()) {
      return add("<p class=\"down\">PUE ({}) {}: {} · {}: {}</p>\n", name_of(layer.layer), w_.withheld,
                 w_.meter_has_no_value, html_escaped(why.meter), w_.import_alone);
    }
    std::string reason{w_.no_valid_reading};
    if (!why.device_up && why.failure == PollFailure::none) reason = w_.not_answered_yet;
    if (!why.device_up && why.failure != PollFailure::none) {
      reason = fmt::format("{}: {}", w_.is_down, describe(why.failure, language_));
    }
    add("<p class=\"down\">PUE ({}) {}: {} · {} ({}): {}</p>\n", name_of(layer.layer), w_.withheld,
        w_.meter_has_no_value, html_escaped(why.meter), html_escaped(why.device), html_escaped(reason));
  }

  void windows() {
    if (facility_.layers.empty()) return;
    add("<h2>PUE</h2>\n<div class=\"scroll\"><table>\n<tr><th>{}</th><th>{}</th><th class=\"n\">PUE</th>"
        "<th class=\"n\">{}</th><th class=\"n\">{}</th></tr>\n",
        w_.measured_at, w_.window, w_.coverage, w_.integrated);
    for (const auto& layer : facility_.layers) {
      for (const auto& window : layer.windows) {
        add("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            name_of(layer.layer), window.window, plain(window.ratio, 4), percent(window.coverage),
            percent(window.integrated_share));
      }
      add("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td colspan=\"2\" class=\"dim\">{}</td></tr>\n",
          name_of(layer.layer), w_.instant, plain(layer.instant_ratio, 4), w_.instant_note);
    }
    add("</table></div>\n");
  }

  void zones() {
    if (facility_.zones.empty()) return;
    add("<h2>{}</h2>\n<div class=\"scroll\"><table>\n<tr><th>{}</th>", w_.zones, w_.zone);
    for (const auto window : plan::k_windows) add("<th class=\"n\">{}</th>", name_of(window));
    add("</tr>\n");
    for (const auto& zone : facility_.zones) {
      add("<tr><td>{}</td>", html_escaped(zone.name));
      for (const auto& ratio : zone.ratios) add("<td class=\"n\">{}</td>", plain(ratio, 4));
      add("</tr>\n");
    }
    add("</table></div>\n");
  }

  void meters() {
    add("<h2>{}</h2>\n<div class=\"scroll\"><table>\n<tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th>{}</th>"
        "<th class=\"n\">{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th></tr>\n",
        w_.meters, w_.meter, w_.role, w_.zone, w_.upstream, w_.device, w_.power, w_.energy, w_.residual);
    for (const auto& meter : facility_.meters) {
      const bool missing = meter.required && !meter.power;
      add("<tr><td{}>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
          "<td class=\"n\">{}</td></tr>\n",
          missing ? " class=\"down\"" : "", html_escaped(meter.name), meter.role, html_escaped(meter.zone),
          html_escaped(meter.upstream), html_escaped(meter.device), reading(meter), energy(meter.energy),
          percent(meter.balance_residual));
    }
    add("</table></div>\n");
  }

  void devices() {
    // What needs a hand comes first.
    std::ranges::stable_sort(devices_, {}, &DeviceView::up);
    add("<h2>{} ({}/{})</h2>\n<div class=\"scroll\"><table>\n", w_.devices,
        std::ranges::count(devices_, true, &DeviceView::up), devices_.size());
    add("<tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th>",
        w_.device, w_.bus, w_.unit, w_.profile, w_.state, w_.last_answer, w_.latency);
    add("<th class=\"n\">{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th><th>{}</th></tr>\n", w_.points, w_.polls,
        w_.errors, w_.last_error);
    for (std::size_t i = 0; i < std::min(devices_.size(), k_most_rows); ++i) device(devices_[i]);
    add("</table></div>\n");
    if (devices_.size() > k_most_rows)
      add("<p class=\"dim\">{} {}</p>\n", devices_.size() - k_most_rows, w_.more_devices);
  }

  void device(const DeviceView& device) {
    std::uint64_t errors = 0;
    for (const auto count : device.failures) errors += count;
    const bool waiting = !device.up && device.polls == 0;
    const auto state = device.up ? w_.up : waiting ? w_.waiting : w_.down;
    const auto age = device.last_success_age ? fmt::format("{} {}", span_of_time(*device.last_success_age), w_.ago)
                                             : std::string{w_.never};
    const auto latency = device.latency ? fmt::format("{:.1f} ms", *device.latency * 1000.0) : std::string{k_dash};
    const auto error =
        device.last_failure == PollFailure::none ? std::string_view{} : describe(device.last_failure, language_);
    add("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td>",
        html_escaped(device.name), html_escaped(device.bus), device.unit, html_escaped(device.profile),
        device.up ? "up"
        : waiting ? "dim"
                  : "down",
        state, age, latency);
    add("<td class=\"n\">{}/{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td{}>{}</td></tr>\n",
        device.points_known, device.points, device.polls, errors, device.up ? " class=\"dim\"" : "",
        html_escaped(error));
  }

  FacilityView facility_;
  std::vector<DeviceView> devices_;
  Language language_;
  const Words& w_;
  std::string out_;
};

}  // namespace

std::string_view style() { return k_style; }

std::string page(const exposition::Sources& sources, Language language) {
  return Page{sources, language}.write(sources.version);
}

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace pue::web
