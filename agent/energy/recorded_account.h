#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "agent/energy/joule_account.h"
#include "agent/energy/record.h"

namespace pue::energy {

/// One meter's energy in whole units, by kind, and its division into records. What is recorded and what is still open
/// is all of it, to the last joule: the sum of all records is the difference of the totals.
///
/// Owned by the engine. Records leave through a sink.
class RecordedAccount {
 public:
  /// @param detail its records say that they are finer ones.
  explicit RecordedAccount(bool detail = false) : detail_(detail) {}

  /// What is not yet in a record.
  struct Open {
    Instant since{};
    Duration covered{};
    std::uint32_t quality = 0;
  };
  /// All there is to know, to go on from after a restart.
  struct State {
    std::array<std::int64_t, k_kinds> whole{};
    std::array<double, k_kinds> rest{};
    std::array<std::int64_t, k_kinds> recorded{};
    Open open;
  };

  /// The first open span begins at `at`, before any energy.
  void begin(Instant at, CutGrid grid);

  /// Energy of [from, to), divided by time at the cuts.
  void add(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality, RecordSink& sink);
  /// Energy of [from, to) whose course is not known: a record of its own.
  void add_whole(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality, RecordSink& sink);
  /// Marks the open span.
  void mark(std::uint32_t quality) { open_.quality |= quality; }
  /// The register as last read, for the records from now on.
  void set_reading(double reading) { reading_ = reading; }

  /// Closes every span that ends at a cut not later than `at`, with what is there.
  void close_until(Instant at, RecordSink& sink);
  /// Closes what is open where the last energy ended, and goes on from there with another grid.
  void recut(CutGrid grid, std::uint32_t quality, RecordSink& sink);

  [[nodiscard]] Joules total() const;
  [[nodiscard]] State state() const;
  void resume(const State& state);
  [[nodiscard]] Instant next_cut() const { return cut_; }

 private:
  void put(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality);
  void close(Instant at, RecordSink& sink);
  [[nodiscard]] JouleAccount& account(Kind kind) { return accounts_[static_cast<std::size_t>(kind)]; }

  bool detail_;
  CutGrid grid_;
  Instant cut_ = grid_.after(Instant{});  ///< end of the open span, as planned
  Instant reached_{};                     ///< end of the last span of energy
  std::array<JouleAccount, k_kinds> accounts_;
  std::array<std::int64_t, k_kinds> recorded_{};
  Open open_;
  std::optional<double> reading_;
};

}  // namespace pue::energy
