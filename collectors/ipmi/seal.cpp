#include "collectors/ipmi/seal.h"

#include <array>
#include <optional>

namespace pue::ipmi {
namespace {

constexpr std::size_t k_rmcp_header = 4;
constexpr std::uint8_t k_integrity_pad = 0xFF;
constexpr std::uint8_t k_next_header = 0x07;

/// Removes the confidentiality trailer: 1, 2, 3, ... and their number.
/// @return nothing where it is not well formed. A whole block of padding is more than needed and known of some BMCs.
std::optional<std::size_t> without_padding(Bytes plain) {
  const std::size_t pad = plain.back();
  if (pad > Crypto::k_block || pad + 1 > plain.size()) return std::nullopt;
  const auto size = plain.size() - 1 - pad;
  for (std::size_t i = 0; i < pad; ++i) {
    if (plain[size + i] != i + 1) return std::nullopt;
  }
  return size;
}

}  // namespace

bool SequenceWindow::take(std::uint32_t sequence) {
  if (sequence == 0) return false;
  // Numbers go round; the difference tells which of two is ahead.
  const auto ahead = static_cast<std::int32_t>(sequence - highest_);
  if (highest_ == 0 || ahead > 0) {
    const auto steps = static_cast<std::uint32_t>(ahead);
    seen_ = highest_ == 0 || steps >= k_size ? 0 : seen_ << steps;
    seen_ |= 1U;
    highest_ = sequence;
    return true;
  }
  const auto behind = static_cast<std::uint32_t>(-static_cast<std::int64_t>(ahead));
  if (behind >= k_size || (seen_ & (1U << behind)) != 0) return false;
  seen_ |= 1U << behind;
  return true;
}

PacketWriter Seal::seal(Bytes message) {
  if (++sequence_ == 0) ++sequence_;
  const auto pad = (Crypto::k_block - (message.size() + 1) % Crypto::k_block) % Crypto::k_block;
  PacketWriter out;
  append_header(out, {.type = PayloadType::message,
                      .encrypted = true,
                      .authenticated = true,
                      .session = keys_.bmc,
                      .sequence = sequence_,
                      .payload_size = Crypto::k_block + message.size() + pad + 1});
  std::array<std::uint8_t, Crypto::k_block> iv{};
  crypto_.random(iv);
  out.bytes(iv);
  const auto plain = out.size();
  out.bytes(message);
  for (std::size_t i = 1; i <= pad; ++i) out.byte(static_cast<std::uint8_t>(i));
  out.byte(static_cast<std::uint8_t>(pad));
  // Sizes are right by construction; a packet that could not be encrypted must not leave.
  if (!crypto_.encrypt(keys_.confidentiality.bytes(), iv, out.from(plain))) return {};

  std::uint8_t integrity_pad = 0;
  while ((out.size() - k_rmcp_header + 2) % 4 != 0) {
    out.byte(k_integrity_pad);
    ++integrity_pad;
  }
  out.byte(integrity_pad);
  out.byte(k_next_header);
  const auto code = crypto_.hmac(keys_.suite, keys_.integrity.bytes(), {out.from(k_rmcp_header)});
  out.bytes(code.first(code_size(keys_.suite)));
  return out;
}

tl::expected<Bytes, Rejection> Seal::open(std::span<std::uint8_t> packet) {
  const auto header = parse_packet(packet);
  if (!header || header->type != PayloadType::message || !header->encrypted || !header->authenticated ||
      header->session != keys_.console) {
    return tl::unexpected(Rejection::foreign);
  }
  const auto code = code_size(keys_.suite);
  const auto payload_end = header->payload_at + header->payload_size;
  if (packet.size() < payload_end + 2 + code) return tl::unexpected(Rejection::foreign);

  const auto covered = packet.subspan(k_rmcp_header, packet.size() - k_rmcp_header - code);
  const auto expected = crypto_.hmac(keys_.suite, keys_.integrity.bytes(), {covered});
  if (!equal(expected.first(code), packet.last(code))) return tl::unexpected(Rejection::signature);
  if (!window_.take(header->sequence)) return tl::unexpected(Rejection::replayed);

  if (header->payload_size < 2 * Crypto::k_block) return tl::unexpected(Rejection::padding);
  const auto iv = packet.subspan(header->payload_at, Crypto::k_block);
  const auto plain = packet.subspan(header->payload_at + Crypto::k_block, header->payload_size - Crypto::k_block);
  if (!crypto_.decrypt(keys_.confidentiality.bytes(), iv, plain)) return tl::unexpected(Rejection::padding);
  const auto size = without_padding(plain);
  if (!size) return tl::unexpected(Rejection::padding);
  return Bytes{plain.first(*size)};
}

}  // namespace pue::ipmi
