#include <fmt/format.h>

#include <algorithm>

#include "agent/plan/role.h"
#include "agent/report/charts.h"
#include "agent/report/formulas.h"
#include "agent/report/html_parts.h"

namespace pue::report {
namespace {

std::string fact(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, escaped(value));
}

/// The category that the cover shows: the lowest.
const PueFigure* first_of(const Report& report) { return report.pue.empty() ? nullptr : &report.pue.front(); }

std::string headline(const Report& report, Tongue say) {
  std::string text = "<div class=\"headline\">\n";
  const auto* pue = first_of(report);
  if (pue == nullptr) {
    return text + fmt::format("<div class=\"why\">{}</div>\n</div>\n",
                              say("No PUE: the boundary has no IT meter.", "没有 PUE：边界内没有 IT 计量表。"));
  }
  text += fmt::format("<div class=\"label\">{}, {} {} ({})</div>\n", label_of(report), say("category", "类别"),
                      pue->category, measured_at_in_words(pue->category, say));
  if (pue->value.value) {
    text += fmt::format("<div class=\"value\">{}", grouped(*pue->value.value, 3));
    if (pue->uncertainty.value) {
      text += fmt::format(" <span class=\"open\">± {}</span>", grouped(*pue->uncertainty.value, 3));
    }
    text += "</div>\n";
  } else {
    text += fmt::format("<div class=\"why\">{}{}</div>\n", say("Withheld: ", "不予给出："),
                        escaped(describe(*pue->value.withheld, say)));
  }
  text += fmt::format("<div class=\"label\">{}</div>\n</div>\n",
                      fmt::format(fmt::runtime(say("coverage {}, {}; estimated {}; longest gap {} h",
                                                   "覆盖率 {}，{}；估算占比 {}；最长缺口 {} 小时")),
                                  percent(pue->coverage), describe(pue->grade, say), percent(pue->estimated_share),
                                  grouped(pue->longest_gap_hours, 2)));
  return text;
}

/// What a reader must know before anything else.
std::string warnings(const Report& report, Tongue say) {
  std::string text;
  const auto warn = [&](std::string_view words) { text += fmt::format("<div class=\"warn\">{}</div>\n", words); };
  if (!report.annual) {
    warn(say("The period is shorter than twelve months: the figure is an interim PUE (iPUE).",
             "统计期不足十二个月：所列数值为阶段性 PUE（iPUE）。"));
  }
  const bool implausible =
      std::any_of(report.pue.begin(), report.pue.end(), [](const auto& pue) { return pue.implausible; });
  if (implausible) {
    warn(say("A PUE below 1 is not possible: a meter is mapped to the wrong place or scaled wrong.",
             "PUE 不可能小于 1：某计量表的归属或倍率有误。"));
  }
  return text;
}

/// A recorded sum, and how much of the time it stands for where that is not all.
std::string recorded_sum(Joules energy, double coverage, Tongue say) {
  auto text = grouped(kwh_of(energy), 0) + " kWh";
  if (coverage >= 1.0) return text;
  return fmt::format(fmt::runtime(say("{}, recorded over {} of the time", "{}（记录覆盖 {} 的时间）")), text,
                     percent(coverage));
}

/// Beside a figure with a record over a gap that reaches beyond its span.
std::string_view spread_mark(const PueFigure& pue) {
  return pue.value.value && !pue.spread_over_edge.empty() ? " ~" : "";
}

std::string spread_note(const std::vector<std::string>& names, Tongue say) {
  return fmt::format(
      "<p class=\"note\">{}</p>\n",
      fmt::format(fmt::runtime(say("~ A register's difference over a gap that reaches beyond this span is "
                                   "in it, spread evenly by time: measured energy, of which nobody knows "
                                   "how much fell into the span. Meters: {}.",
                                   "~ 含跨越本时段边界的通信中断期间的表底差，按时间均摊：电量为实测，"
                                   "但落入本时段的部分未知。计量表：{}。")),
                  escaped(listed(names, say))));
}

class Kpis {
 public:
  explicit Kpis(Tongue say)
      : say_(say),
        table_({{say("figure", "指标"), false},
                {say("value", "数值"), true},
                {say("formula", "公式"), false},
                {say("source", "依据"), false}}) {}

