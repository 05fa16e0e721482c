#pragma once

#include <cstddef>
#include <vector>

#include "agent/pipeline/figure.h"
#include "agent/plan/plan.h"

namespace pue::plan {

/// Where each figure of a facility lies in the board's block. The engine writes through it and the faces read through
/// it; everything in the block belongs to one tick.
class FigureLayout {
 public:
  explicit FigureLayout(const Plan& plan);

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] static constexpr std::size_t tick() { return 0; }           ///< number of the engine's tick
  [[nodiscard]] static constexpr std::size_t tick_time() { return 1; }      ///< Instant of the tick, seconds
  [[nodiscard]] static constexpr std::size_t tick_duration() { return 2; }  ///< seconds the tick took
  [[nodiscard]] static constexpr std::size_t oldest_sample() { return 3; }  ///< age of the oldest live point, seconds
  [[nodiscard]] static constexpr std::size_t samples() { return 4; }        ///< samples taken since start

  [[nodiscard]] static constexpr std::size_t total_power() { return 8; }    ///< W
  [[nodiscard]] static constexpr std::size_t total_energy() { return 9; }   ///< J since start
  [[nodiscard]] static constexpr std::size_t co2_location() { return 10; }  ///< g since start, Scope 2
  [[nodiscard]] static constexpr std::size_t grid_energy() { return 11; }   ///< J since start, grid meters alone

  [[nodiscard]] static constexpr std::size_t it_power(Layer layer) { return layer_base(layer) + 0; }       ///< W
  [[nodiscard]] static constexpr std::size_t it_energy(Layer layer) { return layer_base(layer) + 1; }      ///< J
  [[nodiscard]] static constexpr std::size_t instant_ratio(Layer layer) { return layer_base(layer) + 2; }  ///< ratio
  [[nodiscard]] static constexpr std::size_t ratio(Layer layer, Window window) {
    return layer_base(layer) + 3 + static_cast<std::size_t>(window);
  }
  [[nodiscard]] static constexpr std::size_t coverage(Layer layer, Window window) {
    return layer_base(layer) + 6 + static_cast<std::size_t>(window);
  }
  /// Index into Plan::meters of the first required meter without a value, while the figure is withheld.
  [[nodiscard]] static constexpr std::size_t withheld_by(Layer layer) { return layer_base(layer) + 9; }
  /// Share of the window's energy that was integrated from power where no register gave it.
  [[nodiscard]] static constexpr std::size_t integrated_share(Layer layer, Window window) {
    return layer_base(layer) + 10 + static_cast<std::size_t>(window);
  }

  [[nodiscard]] std::size_t partial_ratio(std::size_t zone, Window window) const {
    return zone_base_ + zone * k_windows.size() + static_cast<std::size_t>(window);
  }
  [[nodiscard]] std::size_t meter_power(MeterId meter) const {
    return meter_base_ + std::size_t{meter} * 3 + 0;
  }  ///< W
  [[nodiscard]] std::size_t meter_energy(MeterId meter) const {
    return meter_base_ + std::size_t{meter} * 3 + 1;
  }  ///< J
  /// (parent - children) / parent of the meters below this one; unknown where it has none below it.
  [[nodiscard]] std::size_t balance_residual(MeterId meter) const { return meter_base_ + std::size_t{meter} * 3 + 2; }

 private:
  [[nodiscard]] static constexpr std::size_t layer_base(Layer layer) {
    return 16 + static_cast<std::size_t>(layer) * 16;
  }

  std::size_t zone_base_ = 0;
  std::size_t meter_base_ = 0;
  std::size_t size_ = 0;
};

/// All figures of one tick, unknown until set.
class Figures {
 public:
  explicit Figures(std::size_t size) : words_(size, Figure{}.word()) {}

  void set(std::size_t index, Figure figure) { words_[index] = figure.word(); }
  [[nodiscard]] std::optional<double> get(std::size_t index) const { return Figure::from_word(words_[index]).value(); }
  [[nodiscard]] std::vector<std::uint64_t>& words() { return words_; }
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace pue::plan
