#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "plant/modbus/answer.h"
#include "plant/modbus/tcp_server.h"

namespace pue::plant {

[[nodiscard]] std::uint16_t rtu_checksum(std::span<const std::uint8_t> frame);

/// The units of one serial line, on a pseudo-terminal. `link` is a symbolic link to the terminal that clients open; an
/// older link is replaced, anything else is left alone. Units of other numbers stay silent, as on a real line. Owned by
/// the thread that runs `io`.
class RtuSlave {
 public:
  /// Throws std::system_error where the terminal or the link cannot be made.
  RtuSlave(asio::io_context& io, RequestCounts& counts, std::vector<Endpoint::Place> units, std::filesystem::path link);
  ~RtuSlave();
  RtuSlave(const RtuSlave&) = delete;
  RtuSlave& operator=(const RtuSlave&) = delete;

  [[nodiscard]] const std::string& terminal() const { return terminal_; }
  void close();

 private:
  void read();
  /// A pause ends a frame: what has come and is no request is dropped.
  void arm_silence();
  void take_frames();
  void serve(std::span<const std::uint8_t> frame);
  void reply(Unit& unit, std::uint8_t number, std::vector<std::uint8_t> pdu);
  void send(const std::vector<std::uint8_t>& bytes);
  void send_late(std::vector<std::uint8_t> bytes, std::chrono::milliseconds after);
  void drip(std::vector<std::uint8_t> bytes, std::size_t from, std::chrono::milliseconds pause);

  asio::posix::stream_descriptor terminal_side_;
  RequestCounts& counts_;
  std::vector<Endpoint::Place> units_;
  std::filesystem::path link_;
  std::string terminal_;
  int client_side_ = -1;  ///< kept open, so that the line survives its clients
  asio::steady_timer silence_;
  std::array<std::uint8_t, 512> in_{};
  std::size_t filled_ = 0;
};

}  // namespace pue::plant
