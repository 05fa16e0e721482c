// Whatever arrives on the port of a BMC: before, during and after a handshake it is taken for an answer, or it is not.
// Input: packets, each after its length in one byte.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "collectors/ipmi/handshake.h"
#include "collectors/ipmi/seal.h"

namespace {

using namespace pue::ipmi;

void must(bool holds) {
  if (!holds) std::abort();
}

/// The packet with the tag and the session that the handshake waits for, so that its contents are looked at.
std::vector<std::uint8_t> addressed(Bytes packet, const Handshake& handshake) {
  std::vector<std::uint8_t> bytes{packet.begin(), packet.end()};
  if (bytes.size() > 24) {
    bytes[16] = handshake.packet().written()[16];
    for (unsigned i = 0; i < 4; ++i) bytes[20 + i] = static_cast<std::uint8_t>(handshake.keys().console >> (8 * i));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Crypto crypto;
  static const std::vector<std::uint8_t> name{'p', 'u', 'e'};
  const Credentials credentials{.username = name, .password = name, .kg = {}};
  Handshake handshake{crypto, credentials, CipherSuite::suite_17, {}};
  Seal seal{
      crypto,
      {.suite = CipherSuite::suite_17, .console = 1, .bmc = 2, .integrity = KeyBytes{name}, .confidentiality = {}}};
  std::span<const std::uint8_t> rest{data, size};
  while (rest.size() > 1) {
    const auto length = std::min<std::size_t>(rest.front(), rest.size() - 1);
    const auto packet = rest.subspan(1, length);
    rest = rest.subspan(1 + length);
    if (const auto header = parse_packet(packet)) must(header->payload_at + header->payload_size <= packet.size());
    static_cast<void>(parse_before_session(packet, get_channel_authentication_capabilities(2), 1));
    if (const auto answer = parse_message(packet, get_device_id(), 1)) must(answer->data().size() <= packet.size());
    const auto progress = handshake.take(addressed(packet, handshake));
    must(progress != Handshake::Progress::done);  // nobody guesses the code of RAKP 2
    std::vector<std::uint8_t> writable{packet.begin(), packet.end()};
    must(!seal.open(writable).has_value());
    if (progress == Handshake::Progress::failed) break;
  }
  return 0;
}
