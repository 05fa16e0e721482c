#include "agent/ledger/checkpoint_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "agent/ledger/descriptor.h"
#include "agent/ledger/note.h"

namespace pue::ledger {
namespace {

constexpr off_t k_tail = 16384;  ///< holds the last notes for certain

struct End {
  off_t bytes = 0;         ///< to be kept
  std::uint64_t size = 0;  ///< of the last checkpoint in them
};

/// Where the last complete note and the one before it end, with the empty line that follows each.
struct Ends {
  std::optional<std::size_t> last;
  std::optional<std::size_t> before;
};

/// The text may begin in the middle of a note, so ends are looked for: an empty line after a signature.
Ends ends_of_notes(std::string_view text) {
  Ends ends;
  for (std::size_t at = text.find("\n\n"); at != std::string_view::npos; at = text.find("\n\n", at + 1)) {
    const std::size_t line = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t line_begin = line == std::string_view::npos ? 0 : line + 1;
    if (!text.substr(line_begin).starts_with(k_signature_mark)) continue;
    ends = {.last = at + 2, .before = ends.last};
  }
  return ends;
}

tl::expected<End, Error> end_of(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return tl::unexpected(system_failure("cannot look at '" + path + "'", errno));
  const off_t begin = std::max<off_t>(0, status.st_size - k_tail);
  std::string tail(static_cast<std::size_t>(status.st_size - begin), '\0');
  const auto got = ::pread(descriptor, tail.data(), tail.size(), begin);
  if (got < 0) return tl::unexpected(system_failure("cannot read '" + path + "'", errno));
  tail.resize(static_cast<std::size_t>(got));
  const Ends ends = ends_of_notes(tail);
  if (!ends.last) return End{};
  const std::size_t note_begin = ends.before ? *ends.before : 0;
  const auto note = parse_note(std::string_view{tail}.substr(note_begin, *ends.last - 1 - note_begin));
  const auto checkpoint = note ? parse_checkpoint(note->text) : std::nullopt;
  return End{.bytes = begin + static_cast<off_t>(*ends.last), .size = checkpoint ? checkpoint->size : 0};
}

tl::expected<void, Error> write_all(int descriptor, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return tl::unexpected(system_failure("cannot write '" + path + "'", errno));
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

}  // namespace

tl::expected<void, Error> append_checkpoints(
    const std::string& path, const std::function<tl::expected<std::vector<std::string>, Error>(std::uint64_t)>& after) {
  const Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!file.is_open()) return tl::unexpected(system_failure("cannot open '" + path + "'", errno));
  const auto end = end_of(file.number(), path);
  if (!end) return tl::unexpected(end.error());
  const auto notes = after(end->size);
  if (!notes) return tl::unexpected(notes.error());
  if (notes->empty()) return {};
  if (::ftruncate(file.number(), end->bytes) != 0) {
    return tl::unexpected(system_failure("cannot write '" + path + "'", errno));
  }
  std::string text;
  for (const std::string& note : *notes) text += note + "\n";
  if (auto written = write_all(file.number(), path, text); !written) return written;
  if (::fsync(file.number()) != 0) return tl::unexpected(system_failure("cannot write '" + path + "'", errno));
  return end->bytes == 0 ? sync_folder_of(path) : tl::expected<void, Error>{};
}

tl::expected<std::uint64_t, Error> last_size_in(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file.is_open() && errno == ENOENT) return 0;
  if (!file.is_open()) return tl::unexpected(system_failure("cannot open '" + path + "'", errno));
  const auto end = end_of(file.number(), path);
  if (!end) return tl::unexpected(end.error());
  return end->size;
}

}  // namespace pue::ledger
