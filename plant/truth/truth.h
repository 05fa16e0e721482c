#pragma once

#include <string>
#include <string_view>

#include "plant/ipmi/fleet.h"
#include "plant/modbus/answer.h"
#include "plant/site.h"

namespace pue::plant {

/// @return what is true of the plant, as JSON (docs/plant.md, "The truth").
[[nodiscard]] std::string truth_of(const Site& site, const ipmi::Fleet& bmcs, const RequestCounts& counts);

/// Serves one request of the truth's port: GET anything, POST /fault?device=D&kind=K&for=S&value=V, POST /clear.
struct TruthAnswer {
  int status = 200;
  std::string body;
};
[[nodiscard]] TruthAnswer answer_truth(Site& site, ipmi::Fleet& bmcs, const RequestCounts& counts,
                                       std::string_view method, std::string_view target);

}  // namespace pue::plant
