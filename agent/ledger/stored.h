#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/ledger/record.h"
#include "agent/ledger/sqlite.h"
#include "agent/units/sha256.h"

/// Records as they stand in the tables: SQL to read them, and what each row means. Whatever does not have the type that
/// the format gives it is damage.
namespace pue::ledger {

struct StoredBatch {
  std::int64_t seq = 0;
  std::string kind;
  Stamp stamp;
  std::int64_t configuration = 0;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::int64_t events = 0;
  UnixMs from = 0;
  UnixMs to = 0;
  Hash hash{};
};

struct StoredConfiguration {
  std::int64_t id = 0;
  std::int64_t batch = 0;
  std::vector<std::int64_t> meters;  ///< ids, in the order of configuration.meters
  Configuration configuration;
};

inline constexpr const char* k_select_batches =
    "SELECT seq, kind, time, boot, boottime, configuration, first_row, rows, events, from_time, to_time, hash FROM "
    "batch";
inline constexpr const char* k_row_columns =
    "row, meter, start, length, measured, integrated, substituted, covered, quality, reading";

/// @return the batch in the statement's row; nothing if a column has the wrong type.
[[nodiscard]] std::optional<StoredBatch> read_batch(const Statement& row);
/// Columns as in k_row_columns; the row's number is not part of the result.
[[nodiscard]] std::optional<EnergyRow> read_row(const Statement& row);
/// Columns time, kind, subject, detail from `first` on.
[[nodiscard]] std::optional<Event> read_event(const Statement& row, int first);

/// Configurations with ids from `from` to `to`, in order.
[[nodiscard]] tl::expected<std::vector<StoredConfiguration>, Error> read_configurations(Database& database,
                                                                                        std::int64_t from,
                                                                                        std::int64_t to);
/// In the order of their names.
[[nodiscard]] tl::expected<std::vector<AccountState>, Error> read_accounts(Database& database);

struct StoredSeal {
  Hash digest{};
  std::vector<std::uint8_t> signature;
};
/// @return nothing where there is none, or one of another shape.
[[nodiscard]] tl::expected<std::optional<StoredSeal>, Error> read_seal(Database& database);

/// The value of a key in `about`; nothing if it is missing.
[[nodiscard]] tl::expected<std::optional<std::string>, Error> read_about(Database& database, std::string_view key);

/// The one number that a query answers.
[[nodiscard]] tl::expected<std::int64_t, Error> read_number(Database& database, const char* sql);

}  // namespace pue::ledger
