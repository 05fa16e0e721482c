#define TOML_IMPLEMENTATION
#include "config/toml/parse.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pue::safe_toml {
namespace {

ParseError no_file(const std::filesystem::path& path, const std::string& reason) {
  return {0, 0, "cannot read " + path.string() + ": " + reason};
}

/// A descriptor that closes with its scope.
struct Descriptor {
  explicit Descriptor(const std::filesystem::path& path)
      // O_NONBLOCK: opening a pipe must not wait for a writer.
      : number(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

}  // namespace

void assertion_failed(const char* expression) { throw AssertionFailed(expression); }

tl::expected<toml::table, ParseError> parse(std::string_view text, const Limits& limits) {
  if (auto error = prescan(text, limits)) return tl::unexpected(std::move(*error));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return tl::unexpected(ParseError{at.line, at.column, std::string(error.description())});
  } catch (const AssertionFailed&) {
    return tl::unexpected(ParseError{0, 0, "text is no TOML"});
  }
}

tl::expected<std::string, ParseError> read_file(const std::filesystem::path& path, const Limits& limits) {
  const Descriptor file(path);
  const auto why = [&] { return std::generic_category().message(errno); };
  if (file.number < 0) return tl::unexpected(no_file(path, why()));
  struct stat status{};
  if (::fstat(file.number, &status) != 0) return tl::unexpected(no_file(path, why()));
  if (!S_ISREG(status.st_mode)) return tl::unexpected(no_file(path, "not a regular file"));
  std::string text;
  char block[16384];
  while (text.size() <= limits.bytes) {
    const auto got = ::read(file.number, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(no_file(path, why()));
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
  return tl::unexpected(
      no_file(path, "larger than " + std::to_string(limits.bytes / 1024) + " KiB, the limit for its kind"));
}

}  // namespace pue::safe_toml
