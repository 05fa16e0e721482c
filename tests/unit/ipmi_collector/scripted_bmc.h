#pragma once

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/ipmi/bmc.h"

namespace pue::test {

using Octets = std::vector<std::uint8_t>;

/// A BMC that answers from tables. What it has no answer for, it refuses with C1. Its faults are set by the test.
class ScriptedBmc final : public ipmi::Bmc {
 public:
  struct Reply {
    std::uint8_t code = 0;
    Octets data;
  };
  /// @return nothing: as the tables say; a failure: no answer.
  using Fault = std::function<std::optional<tl::expected<Reply, PollFailure>>(const ipmi::Request&)>;

  /// Function and command to the answer, where it does not depend on the request's bytes.
  std::map<std::pair<unsigned, unsigned>, Reply> replies;
  std::map<unsigned, Reply> readings;  ///< by sensor number
  std::vector<Octets> records;         ///< ids 1, 2, 3, ... (the first also as 0)
  bool in_device = false;              ///< the records are the device's own, and there is no repository
  Fault fault;
  std::vector<std::pair<unsigned, unsigned>> asked;
  unsigned closed = 0;
  std::uint8_t longest_piece = 255;
  std::uint16_t reservation = 0;
  std::uint32_t added = 1000;

  [[nodiscard]] unsigned count(unsigned function, unsigned command) const {
    unsigned n = 0;
    for (const auto& one : asked) n += one == std::pair{function, command} ? 1 : 0;
    return n;
  }

  ipmi::Task<tl::expected<ipmi::Answer, PollFailure>> ask(ipmi::Request request) override {
    asked.emplace_back(static_cast<unsigned>(request.function()), request.command());
    tl::expected<Reply, PollFailure> reply = regular(request);
    if (fault) {
      if (const auto bent = fault(request)) reply = *bent;
    }
    if (!reply) co_return tl::unexpected(reply.error());
    ipmi::Answer answer;
    answer.completion_code = reply->code;
    answer.size = static_cast<std::uint8_t>(reply->data.size());
    std::copy(reply->data.begin(), reply->data.end(), answer.bytes.begin());
    co_return answer;
  }

  ipmi::Task<void> close() override {
    ++closed;
    co_return;
  }

  /// A full record of an analogue sensor with value = raw * m.
  static Octets sensor(std::uint8_t number, std::uint8_t entity, std::uint8_t instance, std::uint8_t type,
                       std::uint8_t unit, std::uint8_t m, std::string_view name, std::uint8_t linearization = 0) {
    Octets record(48 + name.size(), 0);
    record[2] = 0x51;
    record[3] = 0x01;
    record[4] = static_cast<std::uint8_t>(record.size() - 5);
    record[5] = 0x20;
    record[7] = number;
    record[8] = entity;
    record[9] = instance;
    record[12] = type;
    record[13] = 0x01;
    record[21] = unit;
    record[23] = linearization;
    record[24] = m;
    record[47] = static_cast<std::uint8_t>(0xC0U | name.size());
    std::copy(name.begin(), name.end(), record.begin() + 48);
    return record;
  }

  /// A compact record of a power supply's states.
  static Octets supply_state(std::uint8_t number, std::uint8_t instance) {
    Octets record(32, 0);
    record[2] = 0x51;
    record[3] = 0x02;
    record[4] = 27;
    record[5] = 0x20;
    record[7] = number;
    record[8] = 10;
    record[9] = instance;
    record[12] = 0x08;
    record[13] = 0x6F;
    record[20] = 0xC0;
    record[31] = 0xC0;
    return record;
  }

  /// Serves DCMI power from now on.
  void dcmi(std::uint16_t watts, std::uint8_t state = 0x40) {
    replies[{0x2C, 0x01}] = {0, {0xDC, 1, 5, 2, 0, 1, 7}};
    Octets data(18, 0);
    data[0] = 0xDC;
    data[1] = static_cast<std::uint8_t>(watts & 0xFFU);
    data[2] = static_cast<std::uint8_t>(watts >> 8U);
    data[17] = state;
    replies[{0x2C, 0x02}] = {0, data};
  }

