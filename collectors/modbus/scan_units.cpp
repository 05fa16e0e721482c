#include "collectors/modbus/scan_units.h"

#include <charconv>
#include <set>

#include "collectors/modbus/paced_reader.h"
#include "collectors/modbus/sunspec.h"
#include "collectors/modbus/wire.h"

namespace pue::modbus {
namespace {

/// What the first question to a unit brought.
enum class Presence : std::uint8_t { answers, silent, garbled, unreachable };

Presence presence_in(PollFailure failure) {
  switch (failure) {
    case PollFailure::timeout:
    case PollFailure::gateway_path:
    case PollFailure::gateway_no_response:
    case PollFailure::connection_closed:  // some gateways hang up on a unit they do not know
      return Presence::silent;
    case PollFailure::connect_refused:
    case PollFailure::connect_failed:
    case PollFailure::port_lost:
    case PollFailure::authentication:
      return Presence::unreachable;
    default:
      return is_exception(failure) || failure == PollFailure::none ? Presence::answers : Presence::garbled;
  }
}

struct FirstAnswer {
  Presence presence = Presence::silent;
  PollFailure failure = PollFailure::none;
};

FirstAnswer first_answer(Reader& reader, std::uint8_t unit) {
  FirstAnswer last;
  for (const auto function : {ReadFunction::holding_registers, ReadFunction::input_registers}) {
    const auto words = reader.read({.unit = unit, .function = function, .address = 0, .count = 1});
    last.failure = words ? PollFailure::none : words.error();
    last.presence = presence_in(last.failure);
    if (last.presence == Presence::answers || last.presence == Presence::unreachable) return last;
    // The gateway has said that nothing is there: no need to wait for it again.
    if (is_exception(last.failure)) return last;
  }
  return last;
}

FoundUnit identified(Reader& reader, std::uint8_t unit, PollFailure answer,
                     const std::vector<std::shared_ptr<const profiles::Profile>>& library) {
  FoundUnit found{.unit = unit, .answer = answer};
  if (auto objects = reader.identify(unit)) found.objects = std::move(*objects);
  found.matches = recognise(reader, unit, found.objects, library);
  const auto marker = find_sunspec_marker(reader, unit);
  if (!marker || !*marker) return found;
  const auto device = discover_sunspec(reader, unit);
  found.sunspec = "SunSpec";
  if (device) {
    for (const std::string& part : {device->manufacturer, device->model, device->serial}) {
      if (!part.empty()) found.sunspec += " " + part;
    }
    found.matches.push_back({.profile = std::string{k_sunspec_profile},
                             .certain = true,
                             .reason = std::to_string(device->models.size()) + " models, " +
                                       std::to_string(device->profile.points.size()) + " points"});
  }
  return found;
}

}  // namespace

ScanResult scan_units(Reader& reader, const ScanOptions& options,
                      const std::vector<std::shared_ptr<const profiles::Profile>>& library) {
  PacedReader paced{reader, options.pause};
  ScanResult result;
  std::size_t done = 0;
  for (const std::uint8_t unit : options.units) {
    const FirstAnswer first = first_answer(paced, unit);
    if (first.presence == Presence::unreachable) {
      result.stopped = first.failure;
      return result;
    }
    if (first.presence == Presence::answers) result.units.push_back(identified(paced, unit, first.failure, library));
    if (first.presence == Presence::garbled) result.garbled.push_back(unit);
    if (options.tell) options.tell(++done, options.units.size());
  }
  return result;
}

tl::expected<std::vector<std::uint8_t>, std::string> parse_units(std::string_view text) {
  const auto wrong = [&] {
    return tl::unexpected{"expected units of 1 to 255 such as 1-247 or 1,5,17-20, got '" + std::string{text} + "'"};
  };
  const auto number = [](std::string_view part) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    return error == std::errc{} && end == part.data() + part.size() && value <= 255 ? value : 0U;
  };
  std::set<std::uint8_t> units;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const auto comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
    const auto dash = part.find('-');
    const unsigned first = number(part.substr(0, dash));
    const unsigned last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (first == 0 || last < first) return wrong();
    for (unsigned unit = first; unit <= last; ++unit) units.insert(static_cast<std::uint8_t>(unit));
  }
  return std::vector<std::uint8_t>(units.begin(), units.end());
}

}  // namespace pue::modbus
