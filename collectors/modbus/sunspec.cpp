#include "collectors/modbus/sunspec.h"

#include <array>
#include <map>
#include <set>
#include <stdexcept>

#include "collectors/modbus/decoder.h"
#include "collectors/modbus/sunspec_models.h"

namespace pue::modbus {
namespace {

constexpr std::array<std::uint16_t, 4> k_bases{40000, 0, 50000, 4096};
constexpr std::uint16_t k_marker_high = 0x5375;  // "Su"
constexpr std::uint16_t k_marker_low = 0x6E53;   // "nS"
constexpr std::uint16_t k_end_model = 0xFFFF;
constexpr std::size_t k_max_chain = 64;
constexpr std::uint16_t k_common_model = 1;

tl::expected<std::vector<std::uint16_t>, PollFailure> read(Reader& reader, std::uint8_t unit, std::uint16_t address,
                                                           std::uint16_t count) {
  return reader.read({.unit = unit, .function = ReadFunction::holding_registers, .address = address, .count = count});
}

/// @return the models between marker and end, or why the chain cannot be right.
tl::expected<std::vector<SunspecModel>, std::string> walk(Reader& reader, std::uint8_t unit, std::uint16_t base) {
  std::vector<SunspecModel> models;
  std::uint32_t address = base + 2U;
  while (address + 1 <= 65535) {
    const auto head = read(reader, unit, static_cast<std::uint16_t>(address), 2);
    if (!head)
      return tl::unexpected{"model header at " + std::to_string(address) + ": " + std::string{describe(head.error())}};
    const std::uint16_t id = (*head)[0];
    const std::uint16_t length = (*head)[1];
    if (id == k_end_model) return models;
    if (models.size() == k_max_chain) return tl::unexpected{std::string{"more than 64 models: the chain has no end"}};
    if (length == 0 || address + 2 + length > 65535) {
      return tl::unexpected{"model " + std::to_string(id) + " at " + std::to_string(address) + " has the length " +
                            std::to_string(length) + ", which cannot be"};
    }
    models.push_back({.id = id, .address = static_cast<std::uint16_t>(address), .length = length});
    address += 2U + length;
  }
  return tl::unexpected{std::string{"the chain of models runs beyond register 65535"}};
}

/// Reads the manufacturer, model and serial number of the common model.
void read_common(Reader& reader, std::uint8_t unit, const SunspecModel& model, SunspecDevice& device) {
  struct Field {
    std::uint16_t offset;
    std::uint16_t words;
    std::string SunspecDevice::* target;
  };
  constexpr std::array<Field, 4> k_fields{{{2, 16, &SunspecDevice::manufacturer},
                                           {18, 16, &SunspecDevice::model},
                                           {42, 8, &SunspecDevice::version},
                                           {50, 16, &SunspecDevice::serial}}};
  for (const Field& field : k_fields) {
    if (field.offset + field.words > model.length + 2) continue;
    const auto words = read(reader, unit, static_cast<std::uint16_t>(model.address + field.offset), field.words);
    const profiles::Point text{.words = field.words, .type = profiles::RegisterType::text};
    if (words) device.*field.target = decode_text(text, *words);
  }
}

/// The points of one model at their real addresses, with the scale factors they need.
void add_points(const SunspecModel& found, const SunspecModelMap& map, profiles::Profile& profile) {
  std::set<std::uint16_t> scale_factors;
  for (const SunspecPoint& point : map.points) {
    if (point.offset + point.point.words > found.length + 2) continue;
    profiles::Point own = point.point;
    own.address = static_cast<std::uint16_t>(found.address + point.offset);
    for (int copy = 2; profile.find(own.name) != nullptr; ++copy) {
      own.name = point.point.name + "_" + std::to_string(copy);
    }
    if (point.scale_factor_offset) {
      const auto address = static_cast<std::uint16_t>(found.address + *point.scale_factor_offset);
      const std::string name = "scale_factor_" + std::to_string(address);
      own.exponent = profiles::ExponentFrom{.point = name};
      if (scale_factors.insert(address).second) {
        profile.points.push_back({.name = name,
                                  .address = address,
                                  .type = profiles::RegisterType::s16,
                                  .kind = profiles::PointKind::state,
                                  .invalid = {0x8000}});
      }
    }
    profile.points.push_back(std::move(own));
  }
}

}  // namespace

tl::expected<std::uint16_t, PollFailure> find_sunspec_marker(Reader& reader, std::uint8_t unit) {
  PollFailure last = PollFailure::illegal_address;
  for (const std::uint16_t base : k_bases) {
    const auto words = read(reader, unit, base, 2);
    if (words && (*words)[0] == k_marker_high && (*words)[1] == k_marker_low) return base;
    if (words) continue;
    last = words.error();
    // A device that does not answer at one place does not answer at the others.
    if (last == PollFailure::timeout || last == PollFailure::connect_failed || last == PollFailure::connect_refused) {
      break;
    }
  }
  return tl::unexpected{last};
}

tl::expected<SunspecDevice, std::string> discover_sunspec(Reader& reader, std::uint8_t unit) {
  const auto base = find_sunspec_marker(reader, unit);
  if (!base) return tl::unexpected{"no SunSpec marker: " + std::string{describe(base.error())}};
  auto models = walk(reader, unit, *base);
  if (!models) return tl::unexpected{"SunSpec chain at " + std::to_string(*base) + ": " + models.error()};
  SunspecDevice device;
  device.base = *base;
  device.models = std::move(*models);
  device.profile.id = k_sunspec_profile;
  device.profile.category = "meter";
  device.profile.protocols = {"tcp", "rtu"};
  device.profile.confidence = 'A';
  device.profile.max_gap = 20;
  device.profile.sunspec = true;
  device.profile.sources = {"discovered on the device"};
  for (const SunspecModel& model : device.models) {
    if (model.id == k_common_model) read_common(reader, unit, model, device);
    if (const SunspecModelMap* map = find_sunspec_model(model.id)) add_points(model, *map, device.profile);
  }
  device.profile.vendor = device.manufacturer.empty() ? "SunSpec" : device.manufacturer;
  device.profile.model = device.model.empty() ? "SunSpec device" : device.model;
  if (device.profile.points.empty()) {
    return tl::unexpected{
        std::string{"the device has no SunSpec model that we know (inverters 101-113, meters 201-214, "
                    "battery 802)"}};
  }
  return device;
}

}  // namespace pue::modbus
