#include <algorithm>

#include "collectors/modbus/rtu_line.h"

namespace pue::modbus {
namespace {

/// A device that says for ever that more follows must not be believed for ever.
constexpr int k_most_identification_answers = 16;

class RtuReader final : public Reader {
 public:
  RtuReader(const plan::SerialLine& line, Duration timeout) : line_({.line = line}, -1, nullptr), timeout_(timeout) {}

  tl::expected<std::vector<std::uint16_t>, PollFailure> read(const ReadRequest& request) override {
    if (!well_formed(request)) return tl::unexpected{PollFailure::illegal_value};
    const bool bits = request.function == ReadFunction::coils || request.function == ReadFunction::discrete_inputs;
    std::vector<std::uint16_t> words(request.count);
    const Instant end = BootClock::now() + timeout_;
    while (!line_.question_for(request, most(bits), BootClock::now()) && BootClock::now() < end) {
      line_.listen(std::min(end, BootClock::now() + std::chrono::milliseconds{100}));
    }
    const auto answer = line_.read(request, most(bits), timeout_, words);
    if (answer.failure != PollFailure::none) {
      // A refusal that may belong to another question is no news of these registers.
      return tl::unexpected{answer.certain ? answer.failure : PollFailure::unsolicited};
    }
    return words;
  }

  tl::expected<std::vector<IdentificationObject>, PollFailure> identify(std::uint8_t unit) override {
    std::vector<IdentificationObject> objects;
    const auto failure = collect(unit, IdentifyCode::basic, objects);
    if (failure != PollFailure::none) return tl::unexpected{failure};
    // Many devices have the basic objects alone and refuse the others.
    static_cast<void>(collect(unit, IdentifyCode::regular, objects));
    return objects;
  }

 private:
  static std::uint16_t most(bool bits) { return bits ? k_max_bits : k_max_registers; }

  PollFailure collect(std::uint8_t unit, IdentifyCode code, std::vector<IdentificationObject>& objects) {
    IdentifyRequest request{.unit = unit, .code = code};
    for (int i = 0; i < k_most_identification_answers; ++i) {
      auto reply = line_.identify(request, timeout_);
      if (!reply) return reply.error();
      for (auto& object : reply->objects) {
        const bool known = std::any_of(objects.begin(), objects.end(),
                                       [&](const IdentificationObject& other) { return other.id == object.id; });
        if (!known) objects.push_back(std::move(object));
      }
      if (!reply->more_follows || reply->next_object <= request.first_object) break;
      request.first_object = reply->next_object;
    }
    return PollFailure::none;
  }

  RtuLine line_;
  Duration timeout_;
};

}  // namespace

std::unique_ptr<Reader> open_rtu(const plan::SerialLine& line, Duration timeout) {
  return std::make_unique<RtuReader>(line, timeout);
}

}  // namespace pue::modbus
