#include "plant/ipmi/udp_port.h"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <system_error>

namespace pue::plant::ipmi {
namespace {

constexpr std::size_t k_most_packet = 2048;
constexpr double k_held_back_milliseconds = 30.0;

std::chrono::steady_clock::duration milliseconds(double value) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double, std::milli>(value));
}

}  // namespace

struct UdpPort::Life {
  explicit Life(asio::io_context& io) : socket(io) {}
  asio::ip::udp::socket socket;
  UdpPort* port = nullptr;  ///< null: it has gone
};

UdpPort::UdpPort(asio::io_context& io, RmcpServer& server, const asio::ip::udp::endpoint& here)
    : server_(server), life_(std::make_shared<Life>(io)) {
  asio::error_code error;
  life_->socket.open(here.protocol(), error);
  if (!error) life_->socket.bind(here, error);
  if (!error) life_->socket.non_blocking(true, error);
  if (error) {
    throw std::system_error{error.value(), std::system_category(),
                            "cannot listen on udp " + here.address().to_string() + ":" + std::to_string(here.port())};
  }
  life_->port = this;
  wait();
}

UdpPort::~UdpPort() { life_->port = nullptr; }

void UdpPort::wait() {
  life_->socket.async_wait(asio::ip::udp::socket::wait_read, [life = life_](const asio::error_code& error) {
    if (error || life->port == nullptr) return;
    life->port->receive_all();
    life->port->wait();
  });
}

void UdpPort::receive_all() {
  std::array<std::uint8_t, k_most_packet> buffer{};
  for (;;) {
    asio::ip::udp::endpoint from;
    asio::error_code error;
    const auto size = life_->socket.receive_from(asio::buffer(buffer), from, 0, error);
    if (error) return;
    answer(View{buffer}.first(size), from);
  }
}

const UdpPort::Running* UdpPort::running(BmcFault fault) const {
  const auto found = std::ranges::find(faults_, fault, &Running::fault);
  return found == faults_.end() ? nullptr : &*found;
}

bool UdpPort::loses_this_one() {
  const auto* lost = running(BmcFault::lost);
  if (lost == nullptr) return false;
  chance_ = chance_ * 1664525U + 1013904223U;
  return (chance_ >> 8U) % static_cast<std::uint32_t>(std::max(lost->value, 1.0)) == 0;
}

void UdpPort::answer(View packet, const asio::ip::udp::endpoint& from) {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(faults_, [&](const Running& fault) { return fault.until <= now; });
  server_.set_full(running(BmcFault::sessions_full) != nullptr);
  server_.bmc().set_busy(running(BmcFault::busy) != nullptr);
  if (running(BmcFault::silence) != nullptr || running(BmcFault::reboot) != nullptr || loses_this_one()) return;
  auto reply = server_.receive(packet, now);
  if (reply.empty() || loses_this_one()) return;
  ++packets_;
  const auto* late = running(BmcFault::late);
  double after = server_.bmc().vendor().answers_after + (late == nullptr ? 0.0 : late->value);
  if (running(BmcFault::reordered) != nullptr && packets_ % 2 == 0) after += k_held_back_milliseconds;
  if (running(BmcFault::doubled) != nullptr) send(reply, from, after);
  send(std::move(reply), from, after);
}

void UdpPort::send(Bytes packet, const asio::ip::udp::endpoint& to, double after_milliseconds) {
  asio::error_code ignored;
  if (after_milliseconds <= 0.0) {
    life_->socket.send_to(asio::buffer(packet), to, 0, ignored);
    return;
  }
  auto timer = std::make_shared<asio::steady_timer>(life_->socket.get_executor(), milliseconds(after_milliseconds));
  timer->async_wait([life = life_, timer, packet = std::move(packet), to](const asio::error_code& error) {
    if (error || life->port == nullptr) return;
    asio::error_code unsent;
    life->socket.send_to(asio::buffer(packet), to, 0, unsent);
  });
}

void UdpPort::begin(BmcFault fault, double value, Moment until) {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(faults_, [&](const Running& other) { return other.fault == fault; });
  switch (fault) {
    case BmcFault::sdr_change:
      server_.bmc().change_sensors();
      return;
    case BmcFault::reboot:
      server_.restart();
      server_.bmc().restart();
      faults_.push_back({fault, value, now + milliseconds(value > 0.0 ? value : 3000.0)});
      return;
    case BmcFault::late:
      faults_.push_back({fault, value > 0.0 ? value : 1200.0, until});
      return;
    case BmcFault::lost:
      faults_.push_back({fault, value > 0.0 ? value : 3.0, until});
      return;
    default:
      faults_.push_back({fault, value, until});
  }
}

void UdpPort::clear_faults() { faults_.clear(); }

}  // namespace pue::plant::ipmi
