#include "agent/pipeline/poll_failure.h"

namespace pue {

std::string_view describe(PollFailure failure) {
  switch (failure) {
    case PollFailure::none:
      return "no failure";
    case PollFailure::timeout:
      return "no complete answer within the time-out: check power, unit id and wiring";
    case PollFailure::connect_refused:
      return "nothing listens at this address and port";
    case PollFailure::connect_failed:
      return "no connection: check address, route and firewall";
    case PollFailure::connection_closed:
      return "the device closed the connection: check its limit of masters";
    case PollFailure::wrong_transaction:
      return "an answer to another request: the gateway answers late or to others";
    case PollFailure::wrong_protocol:
      return "not Modbus: the protocol id is not 0";
    case PollFailure::wrong_length:
      return "a frame whose length does not fit its contents";
    case PollFailure::wrong_unit:
      return "another unit answered: check the gateway's slave map";
    case PollFailure::wrong_function:
      return "an answer to another function";
    case PollFailure::wrong_byte_count:
      return "an answer with more or fewer registers than asked for";
    case PollFailure::unsolicited:
      return "bytes that nobody asked for: does another master share the line?";
    case PollFailure::crc:
      return "checksum wrong: check baud rate, parity, termination and noise";
    case PollFailure::illegal_function:
      return "exception 1: the device does not know this function";
    case PollFailure::illegal_address:
      return "exception 2: the device has no such register";
    case PollFailure::illegal_value:
      return "exception 3: the device refuses this number of registers";
    case PollFailure::device_failure:
      return "exception 4: the device reports a failure of its own";
    case PollFailure::device_busy:
      return "exception 5 or 6: the device is busy";
    case PollFailure::gateway_path:
      return "exception 10: the gateway has no path to this unit";
    case PollFailure::gateway_no_response:
      return "exception 11: the unit behind the gateway does not answer";
    case PollFailure::other_exception:
      return "an exception code outside the standard";
    case PollFailure::port_lost:
      return "the serial port is gone or cannot be opened";
    case PollFailure::authentication:
      return "the device refuses the user name or password";
    case PollFailure::session_refused:
      return "the device has no room for one more session: it frees those of others after their time-out";
    case PollFailure::cipher_refused:
      return "the device offers none of the allowed cipher suites: allow 3 where it has no 17";
    case PollFailure::wrong_signature:
      return "a message whose authentication code is wrong: check the K_g key, and who else answers at this address";
    case PollFailure::privilege:
      return "the user may not ask this: raise its privilege on the device or privilege here";
    case PollFailure::refused:
      return "the device answered with a completion code that is none of these";
  }
  return "unknown failure";
}

}  // namespace pue
