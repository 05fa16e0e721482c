#include "agent/commands/sunspec_devices.h"

#include <doctest/doctest.h>

#include <atomic>

#include "tests/unit/sunspec/map_reader.h"

using namespace pue;
using namespace pue::commands;

namespace {

/// Two devices that ask for SunSpec on addresses of their own, and one that does not.
config::Settings settings_of_three() {
  config::Settings settings;
  settings.file = "site.toml";
  for (const char* host : {"answers", "silent", "other"}) {
    config::DeviceSettings device;
    device.name = host;
    device.url = config::Url{.address = config::TcpUrl{.host = host}, .unit = {}};
    device.profile = {.value = std::string_view{host} == "other" ? "eastron-sdm630" : "sunspec", .at = {7, 1}};
    settings.devices.push_back(device);
  }
  return settings;
}

std::unique_ptr<modbus::Reader> open_scripted(const config::Url& url) {
  auto reader = std::make_unique<MapReader>();
  if (std::get<config::TcpUrl>(url.address).host == "silent") {
    reader->silent_after = 0;
    return reader;
  }
  reader->put(40000, {0x5375, 0x6E53});
  reader->put(40002, std::vector<std::uint16_t>(107, 0));
  reader->put(40002, {203, 105});
  reader->put(40109, {0xFFFF, 0});
  return reader;
}

}  // namespace

TEST_CASE("each SunSpec device gets the profile it tells, a silent one a profile without registers and a warning") {
  auto settings = settings_of_three();
  SunspecDevices sunspec{settings};
  CHECK(settings.devices[2].profile.value == "eastron-sdm630");
  REQUIRE(settings.devices[0].profile.value != settings.devices[1].profile.value);

  std::atomic<int> opened{0};
  const auto warnings = sunspec.discover([&](const config::Url& url, const config::BusSettings* bus, Duration timeout) {
    CHECK(bus == nullptr);
    CHECK(timeout == std::chrono::milliseconds{500});
    ++opened;
    return open_scripted(url);
  });
  CHECK(opened == 2);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].key == "device.silent");
  CHECK(warnings[0].at.line == 7);

  const auto found = sunspec.find(settings.devices[0].profile.value);
  REQUIRE(found);
  CHECK(found->find("power_active_total")->address == 40002 + 18);
  const auto unreached = sunspec.find(settings.devices[1].profile.value);
  REQUIRE(unreached);
  CHECK(unreached->find("power_active_total")->words == 0);
  CHECK(sunspec.find("eastron-sdm630") == nullptr);
}

TEST_CASE("without being asked no device is touched and every SunSpec device has its points without registers") {
  auto settings = settings_of_three();
  const SunspecDevices sunspec{settings};
  CHECK(sunspec.find(settings.devices[0].profile.value)->find("power_active_total")->words == 0);
}

TEST_CASE("what a device once told is known by its address, and the others alone are asked again") {
  auto settings = settings_of_three();
  SunspecDevices first{settings};
  CHECK_FALSE(first.complete());
  (void)first.discover([](const config::Url& url, const config::BusSettings*, Duration) { return open_scripted(url); });
  CHECK_FALSE(first.complete());
  const auto known = first.known();
  CHECK(known.size() == 1);

  auto again = settings_of_three();
  SunspecDevices second{again, known};
  CHECK(second.find(again.devices[0].profile.value)->find("power_active_total")->address == 40002 + 18);
  std::atomic<int> opened{0};
  const auto warnings = second.discover(
      [&](const config::Url& url, const config::BusSettings*, Duration) {
        ++opened;
        CHECK(std::get<config::TcpUrl>(url.address).host == "silent");
        return open_scripted(config::Url{.address = config::TcpUrl{.host = "answers"}, .unit = {}});
      },
      SunspecDevices::Ask::apart);
  CHECK(opened == 1);
  CHECK(warnings.empty());
  CHECK(second.complete());
  CHECK(second.known().size() == 2);
}
