#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "collectors/modbus/wire.h"

/// Whatever a peer sends: the parser either refuses it or gives exactly the words that lie in the frame.
/// Input: function, count (2), then the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pue::modbus;
  if (size < 3) return 0;
  ReadRequest request{.unit = 7};
  request.function = static_cast<ReadFunction>(1 + data[0] % 4);
  request.count = static_cast<std::uint16_t>(data[1] << 8U | data[2]);
  const std::span<const std::uint8_t> bytes{data + 3, size - 3};

  const auto header = parse_header(bytes);
  if (header && (header->size < 8 || header->size > k_max_frame)) std::abort();
  // A connection keeps no more than the longest frame.
  const auto frame = bytes.first(std::min(header ? header->size : k_max_frame, bytes.size()));

  if (well_formed(request)) {
    constexpr std::uint16_t k_untouched = 0xA5A5;
    std::array<std::uint16_t, k_max_bits + 1> words;
    words.fill(k_untouched);
    const auto failure = parse_read(request, frame, std::span{words}.first(request.count));
    if (words[request.count] != k_untouched) std::abort();
    if (failure != pue::PollFailure::none && words[0] != k_untouched) std::abort();
    if (failure == pue::PollFailure::none && frame[6] != request.unit) std::abort();
  }
  for (const auto code : {IdentifyCode::basic, IdentifyCode::regular, IdentifyCode::extended}) {
    const auto reply = parse_identify({.unit = 7, .code = code}, frame);
    if (reply && reply->objects.size() > k_max_frame / 2) std::abort();
  }
  return 0;
}
