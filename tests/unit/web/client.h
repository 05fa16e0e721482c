#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace pue::test {

/// A TCP connection that sends what a test tells it, right or wrong.
class Connection {
 public:
  explicit Connection(const std::string& address) {
    const auto colon = address.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
    if (address.front() == '[') {
      fd_ = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      to.sin6_addr = in6addr_loopback;
      connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    } else {
      fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
  }
  Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }

  /// Sends as much as the peer takes.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// Reads until the peer closes or nothing came for `patience`.
  std::string read_all(std::chrono::milliseconds patience = std::chrono::seconds{5}) {
    std::string text;
    std::array<char, 65536> buffer;
    while (readable(patience)) {
      const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (n <= 0) {
        closed_ = true;
        break;
      }
      text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return text;
  }
  /// Whether the last read_all() ended because the peer closed.
  [[nodiscard]] bool closed() const { return closed_; }

  bool readable(std::chrono::milliseconds patience) const {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&wait, 1, static_cast<int>(patience.count())) > 0;
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
  bool closed_ = false;
};

struct Answer {
  int status = 0;  ///< 0: none came
  std::string head;
  std::string body;
};

inline Answer parsed(const std::string& text) {
  Answer answer;
  if (text.starts_with("HTTP/1.") && text.size() > 12) answer.status = std::stoi(text.substr(9, 3));
  const auto end = text.find("\r\n\r\n");
  answer.head = text.substr(0, end);
  if (end != std::string::npos) answer.body = text.substr(end + 4);
  return answer;
}

/// One request on a connection of its own.
inline Answer ask(const std::string& address, const std::string& method, const std::string& path,
                  const std::string& headers = {}) {
  Connection connection{address};
  connection.send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headers + "\r\n");
  return parsed(connection.read_all());
}

inline Answer get(const std::string& address, const std::string& path, const std::string& headers = {}) {
  return ask(address, "GET", path, headers);
}

}  // namespace pue::test
