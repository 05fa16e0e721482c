#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/report/report.h"

/// How a report says things, in the two languages of its readers. JSON and CSV always speak English.
namespace pue::report {

/// Picks of two texts the one in its language.
class Tongue {
 public:
  explicit constexpr Tongue(Language language) : language_(language) {}
  [[nodiscard]] constexpr std::string_view operator()(std::string_view english, std::string_view chinese) const {
    return language_ == Language::en ? english : chinese;
  }
  [[nodiscard]] constexpr Language language() const { return language_; }

 private:
  Language language_;
};

/// The first few names, and how many more.
[[nodiscard]] std::string listed(const std::vector<std::string>& names, Tongue say);
[[nodiscard]] std::string describe(const Withheld& withheld, Tongue say);
[[nodiscard]] std::string_view describe(View view, Tongue say);
[[nodiscard]] std::string_view describe(kpi::CoverageGrade grade, Tongue say);
/// @return the role in words; the role itself where it is none of ours.
[[nodiscard]] std::string role_in_words(const std::string& role, Tongue say);
/// Where IT energy of a category is measured.
[[nodiscard]] std::string_view measured_at(int category);
[[nodiscard]] std::string_view measured_at_in_words(int category, Tongue say);

/// A number with thousands separated by commas, rounded to `decimals`.
[[nodiscard]] std::string grouped(double number, int decimals);
/// 0.9876 as "98.76 %".
[[nodiscard]] std::string percent(double ratio, int decimals = 2);
[[nodiscard]] inline double kwh_of(Joules energy) { return energy / k_joules_per_kwh; }

/// Text for HTML and SVG, in elements and in attributes: markup becomes entities, what XML forbids a question mark.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace pue::report
