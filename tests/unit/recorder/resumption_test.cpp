#include "agent/ledger/resumption.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/ledger/naming.h"
#include "agent/pipeline/serial_text.h"
#include "tests/unit/ledger/sample_ledger.h"

using namespace pue;
using namespace pue::ledger;

namespace {

StoredConfiguration stored(Configuration configuration) {
  return {.id = 1, .batch = 1, .meters = {1, 2}, .configuration = std::move(configuration)};
}

/// utility-a reads a register, ups-a-out power.
std::vector<AccountState> two_accounts() {
  return {{.name = "utility-a", .measured = 50, .register_value = 7e9, .resets = 2, .serial = "4711"},
          {.name = "ups-a-out", .integrated = 40, .power = 900.0}};
}

}  // namespace

TEST_CASE("accounts made anew from the records hold what is recorded, without what was imported or corrected") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.file("ledger.db"), options_in(folder)).value();
  const auto meters = store.configure(sample_configuration(), stamp_at(k_begin)).value();
  for (std::int64_t n = 0; n < 3; ++n) REQUIRE(store.commit(slot(meters, n)).has_value());
  Commit by_hand = slot(meters, 2);
  by_hand.energy = {{.meter = meters[0],
                     .start = k_begin - k_slot,
                     .length = k_slot,
                     .measured = 77,
                     .covered = k_slot,
                     .quality = k_imported}};
  by_hand.imported = true;
  REQUIRE(store.commit(by_hand).has_value());

  auto reader = Reader::open(folder.file("ledger.db")).value();
  const std::vector<AccountState> changed{{.name = "utility-a", .measured = 9'000'000'000'000'000'000, .resets = 4},
                                          {.name = "ups-a-out", .integrated = -1, .integrated_rest = 1e300},
                                          {.name = "@total", .measured = 5},
                                          {.name = "@grid", .measured = 9'000'000'000'000'000'000}};
  const auto accounts = accounts_from_records(reader, changed).value();
  REQUIRE(accounts.size() == 3);
  CHECK(accounts[0] == AccountState{.name = "@total", .measured = 5});
  CHECK(accounts[1].name == "ups-a-out");
  CHECK(accounts[1].integrated == 3'000'000);
  CHECK(accounts[1].integrated_rest == 0.0);
  CHECK_FALSE(accounts[1].register_value.has_value());
  CHECK(accounts[2].measured == 3'600'000);
  CHECK(accounts[2].recorded_measured == 3'600'000);
  CHECK(accounts[2].open_since == k_begin + 3 * k_slot);
  CHECK(accounts[2].register_value == 2.0);
  CHECK(accounts[2].resets == 4);
}

TEST_CASE("a meter that reads another device begins a new count, and what it counted stays") {
  Configuration now = sample_configuration();
  now.meters[0].device = "another";
  auto accounts = two_accounts();
  leave_old_sources({stored(sample_configuration())}, now, accounts);
  CHECK(accounts[0].measured == 50);
  CHECK_FALSE(accounts[0].register_value.has_value());
  CHECK(accounts[0].serial.empty());
  CHECK(accounts[0].resets == 3);
  CHECK(accounts[0].open_quality == k_replaced);
  CHECK(accounts[1] == two_accounts()[1]);
}

TEST_CASE("another register is a new count, another point of power no bridge, and a new class neither") {
  Configuration now = sample_configuration();
  now.meters[0].energy_point = "energy_active_import";
  now.meters[1].point = "power_apparent_total";
  auto accounts = two_accounts();
  leave_old_sources({stored(sample_configuration())}, now, accounts);
  CHECK_FALSE(accounts[0].register_value.has_value());
  CHECK_FALSE(accounts[1].power.has_value());
  CHECK(accounts[1].resets == 0);

  now = sample_configuration();
  now.meters[0].accuracy_class = "0.2S";
  accounts = two_accounts();
  leave_old_sources({stored(sample_configuration())}, now, accounts);
  CHECK(accounts == two_accounts());
}

TEST_CASE("a meter that was out of the configuration for a while is held against its last definition") {
  Configuration without = sample_configuration();
  without.meters.erase(without.meters.begin());
  Configuration now = sample_configuration();
  now.meters[0].device = "another";
  auto accounts = two_accounts();
  leave_old_sources({stored(sample_configuration()), stored(without)}, now, accounts);
  CHECK_FALSE(accounts[0].register_value.has_value());
}

TEST_CASE("a serial number is resumed as its device tells it: as a number, as a text, or not any more") {
  profiles::Point point{.name = "serial_number"};
  plan::Plan plan;
  plan.points = {{.id = 0, .name = "serial_number", .source = &point}};
  plan.meters = {{.id = 0, .name = "utility-a", .serial_number = PointId{0}}};
  const std::vector<AccountState> accounts{{.name = "utility-a", .serial = "4711"}};
  CHECK(resumed_accounts(plan, accounts, "boot-1")[0].serial_number == 4711.0);
  point.type = profiles::RegisterType::text;
  CHECK(resumed_accounts(plan, accounts, "boot-1")[0].serial_number == serial_fingerprint("4711"));
  plan.meters[0].serial_number.reset();
  CHECK_FALSE(resumed_accounts(plan, accounts, "boot-1")[0].serial_number.has_value());
}

TEST_CASE("accounts have left their old sources before the configuration that says so is in force") {
  // Whoever ends in between, or has put it in force for another act, must not go on with the old register.
  const TemporaryFolder folder;
  Configuration now = sample_configuration();
  now.meters[0].device = "another";
  {
    auto store = Store::open(folder.file("ledger.db"), options_in(folder)).value();
    REQUIRE(store.configure(sample_configuration(), stamp_at(k_begin)).has_value());
    REQUIRE(store.commit({.stamp = stamp_at(k_begin), .accounts = two_accounts()}).has_value());
  }
  {
    auto store = Store::open(folder.file("ledger.db"), options_in(folder)).value();
    auto accounts = store.resumed().accounts;
    const auto before = Reader::open(folder.file("ledger.db")).value().configurations();
    REQUIRE(put_in_force(store, before, now, stamp_at(k_begin + 1), accounts).has_value());
    CHECK(std::ranges::find(accounts, "utility-a", &AccountState::name)->resets == 3);
  }
  auto store = Store::open(folder.file("ledger.db"), options_in(folder)).value();
  CHECK(store.resumed().configuration == now);
  const auto& accounts = store.resumed().accounts;
  const auto utility = std::ranges::find(accounts, "utility-a", &AccountState::name);
  CHECK(utility->measured == 50);
  CHECK_FALSE(utility->register_value.has_value());
  CHECK(utility->resets == 3);
}
