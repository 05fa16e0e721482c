#include "config/url.h"

#include <algorithm>
#include <charconv>

namespace pue::config {
namespace {

using Failure = tl::unexpected<std::string>;

std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  return host.size() >= 2 && host.size() <= 64 && host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '.' ||
                  c == '%';
         });
}

struct Authority {
  std::string host;
  std::uint16_t port;
};

tl::expected<Authority, std::string> authority(std::string_view text, std::uint16_t default_port) {
  std::string_view host;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return Failure("expected ']' after an IPv6 address");
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!is_ipv6(host)) return Failure("'" + std::string(host) + "' is no IPv6 address");
    if (!port.empty() && port.front() != ':') return Failure("expected ':port' after ']'");
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    if (!is_host(host)) return Failure("expected a host name or address, got '" + std::string(host) + "'");
  }
  if (port.empty()) return Authority{std::string(host), default_port};
  const auto value = number(port.substr(1), 65535);
  if (!value || *value == 0) return Failure("expected a port of 1 to 65535, got '" + std::string(port.substr(1)) + "'");
  return Authority{std::string(host), static_cast<std::uint16_t>(*value)};
}

/// Takes "/unit" off the end of `text`.
tl::expected<std::optional<std::uint8_t>, std::string> take_unit(std::string_view& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto value = number(text.substr(slash + 1), 255);
  if (!value)
    return Failure("expected a unit of 0 to 255 after '/', got '" + std::string(text.substr(slash + 1)) + "'");
  text = text.substr(0, slash);
  return static_cast<std::uint8_t>(*value);
}

std::string set_parameter(SerialUrl& line, std::string_view name, std::string_view value) {
  if (name == "baud") {
    const auto baud = number(value, 4'000'000);
    if (!baud || *baud < 300) return "expected a baud rate of 300 to 4000000, got '" + std::string(value) + "'";
    line.baud = baud;
    return {};
  }
  if (name == "parity") {
    if (value.size() != 1 || std::string_view("NEO").find(value[0]) == std::string_view::npos) {
      return "expected parity N, E or O, got '" + std::string(value) + "'";
    }
    line.parity = value[0];
    return {};
  }
  if (name == "stop") {
    if (value != "1" && value != "2") return "expected stop=1 or stop=2, got '" + std::string(value) + "'";
    line.stop_bits = value == "1" ? 1 : 2;
    return {};
  }
  return "unknown parameter '" + std::string(name) + "', expected baud, parity or stop";
}

tl::expected<Url, std::string> serial(std::string_view rest) {
  Url url;
  SerialUrl line;
  const auto question = rest.find('?');
  auto query = question == std::string_view::npos ? std::string_view{} : rest.substr(question + 1);
  auto path = rest.substr(0, question);
  if (query.find('/') != std::string_view::npos) {
    const auto unit = take_unit(query);
    if (!unit) return Failure(unit.error());
    url.unit = *unit;
  } else if (question == std::string_view::npos) {
    // rtu:///dev/ttyUSB0/7: a last part of digits alone is a unit. /dev/pts/3 needs its '?'.
    const auto slash = path.rfind('/');
    if (slash != std::string_view::npos && !path.starts_with("/dev/pts/")) {
      if (const auto unit = number(path.substr(slash + 1), 255)) {
        url.unit = static_cast<std::uint8_t>(*unit);
        path = path.substr(0, slash);
      }
    } else if (std::count(path.begin(), path.end(), '/') == 4) {
      const auto unit = take_unit(path);
      if (!unit) return Failure(unit.error());
      url.unit = *unit;
    }
  }
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (path.size() < 2 || path.size() > 255 || path.front() != '/' || path.back() == '/' || !plain) {
    return Failure("expected rtu:///dev/name, got 'rtu://" + std::string(rest) + "'");
  }
  line.path = std::string(path);
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    query = parameter.size() == query.size() ? std::string_view{} : query.substr(parameter.size() + 1);
    const auto equals = parameter.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1);
    if (auto error = set_parameter(line, parameter.substr(0, equals), value); !error.empty()) return Failure(error);
  }
  url.address = std::move(line);
  return url;
}

tl::expected<Url, std::string> local_bmc(std::string_view path) {
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7F && c != '?'; });
  if (path.size() < 2 || path.size() > 255 || path.front() != '/' || path.back() == '/' || !plain) {
    return Failure("expected ipmi-local:///dev/ipmi0, got 'ipmi-local://" + std::string(path) + "'");
  }
  return Url{IpmiLocalUrl{std::string(path)}, std::nullopt};
}

tl::expected<Url, std::string> bmc(std::string_view rest) {
  if (rest.find_first_of("@?") != std::string_view::npos) {
    return Failure("expected ipmi://host[:port] alone: the user is username = ..., the password password_file = ...");
  }
  if (rest.find('/') != std::string_view::npos) return Failure("expected ipmi://host[:port] without a unit or path");
  auto place = authority(rest, 623);
  if (!place) return Failure(place.error());
  return Url{IpmiUrl{std::move(place->host), place->port}, std::nullopt};
}

}  // namespace

tl::expected<Url, std::string> parse_url(std::string_view text) {
  if (text.starts_with("rtu://")) return serial(text.substr(6));
  if (text.starts_with("ipmi://")) return bmc(text.substr(7));
  if (text.starts_with("ipmi-local://")) return local_bmc(text.substr(13));
  if (!text.starts_with("tcp://")) {
    return Failure(
        "expected tcp://host[:port], rtu:///dev/name?baud=9600&parity=N, ipmi://host[:port] or "
        "ipmi-local:///dev/ipmi0, "
        "got '" +
        std::string(text) + "'");
  }
  auto rest = text.substr(6);
  const auto unit = take_unit(rest);
  if (!unit) return Failure(unit.error());
  auto place = authority(rest, 502);
  if (!place) return Failure(place.error());
  return Url{TcpUrl{std::move(place->host), place->port}, *unit};
}

bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port = number(text.substr(colon + 1), 65535);
  if (!port) return false;
  const auto host = text.substr(0, colon);
  if (host.starts_with('[')) return host.ends_with(']') && is_ipv6(host.substr(1, host.size() - 2));
  return host.empty() || is_host(host);
}

}  // namespace pue::config
