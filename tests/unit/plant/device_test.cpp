#include "plant/devices/device.h"

#include <doctest/doctest.h>

#include <bit>
#include <vector>

#include "collectors/profiles/library.h"
#include "plant/modbus/answer.h"
#include "plant/modbus/rtu_slave.h"

// Registers and their meaning are written here from the meters' manuals (addresses and units), not through the
// library's decoder.

using namespace pue;
using namespace pue::plant;

namespace {

using Moment = Device::Moment;
const Moment k_begin{};

/// A device of a profile on a circuit of constant power.
class Bench {
 public:
  Bench(const std::string& profile, double watts, unsigned phases = 3)
      : watts_(watts),
        device("bench", *profiles::Library{}.find(profile, false),
               std::make_unique<ElectricMeter>([this](const OperatingPoint&) { return Watts{watts_}; }, phases, 0.97,
                                               Joules{0.0})) {
    device.advance({}, Seconds{0.0}, k_begin);
  }

  void pass(double seconds) {
    passed_ += seconds;
    device.advance({}, Seconds{seconds},
                   k_begin + std::chrono::duration_cast<Moment::duration>(std::chrono::duration<double>(passed_)));
  }
  [[nodiscard]] Moment at(double seconds) const {
    return k_begin + std::chrono::duration_cast<Moment::duration>(std::chrono::duration<double>(passed_ + seconds));
  }

  std::vector<std::uint16_t> read(std::uint8_t function, std::uint16_t address, std::size_t count) {
    std::vector<std::uint16_t> words(count);
    last = device.read(function, address, words);
    return words;
  }
  float f32(std::uint8_t function, std::uint16_t address) {
    const auto words = read(function, address, 2);
    return std::bit_cast<float>((std::uint32_t{words[0]} << 16) | words[1]);
  }
  std::uint64_t u64(std::uint16_t address) {
    const auto words = read(3, address, 4);
    return (std::uint64_t{words[0]} << 48) | (std::uint64_t{words[1]} << 32) | (std::uint64_t{words[2]} << 16) |
           words[3];
  }

 private:
  double watts_;
  double passed_ = 0.0;

 public:
  Device device;
  Exception last = Exception::none;
};

}  // namespace

