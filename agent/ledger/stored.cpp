#include "agent/ledger/stored.h"

#include <algorithm>
#include <array>
#include <limits>

namespace pue::ledger {
namespace {

constexpr std::array k_configuration_texts{
    &Configuration::sha256,      &Configuration::agent_version,    &Configuration::facility,
    &Configuration::region,      &Configuration::timezone,         &Configuration::grid_zone,
    &Configuration::standard,    &Configuration::method,           &Configuration::design_it_watts,
    &Configuration::grid_factor, &Configuration::grid_factor_year, &Configuration::grid_factor_source};

constexpr std::array k_meter_texts{&MeterRecord::name,
                                   &MeterRecord::device,
                                   &MeterRecord::role,
                                   &MeterRecord::unit,
                                   &MeterRecord::point,
                                   &MeterRecord::energy_point,
                                   &MeterRecord::share,
                                   &MeterRecord::ct_ratio,
                                   &MeterRecord::conversion,
                                   &MeterRecord::accuracy_class,
                                   &MeterRecord::ct_class,
                                   &MeterRecord::serial,
                                   &MeterRecord::calibrated_until,
                                   &MeterRecord::zone,
                                   &MeterRecord::service,
                                   &MeterRecord::upstream,
                                   &MeterRecord::profile};

/// Takes one column after the other; remembers whether all had their type.
class Columns {
 public:
  Columns(const Statement& row, int first) : row_(row), next_(first) {}

  void take(std::int64_t& into) {
    const auto value = row_.integer(next_++);
    fits_ = fits_ && value;
    into = value.value_or(0);
  }
  void take(int& into) {
    std::int64_t value = 0;
    take(value);
    fits_ = fits_ && value >= std::numeric_limits<int>::min() && value <= std::numeric_limits<int>::max();
    into = static_cast<int>(value);
  }
  void take(std::uint32_t& into) {
    std::int64_t value = 0;
    take(value);
    fits_ = fits_ && value >= 0 && value <= std::int64_t{std::numeric_limits<std::uint32_t>::max()};
    into = static_cast<std::uint32_t>(value);
  }
  /// SQLite has no unsigned numbers: the bits stand as those of a signed one.
  void take(std::uint64_t& into) {
    std::int64_t value = 0;
    take(value);
    into = static_cast<std::uint64_t>(value);
  }
  void take(std::string& into) {
    const auto value = row_.text(next_++);
    fits_ = fits_ && value;
    into = value.value_or(std::string_view{});
  }
  void take(double& into) {
    const auto value = row_.real(next_++);
    fits_ = fits_ && value;
    into = value.value_or(0.0);
  }
  template <class Value>
  void take(std::optional<Value>& into) {
    if (row_.is_null(next_)) {
      into.reset();
      ++next_;
      return;
    }
    take(into.emplace());
  }
  void take(Hash& into) {
    const auto value = row_.blob(next_++);
    fits_ = fits_ && value && value->size() == into.size();
    if (fits_) std::ranges::copy(*value, into.begin());
  }
  template <class... Fields>
  void take_all(Fields&... fields) {
    (take(fields), ...);
  }
  [[nodiscard]] bool fits() const { return fits_; }

