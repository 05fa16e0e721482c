#pragma once

#include <optional>
#include <string_view>

#include "agent/units/time.h"

/// What systemd is told of the service. Where the process was not started by it, nothing happens.
namespace pue::service {

/// The service is up; `status` appears in `systemctl status`.
void notify_ready(std::string_view status);
/// The service reads its configuration again; notify_ready() ends that.
void notify_reloading();
/// The service is going down by its own will.
void notify_stopping();
/// The service still does its work.
void notify_alive();

/// @return how often notify_alive() is expected at least, halved as sd_watchdog_enabled(3) advises; nothing where
/// nobody waits for it.
[[nodiscard]] std::optional<Duration> watchdog_period();

}  // namespace pue::service
