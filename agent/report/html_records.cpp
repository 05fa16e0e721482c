#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "agent/plan/role.h"
#include "agent/report/charts.h"
#include "agent/report/formulas.h"
#include "agent/report/html_parts.h"

namespace pue::report {
namespace {

constexpr std::size_t k_most_events = 1000;
constexpr std::int64_t k_year_2500 = 16'725'225'600'000;

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::string amount_of(const MeterReport& meter) {
  if (meter.record.unit == "J") return grouped(kwh_of(joules(meter.whole)), 0) + " kWh";
  if (meter.record.unit == "mL") return grouped(static_cast<double>(meter.whole) * 1e-6, 1) + " m³";
  return meter.mean ? grouped(*meter.mean, 1) + " °C" : "";
}

/// A register, with the time it was read at where that is not `edge` of the period.
std::string register_of(const MeterReport& meter, std::optional<std::int64_t> value, civil::UnixMs time,
                        civil::UnixMs edge, const civil::Zone& zone) {
  if (!value) return "";
  auto shown = grouped(meter.record.unit == "mL" ? static_cast<double>(*value) * 1e-6 : kwh_of(joules(*value)), 1);
  if (time == edge) return shown;
  return fmt::format("{}<br><span class=\"soft\">{}</span>", shown, zone.written(time).substr(0, 16));
}

/// A role as the configuration writes it; one of ours stays in one piece.
std::string role_code(const std::string& role) {
  return fmt::format("<code{}>{}</code>", plan::role_from(role) ? " class=\"whole\"" : "", escaped(role));
}

std::string pair_row(std::string_view name, const std::string& value) {
  return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, value);
}

/// The detail of an event with its times as a person writes them; as it is where it is no object.
std::string readable(const std::string& detail, const civil::Zone& zone) {
  constexpr std::array<std::string_view, 4> k_times{"from", "to", "time", "last"};
  auto json = nlohmann::ordered_json::parse(detail, nullptr, false);
  if (!json.is_object()) return detail;
  for (const auto key : k_times) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer()) continue;
    const auto time = found->get<std::int64_t>();
    if (time > 0 && time < k_year_2500) *found = zone.written(time);
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : "<br>") + escaped(item);
  return text;
}

}  // namespace

std::string quality_section(const Report& report, const civil::Zone& zone, Tongue say) {
  std::string text = fmt::format("<h2>{}</h2>\n", say("Data quality", "数据质量"));
  const auto strip = coverage_strip(report, zone, say);
  if (!strip.empty()) {
    text +=
        fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", strip,
                    say("Each column is a day: the darker, the more is missing.", "每列为一天，颜色越深缺失越多。"));
  }
  text += fmt::format("<h3>{}</h3>\n", say("Meters with gaps, estimates, integrated power or counter events",
                                           "有缺口、估算、功率积分或计数异常的计量表"));
  HtmlTable table(
      {say("meter", "计量表"), say("coverage", "覆盖率"), say("gaps", "缺口数"), say("longest, h", "最长，h"),
       say("estimated", "估算"), say("integrated", "积分"), say("resets", "清零"), say("rollovers", "翻转"),
       say("replaced", "更换"), say("spread", "分摊"), say("imported", "导入"), say("corrected", "更正")},
      1);
  std::size_t listed = 0;
  for (const auto& meter : report.meters) {
    const bool clean = meter.gaps == 0 && meter.substituted == 0 && meter.integrated == 0 && meter.resets == 0 &&
                       meter.rollovers == 0 && meter.replaced == 0 && meter.gap_filled == 0 && meter.imported == 0 &&
                       meter.corrected == 0;
    if (clean) continue;
    ++listed;
    table.row({escaped(meter.name), percent(meter.coverage), std::to_string(meter.gaps),
               grouped(meter.longest_gap_hours, 2), percent(share(meter.substituted, meter.whole)),
               percent(share(meter.integrated, meter.whole)), std::to_string(meter.resets),
               std::to_string(meter.rollovers), std::to_string(meter.replaced), std::to_string(meter.gap_filled),
               std::to_string(meter.imported), std::to_string(meter.corrected)});
  }
  if (listed > 0) {
    text += "<div class=\"wide\">" + table.take() + "</div>\n";
  }
  text += fmt::format("<p class=\"note\">{}</p>\n",
                      fmt::format(fmt::runtime(say("{} of {} meters have none of these. "
                                                   "Spread: records of a register's difference over a gap, which is "
                                                   "measured energy of which only the course inside is not known.",
                                                   "{} / {} 个计量表无上述情况。“分摊”指通信中断后由表底差"
                                                   "得到的记录：电量为实测，仅其间的时间分布未知。")),
                                  report.meters.size() - listed, report.meters.size()));
  return text;
}

