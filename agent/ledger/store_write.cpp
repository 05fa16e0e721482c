#include "agent/ledger/store_write.h"

#include <algorithm>

namespace pue::ledger {
namespace {

UnixMs end_of(const EnergyRow& row) { return row.start + row.length; }

/// Zero has two signs, and the table keeps one of them.
double unsigned_zero(double value) { return value == 0.0 ? 0.0 : value; }

}  // namespace

void advance(Head& next, const NewBatch& batch) {
  const bool detail = batch.kind == "detail";
  BatchHash hash{next.next_batch(), batch.kind, batch.stamp, next.configuration_id(), next.last};
  if (batch.puts_configuration) add_configuration(hash, *next.configuration);
  for (const EnergyRow& row : batch.rows) {
    if (detail) {
      hash.detail(row);
    } else {
      hash.energy(row);
    }
  }
  for (const Event& event : batch.events) hash.event(event);
  next.last = hash.finish();
  next.tree.append(next.last);
  (detail ? next.next_detail : next.next_row) += static_cast<std::int64_t>(batch.rows.size());
}

tl::expected<void, Error> Store::State::append(Head& next, const NewBatch& batch) {
  auto inserted = insert_rows(next, batch);
  if (inserted) inserted = insert_events(next, batch);
  if (!inserted) return inserted;
  UnixMs from = 0;
  UnixMs to = 0;
  if (!batch.rows.empty()) {
    from = std::ranges::min(batch.rows, {}, &EnergyRow::start).start;
    to = end_of(std::ranges::max(batch.rows, {}, end_of));
  }
  const std::int64_t seq = next.next_batch();
  const std::int64_t first_row = batch.kind == "detail" ? next.next_detail : next.next_row;
  advance(next, batch);
  auto statement = database.prepare("INSERT INTO batch VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
  if (!statement) return tl::unexpected(statement.error());
  statement->bind(1, seq).bind(2, batch.kind).bind(3, batch.stamp.time).bind(4, batch.stamp.boot_id);
  statement->bind(5, batch.stamp.boottime).bind(6, next.configuration_id()).bind(7, first_row);
  statement->bind(8, static_cast<std::int64_t>(batch.rows.size()));
  statement->bind(9, static_cast<std::int64_t>(batch.events.size()));
  statement->bind(10, from).bind(11, to).bind(12, std::span<const std::uint8_t>{next.last});
  return statement->run();
}

tl::expected<void, Error> Store::State::insert_rows(Head& next, const NewBatch& batch) {
  if (batch.rows.empty()) return {};
  const bool detail = batch.kind == "detail";
  auto statement = database.prepare(detail ? "INSERT INTO detail VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                                           : "INSERT INTO energy VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  if (!statement) return tl::unexpected(statement.error());
  std::int64_t number = detail ? next.next_detail : next.next_row;
  for (const EnergyRow& row : batch.rows) {
    statement->bind(1, number++).bind(2, row.meter).bind(3, row.start).bind(4, row.length).bind(5, row.measured);
    statement->bind(6, row.integrated).bind(7, row.substituted).bind(8, row.covered);
    statement->bind(9, std::int64_t{row.quality});
    if (row.reading) {
      statement->bind(10, *row.reading);
    } else {
      statement->bind_null(10);
    }
    if (auto run = statement->run(); !run) return run;
  }
  return {};
}

tl::expected<void, Error> Store::State::insert_events(const Head& next, const NewBatch& batch) {
  if (batch.events.empty()) return {};
  auto statement = database.prepare("INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!statement) return tl::unexpected(statement.error());
  std::int64_t n = 0;
  for (const Event& event : batch.events) {
    statement->bind(1, next.next_batch()).bind(2, n++).bind(3, event.time).bind(4, event.kind);
    statement->bind(5, event.subject).bind(6, event.detail);
    if (auto run = statement->run(); !run) return run;
  }
  return {};
}

tl::expected<void, Error> Store::State::same_units(const Configuration& configuration) {
  auto other = database.prepare("SELECT unit FROM meter WHERE name = ?1 AND unit <> ?2 LIMIT 1");
  if (!other) return tl::unexpected(other.error());
  for (const MeterRecord& meter : configuration.meters) {
    other->bind(1, meter.name).bind(2, meter.unit);
    const auto row = other->step();
    if (!row) return tl::unexpected(row.error());
    if (*row) {
      return tl::unexpected(Error{.kind = Error::Kind::refused,
                                  .text = "meter '" + meter.name + "' is counted in '" +
                                          std::string{other->text(0).value_or("?")} +
                                          "' in this ledger and would be in '" + meter.unit +
                                          "': what measures something else needs another name"});
    }
    other->reset();
  }
  return {};
}

tl::expected<void, Error> Store::State::insert_configuration(const StoredConfiguration& stored, std::int64_t batch) {
  auto statement =
      database.prepare("INSERT INTO configuration VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
  if (!statement) return tl::unexpected(statement.error());
  const Configuration& c = stored.configuration;
  statement->bind(1, stored.id).bind(2, batch).bind(3, c.sha256).bind(4, c.agent_version).bind(5, c.facility);
  statement->bind(6, c.region).bind(7, c.timezone).bind(8, c.grid_zone).bind(9, c.standard).bind(10, c.method);
  statement->bind(11, c.design_it_watts).bind(12, c.grid_factor).bind(13, c.grid_factor_year);
  statement->bind(14, c.grid_factor_source);
  if (auto run = statement->run(); !run) return run;
  auto meters = database.prepare(
      "INSERT INTO meter VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
      "?20, ?21)");
  if (!meters) return tl::unexpected(meters.error());
  for (std::size_t i = 0; i < stored.meters.size(); ++i) {
    const MeterRecord& m = c.meters[i];
    meters->bind(1, stored.meters[i]).bind(2, stored.id).bind(3, m.name).bind(4, m.device).bind(5, m.role);
    meters->bind(6, m.unit).bind(7, m.point).bind(8, m.energy_point).bind(9, m.share).bind(10, m.ct_ratio);
    meters->bind(11, m.conversion).bind(12, m.accuracy_class).bind(13, m.ct_class).bind(14, m.serial);
    meters->bind(15, m.calibrated_until).bind(16, m.zone).bind(17, m.service).bind(18, m.upstream).bind(19, m.profile);
    meters->bind(20, std::int64_t{m.total_sign}).bind(21, std::int64_t{m.it_category});
    if (auto run = meters->run(); !run) return run;
  }
  return {};
}

tl::expected<void, Error> Store::State::replace_accounts(Head& next, const std::vector<AccountState>& accounts) {
  auto sorted = std::make_shared<std::vector<AccountState>>(accounts);
  std::ranges::sort(*sorted, {}, &AccountState::name);
  for (AccountState& account : *sorted) {
    for (double* rest : {&account.measured_rest, &account.integrated_rest, &account.substituted_rest}) {
      *rest = unsigned_zero(*rest);
    }
    if (account.register_value) account.register_value = unsigned_zero(*account.register_value);
    account.highest_power = unsigned_zero(account.highest_power);
    if (account.power) account.power = unsigned_zero(*account.power);
  }
  next.accounts = sorted;
  if (auto cleared = database.run("DELETE FROM account"); !cleared) return cleared;
  auto statement = database.prepare(
      "INSERT INTO account VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
      "?19, "
      "?20, ?21, ?22)");
  if (!statement) return tl::unexpected(statement.error());
  const auto bind_optional = [&](int parameter, const std::optional<double>& value) {
    if (value) {
      statement->bind(parameter, *value);
    } else {
      statement->bind_null(parameter);
    }
  };
  for (const AccountState& a : *sorted) {
    statement->bind(1, a.name).bind(2, a.measured).bind(3, a.integrated).bind(4, a.substituted);
    statement->bind(5, a.measured_rest).bind(6, a.integrated_rest).bind(7, a.substituted_rest);
    statement->bind(8, a.recorded_measured).bind(9, a.recorded_integrated).bind(10, a.recorded_substituted);
    statement->bind(11, a.open_since).bind(12, a.open_covered).bind(13, std::int64_t{a.open_quality});
    bind_optional(14, a.register_value);
    statement->bind(15, a.highest_power);
    bind_optional(16, a.power);
    statement->bind(17, a.reading_time).bind(18, a.reading_boottime).bind(19, a.boot_id);
    statement->bind(20, static_cast<std::int64_t>(a.resets)).bind(21, static_cast<std::int64_t>(a.rollovers));
    statement->bind(22, a.serial);
    if (auto run = statement->run(); !run) return run;
  }
  return {};
}

tl::expected<void, Error> Store::State::write_seal(Head& next) {
  next.seal = seal_digest(origin, next.last, *next.accounts);
  const std::string_view digest{reinterpret_cast<const char*>(next.seal.data()), next.seal.size()};
  const Signature signature = next.key->sign(digest);
  auto statement = database.prepare("INSERT OR REPLACE INTO seal VALUES(1, ?1, ?2)");
  if (!statement) return tl::unexpected(statement.error());
  statement->bind(1, std::span<const std::uint8_t>{next.seal}).bind(2, std::span<const std::uint8_t>{signature});
  return statement->run();
}

tl::expected<void, Error> Store::State::insert_checkpoint(Head& next, UnixMs time, const SigningKey* second) {
  Note note{.text = checkpoint_text({.origin = origin, .size = next.tree.size(), .root = next.tree.root()})};
  sign(note, origin, *next.key);
  if (second != nullptr) sign(note, origin, *second);
  auto statement = database.prepare("INSERT OR REPLACE INTO checkpoint VALUES(?1, ?2, ?3)");
  if (!statement) return tl::unexpected(statement.error());
  statement->bind(1, static_cast<std::int64_t>(next.tree.size())).bind(2, time).bind(3, write_note(note));
  if (auto run = statement->run(); !run) return run;
  next.checkpointed = next.tree.size();
  return {};
}

}  // namespace pue::ledger
