#include "collectors/ipmi/local_bmc.h"

#include <fcntl.h>
#include <linux/ipmi.h>
#include <sys/ioctl.h>
#include <algorithm>
#include <array>
#include <asio/redirect_error.hpp>
#include <cerrno>
#include <utility>

namespace pue::ipmi {

LocalBmc::LocalBmc(asio::io_context& context, std::string path, Duration timeout)
    : LocalBmc(context, std::move(path), timeout, [](int descriptor, unsigned long request, void* argument) {
        return ::ioctl(descriptor, request, argument);
      }) {}

LocalBmc::LocalBmc(asio::io_context& context, std::string path, Duration timeout, Control control)
    : path_(std::move(path)),
      timeout_(timeout),
      control_(std::move(control)),
      descriptor_(context.get_executor()),
      timer_(context.get_executor()) {}

bool LocalBmc::open() {
  if (descriptor_.is_open()) return true;
  const int file = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  asio::error_code failed;
  descriptor_.assign(file, failed);
  return !failed;
}

bool LocalBmc::send(const Request& request) {
  ipmi_system_interface_addr address{};
  address.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE;
  address.channel = IPMI_BMC_CHANNEL;
  std::array<std::uint8_t, Request::k_most_data> data{};
  std::copy(request.data().begin(), request.data().end(), data.begin());
  ipmi_req message{};
  message.addr = reinterpret_cast<unsigned char*>(&address);
  message.addr_len = sizeof address;
  message.msgid = ++question_;
  message.msg.netfn = static_cast<unsigned char>(request.function());
  message.msg.cmd = request.command();
  message.msg.data = data.data();
  message.msg.data_len = static_cast<unsigned short>(request.data().size());
  return control_(descriptor_.native_handle(), IPMICTL_SEND_COMMAND, &message) == 0;
}

/// Takes one message from the driver.
LocalBmc::Received LocalBmc::receive(const Request& request, Answer& answer) {
  ipmi_addr address{};
  std::array<std::uint8_t, 1 + Answer::k_most_data> data{};
  ipmi_recv message{};
  message.addr = reinterpret_cast<unsigned char*>(&address);
  message.addr_len = sizeof address;
  message.msg.data = data.data();
  message.msg.data_len = static_cast<unsigned short>(data.size());
  // EMSGSIZE: the answer was cut to our size and is there all the same.
  if (control_(descriptor_.native_handle(), IPMICTL_RECEIVE_MSG_TRUNC, &message) != 0 && errno != EMSGSIZE) {
    return errno == EAGAIN || errno == EINTR ? Received::nothing : Received::lost;
  }
  if (message.recv_type != IPMI_RESPONSE_RECV_TYPE) return Received::another;
  if (message.msgid != question_) {
    ++late_;
    return Received::another;
  }
  const auto size = std::min<std::size_t>(message.msg.data_len, data.size());
  if (message.msg.netfn != static_cast<unsigned>(request.function()) + 1 || message.msg.cmd != request.command() ||
      size == 0) {
    return Received::another;
  }
  answer.completion_code = data[0];
  answer.size = static_cast<std::uint8_t>(size - 1);
  std::copy_n(data.begin() + 1, answer.size, answer.bytes.begin());
  return Received::ours;
}

Task<tl::expected<Answer, PollFailure>> LocalBmc::ask(Request request) {
  if (abandoned_) co_return tl::unexpected(PollFailure::timeout);
  if (!open()) co_return tl::unexpected(PollFailure::port_lost);
  if (!send(request)) {
    co_await close();
    co_return tl::unexpected(PollFailure::port_lost);
  }
  const auto deadline = BootClock::now() + timeout_;
  timer_.expires_after(timeout_);
  timer_.async_wait([this, question = question_](asio::error_code cancelled) {
    if (cancelled || question != question_) return;
    asio::error_code ignored;
    descriptor_.cancel(ignored);
  });
  Answer answer;
  while (!abandoned_ && BootClock::now() < deadline) {
    asio::error_code failed;
    co_await descriptor_.async_wait(asio::posix::descriptor_base::wait_read, asio::redirect_error(k_awaitable, failed));
    if (failed) continue;
    const auto received = receive(request, answer);
    if (received == Received::lost) {
      timer_.cancel();
      co_await close();
      co_return tl::unexpected(PollFailure::port_lost);
    }
    if (received != Received::ours) continue;
    timer_.cancel();
    co_return answer;
  }
  timer_.cancel();
  co_return tl::unexpected(PollFailure::timeout);
}

Task<void> LocalBmc::close() {
  asio::error_code ignored;
  descriptor_.close(ignored);
  co_return;
}

void LocalBmc::abandon() {
  abandoned_ = true;
  asio::error_code ignored;
  if (descriptor_.is_open()) descriptor_.cancel(ignored);
}

}  // namespace pue::ipmi
