#include "agent/ledger/recorder.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "agent/ledger/naming.h"
#include "agent/ledger/reader.h"
#include "agent/ledger/recent_quarters.h"
#include "agent/ledger/resumption.h"
#include "agent/log/log.h"
#include "agent/pipeline/figure.h"
#include "agent/units/wall_clock.h"

namespace pue::ledger {
namespace {

constexpr Duration k_look = std::chrono::milliseconds{100};
constexpr Duration k_retry = std::chrono::seconds{1};
constexpr Duration k_patience_at_stop = std::chrono::seconds{3};
constexpr UnixMs k_hour = 3'600'000;
constexpr UnixMs k_day = 24 * k_hour;
/// A clock that was stepped by more than this had other records within its windows.
constexpr UnixMs k_other_time = k_hour;
constexpr UnixMs k_detail_kept = 396 * k_day;  // thirteen months

/// Room for two days of quarter-hours of every meter, and for the accounts of some commits beside them: the disk may
/// block that long in one call.
std::size_t ring_capacity(const plan::Plan& plan) {
  return std::clamp<std::size_t>(plan.meters.size() * 200, 4096, 1U << 18);
}

/// What an earlier run left in the ledger.
struct Left {
  std::vector<AccountState> accounts;  ///< as they were signed, else as the records have them
  std::vector<StoredConfiguration> configurations;
  std::vector<LedgerQuarter> recent;
};

/// Before anything is written: as long as a reader lives, nobody can.
tl::expected<Left, Error> left_in(const plan::Plan& plan, const Store& store, UnixMs now) {
  Left left{.accounts = store.resumed().accounts, .configurations = {}, .recent = {}};
  if (store.resumed().created) return left;
  auto reader = Reader::open(plan.ledger.path);
  if (!reader) return tl::unexpected{reader.error()};
  left.configurations = reader->configurations();
  if (!store.resumed().seal_fits) {
    auto rebuilt = accounts_from_records(*reader, left.accounts);
    if (!rebuilt) return tl::unexpected{rebuilt.error()};
    left.accounts = std::move(*rebuilt);
  }
  // Without them the short windows begin empty; no reason to go without the ledger.
  if (auto quarters = recent_quarters(*reader, plan, now)) left.recent = std::move(*quarters);
  return left;
}

double seconds(UnixMs time) { return static_cast<double>(time) / 1000.0; }

/// The first 52 bits of a hash: what a double holds to the last bit, so that every Prometheus that scrapes the agent
/// becomes a witness of its ledger.
double leading_bits(const Hash& hash) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits = bits << 8 | hash[i];
  return static_cast<double>(bits >> 12);
}

}  // namespace

Stamp stamp_now(const std::string& boot_id) {
  const Instant now = BootClock::now();
  return {.time = unix_ms(now, WallClock::system().unix_minus_boot()),
          .boot_id = boot_id,
          .boottime = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count()};
}

std::string this_boot() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  if (!std::getline(file, id) || id.empty()) return std::string{k_unknown_boot};
  return id;
}

tl::expected<std::unique_ptr<Recorder>, Error> Recorder::open(const plan::Plan& plan, Board& board,
                                                              std::string_view agent_version) {
  // The state directory of a first start outside a service manager; more is the administrator's to make.
  std::error_code ignored;
  std::filesystem::create_directory(std::filesystem::path{plan.ledger.path}.parent_path(), ignored);
  auto key = SigningKey::load_or_create(plan.ledger.key_file);
  if (!key) return tl::unexpected{key.error()};
  auto store = Store::open(plan.ledger.path, {.origin = origin_of(plan.facility.name),
                                              .key = std::make_shared<const SigningKey>(std::move(*key))});
  if (!store) return tl::unexpected{store.error()};
  const std::string boot_id = this_boot();
  const Configuration configuration = configuration_of(plan, agent_version);
  const Stamp stamp = stamp_now(boot_id);
  auto left = left_in(plan, *store, stamp.time);
  if (!left) return tl::unexpected{left.error()};
  const auto meters = put_in_force(*store, left->configurations, configuration, stamp, left->accounts);
  if (!meters) return tl::unexpected{meters.error()};
  std::unique_ptr<Recorder> recorder{new Recorder{plan, board, std::move(*store), *meters, left->accounts, boot_id}};
  recorder->recent_ = std::move(left->recent);
  if (const auto started = recorder->record_start(agent_version, configuration, left->accounts); !started) {
    return tl::unexpected{started.error()};
  }
  return recorder;
}

Recorder::Recorder(const plan::Plan& plan, Board& board, Store store, std::vector<std::int64_t> meters,
                   const std::vector<AccountState>& accounts, std::string boot_id)
    : plan_(plan),
      board_(board),
      ring_(ring_capacity(plan)),
      store_(std::move(store)),
      boot_id_(std::move(boot_id)),
      pending_(account_names(plan), std::move(meters), accounts, boot_id_,
               [&plan, &board](std::uint32_t meter) -> std::optional<std::string> {
                 if (!tells_serial_as_text(plan, meter)) return std::nullopt;
                 return board.device(*plan.meters[meter].device).serial_text().read();
               }),
      resumed_(resumed_accounts(plan, accounts, boot_id_)),
      layout_(plan),
      words_(layout_.size(), Figure{}.word()) {
  for (const std::string& name : account_names(plan)) {
    numbers_.emplace(name, static_cast<std::uint32_t>(numbers_.size()));
  }
}

