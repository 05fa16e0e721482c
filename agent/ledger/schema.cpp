#include "agent/ledger/schema.h"

#include <algorithm>
#include <charconv>

namespace pue::ledger {
namespace {

constexpr std::array k_schema{
    SchemaObject{"table", "about", R"(CREATE TABLE about(
  key TEXT PRIMARY KEY, -- format, origin, vkey (the first key that signed)
  value TEXT NOT NULL
) WITHOUT ROWID)"},
    SchemaObject{"table", "batch", R"(CREATE TABLE batch(
  seq INTEGER PRIMARY KEY, -- 1, 2, 3, ...
  kind TEXT NOT NULL, -- energy, detail, event, configuration, import
  time INTEGER NOT NULL, -- when it was written
  boot TEXT NOT NULL, -- id of the boot of the machine
  boottime INTEGER NOT NULL, -- milliseconds on the clock of that boot
  configuration INTEGER NOT NULL, -- in force; 0: none yet
  first_row INTEGER NOT NULL, -- its rows are first_row .. first_row + rows - 1, of detail in a batch of that kind
  rows INTEGER NOT NULL,
  events INTEGER NOT NULL,
  from_time INTEGER NOT NULL, -- least start and
  to_time INTEGER NOT NULL, -- greatest end of its rows; both 0 without any
  hash BLOB NOT NULL -- SHA-256 of its canonical bytes
))"},
    SchemaObject{"table", "energy", R"(CREATE TABLE energy(
  row INTEGER PRIMARY KEY,
  meter INTEGER NOT NULL, -- meter.id
  start INTEGER NOT NULL,
  length INTEGER NOT NULL,
  measured INTEGER NOT NULL, -- in the unit of the meter, from its register
  integrated INTEGER NOT NULL, -- from readings of power
  substituted INTEGER NOT NULL, -- estimates
  covered INTEGER NOT NULL, -- milliseconds that the numbers stand for
  quality INTEGER NOT NULL, -- bits
  reading INTEGER -- the register itself at the end, whole units before the factor
))"},
    SchemaObject{"table", "detail", R"(CREATE TABLE detail(
  row INTEGER PRIMARY KEY, -- as energy, for one-minute records; never to be added to energy
  meter INTEGER NOT NULL,
  start INTEGER NOT NULL,
  length INTEGER NOT NULL,
  measured INTEGER NOT NULL,
  integrated INTEGER NOT NULL,
  substituted INTEGER NOT NULL,
  covered INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  reading INTEGER
))"},
    SchemaObject{"table", "event", R"(CREATE TABLE event(
  batch INTEGER NOT NULL,
  n INTEGER NOT NULL, -- n-th of its batch, from 0
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL, -- meter, device or file
  detail TEXT NOT NULL, -- JSON
  PRIMARY KEY(batch, n)
) WITHOUT ROWID)"},
    SchemaObject{"table", "configuration", R"(CREATE TABLE configuration(
  id INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  agent_version TEXT NOT NULL,
  facility TEXT NOT NULL,
  region TEXT NOT NULL,
  timezone TEXT NOT NULL,
  grid_zone TEXT NOT NULL,
  standard TEXT NOT NULL,
  method TEXT NOT NULL,
  design_it_watts TEXT NOT NULL,
  grid_factor TEXT NOT NULL,
  grid_factor_year TEXT NOT NULL,
  grid_factor_source TEXT NOT NULL
))"},
    SchemaObject{"table", "meter", R"(CREATE TABLE meter(
  id INTEGER PRIMARY KEY,
  configuration INTEGER NOT NULL,
  name TEXT NOT NULL,
  device TEXT NOT NULL,
  role TEXT NOT NULL,
  unit TEXT NOT NULL,
  point TEXT NOT NULL,
  energy_point TEXT NOT NULL,
  share TEXT NOT NULL,
  ct_ratio TEXT NOT NULL,
  conversion TEXT NOT NULL,
  accuracy_class TEXT NOT NULL,
  ct_class TEXT NOT NULL,
  serial TEXT NOT NULL,
  calibrated_until TEXT NOT NULL,
  zone TEXT NOT NULL,
  service TEXT NOT NULL,
  upstream TEXT NOT NULL,
  profile TEXT NOT NULL,
  total_sign INTEGER NOT NULL, -- 1, -1: how it enters the total; 0: not
  it_category INTEGER NOT NULL -- 1, 2, 3: IT energy of that category; 0: not
))"},
    SchemaObject{"table", "checkpoint", R"(CREATE TABLE checkpoint(
  size INTEGER PRIMARY KEY, -- number of batches that it covers
  time INTEGER NOT NULL, -- that of the last of them
  note TEXT NOT NULL -- signed note
))"},
    SchemaObject{"table", "account", R"(CREATE TABLE account(
  name TEXT PRIMARY KEY, -- working state, replaced at each commit
  measured INTEGER NOT NULL,
  integrated INTEGER NOT NULL,
  substituted INTEGER NOT NULL,
  measured_rest REAL NOT NULL,
  integrated_rest REAL NOT NULL,
  substituted_rest REAL NOT NULL,
  recorded_measured INTEGER NOT NULL,
  recorded_integrated INTEGER NOT NULL,
  recorded_substituted INTEGER NOT NULL,
  open_since INTEGER NOT NULL,
  open_covered INTEGER NOT NULL,
  open_quality INTEGER NOT NULL,
  register_value REAL,
  highest_power REAL NOT NULL, -- ever read, before the factor
  power REAL,
  reading_time INTEGER NOT NULL,
  reading_boottime INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  resets INTEGER NOT NULL,
  rollovers INTEGER NOT NULL,
  serial TEXT NOT NULL
) WITHOUT ROWID)"},
    SchemaObject{"table", "seal", R"(CREATE TABLE seal(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  digest BLOB NOT NULL, -- over the hash of the last batch and all accounts
  signature BLOB NOT NULL
))"},
    SchemaObject{"view", "readable_energy", R"(CREATE VIEW readable_energy AS
SELECT e.row, m.name AS meter, m.role, strftime('%Y-%m-%dT%H:%M:%SZ', e.start / 1000, 'unixepoch') AS start,
  e.length / 60000.0 AS minutes, m.unit, e.measured + e.integrated + e.substituted AS amount,
  CASE m.unit WHEN 'J' THEN (e.measured + e.integrated + e.substituted) / 3600000.0 END AS kwh,
  e.measured, e.integrated, e.substituted, 1.0 * e.covered / e.length AS coverage, e.quality, e.reading
FROM energy e JOIN meter m ON m.id = e.meter)"},
    SchemaObject{"view", "daily_energy", R"(CREATE VIEW daily_energy AS
SELECT date(e.start / 1000, 'unixepoch') AS day, m.name AS meter, m.role, m.unit,
  sum(e.measured + e.integrated + e.substituted) AS amount,
  CASE m.unit WHEN 'J' THEN sum(e.measured + e.integrated + e.substituted) / 3600000.0 END AS kwh,
  sum(e.substituted) AS substituted, sum(e.covered) / 864000.0 AS covered_percent
FROM energy e JOIN meter m ON m.id = e.meter
GROUP BY day, m.name, m.role, m.unit)"},
    SchemaObject{"view", "readable_event", R"(CREATE VIEW readable_event AS
SELECT batch, n, strftime('%Y-%m-%dT%H:%M:%SZ', time / 1000, 'unixepoch') AS time, kind, subject, detail
FROM event)"},
};

}  // namespace

