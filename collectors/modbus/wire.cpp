#include "collectors/modbus/wire.h"

#include <cstdlib>

#include "agent/log/log.h"

namespace pue::modbus {
namespace {

constexpr std::uint8_t k_exception_bit = 0x80;
constexpr std::uint8_t k_encapsulated = 0x2B;       // function 43
constexpr std::uint8_t k_read_identification = 14;  // its MEI type

constexpr std::uint8_t high(unsigned value) { return static_cast<std::uint8_t>((value >> 8U) & 0xFFU); }
constexpr std::uint8_t low(unsigned value) { return static_cast<std::uint8_t>(value & 0xFFU); }
constexpr std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8U) | bytes[at + 1]);
}

bool reads_bits(ReadFunction function) {
  return function == ReadFunction::coils || function == ReadFunction::discrete_inputs;
}

/// Unit, function and exception of a frame that parse_header accepted; what is left is the function's own.
PollFailure check_head(std::uint8_t unit, std::uint8_t function, std::span<const std::uint8_t> frame) {
  if (frame.size() < k_mbap_header + 2) return PollFailure::wrong_length;
  if (frame[6] != unit) return PollFailure::wrong_unit;
  if (frame[7] == (function | k_exception_bit)) {
    if (frame.size() != k_mbap_header + 3) return PollFailure::wrong_length;
    return failure_of_exception(frame[8]);
  }
  if (frame[7] != function) return PollFailure::wrong_function;
  return PollFailure::none;
}

}  // namespace

bool well_formed(const ReadRequest& request) {
  const auto function = static_cast<std::uint8_t>(request.function);
  if (function < 1 || function > 4) return false;
  const auto most = reads_bits(request.function) ? k_max_bits : k_max_registers;
  if (request.count == 0 || request.count > most) return false;
  return std::uint32_t{request.address} + request.count <= 0x10000U;
}

std::array<std::uint8_t, k_read_request> build_read(std::uint16_t transaction, const ReadRequest& request) {
  // A number that is none of the enumerators could be a write: rather no agent than that.
  if (!well_formed(request)) std::abort();
  return {high(transaction),
          low(transaction),
          0,
          0,
          0,
          6,
          request.unit,
          static_cast<std::uint8_t>(request.function),
          high(request.address),
          low(request.address),
          high(request.count),
          low(request.count)};
}

std::array<std::uint8_t, k_identify_request> build_identify(std::uint16_t transaction, const IdentifyRequest& request) {
  const auto code = static_cast<std::uint8_t>(request.code);
  if (code < 1 || code > 3) std::abort();
  return {high(transaction),   low(transaction), 0, 0, 0, 5, request.unit, k_encapsulated, k_read_identification, code,
          request.first_object};
}

tl::expected<FrameHeader, PollFailure> parse_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < k_mbap_header) return tl::unexpected{PollFailure::wrong_length};
  if (word_at(bytes, 2) != 0) return tl::unexpected{PollFailure::wrong_protocol};
  const std::size_t length = word_at(bytes, 4);
  if (length < 2 || length > k_max_frame - k_mbap_header) return tl::unexpected{PollFailure::wrong_length};
  return FrameHeader{.transaction = word_at(bytes, 0), .size = k_mbap_header + length};
}

PollFailure parse_read(const ReadRequest& request, std::span<const std::uint8_t> frame, std::span<std::uint16_t> out) {
  const auto head = check_head(request.unit, static_cast<std::uint8_t>(request.function), frame);
  if (head != PollFailure::none) return head;
  if (frame.size() < k_mbap_header + 3) return PollFailure::wrong_length;

  const bool bits = reads_bits(request.function);
  const std::size_t asked = bits ? (request.count + 7U) / 8U : 2U * request.count;
  const std::size_t said = frame[8];
  const auto body = frame.subspan(k_mbap_header + 3);
  if (said != asked) return PollFailure::wrong_byte_count;
  if (body.size() != said) return PollFailure::wrong_length;
  if (out.size() < request.count) return PollFailure::wrong_length;

  for (std::size_t i = 0; i < request.count; ++i) {
    out[i] = bits ? static_cast<std::uint16_t>((body[i / 8] >> (i % 8)) & 1U) : word_at(body, 2 * i);
  }
  return PollFailure::none;
}

tl::expected<IdentifyReply, PollFailure> parse_identify(const IdentifyRequest& request,
                                                        std::span<const std::uint8_t> frame) {
  const auto head = check_head(request.unit, k_encapsulated, frame);
  if (head != PollFailure::none) return tl::unexpected{head};
  // unit, function, MEI type, code, conformity, more follows, next object, number of objects
  constexpr std::size_t k_objects_begin = k_mbap_header + 8;
  if (frame.size() < k_objects_begin) return tl::unexpected{PollFailure::wrong_length};
  if (frame[8] != k_read_identification || frame[9] != static_cast<std::uint8_t>(request.code)) {
    return tl::unexpected{PollFailure::wrong_function};
  }

  IdentifyReply reply;
  reply.more_follows = frame[11] == 0xFF;
  reply.next_object = frame[12];
  const std::size_t count = frame[13];
  std::size_t at = k_objects_begin;
  for (std::size_t i = 0; i < count; ++i) {
    if (frame.size() - at < 2) return tl::unexpected{PollFailure::wrong_length};
    const std::size_t size = frame[at + 1];
    if (frame.size() - at - 2 < size) return tl::unexpected{PollFailure::wrong_length};
    const std::string_view text{reinterpret_cast<const char*>(frame.data()) + at + 2, size};
    reply.objects.push_back({.id = frame[at], .text = log::printable(text)});
    at += 2 + size;
  }
  if (at != frame.size()) return tl::unexpected{PollFailure::wrong_length};
  return reply;
}

PollFailure failure_of_exception(std::uint8_t code) {
  switch (code) {
    case 1:
      return PollFailure::illegal_function;
    case 2:
      return PollFailure::illegal_address;
    case 3:
      return PollFailure::illegal_value;
    case 4:
      return PollFailure::device_failure;
    case 5:
    case 6:
      return PollFailure::device_busy;
    case 10:
      return PollFailure::gateway_path;
    case 11:
      return PollFailure::gateway_no_response;
    default:
      return PollFailure::other_exception;
  }
}

}  // namespace pue::modbus