Recorder::~Recorder() { stop(); }

std::vector<Event> Recorder::found_at_start() const {
  const Resumed& found = store_.resumed();
  const UnixMs now = stamp_now(boot_id_).time;
  std::vector<Event> events;
  const auto tell = [&](std::string_view kind, const nlohmann::ordered_json& detail) {
    events.push_back({.time = now, .kind = std::string{kind}, .subject = {}, .detail = detail.dump()});
  };
  if (found.created) log::info("there was no ledger; a new one begins", {{"ledger", plan_.ledger.path}});
  if (!found.ended_cleanly) {
    tell("unclean-restart", {{"last", found.last_time}});
    log::warn("the agent did not end well the last time; it goes on from its last commit");
  }
  if (!found.seal_fits) {
    tell("ledger-error", {{"what", "the accounts are not those that were signed; made anew from the records"}});
    log::error(
        "the ledger's accounts are not those that the agent signed: somebody changed them; what is recorded stands, "
        "and the agent goes on from that",
        {{"ledger", plan_.ledger.path}});
  }
  if (found.witnessed > found.batches) {
    tell("ledger-error", {{"what", "the ledger is older than the checkpoints beside it"},
                          {"batches", found.batches},
                          {"checkpointed", found.witnessed}});
    log::error("the ledger is older than the checkpoints beside it: an earlier copy or a new one took its place",
               {{"ledger", plan_.ledger.path},
                {"batches", std::to_string(found.batches)},
                {"checkpointed", std::to_string(found.witnessed)}});
  }
  return events;
}

tl::expected<void, Error> Recorder::record_start(std::string_view agent_version, const Configuration& now,
                                                 const std::vector<AccountState>& accounts) {
  const Resumed& found = store_.resumed();
  Commit commit{.stamp = stamp_now(boot_id_), .events = found_at_start(), .accounts = accounts};
  const nlohmann::ordered_json detail{{"version", agent_version}, {"config_sha256", now.sha256}};
  commit.events.push_back({.time = commit.stamp.time, .kind = "start", .subject = {}, .detail = detail.dump()});
  if (found.configuration) {
    for (Event& event : changes_between(*found.configuration, now, commit.stamp.time)) {
      commit.events.push_back(std::move(event));
    }
  }
  auto written = store_.commit(commit);
  if (!written) return written;
  succeeded(commit);
  return store_.checkpoint();
}

void Recorder::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Recorder::stop() {
  if (!thread_.joinable()) return;
  // release: what the engine's last tick pushed, the last look into the ring must find
  stopping_.store(true, std::memory_order_release);
  thread_.join();
}

void Recorder::run() {
  ::pthread_setname_np(::pthread_self(), "ledger");
  load_windows();
  // acquire: pairs with stop()'s release
  while (!stopping_.load(std::memory_order_acquire)) {
    drain();
    if (BootClock::now() >= next_try_ && write()) {
      sign_if_due(false);
      cut_detail_if_due();
    }
    move_windows();
    publish();
    std::this_thread::sleep_for(k_look);
  }
  drain();
  const Stamp now = stamp_now(boot_id_);
  pending_.finish({.time = now.time, .kind = "stop", .subject = {}, .detail = "{}"}, now);
  const Instant until = BootClock::now() + k_patience_at_stop;
  bool written = write();
  for (; !written && BootClock::now() < until; written = write()) std::this_thread::sleep_for(k_look);
  if (!written) {
    log::error("the ledger could not be written before the end; what waited for it is lost",
               {{"ledger", plan_.ledger.path}, {"waiting_records", std::to_string(waiting())}});
  }
  sign_if_due(true);
}

/// A year of records takes seconds to read; the agent polls meanwhile, and what is closed waits in the ring.
void Recorder::load_windows() {
  auto zone = civil::Zone::find(plan_.facility.timezone);
  if (!zone) {
    log::warn("months and years of the facility cannot be told", {{"reason", zone.error()}});
    return;
  }
  const Stamp stamp = stamp_now(boot_id_);
  const UnixMs now = stamp.time;
  clock_of_windows_ = now - stamp.boottime;
  LongWindows windows{std::move(*zone), now};
  auto reader = Reader::open(plan_.ledger.path);
  if (!reader) {
    log::warn("the ledger's past cannot be read; long windows begin now", {{"reason", describe(reader.error())}});
    return;
  }
  for (const StoredConfiguration& stored : reader->configurations()) windows.add(stored.configuration, stored.meters);
  const auto read = reader->energy(windows.from(), now, [&](std::int64_t, const EnergyRow& row) { windows.add(row); });
  if (!read) log::warn("the ledger's past cannot be read whole", {{"reason", describe(read.error())}});
  windows_ = std::move(windows);
  windows_->publish(words_);
}

