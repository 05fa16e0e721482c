#include "agent/web/authorization.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

using pue::web::login_from;

TEST_CASE("name and password are what basic authentication says") {
  // RFC 7617, section 2 and 2.1
  const auto login = login_from("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  REQUIRE(login);
  CHECK(login->name == "Aladdin");
  CHECK(login->password == "open sesame");
  const auto pound = login_from("bAsIc   dGVzdDoxMjPCow==");
  REQUIRE(pound);
  CHECK(pound->name == "test");
  CHECK(pound->password == "123\xC2\xA3");
}

TEST_CASE("a password may hold colons and be empty, and bytes of any value stay what they are") {
  CHECK(login_from("Basic YTpiOmM=")->password == "b:c");
  CHECK(login_from("Basic YTo=")->password.empty());
  CHECK(login_from("Basic Og==")->name.empty());
  CHECK(login_from("Basic YToAYv/+")->password == std::string("\0b\xFF\xFE", 4));
}

TEST_CASE("what is no basic authentication is no login") {
  for (const char* header :
       {"", "Basic", "Basic ", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "BasicQWxh", "Basic YQ==", "Basic YTpi!",
        "Basic YTpiOmM", "Basic YTp=iYQ=", "Basic ====", "Basic YTpi\n", "Digest username=\"a\""}) {
    INFO(header);
    CHECK_FALSE(login_from(header));
  }
}
