#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "agent/report/wording.h"

namespace pue::report {

/// A drawing as SVG text, in units of about a CSS pixel. Shapes take classes of the page's style sheet, or of
/// style.cpp's chart rules; coordinates are written with one decimal, so that the text is the same everywhere.
class Svg {
 public:
  /// @param label what the drawing shows, for those who cannot see it.
  Svg(double width, double height, std::string_view label) {
    text_ = fmt::format(
        R"(<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)",
        width, height, escaped(label));
    text_ += '\n';
  }

  void line(double x1, double y1, double x2, double y2, std::string_view style) {
    text_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
                         y2, style);
  }
  void rect(double x, double y, double width, double height, std::string_view style) {
    text_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"/>\n", x, y,
                         width, height, style);
  }
  void circle(double x, double y, double radius, std::string_view style) {
    text_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"/>\n", x, y, radius, style);
  }
  /// @param data path commands, of the caller's numbers alone.
  void path(std::string_view data, std::string_view style) {
    text_ += fmt::format("<path d=\"{}\" class=\"{}\"/>\n", data, style);
  }
  /// @param style e.g. "end small": classes of text.
  void text(double x, double y, std::string_view words, std::string_view style = "") {
    text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style, escaped(words));
  }
  [[nodiscard]] std::string take() { return std::move(text_) + "</svg>\n"; }

 private:
  std::string text_;
};

/// A round step that divides `range` into at most `most` parts: 1, 2 or 5 times a power of ten.
[[nodiscard]] double round_step(double range, int most);

/// `words` in at most `columns` columns; a CJK character takes two. What is cut ends with an ellipsis.
[[nodiscard]] std::string shortened(std::string_view words, std::size_t columns);

}  // namespace pue::report
