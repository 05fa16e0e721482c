#include "plant/modbus/answer.h"

#include <algorithm>
#include <string_view>

namespace pue::plant {
namespace {

std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

Pdu refuse(std::uint8_t function, Exception why) { return exception_pdu(function, static_cast<std::uint8_t>(why)); }

Pdu read_registers(Unit& unit, std::span<const std::uint8_t> request) {
  const auto function = request[0];
  if (request.size() != 5) return refuse(function, Exception::illegal_value);
  const auto address = word_at(request, 1);
  const auto count = word_at(request, 3);
  if (count == 0 || count > 125) return refuse(function, Exception::illegal_value);
  if (address + count > 0x10000) return refuse(function, Exception::illegal_address);
  std::array<std::uint16_t, 125> words{};
  const auto why = unit.read(function, address, std::span(words).first(count));
  if (why != Exception::none) return refuse(function, why);
  Pdu pdu;
  pdu.bytes[0] = function;
  pdu.bytes[1] = static_cast<std::uint8_t>(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    pdu.bytes[2 + 2 * i] = static_cast<std::uint8_t>(words[i] >> 8);
    pdu.bytes[3 + 2 * i] = static_cast<std::uint8_t>(words[i] & 0xFF);
  }
  pdu.size = 2U + 2U * count;
  return pdu;
}

/// Function 43/14, basic identification, in one piece.
Pdu identify(const Unit& unit, std::span<const std::uint8_t> request) {
  const auto who = unit.identity();
  if (request.size() != 4 || request[1] != 14 || who.vendor == nullptr) {
    return refuse(43, request.size() == 4 && request[1] == 14 ? Exception::illegal_function : Exception::illegal_value);
  }
  const auto code = request[2];
  const auto first = request[3];
  if (code != 1 && code != 4) return refuse(43, Exception::illegal_value);
  if (first > 2) return refuse(43, Exception::illegal_address);
  Pdu pdu;
  const std::array<std::uint8_t, 7> head{
      43, 14, code, 0x81, 0, 0, static_cast<std::uint8_t>(code == 4 ? 1 : 3 - first)};
  std::copy(head.begin(), head.end(), pdu.bytes.begin());
  pdu.size = head.size();
  const std::array<std::string_view, 3> texts{who.vendor, who.product, who.revision};
  for (unsigned object = first; object < (code == 4 ? first + 1U : 3U); ++object) {
    const auto text = texts[object].substr(0, 60);
    pdu.bytes[pdu.size++] = static_cast<std::uint8_t>(object);
    pdu.bytes[pdu.size++] = static_cast<std::uint8_t>(text.size());
    for (const char letter : text) pdu.bytes[pdu.size++] = static_cast<std::uint8_t>(letter);
  }
  return pdu;
}

}  // namespace

Pdu exception_pdu(std::uint8_t function, std::uint8_t code) {
  Pdu pdu;
  pdu.bytes[0] = static_cast<std::uint8_t>(function | 0x80);
  pdu.bytes[1] = code;
  pdu.size = 2;
  return pdu;
}

Pdu answer(Unit& unit, std::span<const std::uint8_t> request, RequestCounts& counts) {
  ++counts.requests;
  if (request.empty()) {
    ++counts.malformed;
    return refuse(0, Exception::illegal_function);
  }
  const auto function = request[0];
  if (function == 3 || function == 4) return read_registers(unit, request);
  if (function == 43) return identify(unit, request);
  if (function != 1 && function != 2) ++counts.write_attempts;
  return refuse(function & 0x7F, Exception::illegal_function);  // no device of this plant has coils
}

}  // namespace pue::plant
