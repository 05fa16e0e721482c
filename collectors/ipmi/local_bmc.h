#pragma once

#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "agent/units/time.h"
#include "collectors/ipmi/bmc.h"

namespace pue::ipmi {

/// The BMC of this machine, through the kernel's driver (linux/ipmi.h). Opened when first asked, and again after the
/// driver went away. Each question has a number, and an answer to an earlier one is dropped. Used by one thread.
class LocalBmc final : public Bmc {
 public:
  /// As ioctl(2): a test puts a driver of its own in its place.
  using Control = std::function<int(int descriptor, unsigned long request, void* argument)>;

  /// `context` must outlive it.
  LocalBmc(asio::io_context& context, std::string path, Duration timeout);
  LocalBmc(asio::io_context& context, std::string path, Duration timeout, Control control);

  [[nodiscard]] Task<tl::expected<Answer, PollFailure>> ask(Request request) override;
  [[nodiscard]] Task<void> close() override;
  void abandon() override;

  /// @return answers to earlier questions that were dropped.
  [[nodiscard]] std::uint64_t late_answers() const { return late_; }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
  enum class Received : std::uint8_t { ours, another, nothing, lost };

  [[nodiscard]] bool open();
  [[nodiscard]] bool send(const Request& request);
  [[nodiscard]] Received receive(const Request& request, Answer& answer);

  std::string path_;
  Duration timeout_;
  Control control_;
  Descriptor descriptor_;
  Timer timer_;
  long question_ = 0;
  std::uint64_t late_ = 0;
  bool abandoned_ = false;
};

}  // namespace pue::ipmi
