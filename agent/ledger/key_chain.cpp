#include "agent/ledger/key_chain.h"

#include <nlohmann/json.hpp>

#include "agent/ledger/stored.h"

namespace pue::ledger {
namespace {

std::optional<NamedKey> key_at(const nlohmann::json& detail, const char* name) {
  const auto found = detail.is_object() ? detail.find(name) : detail.end();
  if (found == detail.end() || !found->is_string()) return std::nullopt;
  return parse_vkey(found->get<std::string>());
}

}  // namespace

tl::expected<std::vector<KeyTerm>, Error> key_chain(Database& database) {
  const auto first = read_about(database, "vkey");
  if (!first) return tl::unexpected(first.error());
  const auto key = *first ? parse_vkey(**first) : std::nullopt;
  if (!key) return tl::unexpected(damaged("it names no key that signed it"));
  std::vector<KeyTerm> chain{{.key = *key}};
  auto events = database.prepare("SELECT batch, detail FROM event WHERE kind = 'key-rotation' ORDER BY batch, n");
  if (!events) return tl::unexpected(events.error());
  for (;;) {
    const auto row = events->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return chain;
    const auto batch = events->integer(0);
    const auto text = events->text(1);
    const auto detail = nlohmann::json::parse(text.value_or(""), nullptr, false);
    const auto old_key = key_at(detail, "old");
    const auto new_key = key_at(detail, "new");
    if (!batch || !old_key || !new_key || *old_key != chain.back().key || new_key->name != key->name) {
      return tl::unexpected(damaged("the key-rotation event of batch " + std::to_string(batch.value_or(0)) +
                                    " does not go on from the key before it"));
    }
    chain.push_back({.from_batch = *batch, .key = *new_key});
  }
}

}  // namespace pue::ledger
