#include "collectors/ipmi/handshake.h"

#include <algorithm>

namespace pue::ipmi {
namespace {

constexpr std::uint8_t k_name_only = 0x10;  // the user is looked up by name, whatever its privilege
constexpr std::size_t k_constant = 20;      // K1 and K2 come from 20 equal bytes, with SHA-256 too

struct Algorithms {
  std::uint8_t authentication;
  std::uint8_t integrity;
  std::uint8_t confidentiality;
};

/// Table 22-20.
Algorithms algorithms_of(CipherSuite suite) {
  return suite == CipherSuite::suite_3 ? Algorithms{0x01, 0x01, 0x01} : Algorithms{0x03, 0x04, 0x01};
}

std::array<std::uint8_t, 4> as_bytes(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8U),
          static_cast<std::uint8_t>(value >> 16U), static_cast<std::uint8_t>(value >> 24U)};
}

std::uint32_t dword_at(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = (value << 8U) | bytes[at + i - 1];
  return value;
}

/// What a status code of table 13-15 means to whoever must act.
PollFailure failure_of(std::uint8_t status) {
  switch (status) {
    case 0x01:  // no resources for a session
    case 0x0B:  // no resources for the role
      return PollFailure::session_refused;
    case 0x04:  // authentication algorithm
    case 0x05:  // integrity algorithm
    case 0x06:  // no matching authentication payload
    case 0x07:  // no matching integrity payload
    case 0x10:  // confidentiality algorithm
    case 0x11:  // no cipher suite with these
      return PollFailure::cipher_refused;
    case 0x09:  // invalid role
    case 0x0A:  // role not for this user
      return PollFailure::privilege;
    case 0x0C:  // length of the name
    case 0x0D:  // name
    case 0x0F:  // our proof: the password
      return PollFailure::authentication;
    default:
      return PollFailure::refused;
  }
}

Handshake::Chance chance_of(Crypto& crypto) {
  Handshake::Chance chance;
  crypto.random(chance.random);
  std::array<std::uint8_t, 5> ids{};
  // 0 means "no session"
  while (chance.session == 0) {
    crypto.random(ids);
    chance.session = dword_at(ids, 0);
  }
  chance.tag = ids[4];
  return chance;
}

template <std::size_t N>
void copy_from(Bytes from, std::size_t at, std::array<std::uint8_t, N>& to) {
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), N, to.begin());
}

}  // namespace

Handshake::Handshake(Crypto& crypto, const Credentials& credentials, CipherSuite suite, plan::BmcQuirks quirks)
    : Handshake(crypto, credentials, suite, quirks, chance_of(crypto)) {}

Handshake::Handshake(Crypto& crypto, const Credentials& credentials, CipherSuite suite, plan::BmcQuirks quirks,
                     const Chance& chance)
    : crypto_(crypto), credentials_(credentials), quirks_(quirks), console_random_(chance.random), tag_(chance.tag) {
  keys_.suite = suite;
  keys_.console = chance.session;
}

std::uint8_t Handshake::role() const {
  return static_cast<std::uint8_t>(k_name_only | static_cast<unsigned>(credentials_.privilege));
}

PacketWriter Handshake::packet() const {
  PacketWriter payload;
  payload.byte(tag_);
  switch (step_) {
    case Step::open_session: {
      const auto algorithms = algorithms_of(keys_.suite);
      payload.byte(quirks_.open_session_privilege ? static_cast<std::uint8_t>(credentials_.privilege) : 0);
      payload.word(0);
      payload.dword(keys_.console);
      std::uint8_t kind = 0;
      for (const auto algorithm : {algorithms.authentication, algorithms.integrity, algorithms.confidentiality}) {
        const std::array<std::uint8_t, 8> proposal{kind++, 0, 0, 8, algorithm, 0, 0, 0};
        payload.bytes(proposal);
      }
      return bare_packet(PayloadType::open_session_request, payload.written());
    }
    case Step::rakp_1:
      payload.byte(0), payload.word(0);
      payload.dword(keys_.bmc);
      payload.bytes(console_random_);
      payload.byte(role());
      payload.word(0);
      payload.byte(static_cast<std::uint8_t>(credentials_.username.size()));
      payload.bytes(credentials_.username);
      return bare_packet(PayloadType::rakp_1, payload.written());
    case Step::rakp_3:
    case Step::done:
      break;
  }
  payload.byte(0);  // status: no error
  payload.word(0);
  payload.dword(keys_.bmc);
  payload.bytes(proof_.bytes());
  return bare_packet(PayloadType::rakp_3, payload.written());
}

