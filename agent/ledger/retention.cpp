#include "agent/ledger/retention.h"

#include <nlohmann/json.hpp>

namespace pue::ledger {
namespace {

std::optional<AnnouncedCut> parse_cut(std::int64_t batch, std::string_view text) {
  const auto detail = nlohmann::json::parse(text, nullptr, false);
  if (!detail.is_object()) return std::nullopt;
  AnnouncedCut cut{.batch = batch};
  const auto take = [&](const char* key, std::int64_t& into) {
    const auto found = detail.find(key);
    if (found == detail.end() || !found->is_number_integer()) return false;
    into = found->get<std::int64_t>();
    return true;
  };
  const auto digest = detail.find("digest");
  if (!take("after", cut.after) || !take("through", cut.through) || !take("rows", cut.rows) || digest == detail.end() ||
      !digest->is_string()) {
    return std::nullopt;
  }
  cut.digest = digest->get<std::string>();
  return cut;
}

}  // namespace

tl::expected<std::vector<AnnouncedCut>, Error> announced_cuts(Database& database) {
  auto events = database.prepare("SELECT batch, detail FROM event WHERE kind = 'retention-cut' ORDER BY batch, n");
  if (!events) return tl::unexpected(events.error());
  std::vector<AnnouncedCut> cuts;
  for (;;) {
    const auto row = events->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return cuts;
    const auto batch = events->integer(0);
    const auto detail = events->text(1);
    auto cut = batch && detail ? parse_cut(*batch, *detail) : std::nullopt;
    if (!cut) {
      return tl::unexpected(damaged("a retention-cut event of batch " + std::to_string(batch.value_or(0)) +
                                    " does not say what was cut"));
    }
    cuts.push_back(std::move(*cut));
  }
}

void add(CutDigest& digest, const StoredBatch& batch) {
  digest.batch(batch.seq, batch.stamp, batch.configuration, batch.first_row, batch.rows, batch.from, batch.to,
               batch.hash);
}

}  // namespace pue::ledger
