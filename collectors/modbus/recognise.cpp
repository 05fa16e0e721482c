#include "collectors/modbus/recognise.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <tuple>

#include "agent/log/log.h"
#include "collectors/modbus/decoder.h"
#include "collectors/modbus/wire.h"

namespace pue::modbus {
namespace {

using profiles::Identify;
using profiles::Profile;
using profiles::RegisterType;

constexpr int k_silences_to_give_up = 2;
constexpr std::uint64_t k_small = 256;  ///< numbers below stand in many registers of many devices

/// The registers of one device, each range asked for once.
class Registers {
 public:
  Registers(Reader& reader, std::uint8_t unit) : reader_(reader), unit_(unit) {}

  /// @return the first `words` of `read_words` registers; nothing where the device gives none.
  std::optional<std::vector<std::uint16_t>> at(std::uint8_t function, std::uint16_t address, std::uint16_t words,
                                               std::uint16_t read_words) {
    const std::uint16_t count = std::max(words, read_words);
    if (std::uint32_t{address} + count > 0x10000U || words == 0) return std::nullopt;
    const auto [found, fresh] = known_.try_emplace({function, address, count});
    if (fresh && silences_ < k_silences_to_give_up) {
      auto answer = reader_.read(
          {.unit = unit_, .function = static_cast<ReadFunction>(function), .address = address, .count = count});
      silences_ = answer || is_exception(answer.error()) ? 0 : silences_ + 1;
      if (answer && answer->size() == count) found->second = std::move(*answer);
    }
    if (!found->second) return std::nullopt;
    return std::vector<std::uint16_t>(found->second->begin(), found->second->begin() + words);
  }

 private:
  Reader& reader_;
  std::uint8_t unit_;
  std::map<std::tuple<std::uint8_t, std::uint16_t, std::uint16_t>, std::optional<std::vector<std::uint16_t>>> known_;
  int silences_ = 0;
};

/// The characters of some registers. Devices that give each character a register of its own leave zeros between.
std::string text_of(const std::vector<std::uint16_t>& words) {
  std::string text;
  for (const std::uint16_t word : words) {
    for (const int byte : {word >> 8, word & 0xFF}) {
      if (byte != 0) text += static_cast<char>(byte);
    }
  }
  text = log::printable(text);
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? std::string{} : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool contains_one(const std::string& text, const std::vector<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return text.find(part) != std::string::npos; });
}

std::string lowered(std::string_view text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// The parts of a model's name that tell it from others, lowered: at least four letters and digits with a digit
/// among them ("pm5330", "umg604").
std::vector<std::string> marks_of(std::string_view model) {
  std::vector<std::string> marks;
  std::string part;
  const auto close = [&] {
    const bool has_digit = part.find_first_of("0123456789") != std::string::npos;
    if (part.size() >= 4 && has_digit && part.find_first_not_of("0123456789") != std::string::npos) {
      marks.push_back(lowered(part));
    }
    part.clear();
  };
  for (const char c : model) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      part += c;
    } else {
      close();
    }
  }
  close();
  return marks;
}

/// Whether the model's own name, where the device gives one, speaks for or against this profile.
std::string name_on(Registers& registers, const Identify& identify) {
  for (const auto& place : {identify.name_text, identify.model_text}) {
    if (!place) continue;
    if (const auto words = registers.at(identify.function, place->address, place->words, place->words)) {
      return text_of(*words);
    }
  }
  return {};
}

std::optional<ProfileMatch> match_by_registers(Registers& registers, const Profile& profile) {
  const Identify& identify = *profile.identify;
  ProfileMatch match{.profile = profile.id};
  if (identify.address) {
    const auto words = registers.at(identify.function, *identify.address, identify.words, identify.read_words);
    if (!words) return std::nullopt;
    const std::string place = "register " + std::to_string(*identify.address);
    if (identify.type == RegisterType::text) {
      const std::string text = text_of(*words);
      const bool fits = (!identify.equals.empty() && text == identify.equals) || contains_one(text, identify.contains);
      if (!fits) return std::nullopt;
      match.certain = true;
      match.reason = place + " says '" + text + "'";
    } else {
      const Reading reading = decode({.words = identify.words, .type = identify.type}, *words);
      if (std::find(identify.one_of.begin(), identify.one_of.end(), reading.raw) == identify.one_of.end()) {
        return std::nullopt;
      }
      match.certain = reading.raw >= k_small;
      match.reason = place + " is " + std::to_string(reading.raw);
    }
    // Families share a maker's mark and differ in the name behind it.
    if (const std::string name = name_on(registers, identify); !name.empty()) {
      match.reason += ", name '" + name + "'";
      if (identify.name_text)
        match.certain = lowered(profile.model).find(lowered(name.substr(0, 5))) != std::string::npos;
    }
    return match;
  }
  const std::string name = name_on(registers, identify);
  if (name.empty() || !contains_one(name, identify.contains)) return std::nullopt;
  match.certain = true;
  match.reason = "model text says '" + name + "'";
  return match;
}

std::optional<ProfileMatch> match_by_name(const std::vector<IdentificationObject>& objects, const Profile& profile) {
  for (const std::string& mark : marks_of(profile.model)) {
    for (const IdentificationObject& object : objects) {
      if (lowered(object.text).find(mark) == std::string::npos) continue;
      return ProfileMatch{
          .profile = profile.id, .certain = true, .reason = "identification says '" + object.text + "'"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<ProfileMatch> recognise(Reader& reader, std::uint8_t unit, const std::vector<IdentificationObject>& objects,
                                    const std::vector<std::shared_ptr<const Profile>>& library) {
  Registers registers{reader, unit};
  std::vector<ProfileMatch> matches;
  for (const auto& profile : library) {
    auto match = match_by_name(objects, *profile);
    if (!match && profile->identify) match = match_by_registers(registers, *profile);
    if (match) matches.push_back(std::move(*match));
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const ProfileMatch& a, const ProfileMatch& b) { return a.certain && !b.certain; });
  return matches;
}

}  // namespace pue::modbus
