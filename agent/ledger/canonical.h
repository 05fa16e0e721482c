#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/ledger/record.h"
#include "agent/units/sha256.h"

/// The bytes that are hashed: of a batch for the chain and the tree, of the accounts for their seal, of cut batches for
/// the event that announces the cut. docs/ledger.md gives each line. A batch of a million rows is hashed as it passes
/// by.
namespace pue::ledger {

/// Lines of fields separated by tabs, hashed as they come.
class HashedLines {
 public:
  HashedLines() { buffer_.reserve(k_buffer + 4096); }

  void begin(std::string_view first_field) { buffer_ += first_field; }
  void field(std::string_view text);
  void field(std::int64_t number);
  void unsigned_field(std::uint64_t number);
  void end();

  /// Bytes before any line.
  void prefix(std::uint8_t byte) { buffer_ += static_cast<char>(byte); }
  [[nodiscard]] Hash finish();

 private:
  static constexpr std::size_t k_buffer = 65536;
  std::string buffer_;
  Sha256 hash_;
};

/// The hash of one batch. Calls come in the order of docs/ledger.md: the configuration with its meters, energy or
/// detail rows by row, events by n.
class BatchHash {
 public:
  BatchHash(std::int64_t seq, std::string_view kind, const Stamp& stamp, std::int64_t configuration,
            const Hash& previous);

  void configuration(std::int64_t id, const Configuration& configuration);
  void meter(std::int64_t id, const MeterRecord& meter);
  void energy(const EnergyRow& row) { row_line("energy", row); }
  void detail(const EnergyRow& row) { row_line("detail", row); }
  void event(const Event& event);
  [[nodiscard]] Hash finish() { return lines_.finish(); }

 private:
  void row_line(std::string_view kind, const EnergyRow& row);
  HashedLines lines_;
};

/// What the seal signs. `accounts` in the order of their names.
[[nodiscard]] Hash seal_digest(std::string_view origin, const Hash& head, std::span<const AccountState> accounts);

/// What a "retention-cut" event says of the detail batches that it cuts, in the order of `seq`.
class CutDigest {
 public:
  CutDigest();
  void batch(std::int64_t seq, const Stamp& stamp, std::int64_t configuration, std::int64_t first_row,
             std::int64_t rows, UnixMs from, UnixMs to, const Hash& hash);
  /// The digest of the batches so far; the next batch begins another.
  [[nodiscard]] Hash finish();

 private:
  void begin();
  std::unique_ptr<HashedLines> lines_;
};

/// @return whether a text may stand in a record: UTF-8 without control characters.
[[nodiscard]] bool is_plain(std::string_view text);

}  // namespace pue::ledger
