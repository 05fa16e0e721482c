#pragma once

#include <map>
#include <variant>
#include <vector>

#include "agent/facility/record_keeper.h"
#include "tests/unit/energy/at.h"

namespace pue::test {

/// at(0s) is 2026-01-01T00:00:00Z, on the quarter-hour.
inline constexpr std::int64_t k_start_ms = 1'767'225'600'000;
inline const std::int64_t k_offset = k_start_ms * 1'000'000 - at(0s).time_since_epoch().count();

/// A ring, clocks that a test sets, and what came through.
class LedgerRing {
 public:
  explicit LedgerRing(std::size_t capacity = 1 << 14) : ring_(capacity) {}

  RecordKeeper::Output output(Instant begin, Duration commit_interval = 10s) {
    return {.ring = &ring_,
            .clock = {.unix_minus_boot = [this] { return offset; },
                      .slept = [this] { return slept; },
                      .synchronised = [this] { return synchronised; }},
            .commit_interval = commit_interval,
            .detail_interval = std::nullopt,
            .begin = begin};
  }
  void drain() {
    (void)ring_.drain([this](const LedgerMessage& message) {
      if (const auto* record = std::get_if<LedgerRecord>(&message)) records.push_back(*record);
      if (const auto* event = std::get_if<LedgerEvent>(&message)) events.push_back(*event);
      if (const auto* account = std::get_if<LedgerAccount>(&message)) arriving_.push_back(*account);
      if (std::get_if<LedgerCommit>(&message) == nullptr) return;
      accounts = std::move(arriving_);
      arriving_.clear();
      ++commits;
      recorded_at_commit.clear();
      for (const auto& record : records) recorded_at_commit[record.meter] += record.energy[0] + record.energy[1];
    });
  }
  [[nodiscard]] std::size_t count(LedgerEvent::Kind kind) const {
    std::size_t count = 0;
    for (const auto& event : events) count += event.kind == kind ? 1 : 0;
    return count;
  }

  std::int64_t offset = k_offset;
  Duration slept{};
  bool synchronised = true;
  std::vector<LedgerRecord> records;
  std::vector<LedgerEvent> events;
  std::vector<LedgerAccount> accounts;
  std::map<std::uint32_t, std::int64_t> recorded_at_commit;
  std::size_t commits = 0;

 private:
  RecordKeeper::Ring ring_;
  std::vector<LedgerAccount> arriving_;
};

}  // namespace pue::test
