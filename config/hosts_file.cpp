#include "config/hosts_file.h"

#include <array>
#include <optional>

#include "config/nearest.h"
#include "config/section.h"
#include "config/toml/parse.h"

namespace pue::config {
namespace {

using Cells = std::vector<std::string>;

constexpr std::size_t k_most_cells = 64;
constexpr std::size_t k_most_problems = 100;
constexpr std::array<std::string_view, 4> k_columns{"host", "name", "rack", "service"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes a cell in quotes off `line`. @return nothing where the quotes do not close.
std::optional<std::string> take_quoted(std::string_view& line) {
  std::string cell;
  line.remove_prefix(1);
  while (!line.empty()) {
    const char c = line.front();
    line.remove_prefix(1);
    if (c != '"') {
      cell += c;
    } else if (line.starts_with('"')) {
      cell += '"';
      line.remove_prefix(1);
    } else {
      return cell;
    }
  }
  return std::nullopt;
}

/// @return the cells of a line, or nothing where its quotes are wrong.
std::optional<Cells> cells_of(std::string_view line) {
  Cells cells;
  for (;;) {
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (line.starts_with('"')) {
      auto cell = take_quoted(line);
      if (!cell) return std::nullopt;
      cells.push_back(std::move(*cell));
      line = trimmed(line);
      if (!line.empty() && line.front() != ',') return std::nullopt;
    } else {
      const auto comma = line.find(',');
      cells.emplace_back(trimmed(line.substr(0, comma)));
      line = comma == std::string_view::npos ? std::string_view{} : line.substr(comma);
    }
    if (line.empty() || cells.size() > k_most_cells) return cells;
    line.remove_prefix(1);  // the comma
  }
}

class Reader {
 public:
  Reader(std::string file, std::size_t most) : file_(std::move(file)), most_(most) {}

  HostsFile read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty() && result_.problems.size() < k_most_problems) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++line_;
      if (trimmed(line).empty() || line.front() == '#') continue;
      if (!take(line)) break;
    }
    if (!header_read_ && result_.problems.empty()) report(0, "", "no line names the columns: expected host,name,rack");
    if (header_read_ && result_.hosts.empty() && result_.problems.empty()) report(0, "", "names no host");
    return std::move(result_);
  }

 private:
  void report(std::size_t column, std::string key, std::string message) {
    const Place at = line_ == 0 ? Place{} : Place{line_, static_cast<std::uint32_t>(column + 1)};
    result_.problems.push_back({file_, at, std::move(key), std::move(message)});
  }

  /// @return whether to read on.
  bool take(std::string_view line) {
    // As a comment a line may hold whatever is text.
    if (const auto error = safe_toml::prescan("#" + std::string(line))) {
      report(0, "", error->message);
      return false;
    }
    auto cells = cells_of(line);
    if (!cells || cells->size() > k_most_cells) {
      report(0, "", cells ? "more columns than anybody reads" : "a quote does not close, or text follows it");
      return false;
    }
    if (!header_read_) return take_header(*cells);
    if (cells->size() != width_) {
      report(0, "",
             "has " + std::to_string(cells->size()) + " columns, the first line names " + std::to_string(width_));
      return true;
    }
    if (result_.hosts.size() == most_) {
      report(0, "", "more than " + std::to_string(most_) + " hosts");
      return false;
    }
    take_host(*cells);
    return true;
  }

  bool take_header(const Cells& cells) {
    header_read_ = true;
    width_ = cells.size();
    std::string skipped;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      bool known = false;
      for (std::size_t column = 0; column < k_columns.size(); ++column) {
        if (cells[i] != k_columns[column]) continue;
        if (places_[column]) {
          report(0, cells[i], "the column stands twice");
          return false;
        }
        places_[column] = i;
        known = true;
      }
      if (!known) skipped += (skipped.empty() ? "'" : ", '") + cells[i].substr(0, 64) + "'";
    }
    if (!places_[0]) {
      report(0, "", "no column 'host'" + suggestion("host", cells) + " in the first line, which names the columns");
      return false;
    }
    if (!skipped.empty()) {
      result_.warnings.push_back(
          {file_, {line_, 1}, "", "columns that are not read: " + skipped + "; known are host, name, rack, service"});
    }
    return true;
  }

  void take_host(Cells& cells) {
    HostLine host{.line = line_};
    const std::array<std::string*, 4> targets{&host.host, &host.name, &host.rack, &host.service};
    for (std::size_t column = 0; column < k_columns.size(); ++column) {
      if (places_[column]) *targets[column] = std::move(cells[*places_[column]]);
    }
    if (host.host.empty()) return report(0, "host", "missing");
    for (const auto* text : {&host.name, &host.rack}) {
      if (text->empty()) continue;
      if (const auto why = why_no_id(*text)) return report(0, text == &host.name ? "name" : "rack", *why);
    }
    const auto& service = host.service;
    if (!service.empty() && service != "compute" && service != "storage" && service != "network") {
      return report(0, "service", "expected compute, storage or network, got '" + service.substr(0, 64) + "'");
    }
    result_.hosts.push_back(std::move(host));
  }

  std::string file_;
  std::size_t most_;
  std::uint32_t line_ = 0;
  bool header_read_ = false;
  std::size_t width_ = 0;
  std::array<std::optional<std::size_t>, 4> places_;
  HostsFile result_;
};

}  // namespace

HostsFile parse_hosts(std::string_view text, const std::string& file, std::size_t most) {
  return Reader{file, most}.read(text);
}

HostsFile read_hosts(const std::filesystem::path& path, std::size_t most) {
  const auto text = safe_toml::read_file(path, {.bytes = 4U << 20});
  if (text) return parse_hosts(*text, path.string(), most);
  HostsFile nothing;
  nothing.problems.push_back({path.string(), {}, "", text.error().message});
  return nothing;
}

}  // namespace pue::config
