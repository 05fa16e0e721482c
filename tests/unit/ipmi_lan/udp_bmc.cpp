#include "tests/unit/ipmi_lan/udp_bmc.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

namespace pue::ipmi::test {
namespace {

std::uint32_t dword_at(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = (value << 8U) | bytes[at + i - 1];
  return value;
}

std::array<std::uint8_t, 4> as_bytes(std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes{};
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void append(std::vector<std::uint8_t>& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

void append_checksum(std::vector<std::uint8_t>& to, std::size_t from) {
  unsigned sum = 0;
  for (std::size_t i = from; i < to.size(); ++i) sum += to[i];
  to.push_back(static_cast<std::uint8_t>(0x100U - (sum & 0xFFU)));
}

std::vector<std::uint8_t> packet_of(PayloadType type, Bytes payload) {
  const auto packet = bare_packet(type, payload);
  return {packet.written().begin(), packet.written().end()};
}

}  // namespace

UdpBmc::UdpBmc(asio::io_context& context, Character of, bool ipv6)
    : character(std::move(of)),
      context_(context),
      socket_(context, ipv6 ? asio::ip::udp::endpoint{asio::ip::address_v6::loopback(), 0}
                            : asio::ip::udp::endpoint{asio::ip::address_v4::loopback(), 0}) {
  listen();
}

std::size_t UdpBmc::open_sessions() const {
  return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                [](const auto& entry) { return entry.second.seal.has_value(); }));
}

unsigned UdpBmc::heard(PayloadType type) const {
  const auto found = types_.find(type);
  return found == types_.end() ? 0 : found->second;
}

unsigned UdpBmc::asked(std::uint8_t command) const {
  const auto found = messages_.find(command);
  return found == messages_.end() ? 0 : static_cast<unsigned>(found->second.size());
}

unsigned UdpBmc::proposed(std::uint8_t authentication_algorithm) const {
  const auto found = proposed_.find(authentication_algorithm);
  return found == proposed_.end() ? 0 : found->second;
}

void UdpBmc::listen() {
  socket_.async_receive_from(asio::buffer(buffer_), sender_, [this](const asio::error_code& error, std::size_t size) {
    if (error == asio::error::operation_aborted || !socket_.is_open()) return;
    if (!error) {
      peer_ = sender_;
      ++packets_;
      take({buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size)});
    }
    listen();
  });
}

void UdpBmc::take(Packet packet) {
  const auto header = parse_packet(packet);
  if (!header) return;
  if (header->session != 0) {
    message(std::move(packet));
    return;
  }
  const Heard heard{.type = header->type, .nth = ++types_[header->type]};
  const auto its_fate = fate(heard);
  if (!its_fate.arrives) return;
  const Bytes payload{Bytes{packet}.subspan(header->payload_at, header->payload_size)};
  switch (header->type) {
    case PayloadType::open_session_request:
      answer_later(open_session(payload), its_fate);
      return;
    case PayloadType::rakp_1:
      answer_later(rakp_1(payload), its_fate);
      return;
    case PayloadType::rakp_3:
      answer_later(rakp_3(payload), its_fate);
      return;
    default:
      return;
  }
}

void UdpBmc::answer_later(Packet packet, Fate its_fate) {
  if (packet.empty()) return;
  for (unsigned i = 0; i < its_fate.answers; ++i) {
    if (its_fate.after.count() == 0) {
      say(packet);
      continue;
    }
    auto timer = std::make_shared<asio::steady_timer>(context_, its_fate.after);
    timer->async_wait([this, timer, packet](const asio::error_code& error) {
      if (!error) say(packet);
    });
  }
}

void UdpBmc::say(const std::vector<std::uint8_t>& bytes) {
  last_answer_ = bytes;
  asio::error_code ignored;
  socket_.send_to(asio::buffer(bytes), peer_, 0, ignored);
}

