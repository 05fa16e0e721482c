#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "agent/ledger/batch_records.h"
#include "agent/ledger/error.h"
#include "agent/ledger/record.h"
#include "agent/ledger/stored.h"

namespace pue::ledger {

struct StoredEvent {
  std::int64_t batch = 0;
  std::int64_t n = 0;
  Event event;
};

struct StoredCheckpoint {
  std::uint64_t size = 0;
  UnixMs time = 0;
  std::string note;
};

/// First and last batch that hold energy of a period; both 0 if none does.
struct BatchSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Reads a ledger, which may come from anybody: whatever is in the file, the answer is a value or an Error.
///
/// All answers are of one instant, that of open(). While it lives, the agent's commits wait and are repeated: keep it
/// no longer than needed. It does not say whether what it reads is genuine; verify() does.
class Reader {
 public:
  [[nodiscard]] static tl::expected<Reader, Error> open(const std::string& path);

  [[nodiscard]] const std::string& origin() const { return origin_; }

  /// All that were ever in force, by id.
  [[nodiscard]] const std::vector<StoredConfiguration>& configurations() const { return configurations_; }

  /// The meter with this id, and the configuration that it belongs to; nothing if there is none.
  struct Meter {
    const StoredConfiguration* configuration = nullptr;
    const MeterRecord* record = nullptr;
  };
  [[nodiscard]] std::optional<Meter> meter(std::int64_t id) const;

  /// Visits, in the order of `row`, the energy rows that share any time with [from, to): `visit(row, const
  /// EnergyRow&)`.
  template <class Visit>
  [[nodiscard]] tl::expected<void, Error> energy(UnixMs from, UnixMs to, Visit visit);

  /// In the order they were recorded, those that happened in [from, to) or are about a span that shares time with it: a
  /// correction made later belongs to the time it corrects.
  [[nodiscard]] tl::expected<std::vector<StoredEvent>, Error> events(UnixMs from, UnixMs to);

  [[nodiscard]] tl::expected<std::vector<StoredCheckpoint>, Error> checkpoints();
  /// The last one; nothing if there is none yet.
  [[nodiscard]] tl::expected<std::optional<StoredCheckpoint>, Error> last_checkpoint();

  [[nodiscard]] tl::expected<std::vector<AccountState>, Error> accounts() { return read_accounts(database_); }

  [[nodiscard]] tl::expected<BatchSpan, Error> batches_of(UnixMs from, UnixMs to);
  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  /// Hash of the last batch; zeros without any.
  [[nodiscard]] const Hash& head() const { return head_; }
  /// Least start and greatest end of all energy rows; both 0 without any.
  [[nodiscard]] std::pair<UnixMs, UnixMs> recorded() const { return recorded_; }

 private:
  explicit Reader(Database database) : database_(std::move(database)) {}
  [[nodiscard]] tl::expected<void, Error> load();

  /// Rows from `first` on, as many as `count`, that batches overlapping a period hold.
  struct Rows {
    std::int64_t first = 0;
    std::int64_t count = 0;
  };
  [[nodiscard]] tl::expected<std::vector<Rows>, Error> rows_of(UnixMs from, UnixMs to);

  Database database_;
  std::string origin_;
  std::vector<StoredConfiguration> configurations_;
  std::vector<std::pair<std::int64_t, Meter>> meters_;  ///< by id
  std::uint64_t batches_ = 0;
  Hash head_{};
  std::pair<UnixMs, UnixMs> recorded_{};
};

template <class Visit>
tl::expected<void, Error> Reader::energy(UnixMs from, UnixMs to, Visit visit) {
  const auto ranges = rows_of(from, to);
  if (!ranges) return tl::unexpected(ranges.error());
  auto records = BatchRecords::of(database_);
  if (!records) return tl::unexpected(records.error());
  std::optional<std::int64_t> malformed;
  for (const Rows& range : *ranges) {
    const StoredBatch batch{.kind = "energy", .first_row = range.first, .rows = range.count};
    auto visited = records->rows(batch, [&](std::int64_t number, const std::optional<EnergyRow>& row) {
      std::int64_t end = 0;
      if (!row || row->length <= 0 || __builtin_add_overflow(row->start, row->length, &end)) {
        malformed = number;
      } else if (row->start < to && end > from) {
        visit(number, *row);
      }
    });
    if (!visited) return visited;
    if (malformed) return tl::unexpected(damaged("energy row " + std::to_string(*malformed) + " is malformed"));
  }
  return {};
}

}  // namespace pue::ledger
