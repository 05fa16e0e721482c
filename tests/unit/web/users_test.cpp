#include "agent/web/users.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace pue;
using namespace pue::web;
using namespace std::chrono_literals;
using Verdict = Users::Verdict;

namespace {

// crypt(3) of "secret" with cost 4, by libxcrypt 4.4.33.
constexpr const char* k_2y = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
constexpr const char* k_2b = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
constexpr const char* k_2a = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
constexpr const char* k_empty = "$2y$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq";  // of ""

const PeerAddress k_here{1};
const PeerAddress k_there{2};

/// A clock that goes on by `step` each time it is read, so that a verification takes one step.
struct SteppingClock {
  Duration step;
  std::shared_ptr<std::atomic<std::int64_t>> reads = std::make_shared<std::atomic<std::int64_t>>(0);
  Instant operator()() const { return Instant{1000h} + step * reads->fetch_add(1); }
  [[nodiscard]] std::int64_t verifications() const { return reads->load() / 2; }
};

std::vector<config::WebUser> three() { return {{"y", k_2y}, {"b", k_2b}, {"a", k_2a}}; }

Login login(std::string name, std::string password) { return {std::move(name), std::move(password)}; }

}  // namespace

TEST_CASE("a password is good for its user alone, with each kind of bcrypt hash") {
  Users users{three(), {.share = 1.0, .reserve = 1h, .wrong_in_a_row = 1000}};
  for (const char* name : {"y", "b", "a"}) {
    CHECK(users.check(login(name, "secret"), k_here) == Verdict::good);
    CHECK(users.check(login(name, "Secret"), k_here) == Verdict::wrong);
    CHECK(users.check(login(name, ""), k_here) == Verdict::wrong);
    CHECK(users.check(login(name, std::string("secret\0", 7)), k_here) == Verdict::wrong);
    CHECK(users.check(login(name, std::string("secret\0x", 8)), k_here) == Verdict::wrong);
  }
  for (const char* name : {"", "Y", "ya", "nobody"})
    CHECK(users.check(login(name, "secret"), k_here) == Verdict::wrong);
  // From the test vectors of jBCrypt.
  Users other{{{"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"}}};
  CHECK(other.check(login("a", "a"), k_here) == Verdict::good);
  Users empty{{{"e", k_empty}}};
  CHECK(empty.check(login("e", ""), k_here) == Verdict::good);
  CHECK(empty.check(login("e", std::string("\0", 1)), k_here) == Verdict::wrong);
}

TEST_CASE("what was good once is not verified again, what was wrong is") {
  const SteppingClock clock{.step = 1ms};
  Users users{three(), {}, clock};
  for (int i = 0; i < 1000; ++i) CHECK(users.check(login("y", "secret"), k_here) == Verdict::good);
  CHECK(clock.verifications() == 1);
  CHECK(users.check(login("y", "wrong"), k_here) == Verdict::wrong);
  CHECK(users.check(login("y", "wrong"), k_here) == Verdict::wrong);
  CHECK(clock.verifications() == 3);
  CHECK(users.check(login("y", "secret"), k_here) == Verdict::good);
  CHECK(clock.verifications() == 3);
  // The password of one is not known for another.
  CHECK(users.check(login("b", "secret"), k_here) == Verdict::good);
  CHECK(clock.verifications() == 4);
}

TEST_CASE("a name that nobody has costs a verification too") {
  const SteppingClock clock{.step = 1ms};
  Users users{three(), {}, clock};
  CHECK(users.check(login("nobody", "secret"), k_here) == Verdict::wrong);
  CHECK(users.check(login("nobody", "secret"), k_here) == Verdict::wrong);
  CHECK(clock.verifications() == 2);
}

TEST_CASE("a guesser stops neither those who are known nor somebody new from elsewhere") {
  const SteppingClock clock{.step = 60ms};
  Users users{three(), {}, clock};
  REQUIRE(users.check(login("y", "secret"), k_here) == Verdict::good);
  int verified = 0;
  int later = 0;
  for (int i = 0; i < 200; ++i) {
    const auto verdict = users.check(login("y", "guess " + std::to_string(i)), k_there);
    CHECK(verdict != Verdict::good);
    verified += verdict == Verdict::wrong ? 1 : 0;
    later += verdict == Verdict::later ? 1 : 0;
    CHECK(users.check(login("y", "secret"), k_there) == Verdict::good);
  }
  CHECK(verified >= 10);
  CHECK(verified <= 16);
  CHECK(later + verified == 200);
  CHECK(users.check(login("b", "secret"), k_there) == Verdict::later);
  CHECK(users.check(login("b", "secret"), k_here) == Verdict::good);
}

TEST_CASE("several threads may ask at once") {
  Users users{three(), {.share = 1.0, .reserve = 1h, .wrong_in_a_row = 1000}};
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (const char* name : {"y", "b", "a", "y"}) {
    threads.emplace_back([&users, &wrong, name] {
      for (int i = 0; i < 50; ++i) {
        if (users.check({name, "secret"}, k_here) != Verdict::good) ++wrong;
        if (i % 10 == 0 && users.check({name, "other"}, k_here) != Verdict::wrong) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
