#include "agent/ledger/canonical.h"

#include <doctest/doctest.h>

#include "agent/ledger/merkle.h"

using namespace pue;
using namespace pue::ledger;

namespace {

Hash of_text(std::string_view text) {
  return leaf_hash({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

const Stamp k_stamp{.time = 1'700'000'000'000, .boot_id = "b-1", .boottime = 5};
const std::string k_zeros(64, '0');

}  // namespace

TEST_CASE("a batch of energy is hashed as the format says, line by line") {
  BatchHash hash{7, "energy", k_stamp, 2, Hash{}};
  hash.energy({.meter = 3,
               .start = 100,
               .length = 900'000,
               .measured = 11,
               .integrated = -12,
               .substituted = 13,
               .covered = 899'999,
               .quality = k_partial | k_reversed,
               .reading = 77});
  hash.energy({.meter = 4, .start = 100, .length = 1});
  hash.event({.time = 9, .kind = "gap", .subject = "ups-a", .detail = R"({"from":1})"});
  CHECK(hash.finish() == of_text("pue-agent ledger 1\n"
                                 "batch\t7\tenergy\t1700000000000\tb-1\t5\t2\n"
                                 "previous\t" +
                                 k_zeros +
                                 "\n"
                                 "energy\t3\t100\t900000\t11\t-12\t13\t899999\t257\t77\n"
                                 "energy\t4\t100\t1\t0\t0\t0\t0\t0\t-\n"
                                 "event\t9\tgap\tups-a\t{\"from\":1}\n"));
}

TEST_CASE("a configuration is hashed with its meters, empty texts as empty fields") {
  Configuration configuration{.sha256 = "ab", .agent_version = "0.1.0", .facility = "f", .timezone = "Asia/Shanghai"};
  MeterRecord meter{
      .name = "utility-a", .device = "d", .role = "grid", .unit = "J", .total_sign = -1, .it_category = 2};
  BatchHash hash{1, "configuration", k_stamp, 1, Hash{}};
  hash.configuration(1, configuration);
  hash.meter(1, meter);
  CHECK(hash.finish() == of_text("pue-agent ledger 1\n"
                                 "batch\t1\tconfiguration\t1700000000000\tb-1\t5\t1\n"
                                 "previous\t" +
                                 k_zeros +
                                 "\n"
                                 "configuration\t1\tab\t0.1.0\tf\t\tAsia/Shanghai\t\t\t\t\t\t\t\n"
                                 "meter\t1\tutility-a\td\tgrid\tJ\t\t\t\t\t\t\t\t\t\t\t\t\t\t-1\t2\n"));
}

TEST_CASE("a batch longer than the buffer has the hash of its whole text") {
  std::string text = "pue-agent ledger 1\nbatch\t1\tdetail\t1700000000000\tb-1\t5\t1\nprevious\t" + k_zeros + "\n";
  BatchHash hash{1, "detail", k_stamp, 1, Hash{}};
  for (int i = 1; i <= 10'000; ++i) {
    hash.detail({.meter = 1, .start = i, .length = 60'000});
    text += "detail\t1\t" + std::to_string(i) + "\t60000\t0\t0\t0\t0\t0\t-\n";
  }
  CHECK(hash.finish() == of_text(text));
}

TEST_CASE("the seal takes numbers by their bits, so that every program prints them alike") {
  AccountState account{.name = "@total", .measured = 5, .measured_rest = 0.5, .highest_power = 2.0, .power = -1.0};
  account.boot_id = "b";
  const auto sha = [](std::string_view text) {
    Sha256 hash;
    hash.add(text);
    return hash.finish();
  };
  CHECK(seal_digest("pue-agent/f", Hash{}, {&account, 1}) ==
        sha("pue-agent seal 1\tpue-agent/f\nhead\t" + k_zeros +
            "\naccount\t@total\t5\t0\t0\t3fe0000000000000\t0000000000000000\t0000000000000000\t0\t0\t0\t0\t0\t0\t-\t"
            "4000000000000000\tbff0000000000000\t0\t0\tb\t0\t0\t\n"));
}

TEST_CASE("a text in a record is UTF-8 and holds nothing that could end a field or a line") {
  for (const std::string_view good :
       {"", "utility-a", "电表", "a b", "\xF0\x9F\x94\x8C", "\xC2\xA0", "{\"a\":\"\\n\"}"}) {
    CHECK(is_plain(good));
  }
  for (const std::string_view bad : {"a\tb", "a\nb", "\x7F", "\x1B[0m", "\xB0", "\xC0\x80", "\xED\xA0\x80",
                                     "\xF4\x90\x80\x80", "\xE4\xB8", "\xF8\x88\x80\x80\x80"}) {
    CHECK_FALSE(is_plain(bad));
  }
  CHECK_FALSE(is_plain(std::string_view{"a\0b", 3}));
}
