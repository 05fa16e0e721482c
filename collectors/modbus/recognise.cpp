#include "collectors/modbus/recognise.h"

#include <fmt/format.h>

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

/// Runs of letters and digits, lowered.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : lowered(text)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool has_letter(const std::string& word) { return word.find_first_not_of("0123456789") != std::string::npos; }
bool has_digit(const std::string& word) { return word.find_first_of("0123456789") != std::string::npos; }

/// The parts of a model's name that tell it from others, at least four characters of letters and digits: "pm5330",
/// and "umg604" of "UMG 604".
std::vector<std::string> marks_of(std::string_view model) {
  std::vector<std::string> marks;
  const auto words = words_of(model);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string mark = words[i];
    if (has_letter(mark) && !has_digit(mark) && i + 1 < words.size() && !has_letter(words[i + 1])) mark += words[i + 1];
    const bool interface = mark == "rs485" || mark == "rs232";  // of very many devices
    if (mark.size() >= 4 && has_letter(mark) && has_digit(mark) && !interface) marks.push_back(std::move(mark));
  }
  return marks;
}

/// Whether a name the device gives itself has a type ("A10") that the model's name has too.
bool same_type(const std::string& name, const std::string& model) {
  const auto known = words_of(model);
  for (const std::string& word : words_of(name)) {
    if (has_digit(word) && std::find(known.begin(), known.end(), word) != known.end()) return true;
  }
  return false;
}

/// @return the name the device gives itself; empty where it has none.
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
      if (identify.name_text) match.certain = same_type(name, profile.model);
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
  const auto marks = marks_of(profile.model);
  for (const IdentificationObject& object : objects) {
    const std::string said = fmt::format("{}", fmt::join(words_of(object.text), ""));
    if (std::any_of(marks.begin(), marks.end(),
                    [&](const std::string& mark) { return said.find(mark) != said.npos; })) {
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
