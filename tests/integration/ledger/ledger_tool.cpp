// What the tests of the ledger need of it as a program of its own.
//
//   ledger_tool proofs N                        roots and digests of all proofs of trees up to N leaves
//   ledger_tool random FOLDER FIRST COUNT       random ledgers FOLDER/SEED.db
//   ledger_tool write LEDGER KEY COUNT          commits COUNT quarter-hours, says each when it is durable, tries again
//                                               what failed
//   ledger_tool year LEDGER KEY METERS SLOTS    a long ledger, and how long it takes to visit its rows
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "agent/ledger/merkle.h"
#include "agent/ledger/reader.h"
#include "agent/ledger/store.h"
#include "tests/integration/ledger/random_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

constexpr UnixMs k_begin = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr std::int64_t k_slot = 900'000;

void add(Sha256& hash, const std::vector<Hash>& proof) {
  for (const Hash& part : proof) hash.add(std::span{part});
}

int proofs(std::uint64_t most) {
  std::vector<Hash> leaves;
  for (std::uint64_t size = 1; size <= most; ++size) {
    const std::string text = "leaf " + std::to_string(size - 1);
    leaves.push_back(leaf_hash({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
    Sha256 inclusion;
    Sha256 consistency;
    const Hash root = tree_root(leaves);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto included = inclusion_proof(leaves, i);
      const auto consistent = consistency_proof(leaves, i + 1);
      if (!inclusion_fits(leaves[i], i, size, included, root)) return 1;
      if (!consistency_fits(i + 1, tree_root(std::span{leaves}.first(i + 1)), size, root, consistent)) return 1;
      add(inclusion, included);
      add(consistency, consistent);
    }
    std::printf("%s %s %s\n", hexadecimal(root).c_str(), hexadecimal(inclusion.finish()).c_str(),
                hexadecimal(consistency.finish()).c_str());
  }
  return 0;
}

Configuration facility(std::size_t meters) {
  Configuration configuration{.sha256 = "00", .agent_version = "test", .facility = "f", .timezone = "UTC"};
  for (std::size_t i = 0; i < meters; ++i) {
    const bool total = i % 2 == 0;
    configuration.meters.push_back({.name = "meter-" + std::to_string(i),
                                    .role = total ? "grid" : "it.ups",
                                    .unit = "J",
                                    .total_sign = total ? 1 : 0,
                                    .it_category = total ? 0 : 1});
  }
  return configuration;
}

Stamp stamp_at(std::int64_t slot) {
  return {.time = k_begin + (slot + 1) * k_slot, .boot_id = "boot", .boottime = (slot + 1) * k_slot};
}

/// Joules of the first meter in a quarter of an hour; another history has another number.
std::int64_t joules() {
  static const char* const given = std::getenv("LEDGER_TOOL_JOULES");
  return given != nullptr ? std::atoll(given) : 1'000'000;
}

/// Slot number `n` of every meter, and the accounts after it.
Commit quarter_hour(const std::vector<std::int64_t>& meters, std::int64_t n) {
  Commit commit{.stamp = stamp_at(n)};
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const std::int64_t energy = joules() + 1000 * static_cast<std::int64_t>(i);
    commit.energy.push_back({.meter = meters[i],
                             .start = k_begin + n * k_slot,
                             .length = k_slot,
                             .measured = energy,
                             .covered = k_slot,
                             .reading = (n + 1) * 400});
    const std::int64_t total = energy * (n + 1);
    commit.accounts.push_back(
        {.name = "meter-" + std::to_string(i), .measured = total, .recorded_measured = total, .boot_id = "boot"});
  }
  return commit;
}

/// Repeats a call until it succeeds, as the agent does; says each kind of failure on standard error.
template <class Call>
bool persist(const char* what, Call call) {
  for (int tries = 0; tries < 20'000; ++tries) {
    const auto done = call();
    if (done) return true;
    std::fprintf(stderr, "%s: %s: %s\n", what, std::string{word(done.error().kind)}.c_str(),
                 describe(done.error()).c_str());
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return false;
}

int write(const std::string& path, const std::string& key_file, std::int64_t count) {
  auto key = SigningKey::load_or_create(key_file);
  if (!key) return std::fprintf(stderr, "%s\n", describe(key.error()).c_str()), 1;
  auto store = Store::open(path, {.origin = "pue-agent/f",
                                  .key = std::make_shared<const SigningKey>(std::move(*key)),
                                  .busy_timeout = std::chrono::milliseconds{2}});
  if (!store) return std::fprintf(stderr, "%s\n", describe(store.error()).c_str()), 1;
  std::int64_t n = 0;
  for (const AccountState& account : store->resumed().accounts) {
    if (account.name == "meter-0") n = account.measured / joules();
  }
  std::printf("open %lld\n", static_cast<long long>(n));
  std::fflush(stdout);
  std::vector<std::int64_t> meters;
  const auto configured = [&] {
    auto given = store->configure(facility(2), stamp_at(n));
    if (given) meters = *given;
    return given;
  };
  if (!persist("configure", configured)) return 1;
  const std::int64_t begin = n;
  const char* const pause = std::getenv("LEDGER_TOOL_PAUSE_MS");
  for (const std::int64_t end = n + count; n < end; ++n) {
    Commit commit = quarter_hour(meters, n);
    commit.detail = {{.meter = 1, .start = k_begin + n * k_slot, .length = 60'000}};
    commit.events = {{.time = k_begin + n * k_slot, .kind = n == begin ? "start" : "gap"}};
    if (!persist("commit", [&] { return store->commit(commit); })) return 1;
    std::printf("ack %lld\n", static_cast<long long>(n + 1));
    std::fflush(stdout);
    if (pause != nullptr) std::this_thread::sleep_for(std::chrono::milliseconds{std::atoi(pause)});
    if (n % 3 == 0 && !persist("checkpoint", [&] { return store->checkpoint(); })) return 1;
    if (n % 7 == 0 && !persist("retain", [&] { return store->retain(k_begin + (n - 9) * k_slot, stamp_at(n)); }))
      return 1;
  }
  return 0;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int year(const std::string& path, const std::string& key_file, std::size_t meters, std::int64_t slots) {
  auto begin = std::chrono::steady_clock::now();
  {
    auto key = SigningKey::load_or_create(key_file);
    auto store =
        Store::open(path, {.origin = "pue-agent/f", .key = std::make_shared<const SigningKey>(std::move(key.value()))});
    const auto ids = store.value().configure(facility(meters), stamp_at(0));
    for (std::int64_t n = 0; n < slots; ++n) {
      if (!store->commit(quarter_hour(ids.value(), n))) return 1;
      if (n % 4 == 3 && !store->checkpoint()) return 1;
    }
    std::printf("written in %.2f s\n", seconds_since(begin));
    const auto before = std::chrono::steady_clock::now();
    Commit import{.stamp = stamp_at(slots), .imported = true};
    for (int i = 0; i < 1'000'000; ++i) {
      import.energy.push_back({.meter = 1, .start = k_begin + i, .length = k_slot, .measured = 0, .covered = k_slot});
    }
    import.accounts = quarter_hour(ids.value(), slots - 1).accounts;
    if (!store->commit(import)) return 1;
    std::printf("a million rows in one commit in %.2f s\n", seconds_since(before));
  }
  begin = std::chrono::steady_clock::now();
  auto reader = Reader::open(path);
  std::int64_t rows = 0;
  std::int64_t sum = 0;
  if (!reader || !reader->energy(0, INT64_MAX, [&](std::int64_t, const EnergyRow& row) {
        ++rows;
        sum += row.measured;
      })) {
    return 1;
  }
  const double took = seconds_since(begin);
  std::printf("visited %lld rows in %.2f s, %.2f million rows/s (%lld J)\n", static_cast<long long>(rows), took,
              static_cast<double>(rows) / took / 1e6, static_cast<long long>(sum));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error, not an end
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "proofs" && argc == 3) return proofs(std::strtoull(argv[2], nullptr, 10));
  if (command == "random" && argc == 5) {
    const auto first = std::strtoull(argv[3], nullptr, 10);
    const auto count = std::strtoull(argv[4], nullptr, 10);
    for (auto seed = first; seed < first + count; ++seed) {
      write_random_ledger(std::string{argv[2]} + "/" + std::to_string(seed) + ".db", seed);
    }
    return 0;
  }
  if (command == "write" && argc == 5) return write(argv[2], argv[3], std::atoll(argv[4]));
  if (command == "year" && argc == 6)
    return year(argv[2], argv[3], std::strtoull(argv[4], nullptr, 10), std::atoll(argv[5]));
  std::fprintf(stderr, "usage: see the source\n");
  return 2;
}
