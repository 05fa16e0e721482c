#include "agent/report/wording.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace pue::report {
namespace {

struct RoleWords {
  std::string_view role;
  std::string_view english;
  std::string_view chinese;
};

constexpr std::array k_roles{RoleWords{"grid", "grid", "电网"},
                             RoleWords{"generator", "generator", "发电机"},
                             RoleWords{"onsite.solar", "on-site solar", "自建光伏"},
                             RoleWords{"onsite.wind", "on-site wind", "自建风电"},
                             RoleWords{"export", "export", "上网电量"},
                             RoleWords{"battery", "battery", "储能"},
                             RoleWords{"fuel.diesel", "diesel", "柴油"},
                             RoleWords{"fuel.gas", "natural gas", "天然气"},
                             RoleWords{"cold.purchased", "purchased cold", "外购冷量"},
                             RoleWords{"it.ups", "IT at UPS output", "IT（UPS 输出）"},
                             RoleWords{"it.pdu", "IT at PDU output", "IT（PDU 输出）"},
                             RoleWords{"it.rack", "IT at equipment input", "IT（设备输入）"},
                             RoleWords{"cooling.chiller", "chillers", "冷水机组"},
                             RoleWords{"cooling.tower", "cooling towers", "冷却塔"},
                             RoleWords{"cooling.pump", "pumps", "水泵"},
                             RoleWords{"cooling.crah", "air handlers", "末端空调"},
                             RoleWords{"power.loss", "power losses", "供配电损耗"},
                             RoleWords{"lighting", "lighting", "照明"},
                             RoleWords{"other", "other", "其他"},
                             RoleWords{"outside", "outside the data centre", "数据中心以外"},
                             RoleWords{"heat.reused", "reused heat", "回收热量"},
                             RoleWords{"heat.rejected", "rejected heat", "排出热量"},
                             RoleWords{"water", "water", "用水"},
                             RoleWords{"weather.dry_bulb", "outdoor dry bulb", "室外干球温度"},
                             RoleWords{"weather.wet_bulb", "outdoor wet bulb", "室外湿球温度"},
                             RoleWords{"monitor", "monitor", "监测"}};

bool xml_forbids(unsigned char byte) { return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r'; }

/// Length of the well-formed UTF-8 sequence that begins at `at`; 0 where there is none.
std::size_t sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  const auto second = byte(at + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second >= 0xA0;
  const bool beyond = lead == 0xF4 && second >= 0x90;
  const bool none = lead == 0xEF && second == 0xBF && byte(at + 2) >= 0xBE;  // U+FFFE, U+FFFF
  return overlong || surrogate || beyond || none ? 0 : length;
}

}  // namespace

std::string listed(const std::vector<std::string>& names, Tongue say) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) {
    if (i > 0) text += say(", ", "、");
    text += names[i];
  }
  if (names.size() > most) {
    text += fmt::format(fmt::runtime(say(" and {} more", " 等另外 {} 个")), names.size() - most);
  }
  return text;
}

std::string describe(const Withheld& withheld, Tongue say) {
  const auto subjects = listed(withheld.subjects, say);
  switch (withheld.reason) {
    case Reason::no_meter:
      return fmt::format(fmt::runtime(say("no meter of role {}", "没有 {} 类计量表")), subjects);
    case Reason::no_records:
      return fmt::format(fmt::runtime(say("no record in the period of meter {}", "计量表 {} 在本期内没有记录")),
                         subjects);
    case Reason::coverage: {
      auto text =
          fmt::format(fmt::runtime(say("coverage {} is below 90 %", "覆盖率 {} 低于 90 %")), percent(withheld.number));
      if (!subjects.empty()) text += std::string(say(": ", "：")) + subjects;
      return text;
    }
    case Reason::no_common_time:
      return std::string(say("no quarter-hour in which all required meters are covered",
                             "没有任何一个所需计量表全部有效的 15 分钟时段"));
    case Reason::zero:
      return std::string(say("the denominator is not above zero", "分母不大于零"));
    case Reason::not_configured:
      return fmt::format(fmt::runtime(say("not configured: {}", "未配置：{}")), subjects);
    case Reason::not_twelve_months:
      return std::string(say("the period is shorter than twelve months", "统计期不足十二个月"));
    case Reason::unknown_class:
      break;
  }
  return fmt::format(fmt::runtime(say("accuracy class unknown: {}", "准确度等级未知：{}")), subjects);
}

std::string_view describe(View view, Tongue say) {
  switch (view) {
    case View::en:
      return say("EN 50600-4-2 / ISO/IEC 30134-2: all energy", "EN 50600-4-2 / ISO/IEC 30134-2：全部能源");
    case View::eu:
      return say("EU reporting, (EU) 2024/1364", "欧盟报送，(EU) 2024/1364");
    case View::de:
      return say("Germany, EnEfG: without waste heat upgrade", "德国 EnEfG：不计余热提升设备");
    case View::cn:
      return say("China: electricity only", "中国：仅计电能（电能比）");
    case View::tgg:
      break;
  }
  return say("The Green Grid: weighted by source energy", "The Green Grid：按一次能源加权");
}

std::string_view describe(kpi::CoverageGrade grade, Tongue say) {
  switch (grade) {
    case kpi::CoverageGrade::audit_grade:
      return say("audit-grade", "数据完整，达审计级");
    case kpi::CoverageGrade::with_estimates:
      return say("usable, gaps and estimates to be named", "可用，须说明缺口与估算");
    case kpi::CoverageGrade::insufficient:
      break;
  }
  return say("insufficient", "不足");
}

std::string role_in_words(const std::string& role, Tongue say) {
  for (const auto& row : k_roles) {
    if (row.role == role) return std::string(say(row.english, row.chinese));
  }
  return role;
}

std::string_view measured_at(int category) { return category == 1 ? "ups" : category == 2 ? "pdu" : "rack"; }

std::string_view measured_at_in_words(int category, Tongue say) {
  if (category == 1) return say("UPS output", "UPS 输出");
  return category == 2 ? say("PDU output", "PDU 输出") : say("IT equipment input", "IT 设备输入");
}

std::string grouped(double number, int decimals) {
  if (!std::isfinite(number)) return "?";
  auto text = fmt::format("{:.{}f}", number, decimals);
  if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);  // no minus zero
  const auto point = text.find('.');
  const auto first = text.front() == '-' ? std::size_t{1} : std::size_t{0};
  for (auto at = point == std::string::npos ? text.size() : point; at > first + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string percent(double ratio, int decimals) { return grouped(ratio * 100.0, decimals) + " %"; }

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto length = sequence_at(text, at);
    const char c = text[at];
    if (length == 0 || xml_forbids(static_cast<unsigned char>(c)) || c == 0x7F) {
      safe += '?';
      ++at;
      continue;
    }
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe.append(text.substr(at, length));
    }
    at += length;
  }
  return safe;
}

}  // namespace pue::report
