// Asks a BMC by the agent's own session and prints the answers as hexadecimal bytes, the completion code first.
//
//   ipmi_ask HOST PORT USER PASSWORD SUITE user|operator [TIMES]

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>

#include "collectors/ipmi/lan_session.h"

namespace {

using namespace pue;
using namespace pue::ipmi;

Bytes bytes_of(const char* text) {
  const std::string_view view{text};
  return {reinterpret_cast<const std::uint8_t*>(view.data()), view.size()};
}

void print(const char* what, const tl::expected<Answer, PollFailure>& answer) {
  std::printf("%s", what);
  if (!answer) {
    std::printf(" %s\n", std::string{name_of(answer.error())}.c_str());
    return;
  }
  std::printf(" %02x", answer->completion_code);
  for (const auto byte : answer->data()) std::printf(" %02x", byte);
  std::printf("\n");
}

Task<void> run(LanSession& session, int times) {
  print("before-session", co_await session.ask_before_session(get_channel_authentication_capabilities(2)));
  print("device-id", co_await session.ask(get_device_id()));
  print("power", co_await session.ask(get_dcmi_power_reading()));
  print("sensor", co_await session.ask(get_sensor_reading(1)));
  print("reservation", co_await session.ask(reserve_sdr_repository()));
  std::timespec begin{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
  int good = 0;
  int wrong = 0;
  std::array<std::optional<std::uint8_t>, 3> shown;  // by each sensor, the first time
  for (int i = 0; i < times; ++i) {
    const auto sensor = static_cast<std::uint8_t>(1 + i % 2);
    const auto answer = co_await session.ask(get_sensor_reading(sensor));
    if (!answer || !answer->ok()) continue;
    ++good;
    if (shown[sensor].value_or(answer->bytes[0]) != answer->bytes[0]) ++wrong;
    shown[sensor] = answer->bytes[0];
  }
  std::timespec end{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  if (times > 0) {
    const double seconds =
        static_cast<double>(end.tv_sec - begin.tv_sec) + static_cast<double>(end.tv_nsec - begin.tv_nsec) * 1e-9;
    std::printf("good %d of %d, %.1f us of CPU each\n", good, times, seconds * 1e6 / times);
    std::printf("wrong %d\n", wrong);
  }
  co_await session.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 2;
  asio::io_context context{1};
  Crypto crypto;
  CollectorStats stats;
  LanOptions options;
  options.host = argv[1];
  options.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  options.credentials = {.username = bytes_of(argv[3]),
                         .password = bytes_of(argv[4]),
                         .kg = {},
                         .privilege = std::string_view{argv[6]} == "operator" ? Privilege::operator_ : Privilege::user};
  options.suites = {static_cast<CipherSuite>(std::atoi(argv[5]))};
  LanSession session{context, crypto, stats, options};
  asio::co_spawn(context, run(session, argc > 7 ? std::atoi(argv[7]) : 0), asio::detached);
  context.run();
  return 0;
}