Handshake::Progress Handshake::take(Bytes packet) {
  const auto header = parse_packet(packet);
  if (!header || header->session != 0 || header->encrypted || header->authenticated) return Progress::ignored;
  const auto payload = packet.subspan(header->payload_at, header->payload_size);
  if (payload.size() < 2 || payload[0] != tag_) return Progress::ignored;
  switch (step_) {
    case Step::open_session:
      return header->type == PayloadType::open_session_response ? take_open_session(payload) : Progress::ignored;
    case Step::rakp_1:
      return header->type == PayloadType::rakp_2 ? take_rakp_2(payload) : Progress::ignored;
    case Step::rakp_3:
      return header->type == PayloadType::rakp_4 ? take_rakp_4(payload) : Progress::ignored;
    case Step::done:
      break;
  }
  return Progress::ignored;
}

/// A refusal may come without the session's id, or with zeros in its place; an acceptance must not.
bool Handshake::is_for_us(Bytes payload, std::size_t session_at) const {
  if (payload.size() < session_at + 4) return payload[1] != 0;
  const auto session = dword_at(payload, session_at);
  return session == keys_.console || (payload[1] != 0 && session == 0);
}

Handshake::Progress Handshake::fail(PollFailure failure, std::uint8_t status) {
  failure_ = failure;
  status_ = status;
  return Progress::failed;
}

Handshake::Progress Handshake::take_open_session(Bytes payload) {
  if (!is_for_us(payload, 4)) return Progress::ignored;
  if (payload[1] != 0) return fail(failure_of(payload[1]), payload[1]);
  if (payload.size() < 36) return Progress::ignored;
  const auto algorithms = algorithms_of(keys_.suite);
  // The algorithm of each of the three proposals, in the six bits that name it.
  if ((payload[16] & 0x3FU) != algorithms.authentication || (payload[24] & 0x3FU) != algorithms.integrity ||
      (payload[32] & 0x3FU) != algorithms.confidentiality) {
    return fail(PollFailure::cipher_refused);
  }
  keys_.bmc = dword_at(payload, 8);
  if (keys_.bmc == 0) return fail(PollFailure::refused);
  ++tag_;
  step_ = Step::rakp_1;
  return Progress::next;
}

Handshake::Progress Handshake::take_rakp_2(Bytes payload) {
  if (!is_for_us(payload, 4)) return Progress::ignored;
  if (payload[1] != 0) return fail(failure_of(payload[1]), payload[1]);
  const auto size = hmac_size(keys_.suite);
  if (payload.size() < 40 + size) return Progress::ignored;
  copy_from(payload, 8, bmc_random_);
  copy_from(payload, 24, bmc_guid_);
  const auto console = as_bytes(keys_.console);
  const auto bmc = as_bytes(keys_.bmc);
  const std::array<std::uint8_t, 2> user{role(), static_cast<std::uint8_t>(credentials_.username.size())};
  const auto expected =
      crypto_.hmac(keys_.suite, credentials_.password,
                   {console, bmc, console_random_, bmc_random_, bmc_guid_, user, credentials_.username});
  if (!equal(expected.bytes(), payload.subspan(40, size))) return fail(PollFailure::authentication);

  auto own = user;
  if (quirks_.role_without_lookup) own[0] = static_cast<std::uint8_t>(credentials_.privilege);
  proof_ = crypto_.hmac(keys_.suite, credentials_.password, {bmc_random_, console, own, credentials_.username});
  sik_ = crypto_.hmac(keys_.suite, credentials_.kg.empty() ? credentials_.password : credentials_.kg,
                      {console_random_, bmc_random_, user, credentials_.username});
  std::array<std::uint8_t, k_constant> constant{};
  constant.fill(0x01);
  keys_.integrity = quirks_.integrity_with_sik ? sik_ : crypto_.hmac(keys_.suite, sik_.bytes(), {constant});
  constant.fill(0x02);
  keys_.confidentiality = KeyBytes{crypto_.hmac(keys_.suite, sik_.bytes(), {constant}).first(Crypto::k_block)};
  ++tag_;
  step_ = Step::rakp_3;
  return Progress::next;
}

Handshake::Progress Handshake::take_rakp_4(Bytes payload) {
  if (!is_for_us(payload, 4)) return Progress::ignored;
  if (payload[1] != 0) return fail(failure_of(payload[1]), payload[1]);
  const auto size = code_size(keys_.suite);
  if (payload.size() < 8 + size) return Progress::ignored;
  const auto bmc = as_bytes(keys_.bmc);
  const auto expected = crypto_.hmac(keys_.suite, sik_.bytes(), {console_random_, bmc, bmc_guid_});
  if (!equal(expected.first(size), payload.subspan(8, size))) return fail(PollFailure::wrong_signature);
  step_ = Step::done;
  return Progress::done;
}

}  // namespace pue::ipmi