  void row(std::string_view id, std::string_view words, const std::string& value) {
    const auto& formula = formula_of(id);
    const auto source =
        formula.seen ? std::string(formula.source)
                     : fmt::format(fmt::runtime(say_("as configured, after {}", "按配置，参照 {}")), formula.source);
    table_.row({words.empty() ? std::string(formula.symbol)
                              : fmt::format("{} <span class=\"soft\">{}</span>", formula.symbol, words),
                value, fmt::format("<code>{}</code>", escaped(formula.formula)), escaped(source)});
  }
  [[nodiscard]] std::string take() { return table_.take(); }

 private:
  Tongue say_;
  HtmlTable table_;
};

}  // namespace

HtmlTable::HtmlTable(const std::vector<Head>& heads) {
  text_ = "<table>\n<thead><tr>";
  for (const auto& head : heads) {
    numbers_.push_back(head.number);
    text_ += fmt::format("<th{}>{}</th>", head.number ? " class=\"n\"" : "", head.words);
  }
  text_ += "</tr></thead>\n<tbody>\n";
}

HtmlTable::HtmlTable(std::initializer_list<std::string_view> heads, std::size_t texts)
    : HtmlTable([&] {
        std::vector<Head> all;
        for (const auto words : heads) all.push_back({words, all.size() >= texts});
        return all;
      }()) {}

void HtmlTable::row(const std::vector<std::string>& cells) {
  text_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text_ += fmt::format("<td{}>{}</td>", i < numbers_.size() && numbers_[i] ? " class=\"n\"" : "", cells[i]);
  }
  text_ += "</tr>\n";
}

std::string HtmlTable::take() { return std::move(text_) + "</tbody>\n</table>\n"; }

std::string shown(const Figure& figure, int decimals, Tongue say, std::string_view unit, double factor) {
  if (figure.value) {
    return grouped(*figure.value * factor, decimals) + (unit.empty() ? "" : " ") + std::string(unit);
  }
  const auto why = figure.withheld ? describe(*figure.withheld, say) : std::string{};
  return fmt::format("<span class=\"why\">{}</span>", escaped(why));
}

std::string period_of(const Report& report) {
  const Date last{std::chrono::sys_days{report.request.to} - std::chrono::days{1}};
  return written(report.request.from) + " – " + written(last);
}

std::string cover(const Report& report, Tongue say) {
  std::string text = "<section class=\"cover\">\n";
  text += fmt::format("<div class=\"kind\">{}</div>\n", say("ENERGY REPORT OF A DATA CENTRE", "数据中心能源报告"));
  text += fmt::format("<h1>{}</h1>\n<div class=\"period\">{} · {}</div>\n", escaped(report.facility), period_of(report),
                      escaped(report.timezone));
  text += headline(report, say);
  text += warnings(report, say);
  text += "<table class=\"facts\">\n";
  text += fact(say("Owner", "业主"), report.settings.owner);
  text += fact(say("Address", "地址"), report.settings.address);
  text += fact(say("Region", "地区"), report.region);
  text += fact(say("View", "口径"), describe(report.request.view, say));
  text += fact(say("Standard, as configured", "标准（按配置）"), report.standard);
  text +=
      fact(say("Total is found by", "总能耗取法"),
           report.method == "submetered" ? say("sub-meters", "分表合计") : say("meters at the entrance", "入口计量"));
  text += fact(say("Total energy E_DC", "总能耗 E_DC"), recorded_sum(report.total, report.total_coverage, say));
  for (int category = 1; category <= 3; ++category) {
    const auto i = static_cast<std::size_t>(category) - 1;
    if (!report.it_measured[i]) continue;
    text += fact(fmt::format("{} E_IT, {}", say("IT energy", "IT 能耗"), measured_at_in_words(category, say)),
                 recorded_sum(report.it[i], report.it_coverage[i], say));
  }
  if (report.design_it_watts) {
    text += fact(say("Design IT power", "IT 设计功率"), grouped(*report.design_it_watts / 1e3, 0) + " kW");
  }
  text += fact(say("Meters", "计量表"), std::to_string(report.meters.size()));
  text += "</table>\n";
  text += fmt::format(
      "<footer>{}<br>{} <span class=\"mono\">{}</span></footer>\n</section>\n",
      fmt::format(fmt::runtime(say(
                      "Made by pue-agent {} from the batches {} to {} of its ledger. The same ledger and "
                      "the same question give the same bytes.",
                      "由 pue-agent {} 根据台账第 {} 至 {} 批记录生成。相同的台账与相同的查询得到逐字节相同的报告。")),
                  escaped(report.agent_version), report.evidence.first_batch, report.evidence.last_batch),
      say("Chain head:", "链头："), escaped(report.evidence.chain_head));
  return text;
}

