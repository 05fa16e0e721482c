#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>

namespace pue::ipmi {

using Bytes = std::span<const std::uint8_t>;

/// The cipher suites that are spoken (IPMI 2.0, table 22-20). Nothing weaker has a name here.
enum class CipherSuite : std::uint8_t {
  suite_3 = 3,    ///< RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128
  suite_17 = 17,  ///< RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128
};

/// A key or a code of up to 32 bytes, wiped when it goes.
class KeyBytes {
 public:
  KeyBytes() = default;
  explicit KeyBytes(Bytes bytes);
  KeyBytes(const KeyBytes&) = default;
  KeyBytes& operator=(const KeyBytes&) = default;
  ~KeyBytes();

  [[nodiscard]] Bytes bytes() const { return std::span{bytes_}.first(size_); }
  [[nodiscard]] Bytes first(std::size_t count) const { return bytes().first(count); }

 private:
  std::array<std::uint8_t, 32> bytes_{};
  std::size_t size_ = 0;
};

/// @return the size of the suite's HMAC in bytes: 20 or 32.
[[nodiscard]] std::size_t hmac_size(CipherSuite suite);
/// @return how much of an HMAC authenticates a packet, and RAKP message 4: 12 or 16 bytes.
[[nodiscard]] std::size_t code_size(CipherSuite suite);

/// Compares in a time that does not depend on the contents. Different sizes differ.
[[nodiscard]] bool equal(Bytes a, Bytes b);

/// What the sessions of one thread compute with: libcrypto's algorithms, looked up once, and contexts that are used
/// again from packet to packet.
class Crypto {
 public:
  static constexpr std::size_t k_block = 16;

  /// Throws std::runtime_error where libcrypto lacks an algorithm: there is nothing to go on with.
  Crypto();
  ~Crypto();
  Crypto(const Crypto&) = delete;
  Crypto& operator=(const Crypto&) = delete;

  /// @return the HMAC of the parts, one after the other.
  [[nodiscard]] KeyBytes hmac(CipherSuite suite, Bytes key, std::initializer_list<Bytes> parts);

  /// AES-128-CBC in place, without padding of its own. `data` is a multiple of k_block, `key` and `iv` are k_block.
  /// @return false where the sizes are not.
  [[nodiscard]] bool encrypt(Bytes key, Bytes iv, std::span<std::uint8_t> data);
  [[nodiscard]] bool decrypt(Bytes key, Bytes iv, std::span<std::uint8_t> data);

  /// Fills `out` with bytes nobody can guess; throws std::runtime_error where the system has none.
  void random(std::span<std::uint8_t> out);

 private:
  struct State;
  [[nodiscard]] bool cipher(bool encrypting, Bytes key, Bytes iv, std::span<std::uint8_t> data);

  std::unique_ptr<State> state_;
};

}  // namespace pue::ipmi
