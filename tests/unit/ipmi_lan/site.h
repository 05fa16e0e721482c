#pragma once

#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "collectors/ipmi/lan_session.h"
#include "tests/unit/ipmi_lan/udp_bmc.h"

namespace pue::ipmi::test {

using namespace std::chrono_literals;
using Result = tl::expected<Answer, PollFailure>;

inline constexpr std::uint8_t k_get_device_id = 0x01;
inline constexpr std::uint8_t k_set_privilege = 0x3B;
inline constexpr std::uint8_t k_close_session = 0x3C;
inline constexpr std::uint8_t k_get_sensor_reading = 0x2D;
inline constexpr std::uint8_t k_reserve = 0x22;

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A BMC and a session with it, both in one io_context.
struct Site {
  explicit Site(UdpBmc::Character character = {}, bool ipv6 = false) : bmc(context, std::move(character), ipv6) {
    options.host = ipv6 ? "::1" : "127.0.0.1";
    options.port = bmc.port();
    options.credentials = {.username = bytes_of("pue"), .password = bytes_of("pue-pass"), .kg = {}};
    options.timeout = 600ms;
  }

  /// The session begins with the options as they are at its first use.
  LanSession& session() {
    if (!session_) session_.emplace(context, crypto, stats, options);
    return *session_;
  }

  /// Runs the io_context until the task has ended.
  template <class T>
  T complete(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr error;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown, T value) {
      error = thrown;
      result.emplace(std::move(value));
    });
    const auto began = std::chrono::steady_clock::now();
    while (!result && std::chrono::steady_clock::now() - began < 30s) context.run_one_for(1s);
    if (error) std::rethrow_exception(error);
    REQUIRE(result.has_value());
    return *result;
  }
  Result ask(Request request) { return complete(session().ask(request)); }
  PollFailure failure_of(Request request) {
    const auto result = ask(request);
    return result ? PollFailure::none : result.error();
  }
  void close() {
    complete([](LanSession& of) -> Task<bool> {
      co_await of.close();
      co_return true;
    }(session()));
    pass(20ms);
  }
  /// Lets what is under way arrive.
  void pass(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) context.run_one_until(end);
  }

  asio::io_context context{1};
  UdpBmc bmc;
  Crypto crypto;
  CollectorStats stats;
  LanOptions options;
  std::optional<LanSession> session_;
};

inline std::chrono::steady_clock::duration time_of(const auto& action) {
  const auto began = std::chrono::steady_clock::now();
  action();
  return std::chrono::steady_clock::now() - began;
}

/// Whether the result is the reading of that sensor.
inline bool is_reading(const Result& result, std::uint8_t sensor) {
  return result && result->ok() && result->size == 3 && result->bytes[0] == UdpBmc::reading(sensor);
}

}  // namespace pue::ipmi::test
