#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/ledger/batch_records.h"
#include "agent/ledger/merkle.h"
#include "agent/ledger/note.h"
#include "agent/ledger/place.h"
#include "agent/ledger/store.h"
#include "agent/ledger/writer_lock.h"

/// The inside of Store.
namespace pue::ledger {

/// All that the store keeps in memory of what the file holds. A transaction works on a copy, which takes the place of
/// the old one when the transaction is durable.
struct Head {
  CompactRange tree;
  Hash last{};  ///< of the last batch
  std::int64_t next_row = 1;
  std::int64_t next_detail = 1;
  std::int64_t last_meter = 0;
  std::uint64_t checkpointed = 0;
  Hash seal{};
  std::shared_ptr<const StoredConfiguration> configuration;  ///< in force; none before the first
  std::shared_ptr<const std::vector<AccountState>> accounts;
  std::shared_ptr<const SigningKey> key;

  [[nodiscard]] std::int64_t next_batch() const { return static_cast<std::int64_t>(tree.size()) + 1; }
  [[nodiscard]] std::int64_t configuration_id() const { return configuration ? configuration->id : 0; }
};

/// A batch to be appended.
struct NewBatch {
  std::string_view kind;
  const Stamp& stamp;
  std::span<const EnergyRow> rows;
  std::span<const Event> events;
  bool puts_configuration = false;  ///< that of the head
};

/// A ledger's file, opened to be written.
struct OpenLedger {
  Database database;
  Place place;
  std::int64_t format = 0;  ///< 0: the file is new
};

/// Opens a file, and leaves it as it is when it is no ledger or one of a later format.
[[nodiscard]] tl::expected<OpenLedger, Error> open_ledger(const std::string& path, Database::Mode mode,
                                                          std::chrono::milliseconds busy_timeout);

struct Store::State {
  State(WriterLock taken, OpenLedger opened, std::string file, const StoreOptions& options)
      : lock(std::move(taken)),
        database(std::move(opened.database)),
        place(opened.place),
        path(std::move(file)),
        origin(options.origin),
        busy_timeout(options.busy_timeout) {}

  WriterLock lock;
  Database database;
  Place place;  ///< of the file that is open
  std::string path;
  std::string origin;
  std::chrono::milliseconds busy_timeout;
  Head head;
  Resumed resumed;
  std::optional<Head> attempt;   ///< what the file holds if a commit that failed took place after all
  std::optional<Head> repeated;  ///< what was before, when it did: the caller will ask for the same again

  // Of opening (store_open.cpp).
  [[nodiscard]] tl::expected<void, Error> create(const std::shared_ptr<const SigningKey>& key);
  [[nodiscard]] tl::expected<void, Error> load(const std::shared_ptr<const SigningKey>& key);
  [[nodiscard]] tl::expected<void, Error> load_batches(StoredBatch& last, Hash& previous);
  [[nodiscard]] tl::expected<void, Error> check_last(const StoredBatch& last, const Hash& previous);
  [[nodiscard]] tl::expected<void, Error> check_key();
  [[nodiscard]] tl::expected<void, Error> check_seal();

  // Of what others do to the file meanwhile (store_place.cpp).
  /// The path leads to the file that is open.
  [[nodiscard]] tl::expected<void, Error> is_in_place() const;
  /// As is_in_place(), but another file is gone over to if it holds what was last written: one that was put back.
  [[nodiscard]] tl::expected<void, Error> stay_in_place();
  /// Before each call that writes: the file is in place and holds what is known of it, and what became of a commit that
  /// failed is found out.
  [[nodiscard]] tl::expected<void, Error> settle();

  // Of writing (store_write.cpp).
  /// Runs `body` and the seal as one transaction; `body` changes the copy of the head that it is given.
  template <class Body>
  [[nodiscard]] tl::expected<void, Error> transaction(Body body);
  [[nodiscard]] tl::expected<void, Error> append(Head& next, const NewBatch& batch);
  [[nodiscard]] tl::expected<void, Error> insert_rows(Head& next, const NewBatch& batch);
  [[nodiscard]] tl::expected<void, Error> insert_events(const Head& next, const NewBatch& batch);
  /// What a name counts stays what it counts, else its account would add joules to liters.
  [[nodiscard]] tl::expected<void, Error> same_units(const Configuration& configuration);
  [[nodiscard]] tl::expected<void, Error> insert_configuration(const StoredConfiguration& stored, std::int64_t batch);
  [[nodiscard]] tl::expected<void, Error> replace_accounts(Head& next, const std::vector<AccountState>& accounts);
  [[nodiscard]] tl::expected<void, Error> write_seal(Head& next);
  [[nodiscard]] tl::expected<void, Error> insert_checkpoint(Head& next, UnixMs time, const SigningKey* second);
  [[nodiscard]] tl::expected<void, Error> write_checkpoint_file();
};

/// The head after a batch, without writing it.
void advance(Head& next, const NewBatch& batch);

/// @return the rule of the format that a commit breaks; empty: none.
[[nodiscard]] std::string broken_rule(const Commit& commit, std::int64_t last_meter);
[[nodiscard]] std::string broken_rule(const Configuration& configuration);
[[nodiscard]] std::string broken_rule(const Stamp& stamp);

}  // namespace pue::ledger
