#include "agent/units/secret.h"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <type_traits>

using pue::Secret;

namespace {

void fill(Secret& secret, std::string_view text) {
  std::memcpy(secret.writable().data(), text.data(), text.size());
  secret.shrink(text.size());
}

/// The VmFlags of the mapping that holds `address`, e.g. "rd wr mr mw me lo ac dd".
std::string flags_of(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps{"/proc/self/smaps"};
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::istringstream head{line};
    if (head >> std::hex >> begin >> dash >> end && dash == '-') inside = wanted >= begin && wanted < end;
    if (inside && line.starts_with("VmFlags:")) return line.substr(8) + " ";
  }
  return {};
}

}  // namespace

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_move_constructible_v<Secret> && !std::is_move_assignable_v<Secret>);
template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(Printable<int> && !Printable<Secret>);

TEST_CASE("a secret gives back what its maker filled in, and no more") {
  Secret secret{64};
  fill(secret, "correct horse");
  CHECK(secret.size() == 13);
  CHECK(std::string(secret.bytes().begin(), secret.bytes().end()) == "correct horse");
}

TEST_CASE("the pages of a secret are left out of core dumps and of children") {
  Secret secret{20};
  const auto flags = flags_of(secret.bytes().data());
  CAPTURE(flags);
  CHECK(flags.find(" dd ") != std::string::npos);
  CHECK(flags.find(" dc ") != std::string::npos);
  const std::string other(100'000, 'x');
  CHECK(flags_of(other.data()).find(" dd ") == std::string::npos);
}

TEST_CASE("what a secret no longer counts is wiped at once") {
  Secret secret{32};
  fill(secret, "abcdefgh");
  const auto* bytes = secret.bytes().data();
  secret.shrink(3);
  CHECK(secret.size() == 3);
  CHECK(bytes[2] == 'c');
  CHECK(bytes[3] == 0);
  CHECK(bytes[7] == 0);
  secret.shrink(8);
  CHECK(secret.size() == 3);
}
