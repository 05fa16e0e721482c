#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/reader.h"
#include "agent/ledger/store.h"
#include "agent/plan/plan.h"

namespace pue::commands {

/// What a person records in the ledger by a command, while no agent runs. Everything is looked at first and then
/// written in one commit. A dry run reads what there is, takes no lock and leaves no trace.
class LedgerAct {
 public:
  enum class Run : std::uint8_t { real, dry };

  /// Opens the plan's ledger. A message on standard error says why that fails, and with which process it collides.
  /// @return the exit code of the failure.
  [[nodiscard]] static tl::expected<LedgerAct, int> open(const plan::Plan& plan, Run run);

  /// Now, as the ledger labels it.
  [[nodiscard]] static ledger::UnixMs time();

  [[nodiscard]] bool dry() const { return !store_.has_value(); }
  [[nodiscard]] ledger::UnixMs now() const { return stamp_.time; }

  /// As last committed; nothing of a meter that the agent never read.
  [[nodiscard]] const std::vector<ledger::AccountState>& accounts() const { return accounts_; }
  [[nodiscard]] const ledger::AccountState* account(std::string_view name) const;

  struct Span {
    ledger::UnixMs from = 0;
    ledger::UnixMs to = 0;
  };
  /// @return the time in which the meter's energy is still to be recorded by the agent itself: after its last record
  /// all of it where it has a register, else up to its last reading.
  [[nodiscard]] std::optional<Span> open_span(const plan::Meter& meter) const;

  /// Visits the recorded rows that share time with [from, to), with their meter's name. Nothing may be written
  /// meanwhile. @return false after a message on standard error.
  using Visit = std::function<void(const std::string& meter, const ledger::EnergyRow&)>;
  [[nodiscard]] bool recorded(ledger::UnixMs from, ledger::UnixMs to, const Visit& visit) const;

  /// Puts the plan in force. @return the ids of its meters, by MeterId; nothing after a message on standard error.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> configure();

  /// Records all of it at once, and signs. Accounts not among `changed` stay as they are.
  /// @return whether it is on the disk; if not, nothing of it is, and a message is on standard error.
  [[nodiscard]] bool commit(std::vector<ledger::EnergyRow> rows, std::vector<ledger::Event> events,
                            const std::vector<ledger::AccountState>& changed, bool imported);

 private:
  LedgerAct(const plan::Plan& plan, ledger::Stamp stamp) : plan_(&plan), stamp_(std::move(stamp)) {}

  [[nodiscard]] bool read_accounts();

  const plan::Plan* plan_;
  ledger::Stamp stamp_;
  std::optional<ledger::Store> store_;
  std::vector<ledger::AccountState> accounts_;
};

}  // namespace pue::commands
