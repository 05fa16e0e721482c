#include "collectors/modbus/target.h"

namespace pue::modbus {

tl::expected<Target, std::string> parse_target(std::string_view text) {
  if (text.starts_with("ipmi://") || text.starts_with("ipmi-local://")) {
    return tl::unexpected<std::string>{"a BMC is no Modbus device: this command takes tcp:// and rtu:// targets"};
  }
  auto url = config::parse_url(text);
  if (!url)
    return tl::unexpected{std::move(url.error()) +
                          " (TARGET is tcp://host:502/unit or rtu:///dev/ttyUSB0?baud=9600/unit)"};
  Target target{.text = std::string{text}, .bus = {}, .unit = url->unit};
  if (target.unit == 0) {
    return tl::unexpected<std::string>{"unit 0 is the broadcast address: every device hears it and none answers"};
  }
  if (auto* tcp = std::get_if<config::TcpUrl>(&url->address)) {
    target.bus = std::move(*tcp);
  } else if (auto* line = std::get_if<config::SerialUrl>(&url->address)) {
    if (target.unit.value_or(1) > 247) {
      return tl::unexpected<std::string>{"units of a serial line are 1 to 247"};
    }
    target.bus = std::move(*line);
  }
  return target;
}

std::unique_ptr<Reader> open(const Target& target, const std::optional<profiles::SerialDefaults>& serial,
                             Duration timeout) {
  if (const auto* tcp = std::get_if<config::TcpUrl>(&target.bus)) {
    return open_tcp({.host = tcp->host, .port = tcp->port}, timeout);
  }
  const auto& url = std::get<config::SerialUrl>(target.bus);
  const profiles::SerialDefaults known = serial.value_or(profiles::SerialDefaults{});
  return open_rtu({.path = url.path,
                   .baud = url.baud.value_or(known.baud),
                   .parity = url.parity.value_or(known.parity),
                   .stop_bits = url.stop_bits.value_or(known.stop_bits)},
                  timeout);
}

}  // namespace pue::modbus
