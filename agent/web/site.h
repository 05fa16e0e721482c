#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pue::web {

/// A GET or HEAD, as far as a site may care. The views live as long as the call.
struct Request {
  std::string_view path;             ///< as sent, nothing decoded
  std::string_view language;         ///< value of `?lang=`
  std::string_view accept_language;  ///< header
  bool accepts_gzip = false;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;  ///< nothing: empty
  bool gzip = false;                        ///< the body is compressed
  std::vector<std::pair<std::string, std::string>> headers;
  bool counted = true;  ///< whether Site::answered hears of it
};

/// Why the server closed a connection by itself.
enum class Cut : std::uint8_t {
  deadline,  ///< its request or its answer took too long
  crowded,   ///< it had to make room for another
};

/// What a server serves. Every member may be called by several threads at once.
class Site {
 public:
  virtual ~Site() = default;
  [[nodiscard]] virtual Response answer(const Request& request) = 0;
  /// A POST to /-/reload, which asks for the configuration to be read again. @return whether somebody will.
  [[nodiscard]] virtual bool reload() { return false; }
  virtual void answered(unsigned /*status*/) {}
  virtual void cut(Cut /*reason*/) {}
};

}  // namespace pue::web
