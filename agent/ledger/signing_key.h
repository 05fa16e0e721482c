#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "agent/ledger/error.h"

namespace pue::ledger {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

/// The Ed25519 key that signs a ledger's checkpoints, kept in a PEM file as `openssl genpkey -algorithm ed25519`
/// writes.
class SigningKey {
 public:
  /// Reads the key. A file that others than its owner may read is refused.
  [[nodiscard]] static tl::expected<SigningKey, Error> load(const std::string& path);

  /// Makes a new key where there is no such file: mode 0600, durable when this returns.
  [[nodiscard]] static tl::expected<SigningKey, Error> load_or_create(const std::string& path);

  [[nodiscard]] Signature sign(std::string_view message) const;
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }

 private:
  struct Freed {
    void operator()(void* key) const;
  };
  explicit SigningKey(void* key);

  std::unique_ptr<void, Freed> key_;  ///< EVP_PKEY
  PublicKey public_key_{};
};

/// @return whether the signature is that key's over that message.
[[nodiscard]] bool signature_fits(const PublicKey& key, std::string_view message,
                                  std::span<const std::uint8_t> signature);

/// A public key as `openssl pkey -pubout` writes it.
[[nodiscard]] std::string public_key_pem(const PublicKey& key);
[[nodiscard]] tl::expected<PublicKey, Error> public_key_from_pem(std::string_view pem);

}  // namespace pue::ledger
