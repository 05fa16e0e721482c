#include "agent/ledger/batch_records.h"

namespace pue::ledger {

tl::expected<BatchRecords, Error> BatchRecords::of(Database& database) {
  const std::string columns = k_row_columns;
  auto energy =
      database.prepare(("SELECT " + columns + " FROM energy WHERE row >= ?1 AND row < ?1 + ?2 ORDER BY row").c_str());
  if (!energy) return tl::unexpected(energy.error());
  auto detail =
      database.prepare(("SELECT " + columns + " FROM detail WHERE row >= ?1 AND row < ?1 + ?2 ORDER BY row").c_str());
  if (!detail) return tl::unexpected(detail.error());
  auto events = database.prepare("SELECT n, time, kind, subject, detail FROM event WHERE batch = ?1 ORDER BY n");
  if (!events) return tl::unexpected(events.error());
  return BatchRecords{std::move(*energy), std::move(*detail), std::move(*events)};
}

void add_configuration(BatchHash& hash, const StoredConfiguration& stored) {
  hash.configuration(stored.id, stored.configuration);
  for (std::size_t i = 0; i < stored.meters.size(); ++i) hash.meter(stored.meters[i], stored.configuration.meters[i]);
}

tl::expected<std::optional<Hash>, Error> recomputed_hash(BatchRecords& records, const StoredBatch& batch,
                                                         const StoredConfiguration* configuration,
                                                         const Hash& previous) {
  BatchHash hash{batch.seq, batch.kind, batch.stamp, batch.configuration, previous};
  if (configuration != nullptr) add_configuration(hash, *configuration);
  bool well_formed = true;
  const auto rows = records.rows(batch, [&](std::int64_t, const std::optional<EnergyRow>& row) {
    well_formed = well_formed && row;
    if (!row) return;
    if (batch.kind == "detail") {
      hash.detail(*row);
    } else {
      hash.energy(*row);
    }
  });
  if (!rows) return tl::unexpected(rows.error());
  const auto events = records.events(batch, [&](std::optional<std::int64_t>, const std::optional<Event>& event) {
    well_formed = well_formed && event;
    if (event) hash.event(*event);
  });
  if (!events) return tl::unexpected(events.error());
  if (!well_formed) return std::nullopt;
  return hash.finish();
}

}  // namespace pue::ledger
