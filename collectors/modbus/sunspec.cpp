#include "collectors/modbus/sunspec.h"

#include <algorithm>
#include <map>
#include <set>

#include "collectors/modbus/decoder.h"
#include "collectors/modbus/sunspec_models.h"
#include "collectors/modbus/wire.h"

namespace pue::modbus {
namespace {

using Words = std::vector<std::uint16_t>;

constexpr std::uint16_t k_common_model = 1;
constexpr int k_largest_exponent = 10;
constexpr std::uint16_t k_no_exponent = 0x8000;

/// One question, asked again once when no answer or a spoiled one came.
tl::expected<Words, PollFailure> ask(Reader& reader, std::uint8_t unit, std::uint16_t address, std::uint16_t count) {
  const ReadRequest request{
      .unit = unit, .function = ReadFunction::holding_registers, .address = address, .count = count};
  auto words = reader.read(request);
  if (!words && !is_exception(words.error())) words = reader.read(request);
  if (words && words->size() != count) return tl::unexpected{PollFailure::wrong_byte_count};
  return words;
}

SunspecError silent(PollFailure failure) { return {.failure = failure, .message = std::string{describe(failure)}}; }

/// The profile as it grows while models are added to it.
class Growth {
 public:
  Growth(Reader& reader, std::uint8_t unit, profiles::Profile& profile)
      : reader_(reader), unit_(unit), profile_(profile) {}

  void add(const SunspecModel& found, const SunspecLayout& model) {
    for (const SunspecPoint& known : model.points) {
      const std::uint32_t end = std::uint32_t{known.point.address} + known.point.words;
      // Older editions of a model are shorter: what lies behind their end is another model's.
      if (end > std::uint32_t{found.length} + 2) continue;
      profiles::Point point = known.point;
      point.address = static_cast<std::uint16_t>(found.address + known.point.address);
      if (known.scale) {
        if (*known.scale >= std::uint32_t{found.length} + 2) continue;
        const std::string* exponent = exponent_at(static_cast<std::uint16_t>(found.address + *known.scale));
        if (exponent == nullptr) continue;
        point.exponent = profiles::ExponentFrom{.point = *exponent, .bias = 0, .sign = 1};
      }
      point.name = free_name(point.name);
      point.note = "model " + std::to_string(found.id) + ", " + point.note;
      profile_.points.push_back(std::move(point));
    }
  }

  /// @return why the device fell silent meanwhile: what is missing then is not the device's to miss.
  [[nodiscard]] std::optional<PollFailure> lost() const { return lost_; }

 private:
  std::string free_name(const std::string& name) {
    const unsigned count = ++names_[name];
    return count == 1 ? name : name + "_" + std::to_string(count);
  }

  /// @return the name of the point that reads the exponent at `address`; null where it can be none.
  const std::string* exponent_at(std::uint16_t address) {
    const auto [found, fresh] = exponents_.try_emplace(address);
    if (!fresh) return found->second.empty() ? nullptr : &found->second;
    const auto words = ask(reader_, unit_, address, 1);
    if (!words && !is_exception(words.error())) lost_ = words.error();
    // One that says "not implemented" now may say something by day: it is read with the values.
    const int exponent = words ? static_cast<std::int16_t>(words->front()) : 0;
    const bool usable = words && (words->front() == k_no_exponent || std::abs(exponent) <= k_largest_exponent);
    if (!usable) {
      profile_.quirks.push_back("scale factor at " + std::to_string(address) +
                                (words ? " is " + std::to_string(exponent) + ", outside -10 to 10"
                                       : ": " + std::string{describe(words.error())}) +
                                "; its points are left out");
      return nullptr;
    }
    profiles::Point point{.name = "scale_factor_" + std::to_string(address)};
    point.address = address;
    point.type = profiles::RegisterType::s16;
    point.kind = profiles::PointKind::state;
    point.invalid = {k_no_exponent};
    point.auxiliary = true;
    found->second = point.name;
    profile_.points.push_back(std::move(point));
    return &found->second;
  }

