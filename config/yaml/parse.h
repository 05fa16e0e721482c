#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/problem.h"

/// YAML from outside, as little of it as a configuration needs: maps, lists and scalars of one document. Anchors,
/// aliases, tags and keys that are no text are refused, so that nothing grows while it is read.
namespace pue::safe_yaml {

struct Limits {
  std::size_t bytes = 1U << 18;  ///< of the whole text
  std::size_t nesting = 8;       ///< maps and lists inside each other
  std::size_t nodes = 1U << 14;  ///< scalars, lists and maps together
};

struct Error {
  config::Place at;
  std::string message;
};

struct Entry;

struct Value {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  config::Place at;
  std::string text;            ///< of a scalar
  bool quoted = false;         ///< the scalar is text whatever it looks like
  std::vector<Value> items;    ///< of a list
  std::vector<Entry> entries;  ///< of a map, in the order of the file, each key once
};

struct Entry {
  std::string key;
  config::Place at;
  Value value;
};

/// @return the root of `text`, which is null for an empty document.
[[nodiscard]] tl::expected<Value, Error> parse(std::string_view text, const Limits& limits = {});

}  // namespace pue::safe_yaml
