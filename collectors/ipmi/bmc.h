#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tl/expected.hpp>

#include "agent/pipeline/poll_failure.h"
#include "agent/units/time.h"
#include "collectors/ipmi/request.h"

namespace pue::ipmi {

using Executor = asio::io_context::executor_type;
template <class T>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> k_awaitable{};

/// What a BMC said to a request. A completion code other than 0 is an answer too: the BMC is there and refuses.
struct Answer {
  static constexpr std::size_t k_most_data = 250;

  std::uint8_t completion_code = 0;
  std::uint8_t size = 0;
  std::array<std::uint8_t, k_most_data> bytes{};

  [[nodiscard]] bool ok() const { return completion_code == 0; }
  /// What follows the completion code.
  [[nodiscard]] std::span<const std::uint8_t> data() const { return std::span{bytes}.first(size); }
};

/// A way to a BMC: a session on the network or the local interface. One request at a time. Used by one thread.
class Bmc {
 public:
  virtual ~Bmc() = default;

  /// Asks once, sending it again within the device's time-out where it may be lost.
  /// @return the answer whatever its completion code, or why there is none.
  [[nodiscard]] virtual Task<tl::expected<Answer, PollFailure>> ask(Request request) = 0;

  /// @return when something has to be asked again, lest the BMC forgets us; Instant::max(): it keeps nothing.
  [[nodiscard]] virtual Instant keep_alive_due() const { return Instant::max(); }
  /// Gives back what the BMC keeps for us, where it keeps anything; takes half a second at most.
  [[nodiscard]] virtual Task<void> close() { co_return; }
  /// Ends what is being waited for as if its time were over, and every question after it.
  virtual void abandon() {}
};

}  // namespace pue::ipmi
