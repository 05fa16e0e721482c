// ledger_year FILE METERS FROM DAYS ZONE [faults] [hostile] [batch=QUARTERS]
//
// Writes a ledger as an agent would have: a facility of about 1 MW IT with METERS meters (17 at least), a record for
// each in every quarter of an hour, a batch for each 672 of them or for as many as
// `batch` says; the agent itself makes one for each, and a checkpoint every hour, as this does up to batch=4. The same
// arguments give the same records. With `faults` meters are silent at times, some energy is estimated, one counter
// begins again and a configuration is changed; with `hostile` names hold markup.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "agent/civil/zone.h"
#include "agent/ledger/store.h"

namespace {

using namespace pue;
using ledger::EnergyRow;

constexpr std::int64_t k_slot = civil::k_quarter_hour_ms;
constexpr double k_slot_seconds = 900.0;

/// Powers of the facility at one time.
struct Moment {
  double it = 0.0;  ///< watts
  double cooling = 0.0;
  double loss = 0.0;
  double lighting = 0.0;
  double solar = 0.0;
  double dry_bulb = 0.0;
};

Moment moment(double day_of_year, double hour) {
  using std::numbers::pi;
  Moment m;
  m.dry_bulb = 10.5 + 14.0 * std::sin(2 * pi * (day_of_year - 105) / 365) + 5.0 * std::sin(2 * pi * (hour - 9) / 24);
  m.it = 1e6 * (1.0 + 0.08 * std::sin(2 * pi * (hour - 8) / 24));
  m.cooling = m.it * (0.09 + 0.009 * std::max(m.dry_bulb - 5.0, 0.0));
  m.loss = 0.055 * m.it;
  m.lighting = 9e3;
  m.solar = 6e4 * std::max(std::sin(2 * pi * (hour - 6) / 24), 0.0);
  return m;
}

struct Simulated {
  ledger::MeterRecord record;
  std::function<double(const Moment&)> watts;  ///< or milliliters a second, or degrees
  double total = 0.0;
  std::int64_t reading = 0;
};

ledger::MeterRecord meter(std::string name, std::string role, int total_sign, int category, std::string upstream) {
  ledger::MeterRecord record;
  record.name = std::move(name);
  record.device = record.name + "-device";
  record.role = std::move(role);
  record.unit = "J";
  record.point = "power_active_total";
  record.energy_point = "energy_active_import_total";
  record.share = "1";
  record.ct_ratio = "1";
  record.conversion = "1";
  record.accuracy_class = "0.5S";
  record.ct_class = "0.5S";
  record.serial = "S-" + record.name;
  record.calibrated_until = "2028-12-31";
  record.zone = category != 0 ? "hall-1" : "";
  record.upstream = std::move(upstream);
  record.profile = "schneider-pm5xxx";
  record.total_sign = total_sign;
  record.it_category = category;
  return record;
}

std::vector<Simulated> facility(int meters, bool hostile) {
  std::vector<Simulated> all;
  const auto add = [&](ledger::MeterRecord record, std::function<double(const Moment&)> watts) {
    all.push_back({std::move(record), std::move(watts), 0.0, 0});
  };
  const auto total = [](const Moment& m) { return m.it + m.cooling + m.loss + m.lighting; };
  add(meter("utility-a", "grid", 1, 0, ""), [=](const Moment& m) { return 0.6 * (total(m) - m.solar); });
  add(meter("utility-b", "grid", 1, 0, ""), [=](const Moment& m) { return 0.4 * (total(m) - m.solar); });
  add(meter("generator-1", "generator", 1, 0, ""), [](const Moment&) { return 0.0; });
  add(meter("pv-roof", "onsite.solar", 1, 0, ""), [](const Moment& m) { return m.solar; });
  add(meter("ups-a-out", "it.ups", 0, 1, "utility-a"), [](const Moment& m) { return 0.5 * m.it; });
  add(meter("ups-b-out", "it.ups", 0, 1, "utility-b"), [](const Moment& m) { return 0.5 * m.it; });
  add(meter("pdu-1", "it.pdu", 0, 2, "ups-a-out"), [](const Moment& m) { return 0.4975 * m.it; });
  add(meter("pdu-2", "it.pdu", 0, 2, "ups-b-out"), [](const Moment& m) { return 0.4975 * m.it; });
  add(meter("chiller-1", "cooling.chiller", 0, 0, "utility-a"), [](const Moment& m) { return 0.55 * m.cooling; });
  add(meter("tower-1", "cooling.tower", 0, 0, "utility-a"), [](const Moment& m) { return 0.08 * m.cooling; });
  add(meter("pumps", "cooling.pump", 0, 0, "utility-b"), [](const Moment& m) { return 0.12 * m.cooling; });
  add(meter("crah", "cooling.crah", 0, 0, "utility-b"), [](const Moment& m) { return 0.25 * m.cooling; });
  add(meter("lighting", "lighting", 0, 0, "utility-b"), [](const Moment& m) { return m.lighting; });
  auto heat = meter("heat-rejected", "heat.rejected", 0, 0, "");
  heat.accuracy_class = "2";
  heat.ct_class.clear();
  add(heat, [](const Moment& m) { return 1.02 * m.it; });
  heat.name = "heat-reused";
  heat.role = "heat.reused";
  add(heat, [](const Moment& m) { return m.dry_bulb < 12.0 ? 0.2 * m.it : 0.0; });
  auto water = heat;
  water.name = "water-main";
  water.role = "water";
  water.unit = "mL";
  add(water, [](const Moment& m) { return m.it * 0.0004; });
  auto air = heat;
  air.name = "roof-air";
  air.role = "weather.dry_bulb";
  air.unit = "degC.s";
  add(air, [](const Moment& m) { return m.dry_bulb; });
  const int racks = std::max(meters - static_cast<int>(all.size()), 0);
  for (int i = 0; i < racks; ++i) {
    auto rack = meter("rack-" + std::to_string(i + 1), "it.rack", 0, 3, i % 2 == 0 ? "pdu-1" : "pdu-2");
    if (hostile && i == 0) rack.name = "<script>alert(1)</script>&\"' rack";
    if (hostile && i == 1) rack.name = "=cmd|'/c calc'!A1";
    add(rack, [racks](const Moment& m) { return 0.99 * m.it / racks; });
  }
  return all;
}

ledger::Configuration configuration(const std::vector<Simulated>& meters, const std::string& zone, bool hostile) {
  ledger::Configuration made;
  made.sha256 = std::string(64, 'a');
  made.agent_version = "0.1.0";
  made.facility = hostile ? "</title><img src=x onerror=alert(1)>" : "sample-1";
  made.region = "sample";
  made.timezone = zone;
  made.grid_zone = "CN-SX";
  made.standard = "ISO/IEC 30134-2";
  made.method = "entrance";
  made.design_it_watts = "1500000";
  made.grid_factor = "0.000197111";
  made.grid_factor_year = "2022";
  made.grid_factor_source = "sample";
  for (const auto& meter : meters) made.meters.push_back(meter.record);
  return made;
}

[[noreturn]] void fail(const std::string& why) {
  std::cerr << "ledger_year: " << why << '\n';
  std::exit(1);
}

template <class Value>
Value must(tl::expected<Value, ledger::Error> result) {
  if (!result) fail(describe(result.error()));
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

/// What is wrong with a meter's quarter-hour when faults are wanted. By numbers that hold no pattern of a day.
void break_row(EnergyRow& row, std::size_t meter, std::int64_t slot, bool& left_out) {
  if (meter == 0 && slot % 9601 < 7) left_out = true;  // utility-a is silent for under two hours now and then
  if (meter == 5 && slot % 5003 < 3) {                 // ups-b-out in part
    row.covered = row.length / 2;
    row.quality |= ledger::k_partial;
  }
  if (meter == 4 && slot % 4001 < 4) {  // ups-a-out estimated
    row.substituted = row.measured;
    row.measured = 0;
    row.reading.reset();
    row.quality |= ledger::k_estimated;
  }
  if (meter == 8) {  // the chiller has no register
    row.integrated = row.measured;
    row.measured = 0;
    row.reading.reset();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) fail("usage: ledger_year FILE METERS FROM DAYS ZONE [faults] [hostile] [batch=QUARTERS]");
  const std::string path = argv[1];
  const auto from = parse_date(argv[3]);
  const auto zone = civil::Zone::find(argv[5]);
  if (!from || !zone) fail("no such date or zone");
  bool faults = false;
  bool hostile = false;
  std::int64_t batch = 672;
  for (int i = 6; i < argc; ++i) {
    faults |= std::string(argv[i]) == "faults";
    hostile |= std::string(argv[i]) == "hostile";
    if (std::string(argv[i]).starts_with("batch=")) batch = std::max(std::atoi(argv[i] + 6), 1);
  }
  auto meters = facility(std::atoi(argv[2]), hostile);
  auto key = ledger::SigningKey::load_or_create(path + ".key");
  if (!key) fail(describe(key.error()));
  auto settings = configuration(meters, argv[5], hostile);
  auto store = must(ledger::Store::open(path, {.origin = ledger::origin_of("sample-1"),
                                               .key = std::make_shared<const ledger::SigningKey>(std::move(*key))}));
  const auto begin = zone->start_of(*from);
  const auto end = zone->start_of(Date{std::chrono::sys_days{*from} + std::chrono::days{std::atoi(argv[4])}});
  const ledger::Stamp start{begin, "boot-1", 0};
  auto ids = must(store.configure(settings, start));
  ledger::Commit commit{.stamp = start};
  commit.events.push_back({begin, "start", "", R"({"version":"0.1.0"})"});
  const auto write = [&](civil::UnixMs time) {
    commit.stamp = {time, "boot-1", time - begin};
    must(store.commit(commit));
    commit.energy.clear();
    commit.events.clear();
  };
  std::int64_t quarter = 0;
  for (const auto& day : zone->days_of({begin, end})) {
    const auto since = static_cast<double>(day.from - begin) / 86'400'000.0;
    for (auto at = day.from; at < day.to; at += k_slot, ++quarter) {
      const auto now = moment(since, static_cast<double>(at - day.from) / 3'600'000.0);
      for (std::size_t i = 0; i < meters.size(); ++i) {
        auto& meter = meters[i];
        const auto before = static_cast<std::int64_t>(meter.total);
        meter.total += meter.watts(now) * k_slot_seconds;
        const auto passed = static_cast<std::int64_t>(meter.total) - before;
        meter.reading += passed;
        EnergyRow row{.meter = ids[i], .start = at, .length = k_slot, .measured = passed, .covered = k_slot};
        if (meter.record.unit != "degC.s") row.reading = meter.reading;
        bool left_out = false;
        if (faults) break_row(row, i, quarter, left_out);
        if (faults && i == 6 && quarter == 3000) {
          meter.reading = 0;
          row.reading = 0;
          row.quality |= ledger::k_reset;
          commit.events.push_back({at, "counter-reset", meter.record.name, R"({"before":"1","after":"0"})"});
        }
        if (!left_out) commit.energy.push_back(row);
      }
      if ((quarter + 1) % batch != 0) continue;
      write(at + k_slot);
      if (batch <= 4 && (quarter + 1) % 4 == 0) must(store.checkpoint());
    }
    if (faults && quarter / 96 == 40 && settings.sha256.front() == 'a') {
      write(day.to);
      settings.sha256 = std::string(64, 'b');
      ids = must(store.configure(settings, commit.stamp));
      commit.events.push_back({day.to, "configuration", hostile ? "<b>'x" : "", R"({"sha256":"b"})"});
    }
  }
  commit.events.push_back({end - 1, "stop", "", "{}"});
  write(end);
  must(store.checkpoint());
  std::cout << quarter * static_cast<std::int64_t>(meters.size()) << " quarter-hours of meters, " << store.batches()
            << " batches\n";
}
