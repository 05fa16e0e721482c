#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "agent/web/faces.h"
#include "agent/web/server.h"
#include "tests/unit/exposition/sample_facility.h"
#include "tests/unit/web/client.h"

using namespace pue;
using namespace pue::web;
using namespace pue::test;

namespace {

using Clock = std::chrono::steady_clock;

struct Served {
  explicit Served(Server::Limits limits = {}, std::size_t extra_devices = 0) {
    rlimit most{};
    ::getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = std::min<rlim_t>(most.rlim_max, 4096);
    ::setrlimit(RLIMIT_NOFILE, &most);
    for (std::size_t i = 0; i < extra_devices; ++i) facility.add_device("spare-" + std::to_string(i), {power()});
    facility.start();
    faces = std::make_shared<Faces>(facility.sources(), Duration{});
    auto started = Server::start({"127.0.0.1:0"}, limits, faces);
    REQUIRE(started);
    server = std::move(*started);
    address = server->bound().front();
  }

  /// The slowest of 100 scrapes, one after the other.
  Clock::duration slowest_scrape() {
    Clock::duration slowest{};
    for (int i = 0; i < 100; ++i) {
      const auto begun = Clock::now();
      if (get(address, "/metrics").status != 200) return 1h;
      slowest = std::max(slowest, Clock::now() - begun);
    }
    return slowest;
  }

  SampleFacility facility;
  std::shared_ptr<Faces> faces;
  std::unique_ptr<Server> server;
  std::string address;
};

std::vector<Connection> idle_connections(const std::string& address, int count, std::string_view first_bytes = {}) {
  std::vector<Connection> connections;
  for (int i = 0; i < count; ++i) {
    connections.emplace_back(address);
    connections.back().send(first_bytes);
  }
  return connections;
}

}  // namespace

TEST_CASE("2 and 500 idle connections delay no scrape") {
  Served served{{.connections = {.total = 512, .per_address = 512}}};
  for (const int count : {2, 500}) {
    INFO(count);
    const auto idle = idle_connections(served.address, count);
    CHECK(served.slowest_scrape() < 1s);
  }
}

TEST_CASE("500 half-sent requests from the scraper's own address delay no scrape, whatever the limit of an address") {
  for (const std::size_t per_address : {16UL, 64UL, 1000UL}) {
    INFO(per_address);
    Served served{{.connections = {.total = 100, .per_address = per_address}}};
    const auto half_sent = idle_connections(served.address, 500, "GET /metrics HTTP/1.1\r\nHost: t\r\nX-");
    CHECK(served.slowest_scrape() < 1s);
  }
}

TEST_CASE("a peer that drips its request byte by byte is cut at the deadline") {
  Served served{{.connections = {.header_time = 600ms}}};
  Connection drip{served.address};
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: test\r\nX-Padding: ";
  const auto begun = Clock::now();
  std::size_t sent = 0;
  while (Clock::now() - begun < 5s && !drip.readable(100ms)) {
    drip.send(request.substr(sent++ % request.size(), 1));
  }
  CHECK(drip.read_all(1s).empty());
  CHECK(drip.closed());
  CHECK(Clock::now() - begun < 3s);
  CHECK(get(served.address, "/metrics").body.find("pue_agent_http_connections_cut_total{reason=\"deadline\"} 1\n") !=
        std::string::npos);
}

