// A BMC that has the right keys and is hostile all the same: any bytes, encrypted and authenticated as they should be,
// are a message or they are not.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "collectors/ipmi/seal.h"

namespace {

using namespace pue::ipmi;

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Crypto crypto;
  static const std::array<std::uint8_t, 32> key{42};
  const auto suite = size > 0 && (data[0] & 1U) != 0 ? CipherSuite::suite_3 : CipherSuite::suite_17;
  Seal seal{crypto,
            {.suite = suite,
             .console = 1,
             .bmc = 2,
             .integrity = KeyBytes{std::span{key}.first(hmac_size(suite))},
             .confidentiality = KeyBytes{std::span{key}.last(16)}}};
  // The plain text as it is, with whatever trailer it has, in whole blocks; then the packet round it.
  std::vector<std::uint8_t> plain{data, data + std::min<std::size_t>(size, 304)};
  plain.resize((plain.size() / 16 + 1) * 16);
  const std::array<std::uint8_t, 16> iv{};
  must(crypto.encrypt(std::span{key}.last(16), iv, plain));
  PacketWriter packet;
  append_header(packet, {.type = PayloadType::message,
                         .encrypted = true,
                         .authenticated = true,
                         .session = 1,
                         .sequence = 1,
                         .payload_size = iv.size() + plain.size()});
  packet.bytes(iv);
  packet.bytes(plain);
  while ((packet.size() - 4 + 2) % 4 != 0) packet.byte(0xFF);
  packet.byte(0);
  packet.byte(7);
  packet.bytes(crypto.hmac(suite, std::span{key}.first(hmac_size(suite)), {packet.from(4)}).first(code_size(suite)));
  std::vector<std::uint8_t> received{packet.written().begin(), packet.written().end()};
  const auto message = seal.open(received);
  if (!message) {
    must(message.error() == Rejection::padding);
    return 0;
  }
  must(message->size() <= plain.size());
  if (const auto answer = parse_message(*message, get_sensor_reading(1), 1))
    must(answer->data().size() < message->size());
  return 0;
}
