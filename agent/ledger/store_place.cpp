#include "agent/ledger/schema.h"
#include "agent/ledger/store_write.h"

namespace pue::ledger {
namespace {

/// What a file says of its end: enough to tell two states of one ledger apart.
struct End {
  Hash seal{};
  std::int64_t checkpointed = 0;
  std::int64_t batches = 0;

  [[nodiscard]] bool is(const Head& known) const {
    return seal == known.seal && checkpointed == static_cast<std::int64_t>(known.checkpointed) &&
           batches == static_cast<std::int64_t>(known.tree.size());
  }
};

tl::expected<End, Error> end_of(Database& database) {
  const auto seal = read_seal(database);
  if (!seal) return tl::unexpected(seal.error());
  const auto checkpointed = read_number(database, "SELECT max(size) FROM checkpoint");
  if (!checkpointed) return tl::unexpected(checkpointed.error());
  const auto batches = read_number(database, "SELECT max(seq) FROM batch");
  if (!batches) return tl::unexpected(batches.error());
  return End{.seal = *seal ? (*seal)->digest : Hash{}, .checkpointed = *checkpointed, .batches = *batches};
}

}  // namespace

tl::expected<void, Error> Store::State::is_in_place() const {
  const auto now = place_of(path);
  if (!now) return tl::unexpected(now.error());
  if (*now != place) {
    return tl::unexpected(Error{.kind = Error::Kind::moved, .text = "'" + path + "' was replaced by another file"});
  }
  return {};
}

tl::expected<void, Error> Store::State::stay_in_place() {
  if (auto found = place_of(path); !found) return tl::unexpected(found.error());
  if (auto writable = is_writable(path); !writable) return writable;
  // The lock comes first: whoever has it by now may be writing this very file.
  if (!lock.is_in_place()) {
    auto taken = WriterLock::take(path);
    if (!taken) return tl::unexpected(taken.error());
    lock = std::move(*taken);
  }
  if (is_in_place()) return {};
  const Error other{.kind = Error::Kind::moved,
                    .text = "'" + path + "' was replaced by a file that does not hold what was last written"};
  auto opened = open_ledger(path, Database::Mode::write_existing, busy_timeout);
  if (!opened) return tl::unexpected(Error{.kind = other.kind, .text = other.text + " (" + opened.error().text + ")"});
  const auto end = end_of(opened->database);
  if (!end || !(end->is(head) || (attempt && end->is(*attempt)))) return tl::unexpected(other);
  database = std::move(opened->database);
  place = opened->place;
  return {};
}

tl::expected<void, Error> Store::State::settle() {
  if (auto stayed = stay_in_place(); !stayed) return stayed;
  const auto end = end_of(database);
  if (!end) return tl::unexpected(end.error());
  if (attempt && end->is(*attempt)) {
    // It took place, but its last sync failed: what is written and synced after it takes it along.
    if (auto touched = database.run("UPDATE seal SET digest = digest"); !touched) return touched;
    if (attempt->tree.size() != head.tree.size()) repeated = head;
    head = std::move(*attempt);
  } else if (!end->is(head)) {
    return tl::unexpected(damaged("it does not hold what was last written to it: somebody else wrote it"));
  }
  attempt.reset();
  return {};
}

}  // namespace pue::ledger
