#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/profiles/library.h"
#include "plant/clock.h"
#include "plant/devices/device.h"
#include "plant/layout.h"
#include "plant/scenario.h"

namespace pue::plant {

/// The facility with its devices, running. Owned by the plant's thread.
class Site {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// Throws std::runtime_error where a profile of the layout is not in the library.
  Site(const Parameters& parameters, const profiles::Library& library, Clock clock, Moment begin);

  /// Moves to `now`: registers grow by what was shown until then, then new values are shown.
  void advance(Moment now);

  /// Lets these faults begin when their time comes.
  /// @return what is wrong with the first that cannot; empty: nothing.
  [[nodiscard]] std::string schedule(std::vector<ScheduledFault> faults);

  [[nodiscard]] Device* find(std::string_view name);
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Device>>& devices() const { return devices_; }  ///< as in the layout
  [[nodiscard]] const OperatingPoint& point() const { return point_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] Moment now() const { return now_; }

  /// Energy since the start.
  struct Energies {
    Joules total;
    Joules it_ups;
    Joules it_pdu;
    Joules it_rack;
    CubicMeters water;
  };
  [[nodiscard]] const Energies& energies() const { return energies_; }

 private:
  void begin_scheduled(Moment now);
  [[nodiscard]] OperatingPoint point_at(Moment now) const;

  Parameters parameters_;
  Clock clock_;
  Layout layout_;
  std::vector<std::unique_ptr<Device>> devices_;
  Moment now_;
  OperatingPoint point_;
  std::vector<ScheduledFault> scheduled_;  ///< by their beginning
  std::size_t begun_ = 0;
  Energies energies_;
};

}  // namespace pue::plant
