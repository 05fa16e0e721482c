#include "agent/history/replacement.h"

#include <algorithm>
#include <cmath>

#include "agent/energy/plausible.h"
#include "agent/history/iso_time.h"

namespace pue::history {
namespace {

/// A display of whole units may stand this far below what the agent read a moment before, in millionths.
constexpr double k_display_step = 1e6;

/// What a millionth of the register's unit is to the account, which reads joules and cubic meters.
double account_units(const Scale& scale) { return scale.of_volume ? 1e-6 : static_cast<double>(scale.before_factor); }

std::int64_t recorded_reading(const Scale& scale, double millionths) {
  return std::llround(millionths * static_cast<double>(scale.before_factor));
}

/// What the old meter may have counted since it was last read, in joules or cubic meters as it shows them: the rule of
/// every register, and the limit of what an import believes once factors apply.
double most_to_the_end(const Scale& scale, const ledger::AccountState& account, const Replacement& replacement) {
  const Duration elapsed = std::chrono::milliseconds{replacement.time - account.reading_time};
  const double factor = static_cast<double>(scale.per_millionth) / account_units(scale);
  double rate = energy::k_most_power.value() / std::max(1.0, factor);
  if (replacement.max_power) {
    rate = std::min(rate, *replacement.max_power);
  } else if (account.highest_power > 0.0) {
    rate = std::min(rate, energy::k_headroom * account.highest_power);
  }
  return energy::most_between(elapsed, Watts{rate}, Joules{k_display_step * account_units(scale)}).value();
}

/// Closes the span that the account has open, at its last reading.
void close_open(Replaced& made, const Scale& scale) {
  auto& account = made.account;
  const auto length = account.reading_time - account.open_since;
  if (length > 0) {
    ledger::EnergyRow row{.start = account.open_since,
                          .length = length,
                          .measured = account.measured - account.recorded_measured,
                          .integrated = account.integrated - account.recorded_integrated,
                          .substituted = account.substituted - account.recorded_substituted,
                          .covered = std::min(account.open_covered, length),
                          .quality = account.open_quality};
    if (row.covered < row.length) row.quality |= ledger::k_partial;
    if (account.register_value) row.reading = recorded_reading(scale, *account.register_value / account_units(scale));
    made.rows.push_back(row);
    account.recorded_measured = account.measured;
    account.recorded_integrated = account.integrated;
    account.recorded_substituted = account.substituted;
  }
  account.open_covered = 0;
  account.open_quality = 0;
}

/// What the old meter counted from the account's last reading to its end.
void count_to_the_end(Replaced& made, const Scale& scale, const Replacement& replacement, std::int64_t max_gap_ms) {
  auto& account = made.account;
  const auto length = replacement.time - account.reading_time;
  const double last = *account.register_value / account_units(scale);
  const double rise = std::max(0.0, static_cast<double>(replacement.old_reading) - last);
  const double energy = rise * static_cast<double>(scale.per_millionth) + account.measured_rest;
  if (length <= 0) return;
  made.energy = static_cast<std::int64_t>(std::floor(energy));
  account.measured_rest = energy - static_cast<double>(made.energy);
  account.measured += made.energy;
  ledger::EnergyRow row{.start = account.reading_time,
                        .length = length,
                        .measured = account.measured - account.recorded_measured,
                        .covered = length,
                        .quality = ledger::k_replaced};
  if (length > max_gap_ms) row.quality |= ledger::k_gap_filled;
  row.reading = recorded_reading(scale, static_cast<double>(replacement.old_reading));
  made.rows.push_back(row);
  account.recorded_measured = account.measured;
}

}  // namespace

tl::expected<Replaced, std::string> replace(const Scale& scale, const ledger::AccountState& account,
                                            const Replacement& replacement, std::int64_t max_gap_ms) {
  Replaced made{.account = account, .rows = {}};
  if (replacement.time < account.reading_time || replacement.time < account.open_since) {
    return tl::unexpected("the account has a reading of " +
                          written_time(std::max(account.reading_time, account.open_since)) +
                          " already: a replacement before that is past, and can be told with pue-agent meter correct");
  }
  if (account.register_value) {
    const double last = *account.register_value / account_units(scale);
    if (static_cast<double>(replacement.old_reading) < last - k_display_step) {
      return tl::unexpected("the old reading lies below what the register said at " +
                            written_time(account.reading_time) + " (" + std::to_string(last / 1e6) + ")");
    }
    const double rise = (static_cast<double>(replacement.old_reading) - last) * account_units(scale);
    if (rise > most_to_the_end(scale, account, replacement)) {
      return tl::unexpected("the old reading lies so far above what the register said at " +
                            written_time(account.reading_time) + " (" + std::to_string(last / 1e6) +
                            ") that the circuit cannot have carried it since: is it right? The bound is the meter's " +
                            "max_power, else ten times the highest power seen");
    }
    close_open(made, scale);
    count_to_the_end(made, scale, replacement, max_gap_ms);
  }
  made.account.register_value = static_cast<double>(replacement.new_reading) * account_units(scale);
  made.account.power.reset();
  made.account.reading_time = replacement.time;
  // Nobody knows what the boot clock said then.
  made.account.reading_boottime = 0;
  made.account.boot_id.clear();
  if (made.rows.empty() && made.account.open_since != 0) return made;
  made.account.open_since = replacement.time;
  return made;
}

}  // namespace pue::history
