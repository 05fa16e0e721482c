#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

namespace pue::config {

struct TcpUrl {
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 502;
};

struct SerialUrl {
  std::string path;              ///< of the device file
  std::optional<unsigned> baud;  ///< where not given, the device's profile may know
  std::optional<char> parity;    ///< N, E or O
  std::optional<unsigned> stop_bits;
};

struct IpmiUrl {
  std::string host;
  std::uint16_t port = 623;
};

struct IpmiLocalUrl {
  std::string path;  ///< of the kernel's device file
};

/// Where devices are reached, and, in the TARGET of a command, which unit of it.
struct Url {
  std::variant<TcpUrl, SerialUrl, IpmiUrl, IpmiLocalUrl> address;
  std::optional<std::uint8_t> unit;
};

/// Reads tcp://host[:port][/unit], rtu:///dev/name[?baud=N&parity=N|E|O&stop=1|2][/unit], ipmi://host[:port] and
/// ipmi-local:///dev/name. An IPv6 address stands in brackets.
/// @return what was expected where it is none of these. A url that seems to hold a password is not repeated.
[[nodiscard]] tl::expected<Url, std::string> parse_url(std::string_view text);

/// @return whether `text` is host:port, [ipv6]:port or :port, as a server listens.
[[nodiscard]] bool is_listen_address(std::string_view text);

}  // namespace pue::config
