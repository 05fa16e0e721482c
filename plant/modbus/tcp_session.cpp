#include "plant/modbus/tcp_session.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/write.hpp>

namespace pue::plant {
namespace {

constexpr std::size_t k_head = 7;            // transaction, protocol, length, unit
constexpr std::size_t k_most_out = 1 << 16;  // a client that never reads is cut off here

std::chrono::milliseconds milliseconds(double count) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::clamp(count, 1.0, 600'000.0))};
}

std::vector<std::uint8_t> framed(std::span<const std::uint8_t> request, std::uint8_t number, const Pdu& pdu) {
  std::vector<std::uint8_t> frame(k_head + pdu.size);
  frame[0] = request[0];
  frame[1] = request[1];
  frame[5] = static_cast<std::uint8_t>(pdu.size + 1);
  frame[6] = number;
  std::copy_n(pdu.view().begin(), pdu.size, frame.begin() + k_head);
  return frame;
}

}  // namespace

void TcpSession::read() {
  socket_.async_read_some(asio::buffer(in_.data() + filled_, in_.size() - filled_),
                          [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
                            if (error) return self->close();
                            self->filled_ += count;
                            if (!self->take_frames()) return self->close();
                            self->read();
                          });
}

bool TcpSession::take_frames() {
  std::size_t at = 0;
  while (filled_ - at >= k_head) {
    const auto* head = in_.data() + at;
    const std::size_t length = static_cast<std::size_t>((head[4] << 8) | head[5]);
    if (head[2] != 0 || head[3] != 0 || length < 2 || length > 254) {
      ++counts_.malformed;
      return false;
    }
    const std::size_t size = 6 + length;
    if (filled_ - at < size) break;
    if (!serve(std::span(in_).subspan(at, size))) return false;
    at += size;
  }
  std::copy(in_.begin() + static_cast<std::ptrdiff_t>(at), in_.begin() + static_cast<std::ptrdiff_t>(filled_),
            in_.begin());
  filled_ -= at;
  return true;
}

bool TcpSession::serve(std::span<const std::uint8_t> frame) {
  if (!endpoint_->answers) {
    ++counts_.requests;
    return true;
  }
  const auto number = frame[6];
  for (const auto& place : endpoint_->units) {
    if (place.number == number || place.number == 0) return serve(*place.unit, number, frame);
  }
  ++counts_.requests;
  send(framed(frame, number,
              exception_pdu(frame[k_head] & 0x7F, static_cast<std::uint8_t>(Exception::no_response_from_unit))));
  return out_.size() < k_most_out;
}

bool TcpSession::serve(Unit& unit, std::uint8_t number, std::span<const std::uint8_t> frame) {
  const auto pdu = answer(unit, frame.subspan(k_head), counts_);
  auto reply = framed(frame, number, pdu);
  const auto* fault = unit.transport_fault();
  if (fault == nullptr) {
    send(std::move(reply));
    return out_.size() < k_most_out;
  }
  switch (fault->kind) {
    case FaultKind::silence:
      return true;
    case FaultKind::close:
      return false;
    case FaultKind::late:
      send_late(std::move(reply), milliseconds(fault->value_or(1200.0)));
      return true;
    case FaultKind::drip:
      drip(std::move(reply), 0, milliseconds(fault->value_or(300.0)));
      return true;
    case FaultKind::wrong_id:
      reply[1] = static_cast<std::uint8_t>(reply[1] ^ 0x55);
      break;
    case FaultKind::wrong_unit:
      reply[6] = static_cast<std::uint8_t>(number + 1);
      break;
    case FaultKind::exception:
      reply =
          framed(frame, number, exception_pdu(frame[k_head] & 0x7F, static_cast<std::uint8_t>(fault->value_or(4.0))));
      break;
    case FaultKind::frozen:
    case FaultKind::reversed_ct:
    case FaultKind::counter_reset:
    case FaultKind::meter_swap:
      break;  // these are in the values
  }
  send(std::move(reply));
  return out_.size() < k_most_out;
}

void TcpSession::send(Bytes bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  if (writing_.empty()) write();
}

void TcpSession::write() {
  writing_.swap(out_);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](const asio::error_code& error, std::size_t) {
                      self->writing_.clear();
                      if (error) return self->close();
                      if (!self->out_.empty()) self->write();
                    });
}

void TcpSession::send_late(Bytes bytes, std::chrono::milliseconds after) {
  auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), after);
  timer->async_wait(
      [self = shared_from_this(), timer, bytes = std::move(bytes)](const asio::error_code& error) mutable {
        if (!error && self->socket_.is_open()) self->send(std::move(bytes));
      });
}

void TcpSession::drip(Bytes bytes, std::size_t from, std::chrono::milliseconds pause) {
  if (from == bytes.size() || !socket_.is_open()) return;
  send({bytes[from]});
  auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), pause);
  timer->async_wait(
      [self = shared_from_this(), timer, bytes = std::move(bytes), from, pause](const asio::error_code& error) mutable {
        if (!error) self->drip(std::move(bytes), from + 1, pause);
      });
}

void TcpSession::close() {
  asio::error_code ignored;
  socket_.close(ignored);
}

}  // namespace pue::plant
