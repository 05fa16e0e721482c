#include <doctest/doctest.h>

#include <map>

#include "agent/commands/check_probe.h"

using namespace std::chrono_literals;
using pue::PollFailure;

namespace {

/// A bus whose unit 1 answers every register with 230 and whose other units are silent.
class FakeBus : public pue::modbus::Reader {
 public:
  tl::expected<std::vector<std::uint16_t>, PollFailure> read(const pue::modbus::ReadRequest& request) override {
    if (request.unit != 1) return tl::unexpected(PollFailure::timeout);
    return std::vector<std::uint16_t>(request.count, 230);
  }
  tl::expected<std::vector<pue::modbus::IdentificationObject>, PollFailure> identify(std::uint8_t /*unit*/) override {
    return tl::unexpected(PollFailure::illegal_function);
  }
};

pue::plan::Plan two_devices() {
  auto profile = std::make_shared<pue::profiles::Profile>();
  profile->id = "p";
  for (const auto* const name : {"voltage_l1_n", "voltage_l2_n", "frequency"}) {
    pue::profiles::Point point;
    point.name = name;
    point.unit = name[0] == 'v' ? pue::profiles::Unit::volt : pue::profiles::Unit::hertz;
    point.address = static_cast<std::uint16_t>(profile->points.size());
    profile->points.push_back(point);
  }
  pue::plan::Plan plan;
  plan.buses.push_back({.id = 0, .name = "b", .address = pue::plan::TcpAddress{}, .devices = {0, 1}});
  for (pue::DeviceId id = 0; id < 2; ++id) {
    pue::plan::Device device{.id = id, .name = id == 0 ? "good" : "silent", .unit = static_cast<std::uint8_t>(id + 1)};
    device.profile = profile;
    // "frequency" is not configured, so it is not read and not judged.
    for (std::size_t i = 0; i < 2; ++i) {
      const auto point = static_cast<pue::PointId>(plan.points.size());
      device.points.push_back(point);
      plan.points.push_back({.id = point,
                             .device = id,
                             .name = profile->points[i].name,
                             .source = &profile->points[i],
                             .interval = 1s,
                             .stale_after = 3s});
    }
    plan.devices.push_back(std::move(device));
  }
  return plan;
}

}  // namespace

TEST_CASE("the probe reads the configured points and tells which device is silent") {
  const auto plan = two_devices();
  const auto result = pue::commands::probe(plan, 0s, [](const auto& bus, pue::Duration timeout) {
    CHECK(bus.name == "b");
    CHECK(timeout == 500ms);
    return std::make_unique<FakeBus>();
  });
  CHECK(result.good_points == 2);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].device == "silent");
  CHECK(result.findings[0].message.starts_with("no answer"));
}
