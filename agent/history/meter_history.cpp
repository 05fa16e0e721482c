#include "agent/history/meter_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/energy/plausible.h"
#include "agent/history/iso_time.h"
#include "agent/plan/account_unit.h"
#include "agent/plan/role.h"

namespace pue::history {
namespace {

constexpr std::int64_t k_least_gap_ms = 5LL * 60 * 1000;
constexpr long double k_joules_in_kwh = 3.6e6L;
constexpr long double k_millionth = 1e-6L;
constexpr long double k_watts_in_kw = 1e3L;

/// Joules, or milliliters, a second: more than passes any one meter of any site.
constexpr long double k_most_per_second{energy::k_most_power.value()};

/// What an account of 64 bits holds, with room for the rows around it.
constexpr long double k_most_in_all = 4e18L;

std::string written(std::int64_t millionths) {
  const std::int64_t size = std::abs(millionths);
  auto text = fmt::format("{}{}", millionths < 0 ? "-" : "", size / 1'000'000);
  if (size % 1'000'000 != 0) text += fmt::format(".{:06}", size % 1'000'000);
  while (text.find('.') != std::string::npos && text.back() == '0') text.pop_back();
  return text;
}

}  // namespace

std::string_view name_of(Column column) {
  switch (column) {
    case Column::register_kwh:
      return "register_kwh";
    case Column::energy_kwh:
      return "energy_kwh";
    case Column::power_kw:
      return "power_kw";
    case Column::register_m3:
      return "register_m3";
  }
  return "";
}

std::optional<Scale> scale_of(const plan::Plan& plan, const plan::Meter& meter) {
  const long double factor = std::abs(static_cast<long double>(meter.factor()));
  Scale scale{.may_be_negative = plan::side_of(meter.role) == plan::Side::source};
  const auto unit = plan::account_unit(plan, meter);
  if (unit == plan::AccountUnit::milliliter) {
    scale.of_volume = true;
    scale.before_factor = 1.0L;  // a millionth of a cubic meter
    scale.per_millionth = factor;
  } else if (meter.role == plan::Role::fuel_diesel || meter.role == plan::Role::fuel_gas) {
    scale.of_volume = true;
    scale.before_factor = 1.0L;
    scale.per_millionth = factor * k_millionth;  // the conversion is in joules per cubic meter
  } else if (unit == plan::AccountUnit::joule) {
    scale.before_factor = k_joules_in_kwh * k_millionth;
    scale.per_millionth = factor * scale.before_factor;
  } else {
    return std::nullopt;
  }
  return scale;
}

std::int64_t MeterHistory::max_gap_ms() const {
  const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.interval).count();
  return std::max(3 * interval, k_least_gap_ms);
}

std::string MeterHistory::Last::place() const {
  return fmt::format("line {}{}", line, in_file_before ? " of the file before" : "");
}

void MeterHistory::begin_file() {
  if (last_) last_->in_file_before = true;
}

bool MeterHistory::joins(Column column, ledger::UnixMs time, std::int64_t millionths) const {
  return last_ && last_->in_file_before && last_->column == column && column != Column::energy_kwh &&
         last_->time == time && last_->millionths == millionths;
}

std::optional<std::string> MeterHistory::add(Column column, ledger::UnixMs time, std::int64_t millionths,
                                             std::size_t line) {
  if (joins(column, time, millionths)) {
    last_->line = line;
    last_->in_file_before = false;
    return std::nullopt;
  }
  if (auto why = why_not(column, time, millionths)) return why;
  const bool goes_on = last_ && last_->column == column;
  switch (column) {
    case Column::register_kwh:
    case Column::register_m3:
      if (goes_on) {
        if (auto why = why_no_difference(time, millionths)) return why;
        add_difference(time, millionths);
      } else {
        base_ = millionths;
        counted_ = 0;
      }
      break;
    case Column::energy_kwh:
      add_interval(time, millionths);
      break;
    case Column::power_kw:
      if (goes_on) add_power(time, millionths);
      break;
  }
  last_ = Last{.column = column, .time = time, .millionths = millionths, .line = line};
  return std::nullopt;
}

