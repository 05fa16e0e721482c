#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "agent/energy/meter_energy.h"

/// Runs a trace of readings through a meter's account and prints its records, for the independent model in Python to be
/// held against. The first line of standard input holds names and values: modulus, resolution (joules), decimal (0 or
/// 1), max_power (watts; 0: none), factor, has_register (0 or 1), max_gap (seconds). Then a reading a line: time in
/// nanoseconds since 1970, `p` and watts or `r` and joules. Records come as
/// start_ms length_ms measured integrated substituted covered_ms quality, and at the end a line `total` with the three
/// totals and one `open` with what no record holds yet.
namespace {

using namespace pue;
using namespace pue::energy;

class Printed : public RecordSink {
 public:
  void record(const Record& record) override {
    const auto ms = [](auto duration) { return std::chrono::round<std::chrono::milliseconds>(duration).count(); };
    std::printf("%lld %lld %lld %lld %lld %lld %u\n", static_cast<long long>(ms(record.from.time_since_epoch())),
                static_cast<long long>(ms(record.to - record.from)), static_cast<long long>(record.energy[0]),
                static_cast<long long>(record.energy[1]), static_cast<long long>(record.energy[2]),
                static_cast<long long>(ms(record.covered)), record.quality);
  }
  void happened(const Occurrence&) override {}
};

MeterEnergy::Settings settings_of(const std::string& line) {
  MeterEnergy::Settings settings;
  std::istringstream words{line};
  std::string name;
  double value = 0.0;
  while (words >> name >> value) {
    if (name == "modulus") settings.limits.modulus = value;
    if (name == "resolution") settings.limits.resolution = value;
    if (name == "decimal") settings.limits.decimal = value != 0.0;
    if (name == "max_power" && value > 0.0) settings.max_power = Watts{value};
    if (name == "factor") settings.factor = value;
    if (name == "has_register") settings.has_register = value != 0.0;
    if (name == "max_gap")
      settings.max_gap = std::chrono::duration_cast<Duration>(std::chrono::duration<double>{value});
  }
  return settings;
}

}  // namespace

int main() {
  std::string line;
  if (!std::getline(std::cin, line)) return 2;
  MeterEnergy energy{settings_of(line)};
  Printed printed;
  bool begun = false;
  while (std::getline(std::cin, line)) {
    std::istringstream words{line};
    std::int64_t time = 0;
    char kind = 0;
    double value = 0.0;
    if (!(words >> time >> kind >> value)) {
      std::cerr << "not a reading: " << line << '\n';
      return 2;
    }
    const Instant at{Duration{time}};
    if (!begun) {
      energy.begin(at, {.records = {.origin = Instant{}, .length = std::chrono::minutes{15}}, .detail = std::nullopt});
    }
    begun = true;
    if (kind == 'p') {
      energy.power(at, value, printed);
    } else {
      energy.energy_register(at, value, printed);
    }
  }
  const auto state = energy.state().account;
  std::printf("total %lld %lld %lld\n", static_cast<long long>(state.whole[0]), static_cast<long long>(state.whole[1]),
              static_cast<long long>(state.whole[2]));
  std::printf("open %lld %lld %lld\n", static_cast<long long>(state.whole[0] - state.recorded[0]),
              static_cast<long long>(state.whole[1] - state.recorded[1]),
              static_cast<long long>(state.whole[2] - state.recorded[2]));
  return 0;
}
