#include <doctest/doctest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "agent/web/current_site.h"
#include "agent/web/faces.h"
#include "agent/web/server.h"
#include "tests/unit/exposition/sample_facility.h"
#include "tests/unit/web/client.h"

using namespace pue;
using namespace pue::web;
using namespace pue::test;

namespace {

/// The faces of a sample facility behind a real socket.
struct Served {
  Served() : Served([](SampleFacility&) {}) {}
  template <class Change>
  explicit Served(Change change) {
    fill(facility);
    change(facility);
    faces = std::make_shared<Faces>(facility.sources(), Duration{});
    auto started = Server::start({"127.0.0.1:0"}, {}, faces);
    REQUIRE(started);
    server = std::move(*started);
    address = server->bound().front();
  }

  SampleFacility facility;
  std::shared_ptr<Faces> faces;
  std::unique_ptr<Server> server;
  std::string address;
};

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a scrape gives the facility's PUE as text of version 0.0.4") {
  const Served served;
  const auto answer = get(served.address, "/metrics");
  CHECK(answer.status == 200);
  CHECK(holds(answer.head, "Content-Type: text/plain; version=0.0.4"));
  CHECK(holds(answer.body, "\npue_ratio{facility=\"taiyuan-1\",measured_at=\"ups\",window=\"15m\"} 1.25\n"));
}

TEST_CASE("a scraper that takes gzip gets the same text packed, any other gets it plain") {
  const Served served;
  const auto packed = get(served.address, "/metrics", "Accept-Encoding: deflate, GZIP\r\n");
  CHECK(holds(packed.head, "Content-Encoding: gzip"));
  CHECK(holds(gunzip(packed.body), "pue_ratio{"));
  CHECK(packed.body.size() * 3 < gunzip(packed.body).size());
  CHECK(holds(get(served.address, "/metrics", "Accept-Encoding: gzip;q=0\r\n").body, "pue_ratio{"));
  CHECK(holds(get(served.address, "/metrics", "Accept-Encoding: gzipx\r\n").body, "pue_ratio{"));
}

TEST_CASE("the text of /metrics is shared until it is older than agreed, and then shows the new tick") {
  SampleFacility facility;
  fill(facility);
  Faces faces{facility.sources(), 2s};
  const auto first = faces.answer({.path = "/metrics"}).body;
  facility.set_figure(plan::FigureLayout::total_power(), 1400);
  CHECK(faces.answer({.path = "/metrics"}).body == first);
  facility.boot_seconds += 2s;
  CHECK(holds(*faces.answer({.path = "/metrics"}).body, "pue_total_power_watts{facility=\"taiyuan-1\"} 1400\n"));
}

TEST_CASE("exact paths only: whatever else is asked for is not found") {
  const Served served;
  for (const auto* path : {"/metricsfoo", "/metrics/", "//metrics", "/%6detrics", "/../../etc/passwd", "/..%2fmetrics",
                           "/%2e%2e/etc/passwd", "/-/", "/-/reload", "/api/v1/", "/api/v1/history", "/METRICS",
                           "/index.html", "*", "/metrics%00"}) {
    INFO(path);
    CHECK(get(served.address, path).status == 404);
  }
  CHECK(get(served.address, "/metrics?name=x").status == 200);
}

