#include "agent/web/gzip.h"

#include <zlib.h>

#include <array>

namespace pue::web {

std::string gzip(const std::string& text) {
  constexpr int k_gzip_wrapper = 16;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + k_gzip_wrapper, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  // zlib reads the input only; its interface knows no const
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  std::string out;
  std::array<char, 65536> part;
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    state = ::deflate(&stream, Z_FINISH);
    out.append(part.data(), part.size() - stream.avail_out);
  }
  if (state != Z_STREAM_END) out.clear();
  ::deflateEnd(&stream);
  return out;
}

}  // namespace pue::web
