#include <fmt/format.h>

#include "agent/kpi/ratios.h"
#include "agent/report/html_parts.h"

namespace pue::report {
namespace {

std::string provenance(const config::Provenance& from, Tongue say) {
  const auto source = from.source.empty() ? std::string(say("no source given", "未注明来源")) : escaped(from.source);
  return source + " (" + std::string(from.verified ? say("verified", "已核实") : say("not verified", "未核实")) + ")";
}

std::string energy(const Figure& figure, Tongue say) { return shown(figure, 0, say, "kWh", 1.0 / 3.6e6); }
std::string energy(Joules amount) { return grouped(kwh_of(amount), 0) + " kWh"; }

std::string eu_section(const Report& report, Tongue say) {
  const auto& eu = report.eu;
  std::string text = fmt::format("<h2>{}</h2>\n", say("Fields of (EU) 2024/1364", "(EU) 2024/1364 报送字段"));
  HtmlTable table({say("field", "字段"), say("meaning", "含义"), say("value", "数值")}, 2);
  table.row(
      {"P_DIT",
       std::string(eu.installed_it_is_design ? say("installed IT power: design power, nothing else is configured",
                                                   "IT 装机功率（未另行配置，取设计功率）")
                                             : say("installed IT power, time-weighted", "IT 装机功率（按时间加权）")),
       shown(eu.installed_it, 1, say, "kW", 1e-3)});
  table.row({"E_DC", std::string(say("total energy", "总能耗")), energy(eu.total, say)});
  table.row({"E_DC-BG", std::string(say("of back-up generators", "备用发电机")), energy(eu.backup, say)});
  table.row({"E_IT", std::string(say("IT energy, category 1", "IT 能耗，类别 1")), energy(eu.it, say)});
  table.row({"W_IN", std::string(say("water", "用水量")), shown(eu.water, 1, say, "m³")});
  table.row({"E_REUSE", std::string(say("reused energy", "再利用能量")), energy(eu.reuse, say)});
  table.row({"E_RES-GOO", std::string(say("guarantees of origin", "来源担保证书")), energy(eu.guarantees)});
  table.row({"E_RES-PPA", std::string(say("power purchase agreements", "购电协议")), energy(eu.purchase_agreements)});
  table.row({"E_RES-OS", std::string(say("on site, used", "自建自用")), energy(eu.on_site)});
  table.row({"E_RES-TOT", std::string(say("renewable, total", "可再生能源合计")),
             energy(eu.guarantees + eu.purchase_agreements + eu.on_site)});
  table.row({"CDD",
             std::string(say("cooling degree days, base 21 °C, as configured", "制冷度日，基准 21 °C（按配置）")),
             shown(eu.cooling_degree_days, 1, say, "K·d")});
  for (const auto& [name, value] : report.settings.declared) {
    table.row({escaped(name), std::string(say("declared, not measured", "申报值，非计量")), escaped(value)});
  }
  return text + table.take();
}

std::string de_section(const Report& report, Tongue say) {
  std::string text = fmt::format("<h2>{}</h2>\n", say("Germany: EnEfG", "德国 EnEfG"));
  HtmlTable table({say("figure", "指标"), say("value", "数值")}, 1);
  table.row({std::string(say("electricity of plant that only upgrades waste heat", "仅用于余热提升的设备用电")),
             energy(report.upgrade)});
  table.row({std::string(say("E_DC with it", "含该部分的 E_DC")), energy(report.total)});
  table.row({"ERF", shown(report.erf, 3, say)});
  table.row({std::string(say("renewable share", "可再生能源占比")),
             report.ref.value ? percent(*report.ref.value) : shown(report.ref, 3, say)});
  text += table.take();
  if (!report.settings.waste_heat_upgrade.empty()) {
    std::vector<std::string> names;
    for (const auto& name : report.settings.waste_heat_upgrade) names.push_back(name.value);
    text += fmt::format(
        "<p class=\"note\">{} {}</p>\n",
        say("Left out as configured (report.waste_heat_upgrade):", "按配置扣除（report.waste_heat_upgrade）："),
        escaped(listed(names, say)));
  }
  if (report.settings.waste_heat_upgrade.empty()) {
    text += fmt::format(
        "<p class=\"note\">{}</p>\n",
        say("No meter is configured as waste heat upgrade (report.waste_heat_upgrade): nothing is left out.",
            "未配置余热提升计量表（report.waste_heat_upgrade），故无扣除。"));
  }
  return text;
}

std::string cn_section(const Report& report, Tongue say) {
  const auto& gb = report.gb40879;
  std::string text = fmt::format("<h2>{}</h2>\n", say("China: GB 40879-2021", "中国 GB 40879-2021"));
  HtmlTable table({{say("figure", "指标"), false}, {say("value", "数值"), true}, {say("remark", "说明"), false}});
  table.row(
      {"RM2", shown(gb.rm2, 3, say), std::string(say("method 2, the year's measured energies", "方法二：全年实测"))});
  std::string points = std::string(say("method 1, five operating points", "方法一：五个工况点"));
  if (report.settings.gb40879) points += ": " + provenance(report.settings.gb40879->from, say);
  table.row({"RM1", shown(gb.rm1, 4, say), points});
  const auto graded = gb.grade ? std::to_string(*gb.grade)
                      : gb.rm1.value || gb.rm2.value
                          ? std::string(say("none: above the limit", "不达标：超过限定值"))
                          : fmt::format("<span class=\"why\">{}</span>", say("no ratio", "无电能比"));
  table.row({std::string(say("grade", "能效等级")), graded,
             fmt::format("{}; {}", gb.graded_by_rm1 ? say("by RM1", "依 RM1") : say("by RM2", "依 RM2"),
                         say("limits 1.20, 1.30, 1.50 as configured", "限值 1.20、1.30、1.50（按配置）"))});
  table.row({std::string(say("national green data centre, energy efficiency", "国家绿色数据中心·能效得分")),
             shown(gb.score, 1, say), "80 − 20 PUE"});
  table.row({std::string(say("IT load usage rate", "IT 负荷使用率")),
             gb.load_usage_rate.value ? percent(*gb.load_usage_rate.value, 1) : shown(gb.load_usage_rate, 3, say),
             gb.load_usage_score ? fmt::format(fmt::runtime(say("{} points", "{} 分")), *gb.load_usage_score) : ""});
  return text + table.take();
}

std::string tgg_section(const Report& report, Tongue say) {
  const auto& weights = report.settings.source_weights;
  std::string text = fmt::format("<h2>{}</h2>\n", say("Source energy weights", "一次能源权重"));
  HtmlTable table({say("energy", "能源"), say("weight", "权重")}, 1);
  table.row({std::string(say("electricity", "电")), grouped(weights.electricity, 2)});
  table.row({std::string(say("natural gas", "天然气")), grouped(weights.gas, 2)});
  table.row({std::string(say("diesel", "柴油")), grouped(weights.diesel, 2)});
  table.row({std::string(say("purchased cold", "外购冷量")), grouped(weights.cold, 2)});
  text += table.take();
  text += fmt::format("<p class=\"note\">{}: {}</p>\n", say("As configured", "按配置"), provenance(weights.from, say));
  return text;
}

}  // namespace

std::string view_section(const Report& report, Tongue say) {
  switch (report.request.view) {
    case View::en:
      return {};
    case View::eu:
      return eu_section(report, say);
    case View::de:
      return de_section(report, say);
    case View::cn:
      return cn_section(report, say);
    case View::tgg:
      break;
  }
  return tgg_section(report, say);
}

std::string carbon_section(const Report& report, Tongue say) {
  const auto& carbon = report.carbon;
  const auto& factors = report.settings.emission_factors;
  std::string text = fmt::format("<h2>{}</h2>\n", say("Carbon", "碳排放"));
  HtmlTable table({{say("scope", "范围"), false}, {say("t CO₂", "吨 CO₂"), true}, {say("factor", "因子"), false}});
  const auto fuels =
      fmt::format("{} {} L, {} {} m³", say("diesel", "柴油"), grouped(carbon.diesel_cubic_meters * 1e3, 0),
                  say("gas", "天然气"), grouped(carbon.gas_cubic_meters, 0));
  table.row({std::string(say("1, fuel", "范围 1，燃料")), shown(carbon.scope1, 1, say, "", 1e-6), fuels});
  std::string grid;
  if (carbon.grid_factor) {
    grid = fmt::format("{} kg/kWh", grouped(kpi::kilograms_per_kwh(*carbon.grid_factor), 4));
  }
  table.row({std::string(say("2, location-based", "范围 2，基于位置")), shown(carbon.scope2_location, 1, say, "", 1e-6),
             grid});
  table.row({std::string(say("2, market-based", "范围 2，基于市场")), shown(carbon.scope2_market, 1, say, "", 1e-6),
             factors.residual ? fmt::format("{} kg/kWh", grouped(kpi::kilograms_per_kwh(factors.residual->value()), 4))
                              : grid});
  text += table.take();
  std::string note;
  if (carbon.grid_factor) {
    note += fmt::format(fmt::runtime(say("Factor of the year {} of {} applied to the energy of {}; source: {}. ",
                                         "将 {} 年 {} 的因子用于 {} 的电量；来源：{}。")),
                        escaped(carbon.grid_factor_year), escaped(report.grid_zone), period_of(report),
                        escaped(carbon.grid_factor_source));
  }
  note +=
      fmt::format("{}: {}.", say("Fuel factors, as configured", "燃料因子（按配置）"), provenance(factors.from, say));
  text += fmt::format("<p class=\"note\">{}</p>\n", note);
  if (report.settings.certificates.empty()) return text;
  text += fmt::format("<h3>{}</h3>\n", say("Certificates and contracts", "证书与合同"));
  HtmlTable papers({{say("kind", "类型"), false},
                    {say("from", "起"), false},
                    {say("to, exclusive", "止（不含）"), false},
                    {say("source", "来源"), false},
                    {"MWh", true},
                    {say("counts", "计入"), false}});
  for (const auto& paper : report.settings.certificates) {
    const bool inside = std::chrono::sys_days{paper.from} >= std::chrono::sys_days{report.request.from} &&
                        std::chrono::sys_days{paper.to} <= std::chrono::sys_days{report.request.to};
    papers.row({escaped(paper.kind), written(paper.from), written(paper.to), escaped(paper.source),
                grouped(kwh_of(paper.energy) / 1e3, 1),
                std::string(inside ? say("yes", "是") : say("no: not within the period", "否：不在本期内"))});
  }
  return text + papers.take();
}

}  // namespace pue::report
