#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "agent/ledger/error.h"

struct sqlite3;
struct sqlite3_stmt;

/// The little of SQLite that the ledger needs, with each step checked.
namespace pue::ledger {

/// One prepared statement. It must not outlive its database.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  /// Parameters count from 1. What cannot be bound makes the next step fail.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const std::string& text) { return bind(parameter, std::string_view{text}); }
  Statement& bind(int parameter, std::span<const std::uint8_t> blob);
  Statement& bind_null(int parameter);

  /// @return whether there is a row.
  [[nodiscard]] tl::expected<bool, Error> step();
  /// For what answers no row: runs it, and makes the statement ready for the next time.
  [[nodiscard]] tl::expected<void, Error> run();
  void reset();

  // Columns count from 0 and are taken as they are stored: a number that stands as text is no number.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<std::int64_t> integer(int column) const;
  [[nodiscard]] std::optional<double> real(int column) const;
  /// Valid until the next step.
  [[nodiscard]] std::optional<std::string_view> text(int column) const;
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> blob(int column) const;

 private:
  struct Freed {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Freed> statement_;
  int bind_result_ = 0;
};

class Database {
 public:
  enum class Mode : std::uint8_t {
    read,
    write,           ///< and make the file if there is none
    write_existing,  ///< what is not there is an error
  };

  [[nodiscard]] static tl::expected<Database, Error> open(const std::string& path, Mode mode,
                                                          std::chrono::milliseconds busy_timeout);

  /// Runs one or several statements that answer nothing.
  [[nodiscard]] tl::expected<void, Error> run(const char* sql);
  [[nodiscard]] tl::expected<Statement, Error> prepare(const char* sql);
  /// Whether a transaction is open.
  [[nodiscard]] bool in_transaction() const;

 private:
  struct Closed {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Closed> database_;
};

/// A damaged record found while reading.
[[nodiscard]] Error damaged(std::string text);

}  // namespace pue::ledger
