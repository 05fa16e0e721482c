#include "plant/site.h"

#include <stdexcept>

namespace pue::plant {

Site::Site(const Parameters& parameters, const profiles::Library& library, Clock clock, Moment begin)
    : parameters_(parameters), clock_(clock), layout_(facility_layout(parameters)), now_(begin) {
  for (const auto& instrument : layout_.instruments) {
    auto profile = library.find(instrument.profile, instrument.draft);
    if (!profile) throw std::runtime_error{"profile " + instrument.profile + ": " + describe(profile.error())};
    devices_.push_back(std::make_unique<Device>(instrument.name, *profile, instrument.quantities()));
  }
  point_ = point_at(begin);
  for (const auto& device : devices_) device->advance(point_, Seconds{0.0}, begin);
}

OperatingPoint Site::point_at(Moment now) const {
  const auto time = clock_.simulated(now);
  return operate(parameters_, parameters_.mean_it * it_load_factor(time), weather_at(time));
}

void Site::advance(Moment now) {
  const Seconds step = clock_.real(now) - clock_.real(now_);
  energies_.total += point_.total * step;
  energies_.it_ups += point_.ups_output * step;
  energies_.it_pdu += point_.pdu_output * step;
  energies_.it_rack += point_.it * step;
  energies_.water += CubicMeters{point_.make_up_water.value() * step.value()};
  now_ = now;
  begin_scheduled(now);
  point_ = point_at(now);
  for (const auto& device : devices_) device->advance(point_, step, now);
}

std::string Site::schedule(std::vector<ScheduledFault> faults) {
  for (const auto& fault : faults) {
    if (find(fault.device) == nullptr) return "no device '" + fault.device + "'";
    if (!fault.kind) return "device '" + fault.device + "' is no BMC and has none of their faults";
  }
  scheduled_ = std::move(faults);
  begun_ = 0;
  return {};
}

void Site::begin_scheduled(Moment now) {
  for (; begun_ < scheduled_.size() && scheduled_[begun_].at <= clock_.real(now); ++begun_) {
    const auto& fault = scheduled_[begun_];
    const std::chrono::duration<double> lasting{fault.duration.value()};
    find(fault.device)
        ->begin({.kind = *fault.kind,
                 .value = fault.value,
                 .until = now + std::chrono::duration_cast<Moment::duration>(lasting)},
                now);
  }
}

Device* Site::find(std::string_view name) {
  for (const auto& device : devices_) {
    if (device->name() == name) return device.get();
  }
  return nullptr;
}

}  // namespace pue::plant
