#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/units/sha256.h"
#include "agent/units/time.h"
#include "agent/web/authorization.h"
#include "agent/web/guess_limit.h"
#include "config/web/web_file.h"

namespace pue::web {

/// Those who may read, known by bcrypt hashes.
///
/// A verification takes the time that a guesser is to spend (60 ms at cost 10), in the server's own thread. So what was
/// good once is known again by a keyed hash at no cost, and verifications are bounded (GuessLimit); a name that nobody
/// has takes as long as one that somebody has. Any thread.
class Users {
 public:
  enum class Verdict : std::uint8_t {
    good,
    wrong,
    later,  ///< not verified: too much was of late
  };

  explicit Users(std::vector<config::WebUser> users, GuessLimit::Limits limits = {},
                 std::function<Instant()> clock = &BootClock::now);

  [[nodiscard]] Verdict check(const Login& login, const PeerAddress& peer);

 private:
  struct User {
    config::WebUser entry;
    std::optional<Hash> known;  ///< of the login that was good last
  };

  [[nodiscard]] Hash keyed(std::string_view name, std::string_view password) const;
  [[nodiscard]] User* find(std::string_view name);

  const std::function<Instant()> clock_;
  const Hash key_;           ///< random, of this process
  std::mutex mutex_;         ///< of `known`; never held while a password is verified
  std::vector<User> users_;  ///< apart from `known` it does not change
  std::mutex verifying_;     ///< one verification at a time; of guesses_
  GuessLimit guesses_;
};

}  // namespace pue::web
