#pragma once

#include <optional>

#include "plant/ipmi/bytes.h"

/// What a BMC computes with. Written for the plant alone: the agent's client has its own, so that the two check each
/// other.
namespace pue::plant::ipmi {

enum class Suite : std::uint8_t { three = 3, seventeen = 17 };

[[nodiscard]] Bytes hmac(Suite suite, View key, View text);
/// AES-128-CBC of whole blocks, without padding.
[[nodiscard]] Bytes encrypted(View key, View iv, View plain);
[[nodiscard]] std::optional<Bytes> decrypted(View key, View iv, View secret);
[[nodiscard]] Bytes random_bytes(std::size_t count);
/// @return how many bytes of an HMAC follow a packet.
[[nodiscard]] std::size_t signature_size(Suite suite);

}  // namespace pue::plant::ipmi