TEST_CASE("a POST to /-/reload is taken where somebody reloads, and never from a web page") {
  const Served served;
  CHECK(ask(served.address, "POST", "/-/reload").status == 404);

  SampleFacility facility;
  fill(facility);
  int reloads = 0;
  const auto site = std::make_shared<CurrentSite>([&] { ++reloads; });
  site->put(std::make_shared<Faces>(facility.sources()));
  const auto server = Server::start({"127.0.0.1:0"}, {}, site).value();
  const auto& address = server->bound().front();
  CHECK(ask(address, "POST", "/-/reload").status == 202);
  CHECK(reloads == 1);
  CHECK(ask(address, "POST", "/-/reload", "Origin: http://evil.example\r\n").status == 403);
  CHECK(ask(address, "POST", "/-/reload", "Content-Length: 5\r\n").status == 400);
  CHECK(ask(address, "POST", "/-/reloaded").status == 405);
  CHECK(ask(address, "PUT", "/-/reload").status == 405);
  CHECK(get(address, "/-/reload").status == 404);
  CHECK(reloads == 1);

  // what is put there answers from then on
  facility.set_figure(plan::FigureLayout::total_power(), 1400);
  site->put(std::make_shared<Faces>(facility.sources()));
  CHECK(holds(get(address, "/metrics").body, "pue_total_power_watts{facility=\"taiyuan-1\"} 1400\n"));
}

