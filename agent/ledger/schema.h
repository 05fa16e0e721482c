#pragma once

#include <array>
#include <string_view>

#include "agent/ledger/sqlite.h"

/// The tables and views of a ledger (docs/ledger.md).
namespace pue::ledger {

inline constexpr std::int64_t k_format = 1;

struct SchemaObject {
  std::string_view type;
  std::string_view name;
  std::string_view sql;
};

/// Everything that a ledger file defines, in the order of creation.
[[nodiscard]] std::span<const SchemaObject> schema();

/// Creates it all in an empty file, within the caller's transaction.
[[nodiscard]] tl::expected<void, Error> create_schema(Database& database);

/// @return the format that the file says it has; 0 for a file without any table.
[[nodiscard]] tl::expected<std::int64_t, Error> format_of(Database& database);

/// Compares what the file defines with what a ledger defines, before anything is read from it: a table could be a view
/// with other rows, or a query that never ends.
/// @return what differs; empty: nothing.
[[nodiscard]] tl::expected<std::string, Error> schema_difference(Database& database);

}  // namespace pue::ledger
