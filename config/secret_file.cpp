#include "config/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>

namespace pue::config {
namespace {

using Found = SecretFiles::Found;

constexpr std::size_t k_most = 4096;

/// Whom the file may be open to.
enum class Place : std::uint8_t { anywhere, credentials };

class Descriptor {
 public:
  explicit Descriptor(const char* path) : number_(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::string reason(int error) { return std::generic_category().message(error); }

std::string octal(mode_t mode) {
  std::string text;
  for (int shift = 6; shift >= 0; shift -= 3) text += static_cast<char>('0' + ((mode >> shift) & 7U));
  return text;
}

/// @return what is wrong with the file itself; empty: nothing.
std::string why_unsafe(const struct stat& status, const std::string& path, Place place) {
  if (!S_ISREG(status.st_mode)) return "'" + path + "' is no regular file";
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return "'" + path + "' belongs to another user: chown it to the agent's user or to root";
  }
  const mode_t forbidden = place == Place::credentials ? 037U : 077U;
  if ((status.st_mode & forbidden) != 0) {
    return "'" + path + "' is open to others than its owner (mode " + octal(status.st_mode) + "): chmod 600 " + path;
  }
  if (status.st_size > static_cast<off_t>(k_most)) {
    return "'" + path + "' has more than " + std::to_string(k_most) + " bytes: it is no password";
  }
  return {};
}

Found read_open(int descriptor, const std::string& path, Place place) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return tl::unexpected("cannot look at '" + path + "': " + reason(errno));
  if (auto why = why_unsafe(status, path, place); !why.empty()) return tl::unexpected(std::move(why));
  // Read to where it stays: a copy elsewhere could end in a core dump.
  auto secret = std::make_shared<Secret>(k_most + 1);
  std::size_t size = 0;
  while (size < secret->size()) {
    const auto bytes = secret->writable().subspan(size);
    const auto got = ::read(descriptor, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected("cannot read '" + path + "': " + reason(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > k_most) return tl::unexpected("'" + path + "' grows while it is read");
  const auto bytes = secret->bytes();
  if (size > 0 && bytes[size - 1] == '\n') --size;
  if (size > 0 && bytes[size - 1] == '\r') --size;
  if (size == 0) return tl::unexpected("'" + path + "' is empty");
  const auto text = bytes.first(size);
  if (std::any_of(text.begin(), text.end(), [](std::uint8_t byte) { return byte < 0x20; })) {
    return tl::unexpected("'" + path + "' holds more than one line, or control characters: expected one line of text");
  }
  secret->shrink(size);
  return secret;
}

Found read_file(const std::string& path, Place place) {
  const Descriptor file{path.c_str()};
  if (file.number() < 0) return tl::unexpected("cannot open '" + path + "': " + reason(errno));
  return read_open(file.number(), path, place);
}

std::optional<std::uint8_t> nibble(std::uint8_t c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

Found from_hexadecimal(const Secret& text, const std::string& name) {
  const auto digits = text.bytes().subspan(2);
  if (digits.empty() || digits.size() % 2 != 0) {
    return tl::unexpected("'" + name + "' begins with 0x: expected an even number of hexadecimal digits after it");
  }
  auto key = std::make_shared<Secret>(digits.size() / 2);
  for (std::size_t i = 0; i < key->size(); ++i) {
    const auto high = nibble(digits[2 * i]);
    const auto low = nibble(digits[2 * i + 1]);
    if (!high || !low) {
      return tl::unexpected("'" + name + "' begins with 0x: expected hexadecimal digits alone after it");
    }
    key->writable()[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return key;
}

std::optional<std::filesystem::path> credentials_of_environment() {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || directory[0] != '/') return std::nullopt;
  return std::filesystem::path{directory};
}

}  // namespace

SecretFiles::SecretFiles(std::filesystem::path folder, std::optional<std::filesystem::path> credentials)
    : folder_(std::move(folder)), credentials_(std::move(credentials)) {}

SecretFiles::SecretFiles(std::filesystem::path folder) : SecretFiles(std::move(folder), credentials_of_environment()) {}

Found SecretFiles::look_up(const std::string& name) const {
  const bool bare = name.find('/') == std::string::npos && name != "..";
  if (credentials_ && bare) {
    for (const auto& file : {*credentials_ / name, *credentials_ / ("credentials_" + name)}) {
      struct stat status{};
      if (::stat(file.c_str(), &status) == 0) return read_file(file.string(), Place::credentials);
    }
  }
  return read_file((folder_ / name).string(), Place::anywhere);
}

Found SecretFiles::read(const std::string& name) {
  const auto [entry, fresh] = texts_.try_emplace(name);
  if (fresh) entry->second = look_up(name);
  return entry->second;
}

Found SecretFiles::read_key(const std::string& name) {
  const auto [entry, fresh] = keys_.try_emplace(name);
  if (!fresh) return entry->second;
  auto text = read(name);
  const bool hexadecimal =
      text && (*text)->size() >= 2 && (*text)->bytes()[0] == '0' && ((*text)->bytes()[1] | 0x20U) == 'x';
  entry->second = hexadecimal ? from_hexadecimal(**text, name) : std::move(text);
  return entry->second;
}

}  // namespace pue::config
