#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pue::ledger {

/// A SHA-256 hash.
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

 private:
  void* context_;  ///< EVP_MD_CTX
};

}  // namespace pue::ledger
