#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "agent/web/site.h"

namespace pue::web {

/// The site that is in force: a server keeps its sockets while what it serves is exchanged. Any thread.
class CurrentSite : public Site {
 public:
  /// @param reload what a POST to /-/reload does; must return at once.
  explicit CurrentSite(std::function<void()> reload = {}) : reload_(std::move(reload)) {}

  /// Requests from now on are answered by `site`, which must not be null; those under way keep the one they have.
  void put(std::shared_ptr<Site> site) {
    const std::lock_guard lock{mutex_};
    site_ = std::move(site);
  }

  [[nodiscard]] Response answer(const Request& request) override { return site()->answer(request); }
  [[nodiscard]] bool reload() override {
    if (reload_) reload_();
    return static_cast<bool>(reload_);
  }
  void answered(unsigned status) override { site()->answered(status); }
  void cut(Cut reason) override { site()->cut(reason); }

 private:
  [[nodiscard]] std::shared_ptr<Site> site() const {
    const std::lock_guard lock{mutex_};
    return site_;
  }

  std::function<void()> reload_;
  mutable std::mutex mutex_;
  std::shared_ptr<Site> site_;
};

}  // namespace pue::web
