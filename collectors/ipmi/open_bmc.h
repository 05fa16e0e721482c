#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "agent/pipeline/collector_stats.h"
#include "agent/plan/plan.h"
#include "collectors/ipmi/bmc.h"
#include "collectors/ipmi/crypto.h"
#include "collectors/ipmi/lan_session.h"

namespace pue::ipmi {

/// @param address of which passwords and keys are looked at, not copied: it must outlive the session.
[[nodiscard]] LanOptions lan_options(const plan::BmcAddress& address, Duration timeout);

/// @param address of a BMC on the network or of the machine's own; it must outlive the way, as must all the others.
/// @param timeout of a request, its repetitions included.
/// @return a way to the BMC; nothing is opened before it is first asked.
[[nodiscard]] std::unique_ptr<Bmc> open_bmc(asio::io_context& context, Crypto& crypto, CollectorStats& stats,
                                            const decltype(plan::Bus::address)& address, Duration timeout);

}  // namespace pue::ipmi
