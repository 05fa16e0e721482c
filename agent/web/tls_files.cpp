#include "agent/web/tls_files.h"

#include <sys/stat.h>

#include <utility>

#include "agent/log/log.h"

namespace pue::web {
namespace {

constexpr Duration k_between_looks = std::chrono::seconds{1};

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

tl::expected<std::unique_ptr<TlsFiles>, std::string> TlsFiles::open(config::TlsSettings settings) {
  std::unique_ptr<TlsFiles> files{new TlsFiles{std::move(settings)}};
  // Looked at before they are read: what changes in between is read again.
  files->seen_ = files->look();
  auto tls = Tls::load(files->settings_);
  if (!tls) return tl::unexpected(std::move(tls.error()));
  files->tls_ = std::move(*tls);
  return files;
}

TlsFiles::SeenFiles TlsFiles::look() const {
  const auto seen = [](const std::filesystem::path& path) {
    struct stat status{};
    if (path.empty() || ::stat(path.c_str(), &status) != 0) return Seen{};
    return Seen{status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
  };
  return {seen(settings_.certificate.file), seen(settings_.key.file),
          settings_.client_ca ? seen(settings_.client_ca->file) : Seen{}};
}

std::shared_ptr<const Tls> TlsFiles::current(Instant now) {
  const std::lock_guard lock{mutex_};
  if (now - looked_ < k_between_looks) return tls_;
  looked_ = now;
  const auto seen = look();
  if (seen == seen_) return tls_;
  seen_ = seen;
  if (auto renewed = Tls::load(settings_)) {
    tls_ = std::move(*renewed);
    log::info("the web server's certificate was renewed");
  } else if (const auto kept_back = refusals_.pass(now, 0)) {
    log::error("the renewed certificate cannot be used; that before stays in use",
               {{"reason", renewed.error()}, {"kept_back", std::to_string(*kept_back)}});
  }
  return tls_;
}

}  // namespace pue::web
