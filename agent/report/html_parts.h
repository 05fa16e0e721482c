#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "agent/report/figures.h"
#include "agent/report/report.h"
#include "agent/report/wording.h"

/// The sections of the HTML report, each a piece of HTML.
namespace pue::report {

/// A table; cells of a row hold HTML.
class HtmlTable {
 public:
  struct Head {
    std::string_view words;
    bool number = true;  ///< aligned right
  };

  explicit HtmlTable(const std::vector<Head>& heads);
  /// Columns after the first `texts` hold numbers.
  HtmlTable(std::initializer_list<std::string_view> heads, std::size_t texts);
  void row(const std::vector<std::string>& cells);
  [[nodiscard]] std::string take();

 private:
  std::string text_;
  std::vector<bool> numbers_;
};

/// The figure with its unit, or why there is none.
[[nodiscard]] std::string shown(const Figure& figure, int decimals, Tongue say, std::string_view unit = "",
                                double factor = 1.0);
/// A month's name or the period: "2026-01-01 – 2026-12-31", both days inside.
[[nodiscard]] std::string period_of(const Report& report);

[[nodiscard]] std::string_view style_sheet();
[[nodiscard]] std::string cover(const Report& report, Tongue say);
[[nodiscard]] std::string figures_section(const Report& report, Tongue say);
[[nodiscard]] std::string months_section(const Report& report, const civil::Zone& zone, Tongue say);
[[nodiscard]] std::string energy_section(const Report& report, Tongue say);
[[nodiscard]] std::string quality_section(const Report& report, const civil::Zone& zone, Tongue say);
[[nodiscard]] std::string meters_section(const Report& report, const civil::Zone& zone, Tongue say);
/// What the view asks for beyond the others; empty where it asks for nothing.
[[nodiscard]] std::string view_section(const Report& report, Tongue say);
[[nodiscard]] std::string carbon_section(const Report& report, Tongue say);
[[nodiscard]] std::string events_section(const Report& report, const civil::Zone& zone, Tongue say);
[[nodiscard]] std::string evidence_section(const Report& report, Tongue say);

}  // namespace pue::report
