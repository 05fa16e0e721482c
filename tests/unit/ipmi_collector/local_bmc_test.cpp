#include "collectors/ipmi/local_bmc.h"

#include <doctest/doctest.h>
#include <linux/ipmi.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <deque>
#include <string>

#include "tests/unit/ipmi_collector/scripted_bmc.h"

namespace pue::test {
namespace {

using namespace std::chrono_literals;

/// The kernel's driver as far as it is used. What makes the descriptor readable is a byte in a FIFO in its place.
struct FakeDriver {
  struct Message {
    long id;
    unsigned char function;
    unsigned char command;
    Octets data;
  };
  std::string folder;
  std::string path;
  std::deque<Message> waiting;
  std::vector<Message> sent;
  std::function<void(const Message&)> on_send;
  int fail_with = 0;

  FakeDriver() {
    std::string made = "/tmp/pue-ipmi-XXXXXX";
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    folder = made;
    path = folder + "/ipmi0";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  ~FakeDriver() {
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
  }

  int control(int descriptor, unsigned long request, void* argument) {
    if (fail_with != 0) {
      errno = fail_with;
      return -1;
    }
    if (request == IPMICTL_SEND_COMMAND) {
      const auto& message = *static_cast<ipmi_req*>(argument);
      CHECK(reinterpret_cast<ipmi_system_interface_addr*>(message.addr)->addr_type == IPMI_SYSTEM_INTERFACE_ADDR_TYPE);
      sent.push_back({message.msgid, message.msg.netfn, message.msg.cmd,
                      Octets{message.msg.data, message.msg.data + message.msg.data_len}});
      on_send(sent.back());
      const Octets bytes(waiting.size(), 1);
      if (!bytes.empty()) REQUIRE(::write(descriptor, bytes.data(), bytes.size()) > 0);
      return 0;
    }
    REQUIRE(request == IPMICTL_RECEIVE_MSG_TRUNC);
    char byte = 0;
    const auto taken = ::read(descriptor, &byte, 1);
    REQUIRE(taken <= 1);
    if (waiting.empty()) {
      errno = EAGAIN;
      return -1;
    }
    auto& out = *static_cast<ipmi_recv*>(argument);
    const auto message = waiting.front();
    waiting.pop_front();
    out.recv_type = IPMI_RESPONSE_RECV_TYPE;
    out.msgid = message.id;
    out.msg.netfn = message.function;
    out.msg.cmd = message.command;
    const bool cut = message.data.size() > out.msg.data_len;
    if (!cut) out.msg.data_len = static_cast<unsigned short>(message.data.size());
    std::copy_n(message.data.begin(), out.msg.data_len, out.msg.data);
    errno = cut ? EMSGSIZE : 0;
    return cut ? -1 : 0;
  }

  ipmi::LocalBmc bmc(asio::io_context& context, Duration timeout = 100ms) {
    return {context, path, timeout, [this](int descriptor, unsigned long request, void* argument) {
              return control(descriptor, request, argument);
            }};
  }
};

TEST_CASE("a question goes to the driver and its answer comes back") {
  asio::io_context context;
  FakeDriver driver;
  auto bmc = driver.bmc(context);
  driver.on_send = [&](const FakeDriver::Message& asked) {
    driver.waiting.push_back({asked.id, 0x05, asked.command, {0x00, 0x37, 0xC0}});
  };
  const auto answer = run(context, bmc.ask(ipmi::get_sensor_reading(0x42)));
  REQUIRE(answer);
  CHECK(answer->ok());
  CHECK(answer->size == 2);
  CHECK(answer->bytes[0] == 0x37);
  CHECK(driver.sent.front().function == 0x04);
  CHECK(driver.sent.front().data == Octets{0x42});
}

TEST_CASE("a late answer is dropped and does not answer the next question") {
  asio::io_context context;
  FakeDriver driver;
  auto bmc = driver.bmc(context);
  driver.on_send = [](const FakeDriver::Message&) {};
  CHECK(run(context, bmc.ask(ipmi::get_sensor_reading(1))).error() == PollFailure::timeout);
  driver.on_send = [&](const FakeDriver::Message& asked) {
    driver.waiting.push_back({asked.id - 1, 0x05, asked.command, {0x00, 0x11, 0xC0}});
    driver.waiting.push_back({asked.id, 0x05, asked.command, {0x00, 0x22, 0xC0}});
  };
  const auto answer = run(context, bmc.ask(ipmi::get_sensor_reading(1)));
  REQUIRE(answer);
  CHECK(answer->bytes[0] == 0x22);
  CHECK(bmc.late_answers() == 1);
}

TEST_CASE("an answer to another command or of no length is no answer, and one too long is cut") {
  asio::io_context context;
  FakeDriver driver;
  auto bmc = driver.bmc(context);
  driver.on_send = [&](const FakeDriver::Message& asked) {
    driver.waiting.push_back({asked.id, 0x05, 0x2E, {0x00, 0x11, 0xC0}});
    driver.waiting.push_back({asked.id, 0x07, asked.command, {0x00, 0x11, 0xC0}});
    driver.waiting.push_back({asked.id, 0x05, asked.command, {}});
    driver.waiting.push_back({asked.id, 0x05, asked.command, Octets(272, 0x00)});
  };
  const auto answer = run(context, bmc.ask(ipmi::get_sensor_reading(1)));
  REQUIRE(answer);
  CHECK(answer->size == ipmi::Answer::k_most_data);
}

TEST_CASE("a driver that is not there or goes away is a lost port, and it is opened again") {
  asio::io_context context;
  ipmi::LocalBmc none{context, "/nonexistent/ipmi0", 100ms};
  CHECK(run(context, none.ask(ipmi::get_device_id())).error() == PollFailure::port_lost);
  FakeDriver driver;
  auto bmc = driver.bmc(context);
  driver.on_send = [&](const FakeDriver::Message& asked) {
    driver.waiting.push_back({asked.id, 0x07, asked.command, {0xC1}});
  };
  driver.fail_with = EIO;
  CHECK(run(context, bmc.ask(ipmi::get_device_id())).error() == PollFailure::port_lost);
  driver.fail_with = 0;
  const auto answer = run(context, bmc.ask(ipmi::get_device_id()));
  REQUIRE(answer);
  CHECK(answer->completion_code == 0xC1);
}

}  // namespace
}  // namespace pue::test
