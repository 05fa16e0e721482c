#include "collectors/ipmi/packet.h"

#include <algorithm>

namespace pue::ipmi {
namespace {

constexpr std::array<std::uint8_t, 4> k_rmcp{0x06, 0x00, 0xFF, 0x07};  // version 1.0, no acknowledgement, class IPMI
constexpr std::uint8_t k_format_2 = 0x06;
constexpr std::uint8_t k_format_1_open = 0x00;
constexpr std::uint8_t k_bmc = 0x20;
constexpr std::uint8_t k_console = 0x81;
constexpr std::size_t k_header = 16;
constexpr std::size_t k_header_1 = 14;

std::uint8_t checksum(Bytes bytes) {
  std::uint8_t sum = 0;
  for (const auto byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  return static_cast<std::uint8_t>(-sum);
}

std::uint16_t word_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}

std::uint32_t dword_at(Bytes bytes, std::size_t at) {
  return word_at(bytes, at) | (static_cast<std::uint32_t>(word_at(bytes, at + 2)) << 16U);
}

bool is_rmcp(Bytes packet) {
  // The sequence number of RMCP is not ours to check; class 7 without the acknowledge bit is IPMI.
  return packet.size() >= 5 && packet[0] == k_rmcp[0] && packet[3] == k_rmcp[3];
}

bool is_payload_type(std::uint8_t type) { return type == 0x00 || (type >= 0x10 && type <= 0x15); }

}  // namespace

std::optional<PacketHeader> parse_packet(Bytes packet) {
  if (!is_rmcp(packet) || packet.size() < k_header || packet[4] != k_format_2) return std::nullopt;
  const auto type = static_cast<std::uint8_t>(packet[5] & 0x3FU);
  if (!is_payload_type(type)) return std::nullopt;
  const PacketHeader header{.type = PayloadType{type},
                            .encrypted = (packet[5] & 0x80U) != 0,
                            .authenticated = (packet[5] & 0x40U) != 0,
                            .session = dword_at(packet, 6),
                            .sequence = dword_at(packet, 10),
                            .payload_at = k_header,
                            .payload_size = word_at(packet, 14)};
  if (packet.size() - k_header < header.payload_size) return std::nullopt;
  return header;
}

void append_header(PacketWriter& out, const PacketHeader& header) {
  out.bytes(k_rmcp);
  out.byte(k_format_2);
  out.byte(static_cast<std::uint8_t>(static_cast<unsigned>(header.type) | (header.encrypted ? 0x80U : 0U) |
                                     (header.authenticated ? 0x40U : 0U)));
  out.dword(header.session);
  out.dword(header.sequence);
  out.word(static_cast<std::uint16_t>(header.payload_size));
}

PacketWriter bare_packet(PayloadType type, Bytes payload) {
  PacketWriter out;
  append_header(out, {.type = type, .payload_size = payload.size()});
  out.bytes(payload);
  return out;
}

void append_message(PacketWriter& out, const Request& request, std::uint8_t tag) {
  const auto begin = out.size();
  out.byte(k_bmc);
  out.byte(static_cast<std::uint8_t>(static_cast<unsigned>(request.function()) << 2U));
  out.byte(checksum(out.from(begin)));
  const auto second = out.size();
  out.byte(k_console);
  out.byte(static_cast<std::uint8_t>(tag << 2U));
  out.byte(request.command());
  out.bytes(request.data());
  out.byte(checksum(out.from(second)));
}

std::optional<Answer> parse_message(Bytes message, const Request& request, std::uint8_t tag, bool any_checksum) {
  constexpr std::size_t k_before_data = 7;
  if (message.size() < k_before_data + 1) return std::nullopt;
  if (checksum(message.first(2)) != message[2]) return std::nullopt;
  if (!any_checksum && checksum(message.subspan(3)) != 0) return std::nullopt;
  const auto function = static_cast<std::uint8_t>((static_cast<unsigned>(request.function()) + 1U) << 2U);
  if (message[0] != k_console || (message[1] & 0xFCU) != function || message[3] != k_bmc || (message[4] >> 2U) != tag ||
      message[5] != request.command()) {
    return std::nullopt;
  }
  Answer answer;
  answer.completion_code = message[6];
  const auto data = message.subspan(k_before_data, message.size() - k_before_data - 1);
  if (data.size() > Answer::k_most_data) return std::nullopt;
  std::copy(data.begin(), data.end(), answer.bytes.begin());
  answer.size = static_cast<std::uint8_t>(data.size());
  return answer;
}

PacketWriter packet_before_session(const Request& request, std::uint8_t tag) {
  PacketWriter message;
  append_message(message, request, tag);
  PacketWriter out;
  out.bytes(k_rmcp);
  out.byte(k_format_1_open);
  out.dword(0);
  out.dword(0);
  out.byte(static_cast<std::uint8_t>(message.size()));
  out.bytes(message.written());
  return out;
}

std::optional<Answer> parse_before_session(Bytes packet, const Request& request, std::uint8_t tag) {
  if (!is_rmcp(packet) || packet.size() < k_header_1 || packet[4] != k_format_1_open) return std::nullopt;
  const std::size_t size = packet[k_header_1 - 1];
  if (packet.size() - k_header_1 < size) return std::nullopt;
  return parse_message(packet.subspan(k_header_1, size), request, tag);
}

}  // namespace pue::ipmi