std::string meters_section(const Report& report, const civil::Zone& zone, Tongue say) {
  std::string text = fmt::format("<h2>{}</h2>\n<div class=\"wide\">\n", say("Meters", "计量表"));
  HtmlTable table({say("meter", "计量表"), say("role", "类别"), say("class / CT", "等级 / 互感器"),
                   say("serial, calibrated until", "编号，检定有效期"), say("amount", "数量"),
                   say("first register", "起始表底"), say("last register", "结束表底"), say("coverage", "覆盖率")},
                  4);
  for (const auto& meter : report.meters) {
    const auto& record = meter.record;
    auto details = std::string{};
    if (!record.share.empty() && record.share != "1")
      details += fmt::format(" · {} {}", say("share", "份额"), escaped(record.share));
    if (!record.ct_ratio.empty() && record.ct_ratio != "1") details += " · CT " + escaped(record.ct_ratio);
    auto serial = escaped(record.serial);
    if (!record.calibrated_until.empty()) {
      const auto until = parse_date(record.calibrated_until);
      const bool lapsed =
          until && std::chrono::sys_days{*until} + std::chrono::days{1} < std::chrono::sys_days{report.request.to};
      serial += fmt::format("{}<span class=\"whole\">{}{}</span>", serial.empty() ? "" : "<br>",
                            escaped(record.calibrated_until), lapsed ? say(" (lapsed)", "（已过期）") : "");
    }
    table.row(
        {escaped(meter.name), role_code(record.role) + details,
         escaped(record.accuracy_class) + (record.ct_class.empty() ? "" : "&#160;/&#160;" + escaped(record.ct_class)),
         serial, amount_of(meter),
         register_of(meter, meter.first_register, meter.first_register_time, report.span.from, zone),
         register_of(meter, meter.last_register, meter.last_register_time, report.span.to, zone),
         percent(meter.coverage)});
  }
  text += table.take() + "</div>\n";
  text += fmt::format(
      "<p class=\"note\">{}</p>\n",
      say("Registers are the meters' own, before share, ratio and conversion, in kWh or m³; where no time stands "
          "below, they are those at the period's beginning and end. Keep this "
          "list and the ledger for ten years ((EU) 2024/1364, Annex II).",
          "表底为计量表自身读数（未乘份额、变比与换算），单位 kWh 或 "
          "m³；未注时间者为期初、期末读数。本表与台账应保存十年（(EU) "
          "2024/1364 附件 II）。"));
  return text;
}

