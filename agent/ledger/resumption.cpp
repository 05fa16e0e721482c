#include "agent/ledger/resumption.h"

#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "agent/ledger/naming.h"

namespace pue::ledger {
namespace {

/// More than a thousand years of the largest site: no agent has counted that.
constexpr std::int64_t k_most = std::int64_t{1} << 60;

bool can_be(std::int64_t whole, double rest) { return std::abs(whole) < k_most && rest >= 0.0 && rest < 1.0; }

/// Counts what is recorded and nothing else.
void count(AccountState& account, const EnergyRow& row) {
  if ((row.quality & (k_imported | k_corrected)) != 0) return;
  account.recorded_measured += row.measured;
  account.recorded_integrated += row.integrated;
  account.recorded_substituted += row.substituted;
  const UnixMs end = row.start + row.length;
  if (end < account.open_since) return;
  account.open_since = end;
  account.register_value.reset();
  if (row.reading) account.register_value = static_cast<double>(*row.reading);
}

}  // namespace

tl::expected<std::vector<AccountState>, Error> accounts_from_records(Reader& reader,
                                                                     const std::vector<AccountState>& accounts) {
  std::map<std::string, AccountState, std::less<>> rebuilt;
  for (const AccountState& account : accounts) {
    if (!account.name.starts_with('@')) {
      rebuilt[account.name] = {.name = account.name, .resets = account.resets, .rollovers = account.rollovers};
    } else if (can_be(account.measured, account.measured_rest) && can_be(account.integrated, account.integrated_rest) &&
               can_be(account.substituted, account.substituted_rest)) {
      rebuilt[account.name] = account;
    }
  }
  const auto visited = reader.energy(std::numeric_limits<UnixMs>::min(), std::numeric_limits<UnixMs>::max(),
                                     [&](std::int64_t, const EnergyRow& row) {
                                       const auto meter = reader.meter(row.meter);
                                       if (!meter) return;
                                       AccountState& account = rebuilt[meter->record->name];
                                       account.name = meter->record->name;
                                       count(account, row);
                                     });
  if (!visited) return tl::unexpected(visited.error());
  std::vector<AccountState> all;
  for (auto& [name, account] : rebuilt) {
    if (!name.starts_with('@')) {
      account.measured = account.recorded_measured;
      account.integrated = account.recorded_integrated;
      account.substituted = account.recorded_substituted;
      account.reading_time = account.open_since;
    }
    all.push_back(std::move(account));
  }
  return all;
}

void leave_old_sources(const std::vector<StoredConfiguration>& configurations, const Configuration& now,
                       std::vector<AccountState>& accounts) {
  std::map<std::string_view, const MeterRecord*> before;
  for (const StoredConfiguration& stored : configurations) {
    for (const MeterRecord& meter : stored.configuration.meters) before[meter.name] = &meter;
  }
  std::map<std::string_view, const MeterRecord*> after;
  for (const MeterRecord& meter : now.meters) after[meter.name] = &meter;
  for (AccountState& account : accounts) {
    const auto old = before.find(account.name);
    const auto current = after.find(account.name);
    if (old == before.end() || current == after.end()) continue;
    const MeterRecord& a = *old->second;
    const MeterRecord& b = *current->second;
    const bool other_device = a.device != b.device || a.profile != b.profile;
    if (other_device || a.point != b.point) account.power.reset();
    if (!other_device && a.energy_point == b.energy_point) continue;
    account.serial.clear();
    if (!account.register_value) continue;
    account.register_value.reset();
    account.open_quality |= k_replaced;
    ++account.resets;
  }
}

tl::expected<std::vector<std::int64_t>, Error> put_in_force(Store& store,
                                                            const std::vector<StoredConfiguration>& configurations,
                                                            const Configuration& now, const Stamp& stamp,
                                                            std::vector<AccountState>& accounts) {
  leave_old_sources(configurations, now, accounts);
  if (accounts != store.resumed().accounts) {
    if (auto left = store.commit({.stamp = stamp, .accounts = accounts}); !left) return tl::unexpected(left.error());
  }
  return store.configure(now, stamp);
}

bool tells_serial_as_text(const plan::Plan& plan, std::uint32_t meter) {
  const auto& point = plan.meters[meter].serial_number;
  return point && plan.points[*point].source != nullptr &&
         plan.points[*point].source->type == profiles::RegisterType::text;
}

std::vector<LedgerAccount> resumed_accounts(const plan::Plan& plan, const std::vector<AccountState>& accounts,
                                            const std::string& boot_id) {
  std::unordered_map<std::string, std::uint32_t> numbers;
  for (const std::string& name : account_names(plan)) {
    numbers.emplace(name, static_cast<std::uint32_t>(numbers.size()));
  }
  std::vector<LedgerAccount> resumed;
  for (const AccountState& state : accounts) {
    const auto found = numbers.find(state.name);
    if (found == numbers.end()) continue;
    LedgerAccount account = account_of(state, found->second);
    if (state.boot_id != boot_id || boot_id == k_unknown_boot) account.reading_boottime = -1;
    if (found->second < plan.meters.size()) {
      if (!plan.meters[found->second].serial_number) account.serial_number.reset();
      if (tells_serial_as_text(plan, found->second)) account.serial_number = fingerprint_of(state.serial);
    }
    resumed.push_back(account);
  }
  return resumed;
}

}  // namespace pue::ledger
