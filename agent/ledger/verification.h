#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/ledger/batch_records.h"
#include "agent/ledger/key_chain.h"
#include "agent/ledger/merkle.h"
#include "agent/ledger/retention.h"
#include "agent/ledger/verify.h"

/// The inside of verify(): one object for one run, its stages in the order of their calls.
namespace pue::ledger {

class Verification {
 public:
  Verification(Database& database, const VerifyOptions& options) : database_(database), options_(options) {}

  [[nodiscard]] tl::expected<Verdict, Error> run();

 private:
  using Stage = tl::expected<void, Error>;

  // verify.cpp
  [[nodiscard]] Stage check_schema();
  [[nodiscard]] Stage check_keys();
  [[nodiscard]] Stage load_configurations();
  [[nodiscard]] Stage check_accounts();
  [[nodiscard]] Stage check_pages();
  void check_seal(const std::vector<AccountState>& accounts, const std::optional<StoredSeal>& seal);
  void check_totals(const std::vector<AccountState>& accounts);

  // verify_batches.cpp
  [[nodiscard]] Stage check_batches();
  [[nodiscard]] Stage check_batch(BatchRecords& records, const StoredBatch& batch);
  [[nodiscard]] Stage check_rows(BatchRecords& records, const StoredBatch& batch, BatchHash& hash);
  [[nodiscard]] Stage check_events(BatchRecords& records, const StoredBatch& batch, BatchHash& hash);
  void check_row(const StoredBatch& batch, std::int64_t number, const EnergyRow& row);
  void check_configuration(const StoredBatch& batch, BatchHash& hash);
  void check_cut(const StoredBatch& batch);
  void watch_hour(const StoredBatch& batch);
  [[nodiscard]] Stage check_leftovers();

  // verify_checkpoints.cpp
  [[nodiscard]] Stage load_checkpoints();
  void check_checkpoints();
  void check_checkpoint(std::int64_t size, UnixMs time, std::string_view text);
  void check_signatures(std::int64_t size, const Note& note);
  void check_witnesses();
  void check_witness(const Witness& witness, std::string_view text, std::uint64_t& previous);

  void found(Finding finding);
  [[nodiscard]] bool is_cut(const StoredBatch& batch) const;
  /// The key in force at a size of the tree.
  [[nodiscard]] const KeyTerm* term_at(std::int64_t size) const;

  /// Sums of a meter's rows.
  struct Sums {
    __extension__ using Wide = __int128;
    Wide measured = 0;
    Wide integrated = 0;
    Wide substituted = 0;
  };
  struct Sealed {
    UnixMs time = 0;
    std::string note;
    bool well_formed = true;
  };
  struct Position {
    UnixMs time = 0;
    Hash root{};
  };

  Database& database_;
  const VerifyOptions& options_;
  Verdict verdict_;
  std::vector<KeyTerm> keys_;
  std::vector<AnnouncedCut> cuts_;
  std::vector<StoredConfiguration> configurations_;
  std::vector<std::string> meter_names_;  ///< by id - 1
  std::vector<std::int64_t> meter_configuration_;
  std::vector<Sums> sums_;                      ///< by id - 1
  std::map<std::int64_t, Sealed> checkpoints_;  ///< by size
  std::map<std::int64_t, Position> positions_;  ///< of each size that a checkpoint or witness names
  std::map<std::uint64_t, Hash> witnessed_roots_;

  // Of the batches passed so far.
  CompactRange tree_;
  Hash last_{};
  std::int64_t next_seq_ = 1;
  std::int64_t next_row_ = 1;
  std::int64_t next_detail_ = 1;
  std::int64_t configuration_ = 0;
  std::size_t cut_ = 0;
  CutDigest cut_digest_;
  std::int64_t cut_rows_ = 0;
  bool starts_ = false;  ///< the present batch holds a "start" event
  std::string hour_boot_;
  std::int64_t hour_begin_ = 0;
  bool hour_open_ = false;
};

/// One batch, as a message names it.
[[nodiscard]] std::string batch_text(std::int64_t seq);

}  // namespace pue::ledger