std::string events_section(const Report& report, const civil::Zone& zone, Tongue say) {
  std::string text = fmt::format("<h2>{}</h2>\n", say("Events", "事件"));
  if (report.events.empty()) {
    return text + fmt::format("<p>{}</p>\n", say("None was recorded in the period.", "本期没有记录事件。"));
  }
  std::map<std::string, std::size_t> kinds;
  for (const auto& event : report.events) ++kinds[event.kind];
  std::string summary;
  for (const auto& [kind, count] : kinds) {
    summary += fmt::format("{}<code>{}</code> {}", summary.empty() ? "" : " · ", escaped(kind), count);
  }
  text += fmt::format("<p>{}</p>\n<div class=\"wide\">\n", summary);
  HtmlTable table({say("time", "时间"), say("kind", "类型"), say("about", "对象"), say("detail", "详情")}, 4);
  for (std::size_t i = 0; i < report.events.size() && i < k_most_events; ++i) {
    const auto& event = report.events[i];
    table.row({zone.written(event.time), "<code class=\"whole\">" + escaped(event.kind) + "</code>",
               escaped(event.subject),
               event.detail == "{}" ? "" : "<code>" + escaped(readable(event.detail, zone)) + "</code>"});
  }
  text += table.take() + "</div>\n";
  if (report.events.size() > k_most_events) {
    text += fmt::format("<p class=\"note\">{}</p>\n",
                        fmt::format(fmt::runtime(say("{} more are in the JSON report and in the ledger.",
                                                     "另有 {} 条，见 JSON 报告与台账。")),
                                    report.events.size() - k_most_events));
  }
  return text;
}

std::string evidence_section(const Report& report, Tongue say) {
  const auto& evidence = report.evidence;
  std::string text = fmt::format("<h2>{}</h2>\n<table class=\"facts\">\n", say("Evidence", "证据"));
  text +=
      pair_row(say("Records", "记录"), fmt::format(fmt::runtime(say("{} energy records in the batches {} to {} of {}",
                                                                    "{} 条电量记录，第 {} 至 {} 批，台账共 {} 批")),
                                                   grouped(static_cast<double>(evidence.rows), 0), evidence.first_batch,
                                                   evidence.last_batch, evidence.batches));
  text += pair_row(say("Chain head", "链头"), "<span class=\"mono\">" + escaped(evidence.chain_head) + "</span>");
  text += pair_row(say("Configurations (SHA-256)", "配置（SHA-256）"),
                   "<span class=\"mono\">" + list_of(evidence.config_sha256) + "</span>");
  if (!evidence.report_sha256.empty()) {
    text += pair_row(say("Configuration of this report (SHA-256)", "报告所用配置（SHA-256）"),
                     fmt::format("<span class=\"mono\">{}</span><br>{}", escaped(evidence.report_sha256),
                                 evidence.report_is_recorded
                                     ? say("recorded in the ledger", "台账中有记录")
                                     : say("not recorded in the ledger: factors, certificates and what a view leaves "
                                           "out are as this file says",
                                           "台账中无记录：因子、证书及口径扣除项以该文件为准")));
  }
  text += pair_row(say("Recorded by pue-agent", "记录程序 pue-agent"), list_of(evidence.agent_versions));
  text += pair_row(say("Reported by pue-agent", "报告程序 pue-agent"), escaped(report.agent_version));
  text += "</table>\n";
  text += fmt::format("<h3>{}</h3>\n", say("Last signed checkpoint", "最近一次签名检查点"));
  text += evidence.checkpoint.empty() ? fmt::format("<p>{}</p>\n", say("There is none yet.", "尚无。"))
                                      : "<pre class=\"mono\">" + escaped(evidence.checkpoint) + "</pre>\n";
  text += fmt::format("<p>{} <code>pue-agent verify</code>{}</p>\n",
                      say("That nothing recorded was altered is checked by", "记录是否被改动，用"),
                      say(", or by <code>pue-ledger-verify</code> without the agent (docs/auditing.md).",
                          " 核验；也可不用本程序，用 <code>pue-ledger-verify</code> 独立核验（docs/auditing.md）。"));
  text += fmt::format("<h3>{}</h3>\n", say("Formulas and their sources", "公式与依据"));
  HtmlTable table({say("figure", "指标"), say("formula", "公式"), say("unit", "单位"), say("source", "依据"),
                   say("source's text", "原文")},
                  5);
  for (const auto& formula : formulas()) {
    table.row({escaped(formula.symbol), "<code>" + escaped(formula.formula) + "</code>", std::string(formula.unit),
               escaped(formula.source),
               std::string(formula.seen ? say("seen", "已核对") : say("not seen: as configured", "未见：按配置"))});
  }
  return text + table.take();
}

}  // namespace pue::report
