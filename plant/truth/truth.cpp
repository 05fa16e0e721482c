#include "plant/truth/truth.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace pue::plant {
namespace {

using nlohmann::json;

std::map<std::string, std::string, std::less<>> parameters_of(std::string_view target) {
  std::map<std::string, std::string, std::less<>> found;
  const auto question = target.find('?');
  if (question == std::string_view::npos) return found;
  auto rest = target.substr(question + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) found.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return found;
}

std::optional<double> number(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0.0) || value > 1e7) return std::nullopt;
  return value;
}

TruthAnswer refuse(const std::string& why) { return {400, json{{"error", why}}.dump() + "\n"}; }

TruthAnswer begin_fault(Site& site, ipmi::Fleet& bmcs, std::string_view target) {
  const auto given = parameters_of(target);
  const auto text = [&](std::string_view key) {
    const auto found = given.find(key);
    return found == given.end() ? std::string{} : found->second;
  };
  const auto seconds = number(text("for").empty() ? "3600" : text("for"));
  const auto value = number(text("value").empty() ? "0" : text("value"));
  if (!seconds || !value) return refuse("for and value are numbers from 0 to 10000000");
  const auto now = std::chrono::steady_clock::now();
  const auto until =
      now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(*seconds));
  const auto begun = [&] {
    return TruthAnswer{200,
                       json{{"device", text("device")}, {"fault", text("kind")}, {"seconds", *seconds}}.dump() + "\n"};
  };
  if (auto* bmc = bmcs.find(text("device"))) {
    const auto fault = ipmi::bmc_fault_from(text("kind"));
    if (!fault) return refuse("no fault '" + text("kind") + "' of BMCs");
    bmc->begin(*fault, *value, until);
    return begun();
  }
  auto* device = site.find(text("device"));
  if (device == nullptr) return refuse("no device '" + text("device") + "'");
  const auto kind = fault_from(text("kind"));
  if (!kind) return refuse("no fault '" + text("kind") + "'");
  device->begin({.kind = *kind, .value = *value, .until = until}, now);
  return begun();
}

TruthAnswer clear_faults(Site& site, ipmi::Fleet& bmcs, std::string_view target) {
  const auto given = parameters_of(target);
  const auto only = given.find("device");
  if (only == given.end()) {
    bmcs.clear_faults();
    for (const auto& device : site.devices()) device->clear_faults();
  } else if (auto* bmc = bmcs.find(only->second)) {
    bmc->clear_faults();
  } else if (auto* device = site.find(only->second)) {
    device->clear_faults();
  } else {
    return refuse("no device '" + only->second + "'");
  }
  return {200, "{}\n"};
}

json bmcs_of(const ipmi::Fleet& bmcs) {
  json found = json::object();
  for (std::size_t i = 0; i < bmcs.size(); ++i) {
    const auto& bmc = bmcs.bmc(i);
    found[bmc.name()] = {{"address", ipmi::Fleet::address(i).to_string()},
                         {"make", bmc.vendor().name},
                         {"watts", bmc.readings().watts},
                         {"inlet_celsius", bmc.readings().inlet_celsius},
                         {"commands", bmc.commands()}};
  }
  return found;
}

json devices_of(const Site& site) {
  json devices = json::object();
  for (std::size_t i = 0; i < site.devices().size(); ++i) {
    const auto& device = *site.devices()[i];
    const auto& meaning = site.layout().instruments[i].meaning;
    devices[device.name()] = {{"profile", device.profile().id},
                              {"role", meaning ? meaning->role : ""},
                              {"serial", device.serial()},
                              {"watts", device.quantities().watts().value()},
                              {"joules", device.quantities().joules().value()}};
  }
  return devices;
}

json ratio(Joules total, Joules it) { return it > Joules{} ? json(total / it) : json(nullptr); }

}  // namespace

std::string truth_of(const Site& site, const ipmi::Fleet& bmcs, const RequestCounts& counts) {
  const auto& at = site.point();
  const auto& energy = site.energies();
  const json truth{
      {"profile", site.parameters().name},
      {"time", site.clock().real(site.now()).value()},
      {"simulated_time", site.clock().simulated(site.now()).value()},
      {"speed", site.clock().speed()},
      {"total_watts", at.total.value()},
      {"it_watts", at.ups_output.value()},
      {"it_pdu_watts", at.pdu_output.value()},
      {"it_rack_watts", at.it.value()},
      {"total_joules", energy.total.value()},
      {"it_joules", energy.it_ups.value()},
      {"it_pdu_joules", energy.it_pdu.value()},
      {"it_rack_joules", energy.it_rack.value()},
      {"pue", ratio(energy.total, energy.it_ups)},
      {"pue_pdu", ratio(energy.total, energy.it_pdu)},
      {"pue_rack", ratio(energy.total, energy.it_rack)},
      {"instant_pue", at.total / at.ups_output},
      {"instant_pue_pdu", at.total / at.pdu_output},
      {"instant_pue_rack", at.total / at.it},
      {"cooling_watts", at.cooling().value()},
      {"ups_loss_watts", at.ups_loss.value()},
      {"transformer_loss_watts", at.transformer_loss.value()},
      {"rejected_heat_watts", at.rejected_heat.value()},
      {"economiser_share", at.economiser_share},
      {"chiller_cop", at.chiller_cop},
      {"water_cubic_meters", energy.water.value()},
      {"water_cubic_meters_per_second", at.make_up_water.value()},
      {"dry_bulb_celsius", at.air.dry_bulb.value()},
      {"wet_bulb_celsius", at.wet_bulb.value()},
      {"humidity_ratio", at.air.humidity},
      {"requests", counts.requests},
      {"write_attempts", counts.write_attempts + bmcs.change_attempts()},
      {"malformed", counts.malformed},
      {"devices", devices_of(site)},
      {"bmcs", bmcs_of(bmcs)},
  };
  return truth.dump(1) + "\n";
}

TruthAnswer answer_truth(Site& site, ipmi::Fleet& bmcs, const RequestCounts& counts, std::string_view method,
                         std::string_view target) {
  if (method == "GET") return {200, truth_of(site, bmcs, counts)};
  const auto path = target.substr(0, target.find('?'));
  if (method == "POST" && path == "/fault") return begin_fault(site, bmcs, target);
  if (method == "POST" && path == "/clear") return clear_faults(site, bmcs, target);
  return {404, json{{"error", "GET /, POST /fault or POST /clear"}}.dump() + "\n"};
}

}  // namespace pue::plant
