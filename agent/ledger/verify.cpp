#include "agent/ledger/verify.h"

#include <algorithm>
#include <array>

#include "agent/ledger/schema.h"
#include "agent/ledger/verification.h"

namespace pue::ledger {
namespace {

constexpr std::chrono::milliseconds k_busy_timeout{10'000};

/// A damaged file is what this is about; a disk that cannot be read is not.
bool is_damage(const Error& error) {
  return error.kind == Error::Kind::corrupt || error.kind == Error::Kind::no_ledger ||
         error.kind == Error::Kind::refused;
}

}  // namespace

std::string batch_text(std::int64_t seq) { return "batch " + std::to_string(seq); }

void Verification::found(Finding finding) {
  const auto same = std::ranges::find(verdict_.findings, finding.kind, &Finding::kind);
  if (same != verdict_.findings.end()) {
    ++same->count;
  } else {
    verdict_.findings.push_back(std::move(finding));
  }
}

tl::expected<Verdict, Error> Verification::run() {
  const std::array stages{&Verification::check_schema,        &Verification::check_keys,
                          &Verification::load_configurations, &Verification::load_checkpoints,
                          &Verification::check_batches,       &Verification::check_leftovers,
                          &Verification::check_accounts,      &Verification::check_pages};
  for (const auto stage : stages) {
    const auto done = (this->*stage)();
    if (done) continue;
    if (!is_damage(done.error())) return tl::unexpected(done.error());
    found({.kind = "file", .what = done.error().text});
    if (stage == &Verification::check_schema) return verdict_;  // nothing in it can be read as a ledger
  }
  check_checkpoints();
  check_witnesses();
  verdict_.batches = tree_.size();
  verdict_.head = last_;
  verdict_.root = tree_.root();
  const std::int64_t sealed = checkpoints_.empty() ? 0 : checkpoints_.rbegin()->first;
  const auto size = static_cast<std::int64_t>(tree_.size());
  verdict_.unsealed = sealed < size ? static_cast<std::uint64_t>(size - std::max<std::int64_t>(sealed, 0)) : 0;
  return verdict_;
}

Verification::Stage Verification::check_schema() {
  if (auto begun = database_.run("BEGIN"); !begun) return begun;
  const auto format = format_of(database_);
  if (!format) return tl::unexpected(format.error());
  const auto difference = schema_difference(database_);
  if (!difference) return tl::unexpected(difference.error());
  if (!difference->empty()) return tl::unexpected(damaged(*difference));
  return {};
}

Verification::Stage Verification::check_keys() {
  verdict_.key_was_given = options_.key.has_value();
  const auto count = read_number(database_, "SELECT count(*) FROM about");
  if (!count) return tl::unexpected(count.error());
  const auto format = read_about(database_, "format");
  if (!format) return tl::unexpected(format.error());
  const auto origin = read_about(database_, "origin");
  if (!origin) return tl::unexpected(origin.error());
  if (*count != 3 || *format != std::to_string(k_format) || !*origin || !is_key_name(**origin)) {
    found({.kind = "about", .what = "the table 'about' does not name format, origin and key, and these alone"});
  }
  verdict_.origin = origin->value_or("");
  auto chain = key_chain(database_);
  if (!chain) return tl::unexpected(chain.error());
  keys_ = std::move(*chain);
  for (const KeyTerm& term : keys_) verdict_.keys.push_back(vkey_of(term.key));
  if (keys_.front().key.name != verdict_.origin) {
    found({.kind = "about", .what = "the ledger has another name than its key"});
  }
  const auto is_given = [&](const KeyTerm& term) { return term.key.key == *options_.key; };
  if (options_.key && std::ranges::none_of(keys_, is_given)) {
    found({.kind = "key", .what = "the ledger was signed with other keys than the public key given"});
  }
  return {};
}

Verification::Stage Verification::load_configurations() {
  auto stored = read_configurations(database_, INT64_MIN, INT64_MAX);
  if (!stored) return tl::unexpected(stored.error());
  configurations_ = std::move(*stored);
  std::int64_t expected = 0;
  for (const StoredConfiguration& configuration : configurations_) {
    for (std::size_t i = 0; i < configuration.meters.size(); ++i) {
      const std::string& name = configuration.configuration.meters[i].name;
      if (configuration.meters[i] != ++expected) {
        found({.kind = "configuration",
               .batch = configuration.batch,
               .meter = name,
               .what = "meters are not numbered in order"});
        return {};
      }
      meter_names_.push_back(name);
      meter_configuration_.push_back(configuration.id);
      sums_.emplace_back();
    }
  }
  const auto meters = read_number(database_, "SELECT count(*) FROM meter");
  if (!meters) return tl::unexpected(meters.error());
  if (*meters != expected) found({.kind = "configuration", .what = "there are meters of no configuration"});
  return {};
}

Verification::Stage Verification::check_accounts() {
  const auto accounts = read_accounts(database_);
  if (!accounts) return tl::unexpected(accounts.error());
  const auto seal = read_seal(database_);
  if (!seal) return tl::unexpected(seal.error());
  check_seal(*accounts, *seal);
  check_totals(*accounts);
  return {};
}

void Verification::check_seal(const std::vector<AccountState>& accounts, const std::optional<StoredSeal>& seal) {
  if (!seal || keys_.empty()) {
    found({.kind = "seal", .what = "the accounts have no seal"});
    return;
  }
  const std::string_view digest{reinterpret_cast<const char*>(seal->digest.data()), seal->digest.size()};
  if (seal->digest != seal_digest(verdict_.origin, last_, accounts)) {
    found({.kind = "seal",
           .batch = next_seq_ - 1,
           .what = "the seal is over other accounts or another last batch than there are"});
  } else if (!signature_fits(keys_.back().key.key, digest, seal->signature)) {
    found({.kind = "seal", .batch = next_seq_ - 1, .what = "the seal is not signed with the ledger's key"});
  }
}

void Verification::check_totals(const std::vector<AccountState>& accounts) {
  std::map<std::string, Sums, std::less<>> by_name;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    Sums& sum = by_name[meter_names_[i]];
    sum.measured += sums_[i].measured;
    sum.integrated += sums_[i].integrated;
    sum.substituted += sums_[i].substituted;
  }
  for (const AccountState& account : accounts) {
    if (account.name.starts_with('@')) continue;
    const Sums& sum = by_name[account.name];
    if (sum.measured != account.recorded_measured || sum.integrated != account.recorded_integrated ||
        sum.substituted != account.recorded_substituted) {
      found(
          {.kind = "totals", .meter = account.name, .what = "its rows add up to something else than its account says"});
    } else if (account.measured < account.recorded_measured || account.substituted < account.recorded_substituted) {
      // What is integrated may fall again: power flows both ways.
      found({.kind = "totals", .meter = account.name, .what = "its account holds less than what is recorded of it"});
    }
  }
}

Verification::Stage Verification::check_pages() {
  auto check = database_.prepare("PRAGMA quick_check(1)");
  if (!check) return tl::unexpected(check.error());
  const auto row = check->step();
  if (!row) return tl::unexpected(row.error());
  const auto text = check->text(0).value_or("nothing");
  if (text != "ok") found({.kind = "file", .what = "its pages do not hang together: " + std::string{text}});
  return {};
}

tl::expected<Verdict, Error> verify(const std::string& path, const VerifyOptions& options) {
  auto database = Database::open(path, Database::Mode::read, k_busy_timeout);
  if (!database) {
    if (!is_damage(database.error())) return tl::unexpected(database.error());
    return Verdict{.findings = {{.kind = "file", .what = database.error().text}}};
  }
  return Verification{*database, options}.run();
}

}  // namespace pue::ledger