TEST_CASE("a peer that does not take its answer is cut at the deadline") {
  Served served{{.connections = {.answer_time = 600ms}}, 20'000};
  Connection lazy{served.address};
  const int small = 4096;
  ::setsockopt(lazy.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  lazy.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  std::this_thread::sleep_for(1500ms);
  const auto begun = Clock::now();
  CHECK(get(served.address, "/-/healthy").status == 200);
  CHECK(Clock::now() - begun < 1s);
  const auto taken = lazy.read_all(2s);
  CHECK(lazy.closed());
  CHECK(taken.size() < get(served.address, "/metrics").body.size());
}

TEST_CASE("a scraper may ask again and again on one connection") {
  Served served;
  Connection connection{served.address};
  for (int i = 0; i < 3; ++i) {
    connection.send("GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n");
    CHECK(connection.read_all(300ms).ends_with("\r\n\r\nhealthy\n"));
    CHECK_FALSE(connection.closed());
  }
}

TEST_CASE("1,000 requests in a row are all answered") {
  Served served;
  Connection connection{served.address};
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /-/healthy HTTP/1.1\r\nHost: t\r\n\r\n";
  std::thread sender{[&] { connection.send(requests); }};
  const auto text = connection.read_all(1s);
  sender.join();
  std::size_t answers = 0;
  for (auto at = text.find("healthy\n"); at != std::string::npos; at = text.find("healthy\n", at + 1)) ++answers;
  CHECK(answers == 1000);
}

TEST_CASE("requests that are none get a 4xx or a closed connection, and the next scrape an answer") {
  Served served{{.connections = {.header_time = 1s}}};
  std::string many_headers;
  for (int i = 0; i < 10'000; ++i) many_headers += "X-" + std::to_string(i) + ": 1\r\n";
  const std::string head = "GET /metrics HTTP/1.1\r\nHost: t\r\n";
  const std::vector<std::pair<std::string, std::string>> requests{
      {"a header of 64 KiB", head + "X-Long: " + std::string(65536, 'a') + "\r\n\r\n"},
      {"10,000 headers", head + many_headers + "\r\n"},
      {"an address of 1 MB", "GET /" + std::string(1'000'000, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n"},
      {"no end of line", std::string(200'000, 'x')},
      {"chunks and a length", head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"a length that is no number", head + "Content-Length: -5\r\n\r\n"},
      {"a length beyond 64 bits", head + "Content-Length: 99999999999999999999999\r\n\r\n"},
      {"no host", "GET /metrics HTTP/1.1\r\n\r\n"},
      {"TLS", std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11} + std::string(500, '\x55')},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"nothing but ends of lines", std::string(100'000, '\n')},
      {"zeros", std::string(1000, '\0') + "\r\n\r\n"},
  };
  for (const auto& request : requests) {
    INFO(request.first);
    Connection connection{served.address};
    connection.send(request.second);
    ::shutdown(connection.fd(), SHUT_WR);
    const auto answer = parsed(connection.read_all(6s));
    INFO(answer.head);
    CHECK((answer.status == 0 || (answer.status >= 400 && answer.status < 600)));
    CHECK(get(served.address, "/metrics").status == 200);
  }
}

TEST_CASE("a zero in the address or a header gives no more than the path before it would") {
  Served served;
  using namespace std::string_literals;
  for (const auto& request : {"GET /metrics\0foo HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"s,
                              "GET /metrics HTTP/1.1\r\nHost: t\0t\r\nConnection: close\r\n\r\n"s}) {
    Connection connection{served.address};
    connection.send(request);
    CHECK(parsed(connection.read_all(1s)).status != 500);
    CHECK(get(served.address, "/-/healthy").status == 200);
  }
}

TEST_CASE("a request of HTTP/0.9 or 1.0 harms nobody") {
  Served served;
  for (const auto* request :
       {"GET /-/healthy\r\n\r\n", "GET /-/healthy HTTP/1.0\r\n\r\n", "GET /-/healthy HTTP/9.9\r\n\r\n"}) {
    INFO(request);
    Connection connection{served.address};
    connection.send(request);
    connection.read_all(1s);
    CHECK(get(served.address, "/-/healthy").status == 200);
  }
}

TEST_CASE("the server ends at once, however many connections are open") {
  Served served;
  const auto idle = idle_connections(served.address, 50, "GET /");
  const auto begun = Clock::now();
  served.server.reset();
  CHECK(Clock::now() - begun < 1s);
}
