#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "agent/civil/zone.h"
#include "agent/commands/command.h"
#include "agent/commands/ledger_files.h"
#include "agent/ledger/reader.h"
#include "agent/ledger/slots.h"
#include "agent/report/compute.h"
#include "agent/report/csv.h"
#include "agent/report/html.h"
#include "agent/report/json.h"
#include "agent/version.h"
#include "config/load.h"
#include "config/nearest.h"

namespace pue::commands {
namespace {

struct ReportOptions {
  std::string config_file;
  std::string from;
  std::string to;
  std::string view = "en";
  std::string format = "html";
  std::string output;
  std::string language = "en";
};

constexpr auto k_longest = std::chrono::days{3 * 366};

int usage(const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return k_usage_error;
}

int failure(const std::string& message) {
  std::cerr << "pue-agent: " << message << '\n';
  return k_runtime_failure;
}

/// The file appears whole or not at all.
bool write_whole(const std::string& path, const std::string& text) {
  const auto draft = path + ".part";
  std::ofstream file{draft, std::ios::binary | std::ios::trunc};
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(draft, path, error);
  if (file && !error) return true;
  std::filesystem::remove(draft, error);
  return false;
}

std::vector<report::InForce> in_force(const ledger::Reader& reader) {
  std::vector<report::InForce> all;
  for (const auto& stored : reader.configurations()) all.push_back({stored.id, stored.configuration, stored.meters});
  return all;
}

/// @return whether every meter that the configuration leaves out is one of the ledger's; tells those that are not.
bool knows_upgrade(const ledger::Reader& reader, const config::Settings& settings) {
  std::vector<std::string> names;
  for (const auto& stored : reader.configurations()) {
    for (const auto& meter : stored.configuration.meters) names.push_back(meter.name);
  }
  bool good = true;
  for (const auto& wanted : settings.report.waste_heat_upgrade) {
    if (std::find(names.begin(), names.end(), wanted.value) != names.end()) continue;
    good = false;
    std::cerr << describe(config::Problem{
                     settings.file, wanted.at, "report.waste_heat_upgrade",
                     "the ledger has no meter '" + wanted.value + "'" + config::suggestion(wanted.value, names)})
              << '\n';
  }
  return good;
}

tl::expected<report::Report, ledger::Error> compute(ledger::Reader& reader, const report::Request& request,
                                                    const civil::Zone& zone, const config::Settings& settings) {
  const civil::Span span{zone.start_of(request.from), zone.start_of(request.to)};
  report::Computation computation{request, zone, in_force(reader), settings.report};
  const auto read = reader.energy(span.from - report::Computation::k_lead_ms, span.to,
                                  [&](std::int64_t, const ledger::EnergyRow& row) { computation.add(row); });
  if (!read) return tl::unexpected(read.error());
  auto stored = reader.events(span.from, span.to);
  if (!stored) return tl::unexpected(stored.error());
  std::vector<ledger::Event> events;
  events.reserve(stored->size());
  for (auto& event : *stored) events.push_back(std::move(event.event));
  const auto batches = reader.batches_of(span.from, span.to);
  if (!batches) return tl::unexpected(batches.error());
  const auto checkpoint = reader.last_checkpoint();
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  report::Evidence evidence;
  evidence.first_batch = static_cast<std::uint64_t>(batches->first);
  evidence.last_batch = static_cast<std::uint64_t>(batches->last);
  evidence.batches = reader.batches();
  evidence.chain_head = hexadecimal(reader.head());
  evidence.report_sha256 = settings.sha256;
  evidence.report_is_recorded = std::ranges::any_of(
      reader.configurations(), [&](const auto& known) { return known.configuration.sha256 == settings.sha256; });
  if (*checkpoint) evidence.checkpoint = (*checkpoint)->note;
  return computation.finish(std::move(events), std::move(evidence), std::string(k_version));
}

tl::expected<report::Request, std::string> request_of(const ReportOptions& options) {
  const auto from = parse_date(options.from);
  const auto to = parse_date(options.to);
  if (!from || !to) return tl::unexpected(std::string("--from and --to are dates, YYYY-MM-DD, from 1970 on"));
  const auto length = std::chrono::sys_days{*to} - std::chrono::sys_days{*from};
  if (length.count() <= 0)
    return tl::unexpected(std::string("--to is the day after the last one, so later than --from"));
  if (length > k_longest) return tl::unexpected(std::string("a report covers at most three years"));
  return report::Request{*from, *to, *report::view_from(options.view)};
}

int report_on(const ReportOptions& options) {
  const auto request = request_of(options);
  if (!request) return usage(request.error());
  auto settings = config::load(options.config_file);
  if (!settings) {
    for (const auto& problem : settings.error()) std::cerr << describe(problem) << '\n';
    return k_usage_error;
  }
  const auto zone = civil::Zone::find(settings->facility.timezone);
  if (!zone) return usage(options.config_file + ": facility.timezone: " + zone.error());
  if (zone->start_of(request->from) % ledger::SlotTable::k_slot_ms != 0 ||
      zone->start_of(request->to) % ledger::SlotTable::k_slot_ms != 0) {
    return usage("days of " + std::string(zone->name()) + " did not begin on a quarter of an hour then");
  }
  const auto files = ledger_files(*settings);
  if (!files) return usage(files.error());
  auto reader = ledger::Reader::open(files->path);
  if (!reader) return failure(describe(reader.error()));
  if (reader->configurations().empty()) return failure("the ledger holds no configuration and no record yet");
  if (!knows_upgrade(*reader, *settings)) return k_usage_error;
  const auto report = compute(*reader, *request, *zone, *settings);
  if (!report) return failure(describe(report.error()));
  const auto language = options.language == "zh" ? report::Language::zh : report::Language::en;
  const auto text = options.format == "json"  ? as_json(*report, *zone)
                    : options.format == "csv" ? as_csv(*report, *zone)
                                              : as_html(*report, *zone, language);
  if (options.output.empty()) {
    std::cout << text << std::flush;
    return std::cout ? k_good : failure("standard output takes no more");
  }
  return write_whole(options.output, text) ? k_good : failure(options.output + " cannot be written");
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("report", "A period's figures with their evidence, from the ledger");
  command->add_option("--config.file", options->config_file, "Configuration file")->required();
  command->add_option("--from", options->from, "First day, YYYY-MM-DD, in the facility's time zone")->required();
  command->add_option("--to", options->to, "The day after the last")->required();
  command->add_option("--view", options->view, "Whose rules: en, eu, de, cn or tgg")
      ->check(CLI::IsMember({"en", "eu", "de", "cn", "tgg"}))
      ->capture_default_str();
  command->add_option("--format", options->format, "html, json or csv")
      ->check(CLI::IsMember({"html", "json", "csv"}))
      ->capture_default_str();
  command->add_option("-o,--output.file", options->output, "File to write; without: standard output");
  command->add_option("--language", options->language, "Language of HTML: en or zh")
      ->check(CLI::IsMember({"en", "zh"}))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = report_on(*options); });
}

}  // namespace pue::commands
