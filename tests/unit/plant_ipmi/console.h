#pragma once

#include <optional>
#include <string>

#include "plant/ipmi/rmcp_server.h"

namespace pue::plant::ipmi {

/// The smallest console that can hold a session with a simulated BMC, step by step, so that a test can leave one out,
/// repeat it or spoil it. Packets are made by the tables of IPMI 2.0, chapter 13.
struct Console {
  RmcpServer& server;
  RmcpServer::Moment now{};
  Suite suite = Suite::seventeen;
  std::string user = "monitor";
  std::string password = "secret";
  std::string key;  ///< K_g; empty: the password
  std::uint8_t role = 0x12;

  std::uint32_t own = 0xA0A2A3A4;
  std::uint32_t bmc = 0;
  std::uint32_t sequence = 0;
  Bytes random = Bytes(16, 0x33);
  Bytes bmc_random;
  Bytes guid;
  Bytes k1;
  Bytes k2;

  /// A packet outside sessions; the payload of the answer, if one comes.
  Bytes exchange(std::uint8_t type, const Bytes& payload) {
    Bytes packet{0x06, 0x00, 0xFF, 0x07, 0x06, type};
    append_little(packet, 0, 4);
    append_little(packet, 0, 4);
    append_little(packet, static_cast<std::uint32_t>(payload.size()), 2);
    append(packet, payload);
    const auto answer = server.receive(packet, now);
    return answer.size() > 16 ? Bytes{answer.begin() + 16, answer.end()} : Bytes{};
  }

  /// @return the status of the Open Session response.
  unsigned open(unsigned authentication, unsigned integrity, unsigned confidentiality) {
    Bytes payload{0x01, 0x00, 0, 0};
    append_little(payload, own, 4);
    append(payload, {0, 0, 0, 8, authentication, 0, 0, 0});
    append(payload, {1, 0, 0, 8, integrity, 0, 0, 0});
    append(payload, {2, 0, 0, 8, confidentiality, 0, 0, 0});
    const auto answer = exchange(0x10, payload);
    if (answer.size() < 8 || little(answer, 4, 4) != own) return 0xFF;
    if (answer[1] == 0) bmc = little(answer, 8, 4);
    return answer[1];
  }
  unsigned open() { return suite == Suite::three ? open(1, 1, 1) : open(3, 4, 1); }

  /// @return the status of RAKP 2; 0 only if its proof is right.
  unsigned rakp_1() {
    Bytes payload{0x02, 0x00, 0, 0};
    append_little(payload, bmc, 4);
    append(payload, random);
    append(payload, {role, 0, 0, static_cast<unsigned>(user.size())});
    append(payload, view_of(user));
    const auto answer = exchange(0x12, payload);
    if (answer.size() < 8) return 0xFF;
    if (answer[1] != 0) return answer[1];
    bmc_random.assign(answer.begin() + 8, answer.begin() + 24);
    guid.assign(answer.begin() + 24, answer.begin() + 40);
    const Bytes proof{answer.begin() + 40, answer.end()};
    Bytes text = ids(own, bmc);
    append(text, random);
    append(text, bmc_random);
    append(text, guid);
    append(text, who());
    return proof == hmac(suite, view_of(password), text) ? 0U : 0xFEU;
  }

  /// @return the status of RAKP 4; 0 only if its proof is right.
  unsigned rakp_3() {
    Bytes text = bmc_random;
    append_little(text, own, 4);
    append(text, who());
    Bytes payload{0x03, 0x00, 0, 0};
    append_little(payload, bmc, 4);
    append(payload, hmac(suite, view_of(password), text));
    const auto answer = exchange(0x14, payload);
    if (answer.size() < 8) return 0xFF;
    if (answer[1] != 0) return answer[1];
    Bytes both = random;
    append(both, bmc_random);
    append(both, who());
    const auto sik = hmac(suite, view_of(key.empty() ? password : key), both);
    k1 = hmac(suite, sik, Bytes(20, 0x01));
    k2 = hmac(suite, sik, Bytes(20, 0x02));
    Bytes last = random;
    append_little(last, bmc, 4);
    append(last, guid);
    auto proof = hmac(suite, sik, last);
    proof.resize(signature_size(suite));
    return proof == Bytes{answer.begin() + 8, answer.end()} ? 0U : 0xFEU;
  }

  [[nodiscard]] bool log_in() { return open() == 0 && rakp_1() == 0 && rakp_3() == 0; }

  /// A request as it goes over the wire, with the next sequence number.
  Bytes sealed(std::uint8_t function, std::uint8_t command, const Bytes& data) {
    Bytes message{0x20, static_cast<std::uint8_t>(function << 2U)};
    message.push_back(sum_to_zero(message));
    Bytes rest{0x81, 0x04, command};
    append(rest, data);
    rest.push_back(sum_to_zero(rest));
    append(message, rest);
    for (std::uint8_t pad = 0;; ++pad) {
      if (message.size() % 16 == 15) {
        message.push_back(pad);
        break;
      }
      message.push_back(static_cast<std::uint8_t>(pad + 1));
    }
    const Bytes iv(16, 0x44);
    const auto secret = encrypted(k2, iv, message);
    Bytes packet{0x06, 0x00, 0xFF, 0x07, 0x06, 0xC0};
    append_little(packet, bmc, 4);
    append_little(packet, ++sequence, 4);
    append_little(packet, static_cast<std::uint32_t>(iv.size() + secret.size()), 2);
    append(packet, iv);
    append(packet, secret);
    append(packet, {0xFF, 0xFF, 2, 0x07});
    auto proof = hmac(suite, k1, View{packet}.subspan(4));
    proof.resize(signature_size(suite));
    append(packet, proof);
    return packet;
  }

  /// @return completion code and data; nothing where no answer comes or it is not for us.
  std::optional<Bytes> ask(std::uint8_t function, std::uint8_t command, const Bytes& data = {}) {
    return opened(server.receive(sealed(function, command, data), now));
  }

  std::optional<Bytes> opened(const Bytes& packet) const {
    if (packet.size() < 48 || packet[5] != 0xC0 || little(packet, 6, 4) != own) return std::nullopt;
    const auto size = signature_size(suite);
    auto proof = hmac(suite, k1, View{packet}.subspan(4, packet.size() - 4 - size));
    proof.resize(size);
    if (proof != Bytes{packet.end() - static_cast<std::ptrdiff_t>(size), packet.end()}) return std::nullopt;
    const auto payload = View{packet}.subspan(16, little(packet, 14, 2));
    const auto plain = decrypted(k2, payload.first(16), payload.subspan(16));
    if (!plain) return std::nullopt;
    const auto message = View{*plain}.first(plain->size() - 1 - plain->back());
    return Bytes{message.begin() + 6, message.end() - 1};
  }

 private:
  static std::uint8_t sum_to_zero(View bytes) {
    unsigned sum = 0;
    for (const auto byte : bytes) sum += byte;
    return static_cast<std::uint8_t>(0U - sum);
  }
  static Bytes ids(std::uint32_t a, std::uint32_t b) {
    Bytes out;
    append_little(out, a, 4);
    append_little(out, b, 4);
    return out;
  }
  [[nodiscard]] Bytes who() const {
    Bytes out{role, static_cast<std::uint8_t>(user.size())};
    append(out, view_of(user));
    return out;
  }
};

}  // namespace pue::plant::ipmi
