// Reads with our own clients what a peer's server holds.
//
//     peer_read tcp PORT  QUESTION...
//     peer_read rtu PATH  QUESTION...
//
// A question is UNIT:FUNCTION:ADDRESS:COUNT or UNIT:identify; the answer is a line of words, of objects as id=text, or
// the name of a failure.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>

#include "collectors/modbus/reader.h"

namespace {

using namespace pue;

void ask(modbus::Reader& reader, const std::string& question) {
  unsigned unit = 0;
  unsigned function = 0;
  unsigned address = 0;
  unsigned count = 0;
  if (question.find("identify") != std::string::npos) {
    const auto objects = reader.identify(static_cast<std::uint8_t>(std::stoul(question)));
    if (!objects) return fmt::print("{}\n", name_of(objects.error()));
    std::string line;
    for (const auto& object : *objects) line += fmt::format("{}={};", object.id, object.text);
    return fmt::print("{}\n", line);
  }
  if (std::sscanf(question.c_str(), "%u:%u:%u:%u", &unit, &function, &address, &count) != 4) {
    return fmt::print("no question: {}\n", question);
  }
  const auto words = reader.read({.unit = static_cast<std::uint8_t>(unit),
                                  .function = static_cast<modbus::ReadFunction>(function),
                                  .address = static_cast<std::uint16_t>(address),
                                  .count = static_cast<std::uint16_t>(count)});
  if (!words) return fmt::print("{}\n", name_of(words.error()));
  fmt::print("{}\n", fmt::join(*words, " "));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  constexpr auto k_timeout = std::chrono::seconds{2};
  const auto reader =
      std::string(argv[1]) == "tcp"
          ? modbus::open_tcp({.host = "127.0.0.1", .port = static_cast<std::uint16_t>(std::stoul(argv[2]))}, k_timeout)
          : modbus::open_rtu({.path = argv[2], .baud = 19200, .parity = 'E'}, k_timeout);
  for (int i = 3; i < argc; ++i) ask(*reader, argv[i]);
  return 0;
}
