#include "agent/commands/verify_output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/log/log.h"

namespace pue::commands {
namespace {

constexpr std::size_t k_most_told = 512;

std::string finding_as_text(const ledger::Finding& finding) {
  std::string where;
  if (finding.batch != 0) where += fmt::format("batch {}, ", finding.batch);
  if (finding.row != 0) where += fmt::format("row {}, ", finding.row);
  if (!finding.meter.empty()) where += fmt::format("meter {}, ", finding.meter);
  if (!where.empty()) where.replace(where.size() - 2, 2, ": ");
  const std::string more = finding.count > 1 ? fmt::format(" (and {} more of this kind)", finding.count - 1) : "";
  // What is told of a damaged file may quote it.
  return fmt::format("  {}: {}{}{}\n", finding.kind, where, log::printable(finding.what, k_most_told), more);
}

}  // namespace

std::string verdict_as_text(const std::string& ledger, const ledger::Verdict& verdict) {
  std::string text = fmt::format("ledger       {} ({})\n", ledger, verdict.origin);
  text += fmt::format("batches      {}\n", verdict.batches);
  text += fmt::format("energy rows  {}\n", verdict.energy_rows);
  if (verdict.detail_rows + verdict.cut_rows > 0) {
    text += fmt::format("detail rows  {}, {} more were cut as announced\n", verdict.detail_rows, verdict.cut_rows);
  }
  text += fmt::format("events       {}\n", verdict.events);
  text += fmt::format("checkpoints  {}, and {} kept elsewhere that fit\n", verdict.checkpoints, verdict.witnessed);
  if (verdict.unsealed > 0) text += fmt::format("             not yet sealed: {} batches\n", verdict.unsealed);
  text += fmt::format("head         {}\nroot         {}\n", hexadecimal(verdict.head), hexadecimal(verdict.root));
  for (const std::string& key : verdict.keys) text += fmt::format("key          {}\n", key);
  if (!verdict.key_was_given) {
    text += "             believed because the ledger says so: give the key that you trust with --public-key\n";
  }
  if (verdict.findings.empty()) return text + "good: every record is as it was written\n";
  text += fmt::format("NOT GOOD, {} kinds of findings, the first record that does not fit first:\n",
                      verdict.findings.size());
  for (const ledger::Finding& finding : verdict.findings) text += finding_as_text(finding);
  return text + "keep this file as it is; docs/auditing.md, \"When something does not fit\", says what to do\n";
}

std::string verdict_as_json(const std::string& ledger, const ledger::Verdict& verdict) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const ledger::Finding& finding : verdict.findings) {
    findings.push_back({{"kind", finding.kind},
                        {"batch", finding.batch},
                        {"row", finding.row},
                        {"meter", finding.meter},
                        {"what", finding.what},
                        {"count", finding.count}});
  }
  const nlohmann::ordered_json json{{"ledger", ledger},
                                    {"origin", verdict.origin},
                                    {"good", verdict.findings.empty()},
                                    {"findings", findings},
                                    {"batches", verdict.batches},
                                    {"energy_rows", verdict.energy_rows},
                                    {"detail_rows", verdict.detail_rows},
                                    {"cut_rows", verdict.cut_rows},
                                    {"events", verdict.events},
                                    {"checkpoints", verdict.checkpoints},
                                    {"witnessed", verdict.witnessed},
                                    {"unsealed_batches", verdict.unsealed},
                                    {"head", hexadecimal(verdict.head)},
                                    {"root", hexadecimal(verdict.root)},
                                    {"keys", verdict.keys},
                                    {"key_was_given", verdict.key_was_given}};
  // Texts of a damaged file may be no UTF-8.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pue::commands