std::optional<std::string> MeterHistory::why_not(Column column, ledger::UnixMs time, std::int64_t millionths) const {
  if ((column == Column::register_m3) != scale_.of_volume) {
    return scale_.of_volume ? std::string("the meter counts a volume: expected register_m3")
                            : std::string("the meter counts energy: expected register_kwh, energy_kwh or power_kw");
  }
  const bool is_register = column == Column::register_kwh || column == Column::register_m3;
  if (millionths < 0 && is_register) return "a register below 0";
  if (millionths < 0 && !scale_.may_be_negative) {
    return std::string(name_of(column)) + " below 0: only a source (grid, battery, ...) can flow backwards";
  }
  const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.interval).count();
  const auto end = column == Column::energy_kwh ? time + interval : time;
  if (end > settings_.now) return "lies in the future, or its interval does";
  const auto rate = std::abs(static_cast<long double>(millionths) * scale_.per_millionth);
  if (column == Column::power_kw && rate / scale_.before_factor * k_millionth * k_watts_in_kw > k_most_per_second) {
    return "more power than passes any meter";
  }
  if (column == Column::energy_kwh && rate > k_most_per_second * static_cast<long double>(interval) / 1000) {
    return "more energy than passes any meter in " + fmt::format("{} s", interval / 1000);
  }
  if (std::abs(integrated_) > k_most_in_all) return "more energy in all than an account can hold";
  if (!last_) return std::nullopt;
  if (time == last_->time) return fmt::format("the meter has a row of this time already, at {}", last_->place());
  if (time < last_->time) {
    return fmt::format("lies before the meter's row at {} ({}): sort the {} by time", last_->place(),
                       written_time(last_->time), last_->in_file_before ? "files" : "file");
  }
  if (last_->column == Column::energy_kwh && time < last_->time + interval) {
    return fmt::format("lies inside the interval that begins at {} ({}): is --interval right?", last_->place(),
                       written_time(last_->time));
  }
  return std::nullopt;
}

std::optional<std::string> MeterHistory::why_no_difference(ledger::UnixMs time, std::int64_t millionths) const {
  if (millionths < last_->millionths) {
    return fmt::format(
        "the register falls from {} ({}) to {}. If it was reset or the meter was replaced, import up to {} and the "
        "rest, "
        "from this line on, as two files in two runs. If it passed its end, write it on beyond that (add its modulus, "
        "such as 1000000, from this line on)",
        written(last_->millionths), last_->place(), written(millionths), last_->place());
  }
  if (static_cast<long double>(millionths - base_) * scale_.per_millionth > k_most_in_all) {
    return "more energy in all than an account can hold";
  }
  const auto amount = static_cast<long double>(millionths - last_->millionths) * scale_.per_millionth;
  if (amount > k_most_per_second * static_cast<long double>(time - last_->time) / 1000) {
    return fmt::format("the register rises from {} ({}) to {}: more than passes any meter in that time",
                       written(last_->millionths), last_->place(), written(millionths));
  }
  return std::nullopt;
}

void MeterHistory::add_difference(ledger::UnixMs time, std::int64_t millionths) {
  const auto counted = std::llroundl(static_cast<long double>(millionths - base_) * scale_.per_millionth);
  Piece piece{.from = last_->time, .to = time};
  piece.reading = std::llroundl(static_cast<long double>(millionths) * scale_.before_factor);
  put(piece, counted - counted_, false);
  counted_ = counted;
}

void MeterHistory::add_interval(ledger::UnixMs time, std::int64_t millionths) {
  const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.interval).count();
  // The remainder of each interval is carried, so that the sum of the file is the sum of the rows.
  integrated_ += static_cast<long double>(millionths) * scale_.per_millionth;
  const auto whole = std::llroundl(integrated_);
  Piece piece{.from = time, .to = time + interval};
  if (millionths < 0) piece.quality |= ledger::k_reversed;
  put(piece, whole - integrated_whole_, false);
  integrated_whole_ = whole;
}

void MeterHistory::add_power(ledger::UnixMs time, std::int64_t millionths) {
  if (time - last_->time > max_gap_ms()) return;
  // A millionth of a kW is a thousandth of a watt; the factor is that of energy.
  const auto factor = scale_.per_millionth / scale_.before_factor;
  const auto watts = [&](std::int64_t number) {
    return static_cast<double>(static_cast<long double>(number) * k_millionth * k_watts_in_kw * factor);
  };
  const auto first = last_->time;
  const double before = watts(last_->millionths);
  const double after = watts(millionths);
  const auto at = [&](ledger::UnixMs when) {
    return before + (after - before) * static_cast<double>(when - first) / static_cast<double>(time - first);
  };
  for (auto from = first; from < time;) {
    const auto to = std::min(time, quarter_of(from) + k_quarter_ms);
    add_trapezoid(from, at(from), to, at(to));
    from = to;
  }
}

void MeterHistory::add_trapezoid(ledger::UnixMs from, double from_watts, ledger::UnixMs to, double to_watts) {
  const auto seconds = static_cast<long double>(to - from) / 1000;
  integrated_ += (static_cast<long double>(from_watts) + static_cast<long double>(to_watts)) / 2 * seconds;
  const auto whole = std::llroundl(integrated_);
  Piece piece{.from = from, .to = to};
  if (from_watts < 0 || to_watts < 0) piece.quality |= ledger::k_reversed;
  put(piece, whole - integrated_whole_, true);
  integrated_whole_ = whole;
}

void MeterHistory::put(Piece piece, std::int64_t amount, bool integrated) {
  piece.quality |= ledger::k_imported;
  if (settings_.estimated) {
    piece.substituted = amount;
    piece.quality |= ledger::k_estimated;
  } else {
    (integrated ? piece.integrated : piece.measured) = amount;
  }
  if (piece.to - piece.from > max_gap_ms()) {
    piece.quality |= ledger::k_gap_filled;
    return rows_.add(piece);
  }
  for (const auto& part : cut_at_quarters(piece)) rows_.add(part);
}

}  // namespace pue::history