void Recorder::move_windows() {
  if (!windows_) return;
  const Stamp now = stamp_now(boot_id_);
  if (std::abs(now.time - now.boottime - clock_of_windows_) > k_other_time) return load_windows();
  if (windows_->pass(now.time)) windows_->publish(words_);
}

void Recorder::drain() {
  ring_.drain([this](const LedgerMessage& message) { pending_.take(message); });
}

bool Recorder::write() {
  while (in_flight_ || pending_.ready()) {
    if (!in_flight_) in_flight_ = pending_.next();
    if (const auto written = store_.commit(*in_flight_); !written) {
      failed(written.error());
      return false;
    }
    succeeded(*in_flight_);
    in_flight_.reset();
  }
  return true;
}

void Recorder::succeeded(const Commit& commit) {
  ++commits_;
  const UnixMs now = stamp_now(boot_id_).time;
  if (failing_since_ != 0) {
    pending_.add({.time = now,
                  .kind = "ledger-error",
                  .subject = {},
                  .detail = nlohmann::ordered_json{{"from", failing_since_}, {"to", now}}.dump()});
    log::info("the ledger can be written again", {{"ledger", plan_.ledger.path}});
  }
  failing_since_ = 0;
  const auto set = [&](std::size_t index, double value) { words_[index] = Figure{value}.word(); };
  for (const AccountState& state : commit.accounts) {
    const auto found = numbers_.find(state.name);
    if (found == numbers_.end()) continue;
    const std::uint32_t account = found->second;
    const double total = static_cast<double>(state.measured + state.integrated + state.substituted);
    if (account >= plan_.meters.size()) {
      const auto sum = static_cast<FacilitySum>(account - plan_.meters.size());
      set(plan::LedgerLayout::sum(sum), sum == FacilitySum::co2 ? total / 1000.0 : total);
      continue;
    }
    const plan::MeterId meter = account;
    // Power that flows back takes from an account without a register, and a counter may not fall.
    const auto shown = Figure::from_word(words_[plan::LedgerLayout::meter_energy(meter)]).value();
    set(plan::LedgerLayout::meter_energy(meter), std::max(total, shown.value_or(total)));
    set(plan::LedgerLayout::meter_resets(meter), static_cast<double>(state.resets));
    set(plan::LedgerLayout::meter_rollovers(meter), static_cast<double>(state.rollovers));
  }
  set(plan::LedgerLayout::commit_time(), seconds(commit.stamp.time));
  if (!windows_ || commit.energy.empty()) return;
  for (const EnergyRow& row : commit.energy) windows_->add(row);
  windows_->publish(words_);
}

void Recorder::failed(const Error& error) {
  ++errors_;
  next_try_ = BootClock::now() + k_retry;
  if (failing_since_ == 0) failing_since_ = stamp_now(boot_id_).time;
  // The checkpoints beside the ledger may have gone with it: they are written again as soon as it is back.
  if (error.kind == Error::Kind::moved) signed_at_ = 0;
  const std::string reason = describe(error);
  const auto kept_back =
      complaints_.pass(BootClock::now(), static_cast<std::uint32_t>(std::hash<std::string>{}(reason)));
  if (!kept_back) return;
  log::error("the ledger cannot be written; totals stand still, what comes is kept and written later",
             {{"ledger", plan_.ledger.path}, {"reason", reason}, {"waiting_records", std::to_string(waiting())}});
}

void Recorder::sign_if_due(bool last) {
  const UnixMs now = stamp_now(boot_id_).time;
  if (!last && now / k_hour == signed_at_ / k_hour) return;
  if (const auto signed_now = store_.checkpoint(); !signed_now) {
    failed(signed_now.error());
    return;
  }
  signed_at_ = now;
}

void Recorder::cut_detail_if_due() {
  const Stamp now = stamp_now(boot_id_);
  if (now.time / k_day == cut_at_ / k_day) return;
  if (const auto cut = store_.retain(now.time - k_detail_kept, now); !cut) {
    failed(cut.error());
    return;
  }
  cut_at_ = now.time;
}

std::size_t Recorder::waiting() const {
  return pending_.rows() + (in_flight_ ? in_flight_->energy.size() + in_flight_->detail.size() : 0);
}

void Recorder::publish() {
  const auto set = [&](std::size_t index, double value) { words_[index] = Figure{value}.word(); };
  set(plan::LedgerLayout::healthy(), failing_since_ == 0 ? 1.0 : 0.0);
  set(plan::LedgerLayout::commits(), static_cast<double>(commits_));
  set(plan::LedgerLayout::commit_errors(), static_cast<double>(errors_));
  set(plan::LedgerLayout::waiting(), static_cast<double>(waiting()));
  set(plan::LedgerLayout::batches(), static_cast<double>(store_.batches()));
  set(plan::LedgerLayout::root(), leading_bits(store_.root()));
  set(plan::LedgerLayout::checkpointed(), static_cast<double>(store_.checkpointed()));
  if (signed_at_ != 0) set(plan::LedgerLayout::checkpoint_time(), seconds(signed_at_));
  board_.publish_ledger(words_);
}

}  // namespace pue::ledger