std::string figures_section(const Report& report, Tongue say) {
  std::string text = fmt::format("<h2>{}</h2>\n", say("Figures", "指标"));
  HtmlTable pue({say("measured at", "计量位置"), label_of(report), say("± (k = 2)", "±（k = 2）"),
                 say("± correlated", "±（完全相关）"), say("coverage", "覆盖率"), say("estimated", "估算"),
                 say("integrated", "积分"), "E_DC, kWh", "E_IT, kWh"},
                1);
  for (const auto& figure : report.pue) {
    pue.row(
        {fmt::format("{} {}, {}", say("category", "类别"), figure.category, measured_at_in_words(figure.category, say)),
         shown(figure.value, 3, say) + (figure.implausible ? " (!)" : "") + std::string(spread_mark(figure)),
         shown(figure.uncertainty, 3, say),
         figure.uncertainty.value ? shown(figure.uncertainty_correlated, 3, say) : "", percent(figure.coverage),
         percent(figure.estimated_share), percent(figure.integrated_share), grouped(kwh_of(figure.total), 0),
         grouped(kwh_of(figure.it), 0)});
  }
  text += pue.take();
  if (!report.pue.empty() && !report.pue.front().spread_over_edge.empty()) {
    text += spread_note(report.pue.front().spread_over_edge, say);
  }
  text += fmt::format(
      "<p class=\"note\">{}</p>\n",
      say("E_DC and E_IT here are the energies over the quarter-hours in which every required meter is covered; their "
          "ratio is the figure. Uncertainty follows from the accuracy classes of meters and current transformers; "
          "correlated: all errors of one side go the same way.",
          "此处 E_DC 与 E_IT 仅取所有必需计量表均有效的 15 "
          "分钟时段，两者之比即为指标。不确定度由电表与互感器准确度等级得出；“完全相关”指同侧误差方向一致。"));
  Kpis kpis(say);
  kpis.row(report.request.view == View::de    ? "pue_de"
           : report.request.view == View::tgg ? "pue_tgg"
                                              : "pue",
           "", report.pue.empty() ? "" : shown(report.pue.front().value, 3, say));
  kpis.row("dcie", "", shown(report.dcie, 3, say));
  kpis.row("ref", say("renewable", "可再生能源"), shown(report.ref, 3, say));
  kpis.row("erf", say("reuse", "能源再利用"), shown(report.erf, 3, say));
  kpis.row("ere", "", shown(report.ere, 3, say));
  kpis.row("cer", say("cooling", "制冷"), shown(report.cer, 2, say));
  kpis.row("cue", say("carbon", "碳"), shown(report.carbon.cue, 4, say, "kg/kWh", 1e-3 * 3.6e6));
  kpis.row("wue", say("water", "水"), shown(report.wue, 3, say, "L/kWh", 1e3 * 3.6e6));
  kpis.row("mlc", say("mechanical load", "机械负荷"), shown(report.mlc, 4, say));
  kpis.row("elc", say("electrical loss", "供配电损耗"), shown(report.elc, 4, say));
  text += kpis.take();
  text += fmt::format("<p class=\"note\">{}</p>\n",
                      fmt::format(fmt::runtime(say("All from the records in the batches {} to {} of the ledger; the "
                                                   "formulas and their sources in full stand under Evidence.",
                                                   "均取自台账第 {} 至 {} 批记录；公式与依据全文见“证据”一节。")),
                                  report.evidence.first_batch, report.evidence.last_batch));
  return text;
}

