#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pue {

/// A SHA-256 hash (FIPS 180-4).
using Hash = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string hexadecimal(std::span<const std::uint8_t> bytes);

/// SHA-256 of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::uint8_t> bytes);
  void add(std::string_view bytes);
  /// To be called once, last.
  [[nodiscard]] Hash finish();

  /// @return the hash of `bytes` in lower-case hexadecimal.
  [[nodiscard]] static std::string of(std::string_view bytes);

 private:
  void* context_;  ///< EVP_MD_CTX
};

}  // namespace pue
