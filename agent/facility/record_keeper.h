#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "agent/energy/meter_energy.h"
#include "agent/energy/record.h"
#include "agent/pipeline/ledger_message.h"
#include "agent/pipeline/spsc_ring.h"
#include "agent/plan/plan.h"
#include "agent/units/wall_clock.h"

namespace pue {

/// From the accounts to the ledger's ring: labels records and events with UTC, watches the clocks, and says when a
/// commit is due. Owned by the engine.
///
/// A full ring loses nothing: records wait here, and when they are too many, those of one meter become one, longer, and
/// events are counted instead of told.
/// Without a ring nothing is kept.
class RecordKeeper : public energy::RecordSink {
 public:
  using Ring = SpscRing<LedgerMessage>;

  /// What the keeper writes to. The ring must live longer than the keeper.
  struct Output {
    Ring* ring = nullptr;  ///< null: there is no ledger
    WallClock clock;
    Duration commit_interval = std::chrono::seconds{10};
    std::optional<Duration> detail_interval;  ///< finer records are kept too
    Instant begin{};                          ///< when the agent started
  };
  /// What a look at the clocks found.
  struct ClockChange {
    energy::MeterEnergy::Grids grids;
    std::uint32_t quality = 0;
  };

  explicit RecordKeeper(Output output);

  [[nodiscard]] bool keeps() const { return output_.ring != nullptr; }
  [[nodiscard]] Instant begin() const { return output_.begin; }
  [[nodiscard]] const energy::MeterEnergy::Grids& grids() const { return grids_; }
  /// @return the label of `at`.
  [[nodiscard]] UnixMs label(Instant at) const { return unix_ms(at, unix_minus_boot_); }
  /// @return the instant that an earlier run labelled so.
  [[nodiscard]] Instant instant(UnixMs label) const { return pue::instant_of(label, unix_minus_boot_); }

  /// Of which meter the accounts tell from now on.
  void speak_of(plan::MeterId meter) { meter_ = meter; }
  void record(const energy::Record& record) override;
  void happened(const energy::Occurrence& occurrence) override;

  /// Looks at the clocks, at most once a second.
  /// @return what to do about it: accounts are cut anew. Their last records keep the old labels, so apply() comes
  /// after.
  [[nodiscard]] std::optional<ClockChange> look_at_clocks(Instant now);
  void apply(const ClockChange& change);
  /// Whether records that wait for a reading should be looked at: once a second.
  [[nodiscard]] bool sweep_due(Instant now);
  /// Whether the accounts are to be committed now. True as well when `last` says that nothing comes after.
  [[nodiscard]] bool commit_due(Instant now, bool last);
  /// Takes one account's state, between commit_due() and commit().
  void account(const LedgerAccount& account);
  void commit(Instant now);

 private:
  [[nodiscard]] energy::MeterEnergy::Grids grids_at(Instant now) const;
  void send(const LedgerMessage& message);
  [[nodiscard]] bool flush();
  void join(const LedgerRecord& record);
  void tell(LedgerEvent::Kind kind, Instant now, Instant from, Instant to, double before, double after);

  Output output_;
  std::int64_t unix_minus_boot_ = 0;
  std::int64_t stepped_to_ = 0;  ///< as unix_minus_boot_, found but not yet applied
  Duration slept_{};
  bool synchronised_ = true;
  energy::MeterEnergy::Grids grids_;
  plan::MeterId meter_ = 0;
  Instant looked_at_{};
  Instant swept_at_{};
  std::optional<Instant> committed_at_;
  bool commit_complete_ = false;
  std::vector<LedgerMessage> waiting_;  ///< what found the ring full
  std::size_t lost_events_ = 0;         ///< for which there was no room there either
};

}  // namespace pue
