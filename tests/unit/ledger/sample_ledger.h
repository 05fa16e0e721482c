#pragma once

#include <memory>
#include <string>

#include "agent/ledger/store.h"
#include "tests/unit/ledger/temporary_folder.h"

/// A small ledger for tests.
namespace pue::ledger {

inline constexpr UnixMs k_begin = 1'767'225'600'000;  ///< 2026-01-01T00:00:00Z
inline constexpr std::int64_t k_slot = 900'000;

inline Stamp stamp_at(UnixMs time) { return {.time = time, .boot_id = "boot-1", .boottime = time - k_begin + 1000}; }

inline Configuration sample_configuration() {
  Configuration configuration{.sha256 = "00ff", .agent_version = "0.1.0", .facility = "taiyuan-1", .timezone = "UTC"};
  configuration.meters = {{.name = "utility-a", .device = "u", .role = "grid", .unit = "J", .total_sign = 1},
                          {.name = "ups-a-out", .device = "d", .role = "it.ups", .unit = "J", .it_category = 1}};
  return configuration;
}

inline std::shared_ptr<const SigningKey> key_in(const TemporaryFolder& folder, const std::string& name = "key") {
  return std::make_shared<const SigningKey>(SigningKey::load_or_create(folder.file(name)).value());
}

inline StoreOptions options_in(const TemporaryFolder& folder) {
  return {.origin = "pue-agent/taiyuan-1", .key = key_in(folder)};
}

/// The rows of one quarter of an hour, 1.2 MJ over 1 MJ, and the accounts after it.
inline Commit slot(const std::vector<std::int64_t>& meters, std::int64_t n) {
  const UnixMs start = k_begin + n * k_slot;
  Commit commit{.stamp = stamp_at(start + k_slot)};
  commit.energy = {
      {.meter = meters[0], .start = start, .length = k_slot, .measured = 1'200'000, .covered = k_slot, .reading = n},
      {.meter = meters[1], .start = start, .length = k_slot, .integrated = 1'000'000, .covered = k_slot}};
  commit.accounts = {
      {.name = "utility-a", .measured = 1'200'000 * (n + 1), .recorded_measured = 1'200'000 * (n + 1)},
      {.name = "ups-a-out", .integrated = 1'000'000 * (n + 1), .recorded_integrated = 1'000'000 * (n + 1)}};
  return commit;
}

}  // namespace pue::ledger
