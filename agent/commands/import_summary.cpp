#include "agent/commands/import_summary.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "agent/commands/text_table.h"
#include "agent/history/iso_time.h"
#include "agent/log/log.h"
#include "agent/plan/account_unit.h"

namespace pue::commands {
namespace {

std::string number(std::int64_t whole, plan::AccountUnit unit) {
  const double divisor = unit == plan::AccountUnit::milliliter ? 1e6 : 3.6e6;
  return whole == 0 ? "" : fmt::format("{:.3f}", static_cast<double>(whole) / divisor);
}

}  // namespace

std::string summary_of(const plan::Plan& plan, const std::vector<history::Intake::File>& files,
                       const std::vector<history::Intake::Meter>& meters) {
  using Side = TextTable::Side;
  TextTable of_files{{{"file"}, {"column"}, {"rows", Side::right}, {"first"}, {"last"}}};
  for (const auto& file : files) {
    of_files.add({log::printable(file.name), std::string{name_of(file.column)}, std::to_string(file.rows),
                  history::written_time(file.first), history::written_time(file.last)});
  }
  TextTable of_meters{{{"meter"},
                       {"records", Side::right},
                       {"measured", Side::right},
                       {"integrated", Side::right},
                       {"estimated", Side::right},
                       {"unit"}}};
  for (const auto& meter : meters) {
    ledger::EnergyRow sum;
    for (const auto& row : meter.rows) {
      sum.measured += row.measured;
      sum.integrated += row.integrated;
      sum.substituted += row.substituted;
    }
    const auto unit = plan::account_unit(plan, plan.meters[meter.meter]);
    of_meters.add({log::printable(plan.meters[meter.meter].name), std::to_string(meter.rows.size()),
                   number(sum.measured, unit), number(sum.integrated, unit), number(sum.substituted, unit),
                   unit == plan::AccountUnit::milliliter ? "m3" : "kWh"});
  }
  return of_files.text() + '\n' + of_meters.text();
}

ledger::Event event_of(const history::Intake::File& file, bool estimated, ledger::UnixMs now) {
  const nlohmann::ordered_json detail{
      {"sha256", file.sha256}, {"column", name_of(file.column)}, {"rows", file.rows}, {"from", file.first},
      {"to", file.last},       {"estimated", estimated},         {"uid", ::getuid()}};
  return {.time = now, .kind = "import", .subject = log::printable(file.name, 256), .detail = detail.dump()};
}

}  // namespace pue::commands
