// Ledgers that are the same each time they are written, from readings and clocks made here.
//
//   kept_ledger release FOLDER KEY NEXT_KEY   the ledger of a release: FOLDER/ledger.db by the configurations
//   first.toml
//                                             and site.toml in the folder; some of everything that is recorded
//   kept_ledger civil CONFIG LEDGER KEY       readings around a leap second and both changes of the clock in Berlin;
//                                             prints how far local time is from UTC in each
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include "agent/ledger/naming.h"
#include "agent/ledger/reader.h"
#include "tests/integration/ledger/kept_site.h"

using namespace pue;
using namespace pue::ledger;
using namespace std::chrono_literals;

namespace {

constexpr Duration k_step = 5s;
constexpr UnixMs k_minute = 60'000;

std::shared_ptr<const SigningKey> key_in(const std::string& path) {
  return std::make_shared<const SigningKey>(must(SigningKey::load(path)));
}

KeptClock clock_at(UnixMs time, Duration since_boot, const std::string& boot_id) {
  return {.boot = Instant{since_boot}, .unix_minus_boot = time * 1'000'000 - since_boot.count(), .boot_id = boot_id};
}

/// The devices of the release's site: what their registers hold.
struct Devices {
  double utility = 4'294'900'000.0 * 3600;  ///< joules, of a register of 2^32 Wh
  double utility_serial = 4711;
  double ups = 12e9;
  double chiller = 7e9;
  bool utility_answers = true;
  bool ups_answers = true;
  double seconds = 0.0;  ///< since the first reading