TEST_CASE("a PM5xxx shows kilowatts as floats and watt-hours as 64 bits") {
  Bench meter{"schneider-pm5xxx", 740'000.0};
  meter.pass(3600.0);
  CHECK(meter.f32(3, 3059) == doctest::Approx(740.0));
  const float phases = meter.f32(3, 3053) + meter.f32(3, 3055) + meter.f32(3, 3057);
  CHECK(phases == doctest::Approx(740.0));
  CHECK(meter.f32(3, 3027) == doctest::Approx(230.0));
  CHECK(meter.f32(3, 3109) == doctest::Approx(50.0));
  CHECK(meter.u64(3203) == 740'000);
}

TEST_CASE("power is voltage times current times power factor") {
  Bench meter{"schneider-pm5xxx", 300'000.0};
  const double amperes = meter.f32(3, 2999);
  CHECK(3.0 * 230.0 * amperes * 0.97 == doctest::Approx(300'000.0));
  CHECK(meter.f32(3, 3083) == doctest::Approx(0.97));
}

TEST_CASE("an EM24 counts in steps of 100 Wh, low word first") {
  Bench meter{"carlogavazzi-em24-e1", 12'000.0};
  meter.pass(3600.0 * 1.24);  // 14.88 kWh
  const auto words = meter.read(4, 52, 2);
  CHECK(words[0] == 148);
  CHECK(words[1] == 0);
  CHECK(meter.read(4, 40, 2)[0] == (120'000 & 0xFFFF));
}

TEST_CASE("an EM24 wraps after 99,999,999.9 kWh as its display does") {
  Bench meter{"carlogavazzi-em24-e1", 1e9};
  meter.pass(3600.0 * 100.0);  // 10^8 kWh
  CHECK(meter.read(4, 52, 2) == std::vector<std::uint16_t>{0, 0});
  meter.pass(3.6);  // 1000 kWh
  CHECK(meter.read(4, 52, 2) == std::vector<std::uint16_t>{10'000, 0});
}

TEST_CASE("a B23 counts in steps of 10 Wh") {
  Bench meter{"abb-b2x", 66'000.0};
  meter.pass(60.0);  // 1100 Wh
  CHECK(meter.u64(20480) == 110);
}

TEST_CASE("registers outside the map are exception 2, the wrong function 1, too many 3") {
  Bench meter{"abb-b2x", 1000.0};
  meter.read(3, 100, 2);
  CHECK(meter.last == Exception::illegal_address);
  meter.read(4, 23316, 2);
  CHECK(meter.last == Exception::illegal_function);
  Bench narrow{"carlogavazzi-em24-e1", 1000.0};
  narrow.read(4, 0, 51);
  CHECK(narrow.last == Exception::illegal_value);
}

TEST_CASE("a PAC3200 refuses to cut a value in two") {
  Bench meter{"siemens-pac3200", 1000.0};
  meter.read(3, 65, 2);
  CHECK(meter.last == Exception::none);
  meter.read(3, 66, 2);
  CHECK(meter.last == Exception::illegal_address);
  meter.read(3, 65, 1);
  CHECK(meter.last == Exception::illegal_address);
}

TEST_CASE("turned current transformers show negative power and count export") {
  Bench meter{"schneider-pm5xxx", 100'000.0};
  meter.pass(3600.0);
  meter.device.begin({.kind = FaultKind::reversed_ct, .until = meter.at(7200.0)}, meter.at(0.0));
  meter.pass(3600.0);
  CHECK(meter.f32(3, 3059) == doctest::Approx(-100.0));
  CHECK(meter.u64(3203) == 100'000);
  CHECK(meter.u64(3207) == 100'000);
  CHECK(meter.device.quantities().joules().value() == doctest::Approx(2 * 100'000.0 * 3600.0));
  meter.pass(3600.1);
  CHECK(meter.f32(3, 3059) == doctest::Approx(100.0));
}

TEST_CASE("a reset register counts on from zero") {
  Bench meter{"schneider-pm5xxx", 100'000.0};
  meter.pass(3600.0);
  meter.device.begin({.kind = FaultKind::counter_reset}, meter.at(0.0));
  CHECK(meter.u64(3203) == 0);
  meter.pass(360.0);
  CHECK(meter.u64(3203) == 10'000);
}

TEST_CASE("another meter has another serial number and its own register") {
  Bench meter{"schneider-pm5xxx", 100'000.0};
  meter.pass(3600.0);
  const auto serial = meter.device.serial();
  meter.device.begin({.kind = FaultKind::meter_swap}, meter.at(0.0));
  CHECK(meter.device.serial() != serial);
  CHECK(meter.u64(3203) == 12'300);
}

TEST_CASE("a frozen meter shows the old values until it thaws") {
  Bench meter{"schneider-pm5xxx", 100'000.0};
  meter.pass(3600.0);
  meter.device.begin({.kind = FaultKind::frozen, .until = meter.at(10.0)}, meter.at(0.0));
  meter.pass(5.0);
  CHECK(meter.u64(3203) == 100'000);
  meter.pass(3595.0);
  CHECK(meter.u64(3203) == 200'000);
}

TEST_CASE("a transport fault ends when its time is over") {
  Bench meter{"schneider-pm5xxx", 1000.0};
  CHECK(meter.device.transport_fault() == nullptr);
  meter.device.begin({.kind = FaultKind::silence, .until = meter.at(10.0)}, meter.at(0.0));
  REQUIRE(meter.device.transport_fault() != nullptr);
  CHECK(meter.device.transport_fault()->kind == FaultKind::silence);
  meter.pass(11.0);
  CHECK(meter.device.transport_fault() == nullptr);
}

TEST_CASE("an answer repeats the function, the byte count and the registers") {
  Bench meter{"schneider-pm5xxx", 740'000.0};
  RequestCounts counts;
  const std::array<std::uint8_t, 5> request{3, 0x0B, 0xF3, 0, 2};  // 3059, two registers
  const auto pdu = answer(meter.device, request, counts);
  const std::vector<std::uint8_t> expected{3, 4, 0x44, 0x39, 0x00, 0x00};  // 740.0f is 0x44390000
  CHECK(std::vector<std::uint8_t>(pdu.view().begin(), pdu.view().end()) == expected);
  CHECK(counts.requests == 1);
  CHECK(counts.write_attempts == 0);
}

TEST_CASE("writing is refused with exception 1 and counted") {
  Bench meter{"schneider-pm5xxx", 1000.0};
  RequestCounts counts;
  for (const int function : {5, 6, 15, 16, 22, 23, 8, 90}) {
    const std::array<std::uint8_t, 5> request{static_cast<std::uint8_t>(function), 0, 0, 0, 1};
    const auto pdu = answer(meter.device, request, counts);
    CHECK(pdu.size == 2);
    CHECK(pdu.bytes[0] == (function | 0x80));
    CHECK(pdu.bytes[1] == 1);
  }
  CHECK(counts.write_attempts == 8);
}

TEST_CASE("no register, too many and a cut request are exception 3") {
  Bench meter{"schneider-pm5xxx", 1000.0};
  RequestCounts counts;
  const auto code_of = [&](std::vector<std::uint8_t> request) {
    const auto pdu = answer(meter.device, request, counts);
    return pdu.bytes[0] == 0x83 ? pdu.bytes[1] : 0;
  };
  CHECK(code_of({3, 0x0B, 0xF3, 0, 0}) == 3);
  CHECK(code_of({3, 0x0B, 0xF3, 0, 126}) == 3);
  CHECK(code_of({3, 0x0B, 0xF3, 0}) == 3);
  CHECK(code_of({3, 0xFF, 0xFF, 0, 2}) == 2);
}

TEST_CASE("function 43/14 names vendor and model") {
  Bench meter{"schneider-pm5xxx", 1000.0};
  RequestCounts counts;
  const std::array<std::uint8_t, 4> request{43, 14, 1, 0};
  const auto pdu = answer(meter.device, request, counts);
  CHECK(pdu.bytes[0] == 43);
  const std::string text(pdu.bytes.begin(), pdu.bytes.begin() + static_cast<std::ptrdiff_t>(pdu.size));
  CHECK(text.find("Schneider Electric") != std::string::npos);
  CHECK(counts.write_attempts == 0);
}

TEST_CASE("the serial checksum of the protocol's own example") {
  const std::array<std::uint8_t, 2> frame{0x02, 0x07};  // serial line guide, appendix B: 41 12
  CHECK(rtu_checksum(frame) == 0x1241);
}

TEST_CASE("a drive shows the motors' side: less than it draws, in its own steps, and nothing while it stands") {
  double drawn = 200'000.0;
  Device drive{"drive", *profiles::Library{}.find("danfoss-fc102", true),
               std::make_unique<Drive>([&](const OperatingPoint&) { return Watts{drawn}; }, 0.97, Joules{})};
  const auto u32 = [&](std::uint16_t address) {
    std::vector<std::uint16_t> words(2);
    CHECK(drive.read(3, address, words) == Exception::none);
    return (std::uint32_t{words[0]} << 16) | words[1];
  };
  const auto pass = [&](double seconds) { drive.advance({}, Seconds{seconds}, k_begin); };
  pass(0.0);
  CHECK(u32(16'099) == 19'400);  // parameter 16-10 in steps of 10 W
  pass(3'600.0);
  CHECK(u32(15'019) == 194);  // parameter 15-02 in kWh
  drawn = 0.0;
  pass(60.0);
  CHECK(u32(16'099) == 0);
  std::vector<std::uint16_t> hertz(1);
  CHECK(drive.read(3, 16'129, hertz) == Exception::none);
  CHECK(hertz[0] == 0);
}

TEST_CASE("a meter tells its serial number where its profile says, and another one after it was exchanged") {
  Bench iem{"schneider-iem3000", 50'000.0};
  const auto number = [&] {
    const auto words = iem.read(3, 129, 2);
    CHECK(iem.last == Exception::none);
    return std::uint32_t{words[0]} << 16 | words[1];
  };
  const auto before = number();
  CHECK(before != 0);
  iem.device.begin({.kind = FaultKind::meter_swap}, iem.at(0));
  iem.pass(1);
  CHECK(number() != before);

  Bench shark{"eig-shark100", 50'000.0};
  const auto words = shark.read(3, 8, 8);
  CHECK(shark.last == Exception::none);
  CHECK(words[0] == 0x504C);  // "PL"
  CHECK((words[1] >> 8) == 'T');
}
