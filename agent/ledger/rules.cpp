#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "agent/ledger/store_state.h"

namespace pue::ledger {
namespace {

bool all_plain(std::initializer_list<const std::string*> texts) {
  return std::ranges::all_of(texts, [](const std::string* text) { return is_plain(*text); });
}

std::string broken_rule(std::span<const EnergyRow> rows, std::int64_t last_meter) {
  for (const EnergyRow& row : rows) {
    std::int64_t end = 0;
    if (row.meter < 1 || row.meter > last_meter) return "a row names meter " + std::to_string(row.meter);
    if (row.length <= 0 || __builtin_add_overflow(row.start, row.length, &end)) return "a row has no length";
    if (row.covered < 0 || row.covered > row.length) return "a row covers more than its length";
  }
  return {};
}

std::string broken_rule(const AccountState& account) {
  if (account.name.empty() || !all_plain({&account.name, &account.boot_id, &account.serial})) {
    return "an account's text holds control characters";
  }
  for (const double number :
       {account.measured_rest, account.integrated_rest, account.substituted_rest, account.register_value.value_or(0.0),
        account.highest_power, account.power.value_or(0.0)}) {
    if (!std::isfinite(number)) return "account '" + account.name + "' holds no number";
  }
  return {};
}

}  // namespace

std::string broken_rule(const Stamp& stamp) {
  return is_plain(stamp.boot_id) ? std::string{} : "the id of the boot holds control characters";
}

std::string broken_rule(const Commit& commit, std::int64_t last_meter) {
  if (auto rule = broken_rule(commit.stamp); !rule.empty()) return rule;
  if (auto rule = broken_rule(std::span{commit.energy}, last_meter); !rule.empty()) return rule;
  if (auto rule = broken_rule(std::span{commit.detail}, last_meter); !rule.empty()) return rule;
  for (const Event& event : commit.events) {
    if (event.kind.empty() || !all_plain({&event.kind, &event.subject, &event.detail})) {
      return "the text of an event '" + event.kind + "' holds control characters";
    }
  }
  for (const AccountState& account : commit.accounts) {
    if (auto rule = broken_rule(account); !rule.empty()) return rule;
  }
  return {};
}

std::string broken_rule(const Configuration& configuration) {
  const Configuration& c = configuration;
  if (!all_plain({&c.sha256, &c.agent_version, &c.facility, &c.region, &c.timezone, &c.grid_zone, &c.standard,
                  &c.method, &c.design_it_watts, &c.grid_factor, &c.grid_factor_year, &c.grid_factor_source})) {
    return "a text of the configuration holds control characters";
  }
  for (const MeterRecord& m : c.meters) {
    if (m.name.empty() || !all_plain({&m.name, &m.device, &m.role, &m.unit, &m.point, &m.energy_point, &m.share,
                                      &m.ct_ratio, &m.conversion, &m.accuracy_class, &m.ct_class, &m.serial,
                                      &m.calibrated_until, &m.zone, &m.service, &m.upstream, &m.profile})) {
      return "a text of meter '" + m.name + "' holds control characters";
    }
  }
  return {};
}

}  // namespace pue::ledger