std::span<const SchemaObject> schema() { return k_schema; }

tl::expected<void, Error> create_schema(Database& database) {
  for (const SchemaObject& object : k_schema) {
    if (auto created = database.run(std::string{object.sql}.c_str()); !created) return created;
  }
  return {};
}

tl::expected<std::int64_t, Error> format_of(Database& database) {
  auto tables = database.prepare("SELECT count(*), total(name = 'about') FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  if (const auto row = tables->step(); !row) return tl::unexpected(row.error());
  if (tables->integer(0) == 0) return 0;
  const Error other{.kind = Error::Kind::no_ledger, .text = "the file is a database, but no ledger"};
  if (tables->real(1) != 1.0) return tl::unexpected(other);
  auto format = database.prepare("SELECT value FROM about WHERE key = 'format' LIMIT 1");
  if (!format) return tl::unexpected(format.error());
  const auto row = format->step();
  if (!row) return tl::unexpected(row.error());
  const auto text = *row ? format->text(0) : std::nullopt;
  std::int64_t number = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ptr != text->data() + text->size()) {
    return tl::unexpected(other);
  }
  if (number > k_format) {
    return tl::unexpected(Error{
        .kind = Error::Kind::newer_format,
        .text = "the ledger has format " + std::to_string(number) + ", this agent knows " + std::to_string(k_format)});
  }
  return number;
}

tl::expected<std::string, Error> schema_difference(Database& database) {
  auto objects = database.prepare("SELECT type, name, sql FROM sqlite_schema");
  if (!objects) return tl::unexpected(objects.error());
  std::size_t known = 0;
  for (;;) {
    const auto row = objects->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const auto type = objects->text(0);
    const auto name = objects->text(1);
    const auto sql = objects->text(2);
    if (!type || !name) return "an object without a name";
    // What SQLite itself makes for a primary key.
    if (objects->is_null(2) && *type == "index" && name->starts_with("sqlite_autoindex_")) continue;
    const auto expected = std::ranges::find(k_schema, *name, &SchemaObject::name);
    if (expected == k_schema.end()) return "'" + std::string{*name} + "' belongs to no ledger";
    if (*type != expected->type || sql != expected->sql) return "'" + std::string{*name} + "' is defined otherwise";
    ++known;
  }
  if (known != k_schema.size()) return "a table or view is missing";
  return std::string{};
}

}  // namespace pue::ledger
