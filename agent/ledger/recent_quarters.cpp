#include "agent/ledger/recent_quarters.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "agent/ledger/slots.h"
#include "agent/plan/zone_boundary.h"

namespace pue::ledger {
namespace {

constexpr UnixMs k_reach = 25LL * 3600 * 1000;

// Sums of the table: the total, IT energy by layer, then overhead and IT energy of each zone.
constexpr std::size_t k_total = 0;
std::size_t sum_of(plan::Layer layer) { return 1 + static_cast<std::size_t>(layer); }
constexpr std::size_t k_before_zones = 4;
std::size_t overhead_of(std::size_t zone) { return k_before_zones + 2 * zone; }
std::size_t it_of(std::size_t zone) { return k_before_zones + 2 * zone + 1; }

using Parts = std::vector<SlotTable::Part>;

/// By the name of the meter.
std::map<std::string, Parts> parts_in_zones(const plan::Plan& plan) {
  std::map<std::string, Parts> parts;
  for (std::size_t zone = 0; zone < plan.zones.size(); ++zone) {
    const auto boundary = plan::zone_boundary(plan, zone);
    for (const plan::MeterId meter : boundary.overhead)
      parts[plan.meters[meter].name].push_back({overhead_of(zone), 1});
    for (const plan::MeterId meter : boundary.it) parts[plan.meters[meter].name].push_back({it_of(zone), 1});
  }
  return parts;
}

std::vector<SlotTable::Member> members_of(const StoredConfiguration& stored, const plan::Plan& plan,
                                          const std::map<std::string, Parts>& in_zones) {
  std::vector<SlotTable::Member> members;
  const auto& meters = stored.configuration.meters;
  for (std::size_t i = 0; i < meters.size() && i < stored.meters.size(); ++i) {
    SlotTable::Member member{.id = stored.meters[i], .name = meters[i].name, .parts = {}};
    if (meters[i].total_sign != 0) member.parts.push_back({k_total, meters[i].total_sign});
    for (const plan::Layer layer : plan::k_layers) {
      if (meters[i].it_category == plan::category_of(layer)) member.parts.push_back({sum_of(layer), 1});
    }
    const auto now = std::ranges::find(plan.meters, meters[i].name, &plan::Meter::name);
    const bool same =
        now != plan.meters.end() && now->zone == meters[i].zone && plan::name_of(now->role) == meters[i].role;
    if (const auto zone = in_zones.find(meters[i].name); same && zone != in_zones.end()) {
      member.parts.insert(member.parts.end(), zone->second.begin(), zone->second.end());
    }
    members.push_back(std::move(member));
  }
  return members;
}

std::optional<LedgerQuarter::Pair> pair_of(const SlotTable& table, std::size_t numerator, std::size_t denominator,
                                           UnixMs start) {
  const std::array sums{numerator, denominator};
  const auto paired = table.paired(sums, start, start + SlotTable::k_slot_ms);
  if (paired.counted == 0 || paired.amounts[0].whole < 0 || paired.amounts[1].whole < 0) return std::nullopt;
  const auto joules = [](std::int64_t whole) { return Joules{static_cast<double>(whole)}; };
  return LedgerQuarter::Pair{joules(paired.amounts[0].whole), joules(paired.amounts[1].whole),
                             joules(paired.amounts[0].integrated) + joules(paired.amounts[1].integrated)};
}

}  // namespace

tl::expected<std::vector<LedgerQuarter>, Error> recent_quarters(Reader& reader, const plan::Plan& plan, UnixMs now) {
  std::vector<LedgerQuarter> quarters;
  if (now < k_reach) return quarters;  // a clock that was never set
  const UnixMs begin = now - k_reach - (now - k_reach) % SlotTable::k_slot_ms;
  SlotTable table{begin, now, k_before_zones + 2 * plan.zones.size()};
  const auto in_zones = parts_in_zones(plan);
  for (const StoredConfiguration& stored : reader.configurations()) {
    table.add_boundary(members_of(stored, plan, in_zones));
  }
  const auto visited = reader.energy(begin, now, [&](std::int64_t, const EnergyRow& row) {
    if (is_reckonable(row)) table.add(row);
  });
  if (!visited) return tl::unexpected(visited.error());
  for (UnixMs start = begin; start + SlotTable::k_slot_ms <= now; start += SlotTable::k_slot_ms) {
    LedgerQuarter quarter{.start = start, .layers = {}, .zones = {}};
    for (const plan::Layer layer : plan::k_layers) {
      const auto index = static_cast<std::size_t>(layer);
      if (!plan.it[index].empty()) quarter.layers[index] = pair_of(table, k_total, sum_of(layer), start);
    }
    for (std::size_t zone = 0; zone < plan.zones.size(); ++zone) {
      quarter.zones.push_back(pair_of(table, overhead_of(zone), it_of(zone), start));
    }
    quarters.push_back(std::move(quarter));
  }
  return quarters;
}

}  // namespace pue::ledger