UdpBmc::Packet UdpBmc::open_session(Bytes payload) {
  const auto authentication = payload[12];
  const auto suite = authentication == 0x01 ? CipherSuite::suite_3 : CipherSuite::suite_17;
  ++proposed_[authentication];
  std::vector<std::uint8_t> answer{payload[0], 0x00, 0x04, 0x00};
  append(answer, payload.subspan(4, 4));
  const auto known = std::find(character.suites.begin(), character.suites.end(), suite) != character.suites.end();
  answer[1] = character.refusal != 0                         ? character.refusal
              : character.wants_privilege && payload[1] == 0 ? 0x09
              : !known                                       ? 0x11
              : sessions_.size() >= character.slots          ? 0x01
                                                             : 0x00;
  if (answer[1] != 0) return packet_of(PayloadType::open_session_response, answer);
  const auto console = dword_at(payload, 4);
  // The same Open Session again is the same session.
  auto entry = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& known_session) {
    return known_session.second.console == console && !known_session.second.seal;
  });
  if (entry == sessions_.end()) {
    entry = sessions_.emplace(++next_id_, Session{.suite = suite, .console = console}).first;
  }
  append(answer, as_bytes(entry->first));
  const auto algorithms =
      character.accepts.value_or(std::array<std::uint8_t, 3>{payload[12], payload[20], payload[28]});
  for (std::uint8_t kind = 0; kind < 3; ++kind) {
    const std::array<std::uint8_t, 8> proposal{kind, 0, 0, 8, algorithms[kind], 0, 0, 0};
    append(answer, proposal);
  }
  return packet_of(PayloadType::open_session_response, answer);
}

UdpBmc::Packet UdpBmc::rakp_1(Bytes payload) {
  const auto found = sessions_.find(dword_at(payload, 4));
  if (found == sessions_.end() || found->second.seal) return {};
  auto& session = found->second;
  std::copy_n(payload.begin() + 8, 16, session.console_random.begin());
  session.role = payload[24];
  session.username.assign(payload.begin() + 28, payload.begin() + 28 + payload[27]);
  std::vector<std::uint8_t> answer{payload[0], 0x00, 0x00, 0x00};
  append(answer, as_bytes(session.console));
  if (session.username != character.username) {
    sessions_.erase(found);
    answer[1] = 0x0D;
    return packet_of(PayloadType::rakp_2, answer);
  }
  if (!session.drawn || character.new_numbers_each_time) crypto_.random(session.own_random);
  session.drawn = true;
  const std::array<std::uint8_t, 16> guid{};
  append(answer, session.own_random);
  append(answer, guid);
  const std::array<std::uint8_t, 2> user{session.role, static_cast<std::uint8_t>(session.username.size())};
  append(answer, crypto_
                     .hmac(session.suite, bytes_of(character.password),
                           {as_bytes(session.console), payload.subspan(4, 4), session.console_random,
                            session.own_random, guid, user, bytes_of(session.username)})
                     .bytes());
  return packet_of(PayloadType::rakp_2, answer);
}

