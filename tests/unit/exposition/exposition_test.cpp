#include "agent/exposition/exposition.h"

#include <doctest/doctest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <set>
#include <sstream>

#include "agent/exposition/instruments.h"
#include "tests/unit/exposition/sample_facility.h"

using namespace pue;
using namespace pue::exposition;
using namespace pue::test;

namespace {

std::string text_of(const SampleFacility& facility) {
  std::string out;
  Exposition{facility.sources()}.append(out);
  return out;
}

bool has_line(const std::string& text, const std::string& line) {
  return text.starts_with(line + "\n") || text.find("\n" + line + "\n") != std::string::npos;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Series and their values; process_* changes between two looks.
std::map<std::string, double> series_in(const std::string& text) {
  std::map<std::string, double> series;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#') || line.starts_with("process_")) continue;
    const auto space = line.rfind(' ');
    CHECK_MESSAGE(series.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second, line);
  }
  return series;
}

std::multiset<std::string> headers_in(const std::string& text) {
  std::multiset<std::string> headers;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) headers.insert(line);
  }
  return headers;
}

}  // namespace

TEST_CASE("the figures of a facility appear under the promised names") {
  SampleFacility facility;
  fill(facility);
  const auto text = text_of(facility);
  CHECK(has_line(text, R"(pue_total_power_watts{facility="taiyuan-1"} 1300)"));
  CHECK(has_line(text, R"(pue_it_power_watts{facility="taiyuan-1",measured_at="ups"} 1000)"));
  CHECK(has_line(text, R"(pue_total_energy_joules_total{facility="taiyuan-1"} 3900000)"));
  CHECK(has_line(text, R"(pue_it_energy_joules_total{facility="taiyuan-1",measured_at="ups"} 3e+06)"));
  CHECK(has_line(text, R"(pue_instant_ratio{facility="taiyuan-1",measured_at="ups"} 1.3)"));
  CHECK(has_line(text, R"(pue_ratio{facility="taiyuan-1",measured_at="ups",window="15m"} 1.25)"));
  CHECK(has_line(text, R"(pue_coverage_ratio{facility="taiyuan-1",measured_at="ups",window="15m"} 0.5)"));
  CHECK(has_line(text, R"(pue_co2_grams_total{facility="taiyuan-1",scope="2",method="location"} 780)"));
  CHECK(has_line(
      text, R"(pue_grid_intensity_grams_per_joule{facility="taiyuan-1",method="location",estimated="false"} 2e-04)"));
  CHECK(has_line(text, R"(pue_grid_factor_info{facility="taiyuan-1",grid_zone="CN-SX",year="2022",source="MEE"} 1)"));
  CHECK(has(text, R"(pue_facility_info{facility="taiyuan-1",region="north",grid_zone="CN-SX",)"
                  R"(standard="ISO/IEC 30134-2",timezone="Asia/Shanghai",method="entrance"} 1)"));
  CHECK(has_line(text, R"(pue_meter_power_watts{facility="taiyuan-1",meter="chiller-1",category="cooling"} 200)"));
  CHECK(has(text, R"(pue_build_info{version="1.2.3",compiler=")"));
}

TEST_CASE("a server tells where it stands, and what its power is read from once that is known") {
  SampleFacility facility;
  const auto node = facility.add_device("node-1", {power()}, "ipmi-bmc");
  facility.plan.fleets = {"web"};
  facility.plan.devices[node].placement = plan::Placement{.fleet = 0, .rack = "r12", .service = "compute"};
  facility.plan.buses[facility.plan.devices[node].bus].address = plan::BmcAddress{.host = "h", .username = "u"};
  facility.start();
  auto text = text_of(facility);
  CHECK(has_line(text, R"(pue_device_placement_info{device="node-1",fleet="web",rack="r12",service="compute"} 1)"));
  CHECK_FALSE(has(text, "pue_device_power_source_info"));
  facility.board->device(node).set_power_source(PowerSource::psu_sum, true);
  text = text_of(facility);
  CHECK(has_line(text, R"(pue_device_power_source_info{device="node-1",source="psu_sum",shared_supply="true"} 1)"));
  CHECK(has(prometheus::TextSerializer{}.Serialize(Exposition{facility.sources()}.Collect()),
            R"(pue_device_power_source_info{device="node-1",source="psu_sum",shared_supply="true"} 1)"));
}

TEST_CASE("what is unknown is absent, header and all") {
  SampleFacility facility;
  fill(facility);
  const auto text = text_of(facility);
  CHECK_FALSE(has(text, "window=\"1h\""));
  CHECK_FALSE(has(text, "measured_at=\"pdu\""));
  CHECK_FALSE(has(text, "pue_balance_residual_ratio"));
  CHECK_FALSE(has(text, "pue_partial_ratio"));
  CHECK_FALSE(has(text, " NaN\n"));
}

TEST_CASE("a required meter without a value is 0 in pue_meter_valid, one that nobody needs is not listed") {
  SampleFacility facility;
  fill(facility);
  facility.set_figure(facility.layout->meter_power(1), 0);
  facility.figures->set(facility.layout->meter_power(0), Figure{});
  facility.board->publish(facility.figures->words());
  const auto text = text_of(facility);
  CHECK(has_line(text, R"(pue_meter_valid{facility="taiyuan-1",meter="utility-a"} 0)"));
  CHECK(has_line(text, R"(pue_meter_valid{facility="taiyuan-1",meter="ups-a-out"} 1)"));
  CHECK_FALSE(has(text, R"(pue_meter_valid{facility="taiyuan-1",meter="chiller-1")"));
  CHECK_FALSE(has(text, R"(pue_meter_power_watts{facility="taiyuan-1",meter="utility-a")"));
}

TEST_CASE("a meter without a device is told of, but has no live series") {
  SampleFacility facility;
  fill(facility);
  facility.plan.meters[0].device.reset();
  facility.plan.meters[0].power.clear();
  facility.set_figure(facility.layout->meter_energy(0), 0);
  facility.figures->set(facility.layout->meter_power(0), Figure{});
  facility.board->publish(facility.figures->words());
  const auto text = text_of(facility);
  CHECK(has(text, R"(pue_meter_info{facility="taiyuan-1",meter="utility-a",role="grid")"));
  CHECK(has_line(text, R"(pue_meter_valid{facility="taiyuan-1",meter="utility-a"} 0)"));
  CHECK_FALSE(has(text, R"(pue_meter_energy_joules_total{facility="taiyuan-1",meter="utility-a")"));
}

TEST_CASE("a meter of water or weather gives no power") {
  SampleFacility facility;
  const auto device = facility.add_device("water-1", {point("flow_volume", profiles::Unit::cubic_meter_per_second)});
  facility.add_meter("water-1", device, plan::Role::water);
  facility.start();
  facility.set_figure(facility.layout->meter_power(0), 0.003);
  facility.set_point("water-1", "flow_volume", 0.003);
  const auto text = text_of(facility);
  CHECK_FALSE(has(text, "pue_meter_power_watts"));
  CHECK(has_line(text, R"(pue_device_flow_cubic_meters_per_second{device="water-1",point="flow_volume"} 0.003)"));
}

TEST_CASE("each device says whether it is up, when it answered last, and how often it failed for which reason") {
  SampleFacility facility;
  fill(facility);
  facility.board->device(1).failed(PollFailure::timeout);
  facility.board->device(1).failed(PollFailure::timeout);
  facility.board->device(1).failed(PollFailure::crc);
  facility.board->device(1).set_up(false);
  const auto text = text_of(facility);
  CHECK(has_line(text, R"(pue_device_up{device="utility-a"} 1)"));
  CHECK(has_line(text, R"(pue_device_up{device="ups-a"} 0)"));
  // answered 10 s before the present, which is 2,000,000,000 s of Unix time
  CHECK(has_line(text, R"(pue_device_last_success_timestamp_seconds{device="ups-a"} 1999999990)"));
  CHECK(has_line(text, R"(pue_device_polls_total{device="ups-a"} 4)"));
  CHECK(has_line(text, R"(pue_device_poll_errors_total{device="ups-a",reason="timeout"} 2)"));
  CHECK(has_line(text, R"(pue_device_poll_errors_total{device="ups-a",reason="crc"} 1)"));
  CHECK_FALSE(has(text, R"(pue_device_poll_errors_total{device="utility-a")"));
  CHECK(has_line(text, R"(pue_device_poll_duration_seconds{device="ups-a"} 0.004)"));
  CHECK(has_line(text, R"(pue_device_info{device="ups-a",profile="sample-meter",bus="main-switchboard",unit="2"} 1)"));
}

TEST_CASE("a device that never answered has neither a time of success nor a duration") {
  SampleFacility facility;
  facility.add_device("silent", {power()});
  facility.start();
  const auto text = text_of(facility);
  CHECK_FALSE(has(text, "pue_device_last_success"));
  CHECK_FALSE(has(text, "pue_device_poll_duration"));
  CHECK(has_line(text, R"(pue_device_up{device="silent"} 0)"));
}

TEST_CASE("points appear under the metric of their unit") {
  SampleFacility facility;
  facility.add_device("fan", {point("fan_speed_1", profiles::Unit::revolutions_per_minute), power(), energy()});
  facility.start();
  facility.set_point("fan", "fan_speed_1", 1500);
  facility.set_point("fan", "energy_active_import_total", 7.2e9);
  const auto text = text_of(facility);
  CHECK(has_line(text, R"(pue_device_speed_revolutions_per_second{device="fan",point="fan_speed_1"} 25)"));
  CHECK(has_line(text,
                 R"(pue_device_energy_joules_total{device="fan",point="energy_active",direction="import"} 7.2e+09)"));
  CHECK_FALSE(has(text, "pue_device_total_power_watts"));
}

TEST_CASE("a collector's lateness is a cumulative histogram") {
  SampleFacility facility;
  fill(facility);
  for (const auto lateness : {500us, 3000us, 3000us, 60'000'000us}) facility.stats.late(lateness);
  const auto text = text_of(facility);
  CHECK(has_line(text, R"(pue_agent_poll_lateness_seconds_bucket{collector="tcp-0",le="0.001"} 1)"));
  CHECK(has_line(text, R"(pue_agent_poll_lateness_seconds_bucket{collector="tcp-0",le="0.005"} 3)"));
  CHECK(has_line(text, R"(pue_agent_poll_lateness_seconds_bucket{collector="tcp-0",le="5"} 3)"));
  CHECK(has_line(text, R"(pue_agent_poll_lateness_seconds_bucket{collector="tcp-0",le="+Inf"} 4)"));
  CHECK(has_line(text, R"(pue_agent_poll_lateness_seconds_count{collector="tcp-0"} 4)"));
  CHECK(series_in(text).at(R"(pue_agent_poll_lateness_seconds_sum{collector="tcp-0"})") == doctest::Approx(60.0065));
  CHECK(has_line(text, R"(pue_agent_requests_total{collector="tcp-0"} 1)"));
  CHECK(has_line(text, R"(pue_agent_sent_bytes_total{collector="tcp-0"} 12)"));
}

TEST_CASE("a collector without a name keeps its histogram well-formed") {
  SampleFacility facility;
  fill(facility);
  facility.stats.late(1ms);
  auto sources = facility.sources();
  sources.collectors[0].name.clear();
  std::string text;
  Exposition{sources}.append(text);
  CHECK(has_line(text, R"(pue_agent_poll_lateness_seconds_bucket{le="0.001"} 1)"));
  CHECK(has_line(text, "pue_agent_poll_lateness_seconds_count 1"));
}

TEST_CASE("the process tells its own state, as the kernel does") {
  SampleFacility facility;
  fill(facility);
  std::string text;
  Exposition{facility.sources()}.append(text);
  std::istringstream lines{text};
  std::map<std::string, double> process;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("process_")) process[line.substr(0, line.find(' '))] = std::stod(line.substr(line.find(' ')));
  }
  CHECK(process.at("process_resident_memory_bytes") > 1e6);
  CHECK(process.at("process_virtual_memory_bytes") >= process.at("process_resident_memory_bytes"));
  CHECK(process.at("process_cpu_seconds_total") >= 0);
  CHECK(process.at("process_open_fds") >= 3);
  CHECK(process.at("process_max_fds") >= process.at("process_open_fds"));
  CHECK(process.at("process_threads") >= 1);
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  CHECK(process.at("process_start_time_seconds") <= now.count() + 1);
  CHECK(process.at("process_start_time_seconds") > now.count() - 3600);
}