  Reader& reader_;
  std::uint8_t unit_;
  profiles::Profile& profile_;
  std::map<std::string, unsigned> names_;
  std::map<std::uint16_t, std::string> exponents_;
  std::optional<PollFailure> lost_;
};

/// Reads the device's name. One that keeps it to itself has no name.
void read_common(Reader& reader, std::uint8_t unit, const SunspecModel& found, SunspecDevice& device) {
  const std::map<std::string_view, std::string*> wanted{{"manufacturer", &device.manufacturer},
                                                        {"model", &device.model},
                                                        {"firmware_version", &device.version},
                                                        {"serial_number", &device.serial}};
  for (const SunspecPoint& known : sunspec_models().find(k_common_model)->points) {
    const auto field = wanted.find(known.point.name);
    if (field == wanted.end() || known.point.address + known.point.words > found.length + 2) continue;
    const auto words =
        ask(reader, unit, static_cast<std::uint16_t>(found.address + known.point.address), known.point.words);
    if (words) *field->second = decode_text(known.point, *words);
  }
}

std::string chain_of(const std::vector<SunspecModel>& models) {
  std::string chain;
  for (const SunspecModel& found : models) chain += (chain.empty() ? "" : ", ") + std::to_string(found.id);
  return chain.empty() ? "none" : chain;
}

profiles::Profile empty_profile() {
  profiles::Profile profile{
      .id = std::string{k_sunspec_profile}, .vendor = "SunSpec", .model = "device", .category = "meter"};
  profile.protocols = {"rtu", "tcp"};
  profile.confidence = 'A';
  profile.max_gap = 32;
  profile.sunspec = true;
  return profile;
}

}  // namespace

tl::expected<std::optional<std::uint16_t>, SunspecError> find_sunspec_marker(Reader& reader, std::uint8_t unit) {
  const SunspecModels& known = sunspec_models();
  std::optional<PollFailure> lost;
  bool answered = false;
  for (const std::uint16_t base : known.bases) {
    // Once more is worth it at the likeliest place only: devices that answer nothing to an address they do not have
    // would cost two time-outs at each.
    const auto count = static_cast<std::uint16_t>(known.marker.size());
    const auto words = base == known.bases.front() ? ask(reader, unit, base, count)
                                                   : reader.read({.unit = unit, .address = base, .count = count});
    if (words && *words == known.marker) return base;
    answered = answered || words || is_exception(words.error());
    if (words || is_exception(words.error())) continue;
    lost = words.error();
    if (*lost != PollFailure::timeout) break;  // no connection, no port: nor will there be at the next address
  }
  if (!answered && lost) return tl::unexpected{silent(*lost)};
  return std::nullopt;
}

tl::expected<std::vector<SunspecModel>, SunspecError> walk_sunspec(Reader& reader, std::uint8_t unit,
                                                                   std::uint16_t base) {
  const SunspecModels& known = sunspec_models();
  std::vector<SunspecModel> models;
  std::uint32_t address = std::uint32_t{base} + static_cast<std::uint32_t>(known.marker.size());
  while (models.size() < known.max_chain && address + 2 <= 0x10000U) {
    const auto header = ask(reader, unit, static_cast<std::uint16_t>(address), 2);
    if (!header) {
      if (is_exception(header.error())) break;
      return tl::unexpected{silent(header.error())};
    }
    const std::uint16_t id = header->at(0);
    const std::uint16_t length = header->at(1);
    const std::uint32_t next = address + 2 + length;
    // The address grows with every model, so a chain cannot turn back on itself; id 0 and no length is empty memory.
    if (id == known.end_model || id == 0 || length == 0 || next > 0x10000U) break;
    models.push_back({.id = id, .address = static_cast<std::uint16_t>(address), .length = length});
    address = next;
  }
  return models;
}

tl::expected<SunspecDevice, SunspecError> discover_sunspec(Reader& reader, std::uint8_t unit) {
  const auto base = find_sunspec_marker(reader, unit);
  if (!base) return tl::unexpected{base.error()};
  if (!*base) {
    return tl::unexpected{SunspecError{
        .message = "the device has no SunSpec marker at 40000, 0, 50000 or 4096: name its profile instead"}};
  }
  auto models = walk_sunspec(reader, unit, **base);
  if (!models) return tl::unexpected{models.error()};

  SunspecDevice device{.base = **base, .models = std::move(*models), .profile = empty_profile()};
  profiles::Profile& profile = device.profile;
  Growth growth{reader, unit, profile};
  bool measures = false;
  for (const SunspecModel& found : device.models) {
    const SunspecLayout* layout = sunspec_models().find(found.id);
    if (layout == nullptr) continue;
    const std::size_t before = profile.points.size();
    growth.add(found, *layout);
    if (found.id == k_common_model) {
      read_common(reader, unit, found, device);
    } else {
      measures = measures || profile.points.size() > before;
    }
  }
  if (growth.lost()) return tl::unexpected{silent(*growth.lost())};
  if (!measures) {
    return tl::unexpected{SunspecError{.message = "the device speaks SunSpec, but none of its models is known to "
                                                  "measure (it has " +
                                                  chain_of(device.models) + ")"}};
  }
  if (!device.manufacturer.empty()) profile.vendor = device.manufacturer;
  if (!device.model.empty()) profile.model = device.model;
  profile.sources = {"found on the device: marker at " + std::to_string(device.base) + ", models " +
                     chain_of(device.models)};
  return device;
}

profiles::Profile unreached_sunspec() {
  profiles::Profile profile = empty_profile();
  std::set<std::string> names;
  for (const SunspecLayout& model : sunspec_models().models) {
    for (const SunspecPoint& known : model.points) {
      if (known.point.type == profiles::RegisterType::text || !names.insert(known.point.name).second) continue;
      profiles::Point point = known.point;
      point.address = 0;
      point.words = 0;
      profile.points.push_back(std::move(point));
    }
  }
  profile.quirks = {"the device has not been reached: its registers are not known yet"};
  return profile;
}

}  // namespace pue::modbus
