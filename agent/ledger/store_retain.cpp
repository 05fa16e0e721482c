#include <nlohmann/json.hpp>

#include "agent/ledger/retention.h"
#include "agent/ledger/store_write.h"

namespace pue::ledger {
namespace {

/// What is to be cut now.
struct Cut {
  std::int64_t after = 0;    ///< the last batch cut before
  std::int64_t through = 0;  ///< the last batch cut now
  std::int64_t rows = 0;
  std::int64_t last_row = 0;
  Hash digest{};
};

/// The detail batches after the last one cut, from the oldest on, that end in time.
tl::expected<Cut, Error> cut_of(Database& database, std::int64_t after, UnixMs before) {
  auto batches =
      database.prepare((std::string{k_select_batches} + " WHERE kind = 'detail' AND seq > ?1 ORDER BY seq").c_str());
  if (!batches) return tl::unexpected(batches.error());
  batches->bind(1, after);
  Cut cut{.after = after, .through = after};
  CutDigest digest;
  for (;;) {
    const auto row = batches->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const auto batch = read_batch(*batches);
    if (!batch) return tl::unexpected(damaged("a batch is malformed"));
    if (batch->to > before) break;
    add(digest, *batch);
    cut.through = batch->seq;
    cut.rows += batch->rows;
    cut.last_row = batch->first_row + batch->rows - 1;
  }
  cut.digest = digest.finish();
  return cut;
}

}  // namespace

tl::expected<void, Error> Store::retain(UnixMs detail_before, const Stamp& stamp) {
  State& state = *state_;
  if (auto rule = broken_rule(stamp); !rule.empty()) {
    return tl::unexpected(Error{.kind = Error::Kind::refused, .text = "not recorded: " + rule});
  }
  if (auto settled = state.settle(); !settled) return settled;
  state.repeated.reset();
  const auto announced = announced_cuts(state.database);
  if (!announced) return tl::unexpected(announced.error());
  const auto cut = cut_of(state.database, announced->empty() ? 0 : announced->back().through, detail_before);
  if (!cut) return tl::unexpected(cut.error());
  if (cut->through == cut->after) return {};
  const Event event{.time = stamp.time,
                    .kind = "retention-cut",
                    .subject = "detail",
                    .detail = nlohmann::json{{"after", cut->after},
                                             {"through", cut->through},
                                             {"rows", cut->rows},
                                             {"before", detail_before},
                                             {"digest", hexadecimal(cut->digest)}}
                                  .dump()};
  return state.transaction([&](Head& next) -> tl::expected<void, Error> {
    auto erase = state.database.prepare("DELETE FROM detail WHERE row <= ?1");
    if (!erase) return tl::unexpected(erase.error());
    erase->bind(1, cut->last_row);
    if (auto erased = erase->run(); !erased) return erased;
    return state.append(next, {.kind = "event", .stamp = stamp, .events = {&event, 1}});
  });
}

}  // namespace pue::ledger