 private:
  const Statement& row_;
  int next_;
  bool fits_ = true;
};

/// Reads the meters of all these configurations, which are in the order of their ids, in one pass.
tl::expected<void, Error> read_meters(Database& database, std::vector<StoredConfiguration>& configurations) {
  if (configurations.empty()) return {};
  auto rows = database.prepare(
      "SELECT configuration, id, name, device, role, unit, point, energy_point, share, ct_ratio, conversion, "
      "accuracy_class, ct_class, serial, calibrated_until, zone, service, upstream, profile, total_sign, it_category "
      "FROM meter WHERE configuration BETWEEN ?1 AND ?2 ORDER BY id");
  if (!rows) return tl::unexpected(rows.error());
  rows->bind(1, configurations.front().id).bind(2, configurations.back().id);
  for (;;) {
    const auto row = rows->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    MeterRecord meter;
    std::int64_t configuration = 0;
    std::int64_t id = 0;
    Columns columns{*rows, 0};
    columns.take_all(configuration, id);
    for (const auto text : k_meter_texts) columns.take(meter.*text);
    columns.take_all(meter.total_sign, meter.it_category);
    const auto owner = std::ranges::lower_bound(configurations, configuration, {}, &StoredConfiguration::id);
    if (!columns.fits() || owner == configurations.end() || owner->id != configuration) {
      return tl::unexpected(damaged("meter " + std::to_string(id) + " is malformed"));
    }
    owner->meters.push_back(id);
    owner->configuration.meters.push_back(std::move(meter));
  }
}

}  // namespace

std::optional<StoredBatch> read_batch(const Statement& row) {
  StoredBatch batch;
  Columns columns{row, 0};
  columns.take_all(batch.seq, batch.kind, batch.stamp.time, batch.stamp.boot_id, batch.stamp.boottime,
                   batch.configuration, batch.first_row, batch.rows, batch.events, batch.from, batch.to, batch.hash);
  if (!columns.fits()) return std::nullopt;
  return batch;
}

std::optional<EnergyRow> read_row(const Statement& row) {
  EnergyRow energy;
  Columns columns{row, 1};
  columns.take_all(energy.meter, energy.start, energy.length, energy.measured, energy.integrated, energy.substituted,
                   energy.covered, energy.quality, energy.reading);
  if (!columns.fits()) return std::nullopt;
  return energy;
}

std::optional<Event> read_event(const Statement& row, int first) {
  Event event;
  Columns columns{row, first};
  columns.take_all(event.time, event.kind, event.subject, event.detail);
  if (!columns.fits()) return std::nullopt;
  return event;
}

tl::expected<std::vector<StoredConfiguration>, Error> read_configurations(Database& database, std::int64_t from,
                                                                          std::int64_t to) {
  auto rows = database.prepare(
      "SELECT id, batch, sha256, agent_version, facility, region, timezone, grid_zone, standard, method, "
      "design_it_watts, grid_factor, grid_factor_year, grid_factor_source FROM configuration "
      "WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
  if (!rows) return tl::unexpected(rows.error());
  rows->bind(1, from).bind(2, to);
  std::vector<StoredConfiguration> configurations;
  for (;;) {
    const auto row = rows->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    StoredConfiguration stored;
    Columns columns{*rows, 0};
    columns.take_all(stored.id, stored.batch);
    for (const auto text : k_configuration_texts) columns.take(stored.configuration.*text);
    if (!columns.fits()) {
      return tl::unexpected(damaged("configuration " + std::to_string(stored.id) + " is malformed"));
    }
    configurations.push_back(std::move(stored));
  }
  if (auto read = read_meters(database, configurations); !read) return tl::unexpected(read.error());
  return configurations;
}

tl::expected<std::vector<AccountState>, Error> read_accounts(Database& database) {
  auto rows = database.prepare(
      "SELECT name, measured, integrated, substituted, measured_rest, integrated_rest, substituted_rest, "
      "recorded_measured, recorded_integrated, recorded_substituted, open_since, open_covered, open_quality, "
      "register_value, highest_power, power, reading_time, reading_boottime, boot_id, resets, rollovers, serial "
      "FROM account ORDER BY name");
  if (!rows) return tl::unexpected(rows.error());
  std::vector<AccountState> accounts;
  for (;;) {
    const auto row = rows->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return accounts;
    AccountState account;
    Columns columns{*rows, 0};
    columns.take_all(account.name, account.measured, account.integrated, account.substituted, account.measured_rest,
                     account.integrated_rest, account.substituted_rest, account.recorded_measured,
                     account.recorded_integrated, account.recorded_substituted, account.open_since,
                     account.open_covered, account.open_quality, account.register_value, account.highest_power,
                     account.power, account.reading_time, account.reading_boottime, account.boot_id, account.resets,
                     account.rollovers, account.serial);
    if (!columns.fits()) return tl::unexpected(damaged("account '" + account.name + "' is malformed"));
    accounts.push_back(std::move(account));
  }
}

tl::expected<std::optional<StoredSeal>, Error> read_seal(Database& database) {
  auto rows = database.prepare("SELECT digest, signature FROM seal WHERE one = 1");
  if (!rows) return tl::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  StoredSeal seal;
  const auto digest = rows->blob(0);
  const auto signature = rows->blob(1);
  if (!digest || digest->size() != seal.digest.size() || !signature) return std::nullopt;
  std::ranges::copy(*digest, seal.digest.begin());
  seal.signature.assign(signature->begin(), signature->end());
  return seal;
}

tl::expected<std::optional<std::string>, Error> read_about(Database& database, std::string_view key) {
  auto rows = database.prepare("SELECT value FROM about WHERE key = ?1");
  if (!rows) return tl::unexpected(rows.error());
  rows->bind(1, key);
  const auto row = rows->step();
  if (!row) return tl::unexpected(row.error());
  const auto text = *row ? rows->text(0) : std::nullopt;
  if (!text) return std::nullopt;
  return std::string{*text};
}

tl::expected<std::int64_t, Error> read_number(Database& database, const char* sql) {
  auto rows = database.prepare(sql);
  if (!rows) return tl::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row || rows->is_null(0)) return 0;
  const auto number = rows->integer(0);
  if (!number) return tl::unexpected(damaged("a number is malformed"));
  return *number;
}

}  // namespace pue::ledger
