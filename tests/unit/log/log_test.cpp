#include "agent/log/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "agent/log/rate_limit.h"

using namespace pue;
using namespace std::chrono_literals;

namespace {

/// What `write` leaves on standard error.
std::string captured(log::Format format, const std::function<void()>& write, log::Level least = log::Level::info) {
  std::string path = "/tmp/pue-log-test-XXXXXX";
  const int file = ::mkstemp(path.data());
  REQUIRE(file >= 0);
  ::unlink(path.c_str());
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  log::configure(least, format);
  write();
  log::configure(log::Level::info, log::Format::logfmt);
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  std::string text;
  ::lseek(file, 0, SEEK_SET);
  std::array<char, 4096> buffer;
  for (ssize_t n = 0; (n = ::read(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(file);
  return text;
}

/// One record without its time stamp and line feed.
std::string record(const std::function<void()>& write) {
  auto text = captured(log::Format::logfmt, write);
  CHECK(text.starts_with("ts=20"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.ends_with('\n'));
  text.pop_back();
  return text.substr(text.find(' ') + 1);
}

bool is_utf8(const std::string& text) {
  try {
    [[maybe_unused]] const auto dumped = nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

const std::vector<std::string> k_hostile{
    "two\nlines",
    "carriage\rreturn",
    "tab\there",
    "\x1B[31mred\x1B[0m",
    std::string("nul\0byte", 8),
    "level=error msg=\"forged\"",
    "quote \" and backslash \\",
    "temp 21\xB0",
    "\xFF\xFE",
    "cut \xE7\x94",
    "overlong \xC0\x80 surrogate \xED\xA0\x80 beyond \xF4\x90\x80\x80",
    "C1 control \xC2\x85 next line",
    "separators \xE2\x80\xA8 and \xE2\x80\xA9",
    "right to left \xE2\x80\xAE override",
    "电表 😀",
    std::string(100'000, 'x'),
    "\x7F",
    "",
};

}  // namespace

TEST_CASE("a plain record is one line of key=value") {
  CHECK(record([] { log::info("device is up", {{"device", "utility-a"}, {"polls", "3"}}); }) ==
        "level=info msg=\"device is up\" device=utility-a polls=3");
}

TEST_CASE("what a device says cannot begin a record of its own") {
  CHECK(record([] { log::warn("refused", {{"name", "a\nts=2026 level=error msg=forged"}}); }) ==
        R"(level=warn msg=refused name="a\nts=2026 level=error msg=forged")");
  CHECK(record([] { log::warn("refused", {{"name", "x level=error"}}); }) ==
        R"(level=warn msg=refused name="x level=error")");
  CHECK(record([] { log::warn("x\" level=error y=\""); }) == R"(level=warn msg="x\" level=error y=\"")");
  CHECK(record([] { log::warn("\x1B[2J"); }) == R"(level=warn msg="\u001b[2J")");
}

TEST_CASE("whatever the text, a logfmt record is one line of valid UTF-8 without control characters") {
  for (const auto& text : k_hostile) {
    const auto line = captured(log::Format::logfmt, [&] { log::error(text, {{"value", text}}); });
    INFO(line.substr(0, 200));
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    CHECK(is_utf8(line));
    for (const char c : line.substr(0, line.size() - 1))
      CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 || c == 0x7F));
    for (const auto* breaks : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAE"}) {
      CHECK(line.find(breaks) == std::string::npos);
    }
    CHECK(line.size() < 20'000);
  }
}

TEST_CASE("whatever the text, a JSON record parses and holds it") {
  for (const auto& text : k_hostile) {
    const auto line = captured(log::Format::json, [&] { log::error("said", {{"value", text}}); });
    INFO(line.substr(0, 200));
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    const auto json = nlohmann::json::parse(line);
    CHECK(json["level"] == "error");
    CHECK(json["msg"] == "said");
    const auto value = json["value"].get<std::string>();
    if (is_utf8(text) && text.size() < 1000) CHECK(value == text);
  }
}

TEST_CASE("invalid bytes are replaced, the rest of the text stays") {
  const auto json = nlohmann::json::parse(captured(log::Format::json, [] {
    log::info("said", {{"value",
                        "a\xFF"
                        "b\xE7\x94"}});
  }));
  CHECK(json["value"] ==
        "a\uFFFD"
        "b\uFFFD\uFFFD");
}

TEST_CASE("records below the least level are not written") {
  CHECK(captured(log::Format::logfmt, [] { log::debug("no"); }).empty());
  CHECK(captured(log::Format::logfmt, [] { log::warn("no"); }, log::Level::error).empty());
  CHECK_FALSE(captured(log::Format::logfmt, [] { log::debug("yes"); }, log::Level::debug).empty());
}

TEST_CASE("records of several threads never mix") {
  const auto text = captured(log::Format::json, [] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) log::info(std::string(300, 'x'), {{"device", "name\n"}});
      });
    }
    for (auto& thread : threads) thread.join();
  });
  std::size_t records = 0;
  for (std::size_t at = 0; at < text.size(); ++records) {
    const auto end = text.find('\n', at);
    CHECK(nlohmann::json::accept(text.substr(at, end - at)));
    at = end + 1;
  }
  CHECK(records == 800);
}

TEST_CASE("levels and formats are read by name alone") {
  CHECK(log::level_from("warn") == log::Level::warn);
  CHECK_FALSE(log::level_from("WARN"));
  CHECK_FALSE(log::level_from(""));
  CHECK(log::format_from("json") == log::Format::json);
  CHECK_FALSE(log::format_from("text"));
}

TEST_CASE("printable text is valid UTF-8 without control characters, Latin-1 taken as such, within its bytes") {
  CHECK(log::printable("temp 21\xB0"
                       "C") == "temp 21°C");
  CHECK(log::printable("a\nb\x1B[31m\x7F\xC2\x85") == "ab[31m");
  CHECK(log::printable("电表") == "电表");
  CHECK(log::printable("电表", 4) == "电");
  CHECK(log::printable(std::string(300, 'x')).size() == 128);
  for (const auto& text : k_hostile) {
    const auto shown = log::printable(text);
    INFO(shown);
    CHECK(is_utf8(shown));
    CHECK(shown.size() <= 128);
    CHECK(log::printable(shown) == shown);
  }
}

TEST_CASE("a repeated error is written once a period, with the number kept back") {
  log::RateLimit limit{10s};
  const auto at = [](auto since) { return Instant{since}; };
  CHECK(limit.pass(at(0s), 1) == 0U);
  CHECK_FALSE(limit.pass(at(1s), 1));
  CHECK_FALSE(limit.pass(at(9s), 1));
  CHECK(limit.pass(at(10s), 1) == 2U);
  CHECK_FALSE(limit.pass(at(11s), 1));
  CHECK(limit.pass(at(12s), 2) == 1U);
}
