#pragma once

#include <cstdint>
#include <optional>

#include "agent/units/time.h"

namespace pue::log {

/// Lets the first of a row of equal messages pass and then one a period, with the number kept back. For one device and
/// one thread.
class RateLimit {
 public:
  explicit RateLimit(Duration period) : period_(period) {}

  /// @return how many were kept back since the last that passed, if this one is to be written; else nothing. A message
  /// of another `kind` than the last always passes.
  [[nodiscard]] std::optional<std::uint64_t> pass(Instant now, std::uint32_t kind) {
    if (written_ && kind == kind_ && now - last_ < period_) {
      ++kept_back_;
      return std::nullopt;
    }
    written_ = true;
    kind_ = kind;
    last_ = now;
    const auto kept_back = kept_back_;
    kept_back_ = 0;
    return kept_back;
  }

 private:
  Duration period_;
  Instant last_{};
  std::uint32_t kind_ = 0;
  std::uint64_t kept_back_ = 0;
  bool written_ = false;
};

}  // namespace pue::log
