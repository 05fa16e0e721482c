#include <algorithm>

#include "agent/ledger/checkpoint_file.h"
#include "agent/ledger/key_chain.h"
#include "agent/ledger/schema.h"
#include "agent/ledger/store_write.h"

namespace pue::ledger {
namespace {

constexpr const char* k_settings =
    // A truncated journal is synced, an unlinked one only together with its folder: with FULL this is durable.
    "PRAGMA journal_mode = TRUNCATE;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -8192";

tl::expected<void, Error> insert_about(Database& database, std::string_view key, std::string_view value) {
  auto statement = database.prepare("INSERT INTO about VALUES(?1, ?2)");
  if (!statement) return tl::unexpected(statement.error());
  return statement->bind(1, key).bind(2, value).run();
}

tl::expected<void, Error> check_schema(Database& database) {
  const auto difference = schema_difference(database);
  if (!difference) return tl::unexpected(difference.error());
  if (!difference->empty()) return tl::unexpected(damaged(*difference));
  return {};
}

/// @return whether the last "start" was followed by a "stop".
tl::expected<bool, Error> ended_cleanly(Database& database) {
  auto events =
      database.prepare("SELECT kind FROM event WHERE kind IN ('start', 'stop') ORDER BY batch DESC, n DESC LIMIT 1");
  if (!events) return tl::unexpected(events.error());
  const auto row = events->step();
  if (!row) return tl::unexpected(row.error());
  return !*row || events->text(0) == "stop";
}

}  // namespace

tl::expected<Store, Error> Store::open(const std::string& path, const StoreOptions& options) {
  if (!options.key || !is_key_name(options.origin)) {
    return tl::unexpected(Error{.kind = Error::Kind::refused, .text = "a ledger needs a key and a name"});
  }
  auto lock = WriterLock::take(path);
  if (!lock) return tl::unexpected(lock.error());
  auto file = open_ledger(path, Database::Mode::write, options.busy_timeout);
  if (!file) return tl::unexpected(file.error());
  const bool is_new = file->format == 0;
  auto state = std::make_unique<State>(std::move(*lock), std::move(*file), path, options);
  auto opened = is_new ? state->create(options.key) : state->load(options.key);
  if (!opened) return tl::unexpected(opened.error());
  state->resumed.batches = state->head.tree.size();
  state->resumed.witnessed = last_size_in(path + ".checkpoints").value_or(0);
  return Store{std::move(state)};
}

tl::expected<OpenLedger, Error> open_ledger(const std::string& path, Database::Mode mode,
                                            std::chrono::milliseconds busy_timeout) {
  auto database = Database::open(path, mode, busy_timeout);
  if (!database) return tl::unexpected(database.error());
  const auto place = place_of(path);
  if (!place) return tl::unexpected(place.error());
  const auto format = format_of(*database);
  if (!format) return tl::unexpected(format.error());
  if (auto set = database->run(k_settings); !set) return tl::unexpected(set.error());
  return OpenLedger{.database = std::move(*database), .place = *place, .format = *format};
}

tl::expected<void, Error> Store::State::create(const std::shared_ptr<const SigningKey>& key) {
  head.key = key;
  head.accounts = std::make_shared<std::vector<AccountState>>();
  resumed.created = true;
  return transaction([&](Head&) -> tl::expected<void, Error> {
    auto done = database.run("PRAGMA application_id = 0x5055454C");  // "PUEL", for file(1)
    if (done) done = create_schema(database);
    if (done) done = insert_about(database, "format", std::to_string(k_format));
    if (done) done = insert_about(database, "origin", origin);
    if (done) done = insert_about(database, "vkey", vkey_of({origin, key->public_key()}));
    return done;
  });
}

tl::expected<void, Error> Store::State::load(const std::shared_ptr<const SigningKey>& key) {
  head.key = key;
  if (auto checked = check_schema(database); !checked) return checked;
  if (auto checked = check_key(); !checked) return checked;
  StoredBatch last;
  Hash previous{};
  if (auto loaded = load_batches(last, previous); !loaded) return loaded;
  const auto configuration = read_number(database, "SELECT max(id) FROM configuration");
  if (!configuration) return tl::unexpected(configuration.error());
  auto stored = read_configurations(database, *configuration, *configuration);
  if (!stored) return tl::unexpected(stored.error());
  if (!stored->empty()) head.configuration = std::make_shared<StoredConfiguration>(std::move(stored->front()));
  const auto meter = read_number(database, "SELECT max(id) FROM meter");
  if (!meter) return tl::unexpected(meter.error());
  head.last_meter = *meter;
  const auto checkpointed = read_number(database, "SELECT max(size) FROM checkpoint");
  if (!checkpointed) return tl::unexpected(checkpointed.error());
  head.checkpointed = static_cast<std::uint64_t>(*checkpointed);
  if (head.checkpointed > head.tree.size()) {
    return tl::unexpected(damaged("a checkpoint covers more batches than there are"));
  }
  if (auto checked = check_last(last, previous); !checked) return checked;
  if (auto checked = check_seal(); !checked) return checked;
  const auto cleanly = ended_cleanly(database);
  if (!cleanly) return tl::unexpected(cleanly.error());
  resumed.ended_cleanly = *cleanly;
  if (!head.configuration) return {};
  resumed.configuration = head.configuration->configuration;
  resumed.meters = head.configuration->meters;
  return {};
}

tl::expected<void, Error> Store::State::load_batches(StoredBatch& last, Hash& previous) {
  auto batches = database.prepare((std::string{k_select_batches} + " ORDER BY seq").c_str());
  if (!batches) return tl::unexpected(batches.error());
  for (;;) {
    const auto row = batches->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    auto batch = read_batch(*batches);
    if (!batch || batch->seq != head.next_batch() || batch->rows < 0) {
      return tl::unexpected(damaged("batch " + std::to_string(head.next_batch()) + " is missing or malformed"));
    }
    const bool detail = batch->kind == "detail";
    std::int64_t& next = detail ? head.next_detail : head.next_row;
    if (__builtin_add_overflow(next, batch->rows, &next)) {
      return tl::unexpected(damaged("batch " + std::to_string(batch->seq) + " claims more rows than there can be"));
    }
    UnixMs& until = detail ? resumed.detail_until : resumed.recorded_until;
    until = std::max(until, batch->to);
    resumed.last_time = std::max(resumed.last_time, batch->stamp.time);
    previous = head.last;
    head.last = batch->hash;
    head.tree.append(batch->hash);
    last = std::move(*batch);
  }
}

tl::expected<void, Error> Store::State::check_last(const StoredBatch& last, const Hash& previous) {
  if (last.seq == 0) return {};
  auto records = BatchRecords::of(database);
  if (!records) return tl::unexpected(records.error());
  const auto* configuration = last.kind == "configuration" ? head.configuration.get() : nullptr;
  const auto hash = recomputed_hash(*records, last, configuration, previous);
  if (!hash) return tl::unexpected(hash.error());
  if (*hash != last.hash) {
    return tl::unexpected(damaged("its last batch, " + std::to_string(last.seq) + ", does not have its hash"));
  }
  return {};
}

tl::expected<void, Error> Store::State::check_key() {
  const auto written = read_about(database, "origin");
  if (!written) return tl::unexpected(written.error());
  if (*written != origin) {
    return tl::unexpected(Error{.kind = Error::Kind::refused,
                                .text = "the ledger is that of '" + written->value_or("?") + "', not of '" + origin +
                                        "': give a facility of another name a ledger of its own"});
  }
  const auto chain = key_chain(database);
  if (!chain) return tl::unexpected(chain.error());
  if (chain->back().key != NamedKey{.name = origin, .key = head.key->public_key()}) {
    return tl::unexpected(Error{.kind = Error::Kind::key,
                                .text = "the ledger is signed with " + vkey_of(chain->back().key) +
                                        ", the key given is another: pue-agent ledger rotate-key goes over to a new "
                                        "one"});
  }
  return {};
}

tl::expected<void, Error> Store::State::check_seal() {
  auto accounts = read_accounts(database);
  if (!accounts) return tl::unexpected(accounts.error());
  const auto seal = read_seal(database);
  if (!seal) return tl::unexpected(seal.error());
  head.accounts = std::make_shared<std::vector<AccountState>>(*accounts);
  head.seal = *seal ? (*seal)->digest : Hash{};
  const std::string_view digest{reinterpret_cast<const char*>(head.seal.data()), head.seal.size()};
  resumed.seal_fits = *seal && head.seal == seal_digest(origin, head.last, *accounts) &&
                      signature_fits(head.key->public_key(), digest, (*seal)->signature);
  resumed.accounts = std::move(*accounts);
  return {};
}

}  // namespace pue::ledger
