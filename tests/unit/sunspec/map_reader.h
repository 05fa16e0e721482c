#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collectors/modbus/reader.h"

/// A device made of a table of registers. What the table lacks is answered with exception 2.
class MapReader final : public pue::modbus::Reader {
 public:
  using Failure = pue::PollFailure;

  void put(std::uint16_t address, const std::vector<std::uint16_t>& words, std::uint8_t function = 3) {
    for (std::size_t i = 0; i < words.size(); ++i) registers_[{function, address + i}] = words[i];
  }
  void put_text(std::uint16_t address, std::string text, std::size_t words, std::uint8_t function = 3) {
    text.resize(words * 2, '\0');
    for (std::size_t i = 0; i < words; ++i) {
      put(static_cast<std::uint16_t>(address + i),
          {static_cast<std::uint16_t>(static_cast<unsigned char>(text[2 * i]) << 8 |
                                      static_cast<unsigned char>(text[2 * i + 1]))},
          function);
    }
  }
  void refuse(std::uint16_t address, Failure failure = Failure::illegal_address) { refused_[address] = failure; }

  /// Units that are there; others do not answer. Empty: all are.
  std::set<std::uint8_t> units;
  std::map<std::uint8_t, Failure> absent;  ///< what a unit that is not there brings, unless a time-out
  std::vector<pue::modbus::IdentificationObject> objects;
  std::optional<std::size_t> silent_after;  ///< requests answered before the device falls silent
  std::vector<pue::modbus::ReadRequest> asked;

  tl::expected<std::vector<std::uint16_t>, Failure> read(const pue::modbus::ReadRequest& request) override {
    asked.push_back(request);
    if (silent_after && asked.size() > *silent_after) return tl::unexpected{Failure::timeout};
    if (!units.empty() && !units.contains(request.unit)) {
      const auto found = absent.find(request.unit);
      return tl::unexpected{found == absent.end() ? Failure::timeout : found->second};
    }
    std::vector<std::uint16_t> words;
    for (std::size_t i = 0; i < request.count; ++i) {
      const auto refused = refused_.find(static_cast<std::uint16_t>(request.address + i));
      if (refused != refused_.end()) return tl::unexpected{refused->second};
      const auto found = registers_.find({static_cast<std::uint8_t>(request.function), request.address + i});
      if (found == registers_.end()) return tl::unexpected{Failure::illegal_address};
      words.push_back(found->second);
    }
    return words;
  }
  tl::expected<std::vector<pue::modbus::IdentificationObject>, Failure> identify(std::uint8_t) override {
    if (objects.empty()) return tl::unexpected{Failure::illegal_function};
    return objects;
  }

 private:
  std::map<std::pair<std::uint8_t, std::size_t>, std::uint16_t> registers_;
  std::map<std::uint16_t, Failure> refused_;
};
