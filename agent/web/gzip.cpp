#include "agent/web/gzip.h"

#include <zlib.h>

namespace pue::web {

std::string gzip(const std::string& text) {
  constexpr int k_gzip_wrapper = 16;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + k_gzip_wrapper, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string out(::deflateBound(&stream, text.size()), '\0');
  // zlib reads the input only; its interface knows no const
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool complete = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(complete ? stream.total_out : 0);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace pue::web
