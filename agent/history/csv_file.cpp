#include "agent/history/csv_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace pue::history {
namespace {

constexpr std::size_t k_piece = 64UL * 1024;
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

std::string reason(int error) { return std::generic_category().message(error); }

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

tl::expected<CsvFile, std::string> CsvFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) return tl::unexpected("cannot open: " + reason(errno));
  struct stat status{};
  const bool known = ::fstat(descriptor, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return tl::unexpected(std::string("is no regular file"));
  }
  return CsvFile{descriptor, static_cast<std::uint64_t>(status.st_size)};
}

CsvFile::CsvFile(int descriptor, std::uint64_t size)
    : descriptor_(descriptor), size_(size), hash_(std::make_unique<Sha256>()), buffer_(k_piece) {
  text_.reserve(k_longest_line + 1);
  fields_.reserve(k_most_fields);
}

CsvFile::CsvFile(CsvFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      bytes_read_(other.bytes_read_),
      hash_(std::move(other.hash_)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      line_(other.line_),
      failure_(std::move(other.failure_)) {}

CsvFile::~CsvFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool CsvFile::fill() {
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, buffer_.data(), buffer_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) failure_ = "cannot read on: " + reason(errno);
  if (got <= 0) return false;
  begin_ = 0;
  end_ = static_cast<std::size_t>(got);
  bytes_read_ += end_;
  hash_->add({buffer_.data(), end_});
  return true;
}

/// @return whether there was another line, however long; of one that is too long its beginning is kept.
bool CsvFile::read_line() {
  text_.clear();
  too_long_ = false;
  bool any = false;
  while (begin_ != end_ || fill()) {
    any = true;
    const char* const from = buffer_.data() + begin_;
    const auto* const newline = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
    const auto count = newline == nullptr ? end_ - begin_ : static_cast<std::size_t>(newline - from);
    const auto room = k_longest_line - std::min(k_longest_line, text_.size());
    text_.append(from, std::min(count, room));
    if (count > room) too_long_ = true;
    begin_ += count + (newline == nullptr ? 0 : 1);
    if (newline != nullptr) break;
  }
  if (!any || !failure_.empty()) return false;
  ++line_;
  if (line_ == 1 && text_.starts_with(k_byte_order_mark)) text_.erase(0, k_byte_order_mark.size());
  if (!text_.empty() && text_.back() == '\r') text_.pop_back();
  return true;
}

bool CsvFile::next() {
  while (read_line()) {
    if (without_blanks(text_).empty() && !too_long_) continue;
    split();
    return true;
  }
  return false;
}

void CsvFile::split() {
  fields_.clear();
  problem_.clear();
  if (too_long_) {
    problem_ = "is longer than " + std::to_string(k_longest_line) + " bytes";
    return;
  }
  if (text_.find('\0') != std::string::npos) {
    problem_ = "holds a zero byte: expected UTF-8 text (UTF-16 files are to be converted)";
    return;
  }
  std::size_t at = 0;
  while (problem_.empty()) {
    if (fields_.size() == k_most_fields) {
      problem_ = "has more than " + std::to_string(k_most_fields) + " fields";
      return;
    }
    const auto first = text_.find_first_not_of(" \t", at);
    if (first != std::string::npos && text_[first] == '"') {
      at = first;
      take_quoted(at);
    } else {
      const auto comma = std::min(text_.find(',', at), text_.size());
      fields_.push_back(without_blanks(std::string_view(text_).substr(at, comma - at)));
      at = comma;
    }
    if (at >= text_.size()) return;
    ++at;  // the comma
  }
}

/// From the opening quote to the comma behind the closing one. A doubled quote is one: the text shrinks in place.
void CsvFile::take_quoted(std::size_t& at) {
  const std::size_t from = at + 1;
  std::size_t to = from;
  for (at = from;; ++at) {
    if (at >= text_.size()) {
      problem_ = "has a quote that is not closed on the same line";
      return;
    }
    if (text_[at] != '"') {
      text_[to++] = text_[at];
    } else if (at + 1 < text_.size() && text_[at + 1] == '"') {
      text_[to++] = text_[at++];
    } else {
      break;
    }
  }
  fields_.emplace_back(text_.data() + from, to - from);
  at = std::min(text_.find_first_not_of(" \t", at + 1), text_.size());
  if (at < text_.size() && text_[at] != ',') problem_ = "has text behind a closing quote";
}

}  // namespace pue::history
