#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <random>
#include <thread>

#include "collectors/modbus/reader.h"
#include "collectors/modbus/wire.h"
#include "collectors/net/name_lookup.h"

namespace pue::modbus {
namespace {

constexpr unsigned k_most_strays = 8;
constexpr unsigned k_most_identify_requests = 32;  // "more follows" of a device that never ends
constexpr auto k_lookup_look = std::chrono::milliseconds{2};

/// One question at a time over a socket of its own, with one deadline for each.
class TcpReader final : public Reader {
 public:
  TcpReader(plan::TcpAddress address, Duration timeout)
      : address_(std::move(address)), timeout_(timeout), random_(std::random_device{}()) {}
  ~TcpReader() override { close(); }
  TcpReader(const TcpReader&) = delete;
  TcpReader& operator=(const TcpReader&) = delete;

  tl::expected<std::vector<std::uint16_t>, PollFailure> read(const ReadRequest& request) override {
    if (!well_formed(request)) return tl::unexpected{PollFailure::illegal_value};
    std::vector<std::uint16_t> words(request.count);
    const auto parse = [&](std::span<const std::uint8_t> frame) { return parse_read(request, frame, words); };
    const auto id = next_id();
    const auto failure = ask(id, build_read(id, request), parse);
    if (failure != PollFailure::none) return tl::unexpected{failure};
    return words;
  }

  tl::expected<std::vector<IdentificationObject>, PollFailure> identify(std::uint8_t unit) override {
    std::map<std::uint8_t, std::string> objects;
    auto failure = identify(unit, IdentifyCode::regular, objects);
    if (is_exception(failure)) failure = identify(unit, IdentifyCode::basic, objects);
    if (failure != PollFailure::none) return tl::unexpected{failure};
    std::vector<IdentificationObject> list;
    for (auto& [id, text] : objects) list.push_back({.id = id, .text = std::move(text)});
    return list;
  }

 private:
  PollFailure identify(std::uint8_t unit, IdentifyCode code, std::map<std::uint8_t, std::string>& objects) {
    IdentifyRequest request{.unit = unit, .code = code};
    for (unsigned turn = 0; turn < k_most_identify_requests; ++turn) {
      IdentifyReply reply;
      const auto parse = [&](std::span<const std::uint8_t> frame) {
        auto parsed = parse_identify(request, frame);
        if (!parsed) return parsed.error();
        reply = std::move(*parsed);
        return PollFailure::none;
      };
      const auto id = next_id();
      const auto failure = ask(id, build_identify(id, request), parse);
      if (failure != PollFailure::none) return failure;
      for (auto& object : reply.objects) objects.insert_or_assign(object.id, std::move(object.text));
      // Objects come in rising order; a device that names an earlier one as the next would go round for ever.
      if (!reply.more_follows || reply.next_object <= request.first_object) break;
      request.first_object = reply.next_object;
    }
    return PollFailure::none;
  }

  std::uint16_t next_id() {
    const auto last = last_id_;
    while (last_id_ == last) last_id_ = static_cast<std::uint16_t>(random_());
    return last_id_;
  }

  template <class Parse>
  PollFailure ask(std::uint16_t id, std::span<const std::uint8_t> bytes, Parse&& parse) {
    const auto deadline = BootClock::now() + timeout_;
    if (socket_ >= 0 && readable_now()) close();  // bytes nobody asked for, or the peer has gone
    if (socket_ < 0) {
      if (const auto failure = connect(deadline); failure != PollFailure::none) return failure;
    }
    if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
      return lost(PollFailure::connection_closed);
    }
    return await(id, deadline, parse);
  }

  /// Reads frames until the one that answers; whatever else comes is discarded, up to a point.
  template <class Parse>
  PollFailure await(std::uint16_t id, Instant deadline, Parse&& parse) {
    std::array<std::uint8_t, k_max_frame> frame{};
    PollFailure seen = PollFailure::timeout;
    for (unsigned stray = 0; stray <= k_most_strays; ++stray) {
      if (const auto failure = fill(std::span{frame}.first(k_mbap_header), deadline); failure != PollFailure::none) {
        return lost(failure == PollFailure::timeout ? seen : failure);
      }
      const auto header = parse_header(frame);
      if (!header) return lost(header.error());
      const auto rest = std::span{frame}.subspan(k_mbap_header, header->size - k_mbap_header);
      if (const auto failure = fill(rest, deadline); failure != PollFailure::none) {
        return lost(failure == PollFailure::timeout ? seen : failure);
      }
      const auto failure = header->transaction == id ? parse(std::span<const std::uint8_t>{frame}.first(header->size))
                                                     : PollFailure::wrong_transaction;
      if (failure == PollFailure::none || is_exception(failure)) return failure;
      const bool may_still_come = failure == PollFailure::wrong_transaction || failure == PollFailure::wrong_unit ||
                                  failure == PollFailure::wrong_function;
      if (!may_still_come) return lost(failure);
      if (seen == PollFailure::timeout) seen = failure;
    }
    return lost(seen);
  }

  /// Waits until the socket is ready for `events`. @return false at the deadline.
  bool wait(short events, Instant deadline) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - BootClock::now()).count();
      if (left <= 0) return false;
      pollfd entry{.fd = socket_, .events = events, .revents = 0};
      const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

  [[nodiscard]] bool readable_now() const {
    pollfd entry{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) != 0;
  }

  PollFailure fill(std::span<std::uint8_t> bytes, Instant deadline) const {
    while (!bytes.empty()) {
      if (!wait(POLLIN, deadline)) return PollFailure::timeout;
      const auto got = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) return PollFailure::connection_closed;
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return PollFailure::none;
  }

  PollFailure connect(Instant deadline) {
    auto addresses = net::NameLookup::numeric(address_.host, address_.port);
    if (addresses.empty()) {
      const auto lookup = net::NameLookup::begin(address_.host, address_.port);
      while (!lookup->done() && BootClock::now() < deadline) std::this_thread::sleep_for(k_lookup_look);
      if (lookup->done()) addresses = lookup->addresses();
    }
    auto failure = PollFailure::connect_failed;
    for (const auto& address : addresses) {
      failure = connect(address, deadline);
      if (failure == PollFailure::none) break;
    }
    return failure;
  }

  PollFailure connect(const net::SocketAddress& address, Instant deadline) {
    socket_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return PollFailure::connect_failed;
    int error = 0;
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) error = errno;
    if (error == EINPROGRESS) {
      if (!wait(POLLOUT, deadline)) return lost(PollFailure::connect_failed);
      socklen_t size = sizeof(error);
      if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    }
    if (error == ECONNREFUSED) return lost(PollFailure::connect_refused);
    if (error != 0) return lost(PollFailure::connect_failed);
    const int on = 1;
    (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return PollFailure::none;
  }

  PollFailure lost(PollFailure failure) {
    close();
    return failure;
  }

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  plan::TcpAddress address_;
  Duration timeout_;
  std::mt19937 random_;
  std::uint16_t last_id_ = 0;
  int socket_ = -1;
};

}  // namespace

std::unique_ptr<Reader> open_tcp(const plan::TcpAddress& address, Duration timeout) {
  return std::make_unique<TcpReader>(address, timeout);
}

}  // namespace pue::modbus
