#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/commands/command.h"
#include "agent/commands/ledger_act.h"
#include "agent/commands/load_plan.h"
#include "agent/history/correction.h"
#include "agent/history/decimal.h"
#include "agent/history/iso_time.h"
#include "agent/history/meter_history.h"
#include "agent/history/replacement.h"
#include "agent/log/log.h"
#include "agent/plan/account_unit.h"
#include "config/nearest.h"

namespace pue::commands {
namespace {

using Json = nlohmann::ordered_json;

/// What both acts are told.
struct ActOptions {
  std::string config_file;
  std::string meter;
  std::string person;
  std::string reason;
  bool dry_run = false;
};

struct ReplaceOptions : ActOptions {
  std::string old_reading;
  std::string new_reading;
  std::string old_serial;
  std::string new_serial;
  std::string time;
};

struct CorrectOptions : ActOptions {
  std::string from;
  std::string to;
  std::string energy_kwh;
  std::string volume_m3;
};

int fail(int exit_code, const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return exit_code;
}

std::string told(const std::string& text) { return log::printable(text, 512); }

/// A meter of the plan, and how it counts.
struct Counted {
  const plan::Meter* meter = nullptr;
  history::Scale scale;
};

tl::expected<Counted, std::string> find(const plan::Plan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.meters, name, &plan::Meter::name);
  if (found == plan.meters.end()) {
    std::vector<std::string> known;
    known.reserve(plan.meters.size());
    for (const auto& meter : plan.meters) known.push_back(meter.name);
    return tl::unexpected("no meter '" + told(name) + "'" + config::suggestion(name, known));
  }
  const auto scale = history::scale_of(plan, *found);
  if (!scale) return tl::unexpected("meter '" + told(name) + "' counts neither energy nor a volume");
  return Counted{&*found, *scale};
}

std::string amount(const plan::Plan& plan, const plan::Meter& meter, std::int64_t whole) {
  const bool volume = plan::account_unit(plan, meter) == plan::AccountUnit::milliliter;
  return fmt::format("{:.3f} {}", static_cast<double>(whole) / (volume ? 1e6 : 3.6e6), volume ? "m3" : "kWh");
}

ledger::Event event(const LedgerAct& act, std::string kind, const ActOptions& options, Json detail) {
  detail["person"] = told(options.person);
  detail["reason"] = told(options.reason);
  detail["uid"] = ::getuid();
  return {.time = act.now(), .kind = std::move(kind), .subject = told(options.meter), .detail = detail.dump()};
}

/// The last step of both: writes, unless it is only to be told.
int record(LedgerAct& act, plan::MeterId meter, std::vector<ledger::EnergyRow> rows, ledger::Event event,
           const std::vector<ledger::AccountState>& changed) {
  if (act.dry()) {
    std::cout << "a dry run: nothing was recorded\n";
    return k_good;
  }
  const auto ids = act.configure();
  if (!ids) return k_runtime_failure;
  for (auto& row : rows) {
    if (row.meter == 0) row.meter = (*ids)[meter];
  }
  if (!act.commit(std::move(rows), {std::move(event)}, changed, false)) return k_runtime_failure;
  std::cout << "recorded\n";
  return k_good;
}

tl::expected<history::Replacement, std::string> replacement_from(const ReplaceOptions& options, ledger::UnixMs now) {
  const auto old_reading = history::millionths(options.old_reading);
  const auto new_reading = history::millionths(options.new_reading);
  const auto time = history::parse_time(options.time);
  if (!old_reading || *old_reading < 0) return tl::unexpected(std::string("--old-reading: expected a number"));
  if (!new_reading || *new_reading < 0) return tl::unexpected(std::string("--new-reading: expected a number"));
  if (!time) return tl::unexpected("--time: " + time.error());
  if (*time > now) return tl::unexpected(std::string("--time: lies in the future"));
  return history::Replacement{
      .old_reading = *old_reading, .new_reading = *new_reading, .new_serial = options.new_serial, .time = *time};
}

constexpr std::int64_t k_longest_bridge_ms = 5LL * 60 * 1000;

int replace(const ReplaceOptions& options) {
  const auto plan = load_plan(options.config_file);
  if (!plan) return plan.error();
  const auto counted = find(*plan, options.meter);
  if (!counted) return fail(k_usage_error, counted.error());
  const auto& meter = *counted->meter;
  auto given = replacement_from(options, LedgerAct::time());
  if (!given) return fail(k_usage_error, given.error());
  if (meter.max_power) given->max_power = meter.max_power->value() / (meter.ratio * meter.conversion);
  auto act = LedgerAct::open(*plan, options.dry_run ? LedgerAct::Run::dry : LedgerAct::Run::real);
  if (!act) return act.error();

  history::Replaced made;
  const auto* const account = act->account(meter.name);
  made.account = account == nullptr ? ledger::AccountState{.name = meter.name} : *account;
  // A meter whose power is integrated, or that is fed by import alone, has no register to go on from.
  if (meter.energy) {
    auto replaced = history::replace(counted->scale, made.account, *given, k_longest_bridge_ms);
    if (!replaced) return fail(k_usage_error, replaced.error());
    made = std::move(*replaced);
  }
  // What its plate says need not be what its register says: the next one told is the new meter's.
  made.account.serial.clear();

  const auto* const unit = counted->scale.of_volume ? "m3" : "kWh";
  std::cout << fmt::format("meter '{}', replaced at {}: {} {} on the old one, {} {} on the new one\n", told(meter.name),
                           history::written_time(given->time), told(options.old_reading), unit,
                           told(options.new_reading), unit);
  std::cout << fmt::format("the old one counted {} since it was last read\n", amount(*plan, meter, made.energy));
  const Json detail{{"old_reading", told(options.old_reading)},
                    {"new_reading", told(options.new_reading)},
                    {"unit", unit},
                    {"old_serial", told(options.old_serial)},
                    {"new_serial", told(options.new_serial)},
                    {"time", given->time},
                    {"ct_ratio", meter.ratio},
                    {"energy", made.energy}};
  return record(*act, meter.id, std::move(made.rows), event(*act, "meter-replaced", options, detail), {made.account});
}

struct Wanted {
  ledger::UnixMs from = 0;
  ledger::UnixMs to = 0;
  std::int64_t amount = 0;  ///< whole units
};

tl::expected<Wanted, std::string> wanted_from(const CorrectOptions& options, bool volume, ledger::UnixMs now) {
  const auto from = history::parse_time(options.from);
  const auto to = history::parse_time(options.to);
  if (!from) return tl::unexpected("--from: " + from.error());
  if (!to) return tl::unexpected("--to: " + to.error());
  if (*from >= *to) return tl::unexpected(std::string("--to: expected a time after --from"));
  if (*to > now) return tl::unexpected(std::string("--to: lies in the future"));
  const auto& text = volume ? options.volume_m3 : options.energy_kwh;
  if (text.empty()) {
    return tl::unexpected(std::string(volume ? "the meter counts a volume: expected --volume-m3"
                                             : "the meter counts energy: expected --energy-kwh"));
  }
  const auto number = history::millionths(text);
  if (!number) return tl::unexpected("'" + told(text) + "': expected a plain number, such as 1234.5");
  return Wanted{*from, *to, volume ? *number : std::llroundl(static_cast<long double>(*number) * 3.6L)};
}

int correct(const CorrectOptions& options) {
  const auto plan = load_plan(options.config_file);
  if (!plan) return plan.error();
  const auto counted = find(*plan, options.meter);
  if (!counted) return fail(k_usage_error, counted.error());
  const auto& meter = *counted->meter;
  const bool volume = plan::account_unit(*plan, meter) == plan::AccountUnit::milliliter;
  const auto wanted = wanted_from(options, volume, LedgerAct::time());
  if (!wanted) return fail(k_usage_error, wanted.error());
  if (wanted->amount < 0 && !counted->scale.may_be_negative) {
    return fail(k_usage_error, "below 0: only a source (grid, battery, ...) can flow backwards");
  }
  auto act = LedgerAct::open(*plan, options.dry_run ? LedgerAct::Run::dry : LedgerAct::Run::real);
  if (!act) return act.error();
  if (const auto open = act->open_span(meter); open && wanted->to > open->from && wanted->from < open->to) {
    return fail(k_usage_error, "the records of '" + told(meter.name) + "' reach to " +
                                   history::written_time(open->from) +
                                   ": what came after it is recorded when the agent runs again, and can be corrected "
                                   "then");
  }
  std::vector<ledger::EnergyRow> recorded;
  const bool read = act->recorded(wanted->from, wanted->to, [&](const std::string& name, const ledger::EnergyRow& row) {
    if (name == meter.name) recorded.push_back(row);
  });
  if (!read) return k_runtime_failure;
  auto made = history::correct(recorded, wanted->from, wanted->to, wanted->amount, 0);
  if (!made) return fail(k_usage_error, made.error());

  std::cout << fmt::format("meter '{}', {} to {}: {} in {} record{} become {}\n", told(meter.name),
                           history::written_time(wanted->from), history::written_time(wanted->to),
                           amount(*plan, meter, made->before), made->reversed, made->reversed == 1 ? "" : "s",
                           amount(*plan, meter, made->after));
  const Json detail{{"from", wanted->from},
                    {"to", wanted->to},
                    {"before", made->before},
                    {"after", made->after},
                    {"reversed", made->reversed}};
  return record(*act, meter.id, std::move(made->rows), event(*act, "correction", options, detail), {});
}

/// A record of who and why says nothing when it is blank.
std::string not_blank(const std::string& text) {
  return text.find_first_not_of(" \t") == std::string::npos ? "expected a text that is not blank" : "";
}

void add_common(CLI::App& command, ActOptions& options) {
  command.add_option("--config.file", options.config_file, "Configuration file")->required();
  command.add_option("--meter", options.meter, "Name of the meter")->required();
  command.add_option("--person", options.person, "Who did this")->required()->check(not_blank);
  command.add_flag("--dry-run", options.dry_run, "Tell what would be recorded, and record nothing");
}

}  // namespace

