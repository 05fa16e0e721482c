#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "collectors/ipmi/bmc.h"
#include "collectors/ipmi/crypto.h"

/// Packets of RMCP+ (IPMI 2.0, 13.6) and the messages in them (13.8), without their protection.
namespace pue::ipmi {

/// No packet of ours or of a BMC is longer: the longest message has 255 bytes.
inline constexpr std::size_t k_most_packet = 512;

enum class PayloadType : std::uint8_t {
  message = 0x00,
  open_session_request = 0x10,
  open_session_response = 0x11,
  rakp_1 = 0x12,
  rakp_2 = 0x13,
  rakp_3 = 0x14,
  rakp_4 = 0x15,
};

/// A packet under construction. Appending beyond its end is refused by `complete()`, not by undefined behaviour.
class PacketWriter {
 public:
  void byte(std::uint8_t value) {
    if (size_ < bytes_.size()) bytes_[size_] = value;
    ++size_;
  }
  void word(std::uint16_t value) {
    byte(static_cast<std::uint8_t>(value & 0xFF)), byte(static_cast<std::uint8_t>(value >> 8U));
  }
  void dword(std::uint32_t value) {
    word(static_cast<std::uint16_t>(value & 0xFFFF)), word(static_cast<std::uint16_t>(value >> 16U));
  }
  void bytes(Bytes values) {
    for (const auto value : values) byte(value);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool complete() const { return size_ <= bytes_.size(); }
  /// What has been written from `from` on; may be changed in place.
  [[nodiscard]] std::span<std::uint8_t> from(std::size_t from) { return std::span{bytes_}.first(size_).subspan(from); }
  [[nodiscard]] Bytes written() const { return std::span{bytes_}.first(complete() ? size_ : 0); }

 private:
  std::array<std::uint8_t, k_most_packet> bytes_{};
  std::size_t size_ = 0;
};

/// The header of an RMCP+ packet and where its payload lies.
struct PacketHeader {
  PayloadType type = PayloadType::message;
  bool encrypted = false;
  bool authenticated = false;
  std::uint32_t session = 0;
  std::uint32_t sequence = 0;
  std::size_t payload_at = 0;
  std::size_t payload_size = 0;
};

/// @return nothing for what is no RMCP+ packet or is shorter than it says.
[[nodiscard]] std::optional<PacketHeader> parse_packet(Bytes packet);
/// Appends RMCP and session header; the payload of `payload_size` bytes follows.
void append_header(PacketWriter& out, const PacketHeader& header);
/// A packet outside of any session.
[[nodiscard]] PacketWriter bare_packet(PayloadType type, Bytes payload);

/// Appends the message of a request: from the console's software id to the BMC.
/// @param tag 0 to 63; comes back with the answer.
void append_message(PacketWriter& out, const Request& request, std::uint8_t tag);
/// @return what answers `request` with `tag`; nothing for any other message, or one whose checksums are wrong.
[[nodiscard]] std::optional<Answer> parse_message(Bytes message, const Request& request, std::uint8_t tag,
                                                  bool any_checksum = false);

/// The packet of a request before there is a session, in the format of IPMI 1.5 with no authentication: the one way
/// to ask what a BMC can do.
[[nodiscard]] PacketWriter packet_before_session(const Request& request, std::uint8_t tag);
[[nodiscard]] std::optional<Answer> parse_before_session(Bytes packet, const Request& request, std::uint8_t tag);

}  // namespace pue::ipmi
