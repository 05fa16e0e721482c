#pragma once

#include <functional>
#include <optional>

#include "agent/ledger/canonical.h"
#include "agent/ledger/stored.h"

namespace pue::ledger {

/// The rows and events of one batch after the other, as they stand in the tables.
class BatchRecords {
 public:
  /// The database must outlive this.
  [[nodiscard]] static tl::expected<BatchRecords, Error> of(Database& database);

  /// Visits the rows that the batch claims, by number; no record: it is malformed.
  template <class Visit>
  [[nodiscard]] tl::expected<void, Error> rows(const StoredBatch& batch, Visit visit) {
    Statement& statement = batch.kind == "detail" ? detail_ : energy_;
    statement.bind(1, batch.first_row).bind(2, batch.rows);
    for (;;) {
      const auto row = statement.step();
      if (!row) return tl::unexpected(row.error());
      if (!*row) break;
      visit(statement.integer(0).value_or(0), read_row(statement));
    }
    statement.reset();
    return {};
  }

  /// Visits the batch's events in the order of `n`; no record: it is malformed.
  template <class Visit>
  [[nodiscard]] tl::expected<void, Error> events(const StoredBatch& batch, Visit visit) {
    events_.bind(1, batch.seq);
    for (;;) {
      const auto row = events_.step();
      if (!row) return tl::unexpected(row.error());
      if (!*row) break;
      visit(events_.integer(0), read_event(events_, 1));
    }
    events_.reset();
    return {};
  }

 private:
  BatchRecords(Statement energy, Statement detail, Statement events)
      : energy_(std::move(energy)), detail_(std::move(detail)), events_(std::move(events)) {}

  Statement energy_;
  Statement detail_;
  Statement events_;
};

/// The hash of a batch, made anew from the tables; nothing if a record is malformed.
/// @param configuration what the batch put in force, if it is of that kind.
[[nodiscard]] tl::expected<std::optional<Hash>, Error> recomputed_hash(BatchRecords& records, const StoredBatch& batch,
                                                                       const StoredConfiguration* configuration,
                                                                       const Hash& previous);

void add_configuration(BatchHash& hash, const StoredConfiguration& stored);

}  // namespace pue::ledger
