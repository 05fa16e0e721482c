#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tl/expected.hpp>

#include "agent/pipeline/poll_failure.h"
#include "collectors/modbus/reader.h"

/// Modbus TCP as bytes: requests in, replies checked. Pure, no I/O. The one place that builds requests; it knows the
/// four reads and read device identification (43/14) and cannot build another.
namespace pue::modbus {

inline constexpr std::size_t k_mbap_header = 6;        ///< bytes that say how long a frame is
inline constexpr std::size_t k_max_frame = 260;        ///< header of 6, unit, function and data of at most 252
inline constexpr std::size_t k_read_request = 12;      ///< bytes of a read request
inline constexpr std::size_t k_identify_request = 11;  ///< bytes of a 43/14 request
inline constexpr std::uint16_t k_max_registers = 125;
inline constexpr std::uint16_t k_max_bits = 2000;

/// How much of the identification is asked for.
enum class IdentifyCode : std::uint8_t { basic = 1, regular = 2, extended = 3 };

struct IdentifyRequest {
  std::uint8_t unit = 1;
  IdentifyCode code = IdentifyCode::basic;
  std::uint8_t first_object = 0;
};

/// @return whether the request can be sent: a function of the four, a count within the function's bounds, a range
/// that ends at or before 65535.
[[nodiscard]] bool well_formed(const ReadRequest& request);

/// The request's bytes. `request` must be well formed; the process ends when it is not, whatever the build.
[[nodiscard]] std::array<std::uint8_t, k_read_request> build_read(std::uint16_t transaction,
                                                                  const ReadRequest& request);
[[nodiscard]] std::array<std::uint8_t, k_identify_request> build_identify(std::uint16_t transaction,
                                                                          const IdentifyRequest& request);

/// What the first bytes of a frame say.
struct FrameHeader {
  std::uint16_t transaction = 0;
  std::size_t size = 0;  ///< of the whole frame, 8 to k_max_frame
};

/// @param bytes at least k_mbap_header.
/// @return wrong_protocol or wrong_length when the stream cannot be followed any further.
[[nodiscard]] tl::expected<FrameHeader, PollFailure> parse_header(std::span<const std::uint8_t> bytes);

/// Reads the answer to `request` out of one whole frame whose transaction id has been found to fit.
/// @param out room for `request.count` words; receives the registers, or a word of 0 or 1 for each bit. Untouched
/// unless the answer is exactly what was asked for.
/// @return none; wrong_unit or wrong_function for an answer to something else; wrong_length or wrong_byte_count for a
/// malformed one; the failure an exception code stands for.
[[nodiscard]] PollFailure parse_read(const ReadRequest& request, std::span<const std::uint8_t> frame,
                                     std::span<std::uint16_t> out);

struct IdentifyReply {
  std::vector<IdentificationObject> objects;
  bool more_follows = false;
  std::uint8_t next_object = 0;
};
[[nodiscard]] tl::expected<IdentifyReply, PollFailure> parse_identify(const IdentifyRequest& request,
                                                                      std::span<const std::uint8_t> frame);

/// @return what an exception code means; other_exception for one outside the standard.
[[nodiscard]] PollFailure failure_of_exception(std::uint8_t code);

/// @return whether `failure` is the answer of a device (or its gateway) that understood the question.
[[nodiscard]] constexpr bool is_exception(PollFailure failure) {
  return failure >= PollFailure::illegal_function && failure <= PollFailure::other_exception;
}

}  // namespace pue::modbus
