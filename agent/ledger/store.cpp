#include "agent/ledger/store.h"

#include <nlohmann/json.hpp>

#include "agent/ledger/checkpoint_file.h"
#include "agent/ledger/store_write.h"

namespace pue::ledger {
namespace {

tl::unexpected<Error> refused(std::string rule) {
  return tl::unexpected(Error{.kind = Error::Kind::refused, .text = "not recorded: " + std::move(rule)});
}

/// The batches of a commit, in their order.
std::vector<NewBatch> batches_of(const Commit& commit) {
  std::vector<NewBatch> batches;
  if (!commit.detail.empty()) batches.push_back({.kind = "detail", .stamp = commit.stamp, .rows = commit.detail});
  const std::string_view kind = commit.energy.empty() ? "event" : commit.imported ? "import" : "energy";
  if (!commit.energy.empty() || !commit.events.empty()) {
    batches.push_back({.kind = kind, .stamp = commit.stamp, .rows = commit.energy, .events = commit.events});
  }
  return batches;
}

/// @return whether these batches on top of `before` make `after`: they are there already.
bool lead_to(const std::vector<NewBatch>& batches, Head before, const Head& after) {
  for (const NewBatch& batch : batches) advance(before, batch);
  return before.last == after.last;
}

}  // namespace

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

const Resumed& Store::resumed() const { return state_->resumed; }
std::uint64_t Store::batches() const { return state_->head.tree.size(); }
Hash Store::root() const { return state_->head.tree.root(); }
Hash Store::head() const { return state_->head.last; }
std::uint64_t Store::checkpointed() const { return state_->head.checkpointed; }

tl::expected<std::vector<std::int64_t>, Error> Store::configure(const Configuration& configuration,
                                                                const Stamp& stamp) {
  if (auto rule = broken_rule(stamp); !rule.empty()) return refused(rule);
  if (auto rule = broken_rule(configuration); !rule.empty()) return refused(rule);
  State& state = *state_;
  if (auto settled = state.settle(); !settled) return tl::unexpected(settled.error());
  state.repeated.reset();
  if (state.head.configuration && state.head.configuration->configuration == configuration) {
    return state.head.configuration->meters;
  }
  if (auto same = state.same_units(configuration); !same) return tl::unexpected(same.error());
  const auto written = state.transaction([&](Head& next) -> tl::expected<void, Error> {
    auto stored = std::make_shared<StoredConfiguration>();
    stored->id = next.configuration_id() + 1;
    stored->batch = next.next_batch();
    stored->configuration = configuration;
    for (std::size_t i = 0; i < configuration.meters.size(); ++i) stored->meters.push_back(++next.last_meter);
    if (auto inserted = state.insert_configuration(*stored, stored->batch); !inserted) return inserted;
    next.configuration = std::move(stored);
    return state.append(next, {.kind = "configuration", .stamp = stamp, .puts_configuration = true});
  });
  if (!written) return tl::unexpected(written.error());
  return state.head.configuration->meters;
}

tl::expected<void, Error> Store::commit(const Commit& commit) {
  State& state = *state_;
  if (auto rule = broken_rule(commit, state.head.last_meter); !rule.empty()) return refused(rule);
  if (auto settled = state.settle(); !settled) return settled;
  auto batches = batches_of(commit);
  if (state.repeated && lead_to(batches, *state.repeated, state.head)) batches.clear();
  const auto written = state.transaction([&](Head& next) -> tl::expected<void, Error> {
    for (const NewBatch& batch : batches) {
      if (auto appended = state.append(next, batch); !appended) return appended;
    }
    return state.replace_accounts(next, commit.accounts);
  });
  if (written) state.repeated.reset();
  return written;
}

tl::expected<void, Error> Store::checkpoint() {
  State& state = *state_;
  if (auto settled = state.settle(); !settled) return settled;
  if (state.head.tree.size() > state.head.checkpointed) {
    const auto time = read_number(state.database, "SELECT time FROM batch ORDER BY seq DESC LIMIT 1");
    if (!time) return tl::unexpected(time.error());
    const auto written = state.transaction([&](Head& next) { return state.insert_checkpoint(next, *time, nullptr); });
    if (!written) return written;
  }
  return state.write_checkpoint_file();
}

tl::expected<void, Error> Store::State::write_checkpoint_file() {
  return append_checkpoints(path + ".checkpoints",
                            [&](std::uint64_t after) -> tl::expected<std::vector<std::string>, Error> {
                              auto rows = database.prepare("SELECT note FROM checkpoint WHERE size > ?1 ORDER BY size");
                              if (!rows) return tl::unexpected(rows.error());
                              rows->bind(1, static_cast<std::int64_t>(after));
                              std::vector<std::string> notes;
                              for (;;) {
                                const auto row = rows->step();
                                if (!row) return tl::unexpected(row.error());
                                if (!*row) return notes;
                                notes.emplace_back(rows->text(0).value_or(std::string_view{}));
                              }
                            });
}

tl::expected<void, Error> Store::rotate_key(std::shared_ptr<const SigningKey> next_key, const Stamp& stamp) {
  State& state = *state_;
  if (auto rule = broken_rule(stamp); !rule.empty()) return refused(rule);
  if (auto settled = state.settle(); !settled) return settled;
  if (state.head.key->public_key() != next_key->public_key()) {
    const auto old_key = state.head.key;
    const Event event{.time = stamp.time,
                      .kind = "key-rotation",
                      .subject = state.origin,
                      .detail = nlohmann::json{{"old", vkey_of({state.origin, old_key->public_key()})},
                                               {"new", vkey_of({state.origin, next_key->public_key()})}}
                                    .dump()};
    const auto written = state.transaction([&](Head& next) -> tl::expected<void, Error> {
      const NewBatch batch{.kind = "event", .stamp = stamp, .events = {&event, 1}};
      if (auto appended = state.append(next, batch); !appended) return appended;
      next.key = next_key;
      return state.insert_checkpoint(next, stamp.time, old_key.get());
    });
    if (!written) return written;
  }
  return state.write_checkpoint_file();
}

std::string origin_of(std::string_view facility) {
  std::string name{facility.empty() ? "facility" : facility};
  for (char& character : name) {
    const auto byte = static_cast<std::uint8_t>(character);
    if (byte <= 0x20 || byte == 0x7F || character == '+') character = '-';
  }
  // A byte that belongs to no character would make the name no text.
  if (!is_plain(name)) {
    for (char& character : name) {
      if (static_cast<std::uint8_t>(character) >= 0x80) character = '-';
    }
  }
  return "pue-agent/" + name;
}

}  // namespace pue::ledger
