#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "agent/units/quantity.h"
#include "agent/units/time.h"

namespace pue::energy {

/// What one reading of a register says of a span of time.
struct RegisterSpan {
  enum class Begin : std::uint8_t {
    same_count,  ///< the register went on counting
    rollover,    ///< it passed its end
    reset,       ///< it fell and went on from there: a new count
    replaced,    ///< it leapt and went on from there: another meter, or another setting of the same
  };

  Instant from;
  Instant to;
  std::optional<Joules> energy;  ///< nothing: a new count begins at `to`, and nothing is known of the time before
  Begin begin = Begin::same_count;
};

/// The spans that a reading settles, in their order: none while it is the first or held, up to three when it confirms
/// two held ones.
class RegisterSpans {
 public:
  void add(const RegisterSpan& span) { spans_[count_++] = span; }
  [[nodiscard]] const RegisterSpan* begin() const { return spans_.data(); }
  [[nodiscard]] const RegisterSpan* end() const { return spans_.data() + count_; }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  std::array<RegisterSpan, 3> spans_{};
  std::size_t count_ = 0;
};

/// Joules from a meter's own energy register.
///
/// Feeds on the register's values in reading order. A difference is energy when the circuit can have carried it in the
/// time between; it is measured energy across a gap too. What does not fit is held: a reading that fits the old count
/// again unmasks it as a glitch, and two more that continue from it make it a new count (reset where it fell, replaced
/// where it leapt). A fall that the register's end explains is a rollover. docs/energy.md, "Counters".
class RegisterCounter {
 public:
  struct Limits {
    double modulus = 0.0;     ///< joules at which the register starts again at 0; 0: not known
    double resolution = 0.0;  ///< joules of one step
    double relative = 0.0;    ///< one step as a part of the value, where the register is a float
    bool decimal = false;     ///< it may also start again at a power of ten of its steps
  };

  explicit RegisterCounter(Limits limits) : limits_(limits) {}

  /// @param at later than the last one, else the reading is forgotten; so is one that is not finite.
  /// @param most what the circuit can carry; bounds each difference.
  [[nodiscard]] RegisterSpans advance(Instant at, Joules reading, Watts most);

  /// Goes on from a reading that an earlier run of the agent took.
  void resume(Instant at, Joules reading);

  /// Begins a new count: the meter is another one. A reading that was held is its first.
  void begin_anew();

  /// @return the last reading that counts; nothing before the first.
  [[nodiscard]] std::optional<Joules> reading() const;
  /// @return its time; meaningless before the first.
  [[nodiscard]] Instant reading_at() const { return base_.at; }
  /// @return how many readings are held that fit neither the old count nor a new one yet.
  [[nodiscard]] std::size_t held() const { return held_count_; }

 private:
  struct Reading {
    Instant at{};
    double value = 0.0;
  };

  [[nodiscard]] double step_at(double value) const;
  [[nodiscard]] bool continues(const Reading& from, const Reading& to, Watts most) const;
  [[nodiscard]] std::optional<double> rollover(const Reading& from, const Reading& to, Watts most) const;

  Limits limits_;
  bool known_ = false;
  Reading base_;
  std::array<Reading, 2> held_{};
  std::size_t held_count_ = 0;
};

}  // namespace pue::energy