TEST_CASE("the model and the text say the same, held against prometheus-cpp's own serializer") {
  SampleFacility facility;
  fill(facility);
  facility.board->device(1).failed(PollFailure::timeout);
  facility.stats.late(3ms);
  const Exposition exposition{facility.sources()};
  const auto oracle = prometheus::TextSerializer{}.Serialize(exposition.Collect());
  const auto text = text_of(facility);
  CHECK(series_in(text) == series_in(oracle));
  CHECK(headers_in(text) == headers_in(oracle));
}

TEST_CASE("every header comes once and from the catalogue, and every label is in its row") {
  SampleFacility facility;
  fill(facility);
  facility.board->device(1).failed(PollFailure::timeout);
  std::string text;
  Exposition{facility.sources()}.append(text);
  append_families(text, Instruments{}.registry().Collect());
  std::set<std::string> rows;
  for (const auto& row : catalogue()) {
    rows.insert("# HELP " + std::string{row.name} + " " + std::string{row.help});
    rows.insert("# TYPE " + std::string{row.name} + " " + std::string{name_of(row.type)});
  }
  const auto headers = headers_in(text);
  for (const auto& header : headers) {
    INFO(header);
    CHECK(headers.count(header) == 1);
    CHECK(rows.contains(header));
  }
  for (const auto& series : series_of(facility.sources())) {
    for (const auto& label : series.labels) {
      if (label.second.empty()) continue;
      INFO(metric(series.metric).name, " ", label.first);
      CHECK((" " + std::string{metric(series.metric).labels} + " ").find(" " + std::string{label.first} + " ") !=
            std::string::npos);
    }
  }
}

