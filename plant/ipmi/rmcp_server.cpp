#include "plant/ipmi/rmcp_server.h"

#include <algorithm>

namespace pue::plant::ipmi {
namespace {

constexpr std::uint8_t k_open_request = 0x10;
constexpr std::uint8_t k_open_response = 0x11;
constexpr std::uint8_t k_rakp_1 = 0x12;
constexpr std::uint8_t k_rakp_2 = 0x13;
constexpr std::uint8_t k_rakp_3 = 0x14;
constexpr std::uint8_t k_rakp_4 = 0x15;
constexpr std::size_t k_header = 16;
/// A session whose console went away before it was open.
constexpr std::chrono::seconds k_half_open_timeout{5};

// Status codes of table 13-15.
constexpr unsigned k_no_room = 0x01;
constexpr unsigned k_unknown_session = 0x02;
constexpr unsigned k_unauthorised_role = 0x0A;
constexpr unsigned k_unauthorised_name = 0x0D;
constexpr unsigned k_wrong_proof = 0x0F;
constexpr unsigned k_no_suite = 0x11;

constexpr std::array<std::uint8_t, 16> k_guid{0x70, 0x6C, 0x61, 0x6E, 0x74, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

Bytes header(std::uint8_t type, std::uint32_t session, std::uint32_t sequence, std::size_t size) {
  Bytes out{0x06, 0x00, 0xFF, 0x07, 0x06, type};
  append_little(out, session, 4);
  append_little(out, sequence, 4);
  append_little(out, static_cast<std::uint32_t>(size), 2);
  return out;
}

Bytes bare(std::uint8_t type, View payload) {
  auto out = header(type, 0, 0, payload.size());
  append(out, payload);
  return out;
}

/// A refusal in any step: tag, status, and the console's session.
Bytes refusal(std::uint8_t type, std::uint8_t tag, unsigned status, std::uint32_t console) {
  Bytes payload;
  append(payload, {tag, status, 0, 0});
  append_little(payload, console, 4);
  return bare(type, payload);
}

std::uint8_t checksum(View bytes) {
  unsigned sum = 0;
  for (const auto byte : bytes) sum += byte;
  return static_cast<std::uint8_t>(0x100U - (sum & 0xFFU));
}

struct Request {
  std::uint8_t function;
  std::uint8_t command;
  std::uint8_t sequence;  ///< and logical unit
  std::uint8_t requester;
  View data;
};

std::optional<Request> parsed(View message) {
  if (message.size() < 7 || message[0] != 0x20) return std::nullopt;
  if (checksum(message.first(2)) != message[2] || checksum(message.subspan(3)) != 0) return std::nullopt;
  return Request{static_cast<std::uint8_t>(message[1] >> 2U), message[5], message[4], message[3],
                 message.subspan(6, message.size() - 7)};
}

/// `answer` begins with the completion code.
Bytes reply(const Request& request, View answer) {
  Bytes out{request.requester, static_cast<std::uint8_t>((request.function + 1U) << 2U)};
  out.push_back(checksum(out));
  append(out, {0x20, request.sequence, request.command});
  append(out, answer);
  out.push_back(checksum(View{out}.subspan(3)));
  return out;
}

Bytes joined(std::initializer_list<View> parts) {
  Bytes out;
  for (const auto part : parts) append(out, part);
  return out;
}

Bytes as_bytes(std::uint32_t value) {
  Bytes out;
  append_little(out, value, 4);
  return out;
}

}  // namespace

Bytes RmcpServer::receive(View packet, Moment now) {
  if (packet.size() < 5 || packet[0] != 0x06 || packet[3] != 0x07) return {};
  if (packet[4] == 0x00) return before_session(packet);
  if (packet[4] != 0x06 || packet.size() < k_header) return {};
  const std::size_t size = little(packet, 14, 2);
  if (packet.size() < k_header + size) return {};
  if ((packet[5] & 0xC0U) != 0) return in_session(packet, now);
  const auto payload = packet.subspan(k_header, size);
  switch (packet[5]) {
    case k_open_request:
      return open_session(payload, now);
    case k_rakp_1:
      return rakp_1(payload, now);
    case k_rakp_3:
      return rakp_3(payload, now);
    default:
      return {};
  }
}

/// Get Channel Authentication Capabilities (22.13) and Get Channel Cipher Suites (22.15): all that is told to anybody.
Bytes RmcpServer::before_session(View packet) {
  if (packet.size() < 14 || packet.size() < 14U + packet[13]) return {};
  const auto request = parsed(packet.subspan(14, packet[13]));
  if (!request || request->function != 0x06) return {};
  Bytes answer{0x00};
  if (request->command == 0x38) {
    // channel 1, IPMI 2.0 data follows, users with names, and whether there is a K_g
    append(answer, {0x01, 0x80, (settings_.kg.empty() ? 0x00U : 0x20U) | 0x04U, 0x02, 0, 0, 0, 0});
  } else if (request->command == 0x54) {
    append(answer, {0x01});
    if (settings_.suite_3) append(answer, {0xC0, 3, 0x01, 0x41, 0x81});
    if (settings_.suite_17) append(answer, {0xC0, 17, 0x03, 0x44, 0x81});
  } else {
    answer = {0xD4};
  }
  const auto message = reply(*request, answer);
  Bytes out{0x06, 0x00, 0xFF, 0x07, 0x00};
  append_little(out, 0, 4);
  append_little(out, 0, 4);
  append(out, {static_cast<unsigned>(message.size())});
  append(out, message);
  return out;
}

void RmcpServer::forget_old(Moment now) {
  std::erase_if(sessions_, [&](const auto& entry) {
    const auto& session = entry.second;
    return now - session.used > (session.active ? settings_.session_timeout : k_half_open_timeout);
  });
}

Bytes RmcpServer::open_session(View payload, Moment now) {
  if (payload.size() < 32) return {};
  const auto tag = payload[0];
  const auto console = little(payload, 4, 4);
  const unsigned authentication = payload[12];
  const unsigned integrity = payload[20];
  const unsigned confidentiality = payload[28];
  Session session;
  if (settings_.suite_17 && authentication == 3 && integrity == 4 && confidentiality == 1) {
    session.suite = Suite::seventeen;
  } else if (settings_.suite_3 && authentication == 1 && integrity == 1 && confidentiality == 1) {
    session.suite = Suite::three;
  } else {
    return refusal(k_open_response, tag, k_no_suite, console);
  }
  forget_old(now);
  if (full_ || sessions_.size() >= settings_.most_sessions) return refusal(k_open_response, tag, k_no_room, console);
  session.console = console;
  session.used = now;
  std::uint32_t own = 0;
  while (own == 0 || sessions_.contains(own)) own = little(random_bytes(4), 0, 4);
  sessions_.emplace(own, std::move(session));

  Bytes answer;
  append(answer, {tag, 0, 4, 0});
  append_little(answer, console, 4);
  append_little(answer, own, 4);
  append(answer, payload.subspan(8, 24));
  return bare(k_open_response, answer);
}

Bytes RmcpServer::rakp_1(View payload, Moment now) {
  if (payload.size() < 28 || payload.size() < 28U + payload[27]) return {};
  const auto tag = payload[0];
  const auto own = little(payload, 4, 4);
  const auto found = sessions_.find(own);
  if (found == sessions_.end()) return refusal(k_rakp_2, tag, k_unknown_session, 0);
  auto& session = found->second;
  // Whoever sends this knows no key yet: it must not change a session that is in use.
  if (session.active) return {};
  session.used = now;
  const auto name = payload.subspan(28, payload[27]);
  const auto user = std::ranges::find_if(
      settings_.users, [&](const User& known) { return std::ranges::equal(view_of(known.name), name); });
  session.role = payload[24];
  const auto console = session.console;
  unsigned wrong = 0;
  if (user == settings_.users.end()) wrong = k_unauthorised_name;
  if (wrong == 0 && (session.role & 0x0FU) > user->privilege) wrong = k_unauthorised_role;
  if (wrong != 0) {
    sessions_.erase(found);
    return refusal(k_rakp_2, tag, wrong, console);
  }
  session.user = &*user;
  // A console that missed the answer asks again, and may answer to either: both carry the same random number.
  const auto asked = payload.subspan(8, 16);
  if (session.own_random.empty() || !std::ranges::equal(asked, session.console_random)) {
    session.own_random = random_bytes(16);
  }
  session.console_random.assign(asked.begin(), asked.end());
  const Bytes who{session.role, payload[27]};
  const auto proof =
      hmac(session.suite, view_of(user->password),
           joined({as_bytes(console), as_bytes(own), session.console_random, session.own_random, k_guid, who, name}));
  const auto key = settings_.kg.empty() ? view_of(user->password) : view_of(settings_.kg);
  session.sik = hmac(session.suite, key, joined({session.console_random, session.own_random, who, name}));
  session.k1 = hmac(session.suite, session.sik, Bytes(20, 0x01));
  session.k2 = hmac(session.suite, session.sik, Bytes(20, 0x02));
  session.k2.resize(16);

  Bytes answer;
  append(answer, {tag, 0, 0, 0});
  append_little(answer, console, 4);
  append(answer, session.own_random);
  append(answer, k_guid);
  append(answer, proof);
  return bare(k_rakp_2, answer);
}

Bytes RmcpServer::rakp_3(View payload, Moment now) {
  if (payload.size() < 8) return {};
  const auto tag = payload[0];
  const auto own = little(payload, 4, 4);
  const auto found = sessions_.find(own);
  if (found == sessions_.end() || found->second.user == nullptr) return refusal(k_rakp_4, tag, k_unknown_session, 0);
  auto& session = found->second;
  const auto console = session.console;
  const Bytes who{session.role, static_cast<std::uint8_t>(session.user->name.size())};
  const auto expected = hmac(session.suite, view_of(session.user->password),
                             joined({session.own_random, as_bytes(console), who, view_of(session.user->name)}));
  if (payload[1] != 0 || !std::ranges::equal(expected, payload.subspan(8))) {
    if (!session.active) sessions_.erase(found);
    return refusal(k_rakp_4, tag, k_wrong_proof, console);
  }
  session.used = now;
  session.active = true;
  auto code = hmac(session.suite, session.sik, joined({session.console_random, as_bytes(own), k_guid}));
  code.resize(signature_size(session.suite));
  Bytes answer;
  append(answer, {tag, 0, 0, 0});
  append_little(answer, console, 4);
  append(answer, code);
  return bare(k_rakp_4, answer);
}

Bytes RmcpServer::in_session(View packet, Moment now) {
  forget_old(now);
  const auto own = little(packet, 6, 4);
  const auto found = sessions_.find(own);
  if (found == sessions_.end() || !found->second.active || packet[5] != 0xC0) return {};
  auto& session = found->second;
  const auto size = signature_size(session.suite);
  const std::size_t payload_size = little(packet, 14, 2);
  if (packet.size() < k_header + payload_size + 2 + size || payload_size < 32) return {};
  auto code = hmac(session.suite, session.k1, packet.subspan(4, packet.size() - 4 - size));
  code.resize(size);
  if (!std::ranges::equal(code, packet.last(size))) return {};

  const auto sequence = little(packet, 10, 4);
  if (sequence == 0) return {};  // the number of packets outside sessions
  const auto ahead = static_cast<std::int32_t>(sequence - session.received);
  if (ahead > 0) {
    session.seen = (ahead < 32 ? session.seen << static_cast<unsigned>(ahead) : 0U) | 1U;
    session.received = sequence;
  } else {
    if (ahead <= -16 || (session.seen & (1U << static_cast<unsigned>(-ahead))) != 0) return {};
    session.seen |= 1U << static_cast<unsigned>(-ahead);
  }

  const auto plain =
      decrypted(session.k2, packet.subspan(k_header, 16), packet.subspan(k_header + 16, payload_size - 16));
  if (!plain || plain->back() >= plain->size()) return {};
  const auto request = parsed(View{*plain}.first(plain->size() - 1 - plain->back()));
  if (!request) return {};
  session.used = now;
  const auto answer = session_command(own, session, {request->function, request->command, request->data});
  const auto message = reply(*request, answer);
  const bool closed = request->function == 0x06 && request->command == 0x3C && answer.front() == 0;
  auto out = sealed(session, message);
  if (closed) sessions_.erase(own);
  return out;
}

/// The commands that concern the session itself; the firmware answers the others.
Bytes RmcpServer::session_command(std::uint32_t id, Session& session, const Command& command) {
  if (command.function == 0x06 && command.command == 0x38) {
    return {0x00, 0x01, 0x80, static_cast<std::uint8_t>(settings_.kg.empty() ? 0x04 : 0x24), 0x02, 0, 0, 0, 0};
  }
  if (command.function == 0x06 && command.command == 0x3B) {  // Set Session Privilege Level (22.18)
    if (command.data.empty()) return {0xC7};
    const std::uint8_t wanted = command.data[0] & 0x0FU;
    const auto limit =
        std::min<unsigned>(session.user->privilege, (session.role & 0x0FU) != 0 ? session.role & 0x0FU : 4U);
    if (wanted > limit) return {0x81};
    if (wanted != 0) session.privilege = wanted;
    return {0x00, session.privilege};
  }
  if (command.function == 0x06 && command.command == 0x3C) {  // Close Session (22.19)
    if (command.data.size() < 4) return {0xC7};
    return {static_cast<std::uint8_t>(little(command.data, 0, 4) == id ? 0x00 : 0x87)};
  }
  return bmc_.answer(command);
}

Bytes RmcpServer::sealed(Session& session, View message) {
  Bytes plain{message.begin(), message.end()};
  std::uint8_t pad = 0;
  while ((plain.size() + 1) % 16 != 0) plain.push_back(++pad);
  plain.push_back(pad);
  const auto iv = random_bytes(16);
  const auto secret = encrypted(session.k2, iv, plain);
  auto out = header(0xC0, session.console, ++session.sent, iv.size() + secret.size());
  append(out, iv);
  append(out, secret);
  std::uint8_t integrity_pad = 0;
  while ((out.size() - 4 + 2) % 4 != 0) {
    out.push_back(0xFF);
    ++integrity_pad;
  }
  append(out, {integrity_pad, 0x07});
  auto code = hmac(session.suite, session.k1, View{out}.subspan(4));
  code.resize(signature_size(session.suite));
  append(out, code);
  return out;
}

}  // namespace pue::plant::ipmi
