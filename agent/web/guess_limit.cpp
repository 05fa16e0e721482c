#include "agent/web/guess_limit.h"

#include <algorithm>

namespace pue::web {

PeerAddress GuessLimit::neighbourhood(PeerAddress peer) {
  const bool mapped = peer[10] == 0xFF && peer[11] == 0xFF &&
                      std::all_of(peer.begin(), peer.begin() + 10, [](auto b) { return b == 0; });
  if (!mapped) std::fill(peer.begin() + 8, peer.end(), static_cast<unsigned char>(0));
  return peer;
}

void GuessLimit::refill(Instant now) {
  if (now <= refilled_) return;
  // Bounded before it is multiplied: the first call comes an age after the epoch.
  const auto passed = std::chrono::duration<double>(std::min<Duration>(now - refilled_, std::chrono::hours{1}));
  refilled_ = now;
  reserve_ = std::min(limits_.reserve, reserve_ + std::chrono::duration_cast<Duration>(passed * limits_.share));
}

bool GuessLimit::admits(const PeerAddress& peer, Instant now) {
  refill(now);
  if (reserve_ <= Duration::zero()) return false;
  const auto found = rested_.find(neighbourhood(peer));
  if (found == rested_.end()) return true;
  return found->second - now <= limits_.between_wrong * (limits_.wrong_in_a_row - 1);
}

void GuessLimit::took(const PeerAddress& peer, bool good, Instant begun, Instant ended) {
  reserve_ -= ended - begun;
  if (good) return;
  const auto key = neighbourhood(peer);
  if (rested_.size() >= limits_.addresses && !rested_.contains(key)) {
    std::erase_if(rested_, [&](const auto& entry) { return entry.second <= ended; });
    if (rested_.size() >= limits_.addresses) rested_.erase(rested_.begin());
  }
  auto& rested = rested_[key];
  rested = std::max(rested, ended) + limits_.between_wrong;
}

}  // namespace pue::web