std::string months_section(const Report& report, const civil::Zone& zone, Tongue say) {
  if (report.pue.empty()) return {};
  std::string text = fmt::format("<h2>{}</h2>\n", say("PUE by month", "各月 PUE"));
  const auto chart = pue_by_month(report, zone, say);
  if (!chart.empty()) {
    text += fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", chart,
                        say("Each month's iPUE with its expanded uncertainty; below, how much of the month counts.",
                            "各月 iPUE 及扩展不确定度；下方为当月有效时段占比。"));
  }
  std::vector<HtmlTable::Head> heads{{say("month", "月份"), false}};
  std::vector<std::string> names;
  for (const auto& pue : report.pue) names.push_back(fmt::format("iPUE {}", measured_at(pue.category)));
  for (const auto& name : names) heads.push_back({name});
  for (const auto words : {say("coverage", "覆盖率"), say("estimated", "估算"), say("longest gap, h", "最长缺口，h"),
                           std::string_view{"E_DC, kWh"}, std::string_view{"E_IT, kWh"}}) {
    heads.push_back({words});
  }
  HtmlTable table(heads);
  std::vector<std::string> spread;
  for (const auto& month : report.months) {
    std::vector<std::string> cells{written(zone.day_at(month.span.from)).substr(0, 7)};
    for (const auto& pue : month.pue) {
      auto cell = shown(pue.value, 3, say) + (pue.implausible ? " (!)" : "") + std::string(spread_mark(pue));
      for (const auto& name : pue.spread_over_edge) {
        if (std::ranges::find(spread, name) == spread.end()) spread.push_back(name);
      }
      if (pue.value.value && pue.uncertainty.value) {
        cell += fmt::format(" <span class=\"soft\">± {}</span>", grouped(*pue.uncertainty.value, 3));
      }
      cells.push_back(std::move(cell));
    }
    const auto& first = month.pue.front();
    for (auto& cell : {percent(first.coverage), percent(first.estimated_share), grouped(first.longest_gap_hours, 2),
                       grouped(kwh_of(first.total), 0), grouped(kwh_of(first.it), 0)}) {
      cells.push_back(cell);
    }
    table.row(cells);
  }
  text += table.take();
  if (!spread.empty()) text += spread_note(spread, say);
  if (report.pue.size() > 1) {
    text += fmt::format("<p class=\"note\">{} {}{}</p>\n",
                        say("Coverage, estimates, gaps and energies are those of", "覆盖率、估算、缺口与电量对应"),
                        measured_at_in_words(report.pue.front().category, say), say(".", "。"));
  }
  return text;
}

std::string energy_section(const Report& report, Tongue say) {
  std::string text = fmt::format("<h2>{}</h2>\n", say("Energy", "能源"));
  const auto flow = energy_flow(report, say);
  if (!flow.empty()) {
    text += fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", flow,
                        say("Recorded energy of the period, from sources to uses; shares are of E_DC.",
                            "本期记录的能量：来源与去向；百分比以 E_DC 为基数。"));
  }
  HtmlTable table({say("role", "类别"), say("kWh", "kWh"), say("of E_DC", "占 E_DC")}, 1);
  // In the order of the roles, sources first; heat is no part of E_DC.
  for (std::size_t i = 0; i < plan::k_roles; ++i) {
    const std::string role(plan::name_of(static_cast<plan::Role>(i)));
    const auto found = report.by_role.find(role);
    if (found == report.by_role.end() || role == "water") continue;
    const double kwh = kwh_of(joules(found->second));
    const double total = kwh_of(report.total);
    const bool apart = role.starts_with("heat.") || role == "monitor";  // counted nowhere
    table.row({role_in_words(role, say) + " <code>" + role + "</code>", grouped(kwh, 0),
               total > 0.0 && !apart ? percent(kwh / total, 1) : ""});
  }
  text += table.take();
  const auto duration = load_duration(report, say);
  if (!duration.empty()) {
    text += fmt::format("<h3>{}</h3>\n<figure>\n{}</figure>\n", say("Load duration", "负荷持续曲线"), duration);
  }
  return text;
}

}  // namespace pue::report
