#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pue {

/// A serial number that is a text, as a sample carries it: by a number that stands for the text. Two texts have the
/// same number about once in 4.5e15 pairs.
/// @return a whole number below 2^52, exact in a double: FNV-1a over the bytes, folded.
[[nodiscard]] constexpr double serial_fingerprint(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return static_cast<double>((hash ^ hash >> 52) & ((std::uint64_t{1} << 52) - 1));
}

/// The text itself, told by the device's collector and read by anyone. A reader who must be sure that it did not change
/// while he read compares its fingerprint with the sample's.
class SerialText {
 public:
  static constexpr std::size_t k_longest = 32;  ///< bytes: a serial number of SunSpec

  /// @return what is kept of `text`: its first k_longest bytes, cut where a character ends.
  [[nodiscard]] static std::string_view kept(std::string_view text) {
    if (text.size() <= k_longest) return text;
    std::size_t end = k_longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
  }

  /// Writer: of one device.
  void tell(std::string_view text) {
    std::array<char, k_longest> bytes{};
    const std::string_view cut = kept(text);
    std::copy(cut.begin(), cut.end(), bytes.begin());
    for (std::size_t i = 0; i < words_.size(); ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i * sizeof(word), sizeof(word));
      // relaxed: who must not mix two texts compares the fingerprint
      words_[i].store(word, std::memory_order_relaxed);
    }
  }
  /// @return empty while the device has told none.
  [[nodiscard]] std::string read() const {
    std::array<char, k_longest + 1> bytes{};
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::uint64_t word = words_[i].load(std::memory_order_relaxed);
      std::memcpy(bytes.data() + i * sizeof(word), &word, sizeof(word));
    }
    return {bytes.data()};
  }

 private:
  std::array<std::atomic<std::uint64_t>, k_longest / sizeof(std::uint64_t)> words_{};
};

}  // namespace pue
