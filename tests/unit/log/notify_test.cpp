#include "agent/service/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace pue;
using namespace std::chrono_literals;

namespace {

/// Stands where systemd listens.
class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto name = "pue-notify-test-" + std::to_string(::getpid());
    std::memcpy(address.sun_path + 1, name.data(), name.size());  // abstract: no file to clean up
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(fd_);
  }
  /// @return the next message, empty when there is none.
  std::string next() {
    std::array<char, 512> buffer;
    const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return n > 0 ? std::string{buffer.data(), static_cast<std::size_t>(n)} : std::string{};
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("systemd hears that the service is ready, alive and stopping") {
  NotifySocket systemd;
  service::notify_ready("3 devices\nSTOPPING=1");
  CHECK(systemd.next() == "READY=1\nSTATUS=3 devices STOPPING=1");
  service::notify_alive();
  CHECK(systemd.next() == "WATCHDOG=1");
  service::notify_stopping();
  CHECK(systemd.next() == "STOPPING=1");
  CHECK(systemd.next().empty());
}

TEST_CASE("without systemd nothing is told to anybody") {
  ::unsetenv("NOTIFY_SOCKET");
  service::notify_ready("up");
  service::notify_alive();
  CHECK_FALSE(service::watchdog_period());
}

TEST_CASE("the watchdog is fed twice as often as it asks") {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CHECK(service::watchdog_period() == 5s);
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(service::watchdog_period());
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
}
