#pragma once

#include <optional>

#include "agent/energy/boundaries.h"
#include "agent/energy/integrator.h"
#include "agent/energy/recorded_account.h"
#include "agent/energy/register_counter.h"

namespace pue::energy {

/// The energy of one meter, from its device's register where there is one, else from its power. Owned by the engine.
///
/// The register wins as long as the device offers it. When the device refuses the register, power takes over for good,
/// and the energy from then on counts as integrated. Where a register lost its count, power fills in what it knows, as
/// substituted energy. Records and events leave through a sink.
class MeterEnergy {
 public:
  struct Settings {
    bool has_register = false;
    double factor = 1.0;                           ///< share, CT ratio and conversion; positive
    Duration max_gap{};                            ///< longest time between two readings that is bridged
    Duration patience{};                           ///< how long a bucket waits for a late reading
    Duration exchange = std::chrono::seconds{10};  ///< between two readings; in a longer pause the meter may be changed
    RegisterCounter::Limits limits;                ///< of the register
    std::optional<Watts> max_power;                ///< what the circuit can carry, as the device would read it
  };
  /// All there is to know, to go on from after a restart.
  struct State {
    RecordedAccount::State account;
    std::optional<double> register_reading;
    std::optional<double> power_reading;
    std::optional<double> serial_number;
    Instant reading_at{};  ///< of the last of these
    double highest_power = 0.0;
    std::uint64_t resets = 0;
    std::uint64_t rollovers = 0;
  };

  explicit MeterEnergy(const Settings& settings);

  /// The grids of an account's records; `detail` where finer ones are kept too.
  struct Grids {
    CutGrid records;
    std::optional<CutGrid> detail;
  };

  /// Lets the account begin at `at`, before any reading.
  void begin(Instant at, const Grids& grids);

  /// A reading of power, in the meter's own unit before the factor.
  void power(Instant at, double reading, RecordSink& sink);
  /// A reading of the energy register, in joules before the factor.
  void energy_register(Instant at, double reading, RecordSink& sink);
  /// The serial number that the device gives. Another one than before means another meter: its register is a new count.
  void serial_number(Instant at, double number, RecordSink& sink);
  /// The device refuses the register.
  void register_refused() { has_register_ = false; }

  /// Closes every record that ends at a cut not later than `at`, with what is there.
  void close_until(Instant at, RecordSink& sink);
  /// Closes what is open and goes on with other grids: the clock was stepped.
  void recut(const Grids& grids, std::uint32_t quality, RecordSink& sink);

  /// Marks the open record.
  void mark(std::uint32_t quality);

  /// @return units since the account began, factor applied.
  [[nodiscard]] Joules total() const { return account_.total(); }
  /// @return whether energy comes from power and not from a register.
  [[nodiscard]] bool integrated() const { return !has_register_; }
  /// @return how often the register began a new count.
  [[nodiscard]] std::uint64_t resets() const { return resets_; }
  [[nodiscard]] std::uint64_t rollovers() const { return rollovers_; }
  [[nodiscard]] Instant next_cut() const { return detail_ ? detail_->next_cut() : account_.next_cut(); }
  [[nodiscard]] const Boundaries& boundaries() const { return boundaries_; }

  [[nodiscard]] State state() const;
  /// Goes on from the state of an earlier run, at most `now`.
  void resume(const State& state, Instant now);

 private:
  /// Power integrated beside the register, at one of its readings.
  struct Beside {
    double joules = 0.0;
    Instant at{};  ///< of the last reading of power
    std::uint64_t breaks = 0;
    bool known = false;
  };

  /// A register reading behind a pause, in which the meter may have been exchanged: it counts once its serial number is
  /// known to be the same, or has not been told for some readings.
  struct Unsure {
    Instant at;
    double reading = 0.0;
    int later = 0;
  };

  void count_register(Instant at, double reading, RecordSink& sink);
  void set_reading(double reading);
  void count(Kind kind, Instant from, Instant to, Joules energy, std::uint32_t quality, RecordSink& sink);
  void begin_count(const RegisterSpan& span, double before, double after, RecordSink& sink);
  void look_for_standstill(Instant at, double reading, RecordSink& sink);
  void compare_with_power(Instant at, RecordSink& sink);
  [[nodiscard]] Watts most() const;

  bool has_register_;
  double factor_;
  Duration max_gap_;
  Duration exchange_;
  std::optional<Watts> max_power_;
  double resolution_;
  Integrator integrator_;
  RegisterCounter register_;
  RecordedAccount account_;
  std::optional<RecordedAccount> detail_;
  Boundaries boundaries_;
  std::uint64_t resets_ = 0;
  std::uint64_t rollovers_ = 0;

  std::optional<Instant> register_at_;
  std::optional<double> serial_number_;
  bool serial_told_ = false;  ///< since the last reading of the register
  std::optional<Unsure> unsure_;
  std::optional<double> power_reading_;
  Instant power_at_{};
  double highest_power_ = 0.0;
  Beside beside_;   ///< now
  Beside at_base_;  ///< at the last reading that counts
  Beside at_held_;  ///< at the first held reading
  double held_reading_ = 0.0;
  std::optional<double> still_reading_;  ///< the register's reading that has not changed since
  Instant still_since_{};
  Beside still_beside_;
  bool frozen_ = false;
  Instant compared_at_{};  ///< start of the comparison of register and power
  Beside compared_beside_;
  double compared_measured_ = 0.0;  ///< joules by the register since then
};

}  // namespace pue::energy
