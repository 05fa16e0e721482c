// A web configuration file from outside is read or refused, with a place in the text, and nothing else happens.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/web/web_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto file = pue::config::load_web_text(text, "web.yml");
  if (!file && file.error().empty()) std::abort();
  if (!file) return 0;
  for (const auto& user : file->users) {
    if (user.name.empty() || user.hash.size() != 60) std::abort();
  }
  for (const auto& [name, value] : file->headers) {
    for (const char c : value) {
      if (c < 0x20 || c > 0x7E) std::abort();
    }
  }
  return 0;
}