TEST_CASE("names from outside become valid label values, and stay different") {
  SampleFacility facility;
  facility.add_device("temp 21\xB0", {power()});
  facility.add_device("line\nbreak", {power()});
  facility.add_device("linebreak", {power()});
  facility.add_device("say \"hi\" \\ 电表", {power()});
  facility.add_device(std::string(500, 'x') + "1", {power()});
  facility.add_device(std::string(500, 'x') + "2", {power()});
  facility.start();
  const auto text = text_of(facility);
  CHECK(has_line(text, "pue_device_up{device=\"temp 21°\"} 0"));
  CHECK(has_line(text, "pue_device_up{device=\"linebreak\"} 0"));
  CHECK(has_line(text, "pue_device_up{device=\"linebreak~2\"} 0"));
  CHECK(has_line(text, "pue_device_up{device=\"say \\\"hi\\\" \\\\ 电表\"} 0"));
  CHECK(has_line(text, "pue_device_up{device=\"" + std::string(128, 'x') + "~2\"} 0"));
  series_in(text);
}

TEST_CASE("a point that a device offers twice appears once") {
  SampleFacility facility;
  facility.add_device("twice", {power(), power()});
  facility.start();
  facility.set_point("twice", "power_active_total", 5);
  const auto series = series_in(text_of(facility));
  CHECK(series.at(R"(pue_device_total_power_watts{device="twice",point="power_active"})") == 5);
}

TEST_CASE("an exposition can be hung into any prometheus-cpp server as a Collectable") {
  SampleFacility facility;
  fill(facility);
  const std::shared_ptr<prometheus::Collectable> collectable = std::make_shared<Exposition>(facility.sources());
  CHECK_FALSE(collectable->Collect().empty());
}

TEST_CASE("a scrape of 15,000 series writes them all") {
  SampleFacility facility;
  for (int i = 0; i < 500; ++i) {
    std::vector<profiles::Point> points;
    for (int k = 0; k < 25; ++k) points.push_back(point("temperature_" + std::to_string(k), profiles::Unit::celsius));
    facility.add_device("device-" + std::to_string(i), std::move(points));
  }
  facility.start();
  for (PointId id = 0; id < facility.plan.points.size(); ++id) facility.board->set_point(id, 20.0 + id * 0.37);
  Exposition exposition{facility.sources()};
  std::string text;
  exposition.append(text);
  CHECK(exposition.series() >= 15'000);
  CHECK(series_in(text).at(R"(pue_device_temperature_celsius{device="device-499",point="temperature_24"})") ==
        20.0 + 12'499 * 0.37);
}
