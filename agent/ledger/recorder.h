#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "agent/ledger/long_windows.h"
#include "agent/ledger/pending.h"
#include "agent/ledger/store.h"
#include "agent/log/rate_limit.h"
#include "agent/pipeline/board.h"
#include "agent/pipeline/ledger_message.h"
#include "agent/pipeline/spsc_ring.h"
#include "agent/plan/ledger_layout.h"
#include "agent/plan/plan.h"

namespace pue::ledger {

/// The ledger's thread: takes what the engine closed out of a ring, makes it durable, and publishes what is durable.
///
/// What is published of totals is never more than what is on the disk: a counter that a crash set back would be read as
/// a reset. When the disk fails, totals stand still, everything waits with its own times, and the same commit is tried
/// again until it succeeds.
class Recorder {
 public:
  using Ring = SpscRing<LedgerMessage>;

  /// Opens or creates the plan's ledger, puts the plan in force there and records the start.
  /// `plan` and `board` must live longer. After an error the same call may be made again.
  [[nodiscard]] static tl::expected<std::unique_ptr<Recorder>, Error> open(const plan::Plan& plan, Board& board,
                                                                           std::string_view agent_version);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  [[nodiscard]] Ring& ring() { return ring_; }
  /// @return the accounts that an earlier run left, numbered by the plan.
  [[nodiscard]] const std::vector<LedgerAccount>& resumed() const { return resumed_; }

  /// @return what an earlier run recorded of the last day.
  [[nodiscard]] const std::vector<LedgerQuarter>& recent() const { return recent_; }

  void start();
  /// Makes durable what is in the ring, records the stop and signs. Waits a few seconds for a disk that fails.
  void stop();

 private:
  Recorder(const plan::Plan& plan, Board& board, Store store, std::vector<std::int64_t> meters,
           const std::vector<AccountState>& accounts, std::string boot_id);

  /// What the ledger says of the time before this start, told in the log too.
  [[nodiscard]] std::vector<Event> found_at_start() const;
  [[nodiscard]] tl::expected<void, Error> record_start(std::string_view agent_version, const Configuration& now,
                                                       const std::vector<AccountState>& accounts);
  void run();
  void load_windows();
  void move_windows();
  void drain();
  /// @return whether nothing that is complete waits any longer.
  bool write();
  void succeeded(const Commit& commit);
  void failed(const Error& error);
  void sign_if_due(bool last);
  void cut_detail_if_due();
  /// @return how many records are not yet written.
  [[nodiscard]] std::size_t waiting() const;
  void publish();

  const plan::Plan& plan_;
  Board& board_;
  Ring ring_;
  Store store_;
  std::string boot_id_;
  Pending pending_;
  std::vector<LedgerAccount> resumed_;
  std::vector<LedgerQuarter> recent_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  ///< of accounts, by name
  std::optional<Commit> in_flight_;
  UnixMs failing_since_ = 0;  ///< 0: the last commit succeeded
  UnixMs signed_at_ = 0;
  UnixMs cut_at_ = 0;
  Instant next_try_{};
  log::RateLimit complaints_{std::chrono::minutes{1}};
  std::optional<LongWindows> windows_;
  std::int64_t clock_of_windows_ = 0;  ///< how UTC lay beside the boot clock when they were loaded, in milliseconds
  plan::LedgerLayout layout_;
  std::vector<std::uint64_t> words_;
  std::uint64_t commits_ = 0;
  std::uint64_t errors_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// @return the two clocks now.
[[nodiscard]] Stamp stamp_now(const std::string& boot_id);
/// @return the kernel's id of this boot; "unknown" where it gives none.
[[nodiscard]] std::string this_boot();

}  // namespace pue::ledger
