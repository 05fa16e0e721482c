#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pue {

/// Why a poll of a device gave nothing. A closed set: it is the error type of the collectors and, by its name, the
/// `reason` label of `pue_device_poll_errors_total`.
enum class PollFailure : std::uint8_t {
  none,
  timeout,              ///< no complete answer within the deadline
  connect_refused,      ///< the address answered that nothing listens there
  connect_failed,       ///< no connection: no route, name unknown, time-out of the connect itself
  connection_closed,    ///< the peer closed or reset the connection
  wrong_transaction,    ///< an answer with another transaction id
  wrong_protocol,       ///< a protocol id other than 0
  wrong_length,         ///< header length out of bounds or not that of the contents
  wrong_unit,           ///< an answer from another unit
  wrong_function,       ///< an answer to another function
  wrong_byte_count,     ///< an answer with more or fewer registers than asked for
  unsolicited,          ///< bytes arrived that nobody asked for
  crc,                  ///< serial checksum wrong
  illegal_function,     ///< exception 1
  illegal_address,      ///< exception 2
  illegal_value,        ///< exception 3
  device_failure,       ///< exception 4
  device_busy,          ///< exceptions 5 and 6
  gateway_path,         ///< exception 10
  gateway_no_response,  ///< exception 11
  other_exception,      ///< any other exception code
  port_lost,            ///< the serial port is gone or cannot be opened
  authentication,       ///< the device refuses the credentials
  session_refused,      ///< the device has no room for one more session
  cipher_refused,       ///< none of the allowed cipher suites is the device's
  wrong_signature,      ///< a message whose authentication code is wrong
  privilege,            ///< the user may not ask this
  refused,              ///< any other completion code
};
inline constexpr std::size_t k_poll_failures = static_cast<std::size_t>(PollFailure::refused) + 1;

/// @return the label value, lower_snake_case.
[[nodiscard]] constexpr std::string_view name_of(PollFailure failure) {
  constexpr std::array<std::string_view, k_poll_failures> names{"none",
                                                                "timeout",
                                                                "connect_refused",
                                                                "connect_failed",
                                                                "connection_closed",
                                                                "wrong_transaction",
                                                                "wrong_protocol",
                                                                "wrong_length",
                                                                "wrong_unit",
                                                                "wrong_function",
                                                                "wrong_byte_count",
                                                                "unsolicited",
                                                                "crc",
                                                                "illegal_function",
                                                                "illegal_address",
                                                                "illegal_value",
                                                                "device_failure",
                                                                "device_busy",
                                                                "gateway_path",
                                                                "gateway_no_response",
                                                                "other_exception",
                                                                "port_lost",
                                                                "authentication",
                                                                "session_refused",
                                                                "cipher_refused",
                                                                "wrong_signature",
                                                                "privilege",
                                                                "refused"};
  return names[static_cast<std::size_t>(failure)];
}

/// @return what it means to the person who must act, in a few words.
[[nodiscard]] std::string_view describe(PollFailure failure);

}  // namespace pue
