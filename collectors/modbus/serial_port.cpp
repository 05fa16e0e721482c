#include "collectors/modbus/serial_port.h"

#include <fcntl.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "agent/log/log.h"

namespace pue::modbus {
namespace {

using std::chrono::milliseconds;

constexpr std::uint8_t k_encapsulated = 0x2B;
constexpr Duration k_least_silence = std::chrono::microseconds{1750};
/// USB adapters hand over what they received up to 16 ms later; a shorter pause is no pause.
constexpr Duration k_quiet = milliseconds{20};
constexpr Duration k_longest_discard = milliseconds{300};
constexpr Duration k_echo_delay = milliseconds{200};
/// What a frame that has begun may take beyond its time on the wire.
constexpr Duration k_frame_slack = milliseconds{300};

/// libmodbus takes any other rate for 9600 without a word.
constexpr std::array k_rates{1200U,   2400U,   4800U,   9600U,   19200U,  38400U,  57600U,
                             115200U, 230400U, 460800U, 500000U, 576000U, 921600U, 1000000U};

Duration character_of(const plan::SerialLine& line) {
  const unsigned bits = 1 + 8 + (line.parity == 'N' ? 0 : 1) + line.stop_bits;
  return std::chrono::nanoseconds{1'000'000'000LL * bits / std::max(line.baud, 1U)};
}

timespec timespec_of(Duration duration) {
  const auto count = std::max<Duration::rep>(duration.count(), 0);
  return {.tv_sec = count / 1'000'000'000, .tv_nsec = count % 1'000'000'000};
}

PollFailure failure_of(int error) {
  switch (error) {
    case ETIMEDOUT:
    case EINTR:
    case EAGAIN:
      return PollFailure::timeout;
    case EMBBADCRC:
      return PollFailure::crc;
    case EMBBADDATA:
      return PollFailure::wrong_length;
    default:
      return PollFailure::port_lost;
  }
}

}  // namespace

SerialPort::SerialPort(plan::SerialLine line, int interrupt)
    : line_(std::move(line)), interrupt_(interrupt), character_(character_of(line_)) {
  silence_ = line_.silence > Duration{} ? line_.silence : std::max(k_least_silence, character_ * 7 / 2);
  reserved_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  idle_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (reserved_ >= 0 && reserved_ < FD_SETSIZE && idle_ >= 0) return;
  if (reserved_ >= 0) ::close(reserved_);
  if (idle_ >= 0) ::close(idle_);
  throw std::runtime_error(
      fmt::format("{}: no file descriptor below {} is left for the serial line", line_.path, FD_SETSIZE));
}

SerialPort::~SerialPort() {
  close();
  ::close(reserved_);
  ::close(idle_);
}

PollFailure SerialPort::open() {
  close();
  std::string reason;
  if (std::find(k_rates.begin(), k_rates.end(), line_.baud) == k_rates.end()) {
    reason = fmt::format("baud rate {} is not supported", line_.baud);
  } else if (!take_line()) {
    reason =
        errno == EWOULDBLOCK || errno == EBUSY ? "another program holds it; a running agent?" : std::strerror(errno);
  } else {
    context_ = modbus_new_rtu(line_.path.c_str(), static_cast<int>(line_.baud), line_.parity, 8,
                              static_cast<int>(line_.stop_bits));
    if (context_ == nullptr || !configure()) reason = std::strerror(errno);
  }
  if (reason.empty()) {
    if (told_) log::info("serial port is back", {{"port", line_.path}});
    told_ = false;
    return PollFailure::none;
  }
  if (context_ != nullptr) modbus_free(context_);
  context_ = nullptr;
  release_line();
  if (!told_) log::warn("serial port cannot be opened", {{"port", line_.path}, {"reason", reason}});
  told_ = true;
  return PollFailure::port_lost;
}

// Before libmodbus sets the line's rate, under whoever is speaking on it. TIOCEXCL alone does not hold root off, and
// one of two masters sooner or later takes the other's answer for its own.
bool SerialPort::take_line() {
  held_ = ::open(line_.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return held_ >= 0 && ::flock(held_, LOCK_EX | LOCK_NB) == 0;
}

void SerialPort::release_line() {
  if (held_ >= 0) ::close(held_);
  held_ = -1;
}

bool SerialPort::configure() {
  if (modbus_connect(context_) != 0) return false;
  const int opened = modbus_get_socket(context_);
  if (::dup3(opened, reserved_, O_CLOEXEC) < 0) {
    const int error = errno;
    modbus_close(context_);
    errno = error;
    return false;
  }
  ::close(opened);
  modbus_set_socket(context_, reserved_);
  ::ioctl(reserved_, TIOCEXCL);  // programs that know no lock
  // No time-out between bytes: the one for the answer then holds for the whole of it, and a dripping device cannot
  // stretch it.
  modbus_set_byte_timeout(context_, 0, 0);
  if (line_.rs485 && modbus_rtu_set_serial_mode(context_, MODBUS_RTU_RS485) != 0) {
    log::warn("the driver cannot switch an RS-485 transmitter; leave rs485 off if the adapter does so itself",
              {{"port", line_.path}, {"reason", std::strerror(errno)}});
  }
  modbus_flush(context_);
  last_byte_ = BootClock::now();
  return true;
}

void SerialPort::close() {
  if (context_ == nullptr) return;
  // libmodbus closes the descriptor it knows; the reserved number itself must never be free for anyone else.
  modbus_set_socket(context_, ::fcntl(reserved_, F_DUPFD_CLOEXEC, 0));
  modbus_close(context_);
  modbus_free(context_);
  context_ = nullptr;
  ::dup3(idle_, reserved_, O_CLOEXEC);
  release_line();
}

bool SerialPort::wait_readable(Instant until) {
  std::array<pollfd, 2> watched{pollfd{.fd = is_open() ? reserved_ : -1, .events = POLLIN, .revents = 0},
                                pollfd{.fd = interrupt_, .events = POLLIN, .revents = 0}};
  const timespec timeout = timespec_of(until - BootClock::now());
  if (::ppoll(watched.data(), watched.size(), &timeout, nullptr) <= 0) return false;
  return watched[1].revents == 0 && watched[0].revents != 0;
}

void SerialPort::wait_pause(Instant until) {
  pollfd interrupt{.fd = interrupt_, .events = POLLIN, .revents = 0};
  const timespec timeout = timespec_of(until - BootClock::now());
  ::ppoll(&interrupt, 1, &timeout, nullptr);
}

PollFailure SerialPort::read_available(std::span<std::uint8_t> into, std::size_t& got) {
  got = 0;
  const auto count = ::read(reserved_, into.data(), into.size());
  if (count > 0) {
    got = static_cast<std::size_t>(count);
    last_byte_ = BootClock::now();
    return PollFailure::none;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return PollFailure::none;
  if (count < 0) return PollFailure::port_lost;
  // A raw serial line without bytes reads as an end of file; a line that hung up does so for ever.
  pollfd port{.fd = reserved_, .events = POLLIN, .revents = 0};
  ::poll(&port, 1, 0);
  return (port.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ? PollFailure::port_lost : PollFailure::none;
}

PollFailure SerialPort::send(std::span<const std::uint8_t> question) {
  std::copy(question.begin(), question.end(), question_.begin());
  const unsigned crc = crc16(question);
  question_[question.size()] = static_cast<std::uint8_t>(crc & 0xFFU);
  question_[question.size() + 1] = static_cast<std::uint8_t>(crc >> 8);
  question_size_ = question.size() + 2;

  wait_pause(last_byte_ + silence_);
  const int sent = modbus_send_raw_request(context_, question.data(), static_cast<int>(question.size()));
  if (sent < 0) {
    const auto failure = failure_of(errno);
    ::tcflush(reserved_, TCOFLUSH);  // half a question must not lead the next one
    return failure == PollFailure::wrong_length ? PollFailure::timeout : failure;
  }
  last_byte_ = BootClock::now() + time_of(question_size_);
  return line_.suppress_echo ? take_echo(std::span(question_).first(question_size_)) : PollFailure::none;
}

PollFailure SerialPort::take_echo(std::span<const std::uint8_t> question) {
  std::array<std::uint8_t, k_max_rtu_frame> echo{};
  const Instant deadline = BootClock::now() + time_of(question.size()) + k_echo_delay;
  std::size_t have = 0;
  while (have < question.size()) {
    if (!wait_readable(deadline)) return PollFailure::timeout;
    std::size_t got = 0;
    const auto failure = read_available(std::span(echo).subspan(have, question.size() - have), got);
    if (failure != PollFailure::none) return failure;
    have += got;
  }
  return std::equal(question.begin(), question.end(), echo.begin()) ? PollFailure::none : PollFailure::unsolicited;
}

tl::expected<std::span<const std::uint8_t>, PollFailure> SerialPort::receive(std::uint8_t unit, Instant deadline) {
  if (!wait_readable(deadline)) return tl::unexpected{PollFailure::timeout};
  answer_.fill(0);
  const auto answer =
      question_[1] == k_encapsulated ? receive_identification(deadline) : receive_with_libmodbus(unit, deadline);
  last_byte_ = std::max(last_byte_, BootClock::now());
  // The echo of a question for coils can pass for an answer: same unit, same function, a good checksum. Others fail
  // by their checksum, before libmodbus has read them to their end.
  const bool could_be_echo = answer ? answer->size() + 2 == question_size_ : answer.error() == PollFailure::crc;
  const auto compared = std::span(question_).first(answer ? question_size_ : 5);
  if (could_be_echo && std::equal(compared.begin(), compared.end(), answer_.begin())) {
    return tl::unexpected{PollFailure::unsolicited};
  }
  return answer;
}

tl::expected<std::span<const std::uint8_t>, PollFailure> SerialPort::receive_with_libmodbus(std::uint8_t unit,
                                                                                            Instant deadline) {
  modbus_set_slave(context_, unit);
  const Duration left = std::min(deadline - BootClock::now(), time_of(k_max_rtu_frame) + k_frame_slack);
  const timespec timeout = timespec_of(std::max<Duration>(left, milliseconds{1}));
  modbus_set_response_timeout(context_, static_cast<std::uint32_t>(timeout.tv_sec),
                              static_cast<std::uint32_t>(timeout.tv_nsec / 1000));
  const int length = modbus_receive_confirmation(context_, answer_.data());
  if (length < 0) return tl::unexpected{failure_of(errno)};
  if (length > 2) return std::span<const std::uint8_t>(answer_).first(static_cast<std::size_t>(length) - 2);
  // 0: from a unit libmodbus was not told to expect; it has not looked at the checksum.
  if (!reply_at_start_of(answer_)) return tl::unexpected{PollFailure::crc};
  return std::span<const std::uint8_t>(answer_).first(*reply_length(answer_) - 2);
}

// libmodbus does not know how long an answer to 43/14 is.
tl::expected<std::span<const std::uint8_t>, PollFailure> SerialPort::receive_identification(Instant deadline) {
  const auto room = std::span(answer_).first(k_max_rtu_frame);
  std::size_t have = 0;
  while (have < room.size()) {
    if (!wait_readable(deadline)) return tl::unexpected{PollFailure::timeout};
    std::size_t got = 0;
    const auto failure = read_available(room.subspan(have), got);
    if (failure != PollFailure::none) return tl::unexpected{failure};
    have += got;
    const auto length = reply_length(room.first(have));
    if (!length || *length > have) continue;
    if (!reply_at_start_of(room.first(have))) return tl::unexpected{PollFailure::crc};
    return room.first(*length - 2);
  }
  return tl::unexpected{PollFailure::wrong_length};
}

tl::expected<std::span<const std::uint8_t>, PollFailure> SerialPort::discard() {
  const Instant end = BootClock::now() + k_longest_discard;
  const Duration pause = std::max(k_quiet, silence_);
  std::array<std::uint8_t, 256> bytes{};
  std::size_t kept = 0;
  never_pauses_ = false;
  while (true) {
    std::size_t got = 0;
    const auto failure = read_available(bytes, got);
    if (failure != PollFailure::none) return tl::unexpected{failure};
    const std::size_t fits = std::min(got, discarded_.size() - kept);
    std::copy_n(bytes.begin(), fits, discarded_.begin() + static_cast<std::ptrdiff_t>(kept));
    kept += fits;
    if (kept == 0) break;
    const Instant now = BootClock::now();
    never_pauses_ = now >= end;
    if (never_pauses_ || !wait_readable(now + pause)) break;
  }
  return std::span<const std::uint8_t>(discarded_).first(kept);
}

}  // namespace pue::modbus
