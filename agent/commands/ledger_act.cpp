#include "agent/commands/ledger_act.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>

#include "agent/commands/command.h"
#include "agent/ledger/naming.h"
#include "agent/ledger/recorder.h"
#include "agent/ledger/resumption.h"
#include "agent/version.h"

namespace pue::commands {
namespace {

void tell(const ledger::Error& error) {
  std::cerr << "pue-agent: " << describe(error) << '\n';
  if (error.kind == ledger::Error::Kind::in_use) {
    std::cerr << "pue-agent: stop the agent first (systemctl stop pue-agent), and start it again afterwards\n";
  }
}

bool exists(const std::string& path) {
  std::error_code unreadable;
  return std::filesystem::exists(path, unreadable);
}

}  // namespace

tl::expected<LedgerAct, int> LedgerAct::open(const plan::Plan& plan, Run run) {
  if (!plan.ledger.kept()) {
    std::cerr << "pue-agent: the configuration names no ledger: give [ledger] path\n";
    return tl::unexpected{k_usage_error};
  }
  LedgerAct act{plan, ledger::stamp_now(ledger::this_boot())};
  if (run == Run::dry) {
    if (!act.read_accounts()) return tl::unexpected{k_runtime_failure};
    return act;
  }
  // As the agent itself does at its start: history is often brought in before it has run for the first time.
  std::error_code ignored;
  std::filesystem::create_directory(std::filesystem::path{plan.ledger.path}.parent_path(), ignored);
  auto key = ledger::SigningKey::load_or_create(plan.ledger.key_file);
  if (!key) {
    tell(key.error());
    return tl::unexpected{k_runtime_failure};
  }
  auto store =
      ledger::Store::open(plan.ledger.path, {.origin = ledger::origin_of(plan.facility.name),
                                             .key = std::make_shared<const ledger::SigningKey>(std::move(*key)),
                                             .busy_timeout = std::chrono::seconds{10}});
  if (!store) {
    tell(store.error());
    return tl::unexpected{k_runtime_failure};
  }
  if (!store->resumed().seal_fits) {
    // Signing them anew would make what somebody else wrote look like the agent's own.
    std::cerr << "pue-agent: the ledger's accounts are not those that the agent signed: run pue-agent verify\n";
    return tl::unexpected{k_findings};
  }
  act.accounts_ = store->resumed().accounts;
  act.store_.emplace(std::move(*store));
  return act;
}

ledger::UnixMs LedgerAct::time() { return ledger::stamp_now({}).time; }

bool LedgerAct::read_accounts() {
  if (!exists(plan_->ledger.path)) return true;
  auto reader = ledger::Reader::open(plan_->ledger.path);
  if (!reader) {
    tell(reader.error());
    return false;
  }
  auto accounts = reader->accounts();
  if (!accounts) {
    tell(accounts.error());
    return false;
  }
  accounts_ = std::move(*accounts);
  return true;
}

const ledger::AccountState* LedgerAct::account(std::string_view name) const {
  const auto found = std::ranges::find(accounts_, name, &ledger::AccountState::name);
  return found == accounts_.end() ? nullptr : &*found;
}

std::optional<LedgerAct::Span> LedgerAct::open_span(const plan::Meter& meter) const {
  const auto* const state = account(meter.name);
  if (state == nullptr) return std::nullopt;
  // Whatever the register counts until it is read again, the agent will record.
  if (state->register_value) return Span{state->open_since, std::numeric_limits<ledger::UnixMs>::max()};
  if (state->reading_time <= state->open_since) return std::nullopt;
  return Span{state->open_since, state->reading_time};
}

bool LedgerAct::recorded(ledger::UnixMs from, ledger::UnixMs to, const Visit& visit) const {
  if (!exists(plan_->ledger.path)) return true;
  auto reader = ledger::Reader::open(plan_->ledger.path);
  if (!reader) {
    tell(reader.error());
    return false;
  }
  const auto visited = reader->energy(from, to, [&](std::int64_t, const ledger::EnergyRow& row) {
    if (const auto meter = reader->meter(row.meter)) visit(meter->record->name, row);
  });
  if (!visited) tell(visited.error());
  return visited.has_value();
}

std::optional<std::vector<std::int64_t>> LedgerAct::configure() {
  std::vector<ledger::StoredConfiguration> before;
  if (!store_->resumed().created) {
    // Closed again at once: as long as a reader lives, nothing can be written.
    const auto reader = ledger::Reader::open(plan_->ledger.path);
    if (!reader) {
      tell(reader.error());
      return std::nullopt;
    }
    before = reader->configurations();
  }
  auto meters = put_in_force(*store_, before, ledger::configuration_of(*plan_, k_version), stamp_, accounts_);
  if (meters) return std::move(*meters);
  tell(meters.error());
  return std::nullopt;
}

bool LedgerAct::commit(std::vector<ledger::EnergyRow> rows, std::vector<ledger::Event> events,
                       const std::vector<ledger::AccountState>& changed, bool imported) {
  if (const auto& before = store_->resumed().configuration) {
    auto changes = changes_between(*before, ledger::configuration_of(*plan_, k_version), stamp_.time);
    events.insert(events.begin(), changes.begin(), changes.end());
  }
  ledger::Commit commit{.stamp = stamp_,
                        .energy = std::move(rows),
                        .events = std::move(events),
                        .accounts = accounts_,
                        .imported = imported};
  for (const auto& state : changed) {
    const auto found = std::ranges::find(commit.accounts, state.name, &ledger::AccountState::name);
    if (found == commit.accounts.end()) {
      commit.accounts.push_back(state);
    } else {
      *found = state;
    }
  }
  if (const auto written = store_->commit(commit); !written) {
    tell(written.error());
    return false;
  }
  if (const auto signed_ = store_->checkpoint(); !signed_) tell(signed_.error());
  return true;
}

}  // namespace pue::commands
