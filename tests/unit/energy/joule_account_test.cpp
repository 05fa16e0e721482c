#include "agent/energy/joule_account.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>

using namespace pue;
using namespace pue::energy;

TEST_CASE("a million small amounts lose nothing, even far up") {
  JouleAccount account;
  account.add(Joules{3.0e15});
  for (int i = 0; i < 1'000'000; ++i) account.add(Joules{0.25});
  CHECK(account.whole() == 3'000'000'000'250'000);
}

TEST_CASE("the whole joules and the carried remainder are the sum of random amounts, exactly") {
  JouleAccount account;
  std::mt19937_64 random{3};
  std::int64_t quarters = 0;  // amounts in quarters of a joule are exact in binary
  for (int i = 0; i < 1'000'000; ++i) {
    const auto amount = static_cast<std::int64_t>(random() % 4001) - 1000;
    quarters += amount;
    account.add(Joules{static_cast<double>(amount) / 4.0});
  }
  CHECK(account.whole() == (quarters - ((quarters % 4) + 4) % 4) / 4);
  CHECK(account.total().value() == static_cast<double>(quarters) / 4.0);
}

TEST_CASE("an amount that is not finite is not energy") {
  JouleAccount account;
  account.add(Joules{5});
  account.add(Joules{std::numeric_limits<double>::quiet_NaN()});
  account.add(Joules{std::numeric_limits<double>::infinity()});
  CHECK(account.total().value() == 5.0);
}

TEST_CASE("an amount beyond the range of the account adds nothing, and does not stay behind as a remainder") {
  JouleAccount account;
  account.add(Joules{5.25});
  for (const double amount : {1e19, -1e19, 3.4e38, std::numeric_limits<double>::max()}) account.add(Joules{amount});
  CHECK(account.total().value() == 5.25);
  account.add(Joules{8e18});
  account.add(Joules{8e18});
  CHECK(account.whole() == 8'000'000'000'000'000'005);
}