void add_meter(CLI::App& app, int& exit_code) {
  auto* group = app.add_subcommand("meter", "Record by hand that a meter was replaced, or what it should have counted");
  group->require_subcommand(1);

  auto replaced = std::make_shared<ReplaceOptions>();
  auto* replacing = group->add_subcommand("replace", "A meter was taken out and another put in its place");
  add_common(*replacing, *replaced);
  replacing->add_option("--old-reading", replaced->old_reading, "Register of the old meter at its end, kWh or m3")
      ->required();
  replacing->add_option("--new-reading", replaced->new_reading, "Register of the new meter at its beginning")
      ->required();
  replacing->add_option("--old-serial", replaced->old_serial, "Serial number of the old meter");
  replacing->add_option("--new-serial", replaced->new_serial, "Serial number of the new meter");
  replacing->add_option("--time", replaced->time, "When, as ISO 8601 with an offset")->required();
  replacing->add_option("--reason", replaced->reason, "Why");
  replacing->callback([replaced, &exit_code] { exit_code = replace(*replaced); });

  auto corrected = std::make_shared<CorrectOptions>();
  auto* correcting = group->add_subcommand("correct", "Take back what is recorded of a time, and put an amount there");
  add_common(*correcting, *corrected);
  correcting->add_option("--from", corrected->from, "Beginning, as ISO 8601 with an offset")->required();
  correcting->add_option("--to", corrected->to, "End")->required();
  auto* energy = correcting->add_option("--energy-kwh", corrected->energy_kwh,
                                        "What it was, with share, transformer ratio and conversion applied");
  auto* volume = correcting->add_option("--volume-m3", corrected->volume_m3, "The same of a meter of water");
  energy->excludes(volume);
  correcting->add_option("--reason", corrected->reason, "Why")->required()->check(not_blank);
  correcting->callback([corrected, &exit_code] { exit_code = correct(*corrected); });
}

}  // namespace pue::commands
