#include "tests/integration/ledger/random_ledger.h"

#include <random>
#include <stdexcept>

#include "agent/ledger/store.h"

namespace pue::ledger {
namespace {

constexpr UnixMs k_begin = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr std::int64_t k_slot = 900'000;

template <class Value>
Value must(tl::expected<Value, Error> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

class RandomLedger {
 public:
  RandomLedger(std::string path, std::uint64_t seed)
      : path_(std::move(path)),
        random_(seed),
        key_(key()),
        store_(must(Store::open(path_, {.origin = "pue-agent/random", .key = key_}))) {}

  void write() {
    configure();
    for (int left = up_to(25); left > 0; --left) step();
    if (up_to(2) == 0) must(store_.checkpoint());
  }

 private:
  int up_to(int most) { return std::uniform_int_distribution{0, most}(random_); }

  std::shared_ptr<const SigningKey> key() {
    return std::make_shared<const SigningKey>(
        must(SigningKey::load_or_create(path_ + ".key" + std::to_string(keys_++))));
  }

  Stamp now() {
    now_ += up_to(100'000);  // an hour without a checkpoint would be a finding
    if (up_to(20) == 0) ++boot_;
    return {.time = k_begin + now_, .boot_id = "boot-" + std::to_string(boot_), .boottime = now_};
  }

  void configure() {
    Configuration configuration{.sha256 = std::to_string(up_to(1'000'000)), .facility = "随机", .timezone = "UTC"};
    const int count = 1 + up_to(3);
    for (int i = 0; i < count; ++i) {
      configuration.meters.push_back({.name = "meter-" + std::to_string(i),
                                      .role = i == 0 ? "grid" : "it.ups",
                                      .unit = "J",
                                      .total_sign = i == 0 ? 1 : 0,
                                      .it_category = i == 0 ? 0 : 1});
    }
    meters_ = must(store_.configure(configuration, now()));
  }

  EnergyRow row(std::size_t meter, std::int64_t length) {
    EnergyRow row{.meter = meters_[meter], .start = k_begin + now_, .length = length};
    row.measured = up_to(2'000'000) - 1000;
    row.integrated = up_to(1000);
    row.substituted = up_to(9) == 0 ? up_to(1000) : 0;
    row.covered = up_to(static_cast<int>(length));
    row.quality = static_cast<std::uint32_t>(up_to(8191));
    if (up_to(1) == 0) row.reading = up_to(1'000'000'000);
    return row;
  }

  void record() {
    Commit commit{.stamp = now(), .imported = up_to(9) == 0};
    for (std::size_t meter = 0; meter < meters_.size(); ++meter) {
      if (up_to(4) == 0) continue;
      commit.energy.push_back(row(meter, k_slot));
      AccountState& account = account_of(meter);
      const EnergyRow& energy = commit.energy.back();
      // What came from another system, or by hand, is none of what the agent's accounts counted.
      if ((energy.quality & (k_imported | k_corrected)) == 0) {
        account.recorded_measured += energy.measured;
        account.recorded_integrated += energy.integrated;
        account.recorded_substituted += energy.substituted;
      }
      account.measured = account.recorded_measured + up_to(100);
      account.integrated = account.recorded_integrated + up_to(100);
      account.substituted = account.recorded_substituted;
      account.measured_rest = up_to(999) / 1000.0;
      if (up_to(1) == 0) account.power = up_to(5000) - 0.5;
    }
    for (int minute = up_to(3); minute > 0; --minute) commit.detail.push_back(row(0, 60'000));
    for (int event = up_to(2); event > 0; --event) {
      commit.events.push_back({.time = k_begin + now_, .kind = "gap", .subject = "meter-0", .detail = "{\"n\":1}"});
    }
    commit.accounts = accounts_;
    must(store_.commit(commit));
  }

  AccountState& account_of(std::size_t meter) {
    while (accounts_.size() <= meter) {
      accounts_.push_back({.name = "meter-" + std::to_string(accounts_.size()), .boot_id = "boot"});
    }
    return accounts_[meter];
  }

  void step() {
    switch (up_to(12)) {
      case 0:
        configure();
        break;
      case 1:
        must(store_.rotate_key(key(), now()));
        break;
      case 2:
        must(store_.retain(k_begin + now_ - 300'000, now()));
        break;
      case 3:
      case 4:
      case 5:
        must(store_.checkpoint());
        break;
      default:
        record();
    }
  }

  std::string path_;
  std::mt19937_64 random_;
  int keys_ = 0;
  std::int64_t now_ = 0;
  int boot_ = 0;
  std::shared_ptr<const SigningKey> key_;
  Store store_;
  std::vector<std::int64_t> meters_;
  std::vector<AccountState> accounts_;
};

}  // namespace

void write_random_ledger(const std::string& path, std::uint64_t seed) { RandomLedger{path, seed}.write(); }

}  // namespace pue::ledger
