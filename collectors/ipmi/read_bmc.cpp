#include "collectors/ipmi/read_bmc.h"

#include <algorithm>
#include <asio/basic_waitable_timer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>

#include "collectors/ipmi/sensor_reading.h"

namespace pue::ipmi {
namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr Duration k_slice = std::chrono::milliseconds{500};

/// Keeps every record of a walk.
class AllRecords final : public SdrTaker {
 public:
  void begin() override { records.clear(); }
  void take(const SensorRecord& record) override { records.push_back(record); }

  std::vector<SensorRecord> records;
};

Task<void> pass(Duration time) {
  Timer timer{co_await asio::this_coro::executor};
  timer.expires_after(time);
  asio::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(k_awaitable, ignored));
}

/// Lets the survey find out all it wants to know.
Task<PollFailure> explore(BmcSurvey& survey, Bmc& bmc, Instant end) {
  if (const auto failure = co_await survey.begin_poll(bmc); failure != PollFailure::none) co_return failure;
  unsigned fruitless = 0;
  while (BootClock::now() < end) {
    const auto power = co_await survey.power(bmc);
    if (!power) co_return power.error();
    const auto next = co_await survey.explore(bmc, end);
    if (next >= end) {
      // Nothing more to find out; but a source is given up after some readings that are none.
      if (survey.power_source() != PowerSource::unknown || ++fruitless > BmcSurvey::k_refusals_to_believe) break;
      continue;
    }
    co_await pass(std::max(next - BootClock::now(), Duration{}));
  }
  co_return PollFailure::none;
}

BmcValue value_of(const SensorRecord& record, const tl::expected<RawReading, NoReading>& reading,
                  const Conversion& conversion) {
  BmcValue out{.name = record.name, .value = {}, .unit = record.unit, .raw = {}};
  if (!reading) {
    const bool unknown = reading.error() == NoReading::absent || reading.error() == NoReading::forbidden;
    out.quality = unknown ? SampleQuality::unsupported : SampleQuality::invalid;
    return out;
  }
  out.raw = {reading->value};
  out.value = conversion.apply(reading->value);
  if (!out.value) out.quality = SampleQuality::invalid;
  return out;
}

bool gives_a_number(const SensorRecord& record) {
  constexpr std::uint8_t k_bmc = 0x20;
  constexpr std::uint8_t k_threshold = 0x01;
  return record.owner == k_bmc && record.lun == 0 && record.reading_type == k_threshold &&
         record.conversion.format != Conversion::Format::none;
}

Task<PollFailure> read_records(Bmc& bmc, SdrPlace place, Instant end, AllRecords& all) {
  SdrWalk walk{place};
  for (auto progress = SdrWalk::Progress::more; progress == SdrWalk::Progress::more;) {
    if (BootClock::now() >= end) co_return PollFailure::timeout;
    const auto went = co_await walk.go_on(bmc, std::min(end, BootClock::now() + k_slice), all);
    if (!went) co_return went.error() == WalkFault::silent ? PollFailure::timeout : PollFailure::none;
    progress = *went;
    if (progress != SdrWalk::Progress::pause) continue;
    co_await pass(std::chrono::seconds{1});
    progress = SdrWalk::Progress::more;
  }
  co_return PollFailure::none;
}

Task<PollFailure> read_sensors(Bmc& bmc, Instant end, std::vector<BmcValue>& out) {
  AllRecords all;
  for (const auto place : {SdrPlace::repository, SdrPlace::device}) {
    if (!all.records.empty()) break;
    const auto failure = co_await read_records(bmc, place, end, all);
    if (failure != PollFailure::none) co_return failure;
  }
  for (const auto& record : all.records) {
    if (!gives_a_number(record)) continue;
    if (BootClock::now() >= end) co_return PollFailure::timeout;
    const auto answer = co_await bmc.ask(get_sensor_reading(record.number));
    if (!answer) co_return answer.error();
    const auto reading = parse_sensor_reading(*answer);
    auto conversion = record.conversion;
    if (reading && conversion.is_non_linear()) {
      const auto factors = co_await bmc.ask(get_sensor_reading_factors(record.number, reading->value));
      if (!factors) co_return factors.error();
      if (const auto found = factors->ok() ? parse_factors(factors->data(), conversion) : std::nullopt)
        conversion = *found;
    }
    out.push_back(value_of(record, reading, conversion));
  }
  co_return PollFailure::none;
}

void add_point(BmcReport& report, std::string name, SensorUnit unit, const BmcSurvey::Reading& reading) {
  BmcValue value{.name = std::move(name), .value = {}, .unit = unit, .raw = {}};
  if (reading) value.quality = reading->quality;
  if (!reading) value.quality = SampleQuality::invalid;
  if (reading && reading->quality == SampleQuality::good) value.value = reading->value;
  report.points.push_back(std::move(value));
}

}  // namespace

Task<BmcReport> read_bmc(Bmc& bmc, Duration patience) {
  const auto end = BootClock::now() + patience;
  BmcReport report;
  BmcSurvey survey{{.inlet = true, .supplies = true, .fans = true}};
  report.failure = co_await explore(survey, bmc, end);
  report.identity = survey.identity();
  if (report.failure != PollFailure::none || !report.identity) co_return report;
  add_point(report, "power_active_total", SensorUnit::watts, co_await survey.power(bmc));
  report.power_source = survey.power_source();
  report.shared_supply = survey.shared_supply();
  add_point(report, "air_temperature_inlet", SensorUnit::celsius, co_await survey.inlet(bmc));
  report.failure = co_await read_sensors(bmc, end, report.sensors);
  co_return report;
}

std::string_view symbol(SensorUnit unit) {
  switch (unit) {
    case SensorUnit::celsius:
      return "°C";
    case SensorUnit::fahrenheit:
      return "°F";
    case SensorUnit::kelvin:
      return "K";
    case SensorUnit::watts:
      return "W";
    case SensorUnit::revolutions_per_minute:
      return "rpm";
    case SensorUnit::other:
      break;
  }
  return "";
}

}  // namespace pue::ipmi