  void identity(std::uint16_t manufacturer = 674, std::uint16_t product = 256, bool device_sdrs = false) {
    replies[{0x06, 0x01}] = {
        0,
        {0x20, static_cast<std::uint8_t>(device_sdrs ? 0x81 : 0x01), 1, 2, 2, 0x8F,
         static_cast<std::uint8_t>(manufacturer & 0xFFU), static_cast<std::uint8_t>(manufacturer >> 8U), 0,
         static_cast<std::uint8_t>(product & 0xFFU), static_cast<std::uint8_t>(product >> 8U)}};
  }

  void reading(std::uint8_t number, std::uint8_t raw, std::uint8_t flags = 0x40) {
    readings[number] = {0, {raw, flags, 1}};
  }

 private:
  Reply regular(const ipmi::Request& request) {
    const auto function = static_cast<unsigned>(request.function());
    const unsigned command = request.command();
    if (const auto found = replies.find({function, command}); found != replies.end()) return found->second;
    if (function == 0x04 && command == 0x2D) {
      const auto found = readings.find(request.data()[0]);
      return found == readings.end() ? Reply{0xCB, {}} : found->second;
    }
    if (function != (in_device ? 0x04U : 0x0AU) || records.empty()) return {0xC1, {}};
    if (command == 0x20) return info();
    if (command == 0x22) {
      ++reservation;
      return {0, {static_cast<std::uint8_t>(reservation & 0xFFU), static_cast<std::uint8_t>(reservation >> 8U)}};
    }
    if (command == (in_device ? 0x21 : 0x23)) return piece(request.data());
    return {0xC1, {}};
  }

  Reply info() const {
    const auto count = static_cast<std::uint8_t>(records.size());
    const auto low = static_cast<std::uint8_t>(added & 0xFFU);
    const auto high = static_cast<std::uint8_t>(added >> 8U & 0xFFU);
    // of the device: how many sensors, that they may change, and the indicator of a change (IPMI 2.0, 35.2)
    if (in_device) return {0, {count, 0x81, low, high, 0, 0}};
    return {0, {0x51, count, 0, 0, 0, low, high, 0, 0, 0, 0, 0, 0, 0x02}};
  }

  Reply piece(std::span<const std::uint8_t> data) const {
    if ((data[0] | data[1] << 8) != reservation && data[4] != 0) return {0xC5, {}};
    const std::size_t id = static_cast<std::size_t>(data[2] | data[3] << 8);
    const std::size_t index = id == 0 ? 0 : id - 1;
    if (index >= records.size()) return {0xCB, {}};
    if (data[5] > longest_piece) return {0xCA, {}};
    auto record = records[index];
    record[0] = static_cast<std::uint8_t>(index + 1);
    const std::size_t next = index + 2 > records.size() ? 0xFFFF : index + 2;
    Reply reply{0, {static_cast<std::uint8_t>(next & 0xFFU), static_cast<std::uint8_t>(next >> 8U)}};
    for (std::size_t i = data[4]; i < std::min<std::size_t>(record.size(), data[4] + std::size_t{data[5]}); ++i) {
      reply.data.push_back(record[i]);
    }
    return reply;
  }
};

/// Runs a coroutine to its end.
template <class T>
T run(asio::io_context& context, ipmi::Task<T> task) {
  std::optional<T> result;
  asio::co_spawn(
      context,
      [](ipmi::Task<T> inner, std::optional<T>& out) -> ipmi::Task<void> { out = co_await std::move(inner); }(
                                                         std::move(task), result),
      asio::detached);
  context.restart();
  while (!result) context.run_one();
  return *result;
}

}  // namespace pue::test
