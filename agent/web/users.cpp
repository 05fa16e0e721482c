#include "agent/web/users.h"

#include <crypt.h>
#include <string.h>
#include <sys/random.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

namespace pue::web {
namespace {

Hash random_key() {
  Hash key;
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    throw std::runtime_error{"the system gives no random numbers"};
  }
  return key;
}

/// In a time that does not tell where they differ.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

bool same(const Hash& a, const Hash& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

bool is_password_of(const std::string& hash, const std::string& password) {
  const auto room = std::make_unique<crypt_data>();
  const char* made = ::crypt_r(password.c_str(), hash.c_str(), room.get());
  const bool good = made != nullptr && same(made, hash);
  ::explicit_bzero(room.get(), sizeof *room);
  // bcrypt ends at a zero byte, so that what comes after would not count.
  return good && password.find('\0') == std::string::npos;
}

}  // namespace

Users::Users(std::vector<config::WebUser> users, GuessLimit::Limits limits, std::function<Instant()> clock)
    : clock_(std::move(clock)), key_(random_key()), guesses_(limits) {
  for (auto& user : users) users_.push_back({std::move(user), std::nullopt});
}

Hash Users::keyed(std::string_view name, std::string_view password) const {
  Sha256 hash;
  hash.add(key_);
  hash.add(std::to_string(name.size()) + ":");
  hash.add(name);
  hash.add(password);
  return hash.finish();
}

Users::User* Users::find(std::string_view name) {
  const auto found =
      std::find_if(users_.begin(), users_.end(), [&](const User& user) { return user.entry.name == name; });
  return found == users_.end() ? nullptr : &*found;
}

Users::Verdict Users::check(const Login& login, const PeerAddress& peer) {
  auto* user = find(login.name);
  const auto sent = keyed(login.name, login.password);
  if (user != nullptr) {
    const std::lock_guard lock{mutex_};
    if (user->known && same(*user->known, sent)) return Verdict::good;
  }
  const std::lock_guard one_at_a_time{verifying_};
  const Instant begun = clock_();
  if (users_.empty() || !guesses_.admits(peer, begun)) return Verdict::later;
  // A name that nobody has is held against somebody's hash, always the same, and is wrong whatever comes of it.
  const auto& hash = user != nullptr ? user->entry.hash : users_[keyed(login.name, {})[0] % users_.size()].entry.hash;
  const bool good = is_password_of(hash, login.password) && user != nullptr;
  guesses_.took(peer, good, begun, clock_());
  if (!good) return Verdict::wrong;
  const std::lock_guard lock{mutex_};
  user->known = sent;
  return Verdict::good;
}

}  // namespace pue::web
