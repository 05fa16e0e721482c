#include "agent/plan/figure_layout.h"

namespace pue::plan {

FigureLayout::FigureLayout(const Plan& plan)
    : zone_base_(layer_base(Layer::rack) + 16),
      meter_base_(zone_base_ + plan.zones.size() * k_windows.size()),
      size_(meter_base_ + plan.meters.size() * 3) {}

}  // namespace pue::plan
