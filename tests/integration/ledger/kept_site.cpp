#include "tests/integration/ledger/kept_site.h"

#include <algorithm>
#include <stdexcept>

#include "agent/ledger/naming.h"
#include "agent/plan/build.h"
#include "agent/plan/figure_layout.h"
#include "agent/plan/ledger_layout.h"
#include "agent/version.h"
#include "collectors/profiles/library.h"
#include "config/load.h"

namespace pue::ledger {
namespace {

plan::Plan plan_of(const std::string& config_file) {
  const auto settings = config::load(config_file);
  if (!settings) throw std::runtime_error(config::describe(settings.error().front()));
  const profiles::Library library{settings->profile_directory};
  const auto find = [&](const std::string& name,
                        bool allow_draft) -> tl::expected<std::shared_ptr<const profiles::Profile>, std::string> {
    auto profile = library.find(name, allow_draft);
    if (!profile) return tl::unexpected{describe(profile.error())};
    return *profile;
  };
  auto plan = plan::build(*settings, find);
  if (!plan) throw std::runtime_error(config::describe(plan.error().front()));
  return std::move(*plan);
}

}  // namespace

Stamp KeptClock::stamp() const {
  return {.time = unix_ms(boot, unix_minus_boot),
          .boot_id = boot_id,
          .boottime = std::chrono::floor<std::chrono::milliseconds>(boot.time_since_epoch()).count()};
}

KeptSite::KeptSite(const std::string& config_file, const std::string& ledger, std::shared_ptr<const SigningKey> key,
                   KeptClock clock)
    : clock_(std::move(clock)),
      plan_(plan_of(config_file)),
      board_(plan_.points.size(), plan::FigureLayout{plan_}.size(), plan_.devices.size(),
             plan::LedgerLayout{plan_}.size()),
      samples_(1 << 10),
      ring_(1 << 12),
      store_(must(Store::open(ledger, {.origin = origin_of(plan_.facility.name), .key = std::move(key)}))),
      accounts_(store_.resumed().accounts) {
  const Configuration configuration = configuration_of(plan_, k_version);
  const auto before = store_.resumed().configuration;
  meters_ = must(store_.configure(configuration, clock_.stamp()));
  const auto names = account_names(plan_);
  pending_.emplace(names, meters_, accounts_, clock_.boot_id);

  Commit start{.stamp = clock_.stamp(), .accounts = accounts_};
  if (!store_.resumed().ended_cleanly) {
    start.events.push_back({.time = start.stamp.time,
                            .kind = "unclean-restart",
                            .detail = "{\"last\":" + std::to_string(store_.resumed().last_time) + "}"});
  }
  start.events.push_back(
      {.time = start.stamp.time, .kind = "start", .detail = R"({"version":")" + std::string{k_version} + R"("})"});
  if (before) {
    for (Event& event : changes_between(*before, configuration, start.stamp.time)) start.events.push_back(event);
  }
  must(store_.commit(start));
  must(store_.checkpoint());

  engine_.emplace(plan_, board_, std::vector<SpscRing<Sample>*>{&samples_},
                  RecordKeeper::Output{.ring = &ring_,
                                       .clock = {.unix_minus_boot = [this] { return clock_.unix_minus_boot; },
                                                 .slept = [this] { return clock_.slept; },
                                                 .synchronised = [this] { return clock_.synchronised; }},
                                       .commit_interval = plan_.ledger.commit_interval,
                                       .detail_interval = plan_.ledger.record_interval < std::chrono::minutes{15}
                                                              ? std::optional{plan_.ledger.record_interval}
                                                              : std::nullopt,
                                       .begin = clock_.boot});
  std::vector<LedgerAccount> resumed;
  for (const AccountState& state : accounts_) {
    const auto found = std::ranges::find(names, state.name);
    if (found == names.end()) continue;
    resumed.push_back(account_of(state, static_cast<std::uint32_t>(found - names.begin())));
    if (state.boot_id != clock_.boot_id) resumed.back().reading_boottime = -1;
  }
  engine_->resume(resumed);
}

const plan::Meter& KeptSite::meter(const std::string& name) const {
  const auto found = std::ranges::find(plan_.meters, name, &plan::Meter::name);
  if (found == plan_.meters.end()) throw std::runtime_error("no meter '" + name + "'");
  return *found;
}

std::int64_t KeptSite::meter_id(const std::string& name) const { return meters_[meter(name).id]; }

void KeptSite::push(PointId point, double value) {
  const Sample sample{.at = clock_.boot, .value = value, .raw = 0, .point = point, .quality = SampleQuality::good};
  if (!samples_.push(sample)) throw std::runtime_error("more readings than a tick can take");
}

void KeptSite::power(const std::string& name, double watts) { push(meter(name).power.at(0), watts); }
void KeptSite::energy(const std::string& name, double joules) { push(meter(name).energy.value(), joules); }
void KeptSite::serial_number(const std::string& name, double number) {
  push(meter(name).serial_number.value(), number);
}

void KeptSite::pass(Duration time) {
  clock_.boot += time;
  tick(false);
}

void KeptSite::tick(bool last) {
  engine_->tick(clock_.boot, last);
  ring_.drain([this](const LedgerMessage& message) { pending_->take(message); });
  while (pending_->ready()) {
    const Commit commit = pending_->next();
    must(store_.commit(commit));
    accounts_ = commit.accounts;
  }
}

void KeptSite::commit(Commit act) {
  act.stamp = clock_.stamp();
  act.accounts = accounts_;
  must(store_.commit(act));
}

void KeptSite::stop() {
  tick(true);
  const Stamp now = clock_.stamp();
  commit({.events = {{.time = now.time, .kind = "stop"}}});
  must(store_.checkpoint());
}

}  // namespace pue::ledger