UdpBmc::Packet UdpBmc::rakp_3(Bytes payload) {
  const auto id = dword_at(payload, 4);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return {};
  auto& session = found->second;
  const std::array<std::uint8_t, 2> user{session.role, static_cast<std::uint8_t>(session.username.size())};
  auto prover = user;
  if (character.rakp_3_without_lookup) prover[0] &= 0x0FU;
  const auto proof = crypto_.hmac(session.suite, bytes_of(character.password),
                                  {session.own_random, as_bytes(session.console), prover, bytes_of(session.username)});
  std::vector<std::uint8_t> answer{payload[0], 0x00, 0x00, 0x00};
  append(answer, as_bytes(session.console));
  if (!equal(proof.bytes(), payload.subspan(8))) {
    sessions_.erase(found);
    answer[1] = 0x0F;
    return packet_of(PayloadType::rakp_4, answer);
  }
  const auto sik = crypto_.hmac(session.suite, bytes_of(character.kg.empty() ? character.password : character.kg),
                                {session.console_random, session.own_random, user, bytes_of(session.username)});
  const std::array<std::uint8_t, 16> guid{};
  auto code = crypto_.hmac(session.suite, sik.bytes(), {session.console_random, as_bytes(id), guid});
  append(answer, code.first(code_size(session.suite)));
  if (character.wrong_rakp_4) answer.back() = static_cast<std::uint8_t>(answer.back() ^ 1U);
  if (session.seal) return packet_of(PayloadType::rakp_4, answer);
  std::array<std::uint8_t, 20> constant{};
  constant.fill(1);
  SessionKeys keys{.suite = session.suite, .console = id, .bmc = session.console};
  keys.integrity = character.signs_with_sik ? sik : crypto_.hmac(session.suite, sik.bytes(), {constant});
  constant.fill(2);
  keys.confidentiality = KeyBytes{crypto_.hmac(session.suite, sik.bytes(), {constant}).first(16)};
  session.seal.emplace(crypto_, keys);
  session.used = std::chrono::steady_clock::now();
  return packet_of(PayloadType::rakp_4, answer);
}

void UdpBmc::message(Packet packet) {
  const auto id = dword_at(packet, 6);
  const auto sequence = dword_at(packet, 10);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || !found->second.seal) return;
  auto& session = found->second;
  const auto now = std::chrono::steady_clock::now();
  if (character.forgets.count() > 0 && now - session.used > character.forgets) {
    sessions_.erase(found);
    return;
  }
  const auto request = session.seal->open(packet);
  if (!request) return;
  session.used = now;
  const auto function = static_cast<std::uint8_t>((*request)[1] >> 2U);
  const auto tag = (*request)[4];
  const auto command = (*request)[5];
  auto& all = messages_[command];
  all.push_back({.type = PayloadType::message,
                 .nth = static_cast<unsigned>(all.size() + 1),
                 .command = command,
                 .tag = tag,
                 .sequence = sequence});
  const auto its_fate = fate(all.back());
  if (!its_fate.arrives) return;
  std::vector<std::uint8_t> answer{0x81, static_cast<std::uint8_t>((function + 1U) << 2U)};
  append_checksum(answer, 0);
  answer.insert(answer.end(), {0x20, tag, command});
  bool closes = false;
  append(answer, answer_to(function, command, request->subspan(6, request->size() - 7), session, closes));
  append_checksum(answer, 3);
  if (character.wrong_checksums) ++answer.back();
  const auto sealed = session.seal->seal(answer);
  answer_later({sealed.written().begin(), sealed.written().end()}, its_fate);
  if (closes) sessions_.erase(id);
}

/// Completion code and data.
std::vector<std::uint8_t> UdpBmc::answer_to(std::uint8_t function, std::uint8_t command, Bytes data, Session& session,
                                            bool& closes) {
  switch (function << 8 | command) {
    case 0x06'01:
      return {0x00, 0x20, 0x81, 0x02, 0x10, 0x02, 0x9F, 0x91, 0x12, 0x00, 0x02, 0x0F};
    case 0x06'3B:
      if (data[0] > character.most_privilege) return {0x81};
      session.privilege = data[0];
      return {0x00, data[0]};
    case 0x06'3C:
      closes = true;
      return {0x00};
    case 0x04'2D:
      return {0x00, reading(data[0]), 0xC0, 0x00};
    case 0x0A'22:
      ++reservation_;
      return {0x00, static_cast<std::uint8_t>(reservation_), static_cast<std::uint8_t>(reservation_ >> 8)};
    case 0x2C'02:
      if (session.privilege < 3) return {0xD4};
      return {0x00, 0xDC, 200, 0};
    default:
      return {0xC1};
  }
}

}  // namespace pue::ipmi::test
