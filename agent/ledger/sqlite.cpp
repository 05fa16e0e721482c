#include "agent/ledger/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace pue::ledger {
namespace {

constexpr int k_longest_value = 1 << 20;  ///< bytes; the longest of ours is an event's detail

Error::Kind kind_of(int code, int system_error) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error::Kind::busy;
    case SQLITE_FULL:
      return Error::Kind::disk_full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Error::Kind::read_only;
    case SQLITE_CANTOPEN:
      return Error::Kind::not_found;
    case SQLITE_CORRUPT:
      return Error::Kind::corrupt;
    case SQLITE_NOTADB:
      return Error::Kind::no_ledger;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      return Error::Kind::refused;
    case SQLITE_ERROR:
      return Error::Kind::corrupt;  // our own SQL fits our own tables: these are others
    default:
      break;
  }
  // SQLite knows ENOSPC as a full disk; a limit of size or quota is one too.
  const bool at_limit = system_error == EFBIG || system_error == EDQUOT || system_error == ENOSPC;
  return at_limit ? Error::Kind::disk_full : Error::Kind::input_output;
}

Error error_of(sqlite3* database, int code) {
  const int extended = database != nullptr ? sqlite3_extended_errcode(database) : code;
  const int system_error = database != nullptr ? sqlite3_system_errno(database) : 0;
  std::string text = "the ledger: ";
  if (extended == SQLITE_READONLY_ROLLBACK || extended == SQLITE_READONLY_RECOVERY ||
      extended == SQLITE_READONLY_CANTLOCK) {
    text +=
        "its last commit was interrupted and must be rolled back first, which needs the right to write: start the "
        "agent once, or copy the file together with its -journal";
    return {.kind = Error::Kind::read_only, .text = std::move(text)};
  }
  text += database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  const bool of_system = (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN;
  if (of_system && system_error != 0) text += " (" + std::generic_category().message(system_error) + ")";
  return {.kind = kind_of(code, system_error), .text = std::move(text)};
}

tl::unexpected<Error> failed(sqlite3* database, int code) { return tl::unexpected(error_of(database, code)); }

}  // namespace

Error damaged(std::string text) { return {.kind = Error::Kind::corrupt, .text = "the ledger: " + std::move(text)}; }

void Statement::Freed::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  bind_result_ |= sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  bind_result_ |= sqlite3_bind_double(statement_.get(), parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* const bytes = text.empty() ? "" : text.data();
  bind_result_ |= sqlite3_bind_text64(statement_.get(), parameter, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::uint8_t> blob) {
  bind_result_ |= sqlite3_bind_blob64(statement_.get(), parameter, blob.data(), blob.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  bind_result_ |= sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

tl::expected<bool, Error> Statement::step() {
  sqlite3* const database = sqlite3_db_handle(statement_.get());
  if (bind_result_ != SQLITE_OK) {
    return tl::unexpected(Error{.kind = Error::Kind::refused, .text = "the ledger: a value is too long"});
  }
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failed(database, result);
}

tl::expected<void, Error> Statement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) return tl::unexpected(stepped.error());
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  bind_result_ = SQLITE_OK;
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::optional<std::int64_t> Statement::integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_INTEGER) return std::nullopt;
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<double> Statement::real(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_FLOAT) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}

std::optional<std::string_view> Statement::text(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_TEXT) return std::nullopt;
  const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return std::nullopt;
  return std::string_view{bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::optional<std::span<const std::uint8_t>> Statement::blob(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_BLOB) return std::nullopt;
  const auto* const bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return std::span{bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Closed::operator()(sqlite3* database) const { sqlite3_close(database); }

tl::expected<Database, Error> Database::open(const std::string& path, Mode mode,
                                             std::chrono::milliseconds busy_timeout) {
  int flags = mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == Mode::write) flags |= SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database{raw};
  if (result != SQLITE_OK) {
    auto error = error_of(raw, result);
    error.text = "cannot open '" + path + "': " + error.text;
    return tl::unexpected(std::move(error));
  }
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, k_longest_value);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
  // The file may come from anybody: its schema runs no function, and no page is believed before it is checked.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  if (auto set = database.run("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0"); !set) {
    return tl::unexpected(set.error());
  }
  return database;
}

tl::expected<void, Error> Database::run(const char* sql) {
  const int result = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failed(database_.get(), result);
  return {};
}

tl::expected<Statement, Error> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr);
  if (result != SQLITE_OK) return failed(database_.get(), result);
  return Statement{statement};
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

}  // namespace pue::ledger
