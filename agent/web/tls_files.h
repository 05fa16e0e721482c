#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "agent/log/rate_limit.h"
#include "agent/units/time.h"
#include "agent/web/tls.h"

namespace pue::web {

/// A certificate that is renewed on the disk: taken up by the handshakes from then on. Any thread.
class TlsFiles {
 public:
  [[nodiscard]] static tl::expected<std::unique_ptr<TlsFiles>, std::string> open(config::TlsSettings settings);

  /// The terms for a handshake that begins now. The files are looked at once a second at most, and read when one is
  /// another than before. What does not fit (half a renewal, above all) is told, and that before stays in use.
  [[nodiscard]] std::shared_ptr<const Tls> current(Instant now);
  /// Whether a client needs a certificate that is held against the authorities.
  [[nodiscard]] bool asks_who() const { return settings_.client_auth == config::ClientAuth::require_and_verify; }

 private:
  /// A file as it was last seen: a change of any kind, of its rights too, changes one of these.
  struct Seen {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified = 0;
    std::int64_t changed = 0;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  using SeenFiles = std::array<Seen, 3>;

  explicit TlsFiles(config::TlsSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] SeenFiles look() const;

  const config::TlsSettings settings_;
  std::mutex mutex_;  ///< of everything below
  std::shared_ptr<const Tls> tls_;
  SeenFiles seen_;
  Instant looked_{};
  log::RateLimit refusals_{std::chrono::minutes{1}};
};

}  // namespace pue::web
