#include "agent/service/notify.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <string>

namespace pue::service {

void notify_ready(std::string_view status) {
  // One assignment a line: a line feed in the status would begin another.
  std::string text{status};
  std::ranges::replace(text, '\n', ' ');
  ::sd_notify(0, ("READY=1\nSTATUS=" + text).c_str());
}

void notify_reloading() { ::sd_notify(0, "RELOADING=1"); }

void notify_stopping() { ::sd_notify(0, "STOPPING=1"); }

void notify_alive() { ::sd_notify(0, "WATCHDOG=1"); }

std::optional<Duration> watchdog_period() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds{microseconds} / 2;
}

}  // namespace pue::service
