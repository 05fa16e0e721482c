#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "plant/ipmi/bmc.h"
#include "plant/ipmi/server_crypto.h"

namespace pue::plant::ipmi {

/// An account of a BMC.
struct User {
  std::string name;
  std::string password;
  std::uint8_t privilege = 2;  ///< the highest it may have: 2 user, 3 operator, 4 administrator
};

struct RmcpSettings {
  std::vector<User> users;
  std::string kg;  ///< empty: passwords stand in
  bool suite_3 = true;
  bool suite_17 = true;
  std::size_t most_sessions = 4;
  std::chrono::seconds session_timeout{60};
};

/// The server half of RMCP+ (IPMI 2.0, chapter 13) in cipher suites 3 and 17: one BMC's sessions. Packets in, packets
/// out; the network is somebody else's. Owned by the plant's thread.
class RmcpServer {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `settings` and `bmc` must outlive the server; thousands of servers share settings.
  RmcpServer(Bmc& bmc, const RmcpSettings& settings) : bmc_(bmc), settings_(settings) {}

  /// @return the answer; empty: none is due.
  [[nodiscard]] Bytes receive(View packet, Moment now);
  /// Every session is forgotten.
  void restart() { sessions_.clear(); }
  /// Refuses new sessions as if all were taken.
  void set_full(bool full) { full_ = full; }

  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
  [[nodiscard]] Bmc& bmc() { return bmc_; }

 private:
  struct Session {
    Suite suite = Suite::seventeen;
    std::uint32_t console = 0;
    const User* user = nullptr;
    std::uint8_t role = 0;
    std::uint8_t privilege = 2;
    Bytes console_random;
    Bytes own_random;
    Bytes sik;
    Bytes k1;
    Bytes k2;
    bool active = false;
    std::uint32_t received = 0;  ///< highest sequence number
    std::uint32_t seen = 0;      ///< bit n: received - n
    std::uint32_t sent = 0;
    Moment used{};
  };

  [[nodiscard]] Bytes before_session(View packet);
  [[nodiscard]] Bytes open_session(View payload, Moment now);
  [[nodiscard]] Bytes rakp_1(View payload, Moment now);
  [[nodiscard]] Bytes rakp_3(View payload, Moment now);
  [[nodiscard]] Bytes in_session(View packet, Moment now);
  [[nodiscard]] Bytes session_command(std::uint32_t id, Session& session, const Command& command);
  [[nodiscard]] Bytes sealed(Session& session, View message);
  void forget_old(Moment now);

  Bmc& bmc_;
  const RmcpSettings& settings_;
  std::map<std::uint32_t, Session> sessions_;
  bool full_ = false;
};

}  // namespace pue::plant::ipmi
