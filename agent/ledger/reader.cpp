#include "agent/ledger/reader.h"

#include <algorithm>
#include <chrono>

#include "agent/ledger/schema.h"

namespace pue::ledger {
namespace {

constexpr std::chrono::milliseconds k_busy_timeout{10'000};  ///< a commit, or the import of a year, is over by then

}  // namespace

tl::expected<Reader, Error> Reader::open(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read, k_busy_timeout);
  if (!database) return tl::unexpected(database.error());
  Reader reader{std::move(*database)};
  if (auto loaded = reader.load(); !loaded) return tl::unexpected(loaded.error());
  return reader;
}

tl::expected<void, Error> Reader::load() {
  if (auto begun = database_.run("BEGIN"); !begun) return begun;
  const auto format = format_of(database_);
  if (!format) return tl::unexpected(format.error());
  if (*format == 0) return tl::unexpected(Error{.kind = Error::Kind::no_ledger, .text = "the file is empty"});
  const auto difference = schema_difference(database_);
  if (!difference) return tl::unexpected(difference.error());
  if (!difference->empty()) return tl::unexpected(damaged(*difference));

  auto origin = read_about(database_, "origin");
  if (!origin) return tl::unexpected(origin.error());
  if (!*origin) return tl::unexpected(damaged("it has no name"));
  origin_ = std::move(**origin);

  auto configurations = read_configurations(database_, 1, INT64_MAX);
  if (!configurations) return tl::unexpected(configurations.error());
  configurations_ = std::move(*configurations);
  for (const StoredConfiguration& stored : configurations_) {
    for (std::size_t i = 0; i < stored.meters.size(); ++i) {
      meters_.emplace_back(stored.meters[i], Meter{&stored, &stored.configuration.meters[i]});
    }
  }
  std::ranges::sort(meters_, {}, &std::pair<std::int64_t, Meter>::first);

  const auto first =
      read_number(database_, "SELECT min(from_time) FROM batch WHERE rows > 0 AND kind IN ('energy', 'import')");
  const auto last = read_number(database_, "SELECT max(to_time) FROM batch WHERE kind IN ('energy', 'import')");
  if (!first) return tl::unexpected(first.error());
  if (!last) return tl::unexpected(last.error());
  recorded_ = {*first, *last};

  auto rows = database_.prepare((std::string{k_select_batches} + " ORDER BY seq DESC LIMIT 1").c_str());
  if (!rows) return tl::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return {};
  const auto batch = read_batch(*rows);
  if (!batch || batch->seq < 1) return tl::unexpected(damaged("its last batch is malformed"));
  batches_ = static_cast<std::uint64_t>(batch->seq);
  head_ = batch->hash;
  return {};
}

std::optional<Reader::Meter> Reader::meter(std::int64_t id) const {
  const auto found = std::ranges::lower_bound(meters_, id, {}, &std::pair<std::int64_t, Meter>::first);
  if (found == meters_.end() || found->first != id) return std::nullopt;
  return found->second;
}

tl::expected<std::vector<Reader::Rows>, Error> Reader::rows_of(UnixMs from, UnixMs to) {
  auto batches = database_.prepare(
      "SELECT first_row, rows FROM batch WHERE kind IN ('energy', 'import') AND rows > 0 AND from_time < ?2 AND "
      "to_time > ?1 ORDER BY first_row");
  if (!batches) return tl::unexpected(batches.error());
  batches->bind(1, from).bind(2, to);
  std::vector<Rows> ranges;
  for (;;) {
    const auto row = batches->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return ranges;
    const auto first = batches->integer(0);
    const auto count = batches->integer(1);
    const std::int64_t next = ranges.empty() ? 1 : ranges.back().first + ranges.back().count;
    std::int64_t end = 0;
    if (!first || !count || *first < next || __builtin_add_overflow(*first, *count, &end)) {
      return tl::unexpected(damaged("a batch claims rows of another"));
    }
    // Batches that follow each other are read in one go.
    if (!ranges.empty() && *first == next) {
      ranges.back().count += *count;
    } else {
      ranges.push_back({.first = *first, .count = *count});
    }
  }
}

tl::expected<std::vector<StoredEvent>, Error> Reader::events(UnixMs from, UnixMs to) {
  auto rows = database_.prepare(
      "SELECT batch, n, time, kind, subject, detail FROM event WHERE (time >= ?1 AND time < ?2) OR (json_valid(detail) "
      "AND json_type(detail, '$.from') = 'integer' AND json_type(detail, '$.to') = 'integer' "
      "AND json_extract(detail, '$.from') < ?2 AND json_extract(detail, '$.to') > ?1) ORDER BY batch, n");
  if (!rows) return tl::unexpected(rows.error());
  rows->bind(1, from).bind(2, to);
  std::vector<StoredEvent> events;
  for (;;) {
    const auto row = rows->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return events;
    const auto batch = rows->integer(0);
    const auto n = rows->integer(1);
    auto event = read_event(*rows, 2);
    if (!batch || !n || !event) return tl::unexpected(damaged("an event is malformed"));
    events.push_back({.batch = *batch, .n = *n, .event = std::move(*event)});
  }
}

tl::expected<std::vector<StoredCheckpoint>, Error> Reader::checkpoints() {
  auto rows = database_.prepare("SELECT size, time, note FROM checkpoint ORDER BY size");
  if (!rows) return tl::unexpected(rows.error());
  std::vector<StoredCheckpoint> checkpoints;
  for (;;) {
    const auto row = rows->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return checkpoints;
    const auto size = rows->integer(0);
    const auto time = rows->integer(1);
    const auto note = rows->text(2);
    if (!size || *size < 1 || !time || !note) return tl::unexpected(damaged("a checkpoint is malformed"));
    checkpoints.push_back({.size = static_cast<std::uint64_t>(*size), .time = *time, .note = std::string{*note}});
  }
}

tl::expected<std::optional<StoredCheckpoint>, Error> Reader::last_checkpoint() {
  auto all = checkpoints();
  if (!all) return tl::unexpected(all.error());
  if (all->empty()) return std::nullopt;
  return std::move(all->back());
}

tl::expected<BatchSpan, Error> Reader::batches_of(UnixMs from, UnixMs to) {
  auto rows = database_.prepare(
      "SELECT min(seq), max(seq) FROM batch WHERE kind IN ('energy', 'import') AND rows > 0 AND from_time < ?2 AND "
      "to_time > ?1");
  if (!rows) return tl::unexpected(rows.error());
  rows->bind(1, from).bind(2, to);
  const auto row = rows->step();
  if (!row) return tl::unexpected(row.error());
  return BatchSpan{.first = rows->integer(0).value_or(0), .last = rows->integer(1).value_or(0)};
}

}  // namespace pue::ledger