  void read_by(KeptSite& site, bool has_chiller, Duration since) {
    const double passed = std::chrono::duration<double>(since).count();
    seconds += passed;
    const double swing = 10'000.0 * std::sin(seconds / 3000.0);
    utility = std::fmod(utility + (150'000.0 + swing) * passed, 0x1p32 * 3600);
    ups += (60'000.0 + swing / 2) * passed;
    chiller += 30'000.0 * passed;
    // A register counts whole watt-hours.
    const auto shown = [](double joules) { return std::floor(joules / 3600.0) * 3600.0; };
    if (utility_answers) {
      site.power("utility-a", 150'000.0 + swing);
      site.energy("utility-a", shown(utility));
      site.serial_number("utility-a", utility_serial);
    }
    if (ups_answers) {
      site.power("ups-a", 60'000.0 + swing / 2);
      site.energy("ups-a", shown(ups));
    }
    site.power("ups-b", 45'000.0);
    if (!has_chiller) return;
    site.power("chiller", 30'000.0);
    site.energy("chiller", shown(chiller));
  }
};

/// One step of a site, which has the tree signed each hour.
void step(KeptSite& site, Devices& devices, bool has_chiller) {
  const UnixMs before = site.clock().stamp().time;
  devices.read_by(site, has_chiller, k_step);
  site.pass(k_step);
  if (site.clock().stamp().time / (60 * k_minute) != before / (60 * k_minute)) must(site.store().checkpoint());
}

void run(KeptSite& site, Devices& devices, bool has_chiller, UnixMs end) {
  while (site.clock().stamp().time < end) step(site, devices, has_chiller);
}

/// What persons do: an import, a correction, and word of a meter that was replaced.
void act(KeptSite& site, const std::string& ledger, UnixMs begin) {
  const UnixMs now = site.clock().stamp().time;
  Commit import{.imported = true};
  for (int n = 0; n < 8; ++n) {
    import.energy.push_back({.meter = site.meter_id("lighting"),
                             .start = begin + n * 15 * k_minute,
                             .length = 15 * k_minute,
                             .measured = 1'800'000 + 3600 * n,
                             .covered = 15 * k_minute,
                             .quality = k_imported});
  }
  import.events = {{.time = now, .kind = "import", .subject = "lighting.csv", .detail = R"({"rows":8,"uid":0})"}};
  site.commit(import);

  std::optional<EnergyRow> wrong;
  {
    auto reader = must(Reader::open(ledger));
    must(reader.energy(now - 60 * k_minute, now - 45 * k_minute, [&](std::int64_t, const EnergyRow& row) {
      if (row.meter == site.meter_id("chiller")) wrong = row;
    }));
  }
  EnergyRow back = wrong.value();
  for (std::int64_t* amount : {&back.measured, &back.integrated, &back.substituted}) *amount = -*amount;
  back.covered = 0;
  back.quality = k_corrected;
  EnergyRow right = *wrong;
  right.substituted = 25'000'000;
  right.measured = right.integrated = 0;
  right.quality = k_corrected | k_estimated;
  right.reading.reset();
  site.commit({.energy = {back, right},
               .events = {{.time = now,
                           .kind = "correction",
                           .subject = "chiller",
                           .detail = R"({"after":25000000,"person":"A. Auditor","reason":"invoice","uid":0})"}}});
  site.commit({.events = {{.time = now,
                           .kind = "meter-replaced",
                           .subject = "lighting",
                           .detail = R"({"old_reading":17.5,"new_reading":0.0,"unit":"kWh","person":"A. Auditor"})"}}});
}

/// What the engine tells in cases that take days to come about, as it would tell it.
void tell_the_rest(KeptSite& site) {
  Commit commit;
  using Kind = LedgerEvent::Kind;
  for (const Kind kind :
       {Kind::replaced, Kind::estimate, Kind::frozen, Kind::implausible, Kind::phases, Kind::balance, Kind::still}) {
    const UnixMs now = site.clock().stamp().time;
    commit.events.push_back(event_of(
        {.kind = kind, .meter = 0, .time = now, .from = now - k_minute, .to = now, .before = 1.5, .after = 2.5},
        "utility-a"));
  }
  commit.events.push_back({.time = site.clock().stamp().time, .kind = "lost-records", .detail = R"({"events":2})"});
  commit.events.push_back(
      {.time = site.clock().stamp().time, .kind = "ledger-error", .detail = R"({"from":1,"to":2})"});
  site.commit(commit);
}

void release(const std::string& folder, const std::string& key_file, const std::string& next_key_file) {
  const std::string ledger = folder + "/ledger.db";
  constexpr UnixMs k_begin =
      1'774'731'600'000;  // 2026-03-28T21:00:00Z; the clock of Berlin goes forward four hours later
  const auto after = [](double hours) { return k_begin + static_cast<UnixMs>(hours * 3'600'000); };
  Devices devices;
  {
    KeptSite site{folder + "/first.toml", ledger, key_in(key_file), clock_at(k_begin, 1000s, "first-boot")};
    run(site, devices, false, after(0.6));
    site.clock().synchronised = false;
    run(site, devices, false, after(0.8));
    site.clock().synchronised = true;
    run(site, devices, false, after(1.4));
    devices.ups_answers = false;
    run(site, devices, false, after(1.7));
    devices.ups_answers = true;
    run(site, devices, false, after(2.0));
    site.clock().unix_minus_boot += std::chrono::nanoseconds{5s}.count();
    run(site, devices, false, after(2.2));
    site.clock().slept += 600s;
    devices.read_by(site, false, 600s);
    site.pass(600s);
    run(site, devices, false, after(2.5));
  }
  KeptSite site{folder + "/site.toml", ledger, key_in(key_file), clock_at(after(2.75), 60s, "second-boot")};
  devices.read_by(site, true, 900s);
  run(site, devices, true, after(3.5));
  devices.ups = 0.0;
  run(site, devices, true, after(4.5));
  devices.utility_answers = false;
  run(site, devices, true, after(4.6));
  devices.utility_answers = true;
  devices.utility_serial = 4712;
  devices.utility = 3.6e6;
  run(site, devices, true, after(5.0));
  act(site, ledger, k_begin);
  tell_the_rest(site);
  run(site, devices, true, after(5.5));
  must(site.store().rotate_key(key_in(next_key_file), site.clock().stamp()));
  must(site.store().retain(after(1.0), site.clock().stamp()));
  run(site, devices, true, after(6.25));
  site.stop();
}

std::string offset_of_local_time(UnixMs time) {
  const std::time_t seconds = time / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[8];
  return std::string{text, std::strftime(text, sizeof text, "%z", &local)};
}

/// Two hours of readings around an instant, at which `happens` is done to the clock once a step.
void around(KeptSite& site, Devices& devices, UnixMs instant, const std::function<void(KeptClock&, UnixMs)>& happens) {
  KeptClock& clock = site.clock();
  clock.unix_minus_boot = (instant - 60 * k_minute) * 1'000'000 - clock.boot.time_since_epoch().count();
  for (UnixMs now = clock.stamp().time; now < instant + 60 * k_minute; now = clock.stamp().time) {
    happens(clock, now);
    step(site, devices, true);
  }
  must(site.store().checkpoint());
  std::printf("%s\n", offset_of_local_time(instant).c_str());
}

void civil(const std::string& config, const std::string& ledger, const std::string& key_file) {
  constexpr UnixMs k_leap_second = 1'483'228'800'000;  // 2017-01-01T00:00:00Z, after 23:59:60
  constexpr UnixMs k_forward = 1'774'746'000'000;      // 2026-03-29T01:00:00Z
  constexpr UnixMs k_back = 1'792'890'000'000;         // 2026-10-25T01:00:00Z
  Devices devices;
  KeptSite site{config, ledger, key_in(key_file), clock_at(k_leap_second - 60 * k_minute, 1000s, "boot")};
  bool inserted = false;
  around(site, devices, k_leap_second, [&](KeptClock& clock, UnixMs now) {
    if (inserted || now < k_leap_second) return;
    inserted = true;
    clock.unix_minus_boot -= std::chrono::nanoseconds{1s}.count();  // the last second is labelled twice
  });
  // The same as a smear: a second less, a little at each step over an hour on either side.
  around(site, devices, k_leap_second + 24 * 60 * k_minute,
         [](KeptClock& clock, UnixMs) { clock.unix_minus_boot -= std::chrono::nanoseconds{1s}.count() / 1440; });
  const auto nothing = [](KeptClock&, UnixMs) {};
  around(site, devices, k_forward, nothing);
  around(site, devices, k_back, nothing);
  site.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (argc != 5 || (command != "release" && command != "civil")) {
    std::fprintf(stderr, "usage: see the source\n");
    return 2;
  }
  try {
    command == "release" ? release(argv[2], argv[3], argv[4]) : civil(argv[2], argv[3], argv[4]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
