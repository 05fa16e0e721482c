#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/error.h"
#include "agent/ledger/record.h"
#include "agent/ledger/signing_key.h"
#include "agent/units/sha256.h"

namespace pue::ledger {

/// What is to become durable together. Rows name meters by the ids that Store::configure() gave.
struct Commit {
  Stamp stamp;
  std::vector<EnergyRow> energy;
  std::vector<EnergyRow> detail;  ///< one-minute records
  std::vector<Event> events;
  std::vector<AccountState> accounts;  ///< all of them: they replace those before
  bool imported = false;               ///< energy comes from another system: the batch is of kind "import"
};

struct StoreOptions {
  std::string origin;                           ///< see origin_of(); must be that of the ledger if it exists
  std::shared_ptr<const SigningKey> key;        ///< must be the ledger's present key if it exists
  std::chrono::milliseconds busy_timeout{250};  ///< how long a commit waits for readers before it gives up as `busy`
};

/// What a ledger says of itself when it is opened.
struct Resumed {
  bool created = false;                        ///< there was no ledger before
  bool ended_cleanly = true;                   ///< the last "start" event was followed by a "stop", or there was none
  bool seal_fits = true;                       ///< the accounts are those that were signed
  std::vector<AccountState> accounts;          ///< in the order of their names
  std::optional<Configuration> configuration;  ///< in force
  std::vector<std::int64_t> meters;            ///< ids of its meters, in its order
  UnixMs last_time = 0;                        ///< greatest time of a batch
  UnixMs recorded_until = 0;                   ///< greatest end of an energy row
  UnixMs detail_until = 0;                     ///< greatest end of a detail row
  std::uint64_t batches = 0;                   ///< number of batches
  std::uint64_t witnessed = 0;                 ///< batches under the last checkpoint in the file beside the ledger
};

/// The one writer of a ledger (docs/ledger.md). Belongs to one thread at a time.
///
/// Each call that writes is one transaction, durable when it returns. After an error nothing of it is in the ledger, or
/// all of it is and the same call made again says so: whoever repeats the same call with the same values until it
/// succeeds loses nothing and doubles nothing. Nothing else may be written in between.
class Store {
 public:
  /// Opens a ledger, or creates it. Holds `<path>.lock` until the store is destroyed.
  [[nodiscard]] static tl::expected<Store, Error> open(const std::string& path, const StoreOptions& options);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// As it was when the ledger was opened.
  [[nodiscard]] const Resumed& resumed() const;

  /// Puts a configuration in force; writes a batch only if it differs from the one in force.
  /// @return the ids of its meters, in its order.
  [[nodiscard]] tl::expected<std::vector<std::int64_t>, Error> configure(const Configuration& configuration,
                                                                         const Stamp& stamp);

  /// Detail rows become one batch, energy rows with the events another; without any of them only the accounts and
  /// their seal are written.
  [[nodiscard]] tl::expected<void, Error> commit(const Commit& commit);

  /// Signs the tree over all batches, in the ledger and in `<path>.checkpoints`. Does nothing when the present size has
  /// its checkpoint in both places.
  [[nodiscard]] tl::expected<void, Error> checkpoint();

  /// Deletes the rows of all detail batches that end at `detail_before` or earlier, and records which in a
  /// "retention-cut" event. Does nothing when there are none.
  [[nodiscard]] tl::expected<void, Error> retain(UnixMs detail_before, const Stamp& stamp);

  /// Goes over to another key: a "key-rotation" event, and a checkpoint that both keys sign.
  [[nodiscard]] tl::expected<void, Error> rotate_key(std::shared_ptr<const SigningKey> next, const Stamp& stamp);

  /// Number of batches, which is the size of the tree.
  [[nodiscard]] std::uint64_t batches() const;
  /// Root of the tree over them (RFC 6962).
  [[nodiscard]] Hash root() const;
  /// Hash of the last batch; zeros without any.
  [[nodiscard]] Hash head() const;
  /// Number of batches that the last checkpoint covers.
  [[nodiscard]] std::uint64_t checkpointed() const;

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// @return the name of a facility's ledger in its checkpoints and keys: "pue-agent/NAME", with what a key's name may
/// not hold replaced by '-'.
[[nodiscard]] std::string origin_of(std::string_view facility);

}  // namespace pue::ledger
