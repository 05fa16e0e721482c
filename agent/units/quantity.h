#pragma once

#include <compare>

namespace pue {

/// A number of one unit. Two numbers of different units cannot be mixed up, and only the products that mean
/// something exist (watts times seconds are joules).
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}

  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity{a.value_ + b.value_}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity{a.value_ - b.value_}; }
  friend constexpr Quantity operator-(Quantity a) { return Quantity{-a.value_}; }
  friend constexpr Quantity operator*(Quantity a, double factor) { return Quantity{a.value_ * factor}; }
  friend constexpr Quantity operator*(double factor, Quantity a) { return Quantity{a.value_ * factor}; }
  friend constexpr Quantity operator/(Quantity a, double divisor) { return Quantity{a.value_ / divisor}; }
  /// The ratio of two numbers of one unit has no unit. The caller sees to it that `b` is not zero.
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double value_ = 0.0;
};

using Watts = Quantity<struct WattsTag>;
using Joules = Quantity<struct JoulesTag>;
using Seconds = Quantity<struct SecondsTag>;
using Celsius = Quantity<struct CelsiusTag>;
using Grams = Quantity<struct GramsTag>;
using GramsPerJoule = Quantity<struct GramsPerJouleTag>;
using CubicMeters = Quantity<struct CubicMetersTag>;
using CubicMetersPerSecond = Quantity<struct CubicMetersPerSecondTag>;

[[nodiscard]] constexpr Joules operator*(Watts power, Seconds time) { return Joules{power.value() * time.value()}; }
[[nodiscard]] constexpr Joules operator*(Seconds time, Watts power) { return power * time; }
[[nodiscard]] constexpr Watts operator/(Joules energy, Seconds time) { return Watts{energy.value() / time.value()}; }
[[nodiscard]] constexpr Grams operator*(Joules energy, GramsPerJoule factor) {
  return Grams{energy.value() * factor.value()};
}

inline constexpr Joules k_joules_per_kwh{3.6e6};

}  // namespace pue
