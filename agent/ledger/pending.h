#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/ledger/store.h"
#include "agent/pipeline/ledger_message.h"

namespace pue::ledger {

/// What is on its way from the engine's ring to the disk. Belongs to the ledger's thread.
///
/// Bounded: when commits fail for so long that more rows wait than are allowed, rows of one meter that follow each
/// other become one. Resolution is lost, no energy. Events beyond a tenth of that are left out, and their number is
/// told.
class Pending {
 public:
  /// What a meter's serial number says, of a device that tells it as a text; nothing of one that tells a number.
  using SerialTextOf = std::function<std::optional<std::string>(std::uint32_t meter)>;

  /// @param names of all accounts, meters first.
  /// @param meters ids of the meters' records, in the order of the plan.
  /// @param accounts as the ledger has them; those of meters that the plan has not are kept as they are.
  Pending(std::vector<std::string> names, std::vector<std::int64_t> meters, const std::vector<AccountState>& accounts,
          std::string boot_id, SerialTextOf serial_text = {}, std::size_t most_rows = 500'000);

  void take(const LedgerMessage& message);
  /// Adds an event of the ledger itself to what is committed next.
  void add(Event event);

  /// Makes the last commit complete, whether or not the engine marked one more: with this event, and the accounts as
  /// they were last marked.
  void finish(Event event, const Stamp& stamp);

  /// @return whether something complete waits.
  [[nodiscard]] bool ready() const { return complete_; }
  /// @return all that is complete, to be written in one transaction; it is forgotten here.
  [[nodiscard]] Commit next();
  /// @return how many rows wait.
  [[nodiscard]] std::size_t rows() const;

 private:
  void bound(std::vector<EnergyRow>& rows);
  void arrives(const LedgerEvent& event);
  void name_serials(const LedgerEvent& event, Event& written) const;

  std::vector<std::string> names_;
  std::vector<std::int64_t> meters_;
  std::vector<AccountState> foreign_;
  std::string boot_id_;
  SerialTextOf serial_text_;
  std::size_t most_rows_;
  Commit arriving_;                     ///< since the last commit mark; accounts by number
  std::vector<AccountState> accounts_;  ///< as last marked
  Commit next_;
  std::size_t left_out_ = 0;  ///< events
  bool complete_ = false;
};

}  // namespace pue::ledger
