#pragma once

#include <array>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/seal.h"

namespace pue::ipmi::test {

/// A packet that arrived at the BMC.
struct Heard {
  PayloadType type = PayloadType::message;
  unsigned nth = 0;          ///< counts up with each packet of this type, or of this command in a session; from 1
  std::uint8_t command = 0;  ///< of a message
  std::uint8_t tag = 0;      ///< of a message
  std::uint32_t sequence = 0;
};

/// What becomes of it, and of its answer.
struct Fate {
  bool arrives = true;  ///< otherwise it was lost on its way here
  unsigned answers = 1;
  std::chrono::milliseconds after{0};
};

/// The other end of a session, on a loopback port and in the test's own io_context: it does with each packet what the
/// test says. Get Sensor Reading n answers reading(n), Reserve SDR Repository a number that counts up.
class UdpBmc {
 public:
  struct Character {
    std::string username = "pue";
    std::string password = "pue-pass";
    std::string kg;
    std::vector<CipherSuite> suites{CipherSuite::suite_17, CipherSuite::suite_3};
    std::uint8_t refusal = 0;            ///< RMCP+ status given to every Open Session
    std::size_t slots = 4;               ///< for sessions
    std::uint8_t most_privilege = 3;     ///< that Set Session Privilege Level gives
    bool new_numbers_each_time = false;  ///< draws a new random number for every RAKP 1
    std::optional<std::array<std::uint8_t, 3>>
        accepts;  ///< algorithms it answers an Open Session with, not those asked
    bool wrong_rakp_4 = false;
    bool wants_privilege = false;         ///< refuses an Open Session for "the highest"
    bool rakp_3_without_lookup = false;   ///< expects the proof without the bit for "look up by name alone"
    bool signs_with_sik = false;          ///< packets carry a code made with SIK, not K1
    bool wrong_checksums = false;         ///< the last byte of each message is wrong
    std::chrono::milliseconds forgets{};  ///< a session after a silence of so long; 0: never
  };

  UdpBmc(asio::io_context& context, Character character, bool ipv6 = false);

  [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }
  [[nodiscard]] static std::uint8_t reading(std::uint8_t sensor) { return static_cast<std::uint8_t>(sensor * 7U + 3U); }

  std::function<Fate(const Heard&)> fate = [](const Heard&) { return Fate{}; };
  Character character;

  /// Forgets every session.
  void reboot() { sessions_.clear(); }
  /// Nothing listens there any more.
  void vanish() { socket_.close(); }
  /// Sends these bytes to whoever spoke last.
  void say(const std::vector<std::uint8_t>& bytes);
  [[nodiscard]] const asio::ip::udp::endpoint& peer() const { return peer_; }
  /// The last packet that left.
  [[nodiscard]] const std::vector<std::uint8_t>& last_answer() const { return last_answer_; }

  [[nodiscard]] std::size_t open_sessions() const;
  [[nodiscard]] unsigned heard(PayloadType type) const;
  [[nodiscard]] unsigned asked(std::uint8_t command) const;
  [[nodiscard]] unsigned packets() const { return packets_; }
  /// Sequence numbers and tags of the messages of a command.
  [[nodiscard]] const std::vector<Heard>& messages(std::uint8_t command) { return messages_[command]; }
  [[nodiscard]] unsigned proposed(std::uint8_t authentication_algorithm) const;

 private:
  struct Session {
    CipherSuite suite = CipherSuite::suite_17;
    std::uint32_t console = 0;
    std::array<std::uint8_t, 16> console_random{};
    std::array<std::uint8_t, 16> own_random{};
    bool drawn = false;
    std::uint8_t role = 0;
    std::string username;
    std::uint8_t privilege = 2;
    std::optional<Seal> seal;  ///< once it is open
    std::chrono::steady_clock::time_point used{};
  };
  using Packet = std::vector<std::uint8_t>;

  void listen();
  void take(Packet packet);
  void answer_later(Packet packet, Fate its_fate);
  [[nodiscard]] Packet open_session(Bytes payload);
  [[nodiscard]] Packet rakp_1(Bytes payload);
  [[nodiscard]] Packet rakp_3(Bytes payload);
  void message(Packet packet);
  [[nodiscard]] std::vector<std::uint8_t> answer_to(std::uint8_t function, std::uint8_t command, Bytes data,
                                                    Session& session, bool& closes);

  asio::io_context& context_;
  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint peer_;
  asio::ip::udp::endpoint sender_;
  std::array<std::uint8_t, 1024> buffer_{};
  Crypto crypto_;
  std::map<std::uint32_t, Session> sessions_;
  std::map<PayloadType, unsigned> types_;
  std::map<std::uint8_t, std::vector<Heard>> messages_;
  std::map<std::uint8_t, unsigned> proposed_;
  Packet last_answer_;
  std::uint32_t next_id_ = 0x1000;
  std::uint16_t reservation_ = 0;
  unsigned packets_ = 0;
};

}  // namespace pue::ipmi::test
