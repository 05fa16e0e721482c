#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <memory>

#include "agent/commands/command.h"
#include "agent/commands/import_summary.h"
#include "agent/commands/ledger_act.h"
#include "agent/commands/load_plan.h"
#include "agent/commands/text_table.h"
#include "agent/history/intake.h"
#include "agent/history/iso_time.h"
#include "config/quantities.h"

namespace pue::commands {
namespace {

using namespace std::chrono_literals;
using history::Intake;

struct ImportOptions {
  std::string config_file;
  std::string interval = "15m";
  bool estimated = false;
  bool dry_run = false;
  std::vector<std::string> files;
};

int fail(int exit_code, const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return exit_code;
}

/// A bar on a terminal; nothing elsewhere.
class Progress {
 public:
  explicit Progress(const std::vector<std::string>& files) : wanted_(progress_is_wanted()) {
    for (const auto& file : files) {
      std::error_code unknown;
      const auto size = std::filesystem::file_size(file, unknown);
      if (!unknown) total_ += size;
    }
  }
  ~Progress() {
    if (wanted_) std::cerr << "\r\x1B[K" << std::flush;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t bytes) {
    if (!wanted_ || total_ == 0) return;
    const auto percent = std::min<std::uint64_t>(100, bytes * 100 / total_);
    if (percent == shown_) return;
    shown_ = percent;
    constexpr std::size_t k_width = 40;
    std::cerr << fmt::format("\r[{:-<{}}] {} %", std::string(percent * k_width / 100, '#'), k_width, percent);
    std::cerr.flush();
  }

 private:
  bool wanted_;
  std::uint64_t total_ = 0;
  std::uint64_t shown_ = 101;
};

void read_all(const std::vector<std::string>& files, Intake& intake) {
  Progress progress{files};
  std::uint64_t before = 0;
  for (const auto& file : files) {
    std::uint64_t of_this = 0;
    intake.read(file, [&](std::uint64_t bytes) {
      of_this = bytes;
      progress.show(before + bytes);
    });
    before += of_this;
  }
}

int tell_problems(const Intake& intake) {
  for (const auto& problem : intake.problems()) std::cerr << problem << '\n';
  if (intake.problem_count() > intake.problems().size()) {
    std::cerr << "... and " << intake.problem_count() - intake.problems().size() << " more\n";
  }
  return fail(k_usage_error, "nothing was imported");
}

/// What is in the ledger, or will be, of a time that the files tell of too.
class Overlaps {
 public:
  Overlaps(const plan::Plan& plan, const std::vector<Intake::Meter>& meters) : plan_(plan) {
    for (const auto& meter : meters) {
      if (!meter.rows.empty()) of_name_[plan.meters[meter.meter].name].rows = &meter.rows;
    }
  }

  [[nodiscard]] bool look(const LedgerAct& act) {
    ledger::UnixMs from = 0;
    ledger::UnixMs to = 0;
    for (const auto& [name, one] : of_name_) {
      from = to == 0 ? one.rows->front().start : std::min(from, one.rows->front().start);
      to = std::max(to, end_of(one.rows->back()));
    }
    return act.recorded(from, to, [&](const std::string& meter, const ledger::EnergyRow& row) {
      const auto found = of_name_.find(meter);
      if (found != of_name_.end() && shares_time(*found->second.rows, row)) {
        add(found->second, row.start, end_of(row));
      }
    });
  }

  /// @return how many meters are concerned; each is told on standard error.
  [[nodiscard]] std::size_t tell(const LedgerAct& act) const {
    std::size_t count = 0;
    for (const auto& [name, one] : of_name_) {
      const auto& meter = *std::ranges::find(plan_.meters, name, &plan::Meter::name);
      const auto open = act.open_span(meter);
      const bool runs_into_open = open && one.rows->front().start < open->to && end_of(one.rows->back()) > open->from;
      if (one.to != 0) {
        std::cerr << fmt::format(
            "meter '{}': the ledger holds energy of {} to {} already, of which the files tell too\n", name,
            history::written_time(one.from), history::written_time(one.to));
      } else if (runs_into_open) {
        std::cerr << fmt::format(
            "meter '{}': the agent itself counts from {} on, and records it when it runs again: leave out what the "
            "files tell of that time\n",
            name, history::written_time(open->from));
      }
      if (one.to != 0 || runs_into_open) ++count;
    }
    return count;
  }

 private:
  struct One {
    const std::vector<ledger::EnergyRow>* rows = nullptr;
    ledger::UnixMs from = 0;
    ledger::UnixMs to = 0;  ///< 0: nothing found
  };

  static ledger::UnixMs end_of(const ledger::EnergyRow& row) { return row.start + row.length; }
  static bool shares_time(const std::vector<ledger::EnergyRow>& rows, const ledger::EnergyRow& held) {
    const auto first =
        std::ranges::partition_point(rows, [&](const ledger::EnergyRow& row) { return end_of(row) <= held.start; });
    return first != rows.end() && first->start < end_of(held);
  }
  static void add(One& one, ledger::UnixMs from, ledger::UnixMs to) {
    one.from = one.to == 0 ? from : std::min(one.from, from);
    one.to = std::max(one.to, to);
  }

