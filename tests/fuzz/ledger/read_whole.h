#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "agent/civil/zone.h"
#include "agent/ledger/long_windows.h"
#include "agent/ledger/reader.h"
#include "agent/ledger/verify.h"
#include "agent/pipeline/figure.h"
#include "agent/plan/ledger_layout.h"
#include "agent/report/compute.h"
#include "agent/report/json.h"

/// What everybody does who is given a ledger's file: read it, verify it, make a report of it.
namespace pue::fuzz {

inline void must(bool holds) {
  if (!holds) std::abort();
}

/// The one file of this process that is written again and again, in memory and gone at its end.
class LedgerFile {
 public:
  LedgerFile() : path_("/dev/shm/pue-fuzz-" + std::to_string(::getpid()) + ".db") {}
  ~LedgerFile() { ::unlink(path_.c_str()); }
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  void write(std::span<const std::uint8_t> bytes) const {
    std::ofstream file{path_, std::ios::binary | std::ios::trunc};
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    must(file.good());
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline void make_report(ledger::Reader& reader, const civil::Zone& zone) {
  const auto day = [](int number) {
    return Date{std::chrono::year{2026}, std::chrono::January, std::chrono::day(static_cast<unsigned>(number))};
  };
  std::vector<report::InForce> in_force;
  for (const auto& stored : reader.configurations())
    in_force.push_back({stored.id, stored.configuration, stored.meters});
  if (in_force.empty()) return;
  report::Computation computation{{.from = day(1), .to = day(3)}, zone, std::move(in_force), {}};
  const auto read = reader.energy(zone.start_of(day(1)) - report::Computation::k_lead_ms, zone.start_of(day(3)),
                                  [&](std::int64_t, const ledger::EnergyRow& row) { computation.add(row); });
  if (!read) return;
  must(!as_json(computation.finish({}, {}, "fuzz"), zone).empty());
}

/// As the agent does at its start, at noon of the second day.
inline void fill_windows(ledger::Reader& reader, const civil::Zone& zone) {
  constexpr ledger::UnixMs k_noon = 1'767'355'200'000;
  ledger::LongWindows windows{zone, k_noon};
  for (const auto& stored : reader.configurations()) windows.add(stored.configuration, stored.meters);
  const auto read =
      reader.energy(windows.from(), k_noon, [&](std::int64_t, const ledger::EnergyRow& row) { windows.add(row); });
  if (!read) return;
  std::vector<std::uint64_t> words(plan::LedgerLayout::meter_energy(0), Figure{}.word());
  windows.publish(words);
}

inline void read(const std::string& path) {
  static const civil::Zone zone = civil::Zone::find("UTC").value();
  auto reader = ledger::Reader::open(path);
  if (!reader) {
    must(!describe(reader.error()).empty());
    return;
  }
  const auto all = reader->energy(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                  [&](std::int64_t, const ledger::EnergyRow& row) {
                                    must(row.length > 0);
                                    const auto meter = reader->meter(row.meter);
                                    must(!meter || meter->record != nullptr);
                                  });
  must(all || !describe(all.error()).empty());
  const auto events =
      reader->events(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  must(events || !describe(events.error()).empty());
  const auto accounts = reader->accounts();
  must(accounts || !describe(accounts.error()).empty());
  const auto last = reader->last_checkpoint();
  must(last || !describe(last.error()).empty());
  make_report(*reader, zone);
  fill_windows(*reader, zone);
}

/// @return whether the verifier has anything to say.
inline bool is_faulted(const std::string& path, const std::string& witness) {
  const auto verdict = ledger::verify(path, {.witnesses = {{.name = "own", .text = witness, .is_own = true}}});
  if (!verdict) {
    must(!describe(verdict.error()).empty());
    return true;
  }
  for (const auto& finding : verdict->findings)
    must(!finding.kind.empty() && !finding.what.empty() && finding.count > 0);
  return !verdict->findings.empty();
}

}  // namespace pue::fuzz
