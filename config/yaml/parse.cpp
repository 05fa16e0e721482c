#include "config/yaml/parse.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

namespace pue::safe_yaml {
namespace {

/// Leaves yaml-cpp from within one of its events.
struct Refused {
  Error error;
};

config::Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

/// Makes a tree of yaml-cpp's events. A node is handed to its parent when it is complete.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  [[nodiscard]] Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(begun_, true)) refuse(mark, "expected one document, this is the second");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    complete({.kind = Value::Kind::null, .at = place_of(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases are not supported here"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    complete({.kind = Value::Kind::scalar, .at = place_of(mark), .text = value, .quoted = tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Value::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Value::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Value node;
    std::optional<Entry> key;  ///< of a map: read, and its value not yet
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string message) {
    throw Refused{{place_of(mark), std::move(message)}};
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "anchors are not supported here");
    if (!tag.empty() && tag != "!" && tag != "?") refuse(mark, "tags are not supported here");
    if (++nodes_ > limits_.nodes) refuse(mark, "more than " + std::to_string(limits_.nodes) + " values");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Value::Kind kind) {
    check(mark, tag, anchor);
    if (awaits_key()) refuse(mark, "expected a key, got a map or a list");
    if (open_.size() == limits_.nesting) {
      refuse(mark, "nested more than " + std::to_string(limits_.nesting) + " deep");
    }
    open_.push_back({.node = {.kind = kind, .at = place_of(mark)}, .key = std::nullopt});
  }

  void close() {
    Value node = std::move(open_.back().node);
    open_.pop_back();
    complete(std::move(node));
  }

  [[nodiscard]] bool awaits_key() const {
    return !open_.empty() && open_.back().node.kind == Value::Kind::map && !open_.back().key;
  }

  void complete(Value node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.kind == Value::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.key) {
      parent.key->value = std::move(node);
      parent.node.entries.push_back(std::move(*parent.key));
      parent.key.reset();
    } else {
      take_key(parent, std::move(node));
    }
  }

  static void take_key(Open& map, Value node) {
    if (node.kind != Value::Kind::scalar) throw Refused{{node.at, "expected a key"}};
    const auto& entries = map.node.entries;
    const auto twice =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == node.text; });
    if (twice != entries.end()) {
      throw Refused{{node.at, "a key of this name is already in line " + std::to_string(twice->at.line)}};
    }
    map.key = Entry{.key = std::move(node.text), .at = node.at, .value = {}};
  }

  const Limits limits_;
  bool begun_ = false;
  std::size_t nodes_ = 0;
  std::vector<Open> open_;
  Value root_;
};

std::optional<Error> prescan(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) return Error{{}, "more than " + std::to_string(limits.bytes) + " bytes"};
  config::Place at{1, 0};
  for (const char c : text) {
    ++at.column;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      at = {at.line + 1, 0};
    } else if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7F) {
      return Error{at, "a control character"};
    }
  }
  return std::nullopt;
}

}  // namespace

tl::expected<Value, Error> parse(std::string_view text, const Limits& limits) {
  if (auto error = prescan(text, limits)) return tl::unexpected(std::move(*error));
  try {
    // The mark of a document's end: yaml-cpp takes the end of a file for that of a quoted text.
    std::istringstream stream{std::string{text} + "\n...\n"};
    YAML::Parser parser{stream};
    Builder builder{limits};
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Refused& refused) {
    return tl::unexpected(refused.error);
  } catch (const YAML::Exception& error) {
    return tl::unexpected(Error{place_of(error.mark), "no YAML: " + error.msg});
  } catch (const std::exception&) {
    return tl::unexpected(Error{{}, "no YAML"});
  }
}

}  // namespace pue::safe_yaml