  const plan::Plan& plan_;
  std::map<std::string, One, std::less<>> of_name_;
};

/// Tells of meters whose files begin a while after their last record: files that are read in one run join, those read
/// in two do not.
[[nodiscard]] bool tell_gaps(const LedgerAct& act, const plan::Plan& plan, const std::vector<Intake::Meter>& meters) {
  constexpr ledger::UnixMs k_look_back = 31LL * 24 * 3600 * 1000;
  constexpr ledger::UnixMs k_worth_telling = 1000;
  struct Edge {
    ledger::UnixMs first = 0;  ///< of the files
    ledger::UnixMs last = 0;   ///< end of the last record before; 0: none
  };
  std::map<std::string, Edge, std::less<>> edges;
  ledger::UnixMs from = std::numeric_limits<ledger::UnixMs>::max();
  ledger::UnixMs to = 0;
  for (const auto& meter : meters) {
    if (meter.rows.empty()) continue;
    const ledger::UnixMs first = meter.rows.front().start;
    edges[plan.meters[meter.meter].name].first = first;
    from = std::min(from, first - k_look_back);
    to = std::max(to, first);
  }
  const bool read = act.recorded(from, to, [&](const std::string& name, const ledger::EnergyRow& row) {
    const auto found = edges.find(name);
    if (found == edges.end() || row.start >= found->second.first) return;
    found->second.last = std::max(found->second.last, row.start + row.length);
  });
  for (const auto& [name, edge] : edges) {
    if (edge.last == 0 || edge.first - edge.last < k_worth_telling || edge.first - edge.last > k_look_back) continue;
    std::cerr << fmt::format(
        "warning: meter '{}': nothing is recorded from {} to {}; where a register tells of that time, import the files "
        "before and after it in one run\n",
        name, history::written_time(edge.last), history::written_time(edge.first));
  }
  return read;
}

int record(LedgerAct& act, const ImportOptions& options, const Intake& intake, std::vector<Intake::Meter> meters) {
  const auto ids = act.configure();
  if (!ids) return k_runtime_failure;
  std::vector<ledger::EnergyRow> rows;
  for (auto& meter : meters) {
    for (auto& row : meter.rows) {
      row.meter = (*ids)[meter.meter];
      rows.push_back(row);
    }
    std::vector<ledger::EnergyRow>().swap(meter.rows);
  }
  std::vector<ledger::Event> events;
  for (const auto& file : intake.files()) events.push_back(event_of(file, options.estimated, act.now()));
  const auto count = rows.size();
  if (!act.commit(std::move(rows), std::move(events), {}, true)) return k_runtime_failure;
  std::cout << "\nimported " << count << " records\n";
  return k_good;
}

int import(const ImportOptions& options) {
  const auto interval = config::parse_duration(options.interval);
  if (!interval) return fail(k_usage_error, "--interval: " + interval.error());
  if (*interval < 1s || *interval > 24h) return fail(k_usage_error, "--interval: expected 1s to 1d");
  const auto plan = load_plan(options.config_file);
  if (!plan) return plan.error();
  Intake intake{*plan, {.numbers = {.interval = *interval, .estimated = options.estimated, .now = LedgerAct::time()}}};
  read_all(options.files, intake);
  if (intake.problem_count() != 0) return tell_problems(intake);
  auto meters = intake.take_rows();
  const bool any = std::ranges::any_of(meters, [](const Intake::Meter& meter) { return !meter.rows.empty(); });
  if (!any) return fail(k_usage_error, "the files hold no energy: a register, and power, need two readings of a meter");
  auto act = LedgerAct::open(*plan, options.dry_run ? LedgerAct::Run::dry : LedgerAct::Run::real);
  if (!act) return act.error();
  Overlaps overlaps{*plan, meters};
  if (!overlaps.look(*act)) return k_runtime_failure;
  if (overlaps.tell(*act) != 0) return fail(k_usage_error, "nothing was imported");
  if (!tell_gaps(*act, *plan, meters)) return k_runtime_failure;
  std::cout << summary_of(*plan, intake.files(), meters);
  if (options.dry_run) {
    std::cout << "\na dry run: nothing was recorded\n";
    return k_good;
  }
  return record(*act, options, intake, std::move(meters));
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ImportOptions>();
  auto* command = app.add_subcommand("import", "Bring history from another system into the ledger");
  command->add_option("--config.file", options->config_file, "Configuration file")->required();
  command->add_option("--interval", options->interval, "How long a row of energy_kwh lasts, 1s to 1d")
      ->capture_default_str();
  command->add_flag("--estimated", options->estimated, "The numbers are estimates of the other system");
  command->add_flag("--dry-run", options->dry_run, "Check everything and record nothing");
  command->add_option("CSV", options->files, "Files with time, meter and a column of numbers, in order of time")
      ->required();
  command->callback([options, &exit_code] { exit_code = import(*options); });
}

}  // namespace pue::commands
