#include "plant/modbus/rtu_slave.h"

#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <cerrno>
#include <system_error>

namespace pue::plant {
namespace {

constexpr auto k_frame_end = std::chrono::milliseconds{20};
constexpr std::size_t k_read_request = 8;  // unit, function, address, count, checksum

std::size_t expected_size(std::uint8_t function) {
  if (function >= 1 && function <= 4) return k_read_request;
  if (function == 43) return 7;
  return 0;  // known by the pause that follows
}

bool is_intact(std::span<const std::uint8_t> frame) {
  const auto sum = rtu_checksum(frame.first(frame.size() - 2));
  return frame[frame.size() - 2] == (sum & 0xFF) && frame[frame.size() - 1] == (sum >> 8);
}

std::vector<std::uint8_t> framed(std::uint8_t number, std::span<const std::uint8_t> pdu) {
  std::vector<std::uint8_t> frame(1 + pdu.size() + 2);
  frame[0] = number;
  std::copy(pdu.begin(), pdu.end(), frame.begin() + 1);
  const auto sum = rtu_checksum(std::span{frame}.first(frame.size() - 2));
  frame[frame.size() - 2] = static_cast<std::uint8_t>(sum & 0xFF);
  frame[frame.size() - 1] = static_cast<std::uint8_t>(sum >> 8);
  return frame;
}

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errno, std::generic_category(), what}; }

}  // namespace

std::uint16_t rtu_checksum(std::span<const std::uint8_t> frame) {
  std::uint16_t sum = 0xFFFF;
  for (const auto byte : frame) {
    sum = static_cast<std::uint16_t>(sum ^ byte);
    for (int bit = 0; bit < 8; ++bit) {
      sum = static_cast<std::uint16_t>((sum & 1) != 0 ? (sum >> 1) ^ 0xA001 : sum >> 1);
    }
  }
  return sum;
}

RtuSlave::RtuSlave(asio::io_context& io, RequestCounts& counts, std::vector<Endpoint::Place> units,
                   std::filesystem::path link)
    : terminal_side_(io), counts_(counts), units_(std::move(units)), link_(std::move(link)), silence_(io) {
  if (std::filesystem::exists(std::filesystem::symlink_status(link_)) && !std::filesystem::is_symlink(link_)) {
    throw std::system_error{EEXIST, std::generic_category(), link_.string() + " is no link of ours"};
  }
  int master = -1;
  termios raw{};
  cfmakeraw(&raw);
  char name[128] = {};
  if (openpty(&master, &client_side_, name, &raw, nullptr) != 0) fail("openpty");
  terminal_side_.assign(master);
  terminal_ = name;
  std::filesystem::remove(link_);
  std::filesystem::create_symlink(terminal_, link_);
  read();
}

RtuSlave::~RtuSlave() { close(); }

void RtuSlave::close() {
  if (client_side_ < 0) return;
  ::close(client_side_);
  client_side_ = -1;
  asio::error_code ignored;
  silence_.cancel();
  terminal_side_.close(ignored);
  std::error_code kept;
  if (std::filesystem::read_symlink(link_, kept) == terminal_) std::filesystem::remove(link_, kept);
}

void RtuSlave::read() {
  if (filled_ == in_.size()) filled_ = 0;
  terminal_side_.async_read_some(asio::buffer(in_.data() + filled_, in_.size() - filled_),
                                 [this](const asio::error_code& error, std::size_t count) {
                                   if (error) return;
                                   filled_ += count;
                                   take_frames();
                                   arm_silence();
                                   read();
                                 });
}

void RtuSlave::arm_silence() {
  silence_.expires_after(k_frame_end);
  silence_.async_wait([this](const asio::error_code& error) {
    if (error || filled_ == 0) return;
    const std::span<const std::uint8_t> rest{in_.data(), filled_};
    if (rest.size() >= 4 && is_intact(rest)) {
      serve(rest);
    } else {
      ++counts_.malformed;
    }
    filled_ = 0;
  });
}

void RtuSlave::take_frames() {
  while (filled_ >= 2) {
    const auto size = expected_size(in_[1]);
    if (size == 0 || filled_ < size || !is_intact(std::span(in_).first(size))) return;
    serve(std::span(in_).first(size));
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(size), in_.begin() + static_cast<std::ptrdiff_t>(filled_),
              in_.begin());
    filled_ -= size;
  }
}

void RtuSlave::serve(std::span<const std::uint8_t> frame) {
  const auto number = frame[0];
  for (const auto& place : units_) {
    if (place.number != number) continue;
    const auto pdu = answer(*place.unit, frame.subspan(1, frame.size() - 3), counts_);
    return reply(*place.unit, number, {pdu.view().begin(), pdu.view().end()});
  }
  if (frame[1] > 4 && frame[1] != 43) ++counts_.write_attempts;
}

void RtuSlave::reply(Unit& unit, std::uint8_t number, std::vector<std::uint8_t> pdu) {
  const auto* fault = unit.transport_fault();
  if (fault == nullptr) return send(framed(number, pdu));
  const std::chrono::milliseconds given{static_cast<std::int64_t>(fault->value_or(0.0))};
  switch (fault->kind) {
    case FaultKind::late:
      return send_late(framed(number, pdu), given.count() > 0 ? given : std::chrono::milliseconds{1200});
    case FaultKind::drip:
      return drip(framed(number, pdu), 0, given.count() > 0 ? given : std::chrono::milliseconds{300});
    case FaultKind::wrong_unit:
      return send(framed(static_cast<std::uint8_t>(number + 1), pdu));
    case FaultKind::exception: {
      const auto refusal = exception_pdu(pdu[0] & 0x7F, static_cast<std::uint8_t>(fault->value_or(4.0)));
      return send(framed(number, refusal.view()));
    }
    case FaultKind::wrong_id: {  // a serial frame has no transaction: the checksum is wrong instead
      auto frame = framed(number, pdu);
      frame.back() = static_cast<std::uint8_t>(frame.back() ^ 0x55);
      return send(frame);
    }
    default:
      return;  // silence; a line cannot be closed
  }
}

void RtuSlave::send(const std::vector<std::uint8_t>& bytes) {
  // Some hundred bytes always fit into the terminal's buffer unless nobody reads: then they are lost, as on a wire.
  asio::error_code ignored;
  terminal_side_.non_blocking(true, ignored);
  terminal_side_.write_some(asio::buffer(bytes), ignored);
}

void RtuSlave::send_late(std::vector<std::uint8_t> bytes, std::chrono::milliseconds after) {
  auto timer = std::make_shared<asio::steady_timer>(silence_.get_executor(), after);
  timer->async_wait([this, timer, bytes = std::move(bytes)](const asio::error_code& error) {
    if (!error && client_side_ >= 0) send(bytes);
  });
}

void RtuSlave::drip(std::vector<std::uint8_t> bytes, std::size_t from, std::chrono::milliseconds pause) {
  if (from == bytes.size() || client_side_ < 0) return;
  send({bytes[from]});
  auto timer = std::make_shared<asio::steady_timer>(silence_.get_executor(), pause);
  timer->async_wait([this, timer, bytes = std::move(bytes), from, pause](const asio::error_code& error) mutable {
    if (!error) drip(std::move(bytes), from + 1, pause);
  });
}

}  // namespace pue::plant
