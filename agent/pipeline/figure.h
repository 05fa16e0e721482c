#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace pue {

/// A number or its absence, in one machine word, so that both can be shared through one atomic.
///
/// Absence is one reserved NaN pattern that no arithmetic produces. The pattern never leaves this type: outside,
/// unknown is an empty optional.
class Figure {
 public:
  constexpr Figure() = default;
  constexpr Figure(double value) : word_(std::bit_cast<std::uint64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  constexpr Figure(std::optional<double> value)                                   // NOLINT(google-explicit-constructor)
      : word_(value ? std::bit_cast<std::uint64_t>(*value) : k_unknown) {}

  [[nodiscard]] static constexpr Figure from_word(std::uint64_t word) {
    Figure figure;
    figure.word_ = word;
    return figure;
  }
  [[nodiscard]] constexpr std::uint64_t word() const { return word_; }

  [[nodiscard]] constexpr std::optional<double> value() const {
    if (word_ == k_unknown) return std::nullopt;
    return std::bit_cast<double>(word_);
  }

 private:
  static constexpr std::uint64_t k_unknown = 0x7FF8'7075'655F'6E6FULL;
  std::uint64_t word_ = k_unknown;
};

}  // namespace pue
