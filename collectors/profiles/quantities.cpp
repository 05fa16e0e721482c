#include "collectors/profiles/quantities.h"

#include <map>
#include <set>
#include <stdexcept>

#include "collectors/profiles/library.h"
#include "collectors/profiles/reader.h"
#include "collectors/profiles/unit.h"
#include "config/nearest.h"
#include "config/toml/parse.h"

namespace pue::profiles {
namespace {

using List = std::map<std::string, QuantityName, std::less<>>;

/// The embedded list is part of the binary: if it does not read, nothing will.
List read_list() {
  const auto root = safe_toml::parse(embedded_file("quantities"));
  if (!root) throw std::logic_error{"quantities.toml: " + root.error().message};
  TableReader reader{*root, "quantities"};
  (void)reader.required_integer("schema", 1, 1);
  const toml::table* quantities = reader.table("quantity");
  if (quantities == nullptr) throw std::logic_error{"quantities.toml has no [quantity]"};
  List list;
  for (const auto& [key, value] : *quantities) {
    const std::string name{key.str()};
    if (!value.is_table()) throw std::logic_error{"quantities.toml: " + name + " is no table"};
    TableReader entry{*value.as_table(), name};
    const auto unit = unit_from(entry.text("unit", "1"));
    const std::string kind = entry.required_text("kind");
    if (!unit) throw std::logic_error{"quantities.toml: " + name + " has an unknown unit"};
    list.emplace(name, QuantityName{.unit = unit->unit,
                                    .kind = kind == "counter" ? PointKind::counter
                                            : kind == "state" ? PointKind::state
                                                              : PointKind::gauge});
    entry.finish();
  }
  return list;
}

const List& list() {
  static const List k_list = read_list();
  return k_list;
}

struct Range {
  std::uint8_t function;
  unsigned first;
  unsigned last;
  const Point* point;
};

bool overlap(const Range& a, const Range& b) {
  return a.function == b.function && a.first <= b.last && b.first <= a.last;
}

}  // namespace

const QuantityName* find_quantity(std::string_view name) {
  const auto found = list().find(name);
  return found == list().end() ? nullptr : &found->second;
}

std::size_t quantity_count() { return list().size(); }

std::string nearest_quantity(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, quantity] : list()) names.push_back(known);
  return config::suggestion(name, names);
}

std::vector<std::string> findings_of(const Profile& profile) {
  std::vector<std::string> findings;
  std::set<std::string> names;
  std::vector<Range> ranges;
  const auto report = [&](const Point& point, const std::string& what) {
    findings.push_back(profile.id + ", point " + point.name + ": " + what);
  };
  for (const Point& point : profile.points) {
    if (!names.insert(point.name).second) report(point, "the name stands twice");
    const QuantityName* quantity = find_quantity(point.name);
    if (quantity == nullptr) {
      report(point, "the list of quantity names does not have it" + nearest_quantity(point.name));
    } else {
      if (quantity->unit != point.unit) report(point, "unit is not that of the list");
      if (quantity->kind != point.kind) report(point, "kind is not that of the list");
    }
    if (point.words == 0) continue;  // no registers: the device has a protocol of its own
    if (point.words > profile.max_regs) report(point, "is wider than the largest request of this device");
    if (point.scale == 0.0) report(point, "scale is zero");
    const Range range{point.function, point.address, point.address + point.words - 1U, &point};
    for (const Range& other : ranges) {
      const bool bits_of_one = point.bit && other.point->bit && point.bit != other.point->bit;
      // A percentage may stand for itself and, times a rating, for watts.
      const bool scaled_twice =
          range.first == other.first && range.last == other.last && point.multiply_by != other.point->multiply_by;
      if (overlap(range, other) && !bits_of_one && !scaled_twice)
        report(point, "lies on the registers of " + other.point->name);
    }
    ranges.push_back(range);
  }
  return findings;
}

}  // namespace pue::profiles
