#include "config/host_range.h"

#include <doctest/doctest.h>

using pue::config::expand_ranges;

using Texts = std::vector<std::string>;

TEST_CASE("ranges are written out, the last one fastest, and keep their zeros") {
  CHECK(expand_ranges("h", 10).value() == Texts{"h"});
  CHECK(expand_ranges("10.2.{0-1}.{9-11}", 10).value() ==
        Texts{"10.2.0.9", "10.2.0.10", "10.2.0.11", "10.2.1.9", "10.2.1.10", "10.2.1.11"});
  CHECK(expand_ranges("node-{008-011}.bmc", 10).value() ==
        Texts{"node-008.bmc", "node-009.bmc", "node-010.bmc", "node-011.bmc"});
  CHECK(expand_ranges("127.0.0.1:{9001-9002}", 10).value() == Texts{"127.0.0.1:9001", "127.0.0.1:9002"});
  CHECK(expand_ranges("{0-0}{5-5}", 10).value() == Texts{"05"});
}

TEST_CASE("a range with more hosts than allowed is refused before any is written") {
  CHECK(expand_ranges("10.{0-39}.{1-250}.1", 10'000).value().size() == 10'000);
  CHECK(expand_ranges("10.{0-40}.{1-250}.1", 10'000).error() == "more than 10000 hosts");
  CHECK(expand_ranges("{0-999999}{0-999999}{0-999999}{0-999999}", 10'000).error() == "more than 10000 hosts");
}

TEST_CASE("what is no range is refused") {
  for (const auto* const wrong : {"{", "}", "{}", "{1}", "{1-}", "{-1}", "{2-1}", "{a-b}", "{1-2", "1-2}", "{1-{2-3}}",
                                  "{1-9999999}", "{0-0}{0-0}{0-0}{0-0}{0-0}", "{1--2}", "{ 1-2}", "{1-2-3}"}) {
    CAPTURE(wrong);
    CHECK_FALSE(expand_ranges(wrong, 10'000).has_value());
  }
}
