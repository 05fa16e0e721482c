#include "agent/web/listen_address.h"

#include <doctest/doctest.h>

#include "agent/web/server.h"
#include "tests/unit/web/client.h"

using namespace pue::web;
using namespace pue::test;

namespace {

class Greeting : public Site {
 public:
  Response answer(const Request& request) override {
    Response response;
    response.body = std::make_shared<const std::string>("hello " + std::string{request.path});
    return response;
  }
};

tl::expected<std::unique_ptr<Server>, std::string> serve(const std::vector<std::string>& addresses) {
  return Server::start(addresses, {}, std::make_shared<Greeting>());
}

bool has_ipv6() { return Listener::open({"::1", 0}).has_value(); }

}  // namespace

TEST_CASE("listen addresses are read as operators write them") {
  const auto four = listen_address_from("127.0.0.1:10442");
  REQUIRE(four);
  CHECK(four->host == "127.0.0.1");
  CHECK(four->port == 10442);
  CHECK(listen_address_from("[::1]:80")->host == "::1");
  CHECK(listen_address_from(":9100")->host.empty());
  CHECK(listen_address_from("localhost:0")->port == 0);
}

TEST_CASE("a listen address that cannot be meant is refused with the reason") {
  CHECK(listen_address_from("10442").error() == "listen address '10442': a port is missing, as in 127.0.0.1:10442");
  CHECK(listen_address_from("127.0.0.1:65536").error() ==
        "listen address '127.0.0.1:65536': the port must be a number from 0 to 65535");
  CHECK(listen_address_from("::1:80").error() ==
        "listen address '::1:80': an IPv6 address is written in brackets, as in [::1]:10442");
  for (const auto* wrong :
       {"", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1", "127.0.0.1:1 ", "[::1:80", "[]:80", "[::1]"}) {
    INFO(wrong);
    CHECK_FALSE(listen_address_from(wrong));
  }
}

TEST_CASE("one server answers on several addresses, over IPv4 and IPv6") {
  std::vector<std::string> addresses{"127.0.0.1:0", "localhost:0"};
  if (has_ipv6()) addresses.push_back("[::1]:0");
  const auto server = serve(addresses);
  REQUIRE(server);
  REQUIRE((*server)->bound().size() == addresses.size());
  for (const auto& bound : (*server)->bound()) {
    INFO(bound);
    CHECK(get(bound, "/there").body == "hello /there");
  }
}

TEST_CASE("an address without a host answers IPv4, and IPv6 where there is any") {
  const auto server = serve({":0"});
  REQUIRE(server);
  const auto& bound = (*server)->bound().front();
  const auto port = bound.substr(bound.rfind(':') + 1);
  CHECK(get("127.0.0.1:" + port, "/").status == 200);
  if (has_ipv6()) CHECK(get("[::1]:" + port, "/").status == 200);
}

TEST_CASE("a port in use is an error that names it, and nothing stays open") {
  const auto first = serve({"127.0.0.1:0"});
  REQUIRE(first);
  const auto taken = (*first)->bound().front();
  const auto second = serve({"127.0.0.1:0", taken});
  REQUIRE_FALSE(second);
  CHECK(second.error() == "cannot listen on " + taken + ": Address already in use");
}

TEST_CASE("a server that ends gives its port back at once") {
  std::string address;
  for (int i = 0; i < 5; ++i) {
    const auto server = serve({address.empty() ? "127.0.0.1:0" : address});
    REQUIRE(server);
    address = (*server)->bound().front();
    CHECK(get(address, "/").status == 200);
  }
}

TEST_CASE("an unknown host is an error") { CHECK_FALSE(serve({"no-such-host.invalid:0"})); }
