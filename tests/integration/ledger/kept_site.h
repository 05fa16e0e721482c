#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/engine.h"
#include "agent/ledger/pending.h"
#include "agent/ledger/store.h"
#include "agent/plan/plan.h"

/// From readings to a ledger as in the agent, but on a clock of the caller's: the same readings make the same ledger,
/// whatever the machine, its zone and its clock are.
namespace pue::ledger {

/// The two clocks and the boot that they belong to.
struct KeptClock {
  Instant boot;                      ///< now
  std::int64_t unix_minus_boot = 0;  ///< nanoseconds
  Duration slept{};
  bool synchronised = true;
  std::string boot_id;

  [[nodiscard]] Stamp stamp() const;
};

/// One run of an agent. Throws what goes wrong: nothing should.
class KeptSite {
 public:
  /// Opens or makes the ledger, puts the configuration in force and records the start.
  KeptSite(const std::string& config_file, const std::string& ledger, std::shared_ptr<const SigningKey> key,
           KeptClock clock);

  KeptClock& clock() { return clock_; }
  Store& store() { return store_; }

  // Readings of a meter's device now, in watts, joules and as a number.
  void power(const std::string& meter, double watts);
  void energy(const std::string& meter, double joules);
  void serial_number(const std::string& meter, double number);

  /// Lets the boot clock, and UTC with it, go on; then one tick, and what it closed goes into the ledger.
  void pass(Duration time);
  /// An act beside the engine: committed with the accounts as they are.
  void commit(Commit act);
  /// Ends in good order: everything is recorded, the stop too, and signed.
  void stop();

  /// @return the id of a meter's record in the configuration in force.
  [[nodiscard]] std::int64_t meter_id(const std::string& meter) const;

 private:
  [[nodiscard]] const plan::Meter& meter(const std::string& name) const;
  void push(PointId point, double value);
  void tick(bool last);

  KeptClock clock_;
  plan::Plan plan_;
  Board board_;
  SpscRing<Sample> samples_;
  SpscRing<LedgerMessage> ring_;
  Store store_;
  std::vector<std::int64_t> meters_;
  std::vector<AccountState> accounts_;
  std::optional<Pending> pending_;
  std::optional<Engine> engine_;
};

/// @return what a result holds; throws its message.
template <class Value>
Value must(tl::expected<Value, Error> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

}  // namespace pue::ledger