TEST_CASE("methods other than GET and HEAD are refused, with or without a body") {
  const Served served;
  for (const auto* method : {"POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "CONNECT", "BREW"}) {
    INFO(method);
    const auto answer = ask(served.address, method, "/metrics");
    CHECK(answer.status == 405);
    CHECK(holds(answer.head, "Allow: GET, HEAD"));
  }
  CHECK(parsed([&] {
          Connection connection{served.address};
          connection.send("POST /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\nabc");
          return connection.read_all();
        }())
            .status == 405);
  CHECK(ask(served.address, "GET", "/metrics", "Content-Length: 5\r\n").status == 400);
}

TEST_CASE("HEAD gives the head of GET and no body") {
  const Served served;
  const auto answer = ask(served.address, "HEAD", "/metrics");
  CHECK(answer.status == 200);
  CHECK(answer.body.empty());
  CHECK_FALSE(holds(answer.head, "Content-Length: 0"));
}

TEST_CASE("answers carry no server name, no CORS header and forbid sniffing") {
  const Served served;
  for (const auto* path : {"/", "/metrics", "/-/healthy", "/api/v1/facility", "/nothing"}) {
    const auto head = get(served.address, path, "Origin: http://evil.example\r\n").head;
    CHECK(holds(head, "X-Content-Type-Options: nosniff"));
    CHECK_FALSE(holds(head, "Server:"));
    CHECK_FALSE(holds(head, "Access-Control"));
  }
}

TEST_CASE("healthy at once, ready after the first tick and the first request of each collector") {
  SampleFacility facility;
  fill(facility);
  SampleFacility idle;
  idle.add_device("silent", {power()});
  idle.start();
  Faces before{idle.sources()};
  CHECK(before.answer({.path = "/-/healthy"}).status == 200);
  CHECK(before.answer({.path = "/-/ready"}).status == 503);
  idle.set_figure(plan::FigureLayout::tick(), 1);
  CHECK(before.answer({.path = "/-/ready"}).status == 503);
  SUBCASE("a request was sent") { idle.stats.sent(12); }
  SUBCASE("every device refused the connection before anything could be sent") {
    idle.board->device(0).failed(PollFailure::connect_refused);
  }
  CHECK(before.answer({.path = "/-/ready"}).status == 200);
}

TEST_CASE("/api/v1/facility gives PUE by place of measurement and window, with coverage") {
  const Served served;
  const auto json = nlohmann::json::parse(get(served.address, "/api/v1/facility").body);
  CHECK(json["facility"] == "taiyuan-1");
  CHECK(json["total_power_watts"] == 1300.0);
  REQUIRE(json["pue"].size() == 1);
  const auto& ups = json["pue"][0];
  CHECK(ups["measured_at"] == "ups");
  CHECK(ups["category"] == 1);
  CHECK(ups["windows"][0] ==
        nlohmann::json{{"window", "15m"}, {"pue", 1.25}, {"coverage", 0.5}, {"integrated_share", nullptr}});
  CHECK(ups["withheld"].is_null());
  CHECK(json["carbon"]["co2_grams"] == 780.0);
  CHECK(json["meters"][1]["upstream"] == "utility-a");
  CHECK(json["meters"][2]["power_watts"] == 200.0);
}

TEST_CASE("a temperature or a flow of water is shown as what it is, never as watts") {
  SampleFacility facility;
  const auto meter = [&](const std::string& name, profiles::Point point, plan::Role role) {
    return facility.add_meter(name, facility.add_device(name, {std::move(point)}), role);
  };
  const auto air = meter("air", point("air_temperature", profiles::Unit::celsius), plan::Role::weather_dry_bulb);
  const auto water = meter("water", point("flow_volume", profiles::Unit::cubic_meter_per_second), plan::Role::water);
  const auto heat = meter("heat", point("heat_power", profiles::Unit::watt), plan::Role::heat_rejected);
  facility.start();
  facility.set_figure(facility.layout->meter_power(air), 26.5);
  facility.set_figure(facility.layout->meter_energy(air), 2365);
  facility.set_figure(facility.layout->meter_power(water), 0.00065);
  facility.set_figure(facility.layout->meter_power(heat), 1.49e6);
  Faces faces{facility.sources()};

  const auto page = *faces.answer({.path = "/"}).body;
  CHECK(holds(page, ">26.5 °C<"));
  CHECK(holds(page, ">2.34 m³/h<"));
  CHECK(holds(page, ">1.49 MW<"));
  CHECK_FALSE(holds(page, "26.5 W"));
  CHECK_FALSE(holds(page, "Wh<"));

  const auto meters = nlohmann::json::parse(*faces.answer({.path = "/api/v1/facility"}).body)["meters"];
  CHECK(meters[0]["valid"] == true);
  CHECK(meters[0]["power_watts"].is_null());
  CHECK(meters[0]["energy_joules"].is_null());
  CHECK(meters[0]["value"] == 26.5);
  CHECK(meters[0]["unit"] == "°C");
  CHECK(meters[1]["value"] == 0.00065);
  CHECK(meters[1]["unit"] == "m3/s");
  CHECK(meters[2]["power_watts"] == 1.49e6);
  CHECK(meters[2]["unit"] == "W");
}

TEST_CASE("a withheld figure names the meter and says what is wrong with its device") {
  const Served served{[](SampleFacility& facility) {
    facility.set_figure(plan::FigureLayout::withheld_by(plan::Layer::ups), 1);
    facility.board->device(1).failed(PollFailure::wrong_unit);
    facility.board->device(1).set_up(false);
  }};
  const auto json = nlohmann::json::parse(get(served.address, "/api/v1/facility").body);
  CHECK(json["pue"][0]["withheld_by"] == "ups-a-out");
  CHECK(json["pue"][0]["withheld"] ==
        "meter 'ups-a-out' has no value: device 'ups-a' is down: another unit answered: check the gateway's slave map");
  const auto page = get(served.address, "/").body;
  CHECK(holds(page, "withheld"));
  CHECK(holds(page, "another unit answered: check the gateway&#39;s slave map"));
}

TEST_CASE("a figure withheld by a meter without a device says that it is fed by import alone") {
  const Served served{[](SampleFacility& facility) {
    facility.plan.meters[1].device.reset();
    facility.plan.meters[1].power.clear();
    facility.set_figure(facility.layout->meter_energy(1), 0);
    facility.set_figure(plan::FigureLayout::withheld_by(plan::Layer::ups), 1);
  }};
  const auto json = nlohmann::json::parse(get(served.address, "/api/v1/facility").body);
  CHECK(json["pue"][0]["withheld_by"] == "ups-a-out");
  CHECK(json["pue"][0]["withheld"] == "meter 'ups-a-out' has no value: it has no device and is fed by import alone");
  CHECK(json["meters"][1]["device"].is_null());
  CHECK(json["meters"][1]["energy_joules"].is_null());
  CHECK(holds(get(served.address, "/").body, "it has no device and is fed by import alone"));
  CHECK(holds(get(served.address, "/?lang=zh").body, "未配置设备，仅由导入数据提供"));
}

TEST_CASE("/api/v1/devices tells state, age, polls and the last error of each device") {
  const Served served{[](SampleFacility& facility) {
    facility.board->device(2).failed(PollFailure::timeout);
    facility.board->device(2).failed(PollFailure::timeout);
    facility.board->device(2).set_up(false);
  }};
  const auto json = nlohmann::json::parse(get(served.address, "/api/v1/devices").body);
  REQUIRE(json["devices"].size() == 3);
  const auto& chiller = json["devices"][2];
  CHECK(chiller["name"] == "chiller-1");
  CHECK(chiller["up"] == false);
  CHECK(chiller["polls"] == 3);
  CHECK(chiller["errors"] == nlohmann::json{{"timeout", 2}});
  CHECK(chiller["last_error"]["reason"] == "timeout");
  CHECK(chiller["last_success_age_seconds"] == 10.0);
  CHECK(chiller["points_with_value"] == 0);
  CHECK(json["devices"][0]["points_with_value"] == 2);
  CHECK(json["devices"][0]["last_error"].is_null());
}

TEST_CASE("/api/v1/devices tells where a server stands and what its power is read from") {
  const Served served{[](SampleFacility& facility) {
    facility.plan.fleets = {"web"};
    facility.plan.devices[1].placement = pue::plan::Placement{.fleet = 0, .rack = "R1", .service = "compute"};
    facility.board->device(1).set_power_source(pue::PowerSource::psu_sum, true);
  }};
  const auto json = nlohmann::json::parse(get(served.address, "/api/v1/devices").body);
  const auto& server = json["devices"][1];
  CHECK(server["power_source"] == "psu_sum");
  CHECK(server["shared_supply"] == true);
  CHECK(server["fleet"] == "web");
  CHECK(server["rack"] == "R1");
  CHECK(server["service"] == "compute");
  CHECK(json["devices"][0]["power_source"].is_null());
  CHECK(json["devices"][0]["fleet"].is_null());
}

TEST_CASE("/api/v1/status tells version, devices up and collectors") {
  const Served served;
  const auto json = nlohmann::json::parse(get(served.address, "/api/v1/status").body);
  CHECK(json["version"] == "1.2.3");
  CHECK(json["ready"] == true);
  CHECK(json["devices"] == nlohmann::json{{"configured", 3}, {"up", 3}});
  CHECK(json["collectors"][0]["sent_bytes"] == 12);
}

TEST_CASE("the page shows PUE and power, in the language that is asked for or preferred") {
  const Served served;
  const auto english = get(served.address, "/");
  CHECK(holds(english.head, "Content-Security-Policy: default-src 'none'; style-src 'self'"));
  CHECK(holds(english.body, "<b>1.250</b>"));
  CHECK(holds(english.body, "1.30 kW"));
  CHECK(holds(english.body, "<html lang=\"en\">"));
  CHECK(holds(get(served.address, "/?lang=zh").body, "<html lang=\"zh\">"));
  CHECK(holds(get(served.address, "/?lang=zh").body, "设施总功率"));
  CHECK(holds(get(served.address, "/", "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n").body, "<html lang=\"zh\">"));
  CHECK(holds(get(served.address, "/", "Accept-Language: en-US,en;q=0.9,zh;q=0.8\r\n").body, "<html lang=\"en\">"));
  CHECK(holds(get(served.address, "/?lang=en", "Accept-Language: zh\r\n").body, "<html lang=\"en\">"));
  CHECK(holds(get(served.address, "/?lang=%3Cscript%3E").body, "<html lang=\"en\">"));
  CHECK(get(served.address, "/style.css").status == 200);
}

TEST_CASE("the page loads nothing from elsewhere and runs no script") {
  const Served served;
  const auto page = get(served.address, "/").body;
  CHECK_FALSE(holds(page, "<script"));
  CHECK_FALSE(holds(page, "://"));
  CHECK_FALSE(holds(page, "style="));
}

TEST_CASE("a device named like HTML or like another line stays text on the page and in JSON") {
  const std::string name = "<script>alert('x')</script>\n\"&\xB0";
  SampleFacility facility;
  facility.add_meter(name, facility.add_device(name, {power()}), plan::Role::grid);
  facility.start();
  Faces faces{facility.sources()};
  const auto page = *faces.answer({.path = "/"}).body;
  CHECK_FALSE(holds(page, "<script"));
  CHECK(holds(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;°"));
  const auto json = nlohmann::json::parse(*faces.answer({.path = "/api/v1/devices"}).body);
  CHECK(json["devices"][0]["name"] == "<script>alert('x')</script>\"&°");
}

TEST_CASE("failed requests are counted by status, good scrapes are not") {
  const Served served;
  CHECK(get(served.address, "/metrics").status == 200);
  CHECK(get(served.address, "/nothing").status == 404);
  CHECK(get(served.address, "/nothing").status == 404);
  const auto body = get(served.address, "/metrics").body;
  CHECK(holds(body, "pue_agent_http_responses_total{code=\"404\"} 2\n"));
  CHECK_FALSE(holds(body, "pue_agent_http_responses_total{code=\"200\"}"));
  CHECK(holds(body, "pue_agent_render_duration_seconds_count 1\n"));
}

TEST_CASE("totals and long windows come from the ledger where one is kept, and the status says how it is") {
  const Served served{[](SampleFacility& facility) {
    facility.keep_ledger();
    facility.set_ledger(plan::LedgerLayout::healthy(), 1.0);
    facility.set_ledger(plan::LedgerLayout::commit_time(), 1.7e9);
    facility.set_ledger(plan::LedgerLayout::batches(), 12.0);
    facility.set_ledger(plan::LedgerLayout::meter_energy(0), 123456.0);
    facility.set_ledger(plan::LedgerLayout::sum(FacilitySum::total), 120000.0);
    facility.set_ledger(plan::LedgerLayout::ratio(plan::Layer::ups, plan::LongWindow::year), 1.42);
    facility.set_ledger(plan::LedgerLayout::coverage(plan::Layer::ups, plan::LongWindow::year), 0.75);
  }};
  const auto metrics = get(served.address, "/metrics").body;
  CHECK(holds(metrics, "\npue_total_energy_joules_total{facility=\"taiyuan-1\"} 120000\n"));
  CHECK(holds(metrics, "pue_ratio{facility=\"taiyuan-1\",measured_at=\"ups\",window=\"year\"} 1.42\n"));
  CHECK(holds(metrics, "pue_coverage_ratio{facility=\"taiyuan-1\",measured_at=\"ups\",window=\"year\"} 0.75\n"));
  CHECK(holds(metrics, "\npue_agent_ledger_healthy 1\n"));
  CHECK_FALSE(holds(metrics, "window=\"30d\""));
  const auto status = nlohmann::json::parse(get(served.address, "/api/v1/status").body);
  CHECK(status["ledger"]["healthy"] == true);
  CHECK(status["ledger"]["batches"] == 12);
  const auto facility = nlohmann::json::parse(get(served.address, "/api/v1/facility").body);
  CHECK(facility["meters"][0]["energy_joules"] == 123456.0);
  CHECK(facility["total_energy_joules"] == 120000.0);
  CHECK(facility["pue"][0]["windows"].back()["window"] == "year");
  CHECK(facility["pue"][0]["windows"].back()["pue"] == 1.42);
}

TEST_CASE("without a ledger the status says that there is none") {
  const Served served;
  CHECK(nlohmann::json::parse(get(served.address, "/api/v1/status").body)["ledger"].is_null());
  CHECK_FALSE(holds(get(served.address, "/metrics").body, "pue_agent_ledger"));
}
