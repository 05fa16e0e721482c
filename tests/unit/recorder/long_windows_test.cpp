#include "agent/ledger/long_windows.h"

#include <doctest/doctest.h>

#include "agent/pipeline/figure.h"

using namespace pue;
using namespace pue::ledger;
using plan::Layer;
using plan::LedgerLayout;
using plan::LongWindow;

namespace {

constexpr std::int64_t k_quarter = 900'000;
constexpr UnixMs k_day = 86'400'000;
constexpr UnixMs k_new_year = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

Configuration two_meters(const std::string& accuracy = "0.5") {
  Configuration configuration{.sha256 = {}, .method = "entrance"};
  configuration.meters = {{.name = "utility", .role = "grid", .accuracy_class = accuracy, .total_sign = 1},
                          {.name = "ups", .role = "it.ups", .accuracy_class = accuracy, .it_category = 1}};
  return configuration;
}

class Site {
 public:
  explicit Site(UnixMs now, const std::string& zone = "UTC", const std::string& accuracy = "0.5")
      : windows_(civil::Zone::find(zone).value(), now), words_(512, Figure{}.word()) {
    const std::vector<std::int64_t> ids{1, 2};
    windows_.add(two_meters(accuracy), ids);
  }
  void quarter(UnixMs start, std::int64_t total, std::int64_t it) {
    windows_.add({.meter = 1, .start = start, .length = k_quarter, .measured = total, .covered = k_quarter});
    windows_.add({.meter = 2, .start = start, .length = k_quarter, .measured = it, .covered = k_quarter});
  }
  [[nodiscard]] std::optional<double> figure(std::size_t index) {
    windows_.publish(words_);
    return Figure::from_word(words_[index]).value();
  }
  [[nodiscard]] LongWindows& windows() { return windows_; }

 private:
  LongWindows windows_;
  std::vector<std::uint64_t> words_;
};

}  // namespace

TEST_CASE("thirty days, a year and the months and years under way each count their own records") {
  Site site{k_new_year - 60 * k_day};
  for (UnixMs t = k_new_year - 60 * k_day; t < k_new_year + 10 * k_day; t += k_quarter) {
    site.quarter(t, t < k_new_year ? 1500 : 1200, 1000);
  }
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::year)) == 1.2);
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::month)) == 1.2);
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::days_30)) ==
        doctest::Approx((20 * 1.5 + 10 * 1.2) / 30));
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::days_365)) ==
        doctest::Approx((60 * 1.5 + 10 * 1.2) / 70));
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::year)) == 1.0);
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::days_365)) == doctest::Approx(70.0 / 365));
  CHECK_FALSE(site.figure(LedgerLayout::ratio(Layer::pdu, LongWindow::year)).has_value());
}

TEST_CASE("a month begins where the facility's zone has it") {
  Site site{k_new_year - 10 * k_day, "Asia/Shanghai"};
  for (UnixMs t = k_new_year - k_day; t < k_new_year; t += k_quarter) {
    const bool january = t >= k_new_year - 8 * 3'600'000;
    site.quarter(t, january ? 1300 : 1900, 1000);
  }
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::month)) == 1.3);
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::month)) == 1.0);
}

TEST_CASE("a gap that a register filled later counts in the quarter-hours that it lies in") {
  Site site{k_new_year};
  for (UnixMs t = k_new_year; t < k_new_year + k_day; t += k_quarter) {
    const bool silent = t >= k_new_year + 3'600'000 && t < k_new_year + 7'200'000;
    site.windows().add({.meter = 1, .start = t, .length = k_quarter, .measured = 1500, .covered = k_quarter});
    if (!silent)
      site.windows().add({.meter = 2, .start = t, .length = k_quarter, .measured = 1000, .covered = k_quarter});
  }
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::year)) == doctest::Approx(92.0 / 96));
  site.windows().add({.meter = 2,
                      .start = k_new_year + 3'600'000,
                      .length = 3'600'000,
                      .measured = 4000,
                      .covered = 3'600'000,
                      .quality = k_gap_filled});
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::year)) == 1.0);
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::year)) == 1.5);
}

TEST_CASE("two meters of class 0.5 leave a PUE open by 0.8 percent, and a meter without a class by nobody knows what") {
  // section 5.6 of the domain's reference: 0.408 % standard, two times that expanded
  Site site{k_new_year};
  site.quarter(k_new_year, 1500, 1000);
  CHECK(*site.figure(LedgerLayout::uncertainty(Layer::ups, LongWindow::year)) ==
        doctest::Approx(0.00816497).epsilon(1e-5));
  Site unknown{k_new_year, "UTC", ""};
  unknown.quarter(k_new_year, 1500, 1000);
  CHECK_FALSE(unknown.figure(LedgerLayout::uncertainty(Layer::ups, LongWindow::year)).has_value());
}

TEST_CASE("a window whose records stopped half a year ago is half covered, not whole") {
  Site site{k_new_year + 365 * k_day};
  for (UnixMs t = k_new_year; t < k_new_year + 180 * k_day; t += k_quarter) site.quarter(t, 1200, 1000);
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::days_365)) ==
        doctest::Approx(180.0 / 365).epsilon(1e-3));
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::days_365)) == 1.2);
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::days_30)) == 0.0);
  CHECK_FALSE(site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::days_30)).has_value());
}

TEST_CASE("windows move on while nothing is recorded, an hour behind the clock") {
  Site site{k_new_year + 40 * k_day};
  for (UnixMs t = k_new_year; t < k_new_year + 40 * k_day; t += k_quarter) site.quarter(t, 1200, 1000);
  CHECK_FALSE(site.windows().pass(k_new_year + 40 * k_day + 3'600'000));
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::days_30)) == 1.0);
  CHECK(site.windows().pass(k_new_year + 55 * k_day + 3'600'000));
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::days_30)) == 0.5);
}

TEST_CASE("a machine that starts in 1970, since nobody set its clock, has windows without figures") {
  Site site{5000};
  CHECK_FALSE(site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::days_365)).has_value());
  CHECK(*site.figure(LedgerLayout::coverage(Layer::ups, LongWindow::days_365)) == 0.0);
  site.quarter(900'000, 1200, 1000);
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::days_365)) == 1.2);
}

TEST_CASE("a record that no agent writes does not move the windows into a year that never comes") {
  Site site{k_new_year + k_day};
  site.quarter(k_new_year, 1500, 1000);
  site.windows().add({.meter = 1, .start = k_new_year, .length = INT64_MAX - k_new_year, .measured = 1});
  CHECK(*site.figure(LedgerLayout::ratio(Layer::ups, LongWindow::year)) == 1.5);
}
